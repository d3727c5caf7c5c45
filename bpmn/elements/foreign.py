"""Work of another system: Java classes, beans, connectors and their operators, the task types an engine has."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bpmn.errors import ExpressionInvalid
from bpmn.expressions import templates
from bpmn.policy import ForeignWork

if TYPE_CHECKING:
    from bpmn.dialects import Text
    from bpmn.elements.base import Element
    from bpmn.mappings import RawMapping
    from bpmn.texts import Compiler

#: What Camunda 7 and Flowable call work for a worker that fetches it.
EXTERNAL = ("external", "external-worker")
#: A text that is one call of a method of a bean.
_CALL = re.compile(r"[$#]\{\s*(?!(?:execution|task)\b)([A-Za-z_]\w*(?:\.\w+)*)\s*\(.*\)\s*\}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Foreign:
    """Such work: where it is drawn, what it is for people, and the topic a worker finds it by."""

    attribute: str
    what: str
    topic: str


def foreign_work(element: Element) -> Foreign | None:
    """The work of another engine that an element names; None where it names none."""
    return foreign_in(element.drawn.settings)


def foreign_in(settings: Mapping[str, Text]) -> Foreign | None:
    """The same of settings by their common field names."""
    if (text := settings.get("java_class")) is not None:
        return Foreign("class", f"the Java class {text.value!r}", text.value)
    if (text := settings.get("java_bean")) is not None:
        is_marked = text.value.startswith(("${", "#{")) and text.value.endswith("}")
        name = text.value[2:-1].strip() if is_marked else text.value
        return Foreign("delegateExpression", f"the bean {text.value!r}", name)
    if (text := settings.get("operator")) is not None:
        return Foreign("serviceTaskOperator", f"the operator {text.value!r}", text.value)
    if (text := settings.get("connector")) is not None:
        return Foreign("connector", f"the connector {text.value!r}", text.value)
    if (text := settings.get("task_type")) is not None and text.value not in EXTERNAL:
        return Foreign("type", f"the built-in task {text.value!r}", text.value)
    text = settings.get("expression")
    if text is not None and (call := _CALL.fullmatch(text.value)) is not None and calls_bean(text.value):
        return Foreign("expression", f"the bean method {call[1]!r}", call[1])
    return None


def calls_bean(text: str) -> bool:
    """Whether a text calls a method or function that is not here."""
    try:
        return templates.calls_bean(text)
    except ExpressionInvalid:
        return False


def injected(element: Element, compiler: Compiler) -> list[RawMapping]:
    """What is injected into Java code; a call of a bean there stays the text that it is, for the worker to read."""
    fields = []
    for raw in element.drawn.given_to_code:
        if not raw.target:
            compiler.problem(element, "field", "a field or parameter has no name")
        if raw.shape == "text" and raw.source is not None and calls_bean(raw.source.value):
            what = f"{raw.target!r} calls a bean: its worker gets the text {raw.source.value!r}"
            compiler.warn(element, "field", what)
            raw = replace(raw, shape="constant")
        fields.append(raw)
    return fields


def judge(element: Element, foreign: Foreign, compiler: Compiler) -> None:
    """Tell what becomes of such work."""
    cannot = f"{foreign.what} cannot run here"
    if compiler.policy.foreign_work is ForeignWork.REFUSE:
        hint = "draw an external task with a topic, and let a worker do it"
        compiler.problem(element, foreign.attribute, f"{cannot}; {hint}")
    elif compiler.policy.foreign_work is ForeignWork.PASS:
        compiler.warn(element, foreign.attribute, f"{cannot}: nothing is done, and the process goes on")
    else:
        offered = f"offered as an external task with the topic {foreign.topic!r}"
        result = element.text("result_variable")
        asked = f"; its worker is to set the variable {result.value!r}" if result is not None else ""
        if (gathered := element.text("result_object")) is not None:
            asked = f"; what its worker gives becomes the variable {gathered.value!r}"
        compiler.warn(element, foreign.attribute, f"{cannot}: {offered}{asked}")
