"""Stimuli for one place of an instance: an activity instance, or the instance itself.

Such a place is named by the id of its activity instance, or by the id of the process instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import bindparam as p
from sqlalchemy import select

from app.db import Row, Statement
from app.engine import advance, instances
from app.engine.variables import checked
from app.engine.work import Work
from app.errors import InvalidState, NotFound
from app.ids import activity_id, split_place
from app.models import subscription
from bpmn.errors import NotWaiting
from bpmn.values import Value

Kind = Literal["message", "signal"]


@dataclass(frozen=True, slots=True)
class Triggered:
    """What took the event: an activity instance, and how its process instance stands after it."""

    process_instance_id: str
    activity_id: str
    status: str


_WAITING = Statement(
    select(subscription.c.activity, subscription.c.event, subscription.c.kind, subscription.c.name).where(
        subscription.c.instance_id == p("instance")
    )
)


def deliver(
    tx: Work,
    *,
    execution_id: str,
    kind: Kind,
    name: str,
    event: str | None = None,
    variables: Mapping[str, Value] | None = None,
) -> Triggered:
    """Bring a message or signal to the event that waits for it at this place, and to no other.

    `event` names its element where several wait. Raises `NotFound`, `InvalidState`, `InvalidRequest`.
    """
    given = checked(variables)
    row, waiting, place = _hold(tx, execution_id)
    fits = [
        (activity, element)
        for activity, element, its_kind, its_name in waiting
        if its_kind == kind
        and its_name == name
        and (event is None or element == event)
        and (place is None or place == activity)
    ]
    if not fits:
        raise NotFound(f"Execution {execution_id!r} does not wait for the {kind} {name!r}.", code="no-receiver")
    if len(fits) > 1:
        raise InvalidState(
            f"Several events of execution {execution_id!r} wait for the {kind} {name!r}; name one of them.",
            code="message-ambiguous",
        )
    return _trigger(tx, row, *fits[0], given, f"deliver-{kind}")


def signal(tx: Work, execution_id: str, *, variables: Mapping[str, Value] | None = None) -> Triggered:
    """Let the one receive task that waits at this place go on, without a message.

    Raises `NotFound`, `InvalidState`, `InvalidRequest`.
    """
    given = checked(variables)
    row, waiting, place = _hold(tx, execution_id)
    held = instances.restore(tx, row)
    elements = {item.activity: item.element for item in held.execution.live()}
    fits = [
        (activity, element)
        for activity, element, _, _ in waiting
        if elements.get(activity) == element and (place is None or place == activity)
    ]
    if len(fits) != 1:
        raise InvalidState(
            f"Execution {execution_id!r} is no one receive task that could go on; {len(fits)} wait there.",
            code="receiver-blocked",
        )
    return _trigger(tx, row, *fits[0], given, "signal-execution")


def _hold(tx: Work, execution_id: str) -> tuple[instances.Locked, list[Row], int | None]:
    instance_id, place = split_place(execution_id)
    row, (waiting,) = instances.lock(tx, instance_id, (_WAITING, {"instance": instance_id}))
    instances.require_active(row)
    return row, waiting, place


def _trigger(
    tx: Work, row: instances.Locked, activity: int, event: str, given: Mapping[str, Value], command: str
) -> Triggered:
    held = instances.restore(tx, row)
    try:
        held.execution.trigger(activity, event, given)
    except NotWaiting as problem:
        raise InvalidState(f"The event {event!r} cannot be triggered: {problem}.", code="receiver-blocked") from None
    advance.settle(tx, held, command, {"activity": activity_id(row.id, activity), "event": event})
    return Triggered(row.id, activity_id(row.id, activity), row.status)
