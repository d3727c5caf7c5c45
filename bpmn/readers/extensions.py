"""The extension elements of all families, read from their XML nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from bpmn.dialects import Text, extensions, family_of
from bpmn.elements.listeners import DrawnListener, when_heard
from bpmn.elements.reports import DrawnRule
from bpmn.mappings import RawCallMapping, RawMapping
from bpmn.xmlsource import is_true, line_of, local, namespace, script_text, text_of

if TYPE_CHECKING:
    from bpmn.elements.base import Drawn


def read_mappings(node: etree._Element) -> tuple[list[RawMapping], list[RawMapping]]:
    """The input and output mappings of an element, in whatever family they are drawn."""
    inputs: list[RawMapping] = []
    outputs: list[RawMapping] = []
    for item in extensions(node):
        family = family_of(namespace(item.tag))
        if family is None:
            continue
        if local(item) in ("inputOutput", "ioMapping"):
            _read_parameters(item, family.name, inputs, outputs)
    return inputs, outputs


def read_scripts(node: etree._Element) -> dict[str, Text]:
    """SpiffWorkflow's scripts before and after an activity."""
    found = {}
    for item in extensions(node):
        family = family_of(namespace(item.tag))
        text = script_text(item) if family is not None and local(item) in ("preScript", "postScript") else None
        if family is not None and text is not None:
            found[local(item)] = Text(text, family.name)
    return found


def read_listeners(node: etree._Element) -> list[DrawnListener]:
    """The listeners drawn at an element, of Camunda 7 or of Camunda 8, in order."""
    found = []
    for item in extensions(node):
        family = family_of(namespace(item.tag))
        if family is None:
            continue
        if local(item) in _LISTENERS:
            found.append(_listener(node, item, family.name))
        elif local(item) in ("executionListeners", "taskListeners"):
            found += [_listener(node, inner, family.name) for inner in item if local(inner) in _LISTENERS]
    # Those of tasks that are drawn elsewhere are refused, or left out where the server ignores listeners.
    return [item for item in found if item.kind == "executionListener" or local(node) == "userTask"]


_LISTENERS = ("executionListener", "taskListener")
_SAID_BY_LISTENERS = {
    "class": "java_class",
    "delegateExpression": "java_bean",
    "expression": "expression",
    "type": "topic",
    "retries": "retries",
}


def _listener(node: etree._Element, item: etree._Element, family: str) -> DrawnListener:
    said = {field: item.get(name, "").strip() for name, field in _SAID_BY_LISTENERS.items()}
    script = next(item.iterchildren("{*}script"), None)
    event = item.get("event") or item.get("eventType") or ""
    return DrawnListener(
        local(item),
        event,
        node.get("id", ""),
        when_heard(local(item), event, on_flow=local(node) == "sequenceFlow"),
        {field: Text(value, family) for field, value in said.items() if value},
        None if script is None else Text(script_text(script) or "", family, script.get("scriptFormat")),
        next(item.iterchildren("{*}field"), None) is not None,
        line_of(item),
    )


def _read_parameters(holder: etree._Element, family: str, inputs: list[RawMapping], outputs: list[RawMapping]) -> None:
    for parameter in holder:
        mappings = inputs if local(parameter) in ("inputParameter", "input") else outputs
        mappings.append(_raw_mapping(parameter, family))


def read_foreign_work(node: etree._Element, drawn: Drawn) -> None:
    """What a diagram gives to Java code and connectors, and what it takes from them."""
    drawn.given_to_code += read_fields(node)
    for item in extensions(node):
        if local(item) == "connector" and (family := family_of(namespace(item.tag))) is not None:
            name = text_of(next(item.iterchildren("{*}connectorId"), None))
            drawn.settings.setdefault("connector", Text(name or "connector", family.name))
            for holder in item.iterchildren("{*}inputOutput"):
                _read_parameters(holder, family.name, drawn.given_to_code, drawn.taken_from_code)


