"""The inspection of a DMN file: what becomes of its elements and of the vendors' attributes.

Decisions, input data, functions, services and types get an entry each; what stands within them only where it is not
executed. What is wrong in a text is added when it is compiled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from bpmn.decisions.source import CAMUNDA, ZEEBE, is_dmn
from bpmn.dialects.support import Support, documentation, executed, refused
from bpmn.report import ReportEntry, Status
from bpmn.xmlsource import attributes, line_of, local, namespace

LONGEST_NAME = 255
"""Characters of an id or a name."""

_DRAWN = "drawn for people; does not change what is decided"

ELEMENTS: Mapping[str, Support] = {
    "decision": executed(note="without logic it is the variable of its name"),
    "inputData": executed(note="a variable of that name; within an import, under the import's name"),
    "businessKnowledgeModel": executed(note="a function; it sees its parameters and the functions that it requires"),
    "decisionService": executed(
        note="a function of its input data, then its input decisions; by its id, a decision like any other"
    ),
    "itemDefinition": executed(note="a type, with components, collections, allowed values, function items"),
    "import": executed(note="of DMN: decisions, functions and types as `name.element`, or as if they were here"),
    "knowledgeSource": documentation(_DRAWN),
    "organizationUnit": documentation(_DRAWN),
    "performanceIndicator": documentation(_DRAWN),
    "elementCollection": documentation(_DRAWN),
    "group": documentation(_DRAWN),
    "textAnnotation": documentation(_DRAWN),
    "association": documentation(_DRAWN),
}
"""What may stand in a file by itself."""

_PARTS = """
    description extensionElements typeRef allowedValues typeConstraint itemComponent functionItem parameters
    question allowedAnswers variable informationRequirement requiredDecision requiredInput knowledgeRequirement
    requiredKnowledge authorityRequirement requiredAuthority supportedObjective impactedPerformanceIndicator
    decisionMaker decisionOwner usingProcess usingTask encapsulatedLogic formalParameter type owner outputDecision
    encapsulatedDecision inputDecision inputData literalExpression text invocation binding parameter decisionTable
    input inputExpression inputValues output outputValues defaultOutputEntry annotation annotationEntry rule
    inputEntry outputEntry context contextEntry functionDefinition list relation column row conditional if then else
    filter in match for some every return satisfies sourceRef targetRef decisionMade decisionOwned drgElement
    impactingDecision artifact
"""
PARTS = frozenset(_PARTS.split())
"""What may stand within these."""

VENDORS: Mapping[str, Support] = {
    "camunda:versionTag": executed(note="the tag of this version"),
    "camunda:inputVariable": executed(note="the name of the input where it has no expression"),
    "camunda:historyTimeToLive": executed(note="days that evaluations are kept which no process asked for"),
    "camunda:diagramRelationId": documentation(_DRAWN),
    "zeebe:versionTag": executed(note="the tag of this version"),
}
"""Attributes of Camunda 7 and elements of Camunda 8; what is not among them is refused, other vendors' is drawn."""

_OF_THE_FILE = frozenset({"description", "extensionElements"})
_PREFIXES = {CAMUNDA: "camunda", ZEEBE: "zeebe"}
_UNKNOWN = refused("is not known and could change what is decided; remove it")


def inspect(root: etree._Element, file: str) -> Iterator[ReportEntry]:
    """Entries for what the file holds, in its order."""
    seen: set[str] = set()
    for element in root.iter("{*}*"):
        name = local(element)
        if is_dmn(element) and element is not root:
            stands_alone = element.getparent() is root and name not in _OF_THE_FILE
            yield from _judged(element, file, ELEMENTS if stands_alone else PARTS)
            if stands_alone:
                yield from _twice(element, file, seen)
        elif (prefix := _PREFIXES.get(namespace(element.tag))) is not None:
            support = VENDORS.get(f"{prefix}:{name}", _UNKNOWN)
            parent = _owner(element)
            yield _entry(parent, file, support, label=f"{prefix}:{name}")
        if is_dmn(element):
            yield from _attributes(element, file)


def _judged(element: etree._Element, file: str, known: Mapping[str, Support] | frozenset[str]) -> Iterator[ReportEntry]:
    name = local(element)
    if name not in known:
        yield _entry(element, file, refused("is not executed"))
    elif isinstance(known, Mapping):
        yield _entry(element, file, known[name])


def _twice(element: etree._Element, file: str, seen: set[str]) -> Iterator[ReportEntry]:
    id_ = element.get("id")
    if id_ is not None and id_ in seen:
        yield _entry(element, file, refused("the id is used twice"))
    seen.add(id_ or "")


def _attributes(element: etree._Element, file: str) -> Iterator[ReportEntry]:
    for name, value in attributes(element):
        prefix = _PREFIXES.get(namespace(name))
        if prefix is not None:
            label = f"{prefix}:{etree.QName(name).localname}"
            yield _entry(element, file, VENDORS.get(label, _UNKNOWN), label=label)
        elif name in ("id", "name") and len(value) > LONGEST_NAME:
            message = f"the {name} is longer than {LONGEST_NAME} characters"
            yield ReportEntry(file, line_of(element), None, local(element), Status.REFUSED, message)


def _owner(element: etree._Element) -> etree._Element:
    """The element of DMN that an extension belongs to."""
    found = next((one for one in element.iterancestors() if is_dmn(one) and local(one) != "extensionElements"), None)
    return element if found is None else found


def _entry(element: etree._Element, file: str, support: Support, label: str | None = None) -> ReportEntry:
    return ReportEntry(
        file,
        line_of(element),
        element.get("id"),
        local(element),
        support.status,
        support.note,
        element.get("name"),
        attribute=label,
    )
