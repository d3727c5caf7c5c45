"""Lists that are told from the histories of instances: by GET and by POST, with their counts.

Everything that is asked is understood before anything is read. Pages are read as far as they reach where their order is
that of the instances or of time; the rest is bounded (app/queries/catalog/stories.py).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeAlias, TypeVar

from app.api.engine_rest.filters import Listing
from app.api.engine_rest.given import NOTHING_GIVEN, Fields, Given
from app.api.engine_rest.pages import Key, Part, like, part
from app.api.engine_rest.routing import Ask, Routes
from app.db import Transaction
from app.engine.drawings import MOST as MOST_DRAWINGS
from app.errors import InvalidRequest
from app.queries.catalog.criteria import MOST_CRITERIA, AnyOf, Criterion, checked_pattern
from app.queries.catalog.past import Past
from app.queries.catalog.process_instances import INSTANCES
from app.queries.catalog.stories import MOST_COMMANDS, Event, Span, Stories, definitions

T = TypeVar("T")
Holds: TypeAlias = Callable[[T], bool]
Test: TypeAlias = Callable[[str, Given], Holds[T]]
"""A filter: what a client gave by this name becomes a condition of entries."""

NOTE = (
    "a page without an order or in the order of time reads what it reaches, anything else all that may fit: up to "
    f"{MOST_COMMANDS:,} commands of history"
)
_PAGING = frozenset({"firstResult", "maxResults"})


@dataclass(frozen=True, slots=True)
class PastList(Generic[T]):
    """What a list holds.

    `instances` narrows down whose histories are read. `entries` are what a history holds, with numbers: at these
    activity instances only. `tests`, and what `always` says, restrict them. `by_time` names orders that are orders of
    events, `drawn` filters and orders that need the diagrams. `shape` shows a page. Where entries are not
    `of_activities`, these are not told; variables are told where one of the filters `of_variables` is given (None:
    always).
    """

    instances: Listing
    entries: Callable[[Ask, Past, Collection[int] | None], Iterator[T]]
    instance_of: Callable[[T], str]
    tests: Mapping[str, Test[T]]
    sorts: Mapping[str, Key]
    shape: Callable[[Transaction, Ask, list[T]], list[dict[str, Any]]]
    always: Callable[[Given], list[Holds[T]]] = lambda _: []
    by_time: Mapping[str, Event] = field(default_factory=dict)
    drawn: frozenset[str] = frozenset()
    of_activities: bool = True
    of_variables: frozenset[str] | None = None
    or_queries: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The names of all filters."""
        return frozenset(self.instances.filters) | frozenset(self.tests)

    def offer(self, routes: Routes, path: str, *, refused: str = "", served: str = "", note: str = NOTE) -> None:
        """The four operations; `served` are parameters besides, `refused` names of the schema that are not heeded."""
        away, more = frozenset(refused.split()), frozenset(served.split())
        body = Fields(self.names | {"sorting"} | ({"orQueries"} if self.or_queries else set()), away)
        query = Fields(self.names | _PAGING | {"sortBy", "sortOrder"} | more, away)
        routes.read(path, query=query, note=note)(self._by_get)
        routes.ask(path, query=Fields(_PAGING | more), body=body, note=note)(self._by_post)
        routes.read(f"{path}/count", query=Fields(self.names, away), note=note)(self._count_by_get)
        routes.ask(f"{path}/count", body=body, note=note)(self._count_by_post)

    def _by_get(self, tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
        return self.page(tx, ask, ask.query)

    def _by_post(self, tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
        return self.page(tx, ask, ask.body)

    def _count_by_get(self, tx: Transaction, ask: Ask) -> dict[str, int]:
        return self.count(tx, ask, ask.query)

    def _count_by_post(self, tx: Transaction, ask: Ask) -> dict[str, int]:
        # It makes no difference to the count, but a wrong order is told as it would be of the list.
        part(ask.body, NOTHING_GIVEN, self.sorts)
        return self.count(tx, ask, ask.body)

    def page(self, tx: Transaction, ask: Ask, given: Given) -> list[dict[str, Any]]:
        """What is asked for, as clients see it."""
        asked = part(given, ask.query, self.sorts)
        question = _Question(self, tx, ask, given)
        return self.shape(tx, ask, question.page(asked))

    def count(self, tx: Transaction, ask: Ask, given: Given) -> dict[str, int]:
        """How many entries there are."""
        return {"count": sum(1 for _ in _Question(self, tx, ask, given).all())}


class _Question(Generic[T]):
    """One question, understood."""

    def __init__(self, asked: PastList[T], tx: Transaction, ask: Ask, given: Given) -> None:
        self.list, self.tx, self.ask = asked, tx, ask
        self.where: list[Criterion | AnyOf] = asked.instances.where(given)
        self.holds = [*asked.always(given), *(test(name, given) for name, test in _given_tests(asked, given))]
        self.needs_drawings = bool(given.values.keys() & asked.drawn)
        self.span = Span()
        if "startedAfter" in asked.tests:
            self.span = Span(given.moment("startedAfter"), given.moment("startedBefore"))
        alternatives = given.alternatives() if asked.or_queries else []
        if len(alternatives) > MOST_CRITERIA:
            raise InvalidRequest(f"A question has {MOST_CRITERIA} alternatives at most.")
        self.holds += [self._either(one) for one in alternatives]
        mentioned = set(given.values).union(*(one.values for one in alternatives))
        with_variables = asked.of_variables is None or bool(mentioned & asked.of_variables)
        self.stories = Stories(tx, with_activities=asked.of_activities, with_variables=with_variables)

    def _either(self, given: Given) -> Holds[T]:
        """Whether one of several conditions holds: of the instance, or of the entry."""
        holds = [test(name, given) for name, test in _given_tests(self.list, given)]
        of_instances = {name: value for name, value in given.values.items() if name not in self.list.tests}
        where = self.list.instances.where(Given(of_instances, given.now))
        criteria = tuple(one for one in where if isinstance(one, Criterion))
        if criteria:
            fitting = {row.id for row in INSTANCES.page(self.tx, [AnyOf(criteria)])}
            holds.append(lambda entry: self.list.instance_of(entry) in fitting)
        return (lambda entry: any(hold(entry) for hold in holds)) if holds else (lambda _: True)

    def page(self, asked: Part) -> list[T]:
        self._draw({name for name, _ in asked.order})
        if not asked.order and asked.most is not None:
            return asked.of(self._fitting(self.stories.all(self.where)), self.list.sorts)
        event = self.list.by_time.get(asked.order[0][0]) if asked.order else None
        if event is None or asked.most is None:
            return asked.of(self.all(), self.list.sorts)
        return asked.of(self._by_time(asked, event, asked.first + asked.most), self.list.sorts)

    def all(self) -> Iterator[T]:
        self._draw(set())
        self.stories.require_few(self.where)
        return self._fitting(self.stories.all(self.where))

    def _draw(self, order: set[str]) -> None:
        if self.needs_drawings or order & self.list.drawn:
            self.ask.drawings.require(definitions(self.tx, self.where, MOST_DRAWINGS))

    def _fitting(self, stories: Iterator[Past]) -> Iterator[T]:
        for story in stories:
            for entry in self.list.entries(self.ask, story, None):
                if all(hold(entry) for hold in self.holds):
                    yield entry

    def _by_time(self, asked: Part, event: Event, wanted: int) -> list[T]:
        """The entries up to the last moment that the page reaches; what has not ended comes after all that has."""
        found: list[T] = []
        edge: int | None = None
        span = self.span if event == "start" else Span()
        for at, story, numbers in self.stories.by_time(self.where, event, span, descending=asked.order[0][1]):
            if edge is not None and at != edge:
                return found
            entries = self.list.entries(self.ask, story, numbers)
            found += [entry for entry in entries if all(hold(entry) for hold in self.holds)]
            edge = at if len(found) >= wanted else None
        if event == "end":
            running = [*self.where, Criterion("running", "eq", True)]
            key = self.list.sorts[asked.order[0][0]]
            found += [entry for entry in self._fitting(self.stories.all(running)) if key(entry) is None]
        return found


def _given_tests(asked: PastList[T], given: Given) -> Iterator[tuple[str, Test[T]]]:
    for name, value in given.values.items():
        if value is not None and name in asked.tests:
            yield name, asked.tests[name]


def text(read: Callable[[T], str | None]) -> Test[T]:
    """A text that must be this one."""

    def test(name: str, given: Given) -> Holds[T]:
        wanted = given.text(name)
        return lambda entry: read(entry) == wanted

    return test


def pattern(read: Callable[[T], str | None]) -> Test[T]:
    """A text that must fit a pattern with % and _."""

    def test(name: str, given: Given) -> Holds[T]:
        wanted = checked_pattern(given.text(name) or "")
        return lambda entry: like(wanted, read(entry))

    return test


def one_of(read: Callable[[T], str | None]) -> Test[T]:
    """A text that must be one of several."""

    def test(name: str, given: Given) -> Holds[T]:
        wanted = frozenset(given.names(name) or ())
        return lambda entry: read(entry) in wanted

    return test


def flag(read: Callable[[T], bool]) -> Test[T]:
    """What must hold where it is asked for, and does not matter where it is false."""

    def test(name: str, given: Given) -> Holds[T]:
        return read if given.flag(name) else (lambda _: True)

    return test


def moment(read: Callable[[T], int | None], compare: Callable[[int, int], bool]) -> Test[T]:
    """A moment that must lie so to the one that is given; none does not."""

    def test(name: str, given: Given) -> Holds[T]:
        wanted = given.moment(name)

        def holds(entry: T) -> bool:
            found = read(entry)
            return wanted is None or (found is not None and compare(found, wanted))

        return holds

    return test
