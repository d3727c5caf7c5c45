"""Events that somebody waits for: messages and signals of instances, and those that start processes."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import literal, null, select, union_all

from app.models import process_definition, process_instance, start_subscription, subscription
from app.queries.catalog.criteria import Catalog, either, nothing
from app.queries.catalog.variables import having, having_at


class EventSubscription(NamedTuple):
    """An event that is waited for; without an instance, it starts one. `created_at` in milliseconds."""

    instance_id: str | None
    activity: int | None
    element_id: str
    kind: str
    name: str
    definition_id: str
    created_at: int

    @property
    def activity_id(self) -> str:
        """The place that waits: an activity instance, or the instance as a whole; empty where the event starts one."""
        return "" if self.instance_id is None else f"{self.instance_id}.{self.activity}".removesuffix(".0")

    @property
    def id(self) -> str:
        """A name for the subscription: its place, and its event."""
        return f"{self.activity_id or self.definition_id}:{self.element_id}"


_waiting = select(
    subscription.c.instance_id.label("instance_id"),
    subscription.c.activity.label("activity"),
    subscription.c.event.label("element_id"),
    subscription.c.kind.label("kind"),
    subscription.c.name.label("name"),
    process_instance.c.definition_id.label("definition_id"),
    process_instance.c.definition_key.label("definition_key"),
    subscription.c.business_key.label("business_key"),
    subscription.c.taken.label("taken"),
    subscription.c.created_at.label("created_at"),
).join_from(subscription, process_instance, process_instance.c.id == subscription.c.instance_id)
_starting = select(
    null().label("instance_id"),
    null().label("activity"),
    start_subscription.c.element_id,
    start_subscription.c.kind,
    start_subscription.c.name,
    start_subscription.c.definition_id,
    start_subscription.c.definition_key,
    null().label("business_key"),
    literal(0).label("taken"),
    process_definition.c.created_at,
).join_from(start_subscription, process_definition, process_definition.c.id == start_subscription.c.definition_id)
_all = union_all(_waiting, _starting).subquery("subscriptions")
_table = _all.c

SUBSCRIPTIONS: Catalog[EventSubscription] = Catalog(
    select(
        _table.instance_id,
        _table.activity,
        _table.element_id,
        _table.kind,
        _table.name,
        _table.definition_id,
        _table.created_at,
    ),
    lambda row: EventSubscription(*row),
    _table.created_at,
    {
        "instance": _table.instance_id,
        "activity": _table.activity,
        "element": _table.element_id,
        "kind": _table.kind,
        "name": _table.name,
        "taken": _table.taken,
        "definition": _table.definition_id,
        "definition-key": _table.definition_key,
        "business-key": _table.business_key,
        "variable": having(_table.instance_id),
        "local-variable": having_at(_table.instance_id, _table.activity),
        "starts": either(_table.instance_id.is_(None)),
        "nothing": nothing,
    },
    {"created": _table.created_at},
)
