"""The tables of what is executed say what is so: nothing named there is left unread, nothing executed is left out."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn.dialects import FAMILIES
from bpmn.dialects.support import Family
from bpmn.elements.base import Element
from bpmn.parsing import Parser
from bpmn.report import Status
from bpmn.support import ACTIVITIES, DEFINITIONS, ELEMENTS, FLOW_NODES, PARTS, REFUSED_ATTRIBUTES
from tests.bpmn.diagrams import definitions, diagram
from tests.bpmn.reading import refusals, upload

#: Read where a process is shown, and at the loop characteristics of an activity.
READ_ELSEWHERE = {"version_tag", "collection", "item", "output_collection", "output_item"}


def fields(family: Family) -> set[str]:
    return {item.field for item in family.places.values() if item.status is Status.EXECUTED and item.field is not None}


def test_given_the_attributes_that_are_executed_when_a_diagram_is_read_then_each_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: set[str] = set()
    text, flag = Element.text, Element.flag

    def noting_text(self: Element, name: str) -> Any:
        asked.add(name)
        return text(self, name)

    def noting_flag(self: Element, name: str, default: bool = False) -> bool:
        asked.add(name)
        return flag(self, name, default)

    monkeypatch.setattr(Element, "text", noting_text)
    monkeypatch.setattr(Element, "flag", noting_flag)
    called = '<extensionElements><zeebe:calledElement processId="q"/></extensionElements>'
    refusals(
        diagram(f"""start s; user a; service b [camunda:topic="t"]; call c {called}; catch d message=m; end e error=E
        boundary f on=b error; s -> a""")
    )
    tagged = 'camunda:decisionRef="d" camunda:decisionRefBinding'
    refusals(diagram(f'rule r [{tagged}="version"]; rule t [{tagged}="versionTag"]'))
    refusals(definitions('<process id="p"><startEvent id="s"/><boundaryEvent id="b" attachedToRef="s"/></process>'))
    model = upload(diagram("start s; end e; s -> e"))[1][0]
    start: Any = model.spec_of("s")
    start.act(NoRun(), NoScope())
    boundary: Any = upload(diagram("user a; boundary b on=a error"))[1][0].spec_of("b")
    boundary.error_variables("E", "m")
    known = set().union(*map(fields, FAMILIES))
    assert known - asked - READ_ELSEWHERE == set()


class NoRun:
    """A run in which nothing happens."""


class NoScope:
    """A scope without variables."""

    parent = None
    visible: dict[str, object] = {}  # noqa: RUF012


def test_given_the_elements_that_are_executed_when_compared_then_the_parser_reads_just_these() -> None:
    read = {tag.rpartition("}")[2] for tag in Parser.OVERRIDE_PARSER_CLASSES}
    executed = {name for name in FLOW_NODES if ELEMENTS[name].status is Status.EXECUTED}
    assert read == executed


def test_given_the_tables_when_compared_then_they_agree_on_what_is_what() -> None:
    assert ACTIVITIES < FLOW_NODES <= set(ELEMENTS)
    assert {name.partition(" ")[0] for name in DEFINITIONS} <= FLOW_NODES
    assert PARTS.isdisjoint(ELEMENTS)
    named = {name for names in DEFINITIONS.values() for name in names if name}
    assert all(ELEMENTS[name].status is Status.EXECUTED for name in named)
    definitions_known = {name for name in ELEMENTS if name.endswith("EventDefinition")}
    assert {name for name in definitions_known if ELEMENTS[name].status is Status.EXECUTED} == named


@pytest.mark.parametrize("name", sorted(name for name, item in ELEMENTS.items() if item.status is Status.REFUSED))
def test_given_an_element_that_the_table_refuses_when_uploaded_then_it_is_refused(name: str) -> None:
    found = refusals(definitions(f'<process id="p"><task id="a"><{name} id="x"/></task></process>'))
    assert [entry.element_type for entry in found] == [name] * len(found)
    assert found


@pytest.mark.parametrize("attribute", REFUSED_ATTRIBUTES)
def test_given_an_attribute_that_the_table_refuses_when_harmless_then_it_is_accepted_and_else_refused(
    attribute: str,
) -> None:
    harmless = REFUSED_ATTRIBUTES[attribute][0]
    text = '<process id="p"><subProcess id="a" {}="{}"><task id="b"/></subProcess></process>'
    assert refusals(definitions(text.format(attribute, harmless))) == []
    (found,) = refusals(definitions(text.format(attribute, "other")))
    assert (found.element_id, found.attribute) == ("a", attribute)


def places(status: Status) -> list[tuple[Family, str]]:
    return [(family, place) for family in FAMILIES for place, item in family.places.items() if item.status is status]


def uploaded(family: Family, place: str) -> set[tuple[str, Status]]:
    """What the report says of a place, on an element that it may be drawn on."""
    element, _, name = place.partition("@" if "@" in place else "/")
    if element != "*" and element not in ELEMENTS:
        holder = "callActivity" if element in ("in", "out") else "task"
        drawn = f'<{holder} id="x"><extensionElements><v:{element} v:{name}="1"/></extensionElements></{holder}>'
    else:
        known = element if element in ELEMENTS else "exclusiveGateway"
        inside = f"<extensionElements><v:{name}/></extensionElements>" if "/" in place else ""
        attribute = f'v:{name}="1"' if "@" in place else ""
        drawn = f'<task id="a"><{known} id="x" {attribute}>{inside}</{known}></task>'
    report, _ = upload(definitions(f'<process id="p" xmlns:v="{family.namespaces[0]}">{drawn}</process>'))
    return {(entry.attribute, entry.status) for entry in report.entries if entry.attribute}


def named(item: object) -> str:
    return item.name if isinstance(item, Family) else str(item)


@pytest.mark.parametrize(("family", "place"), places(Status.REFUSED), ids=named)
def test_given_a_place_that_a_family_s_table_refuses_when_uploaded_then_it_is_refused(
    family: Family, place: str
) -> None:
    name = place.replace("/", "@").rpartition("@")[2]
    found = uploaded(family, place)
    assert [label for label, status in found if label.endswith(name) and status is Status.REFUSED], found


@pytest.mark.parametrize(("family", "place"), places(Status.DOCUMENTATION), ids=named)
def test_given_a_place_that_is_documentation_when_uploaded_then_it_is_not_refused(family: Family, place: str) -> None:
    name = place.replace("/", "@").rpartition("@")[2]
    found = uploaded(family, place)
    assert not [label for label, status in found if label.endswith(f":{name}") and status is Status.REFUSED], found
