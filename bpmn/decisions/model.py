"""What a DMN file says, read but not yet compiled; immutable. Elements are named by (namespace, id)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Key: TypeAlias = tuple[str, str]
"""Namespace and id of an element."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an element stands, for messages."""

    file: str
    line: int
    id: str | None
    type: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A name with a type."""

    name: str
    type_ref: str | None = None


class HitPolicy(StrEnum):
    """DMN 1.5, 8.2.8."""

    UNIQUE = "UNIQUE"
    FIRST = "FIRST"
    PRIORITY = "PRIORITY"
    ANY = "ANY"
    COLLECT = "COLLECT"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"


class Aggregation(StrEnum):
    """What COLLECT makes of its results."""

    SUM = "SUM"
    COUNT = "COUNT"
    MIN = "MIN"
    MAX = "MAX"


@dataclass(frozen=True, slots=True)
class Text:
    """A literal expression."""

    text: str
    language: str | None
    type_ref: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class InputClause:
    id: str | None
    label: str
    expression: Text
    values: Text | None


@dataclass(frozen=True, slots=True)
class OutputClause:
    id: str | None
    name: str
    label: str
    type_ref: str | None
    values: Text | None
    default: Text | None


@dataclass(frozen=True, slots=True)
class Rule:
    id: str | None
    tests: tuple[Text, ...]
    outputs: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table (chapter 8)."""

    hit_policy: HitPolicy
    aggregation: Aggregation | None
    inputs: tuple[InputClause, ...]
    outputs: tuple[OutputClause, ...]
    rules: tuple[Rule, ...]
    type_ref: str | None
    place: Place

    @property
    def yields_list(self) -> bool:
        """Whether it has a result for each rule that matches."""
        return self.aggregation is None and self.hit_policy in (
            HitPolicy.COLLECT,
            HitPolicy.RULE_ORDER,
            HitPolicy.OUTPUT_ORDER,
        )


@dataclass(frozen=True, slots=True)
class BoxedContext:
    """Entries; the one without a variable is the result (10.3.2.11)."""

    entries: tuple[tuple[Variable | None, Boxed], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Invocation:
    function: Boxed
    bindings: tuple[tuple[Variable, Boxed], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    parameters: tuple[Variable, ...]
    body: Boxed
    type_ref: str | None
    place: Place


@dataclass(frozen=True, slots=True)
class BoxedList:
    items: tuple[Boxed, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Relation:
    columns: tuple[Variable, ...]
    rows: tuple[tuple[Boxed, ...], ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Conditional:
    test: Boxed
    then: Boxed
    otherwise: Boxed
    place: Place


@dataclass(frozen=True, slots=True)
class Filter:
    source: Boxed
    match: Boxed
    place: Place


@dataclass(frozen=True, slots=True)
class Iteration:
    """`kind` is for, some or every."""

    kind: str
    variable: str
    source: Boxed
    body: Boxed
    place: Place


Boxed: TypeAlias = (
    Text
    | Table
    | BoxedContext
    | Invocation
    | FunctionDefinition
    | BoxedList
    | Relation
    | Conditional
    | Filter
    | Iteration
)


@dataclass(frozen=True, slots=True)
class ItemDefinition:
    """A type of the model (7.3.2)."""

    name: str
    type_ref: str | None
    allowed: Text | None
    constraint: Text | None
    is_collection: bool
    components: tuple[ItemDefinition, ...]
    function: tuple[tuple[Variable, ...], str | None] | None
    place: Place


@dataclass(frozen=True, slots=True)
class InputData:
    key: Key
    variable: Variable
    place: Place


@dataclass(frozen=True, slots=True)
class Decision:
    """`requires` are input data and decisions, `knowledge` business knowledge models and services."""

    key: Key
    name: str
    variable: Variable
    logic: Boxed | None
    requires: tuple[Key, ...]
    knowledge: tuple[Key, ...]
    place: Place
    version_tag: str | None = None
    history_days: int | None = None
    """How long evaluations that no process asked for are kept (Camunda 7's historyTimeToLive)."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A business knowledge model."""

    key: Key
    variable: Variable
    logic: FunctionDefinition | None
    knowledge: tuple[Key, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Service:
    """A decision service (6.3.10)."""

    key: Key
    name: str
    variable: Variable
    outputs: tuple[Key, ...]
    encapsulated: tuple[Key, ...]
    input_decisions: tuple[Key, ...]
    input_data: tuple[Key, ...]
    place: Place
    version_tag: str | None = None
    history_days: int | None = None
    """How long evaluations that no process asked for are kept (Camunda 7's historyTimeToLive)."""


Element: TypeAlias = InputData | Decision | Knowledge | Service
Evaluable: TypeAlias = Decision | Service


@dataclass(frozen=True, slots=True)
class Import:
    """Another file, by its namespace, and the name that it is known by here; an empty one is none."""

    namespace: str
    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Definitions:
    """One file."""

    namespace: str
    id: str
    name: str
    file: str
    imports: tuple[Import, ...]
    items: tuple[ItemDefinition, ...]
    elements: tuple[Element, ...]

    @property
    def decisions(self) -> tuple[Decision, ...]:
        return tuple(element for element in self.elements if isinstance(element, Decision))

    @property
    def evaluable(self) -> tuple[Evaluable, ...]:
        """What can be asked for from outside: decisions and decision services."""
        return tuple(element for element in self.elements if isinstance(element, Decision | Service))
