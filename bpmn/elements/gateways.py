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
    WaitingElement,
    condition_holds,
    holds,
    no_way_out,
)

if TYPE_CHECKING:
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node, Token
    from bpmn.texts import Compiler
    from bpmn.values import Variables


#: Behind a complex gateway's id, among the joins of a scope: which incoming flows were served in this round.
RESET = " reset"


class ExclusiveGateway(PassingElement, StockExclusiveGateway):
    """One way out: the first in the file whose condition is true, else the default (BPMN 13.4.2)."""

    def ways_out(self, variables: Variables) -> list[Flow]:
        if len(self.outgoing) == 1 and self.outgoing[0].condition is None:
            return self.outgoing
        for flow in self.outgoing:
            if not flow.is_default and holds(flow, variables):
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

    def ways_out(self, variables: Variables) -> list[Flow]:
        return self.outgoing


class InclusiveGateway(PassingElement, StockInclusiveGateway):
    """All ways out whose condition is true; as a join, waits while a token may still come (BPMN 13.4.3)."""

    #: By incoming flow, where a token can come from; looked up when the gateway first joins.
    upstream: list[int] | None = None

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
        if self.upstream is None:
            self.upstream = [self._reaching(flow) for flow in self.incoming]
        empty = filled = 0
        for places, count in zip(self.upstream, scope.joins[self.bpmn_id], strict=True):
            if count:
                filled |= places
            else:
                empty |= places
        awaited = empty & ~filled
        return not any(awaited >> element.place & 1 for element in _places_of_tokens(scope, self))

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
            attached_to = getattr(element, "attached_to", None)
            if attached_to is not None:
                pending.append(attached_to)
        places = bytearray(len(self._wf_spec.task_specs) // 8 + 1)
        for element in found:
            places[element.place // 8] |= 1 << element.place % 8
        return int.from_bytes(places, "little")


class ComplexGateway(PassingElement):
    """Fires when its activation condition becomes true, then lets the tokens that are still to come vanish.

    As the standard has it (13.4.5) but for one thing: what comes later gives no tokens to flows without a condition.
    `activationCount` is the number of tokens that wait.
    """

    activation: Text | None = None

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        self.condition = compiler.expression(self, "activation condition", self.activation)

    def arrive(self, run: Runtime, token: Token) -> None:
        if len(self.incoming) < 2:
            run.pass_through(self, token.scope)
            return
        scope, reset = token.scope, f"{self.bpmn_id}{RESET}"
        seen = scope.joins.get(reset)
        if seen is not None and not seen[token.position]:
            self._swallow(run, scope, token, reset)
            return
        counts = run.wait_at_join(self, token)
        if seen is None and self._is_active(scope, counts):
            arrived = [int(bool(count)) for count in counts]
            if not all(arrived):
                scope.joins[reset] = arrived
            run.pass_through(self, scope, consumed=take_one_each(scope, self.bpmn_id))

    def _is_active(self, scope: Node, counts: list[int]) -> bool:
        if self.condition is None:
            return all(counts)
        variables = {**scope.visible, "activationCount": sum(bool(count) for count in counts)}
        return condition_holds(self.condition, variables, "activation condition")

    def _swallow(self, run: Runtime, scope: Node, token: Token, reset: str) -> None:
        seen = scope.joins[reset]
        seen[token.position] = 1
        if all(seen):
            del scope.joins[reset]
        scope.tokens -= 1
        if scope.tokens == 0:
            run.finish_soon(scope)

    def ways_out(self, variables: Variables) -> list[Flow]:
        taken = [flow for flow in self.outgoing if not flow.is_default and holds(flow, variables)]
        if not taken and self.default_flow is not None:
            return [self.default_flow]
        return taken or (no_way_out(self) if self.outgoing else [])


class EventBasedGateway(WaitingElement, StockEventBasedGateway):
    """Waits for the first of several events (BPMN 13.4.4)."""

    #: Whether its events start an instance of the process.
    instantiates = False

    def begin(self, run: Runtime, node: Node) -> None:
        for flow in self.outgoing:
            run.arm(node, flow.target)

    @cached_property
    def evaluates_conditions(self) -> bool:
        return False


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
