"""Job definitions: the places of a diagram that make jobs, named by definition, element and kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.queries.catalog.criteria import Criterion
from app.queries.catalog.jobs import TIMERS, Job
from bpmn.drawing import Drawing

ASYNC = "async-continuation"
_TIMERS = {
    "startEvent": "timer-start-event",
    "intermediateCatchEvent": "timer-intermediate-transition",
    "boundaryEvent": "timer-transition",
}


@dataclass(frozen=True, slots=True)
class JobPlace:
    """A place that makes jobs; `configuration` says when, for continuations."""

    element_id: str
    kind: str
    configuration: str | None


def places(drawing: Drawing) -> Iterator[JobPlace]:
    """The places of a diagram that make jobs."""
    for element in drawing.elements.values():
        if element.event == "timer" and element.type in _TIMERS:
            yield JobPlace(element.id, _TIMERS[element.type], None)
        if element.async_before:
            yield JobPlace(element.id, ASYNC, "async-before")
        if element.async_after:
            yield JobPlace(element.id, ASYNC, "async-after")


def place_id(definition_id: str, element_id: str, is_timer: bool) -> str:
    """The name of a job definition."""
    return f"{definition_id}:{element_id}:{'timer' if is_timer else 'async'}"


def job_definition_id(row: Job) -> str | None:
    """The name of the job definition that a job belongs to."""
    if row.definition_id is None or row.element_id is None:
        return None
    return place_id(row.definition_id, row.element_id, row.kind in TIMERS)


def split(name: str) -> tuple[str, str]:
    """Definition and element of a job definition's name; empty texts where it is none."""
    definition_id, _, rest = name.partition(":")
    return definition_id, rest.rpartition(":")[0]


def definition_criteria(name: str) -> list[Criterion]:
    """The jobs of a job definition."""
    definition_id, element_id = split(name)
    return [Criterion("definition", "eq", definition_id), Criterion("element", "eq", element_id)]
