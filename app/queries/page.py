"""Pages: so many entries after a place in the order, which the caller gets as an opaque cursor."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import ColumnElement, Integer, Select, literal, tuple_

from app.db import Row, Transaction
from app.errors import InvalidRequest

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Entries, and the cursor of the next page where there is one."""

    items: list[T]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for."""

    limit: int
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """By which columns entries are sorted; the last one must be unique, and none may be null."""

    columns: tuple[ColumnElement[Any], ...]
    descending: bool = False


def page(tx: Transaction, chosen: Select[Any], order: Order, paging: Paging, build: Callable[[Row], T]) -> Page[T]:
    """One page of a selection; the columns of the order are selected last, and not given to `build`."""
    width = len(order.columns)
    if paging.cursor is not None:
        chosen = chosen.where(_after(order, paging.cursor))
    by = [column.desc() if order.descending else column.asc() for column in order.columns]
    rows = tx.select(chosen.add_columns(*order.columns).order_by(*by).limit(paging.limit + 1))
    more = len(rows) > paging.limit
    rows = rows[: paging.limit]
    following = encode(_name(order), rows[-1][-width:]) if more else None
    return Page([build(row[:-width]) for row in rows], following)


def _name(order: Order) -> str:
    return ",".join([*map(str, order.columns), "descending" if order.descending else "ascending"])


def _after(order: Order, cursor: str) -> ColumnElement[bool]:
    place = decode(_name(order), cursor, len(order.columns))
    for value, column in zip(place, order.columns, strict=True):
        if isinstance(value, int) is not isinstance(column.type, Integer):
            raise _foreign()
    here = tuple_(*order.columns)
    there = tuple_(*(literal(value, column.type) for value, column in zip(place, order.columns, strict=True)))
    return here < there if order.descending else here > there


def encode(order: str, place: Sequence[Any]) -> str:
    """A cursor for a place, which is text and integers, in the order of that name."""
    return base64.urlsafe_b64encode(msgspec.json.encode([_mark(order), *place])).decode().rstrip("=")


def decode(order: str, cursor: str, width: int) -> list[Any]:
    """The place of `width` values that a cursor stands for; raises `InvalidRequest` where it is of another order."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        place = msgspec.json.decode(base64.b64decode(padded, altchars=b"-_", validate=True), type=list[str | int])
    except (binascii.Error, UnicodeEncodeError, msgspec.DecodeError):
        place = []
    mark, place = place[:1], place[1:]
    fits = all((isinstance(value, str) and "\0" not in value) or _is_int64(value) for value in place)
    if mark != [_mark(order)] or len(place) != width or not fits:
        raise _foreign()
    return place


def _mark(order: str) -> int:
    return zlib.crc32(order.encode())


def _foreign() -> InvalidRequest:
    return InvalidRequest(
        "The cursor is not one that this list gave; leave it out to begin anew.", code="cursor-invalid"
    )


def _is_int64(value: object) -> bool:
    return isinstance(value, int) and abs(value) < 2**63
