"""The history of process instances over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from pydantic.alias_generators import to_camel

from app.api import answers
from app.api.answers import maybe_moment, moment
from app.api.route import Read, Routes
from app.api.schemas.common import PageQuery
from app.api.schemas.process_instances import (
    ActivityInstance,
    ActivityPage,
    HistoryEntry,
    HistoryPage,
    HistoryQuery,
)
from app.clock import to_millis
from app.queries import history as queries
from app.queries.page import Page, Paging, decode, encode

routes = Routes("History")

_INSTANCE = "019aa9d6-1b2c-7d3e-9f40-a1b2c3d4e5f6"
_ENTRY = {
    "seq": 2,
    "at": "2026-11-22T08:35:00.000Z",
    "actor": None,
    "kind": "activity-completed",
    "details": {"activityId": f"{_INSTANCE}.1"},
}
_ACTIVITY = {
    "id": f"{_INSTANCE}.1",
    "elementId": "approve-request",
    "scope": 0,
    "role": "activity",
    "state": "completed",
    "startedAt": "2026-11-22T08:31:00.000Z",
    "endedAt": "2026-11-22T08:35:00.000Z",
}


@routes.get(
    "/process-instances/{id}/history",
    "getHistory",
    "Get a process instance's history",
    example={"items": [_ENTRY], "nextCursor": None},
    refusals=[404],
)
def get_history(tx: Read, id: str, query: Annotated[HistoryQuery, Query()]) -> HistoryPage:
    """One timeline of activities, variable changes, user operations and incidents, in order."""
    page = queries.timeline(tx, id, Paging(query.limit, query.cursor), kinds=frozenset(query.kind))
    found: HistoryPage = answers.items(page, _entry)
    return found


def _entry(entry: queries.Entry) -> HistoryEntry:
    return {
        "seq": entry.seq,
        "at": moment(entry.at),
        "actor": entry.actor,
        "kind": entry.kind,
        "details": {to_camel(name): _detail(value) for name, value in entry.details.items()},
    }


def _detail(value: Any) -> Any:
    return moment(to_millis(value)) if isinstance(value, datetime) else value


@routes.get(
    "/process-instances/{id}/activities",
    "listActivities",
    "List a process instance's activity instances",
    example={"items": [_ACTIVITY], "nextCursor": None},
    refusals=[404],
)
def list_activities(tx: Read, id: str, query: Annotated[PageQuery, Query()]) -> ActivityPage:
    """Every visit of an element, in the order in which they began."""
    first = _first(query.cursor)
    visits = queries.activities(tx, id)
    last = first + query.limit
    page = Page(visits[first:last], encode("activities", [last]) if last < len(visits) else None)
    found: ActivityPage = answers.items(page, _activity)
    return found


def _first(cursor: str | None) -> int:
    place = 0 if cursor is None else decode("activities", cursor, 1)[0]
    return place if isinstance(place, int) and place > 0 else 0


def _activity(visit: queries.ActivityInstance) -> ActivityInstance:
    return {
        "id": visit.id,
        "elementId": visit.element_id,
        "scope": visit.scope,
        "role": visit.role or "activity",  # type: ignore[typeddict-item]
        "state": visit.state,  # type: ignore[typeddict-item]
        "startedAt": moment(visit.started_at),
        "endedAt": maybe_moment(visit.ended_at),
    }
