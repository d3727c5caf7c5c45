"""`for`, `some` and `every` (DMN 1.5, 10.3.2.14 and 10.3.2.15)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

from bpmn.errors import EvaluationFailed
from bpmn.expressions.feel import nodes
from bpmn.expressions.feel.budget import Run, Runtime, located
from bpmn.expressions.feel.scope import Scope, within
from bpmn.expressions.feel.temporal import Date, date_of
from bpmn.expressions.feel.values import Range, described
from bpmn.expressions.kinds import Unfit, as_index

if TYPE_CHECKING:
    from bpmn.expressions.feel.compiler import Compiler

_Source: TypeAlias = Callable[[Any, Runtime], Iterable[Any]]
_Body: TypeAlias = Callable[[Scope], bool]
"""What is done in each round; whether to go on."""


def compile_for(compiler: Compiler, node: nodes.For, depth: int) -> Run:
    """`for ... return`: the list of the body's values; `partial` is what was made so far."""
    loop = _loop(compiler, node.iterators, depth)
    body, partial = compiler.of(node.body, depth), node.partial

    def run(variables: Any, runtime: Runtime) -> Any:
        made: list[Any] = []

        def round_(scope: Scope) -> bool:
            if partial:
                runtime.spend(1 + len(made) // 16)
                scope["partial"] = made.copy()
            made.append(body(scope, runtime))
            return True

        try:
            loop(variables, runtime, round_)
        except Unfit as unfit:
            return runtime.warn(f"'for' {unfit}", node.position)
        except EvaluationFailed as failed:
            raise located(failed, node.position) from None
        return made

    return run


def compile_quantified(compiler: Compiler, node: nodes.Quantified, depth: int) -> Run:
    """`some` and `every ... satisfies`, with three truth values."""
    loop = _loop(compiler, node.iterators, depth)
    body, decisive = compiler.of(node.body, depth), not node.every

    def run(variables: Any, runtime: Runtime) -> Any:
        result: bool | None = not decisive

        def round_(scope: Scope) -> bool:
            nonlocal result
            holds = body(scope, runtime)
            if holds is decisive:
                result = decisive
                return False
            if holds is not (not decisive):
                result = None
            return True

        try:
            loop(variables, runtime, round_)
        except Unfit as unfit:
            return runtime.warn(f"'{'some' if decisive else 'every'}' {unfit}", node.position)
        except EvaluationFailed as failed:
            raise located(failed, node.position) from None
        return result

    return run


def _loop(
    compiler: Compiler, iterators: tuple[nodes.Iterator, ...], depth: int
) -> Callable[[Any, Runtime, _Body], None]:
    """Does the body for every combination, the last iterator fastest; each may read those before it."""
    names = [iterator.name for iterator in iterators]
    sources = [_source(compiler, iterator.source, depth + len(iterators)) for iterator in iterators]

    def level(at: int, variables: Any, runtime: Runtime, body: _Body) -> bool:
        name, last = names[at], at == len(names) - 1
        for item in sources[at](variables, runtime):
            runtime.spend()
            scope = Scope({name: item})
            scope.parent = variables
            if not (body(scope) if last else level(at + 1, scope, runtime, body)):
                return False
        return True

    def loop(variables: Any, runtime: Runtime, body: _Body) -> None:
        level(0, within(variables), runtime, body)

    return loop


def _source(compiler: Compiler, source: nodes.Node | nodes.Span, depth: int) -> _Source:
    if isinstance(source, nodes.Span):
        start, end = compiler.of(source.start, depth), compiler.of(source.end, depth)
        return lambda variables, runtime: span(start(variables, runtime), end(variables, runtime))
    run = compiler.of(source, depth)
    return lambda variables, runtime: items_of(run(variables, runtime))


def items_of(value: Any) -> Iterable[Any]:
    """What a loop goes through; raises `Unfit` for anything but lists and ranges."""
    if isinstance(value, list):
        return value
    if isinstance(value, Range):
        return _of_range(value)
    raise Unfit(f"cannot go through {described(value)}")


def _of_range(value: Range) -> Iterable[Any]:
    """The whole numbers or days of a range, upwards (DMN 1.5, 10.3.2.14)."""
    found = span(value.start, value.end)
    if not found:
        return found
    return found[0 if value.start_included else 1 : len(found) if value.end_included else -1]


class _Days:
    """Days from one to another, made as they are asked for."""

    def __init__(self, numbers: range) -> None:
        self._numbers = numbers

    def __len__(self) -> int:
        return len(self._numbers)

    def __iter__(self) -> Any:
        return map(date_of, self._numbers)

    def __getitem__(self, part: slice) -> _Days:
        return _Days(self._numbers[part])


def span(start: Any, end: Any) -> range | _Days:
    """From one whole number or day to another, upwards or downwards."""
    if isinstance(start, Date) and isinstance(end, Date):
        return _Days(_numbers(start.number, end.number))
    first, last = as_index(start), as_index(end)
    if first is None or last is None or max(abs(first), abs(last)) > 2**61:
        raise Unfit(f"cannot go from {described(start)} to {described(end)}")
    return _numbers(first, last)


def _numbers(first: int, last: int) -> range:
    return range(first, last + 1) if first <= last else range(first, last - 1, -1)
