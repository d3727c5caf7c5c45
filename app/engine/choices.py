"""What performers may begin in the open ad-hoc subprocesses of an instance (BPMN 13.3.5), read without holding it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam as p
from sqlalchemy import select

from app.db import Statement, Transaction
from app.engine.definitions import Definitions
from app.engine.shelf import RowShelf
from app.errors import InvalidState, NotFound
from app.ids import activity_id
from app.models import process_instance
from bpmn.errors import StateUnreadable
from bpmn.execution import Context, Execution
from bpmn.model import ElementInfo

_STATE = Statement(
    select(process_instance.c.definition_id, process_instance.c.state).where(process_instance.c.id == p("id"))
)


@dataclass(frozen=True, slots=True)
class OpenChoice:
    """An open ad-hoc subprocess, by the id of its activity instance, and the elements that may be begun in it now."""

    id: str
    element: ElementInfo
    choices: tuple[ElementInfo, ...]


def open_choices(tx: Transaction, definitions: Definitions, now: datetime, instance_id: str) -> list[OpenChoice]:
    """The open ad-hoc subprocesses of an instance; none where it is over.

    Raises `NotFound`, `ModelMissing`, `InvalidState` (a state of a later release).
    """
    found = tx.fetch_one(_STATE, {"id": instance_id})
    if found is None:
        raise NotFound(f"There is no process instance {instance_id!r}.", code="process-instance-not-found")
    definition_id, state = found
    if state is None:
        return []
    model = definitions.model(definition_id)
    try:
        execution = Execution.restore(model, Context(now), state, {}, RowShelf(tx, instance_id, {}))
    except StateUnreadable as problem:
        raise InvalidState(
            f"Process instance {instance_id} cannot be read: {problem}.", code="state-unreadable"
        ) from None
    return [
        OpenChoice(
            activity_id(instance_id, choice.activity),
            model.element(choice.element),
            tuple(map(model.element, choice.elements)),
        )
        for choice in execution.choices()
    ]
