"""The functions and beans of JUEL: `now()`, `execution.getVariable("x")`, `task.name`, `variables:get(x)`, `S(text)`.

What Camunda 7, Operaton and Flowable document for every expression; `Surroundings` tell who and when.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.juel import spin
from bpmn.expressions.juel.dates import moment_of, of_millis
from bpmn.expressions.kinds import Unfit, as_text, kind, number_of, orderable, same
from bpmn.expressions.methods import holds, text_of
from bpmn.expressions.semantics import Function
from bpmn.expressions.surroundings import Instance, Surroundings
from bpmn.values import Variables

PLACED: Mapping[str, str] = {
    "execution.getCurrentActivityId": "element",
    "execution.getCurrentActivityName": "name",
    "task.getTaskDefinitionKey": "element",
    "task.getName": "name",
}
"""Members of beans that the text's place in the diagram answers, by the attribute of `Place`."""


def _now(runtime: Runtime, variables: Variables) -> datetime:
    return runtime.settings.now().astimezone(UTC)


def _date_time(runtime: Runtime, variables: Variables, at: Any = None) -> datetime:
    if at is None:
        return _now(runtime, variables)
    return of_millis(at) if isinstance(at, int) and not isinstance(at, bool) else moment_of(at)


def _instance(runtime: Runtime) -> Instance:
    settings = runtime.settings
    if not isinstance(settings, Surroundings):
        raise Unfit("is known in a process instance only")
    return settings.instance


def _of_instance(get: Callable[[Instance], Any]) -> Function:
    return Function(0, 0, lambda runtime, variables: get(_instance(runtime)))


def _activity_id(runtime: Runtime, variables: Variables) -> str | None:
    _instance(runtime)
    settings = runtime.settings
    return settings.activity_id if isinstance(settings, Surroundings) else None


def _set_variable(runtime: Runtime, variables: Variables, name: Any, value: Any) -> None:
    settings = runtime.settings
    if not isinstance(settings, Surroundings) or settings.assign is None:
        raise Unfit("cannot set a variable here")
    settings.assign(text_of(name), as_text(value) if isinstance(value, datetime) else value)


def _variable(runtime: Runtime, variables: Variables, name: Any, default: Any = None) -> Any:
    return variables.get(text_of(name), default)


def _has(runtime: Runtime, variables: Variables, name: Any) -> bool:
    return text_of(name) in variables


def _all(runtime: Runtime, variables: Variables) -> dict[str, Any]:
    return runtime.weigh(dict(variables))  # type: ignore[no-any-return]


# The functions of Flowable on variables by name.


def _same(runtime: Runtime, variables: Variables, name: Any, value: Any) -> bool:
    return same(variables.get(text_of(name)), value, runtime.spend)


def _is_empty(runtime: Runtime, variables: Variables, name: Any) -> bool:
    return variables.get(text_of(name)) in (None, "", [], {})


def _found(runtime: Runtime, variables: Variables, name: Any, wanted: tuple[Any, ...]) -> list[bool]:
    value = variables.get(text_of(name))
    if isinstance(value, str):
        return [text_of(one) in runtime.weigh(value) for one in wanted]
    if isinstance(value, list):
        return [holds(runtime, value, one) for one in wanted]
    return [False for _ in wanted]


def _contains(runtime: Runtime, variables: Variables, name: Any, *wanted: Any) -> bool:
    return all(_found(runtime, variables, name, wanted))


def _contains_any(runtime: Runtime, variables: Variables, name: Any, *wanted: Any) -> bool:
    return any(_found(runtime, variables, name, wanted))


def _ordered(compare: Callable[[Any, Any], bool]) -> Function:
    def ordered(runtime: Runtime, variables: Variables, name: Any, value: Any) -> bool:
        found = variables.get(text_of(name))
        if found is None or value is None:
            return False
        if isinstance(found, str) and not isinstance(value, str):
            found = number_of(found)
        if not orderable(found, value):
            raise Unfit(f"cannot compare {kind(found)} and {kind(value)}")
        return compare(found, value)

    return Function(2, 2, ordered)


def _base64(runtime: Runtime, variables: Variables, name: Any) -> str:
    return base64.b64encode(text_of(variables.get(text_of(name))).encode("utf-8", "replace")).decode()


