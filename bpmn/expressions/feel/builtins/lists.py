"""Functions of lists (DMN 1.5, table 77); a single value is a list of one."""

from __future__ import annotations

from functools import cmp_to_key
from typing import Any

from bpmn.expressions.feel.budget import Runtime, sized
from bpmn.expressions.feel.builtins.signatures import Functions
from bpmn.expressions.feel.comparing import order, same
from bpmn.expressions.feel.values import Function
from bpmn.expressions.kinds import Unfit
from bpmn.expressions.limits import MAX_NESTING

FUNCTIONS = Functions()

FUNCTIONS.add("count", "list: list")(lambda _, items: len(items))
FUNCTIONS.add("is empty", "list: list")(lambda _, items: not items)
FUNCTIONS.add("reverse", "list: list")(lambda runtime, items: _charged(runtime, items)[::-1])


def _charged(runtime: Runtime, items: list[Any]) -> list[Any]:
    """The list itself, after it is charged to the budget."""
    sized(len(items), "list")
    runtime.spend(len(items))
    return items


def _index(items: list[Any], position: int, room: int = 0) -> int:
    """The index from 0 of a position from 1 or from the end; raises `Unfit` where there is none."""
    at = position - 1 if position > 0 else len(items) + position
    if position == 0 or not 0 <= at < len(items) + room:
        raise Unfit("has no such position in the list")
    return at


@FUNCTIONS.add("list contains", "list: list, element: any")
def _list_contains(runtime: Runtime, items: list[Any], element: Any) -> bool:
    return any(same(item, element, runtime) for item in _charged(runtime, items))


@FUNCTIONS.add("sublist", "list: list, start position: integer, length?: integer")
def _sublist(runtime: Runtime, items: list[Any], start: int, length: int | None = None) -> list[Any]:
    begin = _index(items, start)
    if length is not None and not 1 <= length <= len(items) - begin:
        raise Unfit("is asked for more items than there are")
    return _charged(runtime, items[begin:] if length is None else items[begin : begin + length])


@FUNCTIONS.add("append", "list: list, *items: list")
def _append(runtime: Runtime, items: list[Any], more: list[Any]) -> list[Any]:
    return _charged(runtime, [*items, *more])


@FUNCTIONS.add("concatenate", "*lists: list")
def _concatenate(runtime: Runtime, lists: list[Any]) -> list[Any]:
    if any(one is None for one in lists):
        raise Unfit("takes lists, not null")
    sized(sum(len(one) if isinstance(one, list) else 1 for one in lists), "list")
    return _charged(runtime, [item for one in lists for item in (one if isinstance(one, list) else [one])])


@FUNCTIONS.add("union", "*lists: list")
def _union(runtime: Runtime, lists: list[Any]) -> list[Any]:
    return _distinct(runtime, _concatenate(runtime, lists))


@FUNCTIONS.add("distinct values", "list: list")
def _distinct(runtime: Runtime, items: list[Any]) -> list[Any]:
    kept: list[Any] = []
    for item in items:
        runtime.spend(1 + len(kept) // 4)
        if not any(same(item, other, runtime) for other in kept):
            kept.append(item)
    return kept


@FUNCTIONS.add("duplicate values", "list: list")
def _duplicates(runtime: Runtime, items: list[Any]) -> list[Any]:
    runtime.spend(len(items) * len(items) // 4)
    return [one for one in _distinct(runtime, items) if sum(same(one, item, runtime) for item in items) > 1]


@FUNCTIONS.add("insert before", "list: list, position: integer, newItem: any")
def _insert_before(runtime: Runtime, items: list[Any], position: int, item: Any) -> list[Any]:
    at = _index(items, position, room=1)
    return _charged(runtime, [*items[:at], item, *items[at:]])


@FUNCTIONS.add("remove", "list: list, position: integer")
def _remove(runtime: Runtime, items: list[Any], position: int) -> list[Any]:
    at = _index(items, position)
    return _charged(runtime, items[:at] + items[at + 1 :])


@FUNCTIONS.add(
    "list replace", "list: list, position: integer, newItem: any", "list: list, match: function, newItem: any"
)
def _list_replace(runtime: Runtime, items: list[Any], where: int | Function, item: Any) -> list[Any]:
    """With `item` instead of the one at a position, or of all for which `match(item, newItem)` is true."""
    if isinstance(where, Function):
        match = where
        return [item if _truth(match.call(runtime, [one, item])) else one for one in _charged(runtime, items)]
    at = _index(items, where)
    return _charged(runtime, [*items[:at], item, *items[at + 1 :]])


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit("needs a function that yields true or false")
    return value


@FUNCTIONS.add("index of", "list: list, match: any")
def _index_of(runtime: Runtime, items: list[Any], match: Any) -> list[int]:
    return [at for at, item in enumerate(_charged(runtime, items), 1) if same(item, match, runtime)]


@FUNCTIONS.add("flatten", "list: list")
def _flatten(runtime: Runtime, items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    _pour(runtime, items, flat, 0)
    return flat


def _pour(runtime: Runtime, items: list[Any], flat: list[Any], depth: int) -> None:
    if depth > MAX_NESTING:
        raise Unfit("cannot take lists that are nested so deeply")
    for item in _charged(runtime, items):
        if isinstance(item, list):
            _pour(runtime, item, flat, depth + 1)
        else:
            flat.append(item)


@FUNCTIONS.add("partition", "list: list, size: integer")
def _partition(runtime: Runtime, items: list[Any], size: int) -> list[Any]:
    if size < 1:
        raise Unfit("needs a size of 1 or more")
    return [items[at : at + size] for at in range(0, len(_charged(runtime, items)), size)]


@FUNCTIONS.add("sort", "list: list, precedes?: function or null")
def _sort(runtime: Runtime, items: list[Any], precedes: Function | None = None) -> list[Any]:
    """In the order that `precedes(x, y)` says, stable; without it upwards."""

    def compare(left: Any, right: Any) -> int:
        runtime.spend()
        if precedes is None:
            found = order(left, right)
            if found is None:
                raise Unfit("cannot order these values by itself")
            return found
        if _truth(precedes.call(runtime, [left, right])):
            return -1
        return 1 if _truth(precedes.call(runtime, [right, left])) else 0

    return sorted(_charged(runtime, items), key=cmp_to_key(compare))
