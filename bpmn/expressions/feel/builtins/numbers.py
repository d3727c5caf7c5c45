"""Functions of numbers (DMN 1.5, table 78), with 34 digits."""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    DecimalException,
    InvalidOperation,
)
from typing import Any

from bpmn.expressions import arithmetic
from bpmn.expressions.arithmetic import CONTEXT
from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.builtins.signatures import Functions
from bpmn.expressions.feel.operators import as_number
from bpmn.expressions.feel.temporal import DaysDuration, MonthsDuration
from bpmn.expressions.kinds import Number, Unfit
from bpmn.expressions.limits import MAX_RESULT_BITS, MAX_RESULT_DIGITS

FUNCTIONS = Functions()

MIN_SCALE, MAX_SCALE = -6_111, 6_176
_EXACT = Context(prec=MAX_RESULT_DIGITS + MAX_SCALE, traps=[InvalidOperation])


def decimal_of(number: Number) -> Decimal:
    """A number as a decimal; raises `Unfit` beyond the digits that are computed with."""
    if isinstance(number, int) and number.bit_length() > MAX_RESULT_BITS:
        raise Unfit(f"cannot take a number of more than {MAX_RESULT_DIGITS:,} digits")
    return Decimal(number)


def _rounding(mode: str) -> Callable[..., Any]:
    def rounded(_: Runtime, number: Number, scale: int = 0) -> Number:
        if not MIN_SCALE <= scale <= MAX_SCALE:
            raise Unfit(f"needs a scale from {MIN_SCALE:,} to {MAX_SCALE:,}")
        if isinstance(number, int) and scale >= 0:
            return number
        exact = decimal_of(number)
        if -exact.as_tuple().exponent <= scale:  # type: ignore[operator]
            return number
        result = exact.quantize(Decimal((0, (1,), -scale)), rounding=mode, context=_EXACT)
        return as_number(result) if scale <= 0 else result

    return rounded


FUNCTIONS.add("decimal", "n: number, scale: integer")(_rounding(ROUND_HALF_EVEN))
FUNCTIONS.add("floor", "n: number, scale?: integer")(_rounding(ROUND_FLOOR))
FUNCTIONS.add("ceiling", "n: number, scale?: integer")(_rounding(ROUND_CEILING))
FUNCTIONS.add("round up", "n: number, scale?: integer")(_rounding(ROUND_UP))
FUNCTIONS.add("round down", "n: number, scale?: integer")(_rounding(ROUND_DOWN))
FUNCTIONS.add("round half up", "n: number, scale?: integer")(_rounding(ROUND_HALF_UP))
FUNCTIONS.add("round half down", "n: number, scale?: integer")(_rounding(ROUND_HALF_DOWN))


@FUNCTIONS.add("abs", "n: measure")
def _abs(_: Runtime, n: Any) -> Any:
    if isinstance(n, DaysDuration):
        return DaysDuration(abs(n.nanos))
    return (
        MonthsDuration(abs(n.months))
        if isinstance(n, MonthsDuration)
        else n.copy_abs()
        if isinstance(n, Decimal)
        else abs(n)
    )


@FUNCTIONS.add("modulo", "dividend: number, divisor: number")
def _modulo(_: Runtime, dividend: Number, divisor: Number) -> Number:
    return arithmetic.modulo(dividend, divisor)


def _of_decimal(compute: Callable[[Decimal], Decimal], allowed: Callable[[Decimal], bool]) -> Callable[..., Any]:
    def computed(_: Runtime, number: Number) -> Number:
        value = CONTEXT.plus(decimal_of(number))
        if not allowed(value):
            raise Unfit("has no result for this number")
        try:
            return as_number(compute(value))
        except DecimalException:
            raise Unfit("makes a number that is too large") from None

    return computed


FUNCTIONS.add("sqrt", "number: number")(_of_decimal(CONTEXT.sqrt, lambda value: value >= 0))
FUNCTIONS.add("log", "number: number")(_of_decimal(CONTEXT.ln, lambda value: value > 0))
FUNCTIONS.add("exp", "number: number")(_of_decimal(CONTEXT.exp, lambda value: abs(value) < 15_000))


def _rest_of_two(number: Number) -> Number:
    rest = arithmetic.modulo(number, 2)
    if rest not in (0, 1):
        raise Unfit("takes a whole number")
    return rest


FUNCTIONS.add("odd", "number: number")(lambda _, number: _rest_of_two(number) == 1)
FUNCTIONS.add("even", "number: number")(lambda _, number: _rest_of_two(number) == 0)


@FUNCTIONS.add("random number", "")
def _random(runtime: Runtime) -> Decimal:
    return Decimal(repr(runtime.settings.random()))
