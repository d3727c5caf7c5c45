"""From boxed expressions to functions of the variables (DMN 1.5, 10.3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bpmn import expressions
from bpmn.decisions import tables
from bpmn.decisions.itemtypes import Types
from bpmn.decisions.model import (
    Boxed,
    BoxedContext,
    BoxedList,
    Conditional,
    Filter,
    FunctionDefinition,
    Invocation,
    Iteration,
    Place,
    Relation,
    Table,
    Text,
)
from bpmn.decisions.placing import placed
from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Language, feel, language_of
from bpmn.expressions.feel.budget import Run, Runtime
from bpmn.expressions.feel.loops import items_of
from bpmn.expressions.feel.names import NameSet
from bpmn.expressions.feel.paths import call, kept
from bpmn.expressions.feel.scope import Scope
from bpmn.expressions.feel.types import ANY, Mistyped, Type, converted
from bpmn.expressions.feel.userfunctions import closure
from bpmn.expressions.feel.values import described
from bpmn.expressions.kinds import Unfit


class Logic:
    """Compiles the boxed expressions of one file; `problem` gets every fault, and its place is null then.

    `check_time` is called for every text, and raises where reading takes too long.
    """

    def __init__(
        self,
        names: NameSet,
        types: Types,
        problem: Callable[[Place, str], None],
        check_time: Callable[[], None],
    ) -> None:
        self.names = names
        self.types = types
        self.problem = problem
        self.check_time = check_time
        self._builders: Mapping[type, Callable[[Any], Run]] = {
            Text: self._literal,
            Table: lambda table: tables.compile_table(self, table),
            BoxedContext: self._context,
            Invocation: self._invocation,
            FunctionDefinition: self.function,
            BoxedList: self._list,
            Relation: self._relation,
            Conditional: self._conditional,
            Filter: self._filter,
            Iteration: self._iteration,
        }

    def of(self, boxed: Boxed) -> Run:
        """The function of one boxed expression."""
        return self._builders[type(boxed)](boxed)

    def text(self, text: Text) -> Run:
        """A literal expression in FEEL, or in JUEL where a Camunda 7 file says so."""
        try:
            language = language_of(text.language, "feel", "zeebe")
            if language in _SCRIPTS:
                raise ExpressionInvalid(f"decisions are not written in {language}, but in FEEL or JUEL", text.text)
            if language is not Language.FEEL:
                return placed(_foreign(expressions.compile(_juel(text.text), language)), text.place)
            self.check_time()
            return placed(feel.compile(text.text.strip(), self.names, self.types.all).run, text.place)
        except ExpressionInvalid as invalid:
            at = "" if invalid.position is None else f" (at character {invalid.position + 1})"
            self.problem(text.place, f"{invalid}{at}: {text.text.strip()[:80]}")
            message = f"{text.place.type} {text.place.id or ''}: {invalid}"
            return lambda _variables, runtime: runtime.warn(message)

    def _literal(self, text: Text) -> Run:
        """A literal expression, whose value is of its own type."""
        run, type_ = self.text(text), self.types.of(text.type_ref, text.place)
        if type_ is ANY:
            return run
        return lambda variables, runtime: fitted(run(variables, runtime), type_, runtime, text.text.strip())

    def function(self, node: FunctionDefinition, result: Type = ANY) -> Run:
        """A function over the variables it is defined in."""
        body = self.of(node.body)
        parameters = [(one.name, self.types.of(one.type_ref, node.place)) for one in node.parameters]
        return lambda variables, _runtime: closure(parameters, body, variables, result)

    def _context(self, node: BoxedContext) -> Run:
        entries = [
            (
                variable.name if variable else "",
                self.of(value),
                self.types.of(variable.type_ref if variable else None, node.place),
            )
            for variable, value in node.entries
        ]

        def make(variables: Any, runtime: Runtime) -> Any:
            scope = Scope()
            scope.parent = variables
            for name, value, type_ in entries:
                found = fitted(value(scope, runtime), type_, runtime, name)
                if not name:
                    return found
                scope[name] = found
            return dict(scope)

        return make

    def _invocation(self, node: Invocation) -> Run:
        function = self.of(node.function)
        bindings = [(parameter.name, self.of(value)) for parameter, value in node.bindings]
        name = node.function.text.strip()[:60] if isinstance(node.function, Text) else ""

        def invoke(variables: Any, runtime: Runtime) -> Any:
            called = function(variables, runtime)
            return call(called, {key: value(variables, runtime) for key, value in bindings}, runtime, name)

        return invoke

    def _list(self, node: BoxedList) -> Run:
        items = [self.of(item) for item in node.items]
        return lambda variables, runtime: [item(variables, runtime) for item in items]

    def _relation(self, node: Relation) -> Run:
        names = [column.name for column in node.columns]
        rows = [[self.of(cell) for cell in row] for row in node.rows]
        if any(len(row) != len(names) for row in rows):
            self.problem(node.place, "a row has not as many cells as there are columns")
        return lambda variables, runtime: [
            {name: cell(variables, runtime) for name, cell in zip(names, row, strict=False)} for row in rows
        ]

    def _conditional(self, node: Conditional) -> Run:
        test, then, otherwise = self.of(node.test), self.of(node.then), self.of(node.otherwise)

        def decide(variables: Any, runtime: Runtime) -> Any:
            holds = test(variables, runtime)
            if not isinstance(holds, bool | None):
                return runtime.warn(f"'if' needs true or false, not {described(holds)}")
            return then(variables, runtime) if holds else otherwise(variables, runtime)

        return decide

    def _filter(self, node: Filter) -> Run:
        source, match = self.of(node.source), self.of(node.match)

        def filtered(variables: Any, runtime: Runtime) -> Any:
            value = source(variables, runtime)
            if value is None:
                return None
            return kept(value if isinstance(value, list) else [value], match, variables, runtime)

        return filtered

    def _iteration(self, node: Iteration) -> Run:
        source, body, name = self.of(node.source), self.of(node.body), node.variable
        finish = _FINISH[node.kind]

        def iterate(variables: Any, runtime: Runtime) -> Any:
            made: list[Any] = []
            try:
                for item in items_of(source(variables, runtime)):
                    runtime.spend()
                    scope = Scope({name: item, "partial": made})
                    scope.parent = variables
                    made.append(body(scope, runtime))
            except Unfit as unfit:
                return runtime.warn(f"'{node.kind}' {unfit}")
            return finish(made)

        return iterate


def fitted(value: Any, type_: Type, runtime: Runtime, name: str) -> Any:
    """The value as that type; null, with a warning, where it does not conform."""
    if type_ is ANY or value is None:
        return value
    try:
        return converted(value, type_, runtime)
    except Mistyped as mistyped:
        return runtime.warn(f"the value of '{name[:60]}' does not fit: {mistyped}")


def _some(answers: list[Any]) -> bool | None:
    if any(answer is True for answer in answers):
        return True
    return False if all(answer is False for answer in answers) else None


def _every(answers: list[Any]) -> bool | None:
    if any(answer is False for answer in answers):
        return False
    return True if all(answer is True for answer in answers) else None


_FINISH: Mapping[str, Callable[[list[Any]], Any]] = {"for": lambda made: made, "some": _some, "every": _every}
"""What an iteration makes of the values of its body."""


#: The languages of scripts, which processes run in sandboxes and decisions do not.
_SCRIPTS = (Language.PYTHON, Language.JAVASCRIPT)


def _juel(text: str) -> str:
    return text.strip() if text.strip().startswith(("${", "#{")) else "${" + text.strip() + "}"


def _foreign(expression: expressions.Expression) -> Run:
    """An expression of another language, which fails where FEEL would be null."""

    def run(variables: Any, runtime: Runtime) -> Any:
        try:
            return expression.evaluate(variables, runtime.settings)
        except EvaluationFailed as failed:
            return runtime.warn(f"{expression.text[:60]}: {failed}")

    return run