def read_error_rules(parser: Any, node: etree._Element) -> list[DrawnRule]:
    """Camunda's error definitions of external tasks; a reference that leads nowhere is the code, as at events."""
    known = ((item, family_of(namespace(item.tag))) for item in extensions(node))
    return [
        DrawnRule(error_at(parser, item).get("error_code"), _attribute_text(item, "expression", family.name))
        for item, family in known
        if family is not None and local(item) == "errorEventDefinition"
    ]


def error_at(parser: Any, node: etree._Element) -> dict[str, Any]:
    """Name and code of the error that a node refers to; a reference that leads nowhere is the code itself."""
    reference = node.get("errorRef")
    found: dict[str, Any] = parser.errors.get(reference) or {"error_code": reference}
    return found


def _attribute_text(item: etree._Element, name: str, family: str) -> Text | None:
    value = item.get(name, "").strip()
    return Text(value, family) if value else None


#: The values in mappings that are elements of their own.
_VALUES = ("script", "list", "map")


def read_fields(node: etree._Element) -> list[RawMapping]:
    """What a diagram injects into Java code: by name a fixed text, or an expression."""
    fields = []
    for item in extensions(node):
        family = family_of(namespace(item.tag))
        if family is None or local(item) != "field":
            continue
        parts = {local(part): text_of(part) for part in item.iterchildren("*")}
        expression = item.get("expression") or parts.get("expression")
        fixed = item.get("stringValue") or parts.get("string") or ""
        text = Text(expression or fixed, family.name)
        fields.append(RawMapping(item.get("name", ""), text, shape="text" if expression else "constant"))
    return fields


def _raw_mapping(parameter: etree._Element, family: str) -> RawMapping:
    if family == "zeebe":
        return RawMapping(parameter.get("target", ""), Text(parameter.get("source", ""), family))
    name = parameter.get("name", "")
    nested = next((item for item in parameter if isinstance(item.tag, str)), None)
    if nested is None:
        text = text_of(parameter)
        return RawMapping(name, Text(text, family) if text is not None else None)
    return _nested_mapping(name, nested, family)


def _nested_mapping(name: str, value: etree._Element, family: str) -> RawMapping:
    """A value that is an element of its own: a script, or a list or a map of such values."""
    if local(value) == "script":
        return _script_mapping(name, value, family)
    parts = tuple(_part_mapping(part, family) for part in value.iterchildren("*"))
    return RawMapping(name, None, parts, local(value))


def _part_mapping(part: etree._Element, family: str) -> RawMapping:
    """An item of a list or an entry of a map: a text, a script, a list or a map."""
    key = part.get("key", "")
    value = part if local(part) in _VALUES else next(part.iterchildren("*"), None)
    if value is not None:
        return _nested_mapping(key, value, family)
    text = text_of(part)
    return RawMapping(key, None if text is None else Text(text, family))


def _script_mapping(name: str, script: etree._Element, family: str) -> RawMapping:
    return RawMapping(name, Text(script_text(script) or "", family, script.get("scriptFormat")), shape="script")


def read_passed(node: etree._Element, way: str) -> list[RawCallMapping]:
    """What is passed ("in") or taken back ("out") by an element of Camunda's family."""
    known = (item for item in extensions(node) if family_of(namespace(item.tag)) is not None and local(item) == way)
    return [_call_mapping(item) for item in known]


def _call_mapping(item: etree._Element) -> RawCallMapping:
    family = family_of(namespace(item.tag))
    name = family.name if family is not None else ""
    if (business_key := item.get("businessKey")) is not None:
        return RawCallMapping(business_key=Text(business_key, name))
    expression = item.get("sourceExpression")
    return RawCallMapping(
        target=item.get("target"),
        source=item.get("source"),
        expression=Text(expression, name) if expression is not None else None,
        everything=item.get("variables") == "all",
        local=is_true(item.get("local", "")),
    )
