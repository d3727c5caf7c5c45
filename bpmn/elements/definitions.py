"""Event definitions that SpiffWorkflow does not have."""

from __future__ import annotations

from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.item_aware_event import SignalEventDefinition


class LinkEventDefinition(EventDefinition):
    """A jump to the catching link of the same name in the same level (BPMN 10.5.5, link)."""


class DefaultSignalDefinition(SignalEventDefinition):
    """What runs of a multi-instance activity throw where the diagram names no event (BPMN 10.3.8)."""


class CompensateEventDefinition(EventDefinition):
    """Undo what was completed: of one activity, or of the whole scope where `activity` is None (BPMN 10.7).

    `waits` says whether the throwing event stays until that is done (waitForCompletion).
    """

    def __init__(self, activity: str | None = None, *, waits: bool = True) -> None:
        super().__init__(activity)
        self.activity = activity
        self.waits = waits
