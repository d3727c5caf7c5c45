"""Decisions: DMN 1.1 to 1.5, read and evaluated.

decisions = load({"loan.dmn": data})
outcome = decisions.evaluate("eligibility", {"age": 40, "income": 3000})
outcome.value, outcome.records, outcome.warnings
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bpmn.decisions.drg import Graph, Node
from bpmn.decisions.itemtypes import Types
from bpmn.decisions.logic import Logic
from bpmn.decisions.model import Decision, Definitions, Evaluable, InputData, Key, Knowledge, Place, Service
from bpmn.decisions.naming import names_in, names_of, paths_to
from bpmn.decisions.reader import read_definitions
from bpmn.decisions.records import DecisionRecord, TableRecord
from bpmn.decisions.results import Row, merged, rows_of, service_row
from bpmn.errors import EvaluationFailed, UnusableModel
from bpmn.expressions.feel import Settings
from bpmn.expressions.feel.budget import Run, Runtime, runtime
from bpmn.expressions.feel.names import Names, normal
from bpmn.expressions.feel.types import ANY, Type
from bpmn.expressions.feel.writing import as_json
from bpmn.expressions.kinds import Unfit
from bpmn.report import Report, ReportEntry, Status
from bpmn.values import Value, Variables
from bpmn.xmlsource import SourceRefused

__all__ = ["Decision", "DecisionRecord", "Decisions", "Outcome", "TableRecord", "load"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an evaluation yields: the value, the decisions and tables on the way to it, and why parts are null."""

    value: Value
    records: tuple[DecisionRecord, ...]
    warnings: tuple[str, ...]
    decision: Evaluable
    """What was evaluated."""

    @property
    def rows(self) -> list[Row]:
        """The value as rows of named outputs, as Camunda 7 has it."""
        if isinstance(self.decision, Service):
            return [service_row(self.decision, self.value)]
        own = [record for record in self.records if record.id == self.decision.key[1]][-1:]
        hits = len(own[0].tables[-1].rules) if own and own[0].tables else 0
        return rows_of(self.decision, self.value, hits)

    @property
    def conflict(self) -> str | None:
        """Why a table has no result though rules match, in one of the decisions on the way."""
        return next((table.conflict for one in self.records for table in one.tables if table.conflict), None)

    @property
    def variables(self) -> Row:
        """The outputs by name, as SpiffWorkflow has it."""
        return merged(self.decision, self.rows)


def load(files: Mapping[str, bytes]) -> Decisions:
    """The decisions of files that may import each other; raises `UnusableModel` where one is no DMN file.

    What is wrong within a decision is in `Decisions.problems`; its other decisions can be evaluated.
    """
    read: list[Definitions] = []
    problems: list[ReportEntry] = []
    refused: list[ReportEntry] = []
    for file, data in files.items():
        try:
            definitions, found = read_definitions(data, file)
            read.append(definitions)
            problems += [entry for entry in found if entry.status is Status.REFUSED]
        except SourceRefused as refusal:
            refused.append(refusal.entry)
    if refused:
        raise UnusableModel(Report(refused))
    return Decisions(read, problems)


