"""Diagrams for tests in a few words.

    diagram("start s; user a; end e; s -> a -> e")

A statement is a node (`kind id words...`), flows (`a -> b -> c`, with `a -> b : ${x > 1}` for a condition and
`a -> b : default`), an association (`b ~> h`), or `in SUB { ... }` for the inside of a subprocess. Statements end with
a line or a semicolon.

The words after an id say what an event is, and where it is attached:

    catch c message=go          boundary t on=a timer=PT5M quiet        end x error=E1        end t terminate

`timer=`, `date=` and `cycle=` are timers, `message=`, `signal=`, `error=` and `escalation=` refer to root elements that
`diagram` adds by itself; `error` alone is a definition without a reference, `quiet` an event that does not interrupt.
`condition=`, `link=`, `compensate`, `compensate=ACTIVITY` and `cancel` are definitions as well. `times=3` and `turns=3`
are parallel and sequential multi-instance, `each=items` one run for each `item`. Attributes and inner XML follow in
brackets: `user a [camunda:assignee="kermit"] <documentation>Do it</documentation>`.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

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
    "send": "sendTask",
    "rule": "businessRuleTask",
    "complex": "complexGateway",
    "transaction": "transaction",
    "adhoc": "adHocSubProcess",
    "handler": "subProcess",
}
_STATEMENT = re.compile(r"^(?P<kind>[\w-]+)\s+(?P<id>[\w.-]+)\s*(?P<rest>.*)$", re.DOTALL)
_WORD = re.compile(
    r"^(on|timer|date|cycle|message|signal|error|escalation|condition|link|compensate|cancel|terminate|quiet"
    r"|times|turns|each)(?:=(\S+))?(?:\s+|$)"
)
_INSIDE = re.compile(r"\bin\s+([\w.-]+)\s*\{")
_ROOTS = "message|signal|error|escalation"
_TIMERS = {"timer": "timeDuration", "date": "timeDate", "cycle": "timeCycle"}

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    ' id="definitions" targetNamespace="http://example.org/test">'
)


def diagram(text: str, key: str = "p", root: str = "", attributes: str = "") -> bytes:
    """A file with one process; `root` is XML beside it."""
    return definitions(process(text, key, attributes) + root + references(text))


def within_flow(text: bytes, flow: str, inner: str) -> bytes:
    """The same file with XML within a flow; those of a process p are p_0, p_1 and so on."""
    before, begun, after = text.partition(f'<sequenceFlow id="{flow}"'.encode())
    opening, _, rest = after.partition(b">")
    if opening.endswith(b"/"):
        opening, rest = opening[:-1], b"</sequenceFlow>" + rest
    return before + begun + opening + b">" + inner.encode() + rest


def within_process(text: bytes, inner: str) -> bytes:
    """The same file with XML at the beginning of its first process."""
    before, begun, after = text.partition(b"<process ")
    opening, end, rest = after.partition(b">")
    return before + begun + opening + end + inner.encode() + rest


def definitions(content: str) -> bytes:
    return f"{HEAD}{content}</definitions>".encode()


def process(text: str, key: str = "p", attributes: str = "") -> str:
    """One process; what its events refer to stands beside it: see `references`."""
    return f'<process id="{key}" isExecutable="true" {attributes}>{_level(text, key)}</process>'


def references(*texts: str) -> str:
    """The messages, signals and errors that the events of these texts refer to."""
    named = dict.fromkeys(found for text in texts for found in re.findall(rf"\b({_ROOTS})=([^\s;]+)", text))
    return "".join(_root_element(kind, name) for kind, name in named)


def _root_element(kind: str, name: str) -> str:
    code = f" {kind}Code={quoteattr(name)}" if kind in ("error", "escalation") else ""
    return f'<{kind} id="{_reference(kind, name)}" name={quoteattr(name)}{code}/>'


def _reference(kind: str, name: str) -> str:
    return f"{kind}_{re.sub(r'[^A-Za-z0-9.-]', '_', name)}"


@dataclass
class _Level:
    nodes: list[str] = field(default_factory=list)
    flows: list[tuple[str, str, str]] = field(default_factory=list)
    associations: list[tuple[str, ...]] = field(default_factory=list)


def _level(text: str, prefix: str) -> str:
    level = _Level()
    outside, inside = _split(text)
    for statement in (part.strip() for part in re.split(r"[;\n]", outside)):
        if "->" in statement.split("<")[0]:
            _flows(statement, level)
        elif "~>" in statement:
            level.associations.append(tuple(statement.split(" ~> ")))
        elif statement:
            level.nodes.append(statement)
    flows = [(f"{prefix}_{number}", *flow) for number, flow in enumerate(level.flows)]
    defaults = {source: flow_id for flow_id, source, _, extra in flows if extra == "default"}
    nodes = "".join(_node(statement, inside, defaults) for statement in level.nodes)
    return nodes + "".join(_flow(*flow) for flow in flows) + "".join(map(_association, level.associations))


def _split(text: str) -> tuple[str, dict[str, str]]:
    """The statements of a level, and the XML of the insides of its subprocesses by id."""
    inside: dict[str, str] = {}
    while found := _INSIDE.search(text):
        end = _closing_brace(text, found.end())
        inside[found[1]] = _level(text[found.end() : end], found[1])
        text = f"{text[: found.start()]};{text[end + 1 :]}"
    return text, inside


def _closing_brace(text: str, position: int) -> int:
    depth = 1
    while depth:
        depth += {"{": 1, "}": -1}.get(text[position], 0)
        position += 1
    return position - 1


def _flows(statement: str, level: _Level) -> None:
    chain, _, extra = statement.partition(" : ")
    names = [name.strip() for name in chain.split("->")]
    for source, target in itertools.pairwise(names):
        level.flows.append((source, target, extra.strip()))


def _flow(flow_id: str, source: str, target: str, extra: str) -> str:
    condition = "" if extra in ("", "default") else f"<conditionExpression>{escape(extra)}</conditionExpression>"
    return f'<sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">{condition}</sequenceFlow>'


def _association(ends: tuple[str, ...]) -> str:
    return f'<association id="{"_to_".join(ends)}" sourceRef="{ends[0]}" targetRef="{ends[1]}"/>'


def _node(statement: str, inside: dict[str, str], defaults: dict[str, str]) -> str:
    found = _STATEMENT.match(statement)
    assert found, statement
    tag, rest = KINDS[found["kind"]], found["rest"].strip()
    attributes, content = ' triggeredByEvent="true"' if found["kind"] == "handler" else "", ""
    while word := _WORD.match(rest):
        rest = rest[word.end() :]
        more_attributes, more_content = _words(tag, word[1], word[2] or "")
        attributes, content = attributes + more_attributes, content + more_content
    if rest.startswith("["):
        more_attributes, _, rest = rest[1:].partition("]")
        attributes += " " + more_attributes
    if found["id"] in defaults:
        attributes += f' default="{defaults[found["id"]]}"'
    inner = rest + content + inside.get(found["id"], "")
    return f'<{tag} id="{found["id"]}"{attributes}>{inner}</{tag}>'


def _words(tag: str, word: str, value: str) -> tuple[str, str]:
    """The attributes and the inner XML that a word stands for."""
    if word == "on":
        return f' attachedToRef="{value}"', ""
    if word == "quiet":
        return f' {"isInterrupting" if tag == "startEvent" else "cancelActivity"}="false"', ""
    if word in ("times", "turns", "each"):
        return "", repeated(word, value)
    if word in ("link", "compensate"):
        attribute = "name" if word == "link" else "activityRef"
        return "", f"<{word}EventDefinition" + (f' {attribute}="{value}"/>' if value else "/>")
    if word == "condition":
        return "", f"<conditionalEventDefinition><condition>{escape(value)}</condition></conditionalEventDefinition>"
    if word in _TIMERS:
        return "", f"<timerEventDefinition><{_TIMERS[word]}>{escape(value)}</{_TIMERS[word]}></timerEventDefinition>"
    reference = f' {word}Ref="{_reference(word, value)}"' if value else ""
    if tag in ("receiveTask", "sendTask"):
        return reference, ""
    return "", f"<{word}EventDefinition{reference}/>"


def repeated(word: str, value: str) -> str:
    """The loop characteristics that a word stands for."""
    sequential = str(word == "turns").lower()
    if word == "each":
        return f'<multiInstanceLoopCharacteristics camunda:collection="{value}" camunda:elementVariable="item"/>'
    return (
        f'<multiInstanceLoopCharacteristics isSequential="{sequential}">'
        f"<loopCardinality>{value}</loopCardinality></multiInstanceLoopCharacteristics>"
    )
