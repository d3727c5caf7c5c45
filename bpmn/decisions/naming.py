"""Names across files: what FEEL must know to read a text, and the ways from one file to another."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from bpmn.decisions.model import (
    Boxed,
    BoxedContext,
    BoxedList,
    Conditional,
    Decision,
    Definitions,
    Element,
    Filter,
    FunctionDefinition,
    Invocation,
    ItemDefinition,
    Iteration,
    Knowledge,
    Relation,
    Table,
)


def names_in(files: Iterable[Definitions]) -> frozenset[str]:
    """All names of elements, imports and components of items, which any text may use."""
    found: set[str] = set()
    for definitions in files:
        found.update(one.name for one in definitions.imports)
        found.update(element.variable.name for element in definitions.elements)
        for item in definitions.items:
            found.update(_of_item(item))
    return frozenset(found - {""})


def names_of(element: Element) -> frozenset[str]:
    """The names of entries, parameters and columns, which the element's own texts may use."""
    if not isinstance(element, Decision | Knowledge) or element.logic is None:
        return frozenset()
    return frozenset(_of_boxed(element.logic)) - {""}


def _of_item(item: ItemDefinition) -> Iterator[str]:
    for component in item.components:
        yield component.name
        yield from _of_item(component)


def _of_boxed(boxed: Boxed) -> Iterator[str]:
    yield from _own_names(boxed)
    for inner in _inner(boxed):
        yield from _of_boxed(inner)


def _own_names(boxed: Boxed) -> Iterator[str]:
    if isinstance(boxed, BoxedContext):
        yield from (variable.name for variable, _ in boxed.entries if variable)
    elif isinstance(boxed, FunctionDefinition):
        yield from (variable.name for variable in boxed.parameters)
    elif isinstance(boxed, Relation):
        yield from (column.name for column in boxed.columns)
    elif isinstance(boxed, Iteration):
        yield boxed.variable
    elif isinstance(boxed, Table):
        yield from (clause.name for clause in boxed.outputs)


def _inner(boxed: Boxed) -> Sequence[Boxed]:
    """The boxed expressions directly within one."""
    if isinstance(boxed, BoxedContext):
        return [value for _, value in boxed.entries]
    if isinstance(boxed, FunctionDefinition):
        return [boxed.body]
    if isinstance(boxed, Invocation):
        return [boxed.function, *(value for _, value in boxed.bindings)]
    if isinstance(boxed, BoxedList):
        return boxed.items
    if isinstance(boxed, Relation):
        return [cell for row in boxed.rows for cell in row]
    if isinstance(boxed, Conditional):
        return [boxed.test, boxed.then, boxed.otherwise]
    if isinstance(boxed, Filter):
        return [boxed.source, boxed.match]
    return [boxed.source, boxed.body] if isinstance(boxed, Iteration) else []


_MOST_PATHS = 100
_LONGEST_PATH = 10


def paths_to(files: Sequence[Definitions], namespace: str) -> tuple[tuple[str, ...], ...]:
    """The names of imports that lead from any file to the one with that namespace, the longest ways first.

    They are followed from their end, so that each step finds a way: of many, the first hundred.
    """
    importers: dict[str, list[tuple[str, str]]] = {}
    for definitions in files:
        for one in definitions.imports:
            importers.setdefault(one.namespace, []).append((definitions.namespace, one.name))
    found: list[tuple[str, ...]] = []
    pending: deque[tuple[str, tuple[str, ...]]] = deque([(namespace, ())])
    while pending and len(found) < _MOST_PATHS:
        here, path = pending.popleft()
        for importer, name in importers.get(here, ()) if len(path) < _LONGEST_PATH else ():
            longer = (name, *path)
            found.append(longer)
            pending.append((importer, longer))
    return tuple(sorted(found[:_MOST_PATHS], key=len, reverse=True))
