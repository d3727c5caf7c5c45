"""The process as SpiffWorkflow keeps it: a `BpmnProcessSpec` of our elements."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from bpmn.elements.base import Element
from bpmn.elements.events import BoundaryEvent, IntermediateCatchEvent, ReceiveTask, StartEvent
from bpmn.elements.subprocesses import EventSubprocess
from bpmn.elements.whole import Whole


class ProcessSpec(BpmnProcessSpec):
    """A process or the inside of a subprocess; `task_specs` holds the drawn elements and nothing else.

    The stock class adds elements of its own named "Start", "End" and so on for its task tree; a diagram may use these
    names for its own elements, so they are kept out of the table.
    """

    task_specs: dict[str, Any]

    def __init__(self, name: str, description: str, filename: str | None) -> None:
        super().__init__(name=name, description=description, filename=filename)
        self.task_specs = {}
        #: Where the listeners of a process are heard; None where it has none.
        self.whole: Whole | None = None
        self._handlers: list[EventSubprocess] = []
        self._has_starts = False
        self._plain_starts: list[StartEvent] = []
        self._unasked: list[Element] = []
        self._dangling: list[Element] = []

    def elements(self) -> list[Element]:
        """The flow nodes of this level, in the order of the file."""
        return list(self.task_specs.values())

    def plain_starts(self) -> list[StartEvent]:
        """The none start events."""
        return self._plain_starts

    def entries(self, start: Element | None = None) -> list[Element]:
        """Where tokens begin when the level is entered, at the event `start` or plainly (BPMN 10.5.2, 13.2, 13.3.4).

        At the none start events, or at the one event that was triggered; and at every activity that no flow leads to,
        which begins with its level (10.3). Where there is no start event at all, so does every such node.
        """
        if start is not None:
            return [start, *self._dangling]
        if self._has_starts:
            return [*self._plain_starts, *self._dangling]
        return self._unasked

    def event_subprocesses(self) -> list[EventSubprocess]:
        """The event subprocesses of this level."""
        return self._handlers

    def undoing_subprocess(self) -> EventSubprocess | None:
        """The event subprocess that compensates this level, if it has one (BPMN 10.7.1)."""
        return next((item for item in self._handlers if item.undoing_start is not None), None)

    def close(self) -> None:
        """Look up what is asked often; called when the level is read and its texts are compiled."""
        elements = self.elements()
        starts = [item for item in elements if isinstance(item, StartEvent)]
        self._handlers = [item for item in elements if isinstance(item, EventSubprocess)]
        self._has_starts = bool(starts)
        self._plain_starts = [start for start in starts if not start.catches]
        self._unasked = [item for item in elements if not item.incoming and _begins_unasked(item)]
        self._dangling = [item for item in self._unasked if item.is_activity and not _starts_a_process(item)]


def _starts_a_process(element: Element) -> bool:
    return isinstance(element, ReceiveTask) and element.instantiates


def _begins_unasked(element: Element) -> bool:
    if isinstance(element, BoundaryEvent | EventSubprocess | StartEvent) or element.is_compensation_handler:
        return False
    return not (isinstance(element, IntermediateCatchEvent) and not element.catches)
