"""Correlation by what messages carry: keys, their properties, and how these are read (BPMN 8.4.2).

The values of a key are written as one text, so that they can be kept, compared and looked up like any key.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from lxml import etree

from bpmn.dialects import Text
from bpmn.elements.base import StepFailure
from bpmn.errors import EvaluationFailed
from bpmn.expressions import Place
from bpmn.policy import BY_DEFAULT
from bpmn.sight import Seen, Sight
from bpmn.texts import Compiler, evaluated, is_expression
from bpmn.values import from_json, to_json
from bpmn.xmlsource import BPMN, child, line_of, local, text_of

if TYPE_CHECKING:
    from bpmn.expressions import Expression
    from bpmn.parsing import Parser
    from bpmn.texts import Located
    from bpmn.values import Value, Variables


@dataclass(slots=True)
class Path:
    """How a value is read: from a message (`messagePath`), or from the data of the process (`dataPath`)."""

    bpmn_id: str
    line: int
    kind: str
    text: Text | None
    expression: Expression | None = None
    bpmn_name: str | None = None

    def prepare(self, compiler: Compiler) -> None:
        """Compile the text."""
        self.expression = compiler.expression(self, self.kind, self.text)

    @property
    def spot(self) -> Place:
        """What its expression is told of where it stands."""
        return Place(self.bpmn_id)

    def read(self, sight: Sight) -> str | None:
        """The value as text; None where there is none that can be compared. Raises `EvaluationFailed`."""
        return None if self.expression is None else _text(evaluated(self.expression, sight))


@dataclass(frozen=True, slots=True)
class Key:
    """A correlation key: its properties by message name, and by the data of the process where it subscribes."""

    id: str
    by_message: dict[str, tuple[Path, ...]]
    by_data: tuple[Path, ...] = ()


@dataclass(slots=True)
class Conversations:
    """The correlation keys that a process takes part in."""

    keys: tuple[Key, ...] = ()
    _of: dict[str, tuple[Key, ...]] = field(default_factory=dict, init=False)

    def prepare(self, compiler: Compiler) -> None:
        """Compile the texts."""
        for key in self.keys:
            for paths in (*key.by_message.values(), key.by_data):
                for path in paths:
                    path.prepare(compiler)

    def of(self, message: str) -> tuple[Key, ...]:
        """The keys whose values messages of this name carry."""
        if message not in self._of:
            self._of[message] = tuple(key for key in self.keys if message in key.by_message)
        return self._of[message]

    def carried(self, message: str, payload: Variables) -> dict[str, str]:
        """The keys of a message by id; one of which a value is missing is not carried."""
        found: dict[str, str] = {}
        for key in self.of(message):
            try:
                values = [path.read(Seen(payload)) for path in key.by_message[message]]
            except EvaluationFailed:
                continue
            if None not in values:
                found[key.id] = _written(key, values)
        return found

    def faults(self, message: str, bound: Mapping[str, Path]) -> Iterator[str]:
        """Why what a waiting event says of correlation properties does not tell which messages it takes."""
        drawn = [item for key in self.keys for item in key.by_message.items()]
        groups = [
            {path.bpmn_id for path in paths} for name, paths in drawn if name == message or is_expression(message)
        ]
        for name, path in bound.items():
            around = [group for group in groups if name in group]
            if path.text is None:
                yield f"the correlation property {name!r} has no expression"
            elif not around:
                yield f"no correlation key of the message {message!r} has a property {name!r}"
            elif not any(group <= bound.keys() for group in around):
                yield f"the correlation property {name!r} is compared with all of its key: {sorted(around[0])}"

    def readings(self) -> dict[str, str]:
        """By message name, how its keys are read, as a text for `keys_read`."""
        names = dict.fromkeys(name for key in self.keys for name in key.by_message)
        return {name: to_json([_reading(key, name) for key in self.of(name)]).decode() for name in names}

    def expected(
        self, message: str, known: dict[str, str], sight: Sight, bound: Mapping[str, Path] = MappingProxyType({})
    ) -> str | None:
        """The key that a message must carry to be received: what the process's data says, or what is known already.

        `bound` is what the waiting event itself takes from the data, by property. None where the first message is
        still to come. Raises `StepFailure` where the data gives no value.
        """
        for key in self.of(message):
            names = [path.bpmn_id for path in key.by_message[message]]
            if names and all(name in bound for name in names):
                return _written(key, [_from_data(bound[name], sight) for name in names])
            if key.by_data:
                return _written(key, [_from_data(path, sight) for path in key.by_data])
            if key.id in known:
                return known[key.id]
        return None


def _reading(key: Key, message: str) -> list[Any]:
    texts = [path.text for path in key.by_message[message]]
    return [key.id, [[text.value, text.family, text.language, text.default_language] for text in texts if text]]


def keys_read(reading: str, payload: Variables) -> list[str]:
    """The keys that a message carries, by a text that `Conversations.readings` gave."""
    return list(_read_back(reading).carried("", payload).values())


@lru_cache(maxsize=1000)
def _read_back(reading: str) -> Conversations:
    keys = [
        Key(name, {"": tuple(Path(name, 0, "messagePath", Text(*text)) for text in texts)})
        for name, texts in from_json(reading)
    ]
    found = Conversations(tuple(keys))
    found.prepare(Compiler(_ReadBefore(), BY_DEFAULT))
    return found


class _ReadBefore:
    """Texts that were compiled before at deployment."""

    def problem(self, element: Located, attribute: str, message: str) -> None:
        raise ValueError(f"{element.bpmn_id}: {message}; it was read before")

    def lack(self, element: Located, message: str) -> None:
        self.problem(element, "", message)

    def warn(self, element: Located, attribute: str, message: str) -> None:
        """Told at deployment."""


def _from_data(path: Path, sight: Sight) -> str:
    try:
        value = path.read(sight)
    except EvaluationFailed as fault:
        raise StepFailure("event-failed", f"correlation property {path.bpmn_id!r}: {fault}") from None
    if value is None:
        raise StepFailure("event-failed", f"correlation property {path.bpmn_id!r} has no value to compare")
    return value


def _written(key: Key, values: list[Any]) -> str:
    return f"{key.id} {to_json(values).decode()}"


def _text(value: Value) -> str | None:
    """A value as it is compared: numbers by value, whatever their digits; no lists and objects."""
    if isinstance(value, Decimal):
        value = value.normalize()
        return format(value, "f") if value else "0"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int) else None


def read_conversations(root: etree._Element, process: etree._Element, parser: Parser) -> Conversations:
    """The correlation keys of a file as one of its processes sees them."""
    properties = {
        node.get("id"): dict(_by_message(node, parser)) for node in root.iterchildren(_tag("correlationProperty"))
    }
    subscriptions = {
        node.get("correlationKeyRef"): dict(_by_data(node, parser))
        for node in process.iterchildren(_tag("correlationSubscription"))
    }
    keys = []
    for number, node in enumerate(root.iter(_tag("correlationKey"))):
        names = [text_of(part) for part in node.iterchildren(_tag("correlationPropertyRef"))]
        parts = [properties.get(name, {}) for name in names]
        messages = set(parts[0]).intersection(*parts[1:]) if parts else set()
        bound = subscriptions.get(node.get("id"), {})
        keys.append(
            Key(
                node.get("id") or f"key{number}",
                {message: tuple(part[message] for part in parts) for message in messages},
                tuple(bound[name] for name in names) if bound and all(name in bound for name in names) else (),
            )
        )
    if parser.text_family == "spiff":
        keys += _key_of_the_rest(root, properties)
    return Conversations(tuple(keys))


def _key_of_the_rest(root: etree._Element, properties: dict[str | None, dict[str, Path]]) -> Iterator[Key]:
    """SpiffWorkflow puts the properties that no key names into one of their own."""
    named = {text_of(part) for key in root.iter(_tag("correlationKey")) for part in key}
    rest = [paths for name, paths in properties.items() if name not in named]
    messages = dict.fromkeys(message for paths in rest for message in paths)
    if messages:
        by_message = {message: tuple(paths[message] for paths in rest if message in paths) for message in messages}
        yield Key("MainCorrelationKey", by_message)


def _by_message(node: etree._Element, parser: Parser) -> Iterator[tuple[str, Path]]:
    for drawn in node.iterchildren(_tag("correlationPropertyRetrievalExpression")):
        path = retrieval(drawn)
        if text_of(path) is not None:
            yield parser.names.message(drawn, drawn), _path(node, path, parser)


def retrieval(drawn: etree._Element) -> etree._Element | None:
    """How a property is read from a message; SpiffArena writes a formalExpression where BPMN has a messagePath."""
    path = child(drawn, "messagePath")
    return child(drawn, "formalExpression") if path is None else path


def bound_properties(definition: etree._Element) -> dict[str, Path]:
    """What SpiffWorkflow draws at an event that waits for a message: what properties must be, from the data."""
    found = {}
    for drawn in definition.iterfind("./{*}extensionElements/{*}processVariableCorrelation"):
        name = text_of(drawn.find("{*}propertyId"))
        text = text_of(expression := drawn.find("{*}expression"))
        line = line_of(drawn if expression is None else expression)
        found[name or ""] = Path(name or "", line, "expression", None if text is None else Text(text, "spiff"))
    return found


def _by_data(node: etree._Element, parser: Parser) -> Iterator[tuple[str | None, Path]]:
    for drawn in node.iterchildren(_tag("correlationPropertyBinding")):
        path = child(drawn, "dataPath")
        if text_of(path) is not None:
            yield drawn.get("correlationPropertyRef"), _path(drawn, path, parser)


def _path(owner: etree._Element, path: etree._Element | None, parser: Parser) -> Path:
    assert path is not None
    name = owner.get("id") or owner.get("correlationPropertyRef") or ""
    return Path(name, line_of(path), local(path), parser.expression_text(path))


def _tag(name: str) -> str:
    return "{" + BPMN + "}" + name
