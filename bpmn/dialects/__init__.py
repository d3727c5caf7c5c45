"""What the vendors of modelling tools add to BPMN, as data.

Each family is a table from a place in the diagram to what becomes of it. A place is written

    userTask@assignee       an attribute of the family's namespace on an element ("*" stands for any element)
    userTask/inputOutput    an extension element under an element's extensionElements ("*" likewise)
    taskDefinition@type     an attribute of such an extension element

An executed attribute names the `field` under which the element finds its text, whatever the family.
A place that is in no table of a known family is refused: it could change what the diagram does.
"""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from bpmn.dialects import camunda, spiff, zeebe
from bpmn.dialects.support import Family, Support
from bpmn.xmlsource import BPMN, attributes, child, kind_of, local, namespace, script_text

FAMILIES: tuple[Family, ...] = (camunda.FAMILY, zeebe.FAMILY, spiff.FAMILY)
_BY_NAMESPACE = {uri: family for family in FAMILIES for uri in family.namespaces}

#: Namespaces of drawing tools whose contents never change what a process does.
DRAWING_ONLY = frozenset(
    {
        "http://camunda.org/schema/modeler/1.0",
        "http://bpmn.io/schema/bpmn",
        "http://bpmn.io/schema/bpmn/biocolor/1.0",
        "http://www.omg.org/spec/BPMN/non-normative/color/1.0",
        "http://www.w3.org/2001/XMLSchema-instance",
        "http://www.w3.org/XML/1998/namespace",
    }
)

PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the diagram that may be an expression, with what decides its language."""

    value: str
    family: str = PLAIN
    language: str | None = None
    default_language: str | None = None


def family_of(uri: str) -> Family | None:
    """The vendor family of an XML namespace, or None."""
    return _BY_NAMESPACE.get(uri)


def document_family(root: etree._Element) -> str:
    """The family a whole file belongs to: by what it uses, else by the tool's declared namespaces, else plain."""
    for element in root.iter("{*}*"):
        uris = [namespace(name) for name, _ in attributes(element)]
        uris.append(namespace(element.tag))
        for uri in uris:
            if uri in _BY_NAMESPACE:
                return _BY_NAMESPACE[uri].name
    for uri in root.nsmap.values():
        if uri in _BY_NAMESPACE:
            return _BY_NAMESPACE[uri].name
    return PLAIN


def text_family(root: etree._Element, family: str) -> str:
    """The family whose language a file's texts are in where they do not say it: mostly the `family` of the file.

    SpiffArena's modeller is one of bpmn.io's, and leaves no trace of its own in many of its files but this: their
    scripts name no format, and are not marked as JUEL or FEEL either. No other engine runs such a script, so the file
    is read as that one reads it: all texts are Python.
    """
    is_drawn_so = root.get("targetNamespace") == _BPMN_IO and family in (PLAIN, camunda.FAMILY.name)
    if is_drawn_so and any(map(_names_no_language, root.iter("{" + BPMN + "}scriptTask"))):
        return spiff.FAMILY.name
    return family


#: What modellers made of bpmn.io's write as the target namespace of their files.
_BPMN_IO = "http://bpmn.io/schema/bpmn"


def _names_no_language(task: etree._Element) -> bool:
    text = script_text(child(task, "script")) or ""
    is_marked = text.startswith("=") or "${" in text or "#{" in text
    return bool(text) and not is_marked and not (task.get("scriptFormat") or task.get("scriptLanguage"))


def extensions(node: etree._Element) -> list[etree._Element]:
    """The vendors' elements below an element's extensionElements, in order."""
    holder = node.find("{" + BPMN + "}extensionElements")
    return [] if holder is None else [item for item in holder if isinstance(item.tag, str)]


def settings(node: etree._Element) -> dict[str, Text]:
    """The texts that vendors' attributes give to an element, by common field name."""
    found: dict[str, Text] = {}
    for name, value in attributes(node):
        family = _BY_NAMESPACE.get(namespace(name))
        if family is not None:
            _put(found, family, family.attribute(kind_of(node), etree.QName(name).localname), value)
    for item in extensions(node):
        family = _BY_NAMESPACE.get(namespace(item.tag))
        if family is None:
            continue
        for name, value in attributes(item):
            _put(found, family, family.places.get(f"{local(item)}@{etree.QName(name).localname}"), value)
        if (own := family.extension(kind_of(node), local(item))) is not None and item.text and item.text.strip():
            _put(found, family, own, item.text.strip())
    return found


def _put(found: dict[str, Text], family: Family, support: Support | None, value: str) -> None:
    if support is not None and support.field is not None and value.strip():
        found.setdefault(support.field, Text(value.strip(), family.name))
