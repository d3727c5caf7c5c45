"""Runs kept apart: what one stimulus of a crowded repetition loads and saves does not grow with the crowd.

The runs of a parallel multi-instance activity that has many are saved in parts, one for each run with everything in it,
and the state only counts them; the results of runs that are over lie beside. A stimulus loads the part that it comes
to. What concerns all of them (an interruption, a signal from within) loads all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from bpmn import state
from bpmn.scopes import BODY, Node
from bpmn.values import Value

if TYPE_CHECKING:
    from bpmn.living import Living

#: A repetition of more runs than this keeps them apart.
MOST_TOGETHER = 50

Values = Mapping[tuple[int, str], Value]
"""Variables by (scope, name)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A run to be kept apart, with the numbers of the activity instances in it; its own is the first."""

    numbers: tuple[int, ...]
    state: bytes


@dataclass(frozen=True, slots=True)
class Saved:
    """An execution as it is to be kept: the state, and what has changed beside it.

    `gone` are numbers of activity instances that are in no part any more. `results` are by body and place of the run;
    those of the bodies in `settled` are needed no longer.
    """

    state: bytes
    parts: Sequence[Part] = ()
    gone: Sequence[int] = ()
    results: Mapping[tuple[int, int], Value] = field(default_factory=dict)
    settled: Sequence[int] = ()


class Shelf(Protocol):
    """Where the parts and results of a saved execution are."""

    def part_of(self, activity: int) -> bytes | None:
        """The state of the part with this activity instance in it."""

    def parts(self) -> Iterable[bytes]:
        """The states of all parts."""

    def variables(self, scopes: Sequence[int]) -> Values:
        """The variables of these scopes."""

    def results(self, body: int) -> Mapping[int, Value]:
        """The results of a body's runs, by place."""


def find(run: Living, activity: int) -> Node | None:
    """An open activity instance, loaded where it is kept apart."""
    node = run.nodes.get(activity)
    if node is None and run.crowded and run.shelf is not None:
        part = run.shelf.part_of(activity)
        if part is not None:
            _take(run, run.shelf, [part])
            node = run.nodes.get(activity)
    return node


def take_all(run: Living, scope: Node | None = None) -> None:
    """Load every run that is kept apart; with `scope`, only where there are any in it."""
    if run.crowded and run.shelf is not None and (scope is None or _is_crowd_in(run, scope)):
        _take(run, run.shelf, run.shelf.parts())
        run.nodes = dict(sorted(run.nodes.items()))


def take_results(run: Living, body: Node) -> None:
    """Load the results of the runs of a body."""
    if body.stored and body.results is not None and run.shelf is not None:
        body.results = {**run.shelf.results(body.number), **body.results}


def _is_crowd_in(run: Living, scope: Node) -> bool:
    bodies = [run.nodes[number] for number in run.crowded]
    return any(body is scope or scope in _around(body) for body in bodies)


def _take(run: Living, shelf: Shelf, parts: Iterable[bytes]) -> None:
    bodies = set()
    scopes: list[int] = []
    for part in parts:
        items = state.items_of(part)
        if items[0][0] not in run.taken:
            bodies.add(state.restore_part(run, items))
            numbers = tuple(item[0] for item in items)
            run.taken[numbers[0]] = numbers
            scopes += numbers
    for body in bodies:
        body.children = dict(sorted(body.children.items()))
    run.load(shelf.variables(scopes))


def save(run: Living) -> Saved:
    """What is to be kept of an execution between two advances."""
    apart = [] if run.ended else _resting(run)
    parts = [Part(tuple(node.number for node in nodes), state.dump_part(nodes)) for nodes in apart]
    kept = {number for part in parts for number in part.numbers}
    storing = [] if run.ended else [node for node in run.nodes.values() if _stores_results(node, kept)]
    for node in storing:
        node.stored = True
    results = {(node.number, place): value for node in storing for place, value in (node.results or {}).items()}
    return Saved(
        b"" if run.ended else state.dump(run, apart),
        parts,
        [number for numbers in run.taken.values() for number in numbers if number not in kept],
        results,
        [number for number in run.storing if number not in run.nodes],
    )


def _resting(run: Living) -> list[list[Node]]:
    """The runs of crowded repetitions in which nothing is on its way, each with everything in it, outer ones first."""
    bodies = {node for node in run.nodes.values() if _is_crowded(node)}
    if not bodies:
        return []
    moving = {token.scope.number for token in (*run.queue, *run.loud, *run.deferred)}
    busy = moving | run.joining | run.choosing | run.watching
    outermost = [body for body in bodies if not bodies & set(_around(body))]
    runs = [sorted((node, *node.descendants()), key=_number) for body in outermost for node in body.children.values()]
    return [nodes for nodes in runs if not any(node.number in busy or node.unopened for node in nodes)]


def _number(node: Node) -> int:
    return node.number


def _is_crowded(node: Node) -> bool:
    if node.role != BODY or node.total <= MOST_TOGETHER:
        return False
    repetition = None if node.element is None else node.element.repetition
    drawn = None if repetition is None else repetition.drawn
    return drawn is not None and not drawn.sequential and not drawn.is_loop


def _around(node: Node) -> Iterator[Node]:
    outer = node.parent
    while outer is not None:
        yield outer
        outer = outer.parent


def _stores_results(node: Node, kept: set[int]) -> bool:
    return node.results is not None and node.total > MOST_TOGETHER and node.number not in kept
