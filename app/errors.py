"""What the server refuses, in one tree. Nothing here knows of HTTP; a rejected command has changed nothing.

Every rejection has a stable kebab-case `code`, a message that says what was asked, what was found and what can be
done, and `details` for programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bpmn.report import Report


class Rejection(Exception):
    """A command or query that was refused."""

    code = "rejected"

    def __init__(self, message: str, *, code: str | None = None, details: Mapping[str, Any] | None = None) -> None:
        self.message = message
        self.code = code or type(self).code
        self.details: dict[str, Any] = dict(details or {})
        super().__init__(message)


class InvalidRequest(Rejection):
    """The request contradicts its own rules, whatever is stored."""

    code = "invalid-request"


class InvalidModel(Rejection):
    """A diagram that cannot be run; `report` names every problem."""

    code = "invalid-model"

    def __init__(self, message: str, report: Report, *, code: str | None = None) -> None:
        self.report = report
        super().__init__(message, code=code)


class NotFound(Rejection):
    """What was asked for does not exist, or no longer."""

    code = "not-found"


class AlreadyExists(Rejection):
    """What was to be made unique exists."""

    code = "already-exists"


class InvalidState(Rejection):
    """What was asked is not possible in the present state."""

    code = "invalid-state"


class NotPermitted(Rejection):
    """The caller may not do this."""

    code = "not-permitted"


class TooLarge(Rejection):
    """More than a configured limit allows."""

    code = "too-large"


class Busy(Rejection):
    """The server cannot do it now; `retry_after` is in seconds."""

    code = "busy"

    def __init__(self, message: str, *, code: str | None = None, retry_after: int = 1) -> None:
        self.retry_after = retry_after
        super().__init__(message, code=code)
