"""Files that are almost diagrams: mutations of good ones, by a seed."""

from __future__ import annotations

import copy
from pathlib import Path
from random import Random

from lxml import etree

from tests.bpmn.diagrams import KINDS, definitions, diagram, process, references, within_process

EXAMPLES = Path(__file__).parents[2] / "examples"
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
CAMUNDA = "{http://camunda.org/schema/1.0/bpmn}"
ZEEBE = "{http://camunda.org/schema/zeebe/1.0}"

_MAPPINGS = """<extensionElements><camunda:inputOutput>
    <camunda:inputParameter name="x">${n}</camunda:inputParameter>
    <camunda:outputParameter name="y"><camunda:map><camunda:entry key="k">1</camunda:entry></camunda:map>
    </camunda:outputParameter></camunda:inputOutput></extensionElements>""".replace("\n", "")
_ZEEBE = """<extensionElements><zeebe:taskDefinition type="t" retries="3"/><zeebe:ioMapping>
    <zeebe:input source="=n" target="x"/><zeebe:output source="=x" target="y"/>
    </zeebe:ioMapping></extensionElements>""".replace("\n", "")
_HEARD = """<extensionElements><camunda:executionListener event="start" expression="${1}"/>
    <camunda:executionListener event="end" class="A"/><camunda:executionListener event="end">
    <camunda:script scriptFormat="juel">${execution.setVariable('n', 1)}</camunda:script></camunda:executionListener>
    </extensionElements>""".replace("\n", "")
_EVERYTHING = f"""start s [camunda:initiator="who"]; start m message=begin; end e; end t terminate; end bad error=E1
    end g1 signal=go-${{n}}; and f; or o; xor x; event-gateway g
    user a [camunda:assignee="${{who}}" camunda:dueDate="P1D"] {_MAPPINGS}
    boundary b1 on=a timer=PT1H; boundary b2 on=a cycle=R3/PT5M quiet; boundary b3 on=a message=stop-${{n}} quiet
    service w [camunda:type="external" camunda:topic="pay"]; service z {_ZEEBE}; boundary b4 on=w error=E1
    service v [camunda:expression="${{n + 1}}" camunda:resultVariable="n"]
    catch c1 message=go; catch c2 date=2030-01-01; throw h signal=go; receive r message=go
    sub q; boundary b5 on=q error; call k [calledElement="p2" camunda:calledElementBinding="latest"]
    s -> f; m -> f; f -> a; f -> w; f -> o; o -> v : ${{n > 1}}; o -> z : default; v -> x; z -> x; x -> g : ${{n < 5}}
    x -> k : default; g -> c1 -> e; g -> c2 -> t; a -> h -> e; w -> r -> q -> e; b1 -> bad; b2 -> g1; b3 -> e; b4 -> e
    b5 -> e; k -> e
    in q {{ start qs; user qa; end qe error=E1 ; qs -> qa -> qe }}"""


def _sources() -> list[bytes]:
    called = "task only"
    everything = definitions(process(_EVERYTHING) + process(called, "p2") + references(_EVERYTHING))
    everything = within_process(everything, _HEARD)
    small = diagram("start s; user a; end e; s -> a -> e")
    return [everything, everything, small, *(path.read_bytes() for path in sorted(EXAMPLES.glob("*.bpmn")))]


SOURCES = _sources()
NAMES = [f"{BPMN}{name}" for name in KINDS.values()] + [
    f"{BPMN}{name}"
    for name in [
        "definitions", "process", "sequenceFlow", "message", "signal", "error", "timerEventDefinition", "timeDuration",
        "timeCycle", "messageEventDefinition", "errorEventDefinition", "conditionExpression", "extensionElements",
        "laneSet", "lane", "flowNodeRef", "collaboration", "participant", "documentation", "dataObject",
        "ioSpecification", "multiInstanceLoopCharacteristics", "potentialOwner", "incoming", "unheardOf",
    ]
] + [
    f"{CAMUNDA}inputOutput", f"{CAMUNDA}executionListener", f"{CAMUNDA}in", f"{ZEEBE}ioMapping", "{urn:other}thing",
    "bare",
]  # fmt: skip
VALUES = [
    "", " ", "a", "s", "p", "x", "true", "false", "0", "1", "-1", "${n}", "${", "=n", "=", "#{n}}", "${n.m[0]}",
    "R3/PT1H", "PT", "é\u2028", "a:b", "p:a", "x" * 300, "9" * 400, "Start", "External", "latest", "version", "all",
    "<&>",
]  # fmt: skip
ATTRIBUTES = [
    "id", "name", "sourceRef", "targetRef", "default", "attachedToRef", "cancelActivity", "messageRef", "errorRef",
    "signalRef", "calledElement", "isExecutable", "language", "isForCompensation", "startQuantity", "triggeredByEvent",
    "instantiate", "event", "expression", "expressionLanguage", "target", "source", "key", "type", "variables",
    "sourceExpression",
    f"{CAMUNDA}asyncBefore", f"{CAMUNDA}topic", f"{CAMUNDA}class", f"{ZEEBE}x", "{urn:other}y",
]  # fmt: skip


