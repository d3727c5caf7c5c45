"""Gateways (BPMN 10.6, 13.4)."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from SpiffWorkflow.bpmn.specs.defaults import EventBasedGateway as StockEventBasedGateway
from SpiffWorkflow.bpmn.specs.defaults import ExclusiveGateway as StockExclusiveGateway
from SpiffWorkflow.bpmn.specs.defaults import InclusiveGateway as StockInclusiveGateway
from SpiffWorkflow.bpmn.specs.defaults import ParallelGateway as StockParallelGateway

from bpmn.dialects import Text
from bpmn.elements.base import (
    Element,
    Flow,
    PassingElement,
    StepFailure,
    WaitingElement,
    condition_holds,
    holds,
    no_way_out,
)
from bpmn.sight import over

if TYPE_CHECKING:
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node, Token
    from bpmn.sight import Sight
    from bpmn.texts import Compiler
    from bpmn.values import Value


#: Behind a complex gateway's id, among the joins of a scope: which incoming flows were served in this round.
RESET = " reset"


class ExclusiveGateway(PassingElement, StockExclusiveGateway):
    """One way out: the first in the file whose condition is true, else the default (BPMN 13.4.2)."""

    def ways_out(self, sight: Sight) -> list[Flow]:
        if len(self.outgoing) == 1 and self.outgoing[0].condition is None:
            return self.outgoing
        for flow in self.outgoing:
            if not flow.is_default and holds(flow, sight):
                return [flow]
        if self.default_flow is not None:
            return [self.default_flow]
        return no_way_out(self) if self.outgoing else []


class ParallelGateway(PassingElement, StockParallelGateway):
    """Waits for one token on each incoming flow, then all ways out; excess tokens stay (BPMN 13.4.1)."""

    @cached_property
    def evaluates_conditions(self) -> bool:
        return False

    @cached_property
    def is_join(self) -> bool:
        return len(self.incoming) > 1

    def arrive(self, run: Runtime, token: Token) -> None:
        if not self.is_join:
            run.pass_through(self, token.scope)
            return
        counts = run.wait_at_join(self, token)
        if all(counts):
            consumed = take_one_each(token.scope, self.bpmn_id)
            run.pass_through(self, token.scope, consumed=consumed)

    def ways_out(self, sight: Sight) -> list[Flow]:
        return self.outgoing


class Join(PassingElement):
    """A gateway that looks upstream before it goes on."""

    #: By incoming flow, where a token can come from; looked up when the gateway first joins.
    upstream: list[int] | None = None

    def places(self) -> list[int]:
        """By incoming flow, the places from which a token can still come to it, one bit for each."""
        if self.upstream is None:
            self.upstream = [self._reaching(flow) for flow in self.incoming]
        return self.upstream

    def is_awaited(self, scope: Node, places: int) -> bool:
        """Whether there is a token in the scope, elsewhere than here, at one of these places."""
        return any(places >> element.place & 1 for element in _places_of_tokens(scope, self))

    def _reaching(self, flow: Flow) -> int:
        """The places from which a token can come to this flow without passing through the gateway, one bit for each."""
        found: set[Element] = set()
        pending: list[Element] = [flow.source]
        while pending:
            element = pending.pop()
            if element is self or element in found:
                continue
            found.add(element)
            pending.extend(incoming.source for incoming in element.incoming)
            pending.extend(element.comes_from())
        places = bytearray(len(self._wf_spec.task_specs) // 8 + 1)
        for element in found:
            places[element.place // 8] |= 1 << element.place % 8
        return int.from_bytes(places, "little")


class InclusiveGateway(Join, StockInclusiveGateway):
    """All ways out whose condition is true; as a join, waits while a token may still come (BPMN 13.4.3)."""

    @cached_property
    def is_join(self) -> bool:
        return len(self.incoming) > 1

    def arrive(self, run: Runtime, token: Token) -> None:
        if not self.is_join:
            run.pass_through(self, token.scope)
        else:
            run.wait_at_join(self, token)

    def is_activated(self, scope: Node) -> bool:
        """Whether no token elsewhere in the scope could still arrive over an empty flow only."""
        empty = filled = 0
        for places, count in zip(self.places(), scope.joins[self.bpmn_id], strict=True):
            if count:
                filled |= places
            else:
                empty |= places
        return not self.is_awaited(scope, empty & ~filled)


class ComplexGateway(Join):
    """Fires when its activation condition becomes true, then waits for the tokens still to come (BPMN 13.4.5).

    These end the second phase, when no other token can come but over flows that were served already. As the standard
    has it but for two things: at the end only flows with a condition and the default get tokens, not those that are
    always open; and where all flows were served at once there is no second phase. Conditions see `activationCount`,
    the number of incoming flows on which a token waits, and `waitingForStart`, false in the second phase.
    """

    activation: Text | None = None

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        self.condition = compiler.expression(self, "activation condition", self.activation)

    def arrive(self, run: Runtime, token: Token) -> None:
        if len(self.incoming) < 2:
            run.pass_through(self, token.scope)
            return
        counts = run.wait_at_join(self, token)
        run.choosing.add(token.scope.number)
        try:
            self.begin_phase(run, token.scope)
        except StepFailure as failure:
            counts[max(token.position, 0)] -= 1
            if not any(counts):
                del token.scope.joins[self.bpmn_id]
            run.keep_back(token, failure)

    def act(self, run: Runtime, scope: Node) -> list[Flow]:
        return self.ways_out(self.seen(run, scope, waiting=True))

    def begin_phase(self, run: Runtime, scope: Node) -> bool:
        """Fire, where this is the first phase and the condition holds. Raises `StepFailure`."""
        counts = scope.joins.get(self.bpmn_id)
        if counts is None or f"{self.bpmn_id}{RESET}" in scope.joins:
            return False
        if self.condition is None:
            is_active = all(counts)
        else:
            is_active = condition_holds(self.condition, self.seen(run, scope, waiting=True), "activation condition")
        if is_active:
            served = [int(bool(count)) for count in counts]
            if not all(served):
                scope.joins[f"{self.bpmn_id}{RESET}"] = served
            run.pass_through(self, scope, consumed=take_one_each(scope, self.bpmn_id))
        return is_active

    def is_over(self, scope: Node) -> bool:
        """Whether no token can come any more over a flow that was not served yet: the second phase ends."""
        missing = covered = 0
        for places, is_served, count in zip(self.places(), *self._phase(scope), strict=True):
            if is_served or count:
                covered |= places
            else:
                missing |= places
        return not self.is_awaited(scope, missing & ~covered)

    def take_late(self, scope: Node) -> int:
        """Begin the first phase again, and consume what came late; how many tokens these were."""
        served, counts = self._phase(scope)
        del scope.joins[f"{self.bpmn_id}{RESET}"]
        late = [position for position, count in enumerate(counts) if count and not served[position]]
        for position in late:
            counts[position] -= 1
        if late and not any(counts):
            del scope.joins[self.bpmn_id]
        return len(late)

    def _phase(self, scope: Node) -> tuple[list[int], list[int]]:
        served = scope.joins[f"{self.bpmn_id}{RESET}"]
        return served, scope.joins.get(self.bpmn_id) or [0] * len(served)

    def late_ways(self, sight: Sight) -> list[Flow]:
        """The flows that get a token when the second phase ends. Raises `StepFailure`."""
        conditional = [flow for flow in self.outgoing if flow.condition is not None and not flow.is_default]
        taken = [flow for flow in conditional if holds(flow, sight)]
        return [self.default_flow] if self.default_flow is not None and not taken else taken

    def seen(self, run: Runtime, scope: Node, *, waiting: bool) -> Sight:
        """What its conditions see."""
        counts = scope.joins.get(self.bpmn_id, [])
        own: dict[str, Value] = {"activationCount": sum(bool(count) for count in counts), "waitingForStart": waiting}
        return over(own, run.sight(scope))

    def ways_out(self, sight: Sight) -> list[Flow]:
        taken = [flow for flow in self.outgoing if not flow.is_default and holds(flow, sight)]
        if not taken and self.default_flow is not None:
            return [self.default_flow]
        return taken or (no_way_out(self) if self.outgoing else [])


class EventBasedGateway(WaitingElement, StockEventBasedGateway):
    """Waits for the first of several events (BPMN 13.4.4), or where it starts the process, maybe for all (10.6.6)."""

    #: Whether its events start an instance of the process.
    instantiates = False
    #: Whether the first event starts the process and all others must come before the instance can be over.
    takes_all = False

    def begin(self, run: Runtime, node: Node) -> None:
        for flow in self.outgoing:
            run.arm(node, flow.target)

    @cached_property
    def evaluates_conditions(self) -> bool:
        return False


def starting_gateway(event: Element) -> EventBasedGateway | None:
    """The gateway before an event that may start the process."""
    sources = [flow.source for flow in event.incoming]
    found = [item for item in sources if isinstance(item, EventBasedGateway) and item.instantiates]
    return found[0] if found and not found[0].incoming else None


def take_one_each(scope: Node, gateway_id: str) -> int:
    """Consume one token of every incoming flow that has one; how many these were."""
    counts = scope.joins[gateway_id]
    consumed = 0
    for position, count in enumerate(counts):
        if count:
            counts[position] = count - 1
            consumed += 1
    if not any(counts):
        del scope.joins[gateway_id]
    return consumed


def _places_of_tokens(scope: Node, gateway: Element) -> list[Element]:
    """Where the scope's other tokens are, now that none is on its way."""
    places = [node.element for node in scope.children.values() if node.element is not None]
    places.extend(_join_elements(scope, gateway))
    return places


def _join_elements(scope: Node, gateway: Element) -> list[Element]:
    specs = gateway._wf_spec.task_specs
    return [specs[name] for name in scope.joins if name != gateway.bpmn_id and not name.endswith(RESET)]
