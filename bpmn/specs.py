"""The process as SpiffWorkflow keeps it: a `BpmnProcessSpec` of our elements."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from bpmn.elements.base import Element
from bpmn.elements.events import BoundaryEvent, IntermediateCatchEvent, StartEvent
from bpmn.elements.subprocesses import EventSubprocess


class ProcessSpec(BpmnProcessSpec):
    """A process or the inside of a subprocess; `task_specs` holds the drawn elements and nothing else.

    The stock class adds elements of its own named "Start", "End" and so on for its task tree; a diagram may use these
    names for its own elements, so they are kept out of the table.
    """

    task_specs: dict[str, Any]

    def __init__(self, name: str, description: str, filename: str | None) -> None:
        super().__init__(name=name, description=description, filename=filename)
        self.task_specs = {}
        self._handlers: list[EventSubprocess] = []

    def elements(self) -> list[Element]:
        """The flow nodes of this level, in the order of the file."""
        return list(self.task_specs.values())

    def entry_points(self) -> list[Element]:
        """Where a token begins when the level is entered plainly (BPMN 10.5.2, 13.2).

        The none start events; where there is no start event at all, every node that no flow leads to.
        """
        elements = self.elements()
        starts = [element for element in elements if isinstance(element, StartEvent)]
        if starts:
            return [start for start in starts if not start.catches]
        return [item for item in elements if not item.incoming and _begins_unasked(item)]

    def event_subprocesses(self) -> list[EventSubprocess]:
        """The event subprocesses of this level."""
        return self._handlers

    def undoing_subprocess(self) -> EventSubprocess | None:
        """The event subprocess that compensates this level, if it has one (BPMN 10.7.1)."""
        return next((item for item in self._handlers if item.start.catches[0].kind == "compensation"), None)

    def close(self) -> None:
        """Look up what is asked often; called when the level is read and its texts are compiled."""
        self._handlers = [item for item in self.elements() if isinstance(item, EventSubprocess)]


def _begins_unasked(element: Element) -> bool:
    if isinstance(element, BoundaryEvent | EventSubprocess) or element.is_compensation_handler:
        return False
    return not (isinstance(element, IntermediateCatchEvent) and not element.catches)
