"""Criteria become conditions of SQL; what a field means stands with its noun."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from app.db import Row, Transaction
from app.errors import InvalidRequest

T = TypeVar("T")

MOST = 50_000
"""Entries in one answer where the caller does not say how many it wants."""
MOST_VALUES, MOST_CRITERIA, LONGEST_PATTERN = 2_000, 200, 1_000
"""Values that a field may be one of, conditions of one question, and characters of a pattern."""


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition. Operators: eq, neq, in, not-in, like, not-like, lt, lteq, gt, gteq, null (value: true or false).

    Likes take % and _, and a backslash before them where they are meant themselves. Times are milliseconds. `also` are
    conditions that belong to this one, and must hold with it even where it is one of several alternatives.
    """

    field: str
    operator: str
    value: Any
    also: tuple[Criterion, ...] = ()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Holds where one of its criteria holds."""

    criteria: tuple[Criterion, ...]


_AT_ONCE = 500
Where: TypeAlias = Sequence[Criterion | AnyOf]
Meaning: TypeAlias = Callable[[str, Any], ColumnElement[bool]]
"""What a field means that is no column: from operator and value to a condition."""


class Order(NamedTuple):
    """One key of an order; `of` says more of one that needs it, such as the name of a variable."""

    name: str
    descending: bool
    of: Any = None


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of a list is wanted, in which order; without `most`, all of it up to `MOST`."""

    first: int = 0
    most: int | None = None
    order: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalog(Generic[T]):
    """A noun that can be searched: what is selected, by which fields and in which orders; `key` settles ties."""

    chosen: Select[Any]
    build: Callable[[Row], T]
    key: ColumnElement[Any]
    fields: Mapping[str, ColumnElement[Any] | Meaning]
    orders: Mapping[str, ColumnElement[Any] | Callable[[Any], ColumnElement[Any]]] = field(default_factory=dict)

    def narrowed(self, where: Where) -> Catalog[T]:
        """The same with criteria that always hold."""
        return replace(self, chosen=self.chosen.where(*self.conditions(where)))

    def page(self, tx: Transaction, where: Where = (), window: Window = Window()) -> list[T]:
        """The part of the list that is asked for; raises `InvalidRequest` where it would be too long."""
        chosen = self.chosen.where(*self.conditions(where)).order_by(*self._order(window))
        most = MOST + 1 if window.most is None else window.most
        rows = tx.select(chosen.limit(most).offset(window.first))
        if window.most is None and len(rows) > MOST:
            raise InvalidRequest(f"There are more than {MOST} entries; say how many you want.", code="list-too-long")
        return [self.build(row) for row in rows]

    def count(self, tx: Transaction, where: Where = ()) -> int:
        """How many entries there are."""
        counted = self.chosen.where(*self.conditions(where)).with_only_columns(self.key).order_by(None).subquery()
        return int(tx.select(select(func.count()).select_from(counted))[0][0])

    def conditions(self, where: Where) -> list[ColumnElement[bool]]:
        """The conditions that criteria stand for; raises `InvalidRequest` where they are too many."""
        if sum(len(item.criteria) if isinstance(item, AnyOf) else 1 for item in where) > MOST_CRITERIA:
            raise InvalidRequest(f"A question has {MOST_CRITERIA} conditions at most.")
        return [
            or_(false(), *(self._condition(one) for one in item.criteria))
            if isinstance(item, AnyOf)
            else self._condition(item)
            for item in where
        ]

    def _condition(self, criterion: Criterion) -> ColumnElement[bool]:
        meaning = self.fields[criterion.field]
        if isinstance(meaning, ColumnElement):
            condition = compared(meaning, criterion.operator, criterion.value)
        else:
            condition = meaning(criterion.operator, criterion.value)
        return and_(condition, *(self._condition(one) for one in criterion.also)) if criterion.also else condition

    def _order(self, window: Window) -> list[ColumnElement[Any]]:
        order = [self._ordered(one) for one in window.order]
        return [*order, self.key.desc() if window.order and window.order[0].descending else self.key.asc()]

    def _ordered(self, order: Order) -> ColumnElement[Any]:
        found = self.orders[order.name]
        key = found if isinstance(found, ColumnElement) else found(order.of)
        return (key.desc() if order.descending else key.asc()).nulls_last()


def compared(column: ColumnElement[Any], operator: str, value: Any) -> ColumnElement[bool]:
    """A column compared with a value."""
    if operator == "null":
        return column.is_(None) if value else column.is_not(None)
    return _COMPARISONS[operator](column, value)


_COMPARISONS: dict[str, Callable[[ColumnElement[Any], Any], ColumnElement[bool]]] = {
    "eq": lambda column, value: column == value,
    "neq": lambda column, value: column != value,
    "in": lambda column, value: column.in_(listed(value)),
    "not-in": lambda column, value: column.not_in(listed(value)),
    "like": lambda column, value: column.like(checked_pattern(value), escape="\\"),
    "not-like": lambda column, value: column.not_like(checked_pattern(value), escape="\\"),
    "lt": lambda column, value: column < value,
    "lteq": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gteq": lambda column, value: column >= value,
}


def listed(values: Iterable[Any]) -> list[Any]:
    """Different values, if they are not too many for one question; raises `InvalidRequest`."""
    found = list(dict.fromkeys(values))
    if len(found) > MOST_VALUES:
        raise InvalidRequest(f"A list in a question has {MOST_VALUES} different values at most; ask several times.")
    return found


def in_parts(values: Iterable[T]) -> Iterator[list[T]]:
    """The different values, so many at once as are worth one exchange with the database."""
    found = list(dict.fromkeys(values))
    return (found[at : at + _AT_ONCE] for at in range(0, len(found), _AT_ONCE))


def checked_pattern(text: str) -> str:
    """A pattern with % and _ that can be compared with; raises `InvalidRequest`."""
    if len(text) > LONGEST_PATTERN:
        raise InvalidRequest(f"A pattern takes {LONGEST_PATTERN} characters at most.")
    if (len(text) - len(text.rstrip("\\"))) % 2:
        raise InvalidRequest("A pattern does not end with a backslash that stands before nothing.")
    return text


def nothing(_operator: str, _value: Any) -> ColumnElement[bool]:
    """A field that no entry has."""
    return false()


def everything(_operator: str, _value: Any) -> ColumnElement[bool]:
    """A field that every entry fits."""
    return ~false()


def either(when_true: ColumnElement[bool], when_false: ColumnElement[bool] | None = None) -> Meaning:
    """A field that is true or false: `when_true` where it is asked for, else the opposite."""
    opposite = ~when_true if when_false is None else when_false
    return lambda _operator, value: when_true if value else opposite
