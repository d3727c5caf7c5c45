"""Work that programs fetch by topic, for every element that may be implemented so."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bpmn.elements.base import Element, StepFailure
from bpmn.elements.foreign import Foreign, foreign_work, injected, judge
from bpmn.elements.reports import compile_rules
from bpmn.errors import EvaluationFailed
from bpmn.facts import ServiceTaskClosed, ServiceTaskOpened
from bpmn.mappings import compile_mappings
from bpmn.policy import ForeignWork

if TYPE_CHECKING:
    from bpmn.living import Living
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node
    from bpmn.texts import Compiler, Getter
    from bpmn.values import Value, Variables

_LARGEST = 2**31 - 1


class ExternalWork(Element):
    """An element that has a topic waits for a worker; one without does what its kind does."""

    topic: Getter | None = None
    #: Work of another engine that it names, unless a worker does it by another topic.
    foreign: Foreign | None = None

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        self.topic = compiler.value(self, "topic", self.text("topic"))
        self.foreign = foreign_work(self)
        if self.foreign is not None and self.topic is not None:
            compiler.problem(self, "topic", f"there are both a topic and {self.foreign.what}; remove one of both")
        elif self.foreign is not None:
            judge(self, self.foreign, compiler)
            name = self.foreign.topic
            self.topic = (lambda variables: name) if compiler.policy.foreign_work is ForeignWork.EXTERNAL_TASK else None
        if self.topic is not None and self.foreign is not None:
            self.input_mappings += compile_mappings(compiler, self, "field", injected(self, compiler))
            results = compile_mappings(compiler, self, "output", self.drawn.taken_from_code)
            self.output_mappings = [*results, *self.output_mappings]
        elif self.drawn.given_to_code and self.foreign is None:
            compiler.warn(self, "field", "fields are for Java code, and there is none")
        if self.drawn.error_rules and self.text("topic") is None:
            compiler.problem(self, "errorEventDefinition", "errors are told from what workers report: it needs a topic")
        self.error_rules = compile_rules(compiler, self, self.drawn.error_rules)
        self.priority = compiler.value(self, "priority", self.text("task_priority"))
        self.retries = compiler.value(self, "retries", self.text("retries"))
        if self.is_work:
            self.waits_for = "service"

    def accept(self, run: Runtime, node: Node, variables: Variables) -> None:
        """Take what the worker gives: what an operator gives is one object, unless the worker names the result."""
        result = self.text("result_object")
        if result is not None and result.value not in variables:
            variables = {result.value: dict(variables)}
        super().accept(run, node, variables)

    def offer(self, run: Runtime, node: Node) -> None:
        """Announce the work. Raises `StepFailure`."""
        try:
            run.record(self._opened(run, node))
        except EvaluationFailed as fault:
            raise StepFailure("topic-failed", str(fault)) from None

    @property
    def is_work(self) -> bool:
        """Whether a worker does it, or did while it was not passed over."""
        return self.topic is not None or self.foreign is not None

    def closed(self, run: Living, node: Node, *, canceled: bool) -> None:
        if self.is_work:
            run.record(ServiceTaskClosed(node.number))

    def _opened(self, run: Runtime, node: Node) -> ServiceTaskOpened:
        sight = run.sight(node)
        topic = text("topic", self.topic(sight)) if self.topic else None
        if not topic:
            raise EvaluationFailed("the topic is empty")
        priority = whole("priority", self.priority(sight)) if self.priority else 0
        retries = whole("retries", self.retries(sight)) if self.retries else None
        return ServiceTaskOpened(node.number, self.bpmn_id, topic, priority or 0, retries)


class EvaluatedWork(ExternalWork):
    """Work for a worker, or an expression that is evaluated at once, with the variable of its result."""

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        by_worker = self.text("topic") is not None or self.foreign is not None
        self.expression = compiler.value(self, "expression", None if by_worker else self.text("expression"), acts=True)
        result = self.text("result_variable")
        self.result_variable = result.value if result is not None else None
        if self.text("topic") is not None and self.text("expression") is not None:
            what = f"a {self.drawn.kind} with a topic has no expression; remove one of both"
            compiler.problem(self, "expression", what)

    def evaluate(self, run: Runtime, scope: Node) -> None:
        """Evaluate the expression, if there is one, and keep the result. Raises `StepFailure`."""
        if self.expression is None:
            return
        try:
            result = self.expression(run.sight(scope, acts=True))
        except EvaluationFailed as fault:
            raise StepFailure("expression-failed", str(fault)) from None
        if self.result_variable is not None:
            run.assign(scope, {self.result_variable: result})


def text(what: str, value: Value) -> str | None:
    """A text, also of a number; None for an empty one. Raises `EvaluationFailed`."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    raise EvaluationFailed(f"the {what} must be a text, not {type(value).__name__}")


def whole(what: str, value: Value) -> int | None:
    """A whole number of 32 bits from a number or a text of digits; None for nothing. Raises `EvaluationFailed`."""
    if value is None or value == "":
        return None
    try:
        number = int(str(value))
    except ValueError:
        raise EvaluationFailed(f"the {what} must be a whole number, not {value!r}") from None
    if isinstance(value, bool) or not -_LARGEST <= number <= _LARGEST:
        raise EvaluationFailed(f"the {what} must be a whole number of 32 bits, not {value!r}")
    return number
