"""References between elements: written in one form before reading, and none of them dangling."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lxml import etree

from bpmn import rules
from bpmn.dialects import extensions
from bpmn.executable import is_executable
from bpmn.names import SENDERS
from bpmn.support import ACTIVITIES, FLOW_NODES, SUBPROCESSES
from bpmn.xmlsource import BPMN, child, is_bpmn, is_true, local, text_of

if TYPE_CHECKING:
    from bpmn.validation import Inspection

_QNAMES = (
    "noneBehaviorEventRef",
    "oneBehaviorEventRef",
    "messageRef",
    "signalRef",
    "errorRef",
    "escalationRef",
    "operationRef",
    "attachedToRef",
    "calledElement",
)
_PLAIN = ("sourceRef", "targetRef", "default")
#: What a reference must lead to, by attribute.
_TARGETS = {"messageRef": "message", "signalRef": "signal", "errorRef": "error", "escalationRef": "escalation"}
#: What gets an id where the diagram gives none, beside flow nodes.
_REFERRED_TO = frozenset(_TARGETS.values())
_NAMED = _REFERRED_TO | {"sequenceFlow"}

#: No file needs more prefixes in its references; looking one up costs as much as there are namespaces.
_MOST_PREFIXES = 200


def normalise(root: etree._Element) -> None:
    """Write references without the prefixes that some tools put before them, and without blanks; give missing ids."""
    prefixes: dict[str, bool] = {}
    for element in root.iter("{" + BPMN + "}*"):
        for attribute in _QNAMES:
            value = element.get(attribute)
            if value is not None:
                element.set(attribute, _without_prefix(element, value.strip(), prefixes))
        for attribute in (*_PLAIN, "id"):
            value = element.get(attribute)
            if value is not None and value != value.strip():
                element.set(attribute, value.strip())
        if is_bpmn(element, "eventDefinitionRef") and element.text is not None:
            element.text = _without_prefix(element, element.text.strip(), prefixes)
    name_unnamed(root)


def name_unnamed(root: etree._Element) -> None:
    """Give what has no id one that stays the same: by its place in its level.

    An id may be missing where nothing refers to it (BPMN 8.3.1).
    """
    known = {element.get("id") for element in root.iter("{" + BPMN + "}*")}
    for process in root.iterchildren("{" + BPMN + "}process"):
        for level in _levels(process):
            _name(level, level, known)
    _name(root, (element for element in root.iter() if local(element) in _REFERRED_TO), known)


def _name(level: etree._Element, elements: Iterable[etree._Element], known: set[str | None]) -> None:
    counts: dict[str, int] = {}
    for element in elements:
        kind = local(element)
        if not is_bpmn(element) or (kind not in FLOW_NODES and kind not in _NAMED):
            continue
        counts[kind] = counts.get(kind, 0) + 1
        if not element.get("id"):
            name = f"{level.get('id', 'file')}.{'flow' if kind == 'sequenceFlow' else kind}{counts[kind]}"
            while name in known:
                name += "_"
            known.add(name)
            element.set("id", name)


def _without_prefix(element: etree._Element, value: str, prefixes: dict[str, bool]) -> str:
    prefix, colon, name = value.partition(":")
    if colon and prefix not in prefixes and len(prefixes) < _MOST_PREFIXES:
        prefixes[prefix] = prefix in element.nsmap
    return name if colon and prefixes.get(prefix) else value


def check(root: etree._Element, found: Inspection) -> None:
    """Refuse references that lead nowhere, or where BPMN lets none lead."""
    for process in root.iterchildren("{" + BPMN + "}process"):
        if not is_executable(process):
            continue
        for level in _levels(process):
            _check_level(level, found)


def _levels(process: etree._Element) -> Iterator[etree._Element]:
    """The process and the subprocesses in it, outer ones first."""
    yield process
    yield from process.iter(*("{" + BPMN + "}" + name for name in SUBPROCESSES))


def _check_level(level: etree._Element, found: Inspection) -> None:
    nodes = {node.get("id"): node for node in level if is_bpmn(node) and local(node) in FLOW_NODES}
    flows = list(level.iterchildren("{" + BPMN + "}sequenceFlow"))
    for flow in flows:
        _check_flow(flow, nodes, found)
    leaving: dict[str | None, list[etree._Element]] = {}
    for flow in flows:
        leaving.setdefault(flow.get("sourceRef"), []).append(flow)
    coming = Counter(flow.get("targetRef") for flow in flows)
    for node_id, node in nodes.items():
        ways_out = leaving.get(node_id, [])
        _check_node(node, nodes, ways_out, found)
        rules.check_node(node, coming[node_id], ways_out, found)
    _check_gateways(level, nodes, leaving, coming, found)
    _check_reachable(level, nodes, coming, found)
    _check_events(level, nodes, found)


def _check_flow(flow: etree._Element, nodes: dict[str | None, etree._Element], found: Inspection) -> None:
    for attribute in ("sourceRef", "targetRef"):
        reference = flow.get(attribute)
        if reference is None:
            found.refuse(flow, f"a sequence flow needs a {attribute}", attribute)
        elif reference not in nodes:
            where = "is at another level" if reference in found.nodes else "does not exist"
            found.refuse(flow, f"{attribute} {reference!r} {where}; a flow connects two nodes of one level", attribute)
    source, target = nodes.get(flow.get("sourceRef")), nodes.get(flow.get("targetRef"))
    if source is not None and local(source) == "endEvent":
        found.refuse(flow, f"no flow may leave the end event {source.get('id')!r}", "sourceRef")
    conditional = flow.find("{" + BPMN + "}conditionExpression") is not None
    if conditional and source is not None and local(source) in ("parallelGateway", "eventBasedGateway"):
        found.warn(flow, f"a condition behind a {local(source)} is not evaluated (BPMN 10.6.4, 10.6.6)")
    for node, way in ((source, "leave"), (target, "lead into")):
        if node is not None and (
            is_true(node.get("triggeredByEvent", "")) or is_true(node.get("isForCompensation", ""))
        ):
            found.refuse(flow, f"no flow may {way} {node.get('id')!r}: it begins by its event only")
    if source is not None and local(source) == "boundaryEvent" and _has(source, "compensateEventDefinition"):
        found.refuse(flow, "no flow may leave a compensation boundary event; associate it with its handler")
    if source is not None and local(source) == "intermediateThrowEvent" and _link(source) is not None:
        found.refuse(flow, f"no flow may leave the throwing link {source.get('id')!r}")
    if target is not None and local(target) == "intermediateCatchEvent" and _link(target) is not None:
        found.refuse(flow, f"no flow may lead into the catching link {target.get('id')!r} (BPMN 10.5.5)", "targetRef")
    if target is not None and local(target) in ("startEvent", "boundaryEvent"):
        found.refuse(flow, f"no flow may lead into the {local(target)} {target.get('id')!r}", "targetRef")


def _check_node(
    node: etree._Element, nodes: dict[str | None, etree._Element], leaving: list[etree._Element], found: Inspection
) -> None:
    default = node.get("default")
    if default and all(flow.get("id") != default for flow in leaving):
        found.refuse(node, f"the default flow {default!r} does not leave this element", "default")
    if local(node) == "boundaryEvent":
        activity = nodes.get(node.get("attachedToRef"))
        if activity is None or local(activity) not in ACTIVITIES:
            found.refuse(
                node, f"attachedToRef {node.get('attachedToRef')!r} is no activity of this level", "attachedToRef"
            )
    if local(node) == "exclusiveGateway" and len(leaving) > 1:
        _check_choices(node, default, leaving, found)
    for association in filter(is_bpmn, node):
        if local(association) in ("dataInputAssociation", "dataOutputAssociation"):
            _check_association(association, found)
    for holder in (node, *filter(is_bpmn, node)):
        for attribute, kind in _TARGETS.items():
            _check_target(node, holder.get(attribute), attribute, kind, found)
        _check_behavior(node, holder, found)
        operation = holder.get("operationRef")
        if operation and local(found.nodes.get(operation, node)) != "operation":
            found.warn(node, f"operationRef {operation!r} leads to no operation (BPMN 8.5.3)", "operationRef")
        undone = holder.get("activityRef")
        if undone and (undone not in found.nodes or local(found.nodes[undone]) not in ACTIVITIES):
            found.refuse(node, f"activityRef {undone!r} leads to no activity", "activityRef")


def _check_gateways(
    level: etree._Element,
    nodes: dict[str | None, etree._Element],
    leaving: dict[str | None, list[etree._Element]],
    coming: Counter[str | None],
    found: Inspection,
) -> None:
    """An event-based gateway needs events; one that takes all of them begins a process (BPMN 10.6.6)."""
    attached: dict[str | None, list[etree._Element]] = {}
    for node in nodes.values():
        if local(node) == "boundaryEvent":
            attached.setdefault(node.get("attachedToRef"), []).append(node)
    for node_id, node in nodes.items():
        if local(node) != "eventBasedGateway":
            continue
        if node_id not in leaving:
            found.refuse(node, "an event-based gateway needs events behind it")
        starts = is_true(node.get("instantiate", "")) and is_bpmn(level, "process") and not coming[node_id]
        if node.get("eventGatewayType", "").strip() == "Parallel" and not starts:
            message = "a gateway that takes all its events starts a process: instantiate it, without a flow to it"
            found.refuse(node, message)
        for target in (nodes.get(flow.get("targetRef")) for flow in leaving.get(node_id, ())):
            if target is not None:
                _check_event_behind_gateway(node, target, attached, found)
                if coming[target.get("id")] > 1:
                    found.warn(target, "an event behind an event-based gateway has no other flow in (BPMN 10.6.6)")


def _check_association(association: etree._Element, found: Inspection) -> None:
    for part in filter(is_bpmn, association):
        reference = text_of(part)
        if local(part) in ("sourceRef", "targetRef") and reference not in found.nodes:
            found.warn(association, f"{local(part)} {reference!r} leads to no data: nothing is copied")
        elif local(part) == "transformation" and reference is None:
            found.warn(association, "the transformation says nothing: it changes nothing")


def _check_behavior(node: etree._Element, holder: etree._Element, found: Inspection) -> None:
    """What runs of a multi-instance activity throw must be there, and a complex behavior says when."""
    for attribute in ("noneBehaviorEventRef", "oneBehaviorEventRef"):
        reference = holder.get(attribute)
        if reference and not local(found.nodes.get(reference, node)).endswith("EventDefinition"):
            found.refuse(node, f"{attribute} {reference!r} leads to no event definition", attribute)
    for drawn in holder.iterchildren("{" + BPMN + "}complexBehaviorDefinition"):
        if text_of(child(drawn, "condition")) is None:
            found.refuse(node, "a complexBehaviorDefinition needs a condition")


def _check_choices(
    gateway: etree._Element, default: str | None, leaving: list[etree._Element], found: Inspection
) -> None:
    """A choice of one flow needs to know when each is meant (BPMN 10.6.2)."""
    open_ways = [flow for flow in leaving if flow.get("id") != default and child(flow, "conditionExpression") is None]
    if len(open_ways) == 1 and not default:
        gateway.set("default", open_ways[0].get("id", ""))
        found.warn(open_ways[0], "the only way out without a condition counts as the default flow (BPMN 10.6.2)")
        return
    for flow in open_ways:
        found.lack(flow, "this way out of an exclusive gateway needs a condition, or to be its default flow")


def _check_target(node: etree._Element, reference: str | None, attribute: str, kind: str, found: Inspection) -> None:
    if not reference:
        return
    target = found.nodes.get(reference)
    if target is None and found.family == "camunda" and _names_itself(node, kind):
        found.warn(node, f"there is no {kind} {reference!r}: taken for its name, as Activiti does", attribute)
    elif target is None or local(target) != kind:
        found.refuse(node, f"{attribute} {reference!r} leads to no {kind}", attribute)


def _names_itself(node: etree._Element, kind: str) -> bool:
    """Whether engines of the Camunda family take a reference that leads nowhere for a name or code."""
    return kind in ("error", "signal") or (kind == "message" and local(node) in SENDERS)


def _check_reachable(
    level: etree._Element, nodes: dict[str | None, etree._Element], coming: Counter[str | None], found: Inspection
) -> None:
    has_start = any(local(node) == "startEvent" for node in nodes.values())
    for node_id, node in nodes.items():
        if has_start and node_id not in coming and not _begins_by_itself(node):
            begins = "it begins with the process (BPMN 10.3)" if local(node) in ACTIVITIES else "it is never reached"
            found.warn(node, f"no flow leads here: {begins}")
    if not nodes and local(level) == "process":
        found.warn(level, "the process holds nothing to execute: its instances end as soon as they start")
    elif not has_start and nodes and not any(_may_begin(node, coming) for node in nodes.values()):
        _nothing_begins(level, nodes, found)


def _nothing_begins(level: etree._Element, nodes: dict[str | None, etree._Element], found: Inspection) -> None:
    """What only waits for events is over at once; what could be done and never begins is surely a mistake."""
    if all(_begins_by_itself(node) for node in nodes.values()):
        found.warn(level, f"nothing begins in this {local(level)} by itself: it is over at once (BPMN 10.5.2)")
    else:
        found.refuse(level, f"nothing begins in this {local(level)}: draw a start event")


def _may_begin(node: etree._Element, coming: Counter[str | None]) -> bool:
    asked = local(node) == "boundaryEvent" or is_true(node.get("triggeredByEvent", ""))
    return node.get("id") not in coming and not asked and not is_true(node.get("isForCompensation", ""))


def _check_event_behind_gateway(
    gateway: etree._Element,
    target: etree._Element,
    attached: dict[str | None, list[etree._Element]],
    found: Inspection,
) -> None:
    if local(target) not in ("intermediateCatchEvent", "receiveTask"):
        found.refuse(gateway, f"behind an event-based gateway stand events; {target.get('id')!r} is none")
    for event in attached.get(target.get("id"), ()):
        found.refuse(event, "no event may be attached to a receive task behind an event-based gateway")
    for holder in extensions(target):
        if any(local(parameter) in ("inputParameter", "input") for parameter in holder):
            found.refuse(target, "input mappings behind an event-based gateway are not executed")


def _begins_by_itself(node: etree._Element) -> bool:
    if is_true(node.get("triggeredByEvent", "")) or is_true(node.get("isForCompensation", "")):
        return True
    catches_link = local(node) == "intermediateCatchEvent" and _has(node, "linkEventDefinition")
    return catches_link or is_true(node.get("instantiate", "")) or local(node) in ("startEvent", "boundaryEvent")


def _check_events(level: etree._Element, nodes: dict[str | None, etree._Element], found: Inspection) -> None:
    """What event definitions need around them: links their catch, compensation its handler, cancel a transaction."""
    caught: set[str | None] = set()
    for node in nodes.values():
        if local(node) == "intermediateCatchEvent" and (name := _link(node)) is not None:
            if name in caught:
                found.refuse(node, f"the link {name!r} is caught twice in this level")
            caught.add(name)
    associated: dict[str | None, list[str | None]] = {}
    for association in level.iterchildren("{" + BPMN + "}association"):
        associated.setdefault(association.get("sourceRef"), []).append(association.get("targetRef"))
    for node_id, node in nodes.items():
        if local(node) == "intermediateThrowEvent" and _link(node) is not None and _link(node) not in caught:
            found.refuse(node, f"no catching link of this level has the name {_link(node)!r}")
        if local(node) == "boundaryEvent" and _has(node, "compensateEventDefinition"):
            _check_handler(node, associated.get(node_id, []), nodes, found)
        if _has(node, "cancelEventDefinition"):
            holder = level if local(node) == "endEvent" else nodes.get(node.get("attachedToRef"))
            if holder is None or local(holder) != "transaction":
                found.refuse(node, "cancel events belong to a transaction")
    if is_true(level.get("triggeredByEvent", "")):
        starts = [node for node in nodes.values() if local(node) == "startEvent"]
        if not starts:
            found.refuse(level, "an event subprocess needs a start event")
        elif len(starts) > 1:
            found.warn(level, f"each of the {len(starts)} start events begins it (BPMN 10.3.5 wants one)")


def _check_handler(
    event: etree._Element, ends: list[str | None], nodes: dict[str | None, etree._Element], found: Inspection
) -> None:
    """A compensation boundary event without an activity to undo with says that there is nothing to undo."""
    handlers = [nodes[end] for end in ends if end in nodes and local(nodes[end]) in ACTIVITIES]
    if not handlers:
        found.warn(event, "no activity is associated with it: there is nothing to undo (BPMN 10.7.1)")
    elif not is_true(handlers[0].get("isForCompensation", "")):
        found.refuse(event, f"what undoes, {handlers[0].get('id')!r}, must be marked isForCompensation")


def _has(node: etree._Element, definition: str) -> bool:
    return node.find("{" + BPMN + "}" + definition) is not None


def _link(node: etree._Element) -> str | None:
    definition = node.find("{" + BPMN + "}linkEventDefinition")
    return None if definition is None else definition.get("name", "")
