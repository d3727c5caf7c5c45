"""Decision requirement graphs (DMN 1.5, chapter 6): what must be known before what, and the names it is known by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bpmn.decisions.itemtypes import typed
from bpmn.decisions.logic import fitted
from bpmn.decisions.model import Decision, Element, InputData, Key, Knowledge, Service
from bpmn.decisions.records import DecisionRecord, TableRecord, recorded
from bpmn.decisions.results import vendors_names
from bpmn.errors import EvaluationFailed
from bpmn.expressions.feel.budget import Run, Runtime
from bpmn.expressions.feel.scope import Scope
from bpmn.expressions.feel.types import ANY, Mistyped, Type
from bpmn.expressions.feel.values import Function

_STEPS_EACH = 10
"""What an element costs of the budget besides what its logic does."""


@dataclass(frozen=True, slots=True)
class Node:
    """An element with its compiled logic, and the names that what it requires has in it, as a path."""

    element: Element
    type: Type
    run: Run | None
    names: Mapping[Key, tuple[str, ...]]


class Graph:
    """The elements of all files together."""

    def __init__(self, nodes: Mapping[Key, Node], find_input: Callable[[Mapping[str, Any], InputData], Any]) -> None:
        self.nodes = nodes
        self._find_input = find_input
        self._own_names = frozenset(node.element.variable.name for node in nodes.values())

    def evaluate(self, key: Key, variables: Mapping[str, Any], runtime: Runtime, known: Mapping[Key, Any]) -> Any:
        """The value of a decision; `known` are values that are not to be decided here."""
        free = {name: value for name, value in variables.items() if name not in self._own_names}
        values: dict[Key, Any] = dict(known)
        functions: dict[Key, Function] = {}
        order = self._order(key, values)
        runtime.spend(_STEPS_EACH * len(order) + (len(variables) >> 3))
        for wanted in order:
            node = self.nodes[wanted]
            if isinstance(node.element, InputData):
                values[wanted] = self._input(node, node.element, variables, runtime)
            elif isinstance(node.element, Decision):
                values[wanted] = self._decide(node, node.element, values, functions, free, variables, runtime)
        return values.get(key)

    def _order(self, key: Key, known: Mapping[Key, Any]) -> list[Key]:
        """The elements to be evaluated, those that are required first; what requires itself is left out."""
        order: list[Key] = []
        seen: set[Key] = set(known)
        pending: list[tuple[Key, bool]] = [(key, False)]
        while pending:
            wanted, ready = pending.pop()
            if ready:
                order.append(wanted)
            elif wanted not in seen and wanted in self.nodes:
                seen.add(wanted)
                pending.append((wanted, True))
                element = self.nodes[wanted].element
                if isinstance(element, Decision):
                    pending.extend((required, False) for required in reversed(element.requires))
        return order

    def _input(self, node: Node, element: InputData, variables: Mapping[str, Any], runtime: Runtime) -> Any:
        value = self._find_input(variables, element)
        try:
            return None if value is None else typed(value, node.type, runtime)
        except Mistyped as mistyped:
            return runtime.warn(f"the input data '{element.variable.name[:60]}' does not fit: {mistyped}")

    def _decide(
        self,
        node: Node,
        element: Decision,
        values: Mapping[Key, Any],
        functions: dict[Key, Function],
        free: Mapping[str, Any],
        variables: Mapping[str, Any],
        runtime: Runtime,
    ) -> Any:
        if node.run is None:
            value = variables.get(element.variable.name)
            if runtime.records is not None:
                runtime.records.append(DecisionRecord(element.key[1], element.name, recorded(value, runtime)))
            return value
        scope = Scope()
        scope.parent = self._also(element, values, free)
        self._bind(scope, node, ((one, values.get(one)) for one in element.requires))
        self._bind(scope, node, self._functions(element.knowledge, functions))
        return self._noted(node, element, scope, runtime)

    def _also(self, element: Decision, values: Mapping[Key, Any], free: Mapping[str, Any]) -> Mapping[str, Any]:
        """The names that vendors give to required decisions, beneath those of the standard."""
        found: dict[str, Any] = {}
        for key in element.requires:
            node = self.nodes.get(key)
            if node is not None and isinstance(node.element, Decision) and key[0] == element.key[0]:
                found.update(vendors_names(node.element, values.get(key)))
        beneath = Scope({name: value for name, value in found.items() if name not in self._own_names})
        beneath.parent = free
        return beneath if beneath else free

    @staticmethod
    def _noted(node: Node, element: Decision, scope: Scope, runtime: Runtime) -> Any:
        """The value of a decision, with a record of how it came about where somebody wants to know."""
        assert node.run is not None
        records, warned = runtime.records, len(runtime.warnings)
        before = 0 if records is None else len(records)
        try:
            value = fitted(node.run(scope, runtime), node.type, runtime, element.variable.name)
        except EvaluationFailed as failed:
            # One that a service asks for within another has said already which it is.
            message = str(failed)
            named = message if message.startswith("decision '") else f"decision '{element.key[1]}': {message}"
            raise EvaluationFailed(named, failed.position) from None
        if records is not None:
            made = records[before:]
            inner = tuple(one for one in made if isinstance(one, TableRecord))
            said = tuple(runtime.warnings[warned:])
            records[before:] = [one for one in made if not isinstance(one, TableRecord)]
            records.append(DecisionRecord(element.key[1], element.name, recorded(value, runtime), inner, said))
        return value

    @staticmethod
    def _bind(scope: Scope, node: Node, found: Iterable[tuple[Key, Any]]) -> None:
        """Values under the names they have here; those of imported elements within the import's name."""
        for key, value in found:
            path = node.names.get(key, ())
            inner: dict[str, Any] = scope
            for name in path[:-1]:
                below = inner.get(name)
                if not isinstance(below, dict):
                    below = inner[name] = {}
                inner = below
            if path:
                inner[path[-1]] = value

    # Functions

    def _functions(self, keys: Iterable[Key], made: dict[Key, Function]) -> list[tuple[Key, Function]]:
        return [(key, self._function(key, made)) for key in keys if key in self.nodes]

    def _function(self, key: Key, made: dict[Key, Function]) -> Function:
        """What a business knowledge model or decision service is when it is called."""
        if key in made:
            return made[key]
        node = self.nodes[key]
        if isinstance(node.element, Service):
            made[key] = self._service(node, node.element)
        elif isinstance(node.element, Knowledge) and node.run is not None:
            scope = Scope()
            scope.parent = {}
            made[key] = node.run(scope, Runtime())
            self._bind(scope, node, [(key, made[key]), *self._functions(node.element.knowledge, made)])
        else:
            made[key] = Function((), lambda _runtime, _arguments: None)
        return made[key]

    def _service(self, node: Node, service: Service) -> Function:
        keys = [key for key in (*service.input_data, *service.input_decisions) if key in self.nodes]
        names = tuple(self.nodes[key].element.variable.name for key in keys)

        def invoke(runtime: Runtime, arguments: list[Any]) -> Any:
            given = dict(zip(names, arguments, strict=True))
            runtime.enter()
            value = self.evaluate_service(node, service, given, runtime)
            runtime.leave()
            return value

        parameters = tuple(self.nodes[key].type for key in keys)
        return Function(names, invoke, type=Type("function", of=ANY, parameters=parameters))

    def evaluate_whole_service(
        self, node: Node, service: Service, variables: Mapping[str, Any], runtime: Runtime
    ) -> Any:
        """The same for somebody who asks for nothing else: with a record of the service, behind its decisions."""
        warned = len(runtime.warnings)
        value = self.evaluate_service(node, service, variables, runtime)
        if runtime.records is not None:
            said = tuple(runtime.warnings[warned:])
            runtime.records.append(DecisionRecord(service.key[1], service.name, recorded(value, runtime), (), said))
        return value

    def evaluate_service(self, node: Node, service: Service, variables: Mapping[str, Any], runtime: Runtime) -> Any:
        """The value of its output decision, or a context of their values where there are several."""
        known: dict[Key, Any] = {}
        for key in (*service.input_data, *service.input_decisions):
            required = self.nodes.get(key)
            if required is not None:
                known[key] = self._argument(required, variables, runtime)
        results = {
            self.nodes[key].element.variable.name: self.evaluate(key, {}, runtime, known)
            for key in service.outputs
            if key in self.nodes
        }
        if not results:
            raise EvaluationFailed(f"the decision service '{service.variable.name}' has no output decision")
        value = next(iter(results.values())) if len(results) == 1 else results
        result = node.type.of or ANY if node.type.name == "function" else node.type
        return fitted(value, result, runtime, service.variable.name)

    def _argument(self, node: Node, variables: Mapping[str, Any], runtime: Runtime) -> Any:
        name = node.element.variable.name
        try:
            return None if variables.get(name) is None else typed(variables[name], node.type, runtime)
        except Mistyped as mistyped:
            return runtime.warn(f"the input '{name[:60]}' does not fit: {mistyped}")
