"""The data that a diagram draws: data objects, inputs and outputs as variables, and what is copied where (BPMN 10.4).

A data object, data store, property, data input or output is the variable of its name where that is a plain name, else
of its id; a reference to a data object or store is that same variable. In SpiffWorkflow's diagrams it is always the id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from lxml import etree

from bpmn.elements.data import Association, DataFlow, IoSet
from bpmn.xmlsource import BPMN, child, is_bpmn, local, text_of

if TYPE_CHECKING:
    from bpmn.dialects import Text
    from bpmn.readers import ElementReader

_ITEMS = ("dataObject", "dataStore", "property", "dataInput", "dataOutput", "inputDataItem", "outputDataItem")
_REFERENCES = {"dataObjectReference": "dataObjectRef", "dataStoreReference": "dataStoreRef"}
#: What belongs to a subprocess and is over with it.
_OWNED = ("dataObject", "property")
_NAME = r"[A-Za-z_][\w-]*"
_PATH = re.compile(rf"^(?:[$#]\{{|=)?\s*({_NAME}(?:\.{_NAME})*)\s*\}}?$")
_XPATH = re.compile(rf"^(?:\w+:)?getData(?:Input|Output|Object)\(\s*['\"]([^'\"]+)['\"]\s*\)((?:/{_NAME})*)$")


class DataNames:
    """The variables of a file's data elements, by their ids; `by_id` says that they are called so too."""

    def __init__(self, root: etree._Element, *, by_id: bool = False) -> None:
        self._by_id: dict[str | None, str] = {}
        used: set[tuple[etree._Element | None, str]] = set()
        for node in root.iter(*("{" + BPMN + "}" + name for name in _ITEMS)):
            name = node.get("id", "") if by_id else plain_name(node)
            # Two data objects of one level that share a name are still two.
            if local(node) == "dataObject" and (node.getparent(), name) in used:
                name = node.get("id", "")
            used.add((node.getparent(), name))
            if node.get("id") is not None:
                self._by_id[node.get("id")] = name
        for node in root.iter(*("{" + BPMN + "}" + name for name in _REFERENCES)):
            meant = self._by_id.get(node.get(_REFERENCES[local(node)]))
            self._by_id[node.get("id")] = meant or plain_name(node)

    def variable(self, reference: str | None) -> str | None:
        """The variable of a data element by its id; None where there is no such element."""
        return self._by_id.get(reference) or self._by_id.get((reference or "").rpartition(":")[2])

    def owned(self, subprocess: etree._Element) -> frozenset[str]:
        """The variables that a subprocess draws as its own."""
        own = (node for node in subprocess if is_bpmn(node) and local(node) in _OWNED)
        return frozenset(name for node in own if (name := self.variable(node.get("id"))))


def plain_name(node: etree._Element) -> str:
    """The variable of a data element that stands for itself."""
    name = node.get("name", "").strip()
    return name if name.isidentifier() else node.get("id", "")


def read_data(reader: ElementReader) -> DataFlow | None:
    """The data inputs and outputs of an element, and the associations that fill and empty them."""
    node, names = reader.node, reader.process_parser.parser.data_names
    inputs = tuple(_associations(reader, node, "dataInputAssociation"))
    outputs = tuple(_associations(reader, node, "dataOutputAssociation"))
    holder = child(node, "ioSpecification")
    holder = node if holder is None else holder
    if not (inputs or outputs):
        return None
    used = frozenset(source for item in outputs for source in item.sources)
    return DataFlow(
        inputs,
        outputs,
        given=frozenset(item.target for item in inputs),
        made=used.intersection(_declared(names, holder)),
        input_sets=tuple(_sets(names, holder, "input")),
        output_sets=tuple(_sets(names, holder, "output")),
    )


def _declared(names: DataNames, holder: etree._Element) -> Iterator[str]:
    for node in holder.iterchildren("{" + BPMN + "}dataOutput"):
        if name := names.variable(node.get("id")):
            yield name


def _sets(names: DataNames, holder: etree._Element, kind: str) -> Iterator[IoSet]:
    for drawn in holder.iterchildren("{" + BPMN + "}" + kind + "Set"):
        listed = tuple(_referred(names, drawn, f"data{kind.capitalize()}Refs"))
        optional = frozenset(_referred(names, drawn, f"optional{kind.capitalize()}Refs"))
        yield IoSet(frozenset(listed) - optional, frozenset(listed) | optional)


def _referred(names: DataNames, holder: etree._Element, kind: str) -> Iterator[str]:
    for node in holder.iterchildren("{" + BPMN + "}" + kind):
        if name := names.variable(text_of(node)):
            yield name


def _associations(reader: ElementReader, node: etree._Element, kind: str) -> Iterator[Association]:
    names = reader.process_parser.parser.data_names
    for drawn in node.iterchildren("{" + BPMN + "}" + kind):
        reference = text_of(child(drawn, "targetRef"))
        target = names.variable(reference)
        sources = tuple(_referred(names, drawn, "sourceRef"))
        assignments = tuple(_assignments(reader, drawn, {reference, target}))
        transformation = reader.expression_text(child(drawn, "transformation"))
        if target and (sources or assignments or transformation):
            yield Association(sources, target, transformation, assignments)


def _assignments(
    reader: ElementReader, drawn: etree._Element, target: Iterable[str | None]
) -> Iterator[tuple[tuple[str, ...] | None, Text | None]]:
    """Of each assignment, the place within the target and what is put there."""
    for assignment in drawn.iterchildren("{" + BPMN + "}assignment"):
        path = path_of(text_of(child(assignment, "to")) or "")
        if path is not None and path[0] in target:
            path = path[1:]
        yield path, reader.expression_text(child(assignment, "from"))


def path_of(text: str) -> tuple[str, ...] | None:
    """The names on the way to a place: of `order.total`, `${order.total}` or `getDataOutput('order')/total`."""
    if (found := _XPATH.match(text)) is not None:
        return (found[1], *(part for part in found[2].split("/") if part))
    found = _PATH.match(text)
    return None if found is None else tuple(found[1].split("."))
