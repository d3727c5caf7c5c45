"""Functions that an expression defines (DMN 1.5, 10.3.2.13.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bpmn.expressions.feel import nodes
from bpmn.expressions.feel.budget import Run, Runtime
from bpmn.expressions.feel.scope import Scope
from bpmn.expressions.feel.types import ANY, Mistyped, Type, converted
from bpmn.expressions.feel.values import Function
from bpmn.expressions.kinds import Unfit

if TYPE_CHECKING:
    from bpmn.expressions.feel.compiler import Compiler


def compile_function(compiler: Compiler, node: nodes.FunctionOf, depth: int) -> Run:
    """A function that remembers the variables around it."""
    body = compiler.of(node.body, depth)
    parameters = [(one.name, one.type or ANY) for one in node.parameters]
    return lambda variables, _runtime: closure(parameters, body, variables)


def closure(parameters: list[tuple[str, Type]], body: Run, variables: Any, result: Type = ANY) -> Function:
    """A function over variables that it was made in; arguments and result are of their types, or there is none."""
    names = tuple(name for name, _ in parameters)

    def invoke(runtime: Runtime, arguments: list[Any]) -> Any:
        scope = Scope()
        scope.parent = variables
        for (name, type_), argument in zip(parameters, arguments, strict=True):
            scope[name] = of_type(argument, type_, runtime, f"is given an argument '{name[:40]}' that does not fit")
        runtime.enter()
        found = body(scope, runtime)
        runtime.leave()
        return of_type(found, result, runtime, "has a result that does not fit")

    declared = Type("function", of=result, parameters=tuple(type_ for _, type_ in parameters))
    return Function(names, invoke, type=declared)


def of_type(value: Any, type_: Type, runtime: Runtime, complaint: str) -> Any:
    """The value as that type; raises `Unfit` with the complaint."""
    try:
        return value if type_ is ANY else converted(value, type_, runtime)
    except Mistyped as mistyped:
        raise Unfit(f"{complaint}: {mistyped}") from None
