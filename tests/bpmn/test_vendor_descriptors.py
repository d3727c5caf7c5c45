"""Every attribute and extension element of the vendors' published descriptors is in the tables of the dialects."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpmn.dialects import camunda, spiff, zeebe
from bpmn.dialects.support import Family
from bpmn.support import ACTIVITIES, FLOW_NODES, SUBPROCESSES

DESCRIPTORS: dict[str, Family] = {
    "camunda": camunda.FAMILY,
    "activiti": camunda.FAMILY,
    "zeebe": zeebe.FAMILY,
    "spiff": spiff.FAMILY,
}
EVENTS = frozenset(name for name in FLOW_NODES if name.endswith("Event"))
GATEWAYS = frozenset(name for name in FLOW_NODES if name.endswith("Gateway"))
#: What the groups of BPMN's own type system stand for in a file.
GROUPS: dict[str, frozenset[str]] = {
    "*": FLOW_NODES | {"process"},
    "FlowElement": FLOW_NODES | {"sequenceFlow", "dataObject", "dataObjectReference", "dataStoreReference"},
    "FlowNode": FLOW_NODES,
    "Activity": ACTIVITIES,
    "Task": frozenset(name for name in ACTIVITIES if name.lower().endswith("task")),
    "SubProcess": frozenset(SUBPROCESSES),
    "Gateway": GATEWAYS,
    "Event": EVENTS,
    "ThrowEvent": frozenset({"intermediateThrowEvent", "endEvent"}),
    "CatchEvent": frozenset({"intermediateCatchEvent", "startEvent", "boundaryEvent"}),
    "FormalExpression": frozenset({"conditionExpression"}),
}


def listed(name: str) -> list[str]:
    """The places of one descriptor."""
    lines = (Path(__file__).parent / "descriptors" / f"{name}.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith("#")]


def covered(family: Family, place: str) -> bool:
    """Whether the family's table says what becomes of a place, on every element that it stands for."""
    sign = "@" if "@" in place else "/"
    holder, _, name = place.partition(sign)
    if holder[0].islower():
        return place in family.places
    find = family.attribute if sign == "@" else family.extension
    elements = GROUPS.get(holder, {holder[0].lower() + holder[1:]})
    return all(find(element, name) is not None for element in elements)


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_given_a_published_descriptor_when_compared_then_no_place_of_it_is_missing_in_the_table(name: str) -> None:
    assert [place for place in listed(name) if not covered(DESCRIPTORS[name], place)] == []


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_given_a_published_descriptor_when_read_then_it_lists_what_its_family_is_known_for(name: str) -> None:
    known = {"zeebe": "taskDefinition@type", "spiff": "Activity/preScript"}.get(name, "UserTask@assignee")
    assert known in listed(name)
    assert len(listed(name)) > (50 if name == "spiff" else 100)
    assert not covered(DESCRIPTORS[name], "UserTask@frobnicate")
