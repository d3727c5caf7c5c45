"""Shapes of trial evaluations."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

from app.api.schemas.common import Body, example


class EvaluateExpression(
    Body,
    json_schema_extra=example(
        language="feel", expression="amount > 1000 and approved", context={"amount": 1500, "approved": True}
    ),
):
    """An expression and what it may read."""

    language: Literal["feel", "juel", "plain", "python", "javascript"]
    expression: Annotated[
        str, Field(max_length=100_000, description="In JUEL with its `${...}`, in FEEL with or without `=`.")
    ]
    context: Annotated[
        dict[str, Any],
        Field(default_factory=dict, description="Variables by name; numbers keep every digit.", max_length=10_000),
    ]


class EvaluatedExpression(TypedDict):
    """What an expression yields; `warnings` say why parts of it are null (FEEL)."""

    result: Any
    warnings: list[str]
