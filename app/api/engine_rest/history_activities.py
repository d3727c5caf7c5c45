"""The history of activity instances."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from operator import ge, le
from typing import Any

from app.api.engine_rest import definition_ids, past_lists
from app.api.engine_rest.dates import maybe_moment
from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.filters import NO_TENANT, Filter, definition, listing, moment, only, text
from app.api.engine_rest.given import Given
from app.api.engine_rest.kinds import activity_type, place_name
from app.api.engine_rest.past_lists import Holds, PastList, flag
from app.api.engine_rest.routing import Ask, Routes
from app.db import Transaction
from app.errors import NotFound
from app.ids import split_place
from app.queries.catalog import stories
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.past import Past, PastActivity
from bpmn.drawing import DrawnElement

routes = Routes()


def of_place(name: str, given: Given) -> list[Criterion]:
    """The instance of an activity instance."""
    return [Criterion("id", "eq", (given.text(name) or "").partition(".")[0])]


# Which instances may hold what lies in a stretch of time: nothing in them began before they did, or ended after them.
BETWEEN: dict[str, Filter] = {
    "startedBefore": moment("started", "lteq"),
    "finishedBefore": moment("started", "lteq"),
    "startedAfter": moment("alive-after", "gteq"),
    "finishedAfter": moment("alive-after", "gteq"),
    "unfinished": only("running"),
}


class Seen:
    """An activity instance with what the diagram says of its element, as soon as that is asked for."""

    __slots__ = ("_ask", "activity")

    def __init__(self, activity: PastActivity, ask: Ask) -> None:
        self.activity = activity
        self._ask = ask

    @property
    def drawn(self) -> DrawnElement | None:
        """The element in the diagram; raises `DrawingsMissing`."""
        return self._ask.drawings.get(self.activity.instance.definition_id).elements.get(self.activity.element_id)

    @property
    def element_id(self) -> str:
        """The id of the element as clients know it."""
        return place_name(self.activity.element_id, self.activity.role)

    @property
    def name(self) -> str | None:
        """The name of the element."""
        return self.drawn.name if self.drawn is not None else None

    @property
    def type(self) -> str:
        """The kind of the element in the dialect's words."""
        return activity_type(self.drawn, self.activity.role)


def _entries(ask: Ask, story: Past, numbers: Collection[int] | None) -> Iterator[Seen]:
    wanted = story.activities if numbers is None else numbers
    found = (story.activities[number] for number in sorted(wanted))
    return (Seen(activity, ask) for activity in found if activity.undoes is None)


def _at_place(name: str, given: Given) -> Holds[Seen]:
    number = split_place(given.text(name) or "")[1]
    return lambda seen: number in (None, seen.activity.number)


def _duration(seen: Seen) -> int | None:
    activity = seen.activity
    return None if activity.ended_at is None else activity.ended_at - activity.started_at


def _shape(seen: Seen, called: dict[str, str]) -> dict[str, Any]:
    activity = seen.activity
    instance = activity.instance
    return {
        "id": activity.id,
        "parentActivityInstanceId": f"{instance.id}.{activity.scope}" if activity.scope else instance.id,
        "activityId": seen.element_id,
        "activityName": seen.name,
        "activityType": seen.type,
        "processDefinitionKey": instance.definition_key,
        "processDefinitionId": definition_ids.of(instance),
        "processInstanceId": instance.id,
        "executionId": activity.id,
        "taskId": activity.id if activity.task is not None else None,
        "calledProcessInstanceId": called.get(activity.id),
        "calledCaseInstanceId": None,
        "assignee": activity.task.assignee if activity.task is not None else None,
        "startTime": shown_moment(activity.started_at),
        "endTime": maybe_moment(activity.ended_at),
        "durationInMillis": _duration(seen),
        "canceled": activity.state == "canceled",
        "completeScope": False,
        "tenantId": None,
        "removalTime": None,
        "rootProcessInstanceId": instance.root_id,
    }


def _shown(tx: Transaction, ask: Ask, found: list[Seen]) -> list[dict[str, Any]]:
    ask.drawings.require(seen.activity.instance.definition_id for seen in found)
    called = stories.called(tx, {seen.activity.id for seen in found if seen.type == "callActivity"})
    return [_shape(seen, called) for seen in found]


LIST: PastList[Seen] = PastList(
    instances=listing(
        {
            "processInstanceId": text("id"),
            "activityInstanceId": of_place,
            "executionId": of_place,
            "processDefinitionId": definition("definition"),
            **BETWEEN,
            **NO_TENANT,
        }
    ),
    entries=_entries,
    instance_of=lambda seen: seen.activity.instance.id,
    tests={
        "activityInstanceId": _at_place,
        "executionId": _at_place,
        "activityId": past_lists.text(lambda seen: seen.element_id),
        "activityName": past_lists.text(lambda seen: seen.name),
        "activityType": past_lists.text(lambda seen: seen.type),
        "taskAssignee": past_lists.text(
            lambda seen: None if seen.activity.task is None else seen.activity.task.assignee
        ),
        "finished": flag(lambda seen: seen.activity.ended_at is not None),
        "unfinished": flag(lambda seen: seen.activity.ended_at is None),
        "canceled": flag(lambda seen: seen.activity.state == "canceled"),
        "startedBefore": past_lists.moment(lambda seen: seen.activity.started_at, le),
        "startedAfter": past_lists.moment(lambda seen: seen.activity.started_at, ge),
        "finishedBefore": past_lists.moment(lambda seen: seen.activity.ended_at, le),
        "finishedAfter": past_lists.moment(lambda seen: seen.activity.ended_at, ge),
    },
    sorts={
        "activityInstanceId": lambda seen: seen.activity.id,
        "instanceId": lambda seen: seen.activity.instance.id,
        "executionId": lambda seen: seen.activity.id,
        "activityId": lambda seen: seen.element_id,
        "activityName": lambda seen: seen.name,
        "activityType": lambda seen: seen.type,
        "startTime": lambda seen: seen.activity.started_at,
        "endTime": lambda seen: seen.activity.ended_at,
        "duration": _duration,
        "definitionId": lambda seen: definition_ids.of(seen.activity.instance),
        "occurrence": lambda seen: f"{seen.activity.instance.id}{seen.activity.number:020d}",
        "tenantId": lambda seen: None,
    },
    shape=_shown,
    by_time={"startTime": "start", "endTime": "end"},
    of_variables=frozenset(),
    drawn=frozenset({"activityName", "activityType"}),
)
LIST.offer(routes, "/history/activity-instance", refused="completeScope")


@routes.read("/history/activity-instance/{id}")
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One activity instance."""
    number = split_place(id)[1]
    found = LIST.page(tx, ask, Given({"activityInstanceId": id}))
    if number is None or not found:
        raise NotFound(f"Historic activity instance with id '{id}' does not exist")
    return found[0]
