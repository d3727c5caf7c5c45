"""The types of a model: item definitions as types of FEEL (DMN 1.5, 7.3.2 and 10.3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any, TypeAlias

from bpmn.decisions.model import ItemDefinition, Place, Text
from bpmn.errors import ExpressionInvalid
from bpmn.expressions import feel
from bpmn.expressions.feel import reading
from bpmn.expressions.feel.budget import Runtime
from bpmn.expressions.feel.types import ANY, SIMPLE, Mistyped, Type, converted

_Allows: TypeAlias = Callable[[Any, Runtime], bool]

_ALIASES: Mapping[str, str] = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "integer": "number",
    "int": "number",
    "long": "number",
    "double": "number",
    "decimal": "number",
    "float": "number",
}
"""Names that DMN 1.1 and vendors use."""

_READERS: Mapping[str, Callable[[str], Any]] = {
    "date": reading.read_date,
    "time": reading.read_time,
    "date and time": reading.read_date_time,
    "days and time duration": reading.read_duration,
    "years and months duration": reading.read_duration,
}


class Types:
    """The types that one file can name; `imported` are those of other files, by qualified name."""

    def __init__(
        self,
        items: Iterable[ItemDefinition],
        imported: Mapping[str, Type],
        names: frozenset[str],
        problem: Callable[[Place, str], None],
    ) -> None:
        self._items = {item.name: item for item in items}
        self._names = names
        self._problem = problem
        self._made: dict[str, Type] = dict(imported)
        self._in_work: set[str] = set()
        for name in self._items:
            self._named(name)

    @property
    def all(self) -> Mapping[str, Type]:
        """All types by name."""
        return self._made

    def of(self, type_ref: str | None, place: Place | None = None) -> Type:
        """The type that a reference names; one that is unknown is a problem, and then anything."""
        name = (type_ref or "").strip()
        found = self._known(name) or (self._known(name.rpartition(":")[2]) if ":" in name else None)
        if found is None and place is not None:
            self._problem(place, f"there is no type '{name[:60]}'")
        return found or ANY

    def _known(self, name: str) -> Type | None:
        if not name or name == "Any":
            return ANY
        if name in self._items or name in self._made:
            return self._named(name)
        name = _ALIASES.get(name, name)
        if name in SIMPLE:
            return Type(name)
        return Type(name) if name == "function" else None

    def _named(self, name: str) -> Type:
        if name not in self._made:
            if name in self._in_work:
                return ANY  # a type that is made of itself
            self._in_work.add(name)
            self._made[name] = self._item(self._items[name])
            self._in_work.discard(name)
        return self._made[name]

    def _item(self, item: ItemDefinition) -> Type:
        found = self._single(item)
        if item.allowed is not None:
            found = replace(found, allows=_all_of(found.allows, self._allows(item.allowed)))
        if item.is_collection:
            found = Type("list", of=found)
        if item.constraint is not None:
            found = replace(found, allows=_all_of(found.allows, self._allows(item.constraint)))
        return found

    def _single(self, item: ItemDefinition) -> Type:
        """The type of one item, without constraints."""
        if item.function is not None:
            parameters, result = item.function
            return Type(
                "function",
                of=self.of(result, item.place),
                parameters=tuple(self.of(one.type_ref, item.place) for one in parameters),
            )
        if item.components:
            return Type("context", entries={one.name: self._item(one) for one in item.components})
        return self.of(item.type_ref, item.place)

    def _allows(self, text: Text) -> Callable[[Any, Runtime], bool]:
        try:
            tests = feel.compile_unary_tests(text.text, self._names)
        except ExpressionInvalid as invalid:
            self._problem(text.place, f"the allowed values are no unary tests: {invalid}")
            return lambda _value, _runtime: True

        return lambda value, runtime: tests.evaluate_in(value, {}, runtime) is True


def _all_of(one: _Allows | None, other: _Allows) -> _Allows:
    return other if one is None else lambda value, runtime: one(value, runtime) and other(value, runtime)


def typed(value: Any, type_: Type, runtime: Runtime) -> Any:
    """A JSON value as a type: texts become dates, times and durations; raises `Mistyped` where it does not conform."""
    return converted(_read(value, type_, runtime), type_, runtime)


def _read(value: Any, type_: Type, runtime: Runtime) -> Any:
    if isinstance(value, str) and type_.name in _READERS:
        read = _READERS[type_.name](value)
        if read is None:
            raise Mistyped(f"a text is no {type_.name}")
        return read
    if isinstance(value, float):
        return Decimal(repr(value))
    if isinstance(value, list) and type_.of is not None:
        runtime.spend(len(value))
        return [_read(item, type_.of, runtime) for item in value]
    if isinstance(value, dict) and type_.entries:
        runtime.spend(len(value))
        return {key: _read(item, type_.entries.get(key, ANY), runtime) for key, item in value.items()}
    return value
