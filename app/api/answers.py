"""Words of answers: camel case names, moments as RFC 3339 text, and the shapes that several nouns share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from app.api.schemas.common import Report, ReportEntry
from app.clock import from_millis
from app.queries.page import Page
from bpmn.report import ReportEntry as Entry
from bpmn.report import Status

T = TypeVar("T")
S = TypeVar("S")


def moment(millis: int) -> str:
    """RFC 3339 with milliseconds and Z."""
    return from_millis(millis).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def maybe_moment(millis: int | None) -> str | None:
    """Like `moment`, where there may be none."""
    return None if millis is None else moment(millis)


def items(page: Page[T], shape: Callable[[T], S]) -> Any:
    """A page of shapes."""
    return {"items": [shape(item) for item in page.items], "nextCursor": page.next_cursor}


def report_shape(entries: Iterable[Entry]) -> Report:
    """An executability report with how many entries there are of each status."""
    shaped = [_entry(entry) for entry in entries]
    count = {status.value: sum(entry["status"] == status.value for entry in shaped) for status in Status}
    return {
        "refused": count["refused"],
        "executed": count["executed"],
        "documentation": count["documentation"],
        "warnings": count["warning"],
        "entries": shaped,
    }


def _entry(entry: Entry) -> ReportEntry:
    return {
        "file": entry.file,
        "line": entry.line,
        "elementId": entry.element_id,
        "elementType": entry.element_type,
        "attribute": entry.attribute,
        "name": entry.name,
        "status": entry.status.value,
        "message": entry.message,
    }


def instance_of(activity_id: str | None) -> str | None:
    """The process instance that an activity instance belongs to."""
    return None if activity_id is None else activity_id.partition(".")[0]


def number(text: str) -> int:
    """A number in a path, or one that nothing has: what is malformed does not exist."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
