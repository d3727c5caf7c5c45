"""Rules of the standard that a diagram may break and still be executed: each is told as a warning with its clause."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from lxml import etree

from bpmn.dialects import settings, spiff
from bpmn.support import ACTIVITIES
from bpmn.xmlsource import BPMN, XSI, child, is_bpmn, local, text_of

if TYPE_CHECKING:
    from bpmn.validation import Inspection

#: Expressions that are evaluated.
_EXPRESSIONS = frozenset(
    [
        "conditionExpression",
        "condition",
        "completionCondition",
        "activationCondition",
        "loopCondition",
        "loopCardinality",
        "timeDate",
        "timeDuration",
        "timeCycle",
    ]
)
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+\Z")
_URI = re.compile(r"(##\w+|[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+)\Z")
#: Gateway directions and what they say of the flows: how many come at least and at most, and leave.
_DIRECTIONS: dict[str, tuple[range, range]] = {
    "Unspecified": (range(2**31), range(2**31)),
    "Converging": (range(2, 2**31), range(2)),
    "Diverging": (range(2), range(2, 2**31)),
    "Mixed": (range(2, 2**31), range(2, 2**31)),
}


#: Tasks of people, and what says whose they are.
_OF_PEOPLE = ("userTask", "manualTask")
_PEOPLE = frozenset({"assignee", "candidate_groups", "candidate_users"})
_PERFORMERS = ("humanPerformer", "potentialOwner")


def check_element(element: etree._Element, found: Inspection) -> None:
    """Warn of what an element by itself says against a rule."""
    if (check := _CHECKS.get(local(element))) is not None:
        check(element, found)
    for part in element:
        if is_bpmn(part) and local(part) in _EXPRESSIONS:
            _expression(part, found)
        elif is_bpmn(part, "documentation") and not _MEDIA_TYPE.match(part.get("textFormat", "text/plain").strip()):
            found.warn(part, f"textFormat {part.get('textFormat')!r} is no media type (BPMN 8.3.2)")


def check_node(node: etree._Element, incoming: int, ways_out: list[etree._Element], found: Inspection) -> None:
    """Warn of what a flow node with so many incoming flows, and these ways out, is drawn against."""
    kind, outgoing = local(node), len(ways_out)
    if kind.endswith("Gateway"):
        _direction(node, incoming, outgoing, found)
    elif outgoing == 1 and child(ways_out[0], "conditionExpression") is not None:
        found.warn(ways_out[0], "a conditional flow out of an activity has others beside it (BPMN 8.4.13)")
    if kind == "eventBasedGateway" and outgoing == 1:
        found.warn(node, "an event-based gateway has two or more ways out (BPMN 10.6.6)")
    if kind == "boundaryEvent" and not outgoing and child(node, "compensateEventDefinition") is None:
        found.warn(node, "no flow leaves this boundary event: its path ends at once (BPMN 10.5.4)")
    is_intermediate = kind in ("intermediateThrowEvent", "intermediateCatchEvent")
    if is_intermediate and not incoming and child(node, "linkEventDefinition") is None:
        found.warn(node, "an intermediate event has an incoming flow (BPMN 10.5.4)")


def _direction(gateway: etree._Element, incoming: int, outgoing: int, found: Inspection) -> None:
    direction = gateway.get("gatewayDirection", "Unspecified").strip()
    if direction not in _DIRECTIONS:
        found.warn(gateway, f"there is no gatewayDirection {direction!r} (BPMN 10.6.1)", "gatewayDirection")
        return
    coming, leaving = _DIRECTIONS[direction]
    if incoming not in coming or outgoing not in leaving:
        drawn = f"{incoming} flows in and {outgoing} out"
        found.warn(gateway, f"it is not {direction}, with {drawn}: the flows count (BPMN 10.6.1)", "gatewayDirection")


def _expression(expression: etree._Element, found: Inspection) -> None:
    """An expression that is evaluated is a formal one."""
    kind = expression.get("{" + XSI + "}type", "").rpartition(":")[2]
    if kind not in ("tFormalExpression", "FormalExpression") and not expression.get("language"):
        what = f"{local(expression)} is read as a formal expression"
        found.warn(expression, f"{what}, which xsi:type=tFormalExpression would say (BPMN 8.4.6)")


def _ad_hoc(element: etree._Element, found: Inspection) -> None:
    if not any(is_bpmn(node) and local(node) in ACTIVITIES for node in element):
        found.warn(element, "an ad-hoc subprocess holds activities; this one ends at once (BPMN 10.3.5)")


def _transaction(element: etree._Element, found: Inspection) -> None:
    method = element.get("method")
    if method is not None and not _URI.match(method.strip()):
        found.warn(element, f"the method {method!r} is no URI (BPMN 10.3.5)", "method")


def _thrown_escalation(event: etree._Element, found: Inspection) -> None:
    definition = child(event, "escalationEventDefinition")
    if definition is None:
        return
    escalation = found.nodes.get(definition.get("escalationRef", ""))
    if escalation is None or not escalation.get("escalationCode", "").strip():
        found.warn(event, "the escalation has no code: only what catches all of them catches it (BPMN 10.5.5)")


def _message_data(element: etree._Element, found: Inspection) -> None:
    """A task that sends or receives has one set of data with one item in it."""
    specification = child(element, "ioSpecification")
    if specification is None:
        return
    way = "input" if local(element) == "sendTask" else "output"
    sets = list(specification.iterchildren("{" + BPMN + "}" + way + "Set"))
    items = list(specification.iterchildren("{" + BPMN + "}data" + way.capitalize()))
    if len(sets) > 1 or len(items) > 1:
        found.warn(element, f"a {local(element)} has one {way} set with one item: its message (BPMN 10.3.3)")


def _participants(multiplicity: etree._Element, found: Inspection) -> None:
    least, most = (_number(multiplicity.get(name), 1) for name in ("minimum", "maximum"))
    if least > most:
        found.warn(multiplicity, "more participants are needed than there may be (BPMN 9.3)")


def _lane(lane: etree._Element, found: Inspection) -> None:
    """SpiffArena gives the tasks of a lane to the group of its name, or to its owners."""
    if found.family != spiff.FAMILY.name:
        return
    references = (text_of(node) or "" for node in lane.iterchildren("{" + BPMN + "}flowNodeRef"))
    tasks = (found.nodes.get(reference.rpartition(":")[2]) for reference in references)
    if any(task is not None and local(task) in _OF_PEOPLE and not _says_who(task) for task in tasks):
        found.warn(
            lane,
            "lanes are only drawn: its tasks are offered to nobody in particular, while SpiffArena gives them to the "
            "lane's group; say who may take them at the tasks (potentialOwner)",
        )


def _says_who(task: etree._Element) -> bool:
    return not _PEOPLE.isdisjoint(settings(task)) or any(child(task, name) is not None for name in _PERFORMERS)


def _number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.strip().isdigit() and len(text) < 10 else otherwise


_CHECKS: dict[str, Callable[[etree._Element, Inspection], None]] = {
    "adHocSubProcess": _ad_hoc,
    "transaction": _transaction,
    "endEvent": _thrown_escalation,
    "intermediateThrowEvent": _thrown_escalation,
    "sendTask": _message_data,
    "receiveTask": _message_data,
    "participantMultiplicity": _participants,
    "lane": _lane,
}
