"""Rows of open user tasks, and of who may take them."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam as p
from sqlalchemy import case, delete, func, insert, literal_column, update
from sqlalchemy.dialects import postgresql, sqlite

from app.clock import maybe_millis
from app.db import Statement
from app.engine.instances import Held
from app.engine.texts import clean, clean_key, int64
from app.engine.work import Work
from app.ids import activity_id
from app.models import task_candidate, user_task
from bpmn import facts

INSTANCE = ("instance_id", "definition_id", "definition_key", "business_key")
"""What rows of open work say of their instance."""
_TASK = (
    "id",
    *INSTANCE,
    "element_id",
    "name",
    "assignee",
    "priority",
    "due_at",
    "follow_up_at",
    "form_key",
    "documentation",
    "scopes",
    "version",
    "created_at",
)
_OPEN = Statement(insert(user_task).values({name: p(name) for name in _TASK}))
_CLOSE = Statement(delete(user_task).where(user_task.c.id == p("task")))
_named: dict[str, Any] = {name: p(name) for name in ("task_id", "kind", "name")}
#: Let a person, or the people of a group, take a task; who may take it already goes on to.
NAME_CANDIDATE = Statement(
    postgresql.insert(task_candidate).values(_named).on_conflict_do_nothing(),
    sqlite=sqlite.insert(task_candidate).values(_named).on_conflict_do_nothing(),
)
_ASSIGN = Statement(
    update(user_task)
    .where(user_task.c.id == p("task"))
    .values(
        assignee=func.coalesce(user_task.c.assignee, p("new_assignee")),
        due_at=func.coalesce(user_task.c.due_at, p("new_due_at")),
        follow_up_at=func.coalesce(user_task.c.follow_up_at, p("new_follow_up_at")),
        priority=case(
            (user_task.c.priority == facts.DEFAULT_PRIORITY, func.coalesce(p("new_priority"), user_task.c.priority)),
            else_=user_task.c.priority,
        ),
        version=user_task.c.version + literal_column("1"),
        updated_at=p("now"),
    )
)
_FORGET_CANDIDATES = Statement(delete(task_candidate).where(task_candidate.c.task_id == p("task")))


def named(held: Held, activity: int) -> dict[str, Any]:
    """What a row of open work is called, and what it says of its instance."""
    row = held.row
    return {
        "id": activity_id(row.id, activity),
        "instance_id": row.id,
        "definition_id": row.definition_id,
        "definition_key": row.definition_key,
        "business_key": row.business_key,
    }


def open_one(tx: Work, held: Held, fact: facts.UserTaskOpened, scopes: str) -> None:
    """A person is asked to act; `scopes` are those whose variables the task sees, innermost first."""
    opened = named(held, fact.activity)
    opened.update(
        element_id=fact.element,
        name=clean(fact.name),
        assignee=clean_key(fact.assignee),
        priority=int64(fact.priority),
        due_at=maybe_millis(fact.due),
        follow_up_at=maybe_millis(fact.follow_up),
        form_key=clean(fact.form_key),
        documentation=clean(fact.documentation),
        scopes=scopes,
        version=1,
        created_at=tx.millis,
    )
    tx.later(_OPEN, opened)
    _name_candidates(tx, held, opened["id"], fact)


def close(tx: Work, held: Held, activity: int) -> None:
    """The task of this activity instance needs nobody any more."""
    task_id = activity_id(held.row.id, activity)
    tx.later(_CLOSE, {"task": task_id})
    if held.row.has_candidates:
        tx.later(_FORGET_CANDIDATES, {"task": task_id})


def assign(tx: Work, held: Held, fact: facts.UserTaskAssigned) -> None:
    """Write what is known of an open task now, but not over what somebody has set."""
    task_id = activity_id(held.row.id, fact.activity)
    known = {
        "new_assignee": clean_key(fact.assignee),
        "new_due_at": maybe_millis(fact.due),
        "new_follow_up_at": maybe_millis(fact.follow_up),
        "new_priority": None if fact.priority is None else int64(fact.priority),
    }
    tx.later(_ASSIGN, {"task": task_id, "now": tx.millis, **known})
    _name_candidates(tx, held, task_id, fact)


def _name_candidates(tx: Work, held: Held, task_id: str, fact: facts.UserTaskOpened | facts.UserTaskAssigned) -> None:
    pairs = [("user", name) for name in fact.candidate_users] + [("group", name) for name in fact.candidate_groups]
    for kind, name in dict.fromkeys((kind, clean_key(name)) for kind, name in pairs):
        held.row.has_candidates = 1
        tx.later(NAME_CANDIDATE, {"task_id": task_id, "kind": kind, "name": name})
