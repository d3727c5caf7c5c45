"""The rows of docs/bpmn-support.md as diagrams hold them: which a diagram uses, and the diagram without one of them.

A row is an element (`element userTask`), what an event is (`event boundaryEvent timerEventDefinition`), a value of an
attribute with a choice (`choice ordering=Sequential`), an attribute (`attribute loopMaximum`), or a place of a vendor's family
(`camunda userTask@assignee`).
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from bpmn.report import Status
from bpmn.support import ATTRIBUTES, CHOICES, DEFINITIONS, ELEMENTS
from bpmn.validation import _kind_of_event
from bpmn.xmlsource import attributes, is_bpmn, local

#: What a row stands for in a file: an element, and the attribute of it that is meant, if one is.
Spot = tuple[etree._Element, str | None]


def executed_rows() -> list[str]:
    """All rows of BPMN itself that say that something is executed; those of vendors have cases in tests/bpmn."""
    rows = [f"element {name}" for name, support in ELEMENTS.items() if support.status is Status.EXECUTED]
    rows += [f"event {kind} {name}".strip() for kind, names in DEFINITIONS.items() for name in sorted(names)]
    rows += [f"choice {name}={value}" for name, values in CHOICES.items() for value in values[1:]]
    rows += [f"attribute {name}" for name, support in ATTRIBUTES.items() if support.status is Status.EXECUTED]
    return rows


def spots(root: etree._Element) -> Iterator[tuple[str, Spot]]:
    """Every row that a file uses, and where."""
    for node in root.iter("{*}*"):
        if is_bpmn(node):
            yield f"element {local(node)}", (node, None)
            yield from _event_spots(node)
            for name, value in attributes(node):
                yield f"choice {name}={value}", (node, name)
                yield f"attribute {name}", (node, name)


def _event_spots(node: etree._Element) -> Iterator[tuple[str, Spot]]:
    if local(node) not in {kind.partition(" ")[0] for kind in DEFINITIONS}:
        return
    kind = _kind_of_event(node, local(node))
    found = [child for child in node if is_bpmn(child) and local(child).endswith("EventDefinition")]
    for child in found:
        yield f"event {kind} {local(child)}", (child, None)
    if not found:
        yield f"event {kind}", (node, None)


def uses(xml: bytes) -> set[str]:
    """The rows that a diagram uses."""
    return {row for row, _ in spots(etree.fromstring(xml))}


def without(xml: bytes, row: str) -> bytes:
    """The diagram with everything taken out that a row stands for."""
    root = etree.fromstring(xml)
    for node, attribute in [spot for name, spot in spots(root) if name == row]:
        holder = node.getparent()
        if attribute is not None:
            del node.attrib[attribute]
        elif holder is not None:
            holder.remove(node)
    return etree.tostring(root)


def otherwise(xml: bytes, row: str) -> bytes:
    """The diagram with another value of every attribute that a row stands for."""
    root = etree.fromstring(xml)
    for node, attribute in [spot for name, spot in spots(root) if name == row]:
        if attribute is not None:
            node.set(attribute, "other")
    return etree.tostring(root)
