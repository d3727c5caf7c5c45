"""Activities that hold others: embedded subprocesses and call activities (BPMN 10.3.5, 10.3.6)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.defaults import CallActivity as StockCallActivity
from SpiffWorkflow.bpmn.specs.defaults import SubWorkflowTask as StockSubprocess
from SpiffWorkflow.bpmn.specs.defaults import TransactionSubprocess as StockTransaction

from bpmn.dialects import Text
from bpmn.elements.base import StepFailure, WaitingElement, condition_holds
from bpmn.elements.events import StartEvent
from bpmn.errors import EvaluationFailed
from bpmn.facts import CallCanceled, ProcessCalled
from bpmn.mappings import RawCallMapping, compile_crossing
from bpmn.scopes import Completed
from bpmn.sight import Seen, Sight

if TYPE_CHECKING:
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node
    from bpmn.specs import ProcessSpec
    from bpmn.texts import Compiler
    from bpmn.values import Value

#: How diagrams say "the caller's own business key".
_CALLERS_KEY = re.compile(
    r"^[#$]\{\s*execution\.(processBusinessKey|businessKey|getProcessBusinessKey\(\)|getBusinessKey\(\))\s*\}$"
)
_BINDINGS = {
    "latest": "latest",
    "deployment": "deployment",
    "version": "version",
    "versionTag": "versionTag",
}


class Subprocess(WaitingElement, StockSubprocess):
    """An embedded subprocess: a scope of its own that ends when nothing is alive in it (BPMN 13.3.4)."""

    is_activity = True
    waits_for = "scope"
    body: ProcessSpec

    def begin(self, run: Runtime, node: Node) -> None:
        if node.variables is None:
            node.variables = {}
        run.enter_scope(self.body, node)


class EventSubprocess(Subprocess):
    """Begins when its start event is triggered while the scope around it is alive (BPMN 13.5.4)."""

    @property
    def start(self) -> StartEvent:
        """Its one start event."""
        return next(item for item in self.body.elements() if isinstance(item, StartEvent))

    def begin(self, run: Runtime, node: Node) -> None:
        run.enter_at(self.start, self.body, node)


class Transaction(Subprocess, StockTransaction):
    """A subprocess that can be canceled as a whole: what was completed in it is undone (BPMN 10.3.5.3)."""


class AdHocSubprocess(Subprocess):
    """Activities without an order (BPMN 10.3.5.4): each that no flow leads to is done once, all at once or in turn.

    The standard leaves to the performers which are done and how often; doing each once is the reading that needs no
    performer. The completion condition is looked at whenever one of them is over.
    """

    sequential = False
    cancel_remaining = True
    condition_text: Text | None = None

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        self.condition = compiler.expression(self, "completion condition", self.condition_text, scripts=True)

    def begin(self, run: Runtime, node: Node) -> None:
        if node.variables is None:
            node.variables = {}
        entries = self.body.entry_points()
        if self.sequential:
            node.pending = [Completed(entry.bpmn_id) for entry in reversed(entries[1:])]
            entries = entries[:1]
        run.enter_with(entries, self.body, node)

    def activity_ended(self, run: Runtime, node: Node) -> None:
        """One of the activities is over. Raises `StepFailure`."""
        if self.condition is not None and condition_holds(self.condition, run.sight(node), "completion condition"):
            node.pending = ()
            if self.cancel_remaining:
                run.cancel_inside(node)
                node.tokens = 0
        elif node.pending and node.tokens == 0:
            run.enter_next(self.body.task_specs[node.next_pending().element], node)


class CallActivity(WaitingElement, StockCallActivity):
    """Runs another process as an instance of its own and waits for it (BPMN 10.3.6)."""

    is_activity = True
    waits_for = "call"

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.passed: list[RawCallMapping] = []
        self.taken_back: list[RawCallMapping] = []

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        self.key = compiler.value(self, "calledElement", self.text("called_element"))
        if self.key is None:
            compiler.lack(self, "the call activity names no process; set its calledElement")
        kind = self.text("called_type")
        if kind is not None and kind.value != "key":
            compiler.problem(self, "calledElementType", "processes are called by their key; set it to key")
        self._prepare_binding(compiler)
        self._prepare_crossing(compiler)

    def _prepare_binding(self, compiler: Compiler) -> None:
        text = self.text("called_binding")
        self.binding = _BINDINGS.get(text.value if text is not None else "latest", "")
        if self.flag("same_deployment"):
            self.binding = "deployment"
        tag = self.text("called_version_tag")
        self.version = compiler.value(
            self, "version", tag if self.binding == "versionTag" else self.text("called_version")
        )
        if not self.binding:
            compiler.problem(self, "", f"the binding must be one of {', '.join(_BINDINGS)}")
        elif self.binding in ("version", "versionTag") and self.version is None:
            compiler.problem(self, "", f"the binding {self.binding!r} needs the {self.binding}")

    def _prepare_crossing(self, compiler: Compiler) -> None:
        everything = RawCallMapping(everything=True)
        # In Zeebe's rules input mappings are passed as well, and output mappings read the called process's variables.
        self.is_zeebe = (text := self.text("called_element")) is not None and text.family == "zeebe"
        passed = [item for item in self.passed if item.business_key is None]
        if self.flag("inherit_variables") or (self.is_zeebe and self.flag("propagate_parent", True)):
            passed.insert(0, everything)
        taken_back = list(self.taken_back)
        if self.is_zeebe and (self.drawn.outputs or self.flag("propagate_child", True)):
            taken_back.insert(0, everything)
        self.pass_in = compile_crossing(compiler, self, "in", passed)
        self.take_back = compile_crossing(compiler, self, "out", taken_back)
        keys = [item.business_key for item in self.passed if item.business_key is not None]
        key = keys[-1] if keys else self.text("called_business_key")
        self.inherits_business_key = self.flag("inherit_business_key")
        if key is not None and _CALLERS_KEY.match(key.value):
            self.inherits_business_key, key = True, None
        self.business_key = compiler.value(self, "business key", key)

    def begin(self, run: Runtime, node: Node) -> None:
        sight = run.sight(node)
        try:
            key = self.key(sight) if self.key else None
            version = self.version(sight) if self.version else None
            passed = self.pass_in(sight)
            if self.is_zeebe and node.variables:
                passed.update(node.variables)
            passed.update({name: node.visible[name] for name in self.given_names if name in node.visible})
            business_key = self._business_key(run, sight)
        except EvaluationFailed as fault:
            raise StepFailure("mapping-failed", str(fault)) from None
        if not isinstance(key, str) or not key:
            raise StepFailure("called-process-missing", f"calledElement gave {key!r}, which names no process")
        run.record(
            ProcessCalled(
                node.number,
                self.bpmn_id,
                key,
                self.binding,
                None if version is None else str(version),
                passed,
                business_key,
            )
        )

    def _business_key(self, run: Runtime, sight: Sight) -> str | None:
        if self.inherits_business_key:
            return run.context.business_key
        key = self.business_key(sight) if self.business_key else None
        return None if key is None else str(key)

    def closed(self, run: Runtime, node: Node, *, canceled: bool) -> None:
        if canceled:
            run.record(CallCanceled(node.number))

    def results(self, run: Runtime, node: Node, variables: dict[str, Value]) -> dict[str, Value]:
        """What the caller gets of a finished child's variables. Raises `StepFailure`."""
        try:
            made = {name: variables[name] for name in self.own_names if name in variables}
            return {**self.take_back(Seen(variables, run.sight(node).settings)), **made}
        except EvaluationFailed as fault:
            raise StepFailure("mapping-failed", str(fault)) from None
