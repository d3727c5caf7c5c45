"""Reading boxed expressions (DMN 1.5, chapters 7.3, 8.3 and 10.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from bpmn.decisions.model import (
    Aggregation,
    Boxed,
    BoxedContext,
    BoxedList,
    Conditional,
    Filter,
    FunctionDefinition,
    HitPolicy,
    InputClause,
    Invocation,
    Iteration,
    OutputClause,
    Relation,
    Rule,
    Table,
    Text,
    Variable,
)
from bpmn.decisions.source import Source, camunda, child, children, own_text
from bpmn.expressions.feel.names import normal
from bpmn.xmlsource import local

MAX_BOXES = 40
"""Boxed expressions within each other."""

_LONGEST_LABEL = 255


class BoxedReader:
    """Reads the logic of one file."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._depth = 0
        self._readers: Mapping[str, Callable[[etree._Element], Boxed]] = {
            "literalExpression": source.text,
            "decisionTable": self._table,
            "context": self._context,
            "invocation": self._invocation,
            "functionDefinition": self.function,
            "list": self._list,
            "relation": self._relation,
            "conditional": self._conditional,
            "filter": self._filter,
            "for": self._iteration,
            "some": self._iteration,
            "every": self._iteration,
        }

    def within(self, element: etree._Element | None) -> Boxed | None:
        """The first boxed expression within an element."""
        if element is None:
            return None
        found = next(children(element, *self._readers), None)
        return self.of(found) if found is not None else None

    def of(self, element: etree._Element) -> Boxed:
        """The boxed expression that an element is."""
        self._depth += 1
        if self._depth > MAX_BOXES:
            self._source.problem(self._source.place(element), f"boxes are nested more than {MAX_BOXES} levels deep")
            read: Boxed = self._nothing(element)
        else:
            read = self._readers[local(element)](element)
        self._depth -= 1
        return read

    def variable(self, element: etree._Element | None) -> Variable | None:
        if element is None:
            return None
        return Variable(normal(element.get("name") or ""), element.get("typeRef"))

    def function(self, element: etree._Element) -> FunctionDefinition:
        """A function; only those of FEEL can be run (10.3.2.13.2)."""
        place = self._source.place(element)
        if element.get("kind", "FEEL") not in ("FEEL", "F"):
            self._source.problem(place, f"functions of the kind {element.get('kind')} are not executed, only FEEL")
        parameters = [self.variable(one) for one in children(element, "formalParameter")]
        body = self.within(element) or self._nothing(element)
        return FunctionDefinition(tuple(one for one in parameters if one), body, element.get("typeRef"), place)

    def _part(self, element: etree._Element, name: str) -> Boxed:
        """The boxed expression in a child of that name."""
        return self.within(child(element, name)) or self._missing(element, name)

    def _missing(self, element: etree._Element, name: str) -> Boxed:
        self._source.problem(self._source.place(element), f"'{name}' is missing or empty")
        return self._nothing(element)

    def _nothing(self, element: etree._Element) -> Text:
        return Text("null", None, None, self._source.place(element))

    def _context(self, element: etree._Element) -> Boxed:
        entries = [
            (self.variable(child(entry, "variable")), self.within(entry) or self._nothing(entry))
            for entry in children(element, "contextEntry")
        ]
        return BoxedContext(tuple(entries), self._source.place(element))

    def _invocation(self, element: etree._Element) -> Boxed:
        bindings = [
            (self.variable(child(binding, "parameter")) or Variable(""), self.within(binding) or self._nothing(binding))
            for binding in children(element, "binding")
        ]
        function = self.within(element) or self._missing(element, "expression")
        return Invocation(function, tuple(bindings), self._source.place(element))

    def _list(self, element: etree._Element) -> Boxed:
        return BoxedList(
            tuple(self.of(item) for item in children(element, *self._readers)), self._source.place(element)
        )

    def _relation(self, element: etree._Element) -> Boxed:
        columns = [self.variable(column) for column in children(element, "column")]
        rows = [tuple(self.of(cell) for cell in children(row, *self._readers)) for row in children(element, "row")]
        return Relation(tuple(one for one in columns if one), tuple(rows), self._source.place(element))

    def _conditional(self, element: etree._Element) -> Boxed:
        parts = [self._part(element, name) for name in ("if", "then", "else")]
        return Conditional(parts[0], parts[1], parts[2], self._source.place(element))

    def _filter(self, element: etree._Element) -> Boxed:
        return Filter(self._part(element, "in"), self._part(element, "match"), self._source.place(element))

    def _iteration(self, element: etree._Element) -> Boxed:
        kind = local(element)
        body = self._part(element, "return" if kind == "for" else "satisfies")
        variable = normal(element.get("iteratorVariable") or "")
        return Iteration(kind, variable, self._part(element, "in"), body, self._source.place(element))

    # Decision tables

    def _table(self, element: etree._Element) -> Boxed:
        place = self._source.place(element)
        policy, aggregation = element.get("hitPolicy") or "UNIQUE", element.get("aggregation")
        if policy not in list(HitPolicy) or (aggregation is not None and aggregation not in list(Aggregation)):
            self._source.problem(place, f"there is no hit policy {policy} {aggregation or ''}".rstrip())
            policy, aggregation = "UNIQUE", None
        return Table(
            HitPolicy(policy),
            Aggregation(aggregation) if aggregation else None,
            tuple(self._input(clause) for clause in children(element, "input")),
            tuple(self._output(clause) for clause in children(element, "output")),
            tuple(self._rule(rule) for rule in children(element, "rule")),
            element.get("typeRef"),
            place,
        )

    def _input(self, element: etree._Element) -> InputClause:
        found = child(element, "inputExpression")
        expression = self._source.text(found if found is not None else element)
        if not expression.text.strip():
            name = camunda(element, "inputVariable") or "cellInput"
            expression = Text(name, None, expression.type_ref, expression.place)
        label = element.get("label") or expression.text.strip()
        label = label[:_LONGEST_LABEL]
        return InputClause(element.get("id"), label, expression, self._source.optional_text(element, "inputValues"))

    def _output(self, element: etree._Element) -> OutputClause:
        name = normal(element.get("name") or "")
        return OutputClause(
            element.get("id"),
            name,
            (element.get("label") or name)[:_LONGEST_LABEL],
            element.get("typeRef"),
            self._source.optional_text(element, "outputValues"),
            self._source.optional_text(element, "defaultOutputEntry"),
        )

    def _rule(self, element: etree._Element) -> Rule:
        return Rule(
            element.get("id"),
            tuple(self._test(entry) for entry in children(element, "inputEntry")),
            tuple(self._entry(entry) for entry in children(element, "outputEntry")),
        )

    def _test(self, element: etree._Element) -> Text:
        """An input entry; an empty one is `-`."""
        read = self._source.text(element)
        return read if read.text.strip() else Text("-", None, None, read.place)

    def _entry(self, element: etree._Element) -> Text:
        """An output entry; an empty one is null."""
        return self._source.text(element) if own_text(element).strip() else self._nothing(element)
