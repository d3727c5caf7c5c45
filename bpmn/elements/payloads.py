"""Payloads as SpiffWorkflow draws them: what an event sends as one value, and the variable that takes it in.

Messages and signals carry variables here. An object is sent as its variables; any other value as the variable PAYLOAD.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bpmn.dialects import Text

if TYPE_CHECKING:
    from bpmn.conversations import Path
    from bpmn.values import Value, Variables

#: What a value is called that is sent and is no object.
PAYLOAD = "payload"


@dataclass(frozen=True, slots=True)
class DrawnPayload:
    """What is drawn at an event definition: what is `sent`, and the `variable` for what comes.

    `bound` is what its correlation properties must be for a message to be received, by property (BPMN 8.4.2).
    """

    sent: Text | None = None
    variable: str | None = None
    bound: dict[str, Path] = field(default_factory=dict)


NONE_DRAWN = DrawnPayload()


def payload_of(definition: Any) -> DrawnPayload:
    """What is drawn at an event definition."""
    drawn: DrawnPayload = getattr(definition, "payload", NONE_DRAWN)
    return drawn


def sent(value: Value) -> dict[str, Value]:
    """A value as variables that are sent."""
    return dict(value) if isinstance(value, dict) else {PAYLOAD: value}


def received(variable: str | None, variables: Variables) -> Variables:
    """What came, as variables: all of it in one where that is named."""
    if variable is None:
        return variables
    value = variables.get(PAYLOAD)
    is_value = variables.keys() == {PAYLOAD} and not isinstance(value, dict)
    return {variable: value if is_value else dict(variables)}
