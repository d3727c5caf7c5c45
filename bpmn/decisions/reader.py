"""From the bytes of a DMN file (1.1 to 1.5) to `Definitions`, with all problems."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from bpmn.decisions.boxedreader import BoxedReader
from bpmn.decisions.inspection import inspect
from bpmn.decisions.model import (
    Decision,
    Definitions,
    Element,
    FunctionDefinition,
    Import,
    InputData,
    ItemDefinition,
    Key,
    Knowledge,
    Service,
    Variable,
)
from bpmn.decisions.source import Source, camunda, child, children, is_dmn, version_tag
from bpmn.expressions.feel.names import normal
from bpmn.report import ReportEntry, Status
from bpmn.xmlsource import SourceRefused, line_of, local, read

_XML_SCHEMA = "http://www.w3.org/2001/XMLSchema"
"""Types of such files are not known; what refers to one is a problem by itself."""
_DAYS = re.compile(r"P?([0-9]{1,5})D?")


def read_definitions(data: bytes, file: str) -> tuple[Definitions, list[ReportEntry]]:
    """What the file says, and what becomes of it; raises `SourceRefused` where it is no DMN file."""
    root = read(data, file)
    if not is_dmn(root) or local(root) != "definitions":
        entry = ReportEntry(
            file, line_of(root), None, "file", Status.REFUSED, "not a DMN file: <definitions> is missing"
        )
        raise SourceRefused(entry)
    source = Source(file, root.get("expressionLanguage"))
    reader = _Reader(source, root.get("namespace") or "")
    definitions = reader.definitions(root)
    return definitions, [*inspect(root, file), *source.problems]


class _Reader:
    def __init__(self, source: Source, namespace: str) -> None:
        self._source = source
        self._namespace = namespace
        self._boxed = BoxedReader(source)

    def definitions(self, root: etree._Element) -> Definitions:
        readers = {
            "inputData": self._input,
            "decision": self._decision,
            "businessKnowledgeModel": self._knowledge,
            "decisionService": self._service,
        }
        elements: list[Element] = [readers[local(one)](one) for one in children(root, *readers)]
        return Definitions(
            self._namespace,
            root.get("id") or "",
            root.get("name") or "",
            self._source.file,
            tuple(self._imports(root)),
            tuple(self._item(one) for one in children(root, "itemDefinition")),
            tuple(elements),
        )

    def _imports(self, root: etree._Element) -> Iterator[Import]:
        for element in children(root, "import"):
            kind, place = element.get("importType") or "", self._source.place(element)
            if not kind or "/DMN/" in kind:
                yield Import(element.get("namespace") or "", normal(element.get("name") or ""), place)
            elif kind != _XML_SCHEMA:
                self._source.problem(place, f"imports of the kind {kind[:80]} are not executed, only of DMN files")

    def _item(self, element: etree._Element, depth: int = 0) -> ItemDefinition:
        if depth > 50:
            self._source.problem(self._source.place(element), "item definitions are nested too deeply")
        type_ref = child(element, "typeRef")
        nested = children(element, "itemComponent") if depth <= 50 else iter(())
        function = child(element, "functionItem")
        return ItemDefinition(
            normal(element.get("name") or ""),
            (type_ref.text or "").strip() if type_ref is not None else None,
            self._source.optional_text(element, "allowedValues"),
            self._source.optional_text(element, "typeConstraint"),
            element.get("isCollection") == "true",
            tuple(self._item(one, depth + 1) for one in nested),
            self._function_item(function) if function is not None else None,
            self._source.place(element),
        )

    def _function_item(self, element: etree._Element) -> tuple[tuple[Variable, ...], str | None]:
        parameters = [self._boxed.variable(one) for one in children(element, "parameters")]
        return tuple(one for one in parameters if one), element.get("outputTypeRef")

    def _key(self, element: etree._Element) -> Key:
        return self._namespace, element.get("id") or element.get("name") or ""

    def _variable(self, element: etree._Element) -> Variable:
        """The element's variable; it is named like the element."""
        name = normal(element.get("name") or element.get("id") or "")
        found = self._boxed.variable(child(element, "variable"))
        return Variable((found.name if found else "") or name, found.type_ref if found else None)

    def _references(self, element: etree._Element, requirement: str, *names: str) -> tuple[Key, ...]:
        found = [one for group in children(element, requirement) for one in children(group, *names)]
        return tuple(self._reference(one) for one in found)

    def _reference(self, element: etree._Element) -> Key:
        namespace, mark, id_ = (element.get("href") or "").rpartition("#")
        return (namespace or self._namespace, id_) if mark else (self._namespace, id_)

    def _input(self, element: etree._Element) -> Element:
        return InputData(self._key(element), self._variable(element), self._source.place(element))

    def _decision(self, element: etree._Element) -> Element:
        return Decision(
            self._key(element),
            normal(element.get("name") or element.get("id") or ""),
            self._variable(element),
            self._boxed.within(element),
            self._references(element, "informationRequirement", "requiredInput", "requiredDecision"),
            self._references(element, "knowledgeRequirement", "requiredKnowledge"),
            self._source.place(element),
            version_tag(element),
            self._history_days(element),
        )

    def _history_days(self, element: etree._Element) -> int | None:
        said = (camunda(element, "historyTimeToLive") or "").strip()
        found = _DAYS.fullmatch(said)
        if said and found is None:
            message = f"historyTimeToLive is a number of days, as 30 or P30D, not {said[:80]!r}"
            self._source.problem(self._source.place(element), message)
        return int(found[1]) if found else None

    def _knowledge(self, element: etree._Element) -> Element:
        logic = child(element, "encapsulatedLogic")
        read: FunctionDefinition | None = self._boxed.function(logic) if logic is not None else None
        knowledge = self._references(element, "knowledgeRequirement", "requiredKnowledge")
        return Knowledge(self._key(element), self._variable(element), read, knowledge, self._source.place(element))

    def _service(self, element: etree._Element) -> Element:
        def keys(name: str) -> tuple[Key, ...]:
            return tuple(self._reference(one) for one in children(element, name))

        return Service(
            self._key(element),
            normal(element.get("name") or element.get("id") or ""),
            self._variable(element),
            keys("outputDecision"),
            keys("encapsulatedDecision"),
            keys("inputDecision"),
            keys("inputData"),
            self._source.place(element),
            version_tag(element),
            self._history_days(element),
        )
