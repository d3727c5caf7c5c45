"""Functions of truth, and those that ask about any value."""

from __future__ import annotations

from typing import Any

from bpmn.errors import EvaluationFailed
from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.builtins.signatures import Functions
from bpmn.expressions.feel.comparing import same
from bpmn.expressions.feel.temporal import DateTime, Time
from bpmn.expressions.feel.values import described, kind
from bpmn.expressions.kinds import Unfit

FUNCTIONS = Functions()


@FUNCTIONS.add("not", "negand: any")
def _not(_: Runtime, negand: Any) -> Any:
    if isinstance(negand, list) and len(negand) == 1:
        negand = negand[0]
    return not negand if isinstance(negand, bool) else None


@FUNCTIONS.add("all", "*list: list")
@FUNCTIONS.add("and", "*list: list")
def _all(runtime: Runtime, items: list[Any]) -> Any:
    """False where any is false, true where all are true (DMN 1.5, table 75)."""
    return _decide(runtime, items, decisive=False)


@FUNCTIONS.add("any", "*list: list")
@FUNCTIONS.add("or", "*list: list")
def _any(runtime: Runtime, items: list[Any]) -> Any:
    return _decide(runtime, items, decisive=True)


def _decide(runtime: Runtime, items: list[Any], *, decisive: bool) -> bool | None:
    runtime.spend(len(items))
    strange = next((item for item in items if not isinstance(item, bool | None)), None)
    if any(item is decisive for item in items):
        return decisive
    if strange is not None:
        raise Unfit(f"takes truth values, not {described(strange)}")
    return None if any(item is None for item in items) else not decisive


@FUNCTIONS.add("is", "value1?: any, value2?: any")
def _is(runtime: Runtime, value1: Any = None, value2: Any = None) -> bool:
    """Whether two values are the same element of the domain: times in different zones are not (DMN 1.5, table 79)."""
    if kind(value1) != kind(value2):
        return False
    if isinstance(value1, Time | DateTime):
        return bool(value1 == value2)
    return same(value1, value2, runtime)


@FUNCTIONS.add("is defined", "value: any")
def _is_defined(_: Runtime, value: Any) -> bool:
    return value is not None


@FUNCTIONS.add("get or else", "value: any, default: any")
def _get_or_else(_: Runtime, value: Any, default: Any) -> Any:
    return default if value is None else value


@FUNCTIONS.add("assert", "value: any, condition: any, cause?: text")
def _assert(_: Runtime, value: Any, condition: Any, cause: str = "the condition of assert() is not met") -> Any:
    """The value; fails the whole evaluation where the condition is not true, as in Camunda 8."""
    if condition is not True:
        raise EvaluationFailed(cause[:500])
    return value
