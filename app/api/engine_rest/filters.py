"""Filters, sorting and paging of lists: tables from the dialect's names to criteria of the catalogs."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from app.api.engine_rest import definition_ids
from app.api.engine_rest.given import Fields, Given
from app.api.engine_rest.pages import part
from app.api.engine_rest.values import read_variables
from app.errors import InvalidRequest
from app.queries.catalog.criteria import AnyOf, Criterion, Order, Window
from app.queries.catalog.variables import OfVariable

Filter: TypeAlias = Callable[[str, Given], list[Criterion]]
_OPERATORS = {
    "eq": "eq",
    "neq": "neq",
    "gt": "gt",
    "gteq": "gteq",
    "lt": "lt",
    "lteq": "lteq",
    "like": "like",
    "notLike": "not-like",
}
_VARIABLE = re.compile(r"(.+?)_(eq|neq|gteq|gt|lteq|lt|like|notLike)_(.*)", re.DOTALL)
# Numbers are compared whatever their type.
_COMPARABLE = {
    "string": "text",
    "date": "date",
    "boolean": "boolean",
    **dict.fromkeys(("short", "integer", "long", "double", "number"), "number"),
}
_NOT_NESTED = Fields(refused=frozenset({"orQueries", "sorting"}))
_PAGING = frozenset({"sortBy", "sortOrder", "firstResult", "maxResults"})


@dataclass(frozen=True, slots=True)
class Listing:
    """How a list is asked for: filters by name, names of the published schema that are refused, orders by name.

    Those of `by_variable` are given the name and the type of a variable.
    """

    filters: Mapping[str, Filter]
    refused: frozenset[str] = frozenset()
    sorts: Mapping[str, str] = field(default_factory=dict)
    by_variable: Mapping[str, str] = field(default_factory=dict)
    or_queries: bool = False

    @property
    def fields(self) -> Fields:
        """The names of filters."""
        return Fields(frozenset(self.filters), self.refused)

    @property
    def query(self) -> Fields:
        """The names in a query string."""
        return Fields(frozenset(self.filters) | _PAGING, self.refused)

    @property
    def body(self) -> Fields:
        """The names in a body."""
        more = {"sorting", "orQueries"} if self.or_queries else {"sorting"}
        return Fields(frozenset(self.filters) | more, self.refused)

    def where(self, given: Given) -> list[Criterion | AnyOf]:
        """The criteria that are asked for."""
        found: list[Criterion | AnyOf] = list(self._criteria(given))
        for alternatives in given.alternatives() if self.or_queries else []:
            self.fields.check(alternatives.values, "orQueries.")
            _NOT_NESTED.check(alternatives.values, "orQueries.")
            criteria = self._criteria(alternatives)
            if criteria:
                found.append(AnyOf(tuple(criteria)))
        return found

    def _criteria(self, given: Given) -> list[Criterion]:
        return [
            criterion
            for name, value in given.values.items()
            if value is not None and name in self.filters
            for criterion in self.filters[name](name, given)
        ]

    def window(self, given: Given, paging: Given) -> Window:
        """Part and order of the list; paging stands in the query string even where filters stand in a body."""
        asked = part(given, paging, {**self.sorts, **self.by_variable})
        parameters = [one.object("parameters") for one in given.objects("sorting")]
        order = (
            self._order(name, descending, parameters[place] if parameters else Given({}))
            for place, (name, descending) in enumerate(asked.order)
        )
        return Window(asked.first, asked.most, tuple(order))

    def _order(self, name: str, descending: bool, parameters: Given) -> Order:
        if name in self.sorts:
            return Order(self.sorts[name], descending)
        kind = (parameters.text("type") or "").lower()
        if not parameters.text("variable") or kind not in _COMPARABLE:
            known = ", ".join(sorted(_COMPARABLE))
            raise InvalidRequest(
                f"Sorting by {name} takes `sorting` in a body, with `parameters`: `variable` and its `type`, one of "
                f"{known}."
            )
        return Order(self.by_variable[name], descending, OfVariable(parameters.required("variable"), _COMPARABLE[kind]))


def listing(
    filters: Mapping[str, Filter],
    *,
    refused: str = "",
    sorts: Mapping[str, str] | None = None,
    by_variable: Mapping[str, str] | None = None,
    or_queries: bool = False,
) -> Listing:
    """A listing; `refused` are names with blanks between them."""
    return Listing(filters, frozenset(refused.split()), dict(sorts or {}), dict(by_variable or {}), or_queries)


def text(to: str, operator: str = "eq") -> Filter:
    """A text that a field is compared with."""
    return lambda name, given: [Criterion(to, operator, given.text(name))]


def names(to: str, operator: str = "in") -> Filter:
    """A list of texts one of which (or with "not-in" none of which) the field is."""
    return lambda name, given: [Criterion(to, operator, tuple(given.names(name) or ()))]


def definition(to: str) -> Filter:
    """The id of a process definition."""
    return lambda name, given: [Criterion(to, "eq", definition_ids.inside(given.text(name) or ""))]


def of_definition(given: Given, identity: str = "definition", key: str = "definition-key") -> list[Criterion]:
    """What processDefinitionId and processDefinitionKey ask for; `identity` and `key` name the fields."""
    found = []
    if (asked := given.text("processDefinitionId")) is not None:
        found.append(Criterion(identity, "eq", definition_ids.inside(asked)))
    if (asked := given.text("processDefinitionKey")) is not None:
        found.append(Criterion(key, "eq", asked))
    return found


def whole(to: str, operator: str = "eq") -> Filter:
    """A whole number."""
    return lambda name, given: _unless_missing(to, operator, given.whole(name))


def moment(to: str, operator: str) -> Filter:
    """A date."""
    return lambda name, given: _unless_missing(to, operator, given.moment(name))


def _unless_missing(to: str, operator: str, value: int | None) -> list[Criterion]:
    """A parameter without a value, as in `dueBefore=`, asks for nothing."""
    return [] if value is None else [Criterion(to, operator, value)]


def only(to: str, value: Any = True, operator: str = "eq") -> Filter:
    """A flag that restricts the list where it is true, and does nothing where it is false."""
    return lambda name, given: [Criterion(to, operator, value)] if given.flag(name) else []


def flag(to: str) -> Filter:
    """A flag that restricts the list either way."""
    return lambda name, given: [] if given.flag(name) is None else [Criterion(to, "eq", given.flag(name))]


def heeded(name: str, given: Given) -> list[Criterion]:
    """A flag that restricts nothing by itself: another filter reads it, or what it asks for holds anyway."""
    given.flag(name)
    return []


def nothing(name: str, given: Given) -> list[Criterion]:
    """What no entry of this server has: nothing is found where something is given."""
    return [Criterion("nothing", "eq", None)] if given.values[name] not in ("", [], {}) else []


def variables(to: str) -> Filter:
    """Variables by value: `name_operator_value,...` in a query string, objects in a body."""

    def read(name: str, given: Given) -> list[Criterion]:
        value = given.values[name]
        asked = [_split(part) for part in value.split(",")] if isinstance(value, str) else _objects(name, given)
        any_case = (given.flag("variableNamesIgnoreCase") or False, given.flag("variableValuesIgnoreCase") or False)
        return [Criterion(to, operator, (*pair, *any_case)) for operator, pair in asked]

    return read


def _split(part: str) -> tuple[str, tuple[str, Any]]:
    match = _VARIABLE.fullmatch(part)
    if match is None:
        raise InvalidRequest(f"variable query parameter must have format KEY_OPERATOR_VALUE: '{part[:80]}'")
    name, operator, value = match.groups()
    return _OPERATORS[operator], (name, resolved(value))


def _objects(name: str, given: Given) -> list[tuple[str, tuple[str, Any]]]:
    return [_object(one) for one in given.objects(name)]


def _object(one: Given) -> tuple[str, tuple[str, Any]]:
    operator = one.text("operator") or "eq"
    if operator not in _OPERATORS:
        raise InvalidRequest(f"Invalid variable comparator specified: {operator[:40]}")
    kind, value = one.text("type"), one.values.get("value")
    if kind:
        value = read_variables({"value": {"value": value, "type": kind}}).values["value"]
    return _OPERATORS[operator], (one.required("name"), value)


def resolved(value: str) -> Any:
    """A value in a query string: true, false, a number, else a text."""
    if value in ("true", "false"):
        return value == "true"
    if re.fullmatch(r"-?(0|[1-9]\d{0,17})", value):
        return int(value)
    if re.fullmatch(r"-?\d{1,17}\.\d{1,17}", value):
        return read_variables({"value": {"value": value, "type": "Double"}}).values["value"]
    return value


# Whether filters by variables heed the case of names and values; read where these are.
ANY_CASE: dict[str, Filter] = {"variableNamesIgnoreCase": heeded, "variableValuesIgnoreCase": heeded}
# What belongs to features that no entry of this server has.
NO_TENANT: dict[str, Filter] = {"tenantIdIn": nothing, "withoutTenantId": heeded}
