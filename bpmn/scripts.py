"""From a step that asks for a script to what the script gave: what whoever drives an execution does in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from bpmn.sandbox import Order, Sandboxes, ScriptFailed, ScriptInvalid
from bpmn.texts import in_line

if TYPE_CHECKING:
    from bpmn.execution import Execution, Wanted
    from bpmn.values import Value, Variables

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a script gave, and what it had seen of the variables that it set."""

    key: str
    saw: Variables
    value: Value
    assigned: Variables
    error_code: str | None = None
    error_message: str | None = None

    def tell(self, execution: Execution, activity: int) -> None:
        """Bring it to the step that asked for it. Raises `NotWaiting`."""
        execution.script_done(
            activity,
            self.key,
            saw=self.saw,
            value=self.value,
            assigned=self.assigned,
            error_code=self.error_code,
            error_message=self.error_message,
        )


def told(problem: ScriptFailed | ScriptInvalid) -> str:
    """What went wrong, for an incident."""
    return f"{problem}{in_line(problem.line)}"


def run(sandboxes: Sandboxes, asking: Wanted, *, patience: float | None = None) -> Ran:
    """Run a script, with no instance held; raises what `Sandboxes.run` raises."""
    script = asking.script
    now = (asking.now - _EPOCH) // timedelta(milliseconds=1)
    order = Order(script.text, asking.variables, script.sets, now, asking.seed, asking.about)
    answer = sandboxes.run(script.language, order, patience=patience)
    saw = {name: asking.variables[name] for name in answer.assigned if name in asking.variables}
    code, message = (None, None) if answer.error is None else (answer.error.code, answer.error.message)
    return Ran(script.key, saw, answer.value, answer.assigned, code, message)
