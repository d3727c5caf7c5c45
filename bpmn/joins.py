"""Joins: tokens that wait for others, and what is decided when no token is on its way (BPMN 13.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.elements.base import Element, StepFailure
from bpmn.elements.gateways import RESET, InclusiveGateway, take_one_each

if TYPE_CHECKING:
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node, Token


def settle(run: Runtime) -> bool:
    """Fire an inclusive join, or else report a join that starves; false where there is nothing to decide."""
    if run.deferred:
        return False
    waiting = [scope for scope in run.nodes.values() if scope.joins]
    return _fire_inclusive(run, waiting) or _report_starved(run, waiting)


def _fire_inclusive(run: Runtime, waiting: list[Node]) -> bool:
    for scope in waiting:
        for name in [name for name in scope.joins if not name.endswith(RESET)]:
            gateway = run.model.spec_of(name)
            if isinstance(gateway, InclusiveGateway) and gateway.is_activated(scope):
                _pass_inclusive(run, gateway, scope)
                return True
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
            scope.tokens -= take_one_each(scope, name) - 1
            run._fail(run._register(element, scope), "enter", _starved(missing))
            return True
    return False


def enough(element: Element, token: Token) -> bool:
    """Keep a token until the activity has as many as it needs, then take them (BPMN 10.3.1, startQuantity)."""
    scope = token.scope
    counts = scope.joins.setdefault(element.bpmn_id, [0])
    counts[0] += 1
    if counts[0] < element.start_quantity:
        return False
    scope.tokens -= counts[0] - 1
    del scope.joins[element.bpmn_id]
    return True


def _starved(missing: list[str]) -> StepFailure:
    over = f"over {', '.join(missing)} " if missing else ""
    return StepFailure("join-starved", f"no token can come {over}any more; resolving goes on without it")
