"""What people write about an instance or one of its tasks, and what they attach."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import bindparam as p
from sqlalchemy import delete as delete_from
from sqlalchemy import insert, select, update

from app.db import Statement
from app.engine import instances
from app.engine.work import Work
from app.errors import InvalidRequest, NotFound
from app.ids import new_id, split_place
from app.models import attachment, comment

_COMMENT = ("id", "instance_id", "task_id", "author", "message", "created_at")
_ATTACHMENT = (
    "id",
    "instance_id",
    "task_id",
    "author",
    "name",
    "description",
    "kind",
    "url",
    "content",
    "created_at",
)
_ADD = Statement(insert(comment).values({name: p(name) for name in _COMMENT}))
_FIND = Statement(select(comment.c.instance_id, comment.c.task_id).where(comment.c.id == p("id")))
_CHANGE = Statement(update(comment).where(comment.c.id == p("comment")).values(message=p("said")))
_REMOVE = Statement(delete_from(comment).where(comment.c.id == p("comment")))
_OF_TASK = Statement(delete_from(comment).where(comment.c.instance_id == p("instance"), comment.c.task_id == p("task")))
_OF_INSTANCE = Statement(delete_from(comment).where(comment.c.instance_id == p("instance")))
_ATTACH = Statement(insert(attachment).values({name: p(name) for name in _ATTACHMENT}))
_FIND_ATTACHMENT = Statement(
    select(attachment.c.instance_id).where(attachment.c.id == p("id"), attachment.c.task_id == p("task"))
)
_DETACH = Statement(delete_from(attachment).where(attachment.c.id == p("attachment")))
_LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Made:
    """Something that was written or attached; `created_at` in milliseconds."""

    id: str
    process_instance_id: str
    task_id: str | None
    author: str | None
    created_at: int


def add(tx: Work, place: str, message: str) -> Made:
    """Write about a task (by its id, open or not) or about an instance (by its own). Raises `NotFound`."""
    if not message or len(message) > _LONGEST:
        raise InvalidRequest(f"A comment takes 1 to {_LONGEST} characters.")
    made = _made(tx, place, "add-comment")
    tx.later(
        _ADD,
        {
            "id": made.id,
            "instance_id": made.process_instance_id,
            "task_id": made.task_id,
            "author": made.author,
            "message": message,
            "created_at": made.created_at,
        },
    )
    return made


def change(tx: Work, comment_id: str, place: str, message: str) -> None:
    """Write a comment anew. Raises `NotFound`, `InvalidRequest`."""
    if not message or len(message) > _LONGEST:
        raise InvalidRequest(f"A comment takes 1 to {_LONGEST} characters.")
    _find(tx, comment_id, place)
    tx.later(_CHANGE, {"comment": comment_id, "said": message})
    _note(tx, place, "change-comment", comment_id)


def remove(tx: Work, comment_id: str, place: str) -> None:
    """Take back a comment. Raises `NotFound`."""
    _find(tx, comment_id, place)
    tx.later(_REMOVE, {"comment": comment_id})
    _note(tx, place, "remove-comment", comment_id)


def remove_all(tx: Work, place: str) -> None:
    """Take back all comments on a task, or on an instance and its tasks. Raises `NotFound`."""
    instance_id, number = split_place(place)
    _note(tx, place, "remove-comments", None)
    if number is None:
        tx.later(_OF_INSTANCE, {"instance": instance_id})
    else:
        tx.later(_OF_TASK, {"instance": instance_id, "task": place})


def attach(
    tx: Work,
    task_id: str,
    *,
    name: str | None,
    description: str | None,
    kind: str | None,
    url: str | None,
    content: bytes | None,
) -> Made:
    """Attach a file or an address to a task. Raises `NotFound`, `InvalidRequest`."""
    if url is None and content is None:
        raise InvalidRequest("No content or url to remote content exists to create the task attachment.")
    made = _made(tx, task_id, "add-attachment")
    tx.later(
        _ATTACH,
        {
            "id": made.id,
            "instance_id": made.process_instance_id,
            "task_id": made.task_id,
            "author": made.author,
            "name": name,
            "description": description,
            "kind": kind,
            "url": url,
            "content": content,
            "created_at": made.created_at,
        },
    )
    return made


def detach(tx: Work, attachment_id: str, task_id: str) -> None:
    """Take back an attachment. Raises `NotFound`."""
    if tx.fetch_one(_FIND_ATTACHMENT, {"id": attachment_id, "task": task_id}) is None:
        raise NotFound(f"Task {task_id!r} has no attachment {attachment_id!r}.")
    tx.later(_DETACH, {"attachment": attachment_id})
    _note(tx, task_id, "remove-attachment", attachment_id)


def _made(tx: Work, place: str, command: str) -> Made:
    instance_id, number = split_place(place)
    made = Made(new_id(), instance_id, None if number is None else place, tx.actor, tx.millis)
    _note(tx, place, command, made.id)
    return made


def _find(tx: Work, comment_id: str, place: str) -> None:
    instance_id, number = split_place(place)
    found = tx.fetch_one(_FIND, {"id": comment_id})
    if found is None or found[0] != instance_id or (number is not None and found[1] != place):
        raise NotFound(f"{place!r} has no comment {comment_id!r}.")


def _note(tx: Work, place: str, command: str, what: str | None) -> None:
    instance_id, number = split_place(place)
    _, revision = instances.touch(tx, instance_id)
    operation = {"id": what} if number is None else {"id": what, "task": place}
    instances.note(tx, instance_id, revision, command, operation)
