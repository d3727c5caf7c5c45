"""What the interpreter refuses, in one tree.

Nothing here knows of transports or storage; the server maps these to its own words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bpmn.report import Report


#: A longer message is cut; the rest up to the second number is for the place that is added to it later.
_LONG, _LONGEST = 1_000, 1_200


def _shown(message: str) -> str:
    """A message for people and logs: what it tells of texts and variables can be long, and hold anything."""
    short = message if len(message) <= _LONGEST else f"{message[:_LONG]}..."
    return short if short.isprintable() else "".join(sign if sign.isprintable() else " " for sign in short)


class BpmnError(Exception):
    """Base of everything this package raises on purpose."""


class UnusableModel(BpmnError):
    """A diagram that cannot be run; `report` names every problem by file, line and element."""

    def __init__(self, report: Report) -> None:
        self.report = report
        problems = report.refused
        first = str(problems[0]) if problems else "nothing in it can be executed"
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(first + more)


class NotWaiting(BpmnError):
    """An activity instance that does not wait for what was brought to it; nothing was changed."""


class RuleFailed(NotWaiting):
    """A rule that tells errors from a worker's report could not be evaluated for this one; nothing was changed."""


class ExpressionInvalid(BpmnError):
    """A text that is not an expression of its language, or uses what is not supported.

    `position` is the 0-based offset of the fault in `text`.
    """

    def __init__(self, message: str, text: str = "", position: int | None = None) -> None:
        self.text = text
        self.position = position
        super().__init__(_shown(message))


class CallUnknown(ExpressionInvalid):
    """An expression that calls a function or a method which does not exist here, such as one of a bean."""


class EvaluationFailed(BpmnError):
    """An expression that could not be evaluated against the variables it met.

    `position` is the 0-based offset of the operand or operator in the text, where known.
    """

    def __init__(self, message: str, position: int | None = None) -> None:
        self.position = position
        super().__init__(_shown(message))


class StateUnreadable(BpmnError):
    """A saved state of a format this release does not know."""
