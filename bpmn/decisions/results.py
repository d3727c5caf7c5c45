"""What a decision comes to for those who ask: rows of named outputs, and what the vendors make of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from bpmn.decisions.model import Decision, Evaluable, Service, Table
from bpmn.errors import EvaluationFailed
from bpmn.values import Value

Row: TypeAlias = dict[str, Value]


def rows_of(decision: Decision, value: Value, hits: int) -> list[Row]:
    """The value as Camunda 7 shows it: one row for each rule of a table, or one with the value of other logic.

    `hits` is how many rules of the table matched: of a null it tells the output of a rule from the want of one.
    """
    name = decision.variable.name
    if not isinstance(decision.logic, Table):
        return [{name: value}]
    table = decision.logic
    if value is None and (table.aggregation is not None or hits != 1):
        return []
    several = isinstance(value, list) and table.yields_list
    return [_row(table, name, one) for one in (value if several else [value])]  # type: ignore[union-attr]


def _row(table: Table, name: str, value: Value) -> Row:
    names = [clause.name for clause in table.outputs]
    if len(names) > 1:
        return dict(value) if isinstance(value, dict) else dict.fromkeys(names)
    return {(names[0] if names else "") or name: value}


def service_row(service: Service, value: Value) -> Row:
    """The value of a decision service as one row: of several output decisions by their names."""
    return dict(value) if isinstance(value, dict) and len(service.outputs) > 1 else {service.variable.name: value}


def single_entry(rows: Sequence[Row]) -> Value:
    """The one value of the one row; null where there is no row. Raises `EvaluationFailed`."""
    row = single_result(rows)
    return None if row is None else _only_value(row)


def single_result(rows: Sequence[Row]) -> Row | None:
    """The one row; null where there is none. Raises `EvaluationFailed`."""
    if len(rows) > 1:
        raise EvaluationFailed(f"the decision has {len(rows)} results, where one at most is wanted")
    return rows[0] if rows else None


def collect_entries(rows: Sequence[Row]) -> list[Value]:
    """The values of rows with one output each. Raises `EvaluationFailed`."""
    return [_only_value(row) for row in rows]


def result_list(rows: Sequence[Row]) -> list[Row]:
    """All rows."""
    return list(rows)


def _only_value(row: Row) -> Value:
    if len(row) != 1:
        raise EvaluationFailed(f"the decision has the outputs {', '.join(map(repr, row))}, where one is wanted")
    return next(iter(row.values()))


MAPPINGS: Mapping[str, Callable[[Sequence[Row]], Any]] = {
    "singleEntry": single_entry,
    "singleResult": single_result,
    "collectEntries": collect_entries,
    "resultList": result_list,
}
"""What `mapDecisionResult` may say (Camunda 7)."""


def merged(decision: Evaluable, rows: Sequence[Row]) -> Row:
    """The outputs as variables: of one row each its value, of a table that yields several a list of values."""
    if isinstance(decision, Decision) and isinstance(decision.logic, Table) and decision.logic.yields_list:
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: [row.get(name) for row in rows] for name in names}
    return dict(rows[0]) if rows else {}


def vendors_names(decision: Decision, value: Any) -> Iterator[tuple[str, Any]]:
    """What a decision that requires this one calls its result: by its id in Camunda 8, by its outputs in Camunda 7."""
    yield decision.key[1], value
    if not isinstance(decision.logic, Table):
        return
    names = [clause.name for clause in decision.logic.outputs if clause.name]
    if len(names) == 1:
        yield names[0], value
    elif isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        for name in names:
            yield name, [row.get(name) for row in value if isinstance(row, dict)]
