"""Short ways to ask FEEL, for its tests."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bpmn.errors import ExpressionInvalid
from bpmn.expressions import feel
from bpmn.values import Value

NOW = datetime(2025, 3, 30, 12, 30, 15, 250_000, UTC)
SETTINGS = feel.Settings(now=lambda: NOW, random=lambda: 0.25)


def ask(text: str, variables: dict[str, Any] | None = None) -> Value:
    """What an expression yields; names that must be known are known."""
    given = variables or {}
    return feel.compile(text, feel.odd_names(given)).evaluate(given, SETTINGS)


def warnings_of(text: str, variables: dict[str, Any] | None = None) -> tuple[str, ...]:
    return feel.compile(text).explain(variables or {}, SETTINGS)[1]


def refusal_of(text: str) -> ExpressionInvalid:
    with pytest.raises(ExpressionInvalid) as caught:
        feel.compile(text)
    assert caught.value.position in range(len(text) + 1)
    return caught.value
