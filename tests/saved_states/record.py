"""What is kept of a saved instance: its model, and for each step the state before it, the stimuli, and their facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec

from bpmn import parsing
from bpmn.execution import Context, Execution
from bpmn.facts import Fact
from bpmn.model import ProcessModel
from bpmn.values import Value, to_json

FOLDER = Path(__file__).parent
#: The stimuli of an execution, by the names of its methods.
STIMULI = (
    "complete",
    "trigger",
    "throw_error",
    "call_ended",
    "escalate",
    "escalation_heard",
    "fail",
    "retry",
    "set_variables",
    "cancel",
    "proceed",
    "script_done",
    "script_failed",
)


class Call(msgspec.Struct, array_like=True, frozen=True):
    """One stimulus."""

    method: str
    arguments: list[Any]
    options: dict[str, Any]


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """Between two wait states: the saved instance, what came to it, and what happened then."""

    state: str
    now: datetime
    calls: list[Call]
    facts: list[Fact]
    variables: list[tuple[int, str, Any]] = []
    max_steps: int = 1000
    step_ceiling: int = 100_000
    business_key: str | None = None

    def context(self) -> Context:
        """What came in by the door."""
        return Context(self.now, self.max_steps, self.step_ceiling, business_key=self.business_key)

    def restored(self, model: ProcessModel) -> Execution:
        """The instance as it was saved."""
        values: dict[tuple[int, str], Value] = {(scope, name): value for scope, name, value in self.variables}
        return Execution.restore(model, self.context(), self.state.encode(), values)

    def taken(self, execution: Execution) -> list[Fact]:
        """The facts that the stimuli leave, as they come back from where they are stored."""
        execution.context = self.context()
        for call in self.calls:
            getattr(execution, call.method)(*call.arguments, **call.options)
        return _facts.decode(to_json(execution.take_facts()))


class Record(msgspec.Struct, frozen=True, dict=True):
    """One instance of one story."""

    name: str
    key: str
    model: str
    steps: list[Step]

    @cached_property
    def parsed(self) -> ProcessModel:
        """The model, parsed anew."""
        return parsing.load(self.model.encode(), self.key)


_facts = msgspec.json.Decoder(list[Fact], float_hook=Decimal)
_records = msgspec.json.Decoder(Record, float_hook=Decimal)


def releases() -> list[Path]:
    """The files of all releases, the oldest first."""
    return sorted(FOLDER.glob("*.jsonl"))


def read(file: Path) -> Iterator[Record]:
    """The records of one release."""
    for line in file.read_bytes().splitlines():
        yield _records.decode(line)


def write(file: Path, records: list[Record]) -> None:
    """One record a line, in order of their names."""
    lines = [to_json(record) for record in sorted(records, key=lambda record: record.name)]
    file.write_bytes(b"".join(line + b"\n" for line in lines))
