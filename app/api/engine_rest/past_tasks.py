"""A user task in the history, and what can be asked of it."""

from __future__ import annotations

from dataclasses import dataclass

from app.api.engine_rest.filters import variables
from app.api.engine_rest.given import Given
from app.api.engine_rest.past_lists import Holds
from app.api.engine_rest.task_shapes import open_state
from app.errors import InvalidRequest
from app.queries.catalog.past import Past, PastActivity, PastTask
from app.queries.catalog.variables import Having
from bpmn.values import Value


@dataclass(frozen=True, slots=True)
class PastUserTask:
    """A user task as it was last known."""

    activity: PastActivity
    task: PastTask
    story: Past

    @property
    def delete_reason(self) -> str | None:
        """How it ended, in the dialect's words."""
        if self.activity.state == "active":
            return None
        return "completed" if self.activity.state == "completed" else "deleted"

    @property
    def state(self) -> str:
        """The state in the dialect's words."""
        if self.activity.state == "active":
            return open_state(changed=self.task.changed)
        return "Completed" if self.activity.state == "completed" else "Deleted"

    @property
    def duration(self) -> int | None:
        """From its start to its end, in milliseconds."""
        return None if self.activity.ended_at is None else self.activity.ended_at - self.activity.started_at


def with_variables(name: str, given: Given) -> Holds[PastUserTask]:
    """The task had variables of its own with such values."""
    asked = [(one.operator, Having(*one.value)) for one in variables("variable")(name, given)]
    if any(operator not in ("eq", "neq") for operator, _ in asked):
        raise InvalidRequest("Variables of tasks can be compared by `eq` and `neq` only.")
    return lambda found: all(_has(found, operator, having) for operator, having in asked)


def _has(found: PastUserTask, operator: str, asked: Having) -> bool:
    own = (
        variable.value
        for name, variable in found.story.variables.get(found.activity.number, {}).items()
        if _same(name, asked.name, asked.any_case_name)
    )
    return any(_same(value, asked.value, asked.any_case_value) is (operator == "eq") for value in own)


def _same(value: Value, wanted: Value, any_case: bool) -> bool:
    if any_case and isinstance(value, str) and isinstance(wanted, str):
        return value.lower() == wanted.lower()
    return value == wanted and isinstance(value, bool) is isinstance(wanted, bool)
