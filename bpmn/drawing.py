"""What a diagram says beside execution: kinds and names of elements, forms, properties. For those who show it.

It reads the XML of a process that was deployed; the interpreter needs none of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from lxml import etree

from bpmn.callables import global_tasks
from bpmn.dialects import extensions, family_of, settings
from bpmn.references import name_unnamed
from bpmn.xmlsource import BPMN, GLOBAL_TASKS, SourceRefused, child, is_bpmn, kind_of, local, namespace, read, text_of

_EVENTS = (
    "timer",
    "message",
    "signal",
    "error",
    "escalation",
    "conditional",
    "compensate",
    "cancel",
    "link",
    "terminate",
)
_ROOT = "{" + BPMN + "}process"


class FormField(msgspec.Struct, frozen=True):
    """A field of a form that is drawn in the diagram; `type` as the vendor names it, `choices` by id."""

    id: str
    type: str
    label: str | None = None
    default: str | None = None
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False
    readonly: bool = False


class Form(msgspec.Struct, frozen=True):
    """How an element's form is named: a key, or a reference with its binding; `fields` where it is drawn itself."""

    key: str | None = None
    ref: str | None = None
    binding: str | None = None
    version: str | None = None
    fields: tuple[FormField, ...] = ()


class DrawnElement(msgspec.Struct, frozen=True):
    """A flow node. `event` is the kind of its first event definition; `parent` the subprocess around it, or None."""

    id: str
    type: str
    name: str | None
    event: str | None = None
    parent: str | None = None
    properties: Mapping[str, str] = {}
    form: Form | None = None
    called: str | None = None
    async_before: bool = False
    async_after: bool = False


class Drawing(msgspec.Struct, frozen=True):
    """A process as drawn: its elements by id, its own properties and documentation."""

    elements: Mapping[str, DrawnElement]
    name: str | None = None
    documentation: str | None = None
    startable: bool = True
    history_time_to_live: str | None = None
    category: str | None = None
    version_tag: str | None = None

    @property
    def start_form(self) -> Form | None:
        """The form of the plain start event of the process."""
        starts = (item for item in self.elements.values() if item.type == "startEvent" and item.parent is None)
        return next((item.form for item in starts if item.event is None), None)


def read_drawing(xml: bytes, process_id: str) -> Drawing:
    """The drawing of one process of a file; an empty one where the file or the process cannot be read."""
    try:
        root = read(xml, "")
    except SourceRefused:
        return Drawing({})
    name_unnamed(root)
    drawn = [*root.iterchildren(_ROOT), *global_tasks(root)]
    process = next((item for item in drawn if item.get("id") == process_id), None)
    if process is None:
        return Drawing({})
    own = _vendor_attributes(process)
    return Drawing(
        {item.id: item for item in _elements(process)},
        process.get("name"),
        text_of(child(process, "documentation")),
        own.get("isStartableInTasklist", "true").lower() != "false",
        own.get("historyTimeToLive"),
        root.get("targetNamespace"),
        tag.value if (tag := settings(process).get("version_tag")) is not None else None,
    )


def _elements(process: etree._Element) -> Iterator[DrawnElement]:
    if local(process) in GLOBAL_TASKS:
        yield _element(process, None)
    pending: list[tuple[etree._Element, str | None]] = [(process, None)]
    while pending:
        holder, parent = pending.pop()
        for node in holder:
            if not is_bpmn(node) or node.get("id") is None or local(node) == "sequenceFlow":
                continue
            yield _element(node, parent)
            pending.append((node, node.get("id")))


def _element(node: etree._Element, parent: str | None) -> DrawnElement:
    own = settings(node)
    called = own.get("called_element")
    border = {name: own[name].value.lower() == "true" for name in ("async_before", "async_after") if name in own}
    return DrawnElement(
        node.get("id", ""),
        kind_of(node),
        node.get("name"),
        _event(node),
        parent,
        _properties(node),
        _form(node),
        node.get("calledElement") or (called.value if called is not None else None),
        **border,
    )


def _event(node: etree._Element) -> str | None:
    for item in node:
        name = local(item)
        if is_bpmn(item) and name.endswith("EventDefinition"):
            kind = name.removesuffix("EventDefinition")
            return kind if kind in _EVENTS else None
    return None


def _properties(node: etree._Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for holder in extensions(node):
        if family_of(namespace(holder.tag)) is None or local(holder) not in ("properties", "taskHeaders"):
            continue
        for item in holder:
            name = item.get("name") or item.get("id") if local(item) == "property" else item.get("key")
            if local(item) in ("property", "header") and name:
                found[name] = item.get("value", "")
    return found


def _form(node: etree._Element) -> Form | None:
    own = _vendor_attributes(node)
    fields = tuple(_fields(node))
    if not fields and not {"formKey", "formRef"} & own.keys():
        return None
    return Form(own.get("formKey"), own.get("formRef"), own.get("formRefBinding"), own.get("formRefVersion"), fields)


def _vendor_attributes(node: etree._Element) -> dict[str, str]:
    return {
        str(name).rpartition("}")[2]: str(value)
        for name, value in node.attrib.items()
        if family_of(namespace(str(name))) is not None
    }


def _fields(node: etree._Element) -> Iterator[FormField]:
    for holder in extensions(node):
        if family_of(namespace(holder.tag)) is None:
            continue
        for item in holder if local(holder) == "formData" else [holder] if local(holder) == "formProperty" else []:
            if local(item) in ("formField", "formProperty") and item.get("id"):
                yield _field(item)


def _field(item: etree._Element) -> FormField:
    constraints = {part.get("name"): part.get("config") for part in item.iter("{*}constraint")}
    return FormField(
        item.get("id", ""),
        item.get("type", "string"),
        item.get("label") or item.get("name"),
        item.get("defaultValue") or item.get("default"),
        tuple((part.get("id", ""), part.get("name", part.get("id", ""))) for part in item.iter("{*}value")),
        "required" in constraints or item.get("required") == "true",
        "readonly" in constraints or item.get("writable") == "false",
    )
