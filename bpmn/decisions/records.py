"""What is known of an evaluation afterwards: every decision on the way to it, and what their tables did.

Records are stored as part of the history, so a field is only ever appended, with a default. Values are JSON's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.writing import as_json
from bpmn.expressions.kinds import Unfit
from bpmn.values import to_json

MOST_DECISIONS = 200
"""Decisions that the history keeps of one evaluation, those that were evaluated last."""

MOST_RULES = 100
"""Matching rules that the history keeps of one table."""

LONGEST_VALUE = 4_000
"""Bytes of JSON text of a value that the history keeps; of a longer one it keeps how long it was."""


class InputRecord(msgspec.Struct, frozen=True):
    """An input of a table: `id` and `name` of its column, and the value that the rules were tested with."""

    id: str | None
    name: str
    value: Any


class OutputRecord(msgspec.Struct, frozen=True):
    """An output of a rule that matched: `name` is that of the variable, `label` what the column is called."""

    id: str | None
    name: str
    label: str
    value: Any


class RuleRecord(msgspec.Struct, frozen=True):
    """A rule that matched; `number` counts from 1, in the order of the table."""

    number: int
    id: str | None
    outputs: tuple[OutputRecord, ...]


class TableRecord(msgspec.Struct, frozen=True):
    """What a table did: the values of its inputs, the rules that matched, and what they come to."""

    id: str | None
    inputs: tuple[InputRecord, ...]
    rules: tuple[RuleRecord, ...]
    value: Any
    aggregation: str | None = None
    conflict: str | None = None
    """Which rules the hit policy does not allow to match together."""


class DecisionRecord(msgspec.Struct, frozen=True):
    """One decision that was evaluated, with the tables in it, its own one last, and why parts of it are null."""

    id: str
    name: str
    value: Any
    tables: tuple[TableRecord, ...] = ()
    warnings: tuple[str, ...] = ()


def recorded(value: Any, runtime: Runtime) -> Any:
    """A value of FEEL as it is recorded; what cannot be written is null.

    Raises `EvaluationFailed` beyond the budget.
    """
    runtime.spend(1 + (len(value) >> 3) if isinstance(value, list | dict) else 1)
    try:
        return as_json(value, runtime)
    except Unfit:
        return None


def trimmed(records: Iterable[DecisionRecord]) -> tuple[DecisionRecord, ...]:
    """The records as the history keeps them: of bounded size, whatever an evaluation was given."""
    return tuple(_trimmed(record) for record in tuple(records)[-MOST_DECISIONS:])


def _trimmed(record: DecisionRecord) -> DecisionRecord:
    return msgspec.structs.replace(
        record,
        value=_short(record.value),
        tables=tuple(_trimmed_table(table) for table in record.tables[-MOST_RULES:]),
        warnings=tuple(warning[:LONGEST_VALUE] for warning in record.warnings),
    )


def _trimmed_table(table: TableRecord) -> TableRecord:
    return msgspec.structs.replace(
        table,
        inputs=tuple(msgspec.structs.replace(one, value=_short(one.value)) for one in table.inputs),
        rules=tuple(_trimmed_rule(rule) for rule in table.rules[:MOST_RULES]),
        value=_short(table.value),
    )


def _trimmed_rule(rule: RuleRecord) -> RuleRecord:
    outputs = tuple(msgspec.structs.replace(one, value=_short(one.value)) for one in rule.outputs)
    return msgspec.structs.replace(rule, outputs=outputs)


def _short(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    size = len(to_json(value))
    return value if size <= LONGEST_VALUE else f"({size} bytes, not kept)"
