"""The tables of what is executed say what is so: nothing named there is left unread, nothing executed is left out."""

from __future__ import annotations

import pytest

from bpmn.dialects import FAMILIES
from bpmn.dialects.support import Family
from bpmn.parsing import Parser
from bpmn.report import Status
from bpmn.support import ACTIVITIES, CHOICES, DEFINITIONS, ELEMENTS, FLOW_NODES, PARTS
from tests.bpmn.diagrams import definitions
from tests.bpmn.reading import refusals, upload


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


@pytest.mark.parametrize("attribute", CHOICES)
def test_given_an_attribute_with_a_choice_when_it_is_none_of_these_then_it_is_refused(attribute: str) -> None:
    text = '<process id="p"><subProcess id="a" {}="{}"><task id="b"/></subProcess></process>'
    assert refusals(definitions(text.format(attribute, CHOICES[attribute][0]))) == []
    (found,) = refusals(definitions(text.format(attribute, "other")))
    assert (found.element_id, found.attribute) == ("a", attribute)


def places(status: Status) -> list[tuple[Family, str]]:
    return [(family, place) for family in FAMILIES for place, item in family.places.items() if item.status is status]


def uploaded(family: Family, place: str) -> set[tuple[str, Status]]:
    """What the report says of a place, on an element that it may be drawn on."""
    element, _, name = place.partition("@" if "@" in place else "/")
    inner, attribute = (f"<v:{name}/>", "") if "/" in place else ("", f'v:{name}="1"')
    if element == "*" or element in ELEMENTS:
        anywhere = next(kind for kind in ("exclusiveGateway", "dataObject") if f"{kind}/{name}" not in family.places)
        known = element if element in ELEMENTS else anywhere
        inside = f"<extensionElements>{inner}</extensionElements>"
        drawn = f'<task id="a"><{known} id="x" {attribute}>{inside}</{known}></task>'
    else:
        inside = f"<extensionElements>{within(family, element, f'<v:{element} {attribute}>{inner}</v:{element}>')}</extensionElements>"
        holder = element_that_holds(family, outermost(family, element))
        drawn = f'<task id="a"><{holder} id="x">{inside}</{holder}></task>'
    report, _ = upload(definitions(f'<process id="p" xmlns:v="{family.namespaces[0]}">{drawn}</process>'))
    return {(entry.attribute, entry.status) for entry in report.entries if entry.attribute}


def outer(family: Family, element: str) -> str | None:
    """The extension element around another one; None where it stands under a BPMN element itself."""
    holders = [place.partition("/")[0] for place in family.places if place.endswith(f"/{element}")]
    return None if any(item == "*" or item in ELEMENTS for item in holders) or not holders else holders[0]


def outermost(family: Family, element: str) -> str:
    while (holder := outer(family, element)) is not None:
        element = holder
    return element


def within(family: Family, element: str, drawn: str) -> str:
    while (holder := outer(family, element)) is not None:
        drawn, element = f"<v:{holder}>{drawn}</v:{holder}>", holder
    return drawn


def element_that_holds(family: Family, extension: str) -> str:
    """A BPMN element that an extension element is executed at, or may be drawn at."""
    holders = [place.partition("/")[0] for place in family.places if place.endswith(f"/{extension}")]
    holders.sort(key=lambda item: family.places[f"{item}/{extension}"].status is Status.REFUSED)
    return next((item for item in holders if item in ELEMENTS), "task")


def named(item: object) -> str:
    return item.name if isinstance(item, Family) else str(item)


@pytest.mark.parametrize(("family", "place"), places(Status.REFUSED), ids=named)
def test_given_a_place_that_a_family_s_table_refuses_when_uploaded_then_it_is_refused(
    family: Family, place: str
) -> None:
    holder, _, name = place.replace("/", "@").rpartition("@")
    found = uploaded(family, place)
    # What stands in something refused is refused with it.
    named_so = (name, outermost(family, holder)) if holder not in ELEMENTS and holder != "*" else (name,)
    assert [label for label, status in found if label.endswith(named_so) and status is Status.REFUSED], found


@pytest.mark.parametrize(("family", "place"), places(Status.DOCUMENTATION), ids=named)
def test_given_a_place_that_is_documentation_when_uploaded_then_it_is_not_refused(family: Family, place: str) -> None:
    name = place.replace("/", "@").rpartition("@")[2]
    found = uploaded(family, place)
    assert not [label for label, status in found if label.endswith(f":{name}") and status is Status.REFUSED], found
