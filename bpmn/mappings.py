"""Input and output mappings: how variables cross the border of an activity or of a called process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from bpmn.dialects import Text
from bpmn.errors import EvaluationFailed
from bpmn.expressions.kinds import Unfit, bounded
from bpmn.sight import Sight, over
from bpmn.texts import evaluated
from bpmn.values import Value

if TYPE_CHECKING:
    from bpmn.texts import Compiler, Getter, Located


@dataclass(frozen=True, slots=True)
class RawMapping:
    """A mapping as drawn: a target name and a text, or a list or a map of texts."""

    target: str
    source: Text | None = None
    items: tuple[RawMapping, ...] = field(default=())
    shape: str = "text"
    """One of "text", "list", "map", "script"; "constant" is a text without expressions, "expression" one as a whole."""


@dataclass(frozen=True, slots=True)
class Mapping:
    """A compiled mapping; `get` raises `EvaluationFailed`."""

    target: str
    get: Getter
    family: str


InputMapping: TypeAlias = Mapping
OutputMapping: TypeAlias = Mapping


@dataclass(frozen=True, slots=True)
class RawCallMapping:
    """What a call activity passes or takes back: one variable, one expression, or all; or the business key."""

    target: str | None = None
    source: str | None = None
    expression: Text | None = None
    everything: bool = False
    business_key: Text | None = None
    local: bool = False
    """Whether only variables of the call activity itself are passed, or what is taken back stays its own."""


#: Gives the variables that cross, from those in sight on the giving side.
Crossing: TypeAlias = Callable[[Sight], dict[str, Value]]


def compile_mappings(compiler: Compiler, element: Located, what: str, drawn: Sequence[RawMapping]) -> list[Mapping]:
    """The mappings of an element, in order; faults go to the compiler."""
    compiled = []
    for raw in drawn:
        getter = _getter(compiler, element, f"{what} {raw.target!r}", raw)
        if getter is not None:
            family = raw.source.family if raw.source is not None else "camunda"
            compiled.append(Mapping(raw.target, getter, family))
    return compiled


def _getter(compiler: Compiler, element: Located, what: str, raw: RawMapping) -> Getter | None:
    if raw.shape == "constant":
        constant = raw.source.value if raw.source is not None else ""
        return lambda variables: constant
    if raw.shape == "script" and raw.source is not None:
        script = compiler.script(element, what, raw.source, "nothing")
        return None if script is None else lambda sight: evaluated(script, sight)
    if raw.shape == "expression":
        expression = compiler.expression(element, what, raw.source, scripts=True)
        return None if expression is None else lambda sight: evaluated(expression, sight)
    if raw.shape == "text":
        return _nothing if raw.source is None else compiler.value(element, what, raw.source)
    parts = [(item.target, _getter(compiler, element, what, item)) for item in raw.items]
    ready = [(name, getter) for name, getter in parts if getter is not None]
    if raw.shape == "list":
        return lambda sight: _bounded([getter(sight) for _, getter in ready])
    names = [name for name, _ in ready]
    return lambda sight: dict(zip(names, _bounded([getter(sight) for _, getter in ready]), strict=True))


def _bounded(values: list[Value]) -> list[Value]:
    """The values of a list or map; a loop that puts a variable into itself must come to an end."""
    try:
        return bounded(values)
    except Unfit as unfit:
        raise EvaluationFailed(str(unfit)) from None


def _nothing(_sight: Sight) -> Value:
    return None


def compile_crossing(compiler: Compiler, element: Located, what: str, drawn: Sequence[RawCallMapping]) -> Crossing:
    """What crosses between caller and called process: later mappings win over earlier ones."""
    steps: list[tuple[str | None, str, Getter | None]] = []
    for raw in drawn:
        if raw.everything:
            steps.append((None, "", None))
        elif raw.expression is not None and raw.target is not None:
            steps.append((raw.target, "", compiler.value(element, what, raw.expression)))
        elif raw.source is not None and raw.target is not None:
            steps.append((raw.target, raw.source, None))

    def cross(sight: Sight) -> dict[str, Value]:
        crossing: dict[str, Value] = {}
        variables = sight.variables
        for target, source, getter in steps:
            if target is None:
                crossing.update(variables)
            else:
                crossing[target] = getter(sight) if getter is not None else variables.get(source)
        return crossing

    return cross


def evaluate(mappings: Sequence[Mapping], sight: Sight) -> Iterator[tuple[str, Value]]:
    """Target and value of each mapping in order; raises `EvaluationFailed` naming the mapping that failed.

    In Zeebe's rules a mapping sees what the ones before it gave; in Camunda 7's it sees what the caller has written.
    """
    earlier: dict[str, Value] = {}
    for mapping in mappings:
        seen = over(earlier, sight) if earlier and mapping.family == "zeebe" else sight
        try:
            earlier[mapping.target] = mapping.get(seen)
        except EvaluationFailed as fault:
            raise EvaluationFailed(f"mapping to {mapping.target!r}: {fault}", fault.position) from None
        yield mapping.target, earlier[mapping.target]
