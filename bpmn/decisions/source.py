"""Looking at the elements of a DMN file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from bpmn.decisions.model import Place, Text
from bpmn.report import ReportEntry, Status
from bpmn.xmlsource import line_of, local, namespace

_DMN = re.compile(r"https?://www\.omg\.org/spec/DMN/[0-9]{8}/(MODEL/?|dmn\.xsd|DMN1[0-9]\.xsd)")
CAMUNDA = "http://camunda.org/schema/1.0/dmn"
ZEEBE = "http://camunda.org/schema/zeebe/1.0"


class Source:
    """One file that is read, and the problems that are found in it."""

    def __init__(self, file: str, default_language: str | None) -> None:
        self.file = file
        self.default_language = default_language
        self.problems: list[ReportEntry] = []

    def problem(self, place: Place, message: str) -> None:
        self.problems.append(ReportEntry(self.file, place.line, place.id, place.type, Status.REFUSED, message))

    def place(self, element: etree._Element) -> Place:
        return Place(self.file, line_of(element), element.get("id"), local(element))

    def text(self, element: etree._Element) -> Text:
        """A literal expression, or the text of unary tests."""
        language = element.get("expressionLanguage") or self.default_language
        return Text(own_text(element), language, element.get("typeRef"), self.place(element))

    def optional_text(self, element: etree._Element, name: str) -> Text | None:
        """The child of that name, where it says anything."""
        found = child(element, name)
        return self.text(found) if found is not None and own_text(found).strip() else None


def is_dmn(element: etree._Element) -> bool:
    tag = element.tag
    return isinstance(tag, str) and _DMN.fullmatch(namespace(tag)) is not None


def children(element: etree._Element, *names: str) -> Iterator[etree._Element]:
    """The DMN children, in order; those of these names where any are given."""
    for found in element:
        if is_dmn(found) and (not names or local(found) in names):
            yield found


def child(element: etree._Element, name: str) -> etree._Element | None:
    return next(children(element, name), None)


def own_text(element: etree._Element) -> str:
    """What stands in the `text` child, or in a DMN 1.1 `typeRef` and the like, as it is."""
    found = child(element, "text")
    return (found.text or "") if found is not None else ""


def camunda(element: etree._Element, name: str) -> str | None:
    """An attribute of Camunda 7."""
    return element.get("{" + CAMUNDA + "}" + name)


def version_tag(element: etree._Element) -> str | None:
    """The tag of a decision's version, as Camunda 7 (an attribute) or Camunda 8 (an element) writes it."""
    found = element.find(f"{{*}}extensionElements/{{{ZEEBE}}}versionTag")
    tag = camunda(element, "versionTag") or (found.get("value") if found is not None else None)
    return (tag or "").strip() or None
