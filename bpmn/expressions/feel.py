"""What FEEL does with values (DMN 1.3, 10.3.2): what has no result is null; truth has three values."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bpmn.expressions import arithmetic
from bpmn.expressions.kinds import Number, Operator, Unfit, as_index, is_number, joined, kind, orderable, same
from bpmn.expressions.plain import ORDERINGS
from bpmn.expressions.semantics import Semantics
from bpmn.values import Value


def _truth(value: Value) -> bool | None:
    return value if isinstance(value, bool) else None


def _not(value: Value) -> Value:
    return not value if isinstance(value, bool) else None


def _equal(left: Value, right: Value) -> Value:
    """Null equals null only; different kinds have no result."""
    if left is None or right is None:
        return left is right
    return same(left, right) if kind(left) == kind(right) else None


def _ordering(compare: Callable[..., bool]) -> Operator:
    def ordered(left: Value, right: Value) -> Value:
        if orderable(left, right):
            return compare(left, right)
        return None

    return ordered


def _number(compute: Callable[[Number, Number], Number]) -> Operator:
    def computed(left: Value, right: Value) -> Value:
        if not (is_number(left) and is_number(right)):
            return None
        try:
            return compute(left, right)  # type: ignore[arg-type]
        except Unfit:
            return None

    return computed


def _plus(left: Value, right: Value) -> Value:
    if isinstance(left, str) and isinstance(right, str):
        return joined([left, right])
    return _ADD(left, right)


_ADD = _number(arithmetic.add)


def _negate(value: Value) -> Value:
    return _SUBTRACT(0, value)


_SUBTRACT = _number(arithmetic.subtract)


def _attribute(base: Value, name: str) -> Value:
    """The entry of a map; of a list, the list of its items' entries; else null."""
    if isinstance(base, dict):
        return base.get(name)
    if isinstance(base, list):
        return [entry.get(name) if isinstance(entry, dict) else None for entry in base]
    return None


def _item(base: Value, index: Value) -> Value:
    """The item of a list, from 1, or from its end where negative; a single value is a list of one."""
    if isinstance(index, bool):
        raise Unfit("is a condition; filters are not supported yet")
    if isinstance(base, dict) and isinstance(index, str):
        return base.get(index)
    at = as_index(index)
    items = _list(base)
    if items is None or at is None or at == 0 or abs(at) > len(items):
        return None
    return items[at - 1 if at > 0 else at]


def _list(value: Value) -> list[Value] | None:
    if value is None:
        return None
    return value if isinstance(value, list) else [value]


def _on_texts(compute: Callable[..., Value]) -> Callable[..., Value]:
    """A function of texts, which yields null for anything else."""
    return lambda *texts: compute(*texts) if all(isinstance(text, str) for text in texts) else None


def _count(value: Value) -> Value:
    items = _list(value)
    return None if items is None else len(items)


def _list_contains(value: Value, wanted: Value) -> Value:
    items = _list(value)
    return None if items is None else any(same(item, wanted) for item in items)


_FUNCTIONS: Mapping[str, Callable[..., Value]] = {
    "contains": _on_texts(lambda text, part: part in text),
    "starts with": _on_texts(str.startswith),
    "ends with": _on_texts(str.endswith),
    "string length": _on_texts(len),
    "upper case": _on_texts(str.upper),
    "lower case": _on_texts(str.lower),
    "count": _count,
    "list contains": _list_contains,
    "not": _not,
    "is defined": lambda value: value is not None,
}

FEEL = Semantics(
    operators={
        "==": _equal,
        "!=": lambda left, right: _not(_equal(left, right)),
        **{sign: _ordering(compare) for sign, compare in ORDERINGS.items()},
        **{sign: _number(compute) for sign, compute in arithmetic.COMMON.items()},
        "**": _number(arithmetic.power),
        "+": _plus,
    },
    truth=_truth,
    negate=_negate,
    attribute=_attribute,
    item=_item,
    calls=_FUNCTIONS,
)
