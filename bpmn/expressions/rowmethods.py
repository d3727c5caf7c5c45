"""The methods of Camunda 7 on the result of a decision: a list of rows, each a map of outputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bpmn.expressions.kinds import Unfit, kind
from bpmn.values import Value


def _rows(receiver: Value) -> list[dict[str, Value]]:
    if isinstance(receiver, list) and all(isinstance(row, dict) for row in receiver):
        return receiver
    raise Unfit(f"does not exist on {kind(receiver)}")


def _row(receiver: Value) -> dict[str, Value]:
    if isinstance(receiver, dict):
        return receiver
    raise Unfit(f"does not exist on {kind(receiver)}")


def _single_result(receiver: Value) -> Value:
    rows = _rows(receiver)
    if len(rows) > 1:
        raise Unfit(f"wants one row, not {len(rows)}")
    return rows[0] if rows else None


def _first_result(receiver: Value) -> Value:
    rows = _rows(receiver)
    return rows[0] if rows else None


def _single_entry(receiver: Value) -> Value:
    row = receiver if isinstance(receiver, dict) else _single_result(receiver)
    if row is None:
        return None
    entries = list(_row(row).values())
    if len(entries) > 1:
        raise Unfit(f"wants one output, not {len(entries)}")
    return entries[0] if entries else None


def _first_entry(receiver: Value) -> Value:
    return next(iter(_row(receiver).values()), None)


def _entry(receiver: Value, name: Value) -> Value:
    return _row(receiver).get(name) if isinstance(name, str) else None


def _collect_entries(receiver: Value, name: Value) -> Value:
    return [row[name] for row in _rows(receiver) if isinstance(name, str) and name in row]


ROW_METHODS: Mapping[str, Callable[..., Value]] = {
    "getSingleResult": _single_result,
    "getFirstResult": _first_result,
    "getSingleEntry": _single_entry,
    "getFirstEntry": _first_entry,
    "getEntry": _entry,
    "getResultList": lambda receiver: list(_rows(receiver)),
    "collectEntries": _collect_entries,
}
