"""What JUEL does with values: the coercions of the Expression Language 2.2 specification (JSR 245), sections 1.5-1.19.

Other than there, numbers are exact: a decimal is no double, an integer has any size.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bpmn.expressions import arithmetic, plain
from bpmn.expressions.juel.dates import moment_of, property_of
from bpmn.expressions.juel.functions import FUNCTIONS
from bpmn.expressions.juel.methods import METHODS
from bpmn.expressions.kinds import Number, Operator, Spend, Unfit, is_number, kind, number_of, same
from bpmn.expressions.semantics import Semantics


def _as_number(value: Any) -> Number:
    """Null and the empty text are 0, a text is the number it spells (1.18.3)."""
    if is_number(value):
        return value  # type: ignore[no-any-return]
    if value is None or value == "":
        return 0
    number = number_of(value) if isinstance(value, str) else None
    if number is None:
        raise Unfit(f"cannot take {kind(value)}" + (" that is no number" if isinstance(value, str) else ""))
    return number


def _truth(value: Any) -> bool:
    """Null is false, a text is true where it says so in any case (1.18.5)."""
    if isinstance(value, bool):
        return value
    if value is None:
        return False
    if isinstance(value, str):
        return value.lower() == "true"
    raise Unfit(f"needs true or false, not {kind(value)}")


def _equal(left: Any, right: Any, spend: Spend) -> bool:
    """1.8.2: null equals null only; the first of number, boolean and text that one side is, decides for both.

    What is left are lists, maps and dates, which equal their own kind only; a text is compared with a date as a date.
    """
    if left is None or right is None:
        return left is right
    kinds = {kind(left), kind(right)}
    if len(kinds) == 1:
        return same(left, right, spend)
    if "number" in kinds:
        return _both(_as_number, left, right)
    if "boolean" in kinds:
        return _both(_truth, left, right)
    if kinds == {"date", "text"}:
        return _both(moment_of, left, right)
    return False


def _both(convert: Callable[[Any], Any], left: Any, right: Any) -> bool:
    try:
        return bool(convert(left) == convert(right))
    except Unfit as unfit:
        both = plain.unfit(left, right)
        raise (unfit if "that is no" in str(unfit) else both) from None


def _ordering(sign: str, compare: Callable[..., bool]) -> Operator:
    """1.8.1: a comparison with null is false, but `<=` and `>=` of null with null; a number makes both numbers."""

    def ordered(left: Any, right: Any, _spend: Spend) -> bool:
        if left is None or right is None:
            return left is right and sign in ("<=", ">=")
        if isinstance(left, str) and isinstance(right, str):
            return compare(left, right)
        kinds = {kind(left), kind(right)}
        if kinds <= {"number", "text"}:
            return compare(_as_number(left), _as_number(right))
        if kinds <= {"date", "text"}:
            return compare(moment_of(left), moment_of(right))
        raise plain.unfit(left, right)

    return ordered


def _number(compute: Callable[[Number, Number], Number]) -> Operator:
    exact = plain.number(compute)
    return lambda left, right, spend: exact(_as_number(left), _as_number(right), spend)


_ADD = _number(arithmetic.add)


def _plus(left: Any, right: Any, spend: Spend) -> Any:
    try:
        return _ADD(left, right, spend)
    except Unfit as unfit:
        if isinstance(left, str) or isinstance(right, str):
            raise Unfit(f"{unfit}; it only adds numbers, texts are written side by side: ${{a}}${{b}}") from None
        raise


def _attribute(base: Any, name: str) -> Any:
    """The entry of a map; of a date or a text what its getter answers."""
    if isinstance(base, str) and name == "empty":
        return not base
    if isinstance(base, str | datetime):
        return property_of(base, name)
    return plain.attribute(base, name)


def _item(base: Any, index: Any) -> Any:
    number = number_of(index) if isinstance(base, list) and isinstance(index, str) else None
    return plain.item(base, index if number is None else number)


JUEL = Semantics(
    operators={
        "==": _equal,
        "!=": plain.denied(_equal),
        **{sign: _ordering(sign, compare) for sign, compare in plain.ORDERINGS.items()},
        **{sign: _number(compute) for sign, compute in arithmetic.COMMON.items()},
        "%": _number(arithmetic.remainder),
        "+": _plus,
    },
    truth=_truth,
    negate=lambda value: arithmetic.negate(_as_number(value)),
    attribute=_attribute,
    item=_item,
    methods=METHODS,
    functions=FUNCTIONS,
)
