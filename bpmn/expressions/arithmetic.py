"""Exact arithmetic: integers stay integers under `+ - *`; everything else is decimal128.

Every function raises `Unfit` where there is no result (division by zero, overflow, too many digits).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DecimalException,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

from bpmn.expressions.kinds import Number, Unfit
from bpmn.expressions.limits import MAX_EXPONENT, MAX_RESULT_BITS, MAX_RESULT_DIGITS

CONTEXT = Context(
    prec=34,
    rounding=ROUND_HALF_EVEN,
    Emin=1 - MAX_EXPONENT,
    Emax=MAX_EXPONENT,
    clamp=1,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)


def add(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return _small(left + right)
    return _decimal(CONTEXT.add, left, right)


def subtract(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return _small(left - right)
    return _decimal(CONTEXT.subtract, left, right)


def multiply(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        if left.bit_length() + right.bit_length() > MAX_RESULT_BITS + 1:
            raise Unfit(f"makes a number of more than {MAX_RESULT_DIGITS:,} digits")
        return _small(left * right)
    return _decimal(CONTEXT.multiply, left, right)


def divide(left: Number, right: Number) -> Number:
    return _decimal(CONTEXT.divide, left, _not_zero(right))


def remainder(left: Number, right: Number) -> Number:
    """What is left of a division that cuts off; has the sign of `left`, as in Java."""
    _not_zero(right)
    if isinstance(left, int) and isinstance(right, int):
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    return _decimal(CONTEXT.remainder, left, right)


def modulo(left: Number, right: Number) -> Number:
    """What is left of a division that rounds down; has the sign of `right`, as in mathematics."""
    _not_zero(right)
    if isinstance(left, int) and isinstance(right, int):
        return left % right
    rest = remainder(left, right)
    return add(rest, right) if rest != 0 and (rest < 0) != (right < 0) else rest


def power(left: Number, right: Number) -> Number:
    return _decimal(_rounded_power, left, right)


def negate(value: Number) -> Number:
    return _small(-value) if isinstance(value, int) else _decimal(CONTEXT.subtract, 0, value)


def rounded(value: Number, digits: int, rounding: str) -> Number:
    """The number with so many digits behind the point; `rounding` is one of the decimal module's."""
    return _decimal(lambda one, unit: one.quantize(unit, rounding, CONTEXT), value, Decimal(1).scaleb(-digits))


COMMON: Mapping[str, Callable[[Number, Number], Number]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
}
"""The operators that all languages share."""


def _decimal(operation: Callable[[Decimal, Decimal], Decimal], left: Number, right: Number) -> Decimal:
    try:
        result = operation(_as_decimal(left), _as_decimal(right))
    except DivisionByZero:
        raise Unfit("divides by zero") from None
    except Overflow:
        raise Unfit("makes a number that is too large") from None
    except DecimalException:
        raise Unfit("has no result for these numbers") from None
    # A negative power of zero is infinite without any signal.
    if not result.is_finite():
        raise Unfit("makes a number that is too large")
    return result


def _rounded_power(left: Decimal, right: Decimal) -> Decimal:
    # The time of a power grows with the digits of its operands, to minutes for a variable of a million digits.
    return CONTEXT.power(CONTEXT.plus(left), CONTEXT.plus(right))


def _as_decimal(number: Number) -> Decimal:
    # The conversion of a huge integer takes time that grows with the square of its digits.
    return number if isinstance(number, Decimal) else Decimal(_small(number))


def _small(number: int) -> int:
    if number.bit_length() > MAX_RESULT_BITS:
        raise Unfit(f"makes a number of more than {MAX_RESULT_DIGITS:,} digits")
    return number


def _not_zero(number: Number) -> Number:
    if number == 0:
        raise Unfit("divides by zero")
    return number
