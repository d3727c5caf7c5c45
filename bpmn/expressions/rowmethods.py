"""The methods of Camunda 7 on the result of a decision: a list of rows, each a map of outputs."""

from __future__ import annotations

from typing import Any

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.kinds import Unfit, kind


def results(runtime: Runtime, rows: list[Any]) -> list[Any]:
    """All rows; raises `Unfit` for a list of anything else, as all of these do."""
    if all(isinstance(row, dict) for row in runtime.weigh(rows)):
        return rows
    raise Unfit(f"does not exist on {kind(rows)}")


def single_result(runtime: Runtime, rows: list[Any]) -> Any:
    """The one row; null where there is none. Raises `Unfit` for several."""
    if len(results(runtime, rows)) > 1:
        raise Unfit(f"wants one row, not {len(rows)}")
    return rows[0] if rows else None


def first_result(runtime: Runtime, rows: list[Any]) -> Any:
    """The first row; null where there is none."""
    return rows[0] if results(runtime, rows) else None


def single_entry(runtime: Runtime, rows: list[Any]) -> Any:
    """The one output of the one row; null where there is none. Raises `Unfit` for several."""
    row = single_result(runtime, rows)
    return None if row is None else only_entry(runtime, row)


def only_entry(runtime: Runtime, row: dict[str, Any]) -> Any:
    """The one output of a row; null where there is none. Raises `Unfit` for several."""
    if len(row) > 1:
        raise Unfit(f"wants one output, not {len(row)}")
    return first_entry(runtime, row)


def first_entry(runtime: Runtime, row: dict[str, Any]) -> Any:
    """The first output of a row; null where there is none."""
    return next(iter(row.values()), None)


def entry(runtime: Runtime, row: dict[str, Any], name: Any) -> Any:
    """The output of a name; null where there is none."""
    return row.get(name) if isinstance(name, str) else None


def collected(runtime: Runtime, rows: list[Any], name: Any) -> list[Any]:
    """The outputs of a name, of all rows that have one."""
    return [row[name] for row in results(runtime, rows) if isinstance(name, str) and name in row]
