"""The process as SpiffWorkflow keeps it: a `BpmnProcessSpec` of our elements."""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from bpmn.elements.base import Element
from bpmn.elements.events import BoundaryEvent, StartEvent


class ProcessSpec(BpmnProcessSpec):
    """A process or the inside of a subprocess; `task_specs` holds the drawn elements and nothing else.

    The stock class adds elements of its own named "Start", "End" and so on for its task tree; a diagram may use these
    names for its own elements, so they are kept out of the table.
    """

    task_specs: dict[str, Any]

    def __init__(self, name: str, description: str, filename: str | None) -> None:
        super().__init__(name=name, description=description, filename=filename)
        self.task_specs = {}

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
            return [start for start in starts if start.trigger_kind == "none"]
        return [item for item in elements if not item.incoming and not isinstance(item, BoundaryEvent)]
