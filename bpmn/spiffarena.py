"""What SpiffArena draws inside its extension elements: operators of connectors, and the forms of user tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from bpmn.dialects import Text, extensions, family_of, spiff
from bpmn.mappings import RawMapping
from bpmn.xmlsource import local, namespace

if TYPE_CHECKING:
    from bpmn.elements.base import Drawn


def read_operator(node: etree._Element, drawn: Drawn) -> None:
    """An operator of SpiffArena's connectors: its parameters, all in Python, and the variable of its result."""
    for item in extensions(node):
        family = family_of(namespace(item.tag))
        if family is None or local(item) != "serviceTaskOperator" or not item.get("id", "").strip():
            continue
        default = f"spiff__{node.get('id', '').replace('-', '_')}_result"  # as SpiffWorkflow calls it
        found = {"operator": item.get("id", ""), "result_object": item.get("resultVariable") or default}
        if (retry := item.find("{*}retry")) is not None and retry.get("retries"):
            found["retries"] = retry.get("retries", "")
        drawn.settings.update({field: Text(value.strip(), family.name) for field, value in found.items()})
        drawn.given_to_code += [
            RawMapping(part.get("id") or part.get("name") or "", Text(value, family.name), shape="expression")
            for part in item.iterfind("./{*}parameters/{*}parameter")
            if (value := part.get("value", "").strip())
        ]
        return


def form_file(node: etree._Element) -> str | None:
    """The file of the form that SpiffArena shows."""
    for item in extensions(node):
        if family_of(namespace(item.tag)) is spiff.FAMILY and local(item) == "properties":
            for part in item.iterchildren("{*}property"):
                if part.get("name") == "formJsonSchemaFilename":
                    return part.get("value")
    return None
