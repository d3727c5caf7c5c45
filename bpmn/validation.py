"""The inspection of a diagram: every element and vendor attribute is executed, documentation, or refused by id.

It walks the XML once and decides nothing about execution; what it cannot know, because it stands in texts
(expressions, timers), is added when these are compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree
from msgspec.structs import replace

from bpmn import collaborations, references, rules
from bpmn.dialects import DRAWING_ONLY, PLAIN, document_family, extensions, family_of
from bpmn.dialects.support import Family, Support
from bpmn.executable import is_empty, is_executable, is_undecided
from bpmn.mapping_rules import inspect_crossing, inspect_mappings, inspect_script
from bpmn.policy import BY_DEFAULT, Listeners, Policy
from bpmn.report import Report, ReportEntry, Status
from bpmn.support import ATTRIBUTES, CHOICES, DEFINITIONS, ELEMENTS, FLOW_NODES, NUMBERS, PARTS, TIMES
from bpmn.xmlsource import BPMN, GLOBAL_TASKS, XSI, attributes, is_bpmn, is_true, kind_of, line_of, local, namespace

_LONGEST_ID = 255
_PARTS_WITH_IDS = ("EventDefinition", "LoopCharacteristics", "Expression", "timeDate", "timeDuration", "timeCycle")
_SHOWN = FLOW_NODES | {"sequenceFlow", "process"}
#: Definitions that make no sense beside others.
_ALONE = frozenset({"linkEventDefinition", "cancelEventDefinition"})
#: What nobody waits for: it cannot be one of several events that must all have come.
_NOT_AWAITED = frozenset({"errorEventDefinition", "escalationEventDefinition"})
#: How a transaction could be undone otherwise than by compensation (BPMN table 10.21).
UNDOING = ("##Image", "##Store")
#: What no two elements may have the same id of.
_OF_THEIR_OWN = FLOW_NODES | {"sequenceFlow", "process", *GLOBAL_TASKS, "message", "signal", "error", "escalation"}
#: No file needs more prefixes of vendors; looking one up costs as much as there are namespaces.
_MOST_PREFIXES = 200


@dataclass(slots=True)
class Inspection:
    """The inspection of one file: `sound` says that the rest of the reading can rely on ids and references."""

    file: str
    report: Report
    policy: Policy = BY_DEFAULT
    family: str = PLAIN
    sound: bool = True
    nodes: dict[str, etree._Element] = field(default_factory=dict)
    _prefixes: dict[str, str] = field(default_factory=dict)

    def add(
        self,
        element: etree._Element,
        status: Status,
        message: str = "",
        attribute: str | None = None,
        at: etree._Element | None = None,
    ) -> None:
        """Enter what becomes of an element or of one of its attributes; `at` is what stands in a line of its own."""
        entry = self._entry(element, status, message, attribute)
        self.report.add(entry if at is None else replace(entry, line=line_of(at)))

    def lack(self, element: etree._Element, message: str) -> None:
        """Refuse for want of what a diagram that only documents may leave out."""
        self.report.add_missing(self._entry(element, Status.REFUSED, message), _undecided(element))

    def _entry(
        self, element: etree._Element, status: Status, message: str, attribute: str | None = None
    ) -> ReportEntry:
        owner = _shown(element)
        return ReportEntry(
            self.file,
            line_of(element),
            owner.get("id") or None,
            local(element),
            status,
            message,
            owner.get("name"),
            attribute,
        )

    def refuse(
        self, element: etree._Element, message: str, attribute: str | None = None, at: etree._Element | None = None
    ) -> None:
        self.add(element, Status.REFUSED, message, attribute, at)

    def warn(
        self, element: etree._Element, message: str, attribute: str | None = None, at: etree._Element | None = None
    ) -> None:
        """Remark on something that is executed or left out as the message says, and hardly meant so."""
        self.add(element, Status.WARNING, message, attribute, at)

    def break_off(self, element: etree._Element, message: str) -> None:
        """Refuse, and do not read on: what follows would only mislead."""
        self.sound = False
        self.refuse(element, message)

    def prefix(self, element: etree._Element, uri: str) -> str:
        """The prefix of a namespace with its colon, as the file writes it somewhere; empty where it has none."""
        if uri not in self._prefixes and len(self._prefixes) < _MOST_PREFIXES:
            names = (name for name, known in element.nsmap.items() if known == uri and name)
            self._prefixes[uri] = next((f"{name}:" for name in names), "")
        return self._prefixes.get(uri, "")


def _undecided(element: etree._Element) -> str | None:
    """The process around an element, where it does not say whether it is executable."""
    holders = (element, *element.iterancestors("{" + BPMN + "}process"))
    process = next((holder for holder in holders if is_bpmn(holder, "process")), None)
    return process.get("id") if process is not None and is_undecided(process) else None


def _shown(element: etree._Element) -> etree._Element:
    """The element that a person sees in the modeller: a part such as an event definition belongs to its event."""
    while local(element) not in _SHOWN and (local(element).endswith(_PARTS_WITH_IDS) or not element.get("id")):
        parent = element.getparent()
        if parent is None or is_bpmn(parent, "definitions"):
            break
        element = parent
    return element


def inspect(
    root: etree._Element, file: str, report: Report, check_time: Callable[[], None], policy: Policy
) -> Inspection:
    """Enter everything of a file into the report."""
    found = Inspection(file, report, policy, document_family(root))
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
    collaborations.check(root, found)
    return found


def _relevant(root: etree._Element) -> Iterator[etree._Element]:
    """All BPMN elements but the insides of processes that are not executed."""
    pending = [child for child in reversed(root) if is_bpmn(child)]
    while pending:
        element = pending.pop()
        yield element
        if not (is_bpmn(element, "process") and not is_executable(element)):
            pending.extend(child for child in reversed(element) if is_bpmn(child))


def _check_ids(root: etree._Element, found: Inspection) -> None:
    """Look up all ids. Elements that are executed, or that these refer to, have each one of its own (BPMN 8.3.1)."""
    executed = {element for element in _relevant(root) if _is_referred_to(element)}
    for element in root.iter("{" + BPMN + "}*"):
        element_id = element.get("id")
        if not element_id:
            if is_bpmn(element, "process"):
                found.break_off(element, "a process needs an id")
        elif len(element_id) > _LONGEST_ID:
            found.break_off(element, f"the id has {len(element_id)} characters; {_LONGEST_ID} are accepted")
        elif element_id not in found.nodes:
            found.nodes[element_id] = element
        else:
            _check_twice(element_id, element, executed, found)


def _is_referred_to(element: etree._Element) -> bool:
    parent = element.getparent()
    in_root = parent is not None and is_bpmn(parent, "definitions")
    return local(element) in _OF_THEIR_OWN or (in_root and local(element).endswith("EventDefinition"))


def _check_twice(element_id: str, element: etree._Element, executed: set[etree._Element], found: Inspection) -> None:
    first = found.nodes[element_id]
    message = f"the id {element_id!r} is used twice; first in line {line_of(first)}"
    if element in executed and first in executed:
        found.break_off(element, message)
        return
    found.warn(element, f"{message} (BPMN 8.3.1); only one of both is executed")
    if element in executed:
        found.nodes[element_id] = element


def _inspect_element(element: etree._Element, found: Inspection) -> None:
    name = local(element)
    if name in PARTS:
        return
    support = ELEMENTS.get(name)
    if support is None:
        found.refuse(element, f"{name} is no element of BPMN 2.0 that is known here")
        return
    if name == "process" and not is_executable(element):
        why = "it holds nothing to execute" if is_undecided(element) and is_empty(element) else "isExecutable is false"
        found.add(element, Status.DOCUMENTATION, f"{why}: kept, not executed")
        return
    found.add(element, support.status, support.note)
    _inspect_attributes(element, found)
    _inspect_extensions(element, found)
    rules.check_element(element, found)
    if name != "subProcess" and is_true(element.get("triggeredByEvent", "")):
        found.refuse(element, f"a {name} is not triggered by an event; a subProcess may be", "triggeredByEvent")
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
    label = f"{found.prefix(element, uri)}{attribute}"
    if family is None:
        found.add(element, Status.DOCUMENTATION, f"extension of {uri} that is unknown here", label)
        return
    if attribute == "expression" and local(element) == "errorEventDefinition":
        found.refuse(element, "errors are told from reports in the extensionElements of an external task", label)
        return
    _enter(element, family, family.attribute(kind_of(element), attribute), label, found)


def _inspect_extensions(element: etree._Element, found: Inspection) -> None:
    if sum(is_bpmn(child, "extensionElements") for child in element) > 1:
        found.refuse(element, "there may be one extensionElements only; put all of them into one")
    for item in extensions(element):
        uri = namespace(item.tag)
        label = f"{found.prefix(item, uri)}{local(item)}"
        family = family_of(uri)
        if uri in DRAWING_ONLY:
            continue
        if family is None:
            message = f"extension of {uri or 'no namespace'} that is unknown here"
            found.add(element, Status.DOCUMENTATION, message, label, item)
            continue
        support = family.extension(kind_of(element), local(item))
        _enter(element, family, support, label, found, item)
        if support is not None and support.status is not Status.REFUSED:
            _inspect_extension_parts(element, item, family, label, found)


def _inspect_extension_parts(
    element: etree._Element, item: etree._Element, family: Family, label: str, found: Inspection
) -> None:
    own = f"{local(item)}@"
    if any(place.startswith(own) and said.status is not Status.DOCUMENTATION for place, said in family.places.items()):
        for attribute, _ in attributes(item):
            name = etree.QName(attribute).localname
            _enter(element, family, family.places.get(own + name), f"{label}@{name}", found, item)
    for inner in item.iterchildren("*"):
        nested = family.places.get(f"{local(item)}/{local(inner)}")
        if nested is not None and nested.status is Status.REFUSED:
            _enter(element, family, nested, f"{label}/{local(inner)}", found, inner)
    for script in item.iterchildren("{*}script") if local(item).endswith("Listener") else ():
        inspect_script(element, script, label, found)
    holders = item.iterchildren("{*}inputOutput") if local(item) == "connector" else (item,)
    for holder in holders:
        if local(holder) in ("inputOutput", "ioMapping"):
            inspect_mappings(element, holder, label, found)
    if local(item) == "connector":
        return
    if local(item) in ("in", "out"):
        inspect_crossing(element, item, label, found)


def _enter(
    element: etree._Element,
    family: Family,
    support: Support | None,
    label: str,
    found: Inspection,
    at: etree._Element | None = None,
) -> None:
    if support is None:
        found.refuse(element, f"{label} is not known in the family of {family.title}; remove it", label, at)
    elif support.is_listener and found.policy.listeners is Listeners.IGNORE:
        found.warn(element, "listeners cannot run here: it is executed without this one", label, at)
    else:
        found.add(element, support.status, support.note, label, at)


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
            say = found.refuse if definition else found.lack
            say(element, f"{kind} with {definition or 'no definition'} is not executed")
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
        always = ("error", "cancel", "compensate") if name == "startEvent" else ("error", "cancel")
        for kind in always:
            if f"{kind}EventDefinition" in definitions:
                found.refuse(element, f"an event of this kind ({kind}) always interrupts; set {attribute} to true")


def _definition(child: etree._Element, found: Inspection) -> etree._Element | None:
    if is_bpmn(child, "eventDefinitionRef"):
        reference = (child.text or "").strip()
        definition = found.nodes.get(reference)
        holder = None if definition is None else definition.getparent()
        if definition is None or holder is None or not local(definition).endswith("EventDefinition"):
            found.refuse(child, f"eventDefinitionRef {reference!r} leads to no event definition")
            return None
        if not is_bpmn(holder, "definitions"):
            message = (
                f"eventDefinitionRef {reference!r} leads into another event: only those beside processes are shared"
            )
            found.refuse(child, f"{message} (BPMN 10.5.5)")
            return None
        return definition
    return child if local(child).endswith("EventDefinition") else None


def _kind_of_event(element: etree._Element, name: str) -> str:
    inside = element.getparent()
    if name != "startEvent" or inside is None or is_bpmn(inside, "process"):
        return name
    triggered = is_true(inside.get("triggeredByEvent", ""))
    return "startEvent of an event subprocess" if triggered else "startEvent of a subprocess"
