"""Events that are waited for."""

from __future__ import annotations

from typing import Any

from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import NO_TENANT, heeded, listing, text
from app.api.engine_rest.given import Given
from app.api.engine_rest.incidents import number
from app.api.engine_rest.routing import Ask, Routes
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.event_subscriptions import SUBSCRIPTIONS, EventSubscription

routes = Routes()


def _id(name: str, given: Given) -> list[Criterion]:
    """The id of a subscription: its place, and its element."""
    place, _, element = (given.text(name) or "").partition(":")
    found = [Criterion("element", "eq", element)]
    instance_id, dot, activity = place.partition(".")
    if not dot:
        return [*found, Criterion("definition", "eq", place), Criterion("instance", "null", True)]
    activity_number = number("activity", Given({"activity": activity}))
    return [*found, Criterion("instance", "eq", instance_id), Criterion("activity", "eq", activity_number)]


#: What the dialect calls kinds that have another name here.
_KINDS = {"conditional": "condition"}


def _kind(name: str, given: Given) -> list[Criterion]:
    wanted = given.text(name)
    return [Criterion("kind", "eq", _KINDS.get(wanted or "", wanted))]


def _execution(name: str, given: Given) -> list[Criterion]:
    instance_id, dot, activity = (given.text(name) or "").partition(".")
    found = [Criterion("instance", "eq", instance_id)]
    if dot:
        found.append(Criterion("activity", "eq", number("activity", Given({"activity": activity}))))
    return found


_LISTING = listing(
    {
        "eventSubscriptionId": _id,
        "eventName": text("name"),
        "eventType": _kind,
        "executionId": _execution,
        "processInstanceId": text("instance"),
        "activityId": text("element"),
        "includeEventSubscriptionsWithoutTenantId": heeded,
        **NO_TENANT,
    },
    sorts={"created": "created", "tenantId": "created"},
)


def shape(row: EventSubscription, ask: Ask) -> dict[str, Any]:
    """A subscription as the dialect shows it."""
    return {
        "id": row.id,
        "eventType": "conditional" if row.kind == "condition" else row.kind,
        "eventName": row.name or None,
        "executionId": row.activity_id or None,
        "processInstanceId": row.instance_id,
        "activityId": row.element_id,
        "createdDate": shown_moment(row.created_at),
        "tenantId": None,
    }


routes.catalog(
    "/event-subscription",
    SUBSCRIPTIONS,
    _LISTING,
    shape,
    post=False,
    note="messages and signals, and conditional start events; see the deviations",
)
