"""Diagrams for tests in a few words.

    diagram("start s; user a; end e; s -> a -> e")

A statement is a node (`kind id attributes...`), or flows (`a -> b -> c`, with `a -> b : ${x > 1}` for a condition and
`a -> b : default`), or `in SUB { ... }` for the inside of a subprocess. Attributes and inner XML follow in brackets:
`user a [camunda:assignee="kermit"]`, `catch c <timerEventDefinition>...</timerEventDefinition>`.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

KINDS = {
    "start": "startEvent",
    "end": "endEvent",
    "user": "userTask",
    "task": "task",
    "manual": "manualTask",
    "service": "serviceTask",
    "receive": "receiveTask",
    "xor": "exclusiveGateway",
    "and": "parallelGateway",
    "or": "inclusiveGateway",
    "event-gateway": "eventBasedGateway",
    "catch": "intermediateCatchEvent",
    "throw": "intermediateThrowEvent",
    "boundary": "boundaryEvent",
    "sub": "subProcess",
    "call": "callActivity",
    "script": "scriptTask",
}
_STATEMENT = re.compile(r"^(?P<kind>[\w-]+)\s+(?P<id>[\w.-]+)\s*(?P<rest>.*)$", re.DOTALL)

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' id="definitions" targetNamespace="http://example.org/test">'
)


def diagram(text: str, key: str = "p", root: str = "", attributes: str = "") -> bytes:
    """A file with one process; `root` is XML beside it, such as messages and errors."""
    return definitions(process(text, key, attributes) + root)


def definitions(content: str) -> bytes:
    return f"{HEAD}{content}</definitions>".encode()


def process(text: str, key: str = "p", attributes: str = "") -> str:
    return f'<process id="{key}" isExecutable="true" {attributes}>{_level(text, key)}</process>'


@dataclass
class _Level:
    nodes: list[str] = field(default_factory=list)
    flows: list[tuple[str, str, str]] = field(default_factory=list)
    defaults: dict[str, str] = field(default_factory=dict)


def _level(text: str, prefix: str) -> str:
    level = _Level()
    inside = {}

    def keep(found: re.Match[str]) -> str:
        inside[found[1]] = _level(found[2], found[1])
        return ""

    while (shorter := re.sub(r"in\s+([\w.-]+)\s*\{([^{}]*)\}", keep, text)) != text:
        text = shorter
    for statement in (part.strip() for part in re.split(r"[;\n]", text)):
        if "->" in statement.split("<")[0]:
            _flows(statement, level)
        elif statement:
            level.nodes.append(statement)
    ids = {(source, target): f"{prefix}_{number}" for number, (source, target, _) in enumerate(level.flows)}
    defaults = {source: ids[source, target] for source, target, extra in level.flows if extra == "default"}
    nodes = "".join(_node(statement, inside, defaults) for statement in level.nodes)
    return nodes + "".join(_flow(ids[source, target], source, target, extra) for source, target, extra in level.flows)


def _flows(statement: str, level: _Level) -> None:
    chain, _, extra = statement.partition(" : ")
    names = [name.strip() for name in chain.split("->")]
    for source, target in itertools.pairwise(names):
        level.flows.append((source, target, extra.strip()))


def _flow(flow_id: str, source: str, target: str, extra: str) -> str:
    condition = "" if extra in ("", "default") else f"<conditionExpression>{escape(extra)}</conditionExpression>"
    return f'<sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>'


def _node(statement: str, inside: dict[str, str], defaults: dict[str, str]) -> str:
    found = _STATEMENT.match(statement)
    assert found, statement
    tag, rest = KINDS[found["kind"]], found["rest"].strip()
    attributes = ""
    if rest.startswith("["):
        attributes, _, rest = rest[1:].partition("]")
    if found["id"] in defaults:
        attributes += f' default="{defaults[found["id"]]}"'
    content = rest + inside.get(found["id"], "")
    return f'<{tag} id="{found["id"]}" {attributes}>{content}</{tag}>'
