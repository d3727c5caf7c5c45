"""What a server does with parts of diagrams that are made for another engine's inside; settings of the installation."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from bpmn.sandbox import Sandboxes


class ForeignWork(StrEnum):
    """What becomes of work of another system: a Java class, a bean, an operator of its connectors, a built-in task."""

    EXTERNAL_TASK = "external-task"
    """A worker does it: it is offered as an external task whose topic is the class, the bean or the operator."""
    PASS = "pass"
    """Nobody does it: it counts as done when it is reached. For trying out diagrams."""
    REFUSE = "refuse"
    """Diagrams with it are not deployed."""


class Listeners(StrEnum):
    """What becomes of listeners that cannot run here: such code, and jobs."""

    EXTERNAL_TASK = "external-task"
    """A worker does it, and the activity or the process waits for that."""
    IGNORE = "ignore"
    """Diagrams are executed without them; the report warns of each."""
    REFUSE = "refuse"
    """Diagrams with them are not deployed."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a diagram's foreign work, listeners and scripts are taken; every use is told by the report."""

    foreign_work: ForeignWork = ForeignWork.EXTERNAL_TASK
    listeners: Listeners = Listeners.EXTERNAL_TASK
    sandboxes: Sandboxes | None = field(default=None, compare=False)
    """Where scripts are read when a diagram is deployed; without them they are taken as they are."""

    def of_deployed(self) -> Policy:
        """The same for diagrams that were deployed under another policy: what was accepted then is not refused now."""
        foreign_work = ForeignWork.EXTERNAL_TASK if self.foreign_work is ForeignWork.REFUSE else self.foreign_work
        listeners = Listeners.IGNORE if self.listeners is Listeners.REFUSE else self.listeners
        return Policy(foreign_work, listeners)


BY_DEFAULT = Policy()
