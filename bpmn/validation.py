"""The inspection of a diagram: every element and vendor attribute is executed, documentation, or refused by id.

It walks the XML once and decides nothing about execution; what it cannot know, because it stands in texts
(expressions, timers), is added when these are compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from bpmn import references
from bpmn.callables import GLOBAL_TASKS, kind_of
from bpmn.dialects import DRAWING_ONLY, extensions, family_of
from bpmn.dialects.support import Family, Support
from bpmn.mapping_rules import inspect_crossing, inspect_mappings
from bpmn.report import Report, ReportEntry, Status
from bpmn.support import ATTRIBUTES, CHOICES, DEFINITIONS, ELEMENTS, FLOW_NODES, NUMBERS, PARTS, TIMES
from bpmn.xmlsource import BPMN, XSI, attributes, is_bpmn, is_executable, is_true, line_of, local, namespace

_LONGEST_ID = 255
_PARTS_WITH_IDS = ("EventDefinition", "LoopCharacteristics", "Expression", "timeDate", "timeDuration", "timeCycle")
_SHOWN = FLOW_NODES | {"sequenceFlow", "process"}
#: Definitions that make no sense beside others.
_ALONE = frozenset({"linkEventDefinition", "cancelEventDefinition"})
#: What nobody waits for: it cannot be one of several events that must all have come.
_NOT_AWAITED = frozenset({"errorEventDefinition", "escalationEventDefinition"})
#: How a transaction could be undone otherwise than by compensation (BPMN table 10.21).
UNDOING = ("##Image", "##Store")
_REFERRED_TO = ("process", *GLOBAL_TASKS, "message", "signal", "error", "escalation")


@dataclass(slots=True)
class Inspection:
    """The inspection of one file: `sound` says that the rest of the reading can rely on ids and references."""

    file: str
    report: Report
    sound: bool = True
    nodes: dict[str, etree._Element] = field(default_factory=dict)

    def add(self, element: etree._Element, status: Status, message: str = "", attribute: str | None = None) -> None:
        """Enter what becomes of an element or of one of its attributes."""
        owner = _shown(element)
        self.report.add(
            ReportEntry(
                self.file,
                line_of(element),
                owner.get("id") or None,
                local(element),
                status,
                message,
                owner.get("name"),
                attribute,
            )
        )

    def refuse(self, element: etree._Element, message: str, attribute: str | None = None) -> None:
        self.add(element, Status.REFUSED, message, attribute)

    def note(self, element: etree._Element, message: str) -> None:
        """Remark on something that changes nothing."""
        self.add(element, Status.DOCUMENTATION, message)

    def break_off(self, element: etree._Element, message: str) -> None:
        """Refuse, and do not read on: what follows would only mislead."""
        self.sound = False
        self.refuse(element, message)


def _shown(element: etree._Element) -> etree._Element:
    """The element that a person sees in the modeller: a part such as an event definition belongs to its event."""
    while local(element) not in _SHOWN and (local(element).endswith(_PARTS_WITH_IDS) or not element.get("id")):
        parent = element.getparent()
        if parent is None or is_bpmn(parent, "definitions"):
            break
        element = parent
    return element


def inspect(root: etree._Element, file: str, report: Report, check_time: Callable[[], None]) -> Inspection:
    """Enter everything of a file into the report."""
    found = Inspection(file, report)
    if not is_bpmn(root, "definitions"):
        found.break_off(root, f"the root element must be BPMN 2.0 definitions (namespace {BPMN})")
        return found
    references.normalise(root)
    _check_ids(root, found)
    if not found.sound:
        return found
    for element in _relevant(root):
        check_time()
        _inspect_element(element, found)
    references.check(root, found)
    return found


def _relevant(root: etree._Element) -> Iterator[etree._Element]:
    """All BPMN elements but the insides of processes that are not executable."""
    pending = [child for child in reversed(root) if is_bpmn(child)]
    while pending:
        element = pending.pop()
        yield element
        if not (is_bpmn(element, "process") and _is_documentation(element)):
            pending.extend(child for child in reversed(element) if is_bpmn(child))


def _is_documentation(process: etree._Element) -> bool:
    return not is_executable(process)


def _check_ids(root: etree._Element, found: Inspection) -> None:
    for element in root.iter("{" + BPMN + "}*"):
        element_id = element.get("id")
        name = local(element)
        if element_id is None or not element_id.strip():
            if name in FLOW_NODES or name in _REFERRED_TO:
                found.break_off(element, f"a {name} needs an id")
            continue
        if len(element_id) > _LONGEST_ID:
            found.break_off(element, f"the id has {len(element_id)} characters; {_LONGEST_ID} are accepted")
        elif element_id in found.nodes:
            line = found.nodes[element_id].sourceline
            found.break_off(element, f"the id {element_id!r} is used twice; first in line {line}")
        else:
            found.nodes[element_id] = element


def _inspect_element(element: etree._Element, found: Inspection) -> None:
    name = local(element)
    if name in PARTS:
        return
    support = ELEMENTS.get(name)
    if support is None:
        found.refuse(element, f"{name} is no element of BPMN 2.0 that is known here")
        return
    if name == "process" and _is_documentation(element):
        found.add(element, Status.DOCUMENTATION, "isExecutable is false: kept, not executed")
        return
    found.add(element, support.status, support.note)
    _inspect_attributes(element, found)
    _inspect_extensions(element, found)
    if name in DEFINITIONS:  # an event
        _inspect_event(element, name, found)
    elif sum(is_bpmn(child) and local(child).endswith("LoopCharacteristics") for child in element) > 1:
        found.refuse(element, "an activity is repeated in one way only: draw one loopCharacteristics")
    elif name == "timerEventDefinition" and sum(is_bpmn(child) and local(child) in TIMES for child in element) > 1:
        found.refuse(element, f"a timer has one of {', '.join(TIMES)}")


def _inspect_attributes(element: etree._Element, found: Inspection) -> None:
    for attribute, value in attributes(element):
        uri = namespace(attribute)
        if not uri:
            if attribute in NUMBERS:
                _check_number(element, attribute, value.strip(), found)
            elif attribute == "method" and value.strip() in UNDOING:
                found.refuse(element, f"the method {value.strip()} is not executed; draw compensation", attribute)
            elif attribute not in ATTRIBUTES:
                found.add(element, Status.DOCUMENTATION, "no attribute of BPMN 2.0: it changes nothing", attribute)
            elif value.strip() not in CHOICES.get(attribute, (value.strip(),)):
                found.refuse(
                    element, f"{attribute} is one of {', '.join(CHOICES[attribute])}, not {value!r}", attribute
                )
        elif uri not in DRAWING_ONLY and uri not in (BPMN, XSI):
            _inspect_place(element, uri, etree.QName(attribute).localname, found)


def _inspect_place(element: etree._Element, uri: str, attribute: str, found: Inspection) -> None:
    family = family_of(uri)
    label = f"{_prefix(element, uri)}{attribute}"
    if family is None:
        found.add(element, Status.DOCUMENTATION, f"extension of {uri} that is unknown here", label)
        return
    _enter(element, family, family.attribute(kind_of(element), attribute), label, found)


def _inspect_extensions(element: etree._Element, found: Inspection) -> None:
    if sum(is_bpmn(child, "extensionElements") for child in element) > 1:
        found.refuse(element, "there may be one extensionElements only; put all of them into one")
    for item in extensions(element):
        uri = namespace(item.tag)
        label = f"{_prefix(item, uri)}{local(item)}"
        family = family_of(uri)
        if uri in DRAWING_ONLY:
            continue
        if family is None:
            found.add(
                element, Status.DOCUMENTATION, f"extension of {uri or 'no namespace'} that is unknown here", label
            )
            continue
        _enter(element, family, family.extension(kind_of(element), local(item)), label, found)
        _inspect_extension_parts(element, item, family, label, found)


def _inspect_extension_parts(
    element: etree._Element, item: etree._Element, family: Family, label: str, found: Inspection
) -> None:
    own = f"{local(item)}@"
    if any(place.startswith(own) for place in family.places):
        for attribute, _ in attributes(item):
            name = etree.QName(attribute).localname
            _enter(element, family, family.places.get(own + name), f"{label}@{name}", found)
    if local(item) in ("inputOutput", "ioMapping"):
        inspect_mappings(element, item, label, found)
    elif local(item) in ("in", "out") and local(element) == "callActivity":
        inspect_crossing(element, item, label, found)


def _enter(element: etree._Element, family: Family, support: Support | None, label: str, found: Inspection) -> None:
    if support is None:
        found.refuse(element, f"{label} is not known in the family of {family.title}; remove it", label)
    else:
        found.add(element, support.status, support.note, label)


def _check_number(element: etree._Element, attribute: str, value: str, found: Inspection) -> None:
    least = NUMBERS[attribute]
    if not (value.isascii() and value.isdigit() and least <= int(value) < 10_000):
        found.refuse(element, f"{attribute} must be a whole number from {least} to 9999, not {value!r}", attribute)


def _inspect_event(element: etree._Element, name: str, found: Inspection) -> None:
    nodes = [node for child in element if is_bpmn(child) and (node := _definition(child, found)) is not None]
    definitions = [local(node) for node in nodes] or [""]
    kind = _kind_of_event(element, name)
    for definition in definitions:
        refused_anyway = definition in ELEMENTS and ELEMENTS[definition].status is Status.REFUSED
        if definition not in DEFINITIONS[kind] and not refused_anyway:
            found.refuse(element, f"a {kind} with {definition or 'no definition'} is not executed")
    alone = _ALONE if name.endswith(("endEvent", "ThrowEvent")) else _ALONE | {"compensateEventDefinition"}
    if len(definitions) > 1 and (several := alone.intersection(definitions)):
        found.refuse(element, f"{', '.join(sorted(several))} must be the only definition of its event")
    if is_true(element.get("parallelMultiple", "")) and (sudden := _NOT_AWAITED.intersection(definitions)):
        found.refuse(element, f"an event that waits for several cannot wait for {', '.join(sorted(sudden))}")
    others = set(definitions) - {"messageEventDefinition"}
    if is_true(element.get("parallelMultiple", "")) and kind == "startEvent" and others:
        found.refuse(element, "a start that needs several events can wait for messages only", "parallelMultiple")
    attribute = "cancelActivity" if name == "boundaryEvent" else "isInterrupting"
    if not is_true(element.get(attribute, "true")):
        for kind in ("error", "cancel"):
            if f"{kind}EventDefinition" in definitions:
                found.refuse(element, f"an event of this kind ({kind}) always interrupts; set {attribute} to true")


def _definition(child: etree._Element, found: Inspection) -> etree._Element | None:
    if is_bpmn(child, "eventDefinitionRef"):
        reference = (child.text or "").strip()
        definition = found.nodes.get(reference)
        if definition is None or not local(definition).endswith("EventDefinition"):
            found.refuse(child, f"eventDefinitionRef {reference!r} leads to no event definition")
            return None
        return definition
    return child if local(child).endswith("EventDefinition") else None


def _kind_of_event(element: etree._Element, name: str) -> str:
    inside = element.getparent()
    if name != "startEvent" or inside is None or is_bpmn(inside, "process"):
        return name
    triggered = is_true(inside.get("triggeredByEvent", ""))
    return "startEvent of an event subprocess" if triggered else "startEvent of a subprocess"


def _prefix(element: etree._Element, uri: str) -> str:
    for prefix, known in element.nsmap.items():
        if known == uri and prefix:
            return f"{prefix}:"
    return ""
