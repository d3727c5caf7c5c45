"""Stops on sequence flows, where listeners of flows, events and gateways are heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from SpiffWorkflow.bpmn.specs.defaults import NoneTask as StockNoneTask

from bpmn.elements.base import Element, Flow, PassingElement
from bpmn.elements.events import BoundaryEvent, EndEvent, StartEvent
from bpmn.elements.gateways import EventBasedGateway
from bpmn.elements.listeners import END, START, DrawnListener

if TYPE_CHECKING:
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node


class Stop(PassingElement, StockNoneTask):
    """Where a token on a sequence flow waits until its listeners are done; it has the id of the flow.

    A token passes an event or a gateway at once, or at a moment of its own: who listens to it hears of it on the way
    there, or on the way from there.
    """

    @property
    def opens(self) -> bool:
        return True

    def begin(self, run: Runtime, node: Node) -> None:
        """The listeners have been heard."""
        run.finish_soon(node)


def heard_on(own: Iterable[DrawnListener], source: Element, target: Element) -> list[DrawnListener]:
    """The listeners on a flow: of the event or gateway that it leaves, its own, of the one that it comes to."""
    if isinstance(source, EventBasedGateway):
        return []
    leaving = [item for item in source.drawn.at_flows if item.when == END or _passes_out(source)]
    coming = [item for item in target.drawn.at_flows if item.when == START or _ends(target)]
    return [replace(item, when=START) for item in (*leaving, *own, *coming) if item.when]


def lead(flow: Flow, stop: Stop | None) -> None:
    """Draw a flow, by way of the stop on it."""
    if stop is None:
        flow.source.lead_to(flow)
        return
    rest = Flow(flow.id, stop, flow.target, flow.position, line=flow.line)
    flow.target, flow.position = stop, 0
    flow.source.lead_to(flow)
    stop.lead_to(rest)


def unheard_on(own: Iterable[DrawnListener], source: Element) -> list[DrawnListener]:
    """The listeners drawn at a flow that leaves `source` which are not heard on it."""
    alone = isinstance(source, EventBasedGateway)
    return [replace(item, when="") for item in own if alone or not item.when]


def unheard(element: Element) -> list[DrawnListener]:
    """The listeners of an event or gateway that no flow leads by."""
    return [replace(item, when="") for item in element.drawn.at_flows if not _is_heard(item, element)]


def _is_heard(item: DrawnListener, element: Element) -> bool:
    if (item.when == END and not _ends(element)) or _passes_out(element):
        flows, is_gateway = element.outgoing, isinstance(element, EventBasedGateway)
        return bool(item.when and flows) and not is_gateway
    return bool(item.when and element.incoming) and not any(
        isinstance(flow.source, EventBasedGateway) for flow in element.incoming
    )


def _passes_out(element: Element) -> bool:
    """Whether everything that is heard of it is heard behind it."""
    return isinstance(element, StartEvent | BoundaryEvent)


def _ends(element: Element) -> bool:
    return isinstance(element, EndEvent)