def mutated(seed: int) -> bytes:
    """A file made from a good one by one to six mutations."""
    random = Random(seed)
    root = etree.fromstring(random.choice(SOURCES))
    for _ in range(random.randint(1, 6)):
        random.choice(_MUTATIONS)(root, random)
    encoding = random.choice(["UTF-8", "UTF-8", "UTF-16", "ISO-8859-1"])
    text: object = etree.tostring(root, xml_declaration=True, encoding=encoding)
    assert isinstance(text, bytes)
    return _damaged(text, random) if random.random() < 0.15 else text


def _some(root: etree._Element, random: Random) -> etree._Element:
    return random.choice(list(root.iter("*")))


def _drop(root: etree._Element, random: Random) -> None:
    element = _some(root, random)
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _duplicate(root: etree._Element, random: Random) -> None:
    element = _some(root, random)
    parent = element.getparent()
    if parent is not None:
        twin = copy.deepcopy(element)
        if random.random() < 0.5:
            for item in twin.iter():
                if item.get("id") is not None:
                    item.set("id", f"{item.get('id')}{random.randint(0, 99)}")
        parent.append(twin)


def _rename(root: etree._Element, random: Random) -> None:
    _some(root, random).tag = random.choice(NAMES)


def _move(root: etree._Element, random: Random) -> None:
    element, target = _some(root, random), _some(root, random)
    if element is not root and element not in target.iterancestors() and element is not target:
        target.insert(random.randint(0, len(target)), element)


def _wrap(root: etree._Element, random: Random) -> None:
    element = _some(root, random)
    parent = element.getparent()
    if parent is not None:
        holder = etree.SubElement(parent, random.choice(NAMES), id=f"w{random.randint(0, 9999)}")
        holder.append(element)


def _add(root: etree._Element, random: Random) -> None:
    etree.SubElement(_some(root, random), random.choice(NAMES)).text = random.choice(VALUES)


def _set_attribute(root: etree._Element, random: Random) -> None:
    element = _some(root, random)
    known = [str(name) for name in element.attrib]
    name = random.choice(known if known and random.random() < 0.6 else ATTRIBUTES)
    others = [item.get("id") for item in root.iter() if item.get("id")]
    element.set(name, random.choice(VALUES) if random.random() < 0.5 or not others else str(random.choice(others)))


def _drop_attribute(root: etree._Element, random: Random) -> None:
    element = _some(root, random)
    if element.attrib:
        del element.attrib[random.choice(list(element.attrib))]


def _set_text(root: etree._Element, random: Random) -> None:
    _some(root, random).text = random.choice(VALUES)


def _add_comment(root: etree._Element, random: Random) -> None:
    _some(root, random).append(random.choice([etree.Comment("x"), etree.PI("x", "y")]))


_MUTATIONS = [
    _drop,
    _drop,
    _duplicate,
    _rename,
    _move,
    _wrap,
    _add,
    _set_attribute,
    _set_attribute,
    _set_attribute,
    _drop_attribute,
    _set_text,
    _add_comment,
]


def _damaged(text: bytes, random: Random) -> bytes:
    data = bytearray(text)
    for _ in range(random.randint(1, 4)):
        place = random.randrange(len(data))
        data[place : place + random.randint(0, 3)] = random.randbytes(random.randint(0, 3))
    return bytes(data)
