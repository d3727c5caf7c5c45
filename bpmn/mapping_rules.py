"""The inspection of mappings: each has a target and a source that is executed, or is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from bpmn.xmlsource import local

if TYPE_CHECKING:
    from bpmn.validation import Inspection

_PARAMETERS = {"inputOutput": ("inputParameter", "outputParameter"), "ioMapping": ("input", "output")}


def inspect_mappings(element: etree._Element, holder: etree._Element, label: str, found: Inspection) -> None:
    """Refuse what would not be mapped as drawn by an inputOutput or ioMapping."""
    known = _PARAMETERS[local(holder)]
    name_attribute = "name" if local(holder) == "inputOutput" else "target"
    for parameter in holder.iterchildren("*"):
        target = parameter.get(name_attribute, "").strip()
        if local(element) in ("startEvent", "boundaryEvent") and local(parameter) in ("inputParameter", "input"):
            found.refuse(
                element, f"a {local(element)} has no input mappings: nothing is waited for in it", label, parameter
            )
        if local(parameter) not in known:
            found.refuse(element, f"{local(parameter)} is none of {', '.join(known)}", label, parameter)
        elif not target:
            found.refuse(element, f"a mapping needs the name of a variable ({name_attribute})", label, parameter)
        elif name_attribute == "target" and not all(name.isidentifier() for name in target.split(".")):
            found.refuse(
                element, f"the target {target!r} must be a plain variable name, or a path such as a.b", label, parameter
            )
        _inspect_value(element, parameter, label, found)


def _inspect_value(element: etree._Element, parameter: etree._Element, label: str, found: Inspection) -> None:
    values = list(parameter.iterchildren("*"))
    if len(values) > 1:
        found.refuse(element, f"a mapping has one value, not {len(values)}", label, parameter)
    # By a stack: how deep lists and maps are nested is the file's choice.
    while values:
        value = values.pop()
        if local(value) == "script":
            inspect_script(element, value, label, found)
        elif local(value) not in ("list", "map"):
            found.refuse(element, f"{local(value)} in a mapping is not executed; write a list or a map", label, value)
        else:
            values += _inspect_parts(element, value, label, found)


def _inspect_parts(
    element: etree._Element, value: etree._Element, label: str, found: Inspection
) -> list[etree._Element]:
    """The values in a list or a map that are elements of their own."""
    inside: list[etree._Element] = []
    is_list = local(value) == "list"
    for part in value.iterchildren("*"):
        inner = list(part.iterchildren("*"))
        if local(part) == ("value" if is_list else "entry"):
            inside += inner
        elif is_list:
            inside.append(part)
        else:
            found.refuse(element, f"{local(part)} in a map is not executed; write an entry", label, part)
        if len(inner) > 1 and local(part) in ("value", "entry"):
            found.refuse(element, f"a value of a list or a map is one, not {len(inner)}", label, part)
        if not is_list and part.get("key") is None:
            found.refuse(element, "an entry of a map needs a key", label, part)
    return inside


def inspect_script(element: etree._Element, script: etree._Element, label: str, found: Inspection) -> None:
    """Refuse a script that is not written into the diagram."""
    if script.get("resource") is not None or not (script.text or "").strip():
        found.refuse(element, "the script is to be written into the diagram", label, script)


def inspect_crossing(element: etree._Element, item: etree._Element, label: str, found: Inspection) -> None:
    """Refuse an `in` or `out` of a call activity that names no variable, or not both sides."""
    if item.get("businessKey") is not None:
        return
    if (everything := item.get("variables")) is not None:
        if everything.strip() != "all":
            found.refuse(element, f"variables={everything!r} is not known; all is", label, item)
    elif item.get("source") is None and item.get("sourceExpression") is None:
        found.refuse(element, "the mapping needs a source or a sourceExpression", label, item)
    elif not item.get("target", "").strip():
        found.refuse(element, "the mapping needs a target", label, item)
