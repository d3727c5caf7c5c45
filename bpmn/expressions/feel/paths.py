"""Steps from a value: properties, filters, calls (DMN 1.5, 10.3.2.5 and 10.3.2.12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from bpmn.errors import EvaluationFailed
from bpmn.expressions.feel import nodes
from bpmn.expressions.feel.budget import Run, Runtime, located
from bpmn.expressions.feel.scope import Scope
from bpmn.expressions.feel.values import PROPERTIES, Function, described
from bpmn.expressions.kinds import Unfit, as_index, is_number

if TYPE_CHECKING:
    from bpmn.expressions.feel.compiler import Compiler

_Taken: TypeAlias = Callable[[Any, Any, Runtime], Any]
_MAX_PROJECTIONS = 50
"""Lists within lists that one property is read of."""


def compile_path(compiler: Compiler, node: nodes.Path, depth: int) -> Run:
    """A value and the steps from it."""
    base, first = node.base, node.steps[0]
    builtin = compiler.builtins.get(base.name) if isinstance(base, nodes.Name) else None
    if builtin is not None and isinstance(first, nodes.Call):
        start = _builtin_call(compiler, base, builtin, first, depth)
        steps = [_step(compiler, step, depth) for step in node.steps[1:]]
    else:
        start = compiler.of(base, depth)
        name = base.name if isinstance(base, nodes.Name) else ""
        steps = [_step(compiler, step, depth, name if step is first else "") for step in node.steps]
    if not steps:
        return start
    if len(steps) == 1:
        only = steps[0]
        return lambda variables, runtime: only(start(variables, runtime), variables, runtime)

    def fold(variables: Any, runtime: Runtime) -> Any:
        value = start(variables, runtime)
        for step in steps:
            value = step(value, variables, runtime)
        return value

    return fold


def _step(compiler: Compiler, step: Any, depth: int, name: str = "") -> _Taken:
    if isinstance(step, nodes.Member):
        member = step.name
        position = step.position
        return lambda value, _variables, runtime: member_of(value, member, runtime, position)
    if isinstance(step, nodes.Filter):
        return _filter(compiler, step, depth)
    arguments = _arguments(compiler, step, depth)
    at = step.position
    return lambda value, variables, runtime: call(value, arguments(variables, runtime), runtime, name, at)


# Properties


def member_of(value: Any, name: str, runtime: Runtime, position: int | None = None, depth: int = 0) -> Any:
    """The entry of a context, the property of a temporal value or range; of a list, the list of its items'."""
    if isinstance(value, dict):
        if name not in value:
            runtime.warn(f"a context has no entry '{name[:40]}'", position)
        return value.get(name)
    if isinstance(value, list) and depth < _MAX_PROJECTIONS:
        runtime.spend(len(value))
        return [member_of(item, name, runtime, position, depth + 1) for item in value]
    read = PROPERTIES.get(type(value), {}).get(name)
    if read is None:
        runtime.warn(f"{described(value)} has no property '{name[:40]}'", position)
        return None
    return read(value)


# Filters


def _filter(compiler: Compiler, step: nodes.Filter, depth: int) -> _Taken:
    condition = compiler.of(step.condition, depth)
    only_a_condition = isinstance(step.condition, nodes.Logic | nodes.Quantified) or _compares(step.condition)
    if isinstance(step.condition, nodes.Literal) and is_number(step.condition.value):
        position = step.condition.value
        return lambda value, _variables, runtime: item_at(value, position, runtime)

    def taken(value: Any, variables: Any, runtime: Runtime) -> Any:
        if isinstance(value, dict) and not only_a_condition:
            key = condition(_item_scope(value, variables), runtime)
            if isinstance(key, str):
                return value.get(key)
        items = value if isinstance(value, list) else [] if value is None else [value]
        if not items and not only_a_condition:
            return None if value is None or is_number(condition(_item_scope(None, variables), runtime)) else []
        if value is None:
            runtime.warn("null cannot be filtered")
            return None
        return kept(items, condition, variables, runtime)

    return taken


def kept(items: list[Any], condition: Run, variables: Any, runtime: Runtime) -> Any:
    """The items for which the condition is true, or the one at the position that it is."""
    kept: list[Any] = []
    runtime.spend(len(items))
    for item in items:
        if type(item) is dict and len(item) > 20:
            runtime.spend(len(item) >> 4)
        holds = condition(_item_scope(item, variables), runtime)
        if holds is True:
            kept.append(item)
        elif holds is not False and is_number(holds):
            return item_at(items, holds, runtime)
        elif holds is not False and holds is not None:
            runtime.warn(f"a filter must be a condition or a number, not {described(holds)}")
            return None
    return kept


def _compares(node: Any) -> bool:
    """Whether a node can only be true, false or null."""
    if not isinstance(node, nodes.Chain):
        return False
    last = node.rest[-1]
    return not isinstance(last, nodes.Operate) or last.sign not in ("+", "-", "*", "/", "**")


def _item_scope(item: Any, variables: Any) -> Scope:
    """`item`, and the entries of an item that is a context, before the variables."""
    scope = Scope()
    scope["item"] = item
    if isinstance(item, dict):
        scope.update(item)
    scope.parent = variables
    return scope


def item_at(value: Any, position: Any, runtime: Runtime) -> Any:
    """The item at a position from 1, or from the end where negative; null where there is none."""
    items = value if isinstance(value, list) else [] if value is None else [value]
    at = as_index(position)
    if at is None or at == 0 or abs(at) > len(items):
        runtime.warn("a list has no item at that position")
        return None
    return items[at - 1 if at > 0 else at]


# Calls


def _arguments(compiler: Compiler, step: nodes.Call, depth: int) -> Run:
    """The arguments: a list, or by name."""
    runs = [compiler.of(argument, depth) for argument in step.arguments]
    if step.names is None:
        return lambda variables, runtime: [run(variables, runtime) for run in runs]
    named = list(zip(step.names, runs, strict=True))
    return lambda variables, runtime: {name: run(variables, runtime) for name, run in named}


def _builtin_call(compiler: Compiler, base: Any, builtin: Function, step: nodes.Call, depth: int) -> Run:
    """A call of a function of the language, unless a variable of that name is a function."""
    arguments, name = _arguments(compiler, step, depth), base.name

    def run(variables: Any, runtime: Runtime) -> Any:
        found = variables[name] if type(variables) is Scope else variables.get(name)
        given = arguments(variables, runtime)
        return call(found if isinstance(found, Function) else builtin, given, runtime, name, base.position)

    return run


def call(function: Any, arguments: Any, runtime: Runtime, name: str = "", position: int | None = None) -> Any:
    """The result of a function; null, with a warning, where it has none."""
    if not isinstance(function, Function):
        return runtime.warn(f"{described(function)} cannot be called", position)
    try:
        if isinstance(arguments, dict):
            return function.call_named(runtime, arguments)
        return function.call(runtime, arguments)
    except Unfit as unfit:
        called = f"the function {name}()" if name else "the function"
        return runtime.warn(f"{called} {unfit}", position)
    except EvaluationFailed as failed:
        raise failed if position is None else located(failed, position) from None
