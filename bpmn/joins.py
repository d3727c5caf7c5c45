"""Joins: tokens that wait for others, and what is decided when no token is on its way (BPMN 13.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.elements.base import Element, StepFailure
from bpmn.elements.gateways import RESET, ComplexGateway, InclusiveGateway, take_one_each
from bpmn.scopes import Token

if TYPE_CHECKING:
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node


def settle(run: Runtime) -> bool:
    """Fire an inclusive join, or else report a join that starves; false where there is nothing to decide."""
    if run.deferred:
        return False
    run.choosing = {number for number in run.choosing if number in run.nodes}
    found = [run.nodes[number] for number in sorted(run.joining | run.choosing) if number in run.nodes]
    waiting = [scope for scope in found if scope.joins]
    if (
        _fire_inclusive(run, waiting)
        or _fire_complex(run, waiting)
        or _end_second_phase(run, waiting)
        or _report_starved(run, waiting)
    ):
        return True
    run.joining.clear()
    return False


def _fire_inclusive(run: Runtime, waiting: list[Node]) -> bool:
    for scope in waiting:
        for name in [name for name in scope.joins if not name.endswith(RESET)]:
            gateway = run.model.spec_of(name)
            if isinstance(gateway, InclusiveGateway) and gateway.is_activated(scope):
                _pass_inclusive(run, gateway, scope)
                return True
    return False


def _fire_complex(run: Runtime, waiting: list[Node]) -> bool:
    """Look at the conditions of complex gateways again: what they are about may have changed since tokens came."""
    for scope in waiting:
        for name in [name for name in scope.joins if not name.endswith(RESET)]:
            gateway = run.model.spec_of(name)
            if isinstance(gateway, ComplexGateway) and gateway.condition is not None:
                try:
                    if gateway.begin_phase(run, scope):
                        return True
                except StepFailure:
                    continue  # the next token that comes reports it
    return False


def _pass_inclusive(run: Runtime, gateway: InclusiveGateway, scope: Node) -> None:
    consumed = take_one_each(scope, gateway.bpmn_id)
    run.steps += 1
    run.steps_since_stimulus += 1
    if run.steps_since_stimulus > run.context.step_ceiling:
        scope.tokens -= consumed - 1
        run._fail(run._register(gateway, scope), "enter", too_many_steps(run.context.step_ceiling))
        return
    run.pass_through(gateway, scope, consumed=consumed)


def _end_second_phase(run: Runtime, waiting: list[Node]) -> bool:
    """Let a complex gateway that fired begin anew, now that nothing can come any more (BPMN 13.4.5)."""
    for scope in waiting:
        for name in [name for name in scope.joins if name.endswith(RESET)]:
            gateway = run.model.spec_of(name.removesuffix(RESET))
            assert isinstance(gateway, ComplexGateway)
            if gateway.is_over(scope):
                _pass_late(run, gateway, scope)
                return True
    return False


def _pass_late(run: Runtime, gateway: ComplexGateway, scope: Node) -> None:
    sight = gateway.seen(run, scope, waiting=False)
    consumed = gateway.take_late(scope)
    try:
        flows = gateway.late_ways(sight)
    except StepFailure as failure:
        scope.tokens -= consumed - 1
        run._fail(run._register(gateway, scope), "enter", failure)
        return
    run._send(gateway, flows, scope, consumed)
    counts = scope.joins.get(gateway.bpmn_id)
    if counts is not None:  # what waits already may be enough
        position = next(position for position, count in enumerate(counts) if count)
        counts[position] -= 1
        run.queue.append(Token(gateway, position, scope))


def too_many_steps(ceiling: int) -> StepFailure:
    """The failure of an element that would be entered once too often without any wait."""
    return StepFailure("step-limit", f"{ceiling} steps without any wait; is this an endless loop?")


def _report_starved(run: Runtime, waiting: list[Node]) -> bool:
    """Report a join that waits in a scope where nothing is alive any more: it would wait for ever."""
    for scope in waiting:
        starving = [(name, counts) for name, counts in scope.joins.items() if not name.endswith(RESET)]
        if starving and not scope.children:
            name, counts = starving[0]
            element = run.model.spec_of(name)
            missing = [flow.id for flow, count in zip(element.incoming, counts, strict=False) if not count]
            consumed = take_one_each(scope, name)
            while element.start_quantity > 1 and name in scope.joins:
                consumed += take_one_each(scope, name)
            scope.tokens -= consumed - 1
            run._fail(run._register(element, scope), "enter", _starved(missing))
            return True
    return False


def enough(run: Runtime, element: Element, token: Token) -> bool:
    """Keep a token until the activity has as many as it needs, then take them (BPMN 10.3.1, startQuantity)."""
    scope = token.scope
    counts = scope.joins.setdefault(element.bpmn_id, [0])
    run.joining.add(scope.number)
    counts[0] += 1
    if counts[0] < element.start_quantity:
        return False
    scope.tokens -= counts[0] - 1
    del scope.joins[element.bpmn_id]
    return True


def _starved(missing: list[str]) -> StepFailure:
    over = f"over {', '.join(missing)} " if missing else ""
    return StepFailure("join-starved", f"no token can come {over}any more; resolving goes on without it")
