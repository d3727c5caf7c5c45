"""The read-only methods that JUEL and plain expressions share, named and behaving as in Java."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.kinds import Unfit, as_index, kind, same
from bpmn.expressions.rowmethods import (
    collected,
    entry,
    first_entry,
    first_result,
    only_entry,
    results,
    single_entry,
    single_result,
)

BLANKS = "".join(map(chr, range(0x21)))
"""What Java's trim() cuts off."""
ANY = ""
"""Stands for every kind of value but null."""


@dataclass(frozen=True, slots=True)
class Method:
    """A method with `least` to `most` arguments; `by_kind` runs it as (evaluation, receiver, *arguments).

    All of them raise `Unfit` for values that they cannot take.
    """

    least: int
    most: int
    by_kind: Mapping[str, Callable[..., Any]]

    def call(self, runtime: Runtime, receiver: Any, arguments: list[Any]) -> Any:
        """What it answers; raises `Unfit`."""
        known = kind(receiver)
        run = self.by_kind.get(known) or (self.by_kind.get(ANY) if receiver is not None else None)
        if run is None:
            raise Unfit(f"does not exist on {known}")
        if not self.least <= len(arguments) <= self.most:
            raise Unfit(f"takes {counted(self.least, self.most)}, not {len(arguments)}")
        runtime.spend()
        return run(runtime, receiver, *arguments)


def method(arguments: int, **by_kind: Callable[..., Any]) -> Method:
    """A method with a fixed number of arguments; `any` stands for all kinds but null."""
    return Method(arguments, arguments, {ANY if name == "any" else name: run for name, run in by_kind.items()})


def counted(least: int, most: int) -> str:
    """How many arguments that are, in words."""
    return f"{least} argument(s)" if least == most else f"{least} to {most} arguments"


def text_of(value: Any) -> str:
    """An argument that must be a text; raises `Unfit`."""
    if isinstance(value, str):
        return value
    raise Unfit(f"takes a text as its argument, not {kind(value)}")


def index_of(value: Any) -> int:
    """An argument that must be a whole number; raises `Unfit`."""
    index = as_index(value)
    if index is None:
        raise Unfit(f"takes a whole number, not {kind(value)}")
    return index


def brief(index: int) -> str:
    """A number for a message."""
    return str(index) if abs(index) < 10**18 else "beyond all bounds"


def item_of(runtime: Runtime, items: list[Any], at: Any) -> Any:
    """The item of a list, from 0; raises `Unfit` where there is none."""
    index = as_index(at)
    if index is None:
        raise Unfit(f"takes a whole number on a list, not {kind(at)}")
    if not 0 <= index < len(items):
        raise Unfit(f"is asked for index {brief(index)} of a list of {len(items)}")
    return items[index]


def holds(runtime: Runtime, items: list[Any], wanted: Any) -> bool:
    """Whether a list has an item that is the same."""
    return any(same(item, wanted, runtime.spend) for item in items)


def _contains(runtime: Runtime, text: str, part: Any) -> bool:
    return text_of(part) in runtime.weigh(text)


def _equals_ignoring_case(runtime: Runtime, text: str, other: Any) -> bool:
    return other is not None and runtime.weigh(text).lower() == text_of(other).lower()


METHODS: Mapping[str, Method] = {
    "equals": method(1, any=lambda runtime, one, other: same(one, other, runtime.spend)),
    "equalsIgnoreCase": method(1, text=_equals_ignoring_case),
    "contains": method(1, text=_contains, list=holds),
    "containsKey": method(1, map=lambda runtime, entries, key: isinstance(key, str) and key in entries),
    "size": method(0, list=lambda runtime, items: len(items), map=lambda runtime, entries: len(entries)),
    "length": method(0, text=lambda runtime, text: len(text)),
    "isEmpty": method(
        0,
        text=lambda runtime, text: not text,
        list=lambda runtime, items: not items,
        map=lambda runtime, entries: not entries,
    ),
    "startsWith": method(1, text=lambda runtime, text, start: text.startswith(text_of(start))),
    "endsWith": method(1, text=lambda runtime, text, end: text.endswith(text_of(end))),
    "get": method(
        1,
        list=item_of,
        map=lambda runtime, entries, key: entries.get(key) if isinstance(key, str) else None,
    ),
    "toLowerCase": method(0, text=lambda runtime, text: runtime.weigh(text.lower())),
    "toUpperCase": method(0, text=lambda runtime, text: runtime.weigh(text.upper())),
    "trim": method(0, text=lambda runtime, text: runtime.weigh(text.strip(BLANKS))),
    # of results of decisions
    "getSingleResult": method(0, list=single_result),
    "getFirstResult": method(0, list=first_result),
    "getResultList": method(0, list=results),
    "getSingleEntry": method(0, list=single_entry, map=only_entry),
    "getFirstEntry": method(0, map=first_entry),
    "getEntry": method(1, map=entry),
    "collectEntries": method(1, list=collected),
}