_GET = Function(1, 1, _variable)
_HAS = Function(1, 1, _has)
_NAMES = Function(0, 0, lambda runtime, variables: list(variables))
_LOWER, _LOWER_EQUAL = _ordered(lambda one, other: one < other), _ordered(lambda one, other: one <= other)
_GREATER, _GREATER_EQUAL = _ordered(lambda one, other: one > other), _ordered(lambda one, other: one >= other)
_EQUAL = Function(2, 2, _same)
_UNEQUAL = Function(2, 2, lambda *given: not _same(*given))

_BY_NAME: Mapping[str, Function] = {
    "get": _GET,
    "getOrDefault": Function(2, 2, _variable),
    "exists": Function(1, 1, lambda runtime, variables, name: variables.get(text_of(name)) is not None),
    "exist": Function(1, 1, lambda runtime, variables, name: variables.get(text_of(name)) is not None),
    "isEmpty": Function(1, 1, _is_empty),
    "empty": Function(1, 1, _is_empty),
    "isNotEmpty": Function(1, 1, lambda *given: not _is_empty(*given)),
    "notEmpty": Function(1, 1, lambda *given: not _is_empty(*given)),
    "equals": _EQUAL,
    "eq": _EQUAL,
    "notEquals": _UNEQUAL,
    "ne": _UNEQUAL,
    "contains": Function(2, 100, _contains),
    "containsAny": Function(2, 100, _contains_any),
    "lowerThan": _LOWER,
    "lessThan": _LOWER,
    "lt": _LOWER,
    "lowerThanOrEquals": _LOWER_EQUAL,
    "lessThanOrEquals": _LOWER_EQUAL,
    "lte": _LOWER_EQUAL,
    "greaterThan": _GREATER,
    "gt": _GREATER,
    "greaterThanOrEquals": _GREATER_EQUAL,
    "gte": _GREATER_EQUAL,
    "base64": Function(1, 1, _base64),
}
_OF_ALL_BEANS: Mapping[str, Function] = {
    "getVariable": _GET,
    "hasVariable": _HAS,
    "getVariables": Function(0, 0, _all),
    "getVariableNames": _NAMES,
    "getProcessInstanceId": _of_instance(lambda instance: instance.id),
    "getProcessDefinitionId": _of_instance(lambda instance: instance.definition_id),
    "getTenantId": Function(0, 0, lambda runtime, variables: None),
    "getId": Function(0, 0, _activity_id),
}
_BEANS: Mapping[str, Function] = {
    **{f"execution.{name}": function for name, function in _OF_ALL_BEANS.items()},
    **{f"task.{name}": function for name, function in _OF_ALL_BEANS.items()},
    "execution.getBusinessKey": _of_instance(lambda instance: instance.business_key),
    "execution.getProcessBusinessKey": _of_instance(lambda instance: instance.business_key),
    "execution.getProcessInstanceBusinessKey": _of_instance(lambda instance: instance.business_key),
    "execution.getProcessDefinitionKey": _of_instance(lambda instance: instance.definition_key),
    "execution.getActivityInstanceId": Function(0, 0, _activity_id),
    "execution.setVariable": Function(2, 2, _set_variable),
    "task.getExecutionId": Function(0, 0, _activity_id),
}
NAMESPACES = ("variables", "variable", "vars", "var")
"""What stands before the colon of Flowable's functions."""
FUNCTIONS: Mapping[str, Function] = {
    "now": Function(0, 0, _now),
    "dateTime": Function(0, 1, _date_time),
    "currentUser": _of_instance(lambda instance: instance.actor),
    "currentUserGroups": Function(0, 0, lambda runtime, variables: []),
    "S": Function(1, 1, spin.parsed),
    "JSON": Function(1, 1, spin.parsed),
    **{f"variables:{name}": function for name, function in _BY_NAME.items()},
    **_BEANS,
}
BEANS = frozenset(name.partition(".")[0] for name in _BEANS)


def member(bean: str, name: str, *, called: bool) -> str | None:
    """The function that `bean.name` or `bean.name()` means, if there is one."""
    wanted = name if called else f"get{name[:1].upper()}{name[1:]}"
    full = f"{bean}.{wanted}"
    return full if full in FUNCTIONS or full in PLACED else None


def members(bean: str) -> list[str]:
    """The methods of a bean, for a message."""
    every = (*FUNCTIONS, *PLACED)
    return sorted(name.partition(".")[2] for name in every if name.startswith(f"{bean}."))
