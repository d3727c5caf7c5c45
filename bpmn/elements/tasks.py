"""Tasks: those that pass through, those of people, those of programs (BPMN 10.3.3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.defaults import ManualTask as StockManualTask
from SpiffWorkflow.bpmn.specs.defaults import NoneTask as StockNoneTask
from SpiffWorkflow.bpmn.specs.defaults import ServiceTask as StockServiceTask
from SpiffWorkflow.bpmn.specs.defaults import UserTask as StockUserTask

from bpmn import timers
from bpmn.dialects import Text
from bpmn.elements.base import Flow, PassingElement, StepFailure, WaitingElement
from bpmn.elements.work import EvaluatedWork, whole
from bpmn.elements.work import text as text_of
from bpmn.errors import EvaluationFailed
from bpmn.facts import DEFAULT_PRIORITY, UserTaskAssigned, UserTaskClosed, UserTaskOpened
from bpmn.texts import is_expression

if TYPE_CHECKING:
    from bpmn.living import Living
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node
    from bpmn.sight import Sight
    from bpmn.texts import Compiler, Getter
    from bpmn.values import Value, Variables

_JINJA = "the instructions are a template of Jinja: shown as they are, for the user interface to fill in"


class PassingTask(PassingElement):
    """A task without a performer known to the server: it is done as soon as it is reached."""

    is_activity = True

    @cached_property
    def opens(self) -> bool:
        return self.opens_always

    def begin(self, run: Runtime, node: Node) -> None:
        """Nothing is waited for."""
        run.finish_soon(node)


class NoneTask(PassingTask, StockNoneTask):
    """A task of no type (BPMN 10.3.3.1)."""


class ManualTask(PassingTask, StockManualTask):
    """A task done without any system (BPMN 10.3.3.8): the server does not wait for it."""


class UserTask(WaitingElement, StockUserTask):
    """A task for a person (BPMN 10.3.3.7)."""

    is_activity = True
    waits_for = "user-task"

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        self.getters: dict[str, Getter] = {}
        for name in (*_ASSIGNMENT, "form_key"):
            getter = compiler.value(self, name.replace("_", " "), self.text(name))
            if getter is not None:
                self.getters[name] = getter
        name_text = self.text("name")
        if name_text is not None and (getter := compiler.value(self, "name", name_text)) is not None:
            self.getters["name"] = getter
        self._prepare_instructions(compiler)
        self._check_literals(compiler)

    def _prepare_instructions(self, compiler: Compiler) -> None:
        given = self.text("instructions")
        self.instructions = given.value if given is not None else self.documentation
        if given is not None and given.family == "spiff":
            if "{{" in given.value or "{%" in given.value:
                compiler.warn(self, "instructionsForEndUser", _JINJA)
        elif self.instructions and is_expression(self.instructions) and not self.instructions.startswith("="):
            getter = compiler.value(self, "documentation", Text(self.instructions))
            if getter is not None:
                self.getters["instructions"] = getter

    def _check_literals(self, compiler: Compiler) -> None:
        """What is written plainly must be possible; what is computed is looked at when the task opens."""
        for name, read in (("priority", _priority), ("due", _any_moment), ("follow_up", _any_moment)):
            text = self.text(name)
            if text is not None and not is_expression(text.value):
                try:
                    read(text.value)
                except EvaluationFailed as fault:
                    compiler.problem(self, name.replace("_", " "), str(fault))

    def accept(self, run: Runtime, node: Node, variables: Variables) -> None:
        """Take what was answered; SpiffWorkflow may name a variable for all of it."""
        gathered = self.text("answer_object")
        super().accept(run, node, variables if gathered is None else {gathered.value: dict(variables)})

    def begin(self, run: Runtime, node: Node) -> None:
        if not self.getters:
            run.record(UserTaskOpened(node.number, self.bpmn_id, self.bpmn_name, documentation=self.instructions))
            return
        try:
            described = self._described(run.sight(node))
        except EvaluationFailed as fault:
            raise StepFailure("assignment-failed", str(fault)) from None
        known, faults = self._known(run, node, self.getters)
        run.record(UserTaskOpened(node.number, self.bpmn_id, **described, **known))
        _leave_open(run, node, faults)

    def find_out(self, run: Runtime, node: Node) -> None:
        """Evaluate again what was not known of people and dates when the task was opened."""
        known, faults = self._known(run, node, node.unknown)
        if any(value not in (None, ()) for value in known.values()):
            run.record(UserTaskAssigned(node.number, **known))
        _leave_open(run, node, faults)

    def _described(self, sight: Sight) -> dict[str, Any]:
        """What the task is called, what form it has, and what is to be done. Raises `EvaluationFailed`."""
        got = {name: _evaluate(name, getter, sight) for name, getter in self.getters.items() if name not in _ASSIGNMENT}
        return {
            "name": text_of("name", got.get("name", self.bpmn_name)),
            "form_key": text_of("form key", got.get("form_key")),
            "documentation": text_of("instructions", got.get("instructions", self.instructions)),
        }

    def _known(self, run: Runtime, node: Node, wanted: Collection[str]) -> tuple[dict[str, Any], dict[str, str]]:
        """What can be computed of the people and dates that are wanted, and what is wrong with the rest."""
        sight, now = run.sight(node), run.context.now
        known: dict[str, Any] = {}
        faults: dict[str, str] = {}
        for name, read in _ASSIGNMENT.items():
            if name in wanted:
                try:
                    known[name] = read(self.getters[name](sight), now)
                except EvaluationFailed as fault:
                    faults[name] = f"{_words(name)}: {fault}"
        return known, faults

    def bring(self, run: Runtime, node: Node, variables: Variables) -> None:
        """Results go past variables that somebody has noted at the task itself, which end with it."""
        noted = [name for name in variables if name in (node.variables or {}) and name not in self._drawn_locals]
        run.assign(node, variables)
        if noted and not self.is_compensation_handler:  # that has the variables of what it undoes
            assert node.parent is not None
            run.assign(node.parent, {name: variables[name] for name in noted})

    @cached_property
    def _drawn_locals(self) -> frozenset[str]:
        """The variables that the diagram makes local to the task."""
        names = {mapping.target for mapping in self.input_mappings} | self.own_names | self.given_names
        if self.repetition is not None:
            names |= self.repetition.run_names
        return frozenset(names)

    def closed(self, run: Living, node: Node, *, canceled: bool) -> None:
        run.record(UserTaskClosed(node.number))


class ServiceTask(EvaluatedWork, WaitingElement, StockServiceTask):
    """Work for a program (BPMN 10.3.3.3): by topic for a worker, or an expression evaluated at once."""

    is_activity = True
    waits_for = "service"

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        if not self.is_implemented:
            compiler.lack(
                self,
                f"nothing says what this {self.drawn.kind} does; give it a topic (camunda:type='external', "
                "zeebe:taskDefinition) or an expression",
            )

    @property
    def is_implemented(self) -> bool:
        """Whether the diagram says what is done."""
        return self.text("topic") is not None or self.foreign is not None or self.text("expression") is not None

    @cached_property
    def opens(self) -> bool:
        return self.topic is not None or self.opens_always

    def act(self, run: Runtime, scope: Node) -> list[Flow]:
        """Evaluate, keep the result, go on."""
        self.evaluate(run, scope)
        return self.ways_out(run.sight(scope))

    def begin(self, run: Runtime, node: Node) -> None:
        if self.topic is not None:
            self.offer(run, node)
            return
        self.evaluate(run, node)
        run.finish_soon(node)


def _leave_open(run: Runtime, node: Node, faults: Mapping[str, str]) -> None:
    """The task is open without what is not known: a query for people that fails finds nobody (WS-HumanTask 1.1, on
    which BPMN 10.3.4 builds), and whoever watches incidents names them, or has it evaluated again."""
    node.unknown = tuple(faults)
    if faults:
        run.fail_beside(node, StepFailure("assignment-failed", "; ".join(faults.values())))


def _evaluate(name: str, getter: Getter, sight: Sight) -> Value:
    try:
        return getter(sight)
    except EvaluationFailed as fault:
        raise EvaluationFailed(f"{_words(name)}: {fault}", fault.position) from None


def _words(name: str) -> str:
    return name.replace("_", " ")


def _names(what: str, value: Value) -> tuple[str, ...]:
    """Names from a list, or from a text with commas; each once, in order."""
    if value is None:
        return ()
    parts: list[Any] = value if isinstance(value, list) else (text_of(what, value) or "").split(",")
    names = [(text_of(what, part) or "").strip() for part in parts]
    return tuple(dict.fromkeys(name for name in names if name))


def _priority(value: Value) -> int:
    number = whole("priority", value)
    return DEFAULT_PRIORITY if number is None else number


def _moment(value: Value, now: datetime) -> datetime | None:
    """A date, or a duration from now."""
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.startswith("P"):
        return timers.after(now, value)
    return timers.parse_date(value if isinstance(value, str) else str(value))


def _any_moment(value: Value) -> datetime | None:
    return _moment(value, datetime(2001, 1, 1, tzinfo=UTC))


#: What the diagram says of people and dates, and how each is read at a moment.
_ASSIGNMENT: dict[str, Callable[[Value, datetime], Any]] = {
    "assignee": lambda value, now: text_of("assignee", value),
    "candidate_users": lambda value, now: _names("candidate users", value),
    "candidate_groups": lambda value, now: _names("candidate groups", value),
    "priority": lambda value, now: _priority(value),
    "due": _moment,
    "follow_up": _moment,
}
