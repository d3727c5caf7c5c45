"""Shapes and kinds of values that all nouns share."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, NotRequired, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema
from typing_extensions import TypedDict

from app.clock import to_millis

MOST = 2**31 - 1
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class Body(BaseModel):
    """What a request's body holds; unknown fields and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, alias_generator=to_camel)


def example(**members: Any) -> dict[str, Any]:
    """For `json_schema_extra`: a body as the documentation shows it."""
    return {"examples": [members]}


class Query(BaseModel):
    """What a request's query string holds; unknown parameters and wrong types are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class PageQuery(Query):
    """Which page of a list is wanted."""

    limit: int = Field(default=50, ge=1, le=200, description="Entries on a page.")
    cursor: str | None = Field(
        default=None, description="`nextCursor` of the page before; leave it out for the first page.", max_length=2000
    )


def _moment(value: object) -> int:
    # A plus sign that a caller forgot to encode arrives as a blank.
    text = value.replace(" ", "+") if isinstance(value, str) else ""
    if not _RFC3339.fullmatch(text):
        raise ValueError("a moment reads like 2026-11-22T08:30:00Z or 2026-11-22T09:30:00.250+01:00")
    try:
        return to_millis(datetime.fromisoformat(text.upper()).astimezone(UTC))
    except (ValueError, OverflowError):
        raise ValueError("there is no such moment") from None


Moment = Annotated[
    int,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-11-22T08:30:00.000Z"]}),
]
"""A moment with its offset, as milliseconds since the epoch."""


Number: TypeAlias = int | Decimal


@dataclass(frozen=True, slots=True)
class Seconds:
    """Metadata of a span of time in seconds, whole or with a fraction: `Annotated[Number, Seconds(most=60)]`."""

    most: int
    least: int = 0
    example: float = 30

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self._checked)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"type": "number", "minimum": self.least, "maximum": self.most, "examples": [self.example]}

    def _checked(self, value: object) -> Number:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise ValueError("seconds are a number such as 30 or 0.5")
        if not self.least <= value <= self.most:
            raise ValueError(f"seconds must be between {self.least} and {self.most}")
        return value


def millis(seconds: Number) -> int:
    """Milliseconds, rounded down."""
    return int(seconds * 1000)


Name = Annotated[str, Field(min_length=1, max_length=255)]
Text = Annotated[str, Field(max_length=4000)]
Values = Annotated[
    dict[str, Any],
    Field(
        description="Variables by name; any JSON. Numbers keep every digit.",
        examples=[{"employee": "Ada", "days": 3}],
        max_length=10_000,
    ),
]
Version = Annotated[int, Field(ge=0, le=MOST, description="The version that the caller has seen.", examples=[1])]

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-11-22T08:30:00.000Z"])]
"""A moment in an answer."""

State = Literal["active", "suspended", "completed", "terminated", "canceled", "error"]
"""How a process instance stands, or how it ended."""


class ReportEntry(TypedDict):
    """One element of a diagram, or one attribute of it, and what becomes of it."""

    file: str
    line: Annotated[int, Field(description="Counts from 1; 0 is the file as a whole.")]
    elementId: str | None
    elementType: str
    attribute: str | None
    name: str | None
    status: Literal["executed", "documentation", "warning", "refused"]
    message: str


class Report(TypedDict):
    """What becomes of everything in a deployment; the numbers count entries by status."""

    refused: int
    executed: int
    documentation: int
    warnings: int
    entries: list[ReportEntry]


class FieldError(TypedDict):
    """What is wrong at one place of a request."""

    location: Annotated[str, Field(examples=["body.variables"])]
    message: str


class Problem(TypedDict):
    """Why a request was refused (RFC 9457); `code` is stable, docs/errors.md lists all. A code may add members."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: NotRequired[list[FieldError]]
    report: NotRequired[Report]
