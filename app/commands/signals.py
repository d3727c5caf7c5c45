"""Signals reach everybody who waits for them (BPMN 10.5.1)."""

from __future__ import annotations

from collections.abc import Mapping

from app.engine import correlation
from app.engine.variables import checked
from app.engine.work import Work
from app.errors import InvalidRequest
from bpmn.values import Value


def throw(tx: Work, *, name: str, variables: Mapping[str, Value] | None = None) -> None:
    """Leave a job for everybody who waits for the signal now, and for every process that it starts."""
    if not name or "\0" in name:
        raise InvalidRequest("A signal has a name of at least one character, without NUL.", code="name-invalid")
    correlation.throw_signal(tx, name, checked(variables))
