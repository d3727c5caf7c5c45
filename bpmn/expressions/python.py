"""What simple expressions of Python do with values: as Python does, but that numbers are exact.

    amount > 1000 and customer.level == "gold"

`customer.level` is an entry of a map. Whatever is not simple is run in a sandbox, with the same results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpmn.expressions import arithmetic, plain
from bpmn.expressions.kinds import Number, Operator, Spend, Unfit, as_index, is_number, joined, kind, same
from bpmn.expressions.limits import MAX_LENGTH
from bpmn.expressions.semantics import Semantics

_NAMES = {"null": "None", "boolean": "bool", "number": "number", "text": "str", "list": "list", "map": "dict"}


def _exact(value: Any) -> Any:
    """True and false are 1 and 0 where a number is wanted."""
    return int(value) if isinstance(value, bool) else value


def _equal(left: Any, right: Any, spend: Spend) -> bool:
    one, other = _exact(left), _exact(right)
    return same(one, other, spend) if kind(one) == kind(other) else False


def _ordering(compare: Callable[..., bool]) -> Operator:
    ordered = plain.ordering(compare)
    return lambda left, right, spend: ordered(_exact(left), _exact(right), spend)


def _number(compute: Callable[[Number, Number], Number]) -> Operator:
    computed = plain.number(compute)
    return lambda left, right, spend: computed(_exact(left), _exact(right), spend)


def _plus(left: Any, right: Any, spend: Spend) -> Any:
    return plain.plus(_exact(left), _exact(right), spend)


def _times(left: Any, right: Any, spend: Spend) -> Any:
    """The product of numbers; a text or list so many times."""
    if isinstance(left, str | list) or isinstance(right, str | list):
        return _repeated(left, right, spend) if isinstance(left, str | list) else _repeated(right, left, spend)
    return _MULTIPLY(left, right, spend)


_MULTIPLY = _number(arithmetic.multiply)


def _repeated(value: Any, times: Any, spend: Spend) -> Any:
    count = as_index(_exact(times))
    if count is None:
        raise plain.unfit(value, times)
    if len(value) * count > MAX_LENGTH:
        raise Unfit(f"makes more than {MAX_LENGTH:,} characters or items")
    spend(len(value) * max(count, 0) >> 4)
    return joined([value] * max(count, 0)) if isinstance(value, str) else value * max(count, 0)


def _modulo(left: Any, right: Any, spend: Spend) -> Any:
    if isinstance(left, str):
        raise Unfit("formats a text that a variable holds only in a script: write str(text) % values")
    return _MODULO(left, right, spend)


_MODULO = _number(arithmetic.modulo)


def _truth(value: Any) -> bool:
    return bool(value)


def _negate(value: Any) -> Any:
    return plain.negate(_exact(value))


def _attribute(base: Any, name: str) -> Any:
    if not isinstance(base, dict):
        raise Unfit(f"is asked of {_NAMES.get(kind(base), 'a value')}, which has none")
    if name not in base:
        raise Unfit("does not exist")
    return base[name]


def _item(base: Any, index: Any) -> Any:
    if isinstance(base, dict):
        if not isinstance(index, str) or index not in base:
            raise Unfit("is no key of the dict")
        return base[index]
    if not isinstance(base, list | str):
        raise Unfit(f"is asked of {_NAMES.get(kind(base), 'a value')}, which has no items")
    at = as_index(_exact(index)) if is_number(_exact(index)) else None
    if at is None:
        raise Unfit(f"must be a whole number, not {kind(index)}")
    if not -len(base) <= at < len(base):
        raise Unfit(f"is out of the range of {len(base)}")
    return base[at]


PYTHON = Semantics(
    operators={
        "==": _equal,
        "!=": plain.denied(_equal),
        **{sign: _ordering(compare) for sign, compare in plain.ORDERINGS.items()},
        **{sign: _number(compute) for sign, compute in arithmetic.COMMON.items()},
        "*": _times,
        "%": _modulo,
        "+": _plus,
    },
    truth=_truth,
    negate=_negate,
    attribute=_attribute,
    item=_item,
    methods={},
    keeps_operands=True,
)