class Decisions:
    """Compiled decisions; immutable, and safe to be used from any thread."""

    def __init__(
        self,
        files: Iterable[Definitions],
        problems: list[ReportEntry],
        check_time: Callable[[], None] = lambda: None,
    ) -> None:
        self.files = tuple(files)
        self.problems = problems
        self._check_time = check_time
        self._by_namespace = {one.namespace: one for one in self.files}
        self._types: dict[str, Types] = {}
        self._names = names_in(self.files)
        self._paths = {one.namespace: paths_to(self.files, one.namespace) for one in self.files}
        nodes: dict[Key, Node] = {}
        for definitions in self.files:
            nodes.update(self._nodes(definitions))
        self._graph = Graph(nodes, self._find_input)
        self._check_references(nodes)

    @property
    def decisions(self) -> tuple[Decision, ...]:
        """All decisions, in the order of the files."""
        return tuple(one for file in self.files for one in file.decisions)

    def evaluate(self, decision: str, variables: Variables, settings: Settings | None = None) -> Outcome:
        """Evaluate a decision or decision service, named by id or name, which sees these variables.

        Raises `EvaluationFailed` beyond the budget or if there is none.
        """
        node, element = self._found(decision)
        made, given = _recording(settings), _normal(variables)
        if isinstance(element, Service):
            return _outcome(lambda: self._graph.evaluate_whole_service(node, element, given, made), made, element)
        return _outcome(lambda: self._graph.evaluate(element.key, given, made, {}), made, element)

    def _found(self, wanted: str) -> tuple[Node, Evaluable]:
        """What is meant: by id, else by name; of a decision and a service of one name, the decision."""
        found = [(node, node.element) for node in self._graph.nodes.values() if isinstance(node.element, Evaluable)]
        found.sort(key=lambda one: isinstance(one[1], Service))
        for node, element in found:
            if element.key[1] == wanted:
                return node, element
        for node, element in found:
            if wanted in (element.variable.name, element.name):
                return node, element
        raise EvaluationFailed(f"there is no decision '{wanted[:60]}'")

    # Compiling

    def _problem(self, place: Place, message: str) -> None:
        self.problems.append(ReportEntry(place.file, place.line, place.id, place.type, Status.REFUSED, message))

    def _types_of(self, definitions: Definitions, depth: int = 0) -> Types:
        """The types that a file can name, those of its imports with the import's name before them."""
        found = self._types.get(definitions.namespace)
        if found is None:
            imported: dict[str, Type] = {}
            for one in definitions.imports:
                name, other = one.name, self._by_namespace.get(one.namespace)
                if other is not None and depth < 20 and other is not definitions:
                    types = self._types_of(other, depth + 1).all
                    prefix = f"{name}." if name else ""
                    imported.update({prefix + type_name: type_ for type_name, type_ in types.items()})
            found = Types(definitions.items, imported, self._names, self._problem)
            self._types[definitions.namespace] = found
        return found

    def _nodes(self, definitions: Definitions) -> Iterable[tuple[Key, Node]]:
        types = self._types_of(definitions)
        names = self._names_for(definitions)
        for element in definitions.elements:
            self._check_time()
            type_ = types.of(element.variable.type_ref, element.place)
            own = names_of(element)
            logic = Logic(Names(own, self._names) if own else self._names, types, self._problem, self._check_time)
            yield element.key, Node(element, type_, _run(element, logic, type_), names)

    def _names_for(self, definitions: Definitions) -> dict[Key, tuple[str, ...]]:
        """The names of all elements that a file can see."""
        names: dict[Key, tuple[str, ...]] = {one.key: (one.variable.name,) for one in definitions.elements}
        for one in definitions.imports:
            prefix, other = one.name, self._by_namespace.get(one.namespace)
            for element in other.elements if other is not None else ():
                names.setdefault(element.key, (prefix, element.variable.name) if prefix else (element.variable.name,))
        return names

    def _check_references(self, nodes: Mapping[Key, Node]) -> None:
        for node in nodes.values():
            element = node.element
            wanted: tuple[Key, ...] = ()
            if isinstance(element, Decision):
                wanted = (*element.requires, *element.knowledge)
            elif isinstance(element, Knowledge):
                wanted = element.knowledge
            elif isinstance(element, Service):
                wanted = (*element.outputs, *element.input_data, *element.input_decisions)
            for key in wanted:
                if key not in nodes:
                    self._problem(element.place, f"requires '{key[1][:60]}', which is not among these files")

    def _find_input(self, variables: Mapping[str, Any], element: InputData) -> Any:
        """The value of input data: under its name, or within the names of the imports that lead to it."""
        name = element.variable.name
        for path in self._paths[element.key[0]]:
            found: Any = variables
            for prefix in path:
                found = found.get(prefix) if isinstance(found, Mapping) else None
            if isinstance(found, Mapping) and name in found:
                return found[name]
        return variables.get(name)


def _run(element: Any, logic: Logic, type_: Type) -> Run | None:
    if isinstance(element, Decision) and element.logic is not None:
        return logic.of(element.logic)
    if isinstance(element, Knowledge) and element.logic is not None:
        # Before DMN 1.4, a model's variable had the type of its result.
        result = (type_.of or ANY) if type_.name == "function" else type_
        return logic.function(element.logic, result)
    return None


def _normal(variables: Variables) -> dict[str, Any]:
    return {normal(name): value for name, value in variables.items()}


def _recording(settings: Settings | None) -> Runtime:
    made = runtime(settings)
    made.records = []
    return made


def _outcome(evaluate: Callable[[], Any], made: Runtime, decision: Evaluable) -> Outcome:
    try:
        value = evaluate()
        records = tuple(one for one in made.records or () if isinstance(one, DecisionRecord))
        return Outcome(as_json(value, made), records, tuple(made.warnings), decision)
    except Unfit as unfit:
        raise EvaluationFailed(f"the result {unfit}") from None
    except RecursionError:
        raise EvaluationFailed("the decision is nested too deeply to be evaluated") from None
