"""Hostile bytes to an element tree, or a refusal that names file and line."""

from __future__ import annotations

import textwrap

from lxml import etree

from bpmn.report import ReportEntry, Status

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
#: The kind of task that a global task is.
GLOBAL_TASKS = {
    "globalTask": "task",
    "globalUserTask": "userTask",
    "globalManualTask": "manualTask",
    "globalScriptTask": "scriptTask",
    "globalBusinessRuleTask": "businessRuleTask",
}

#: What a hand or a tool draws stays far below these; what goes beyond costs more than its bytes.
MOST_ELEMENTS = 250_000
MOST_ATTRIBUTES = 500
MOST_NAMESPACES = 20_000


class SourceRefused(Exception):
    """A file that is not read; `entry` says why."""

    def __init__(self, entry: ReportEntry) -> None:
        self.entry = entry
        super().__init__(entry.message)


def read(data: bytes, file: str) -> etree._Element:
    """The root element of an XML file.

    No entity is expanded, nothing is fetched, libxml2's own limits on depth and size stay in force, and a document type
    declaration is refused whatever it says. Raises `SourceRefused`.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    if b"<!DOCTYPE" in data[:4096]:
        raise _refused(file, 1, "a document type declaration (<!DOCTYPE>) is not accepted; remove it")
    if data.count(b"<") - data.count(b"</") > MOST_ELEMENTS:
        raise _refused(file, 0, f"the file has more than {MOST_ELEMENTS} elements; split the diagram")
    if data.count(b"xmlns") > MOST_NAMESPACES:
        raise _refused(file, 0, f"the file declares more than {MOST_NAMESPACES} namespaces")
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as fault:
        raise _refused(file, fault.lineno or 0, f"not well-formed XML: {fault.msg}") from None
    except ValueError as fault:
        raise _refused(file, 0, f"not readable as XML: {fault}") from None
    if root is None:
        raise _refused(file, 0, "the file is empty")
    if root.getroottree().docinfo.internalDTD is not None:  # the check above sees ASCII-like encodings only
        raise _refused(file, 1, "a document type declaration (<!DOCTYPE>) is not accepted; remove it")
    for element in root.iter():
        if len(element.attrib) > MOST_ATTRIBUTES:
            raise _refused(file, line_of(element), f"an element has more than {MOST_ATTRIBUTES} attributes")
    return root


def local(element: etree._Element) -> str:
    """The element's name without its namespace."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def kind_of(element: etree._Element) -> str:
    """The name of an element, for a global task that of the task it is."""
    return GLOBAL_TASKS.get(local(element), local(element))


def namespace(name: str) -> str:
    """The namespace of a name in `{namespace}local` notation, or an empty text."""
    return name[1:].partition("}")[0] if name.startswith("{") else ""


def is_bpmn(element: etree._Element, name: str | None = None) -> bool:
    """Whether an element is one of BPMN's, and of that name where one is given."""
    tag = element.tag
    if not isinstance(tag, str) or not tag.startswith("{" + BPMN + "}"):
        return False
    return name is None or tag.endswith("}" + name)


def is_true(value: str) -> bool:
    """Whether an attribute of type xs:boolean says yes."""
    return value.strip() in ("true", "1")


def attributes(element: etree._Element) -> list[tuple[str, str]]:
    """All attributes as (name in `{namespace}local` notation, value)."""
    return [(str(name), str(value)) for name, value in element.attrib.items()]


def line_of(element: etree._Element) -> int:
    """The line an element begins in, from 1; 0 where it is unknown."""
    line = element.sourceline
    return line if isinstance(line, int) else 0


def script_text(node: etree._Element | None) -> str | None:
    """The text of a script with its lines as they are, but for what indents all of them; None for an empty one."""
    lines = "".join(map(str, node.itertext())) if node is not None else ""
    return textwrap.dedent(lines.lstrip("\r\n").rstrip()) or None


def text_of(element: etree._Element | None) -> str | None:
    """The element's own text without surrounding blanks; None where there is none."""
    if element is None or element.text is None:
        return None
    return element.text.strip() or None


def child(element: etree._Element, name: str) -> etree._Element | None:
    """The first direct BPMN child of that name."""
    found = element.find("{" + BPMN + "}" + name)
    return found if found is not None else None


def _refused(file: str, line: int, message: str) -> SourceRefused:
    return SourceRefused(ReportEntry(file, line, None, "file", Status.REFUSED, message))
