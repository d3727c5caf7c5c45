"""Business rule tasks: decisions, evaluated at once (BPMN 10.3.3.6, DMN)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from bpmn.deciding import DecisionReference
from bpmn.decisions import Outcome
from bpmn.decisions.records import trimmed
from bpmn.decisions.results import MAPPINGS
from bpmn.elements.base import StepFailure
from bpmn.elements.tasks import ServiceTask
from bpmn.elements.work import text as text_of
from bpmn.errors import EvaluationFailed
from bpmn.facts import DecisionEvaluated

if TYPE_CHECKING:
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node
    from bpmn.texts import Compiler, Getter

_BINDINGS = ("latest", "deployment", "version", "versionTag")
#: Where Camunda 7 has the result while output mappings are evaluated.
_LOCAL_RESULT = "decisionResult"


class BusinessRuleTask(ServiceTask):
    """A decision; or work for a worker by topic, or an expression."""

    decision: Getter | None = None

    def prepare(self, compiler: Compiler) -> None:
        named = self.text("decision")
        self.decision = compiler.value(self, "decision", named)
        self.family = named.family if named is not None else ""
        super().prepare(compiler)
        binding = self.text("decision_binding")
        self.binding = binding.value if binding is not None else "latest"
        self.version: Getter | None = None
        if self.binding == "version":
            self.version = compiler.value(self, "version", self.text("decision_version"))
        elif self.binding == "versionTag":
            self.version = compiler.value(self, "version tag", self.text("decision_version_tag"))
        mapping = self.text("decision_result")
        self.mapping = mapping.value if mapping is not None else "resultList"
        self._check(compiler)

    def _check(self, compiler: Compiler) -> None:
        if self.binding not in _BINDINGS:
            compiler.problem(self, "", f"the binding of a decision must be one of {', '.join(_BINDINGS)}")
        elif self.binding in ("version", "versionTag") and self.version is None:
            compiler.problem(self, "", f"the binding {self.binding!r} needs the {self.binding}")
        if self.mapping not in MAPPINGS:
            compiler.problem(self, "mapDecisionResult", f"the result must be one of {', '.join(MAPPINGS)}")
        if self.decision is not None and (self.is_work or self.text("expression") is not None):
            compiler.problem(
                self, "", "a task with a decision has neither a topic nor an expression nor code; remove one"
            )
        if self.family == "zeebe" and self.result_variable is None:
            compiler.problem(self, "resultVariable", "the decision needs a result variable")

    @property
    def is_implemented(self) -> bool:
        return self.text("decision") is not None or super().is_implemented

    @cached_property
    def opens(self) -> bool:
        return self.decision is not None or self.topic is not None or self.opens_always

    def begin(self, run: Runtime, node: Node) -> None:
        if self.decision is None:
            super().begin(run, node)
            return
        outcome = self._decided(run, node, self.decision)
        try:
            self._keep(run, node, outcome)
        except EvaluationFailed as fault:
            raise StepFailure("decision-failed", str(fault)) from None
        run.finish_soon(node)

    def _decided(self, run: Runtime, node: Node, decision: Getter) -> Outcome:
        """Find the decision, evaluate it, and report how it came about. Raises `StepFailure`."""
        sight = run.sight(node)
        try:
            key = text_of("decision", decision(sight)) or ""
            version = text_of("version", self.version(sight)) if self.version is not None else None
            found = run.context.decisions(DecisionReference(key, self.binding, version))
            if found is None:
                raise StepFailure("decision-missing", f"There is no decision {_named(key, self.binding, version)}.")
            outcome = found.decisions.evaluate(key, sight.variables, sight.settings)
        except EvaluationFailed as fault:
            raise StepFailure("decision-failed", str(fault)) from None
        run.record(
            DecisionEvaluated(
                node.number, self.bpmn_id, found.id, key, found.version, found.file, trimmed(outcome.records)
            )
        )
        if outcome.conflict is not None:
            raise StepFailure("decision-failed", outcome.conflict)
        return outcome

    def _keep(self, run: Runtime, node: Node, outcome: Outcome) -> None:
        """Write the result as the family does. Raises `EvaluationFailed`."""
        name = self.result_variable
        if self.family == "spiff":
            run.assign(node, outcome.variables)
        elif self.family == "zeebe" and name is not None:
            self.accept(run, node, {name: outcome.value})
        elif name is not None:
            run.assign(node, {name: MAPPINGS[self.mapping](outcome.rows)})
        elif self.output_mappings:
            run.set_local(node, {_LOCAL_RESULT: MAPPINGS[self.mapping](outcome.rows)})


def _named(key: str, binding: str, version: str | None) -> str:
    said = {"deployment": " in the deployment of the process", "version": f" in version {version}"}
    return repr(key) + said.get(binding, f" with the version tag {version!r}" if binding == "versionTag" else "")
