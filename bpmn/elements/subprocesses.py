"""Activities that hold others: embedded subprocesses and call activities (BPMN 10.3.5, 10.3.6)."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from SpiffWorkflow.bpmn.specs.defaults import CallActivity as StockCallActivity
from SpiffWorkflow.bpmn.specs.defaults import SubWorkflowTask as StockSubprocess
from SpiffWorkflow.bpmn.specs.defaults import TransactionSubprocess as StockTransaction

from bpmn.elements.base import StepFailure, WaitingElement
from bpmn.elements.events import StartEvent
from bpmn.errors import EvaluationFailed
from bpmn.facts import CallCanceled, ProcessCalled
from bpmn.mappings import Crossing, RawCallMapping, compile_crossing
from bpmn.sight import Seen, Sight

if TYPE_CHECKING:
    from bpmn.living import Living
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
        run.enter_scope(self.body, node)


class EventSubprocess(Subprocess):
    """Begins when one of its start events is triggered while the scope around it is alive (BPMN 13.5.4).

    The `index` of its activity instances says by which one.
    """

    @cached_property
    def starts(self) -> list[StartEvent]:
        """Its start events."""
        return [item for item in self.body.elements() if isinstance(item, StartEvent)]

    @cached_property
    def undoing_start(self) -> StartEvent | None:
        """The start event by which it compensates the scope around it (BPMN 10.7.1)."""
        kinds = ((start, catch.kind) for start in self.starts for catch in start.catches)
        return next((start for start, kind in kinds if kind == "compensation"), None)

    def begin(self, run: Runtime, node: Node) -> None:
        run.enter_scope(self.body, node, self.starts[node.index])


class Transaction(Subprocess, StockTransaction):
    """A subprocess that can be canceled as a whole: what was completed in it is undone (BPMN 10.3.5.3)."""


class CallActivity(WaitingElement, StockCallActivity):
    """Runs another process as an instance of its own and waits for it (BPMN 10.3.6)."""

    is_activity = True
    waits_for = "call"

    def __init__(self, wf_spec: Any, bpmn_id: str, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.passed: list[RawCallMapping] = []
        self.taken_back: list[RawCallMapping] = []
        #: Whether all variables cross where nothing else is drawn, as SpiffWorkflow does it.
        self.shares_all = False

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
        shares_all = self.shares_all and not (self.passed or self.taken_back)
        if shares_all or self.flag("inherit_variables") or (self.is_zeebe and self.flag("propagate_parent", True)):
            passed.insert(0, everything)
        all_local = self.flag("local_outs")
        taken_back = [replace(raw, local=raw.local or all_local) for raw in self.taken_back]
        if shares_all or (self.is_zeebe and (self.drawn.outputs or self.flag("propagate_child", True))):
            taken_back.insert(0, everything)
        self.pass_in, self.pass_own = _both(compiler, self, "in", passed)
        self.take_back, self.keep = _both(compiler, self, "out", taken_back)
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
            passed = {**self.pass_in(sight), **self.pass_own(Seen(node.variables or {}, sight.settings))}
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

    def closed(self, run: Living, node: Node, *, canceled: bool) -> None:
        if canceled:
            run.record(CallCanceled(node.number))

    def own_results(self, run: Runtime, node: Node, variables: dict[str, Value]) -> dict[str, Value]:
        """What stays the call activity's own of a finished child's variables. Raises `StepFailure`."""
        try:
            return self.keep(Seen(variables, run.sight(node).settings))
        except EvaluationFailed as fault:
            raise StepFailure("mapping-failed", str(fault)) from None

    def results(self, run: Runtime, node: Node, variables: dict[str, Value]) -> dict[str, Value]:
        """What the caller gets of a finished child's variables. Raises `StepFailure`."""
        try:
            made = {name: variables[name] for name in self.own_names if name in variables}
            return {**self.take_back(Seen(variables, run.sight(node).settings)), **made}
        except EvaluationFailed as fault:
            raise StepFailure("mapping-failed", str(fault)) from None


def _both(compiler: Compiler, call: CallActivity, what: str, drawn: list[RawCallMapping]) -> tuple[Crossing, Crossing]:
    """What crosses from and to the variables around a call activity, and from and to its own."""
    around = [raw for raw in drawn if not raw.local]
    own = [raw for raw in drawn if raw.local]
    return compile_crossing(compiler, call, what, around), compile_crossing(compiler, call, what, own)
