"""Input and output mappings: how variables cross the border of an activity or of a called process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
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
    """One of "text", "list", "map", "script"; "constant" is a text without expressions, "expression" one as a whole,
    "parts" an object of which each part is mapped to a path."""


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
    for raw in _objects(drawn):
        getter = _getter(compiler, element, f"{what} {raw.target!r}", raw)
        if getter is not None:
            compiled.append(Mapping(raw.target, getter, _family(raw)))
    return compiled


def _family(raw: RawMapping) -> str:
    if raw.shape == "parts":
        return "zeebe"
    return raw.source.family if raw.source is not None else "camunda"


def _objects(drawn: Sequence[RawMapping]) -> list[RawMapping]:
    """The mappings with those to paths (Zeebe's `order.id`) joined to one of the object that the paths are in."""
    split = {raw: raw.target.split(".") if _family(raw) == "zeebe" else [raw.target] for raw in drawn}
    objects = {path[0] for path in split.values() if len(path) > 1}
    joined: dict[str, list[RawMapping]] = {name: [] for name in objects}
    for raw, path in split.items():
        if path[0] in joined:
            joined[path[0]].append(replace(raw, target=".".join(path[1:])))
    firsts = {path[0]: raw for raw, path in reversed(split.items())}
    return [
        RawMapping(path[0], items=tuple(joined[path[0]]), shape="parts") if path[0] in joined else raw
        for raw, path in split.items()
        if path[0] not in joined or firsts[path[0]] is raw
    ]


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
    if raw.shape == "parts":
        return _object(compiler, element, what, raw)
    parts = [(item.target, _getter(compiler, element, what, item)) for item in raw.items]
    ready = [(name, getter) for name, getter in parts if getter is not None]
    if raw.shape == "list":
        return lambda sight: _bounded([getter(sight) for _, getter in ready])
    names = [name for name, _ in ready]
    return lambda sight: dict(zip(names, _bounded([getter(sight) for _, getter in ready]), strict=True))


def _object(compiler: Compiler, element: Located, what: str, raw: RawMapping) -> Getter:
    """An object made of its parts; what leaves an activity is put into the object that is there."""
    drawn = [(item.target.split(".") if item.target else (), item) for item in raw.items]
    parts = [(tuple(path), _getter(compiler, element, what, item)) for path, item in drawn]
    adds = what.startswith("output")

    def assembled(sight: Sight) -> Value:
        whole = sight.variables.get(raw.target) if adds else None
        return put_all(whole, ((path, getter(sight)) for path, getter in parts if getter is not None))

    return assembled


def put(whole: Value, path: tuple[str, ...], part: Value) -> Value:
    """A copy of a value with a part of it replaced. Raises `EvaluationFailed`."""
    return put_all(whole, [(path, part)])


def put_all(whole: Value, parts: Iterable[tuple[tuple[str, ...], Value]]) -> Value:
    """A copy of a value with parts of it replaced, in order; an empty path is the whole. Raises `EvaluationFailed`.

    Only the objects on the paths are copied, each once; what they hold besides is shared with the value given.
    """
    copies: dict[int, dict[str, Value]] = {}
    changed = False
    for path, part in parts:
        if path:
            whole = _put(whole, path, part, copies)
            changed = True
        else:
            whole = part
    if changed:
        _bounded([whole])
    return whole


def _put(whole: Value, path: tuple[str, ...], part: Value, copies: dict[int, dict[str, Value]]) -> Value:
    """The value with a part in place; `copies` are the objects that may be changed, by identity."""
    changed: Value = _copied(whole, copies)
    inner = changed
    for number, name in enumerate(path):
        if not isinstance(inner, dict):
            raise EvaluationFailed(f"assignment to {'.'.join(path)!r}: what holds {name!r} is no object")
        inner[name] = part if number == len(path) - 1 else _copied(inner.get(name), copies)
        inner = inner[name]
    return changed


def _copied(value: Value, copies: dict[int, dict[str, Value]]) -> Value:
    """An object that may be changed: a new one for null, a copy of one that was not made here; else the value."""
    if (value is not None and not isinstance(value, dict)) or id(value) in copies:
        return value
    copy = dict(value or {})
    copies[id(copy)] = copy
    return copy


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
