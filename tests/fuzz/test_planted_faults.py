"""The random models find faults: each of these, planted into the interpreter, is noticed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bpmn import catching, readers, state, throwing
from bpmn.elements import gateways
from bpmn.elements.base import Element, Flow
from bpmn.elements.catches import Catch
from bpmn.elements.events import BoundaryEvent, IntermediateThrowEvent, StartEvent
from bpmn.elements.subprocesses import EventSubprocess
from bpmn.execution import Execution
from bpmn.runtime import Runtime
from bpmn.scopes import Node, Token
from bpmn.specs import ProcessSpec
from bpmn.values import Variables
from tests.fuzz.models import block_model, wild_model
from tests.fuzz.play import play


def join_on_any_two_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    def arrive(self: gateways.ParallelGateway, run: Runtime, token: Token) -> None:
        if not self.is_join:
            run.pass_through(self, token.scope)
        elif sum(run.wait_at_join(self, token)) >= len(self.incoming):
            run.pass_through(self, token.scope, consumed=gateways.take_one_each(token.scope, self.bpmn_id))

    monkeypatch.setattr(gateways.ParallelGateway, "arrive", arrive)


def inclusive_joins_never_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateways.InclusiveGateway, "is_activated", lambda self, scope: True)


def inclusive_joins_overlook_boundary_events(monkeypatch: pytest.MonkeyPatch) -> None:
    attach = BoundaryEvent.prepare

    def prepare(self: BoundaryEvent, compiler: object) -> None:
        attach(self, compiler)  # type: ignore[arg-type]
        self.attached_to = None

    monkeypatch.setattr(BoundaryEvent, "prepare", prepare)


def inclusive_joins_wait_for_covered_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    def is_activated(self: gateways.InclusiveGateway, scope: Node) -> bool:
        upstream = [self._reaching(flow) for flow in self.incoming]
        counts = zip(upstream, scope.joins[self.bpmn_id], strict=True)
        empty = [places for places, count in counts if not count]
        places = [item.place for item in gateways._places_of_tokens(scope, self)]
        return not any(reaching >> place & 1 for reaching in empty for place in places)

    monkeypatch.setattr(gateways.InclusiveGateway, "is_activated", is_activated)


def joins_are_not_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    restore = state.restore

    def forgetful(run: Execution, dumped: bytes) -> None:
        restore(run, dumped)
        for node in run.nodes.values():
            node.tokens -= sum(map(sum, node.joins.values()))
            node.joins = {}

    monkeypatch.setattr(state, "restore", forgetful)


def a_variable_is_not_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    restore = Execution.restore

    def forgetful(model: object, context: object, dumped: bytes, variables: dict[tuple[int, str], object]) -> Execution:
        kept = {key: False if key == (0, "c1") else value for key, value in variables.items()}
        return restore(model, context, dumped, kept)  # type: ignore[arg-type]

    monkeypatch.setattr(Execution, "restore", forgetful)


def local_variables_are_not_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    restore = Execution.restore

    def forgetful(model: object, context: object, dumped: bytes, variables: dict[tuple[int, str], object]) -> Execution:
        return restore(model, context, dumped, {key: value for key, value in variables.items() if not key[0]})  # type: ignore[arg-type, misc]

    monkeypatch.setattr(Execution, "restore", forgetful)


def quiet_events_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    attach = BoundaryEvent.prepare

    def prepare(self: BoundaryEvent, compiler: object) -> None:
        attach(self, compiler)  # type: ignore[arg-type]
        self.cancel_activity = True

    monkeypatch.setattr(BoundaryEvent, "prepare", prepare)


def every_catcher_catches_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Catch, "catches", lambda self, kind, code: self.kind == kind)


def termination_leaves_others_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    terminate = Runtime.terminate

    def leave(self: Runtime, scope: Node, spare: Node | None = None) -> None:
        if scope.parent is None:
            terminate(self, scope, spare)

    monkeypatch.setattr(Runtime, "terminate", leave)


def default_flows_are_always_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    ways_out = Element.ways_out

    def all_of_them(self: Element, variables: object) -> object:
        flows = ways_out(self, variables)  # type: ignore[arg-type]
        return flows + [flow for flow in self.outgoing if flow.is_default and flow not in flows]

    monkeypatch.setattr(Element, "ways_out", all_of_them)


def handlers_never_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    handle = catching.handle

    def quietly(run: Runtime, scope: Node, start: StartEvent, catch: Catch | None, variables: Variables) -> None:
        monkeypatch.setattr(start, "interrupting", False)
        handle(run, scope, start, catch, variables)

    monkeypatch.setattr(catching, "handle", quietly)


def handlers_hear_only_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    handle = catching.handle

    def once(run: Runtime, scope: Node, start: StartEvent, catch: Catch | None, variables: Variables) -> None:
        handle(run, scope, start, catch, variables)
        run.stop_listening(scope)

    monkeypatch.setattr(catching, "handle", once)


def handlers_catch_what_they_throw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throwing, "_handlers_beside", lambda body, inner: body.event_subprocesses())


def handlers_come_after_the_border(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throwing, "_body", lambda run, node: None)


def interrupted_levels_still_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    handle, withdraw = catching.handle, Runtime._withdraw

    def forgetful(run: Runtime, scope: Node, start: StartEvent, catch: Catch | None, variables: Variables) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(Runtime, "_withdraw", lambda self, node, key: node is scope or withdraw(self, node, key))
            handle(run, scope, start, catch, variables)

    monkeypatch.setattr(catching, "handle", forgetful)


def waits_of_the_process_are_not_saved(monkeypatch: pytest.MonkeyPatch) -> None:
    restore = state.restore

    def forgetful(run: Execution, dumped: bytes) -> None:
        restore(run, dumped)
        run.root.waits = {}

    monkeypatch.setattr(state, "restore", forgetful)


def lone_activities_never_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = ProcessSpec.entries
    monkeypatch.setattr(
        ProcessSpec, "entries", lambda self, start=None: [] if self._has_starts is False else entries(self, start)
    )


def gateways_keep_waiting_for_the_other_events(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(self: readers.EventBasedGatewayReader, task: gateways.EventBasedGateway) -> None:
        task.takes_all = True

    monkeypatch.setattr(readers.EventBasedGatewayReader, "read_details", read)


def escalations_always_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    throw = throwing.throw_escalation

    def loudly(run: Runtime, scope: Node, code: str, payload: Variables) -> None:
        found = throwing.catcher(run, scope, "escalation", code)
        if found is not None and isinstance(found[1], BoundaryEvent):
            monkeypatch.setattr(found[1], "cancel_activity", True)
        throw(run, scope, code, payload)

    monkeypatch.setattr(throwing, "throw_escalation", loudly)


def throwers_stop_where_an_escalation_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    act = IntermediateThrowEvent.act

    def stop(self: IntermediateThrowEvent, run: Runtime, scope: Node) -> list[Flow]:
        caught = throwing.catcher(run, scope, "escalation", "E1") is not None
        ways = act(self, run, scope)
        return [] if caught else ways

    monkeypatch.setattr(IntermediateThrowEvent, "act", stop)


def subprocesses_end_before_their_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    open_one = Runtime._begin

    def uncounted(self: Runtime, node: Node) -> None:
        if isinstance(node.element, EventSubprocess) and node.parent is not None and node.parent.tokens > 1:
            node.parent.tokens -= 1
        open_one(self, node)

    monkeypatch.setattr(Runtime, "_begin", uncounted)


FAULTS = [
    join_on_any_two_tokens,
    inclusive_joins_never_wait,
    inclusive_joins_overlook_boundary_events,
    inclusive_joins_wait_for_covered_tokens,
    joins_are_not_saved,
    a_variable_is_not_saved,
    local_variables_are_not_saved,
    quiet_events_interrupt,
    every_catcher_catches_all,
    termination_leaves_others_alive,
    default_flows_are_always_taken,
    handlers_never_interrupt,
    handlers_hear_only_one_message,
    handlers_catch_what_they_throw,
    handlers_come_after_the_border,
    interrupted_levels_still_listen,
    waits_of_the_process_are_not_saved,
    lone_activities_never_begin,
    gateways_keep_waiting_for_the_other_events,
    escalations_always_interrupt,
    throwers_stop_where_an_escalation_is_caught,
    subprocesses_end_before_their_handlers,
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_given_a_planted_fault_when_models_are_played_then_it_is_found(
    fault: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    found = next(filter(None, map(difference, range(1000))), None)
    assert isinstance(found, AssertionError)


def difference(seed: int) -> BaseException | None:
    """What went wrong with the models of a seed, if anything did."""
    for make in (wild_model, block_model):
        try:
            play(make(seed), seed)
        except AssertionError as fault:
            return fault.__cause__
    return None
