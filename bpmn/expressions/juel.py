"""What JUEL does with values: the coercions of the Expression Language 2.1 specification (JSR 245), sections 1.5-1.19.

Other than there, numbers are exact: a decimal is no double, an integer has any size.
"""

from __future__ import annotations

from collections.abc import Callable

from bpmn.expressions import arithmetic, plain
from bpmn.expressions.kinds import Number, Operator, Unfit, is_number, kind, number_of, same
from bpmn.expressions.methods import METHODS
from bpmn.expressions.semantics import Semantics
from bpmn.values import Value


def _as_number(value: Value) -> Number:
    """Null and the empty text are 0, a text is the number it spells (1.18.3)."""
    if is_number(value):
        return value  # type: ignore[return-value]
    if value is None or value == "":
        return 0
    number = number_of(value) if isinstance(value, str) else None
    if number is None:
        raise Unfit(f"cannot take {kind(value)}" + (" that is no number" if isinstance(value, str) else ""))
    return number


def _truth(value: Value) -> bool:
    """Null is false, a text is true where it says so in any case (1.18.5)."""
    if isinstance(value, bool):
        return value
    if value is None:
        return False
    if isinstance(value, str):
        return value.lower() == "true"
    raise Unfit(f"needs true or false, not {kind(value)}")


def _equal(left: Value, right: Value) -> bool:
    """1.8.2: null equals null only; the first of number, boolean and text that one side is, decides for both."""
    if left is None or right is None:
        return left is right
    if kind(left) == kind(right):
        return same(left, right)
    kinds = {kind(left), kind(right)}
    if kinds == {"number", "text"}:
        return _as_number(left) == _as_number(right)
    if kinds == {"boolean", "text"}:
        return _truth(left) == _truth(right)
    raise plain.unfit(left, right)


def _ordering(sign: str, compare: Callable[..., bool]) -> Operator:
    """1.8.1: a comparison with null is false, but `<=` and `>=` of null with null; a number makes both numbers."""

    def ordered(left: Value, right: Value) -> Value:
        if left is None or right is None:
            return left is right and sign in ("<=", ">=")
        if isinstance(left, str) and isinstance(right, str):
            return compare(left, right)
        if {kind(left), kind(right)} <= {"number", "text"}:
            return compare(_as_number(left), _as_number(right))
        raise plain.unfit(left, right)

    return ordered


def _number(compute: Callable[[Number, Number], Number]) -> Operator:
    return lambda left, right: compute(_as_number(left), _as_number(right))


def _plus(left: Value, right: Value) -> Value:
    try:
        return arithmetic.add(_as_number(left), _as_number(right))
    except Unfit as unfit:
        if isinstance(left, str) or isinstance(right, str):
            raise Unfit(f"{unfit}; it only adds numbers, texts are written side by side: ${{a}}${{b}}") from None
        raise


def _item(base: Value, index: Value) -> Value:
    number = number_of(index) if isinstance(base, list) and isinstance(index, str) else None
    return plain.item(base, index if number is None else number)


JUEL = Semantics(
    operators={
        "==": _equal,
        "!=": lambda left, right: not _equal(left, right),
        **{sign: _ordering(sign, compare) for sign, compare in plain.ORDERINGS.items()},
        **{sign: _number(compute) for sign, compute in arithmetic.COMMON.items()},
        "%": _number(arithmetic.remainder),
        "+": _plus,
    },
    truth=_truth,
    negate=lambda value: arithmetic.negate(_as_number(value)),
    attribute=plain.attribute,
    item=_item,
    calls=METHODS,
)
