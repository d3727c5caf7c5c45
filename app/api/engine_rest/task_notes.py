"""Comments on tasks, and what is attached to them."""

from __future__ import annotations

from typing import Any

from app.api.engine_rest.dates import moment as shown_moment
from app.api.engine_rest.definition_shapes import download
from app.api.engine_rest.given import fields
from app.api.engine_rest.process_instances import COMMENT_CHANGE, comment_shape
from app.api.engine_rest.routing import Answer, Ask, Routes
from app.api.multipart import read_by_name
from app.commands import comments as commands
from app.db import Transaction
from app.engine.work import Work
from app.errors import NotFound
from app.ids import split_activity_id
from app.queries.catalog import user_tasks as catalog
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.stories import Stories
from app.queries.catalog.user_tasks import ATTACHMENTS, COMMENTS, TASKS, Attachment

routes = Routes()

_FORM = fields("attachment-name attachment-description attachment-type url content")


@routes.read("/task/{id}/comment")
def list_comments(tx: Transaction, ask: Ask, id: str) -> list[dict[str, Any]]:
    """What was written about a task, open or not."""
    found = COMMENTS.page(tx, [Criterion("task", "eq", id)])
    if not found:
        _require_task(tx, id)
    return [comment_shape(row) for row in found]


def _require_task(tx: Transaction, id: str) -> None:
    """Raise `NotFound` unless there is such a task, or was."""
    if TASKS.page(tx, [Criterion("id", "eq", id)]):
        return
    instance_id, number = split_activity_id(id)
    for story in Stories(tx, with_variables=False).all([Criterion("id", "eq", instance_id)]):
        activity = story.activities.get(number)
        if activity is not None and activity.task is not None:
            return
    raise NotFound(f"No task found for task id {id}")


@routes.write(
    "POST",
    "/task/{id}/comment/create",
    body=fields("message links id userId taskId time removalTime rootProcessInstanceId processInstanceId"),
)
def create_comment(tx: Work, ask: Ask, id: str) -> dict[str, Any]:
    """Write about a task."""
    split_activity_id(id)
    message = ask.body.required("message")
    made = commands.add(tx, id, message)
    row = catalog.Comment(made.id, made.process_instance_id, made.task_id, made.author, message, made.created_at)
    return comment_shape(row)


@routes.write("PUT", "/task/{id}/comment", body=COMMENT_CHANGE)
def change_comment(tx: Work, ask: Ask, id: str) -> None:
    """Write a comment anew."""
    commands.change(tx, ask.body.required("id"), id, ask.body.required("message"))


@routes.write("DELETE", "/task/{id}/comment")
def remove_comments(tx: Work, ask: Ask, id: str) -> None:
    """Take back all comments on a task."""
    split_activity_id(id)
    commands.remove_all(tx, id)


@routes.read("/task/{id}/comment/{commentId}")
def get_comment(tx: Transaction, ask: Ask, id: str, commentId: str) -> dict[str, Any]:
    """One comment."""
    found = COMMENTS.page(tx, [Criterion("task", "eq", id), Criterion("id", "eq", commentId)])
    if not found:
        raise NotFound(f"No comment found with id '{commentId}' for task '{id}'.")
    return comment_shape(found[0])


@routes.write("DELETE", "/task/{id}/comment/{commentId}")
def remove_comment(tx: Work, ask: Ask, id: str, commentId: str) -> None:
    """Take back one comment."""
    commands.remove(tx, commentId, id)


def _attachment_shape(row: Attachment) -> dict[str, Any]:
    return {
        "links": [],
        "id": row.id,
        "name": row.name,
        "taskId": row.task_id,
        "description": row.description,
        "type": row.kind,
        "url": row.url,
        "createTime": shown_moment(row.created_at),
        "removalTime": None,
        "rootProcessInstanceId": row.instance_id,
    }


@routes.read("/task/{id}/attachment")
def list_attachments(tx: Transaction, ask: Ask, id: str) -> list[dict[str, Any]]:
    """What is attached to a task, open or not."""
    found = ATTACHMENTS.page(tx, [Criterion("task", "eq", id)])
    if not found:
        _require_task(tx, id)
    return [_attachment_shape(row) for row in found]


@routes.own("POST", "/task/{id}/attachment/create", form=True, body=_FORM)
async def attach(ask: Ask, id: str) -> dict[str, Any]:
    """Attach a file or an address to a task."""
    split_activity_id(id)
    parts = await read_by_name(ask.request, max_files=5)
    content = parts["content"].content if "content" in parts else None
    name, description, kind, url = (
        parts[field].text or None if field in parts else None
        for field in ("attachment-name", "attachment-description", "attachment-type", "url")
    )

    def command(tx: Work) -> dict[str, Any]:
        made = commands.attach(tx, id, name=name, description=description, kind=kind, url=url, content=content)
        row = Attachment(made.id, made.process_instance_id, id, name, description, kind, url, made.created_at)
        return _attachment_shape(row)

    return await ask.server.write(command)


def _one(tx: Transaction, task_id: str, attachment_id: str) -> Attachment:
    found = ATTACHMENTS.page(tx, [Criterion("task", "eq", task_id), Criterion("id", "eq", attachment_id)])
    if not found:
        raise NotFound(f"Task attachment with id {attachment_id} does not exist for task id '{task_id}'.")
    return found[0]


@routes.read("/task/{id}/attachment/{attachmentId}")
def get_attachment(tx: Transaction, ask: Ask, id: str, attachmentId: str) -> dict[str, Any]:
    """One attachment."""
    return _attachment_shape(_one(tx, id, attachmentId))


@routes.read("/task/{id}/attachment/{attachmentId}/data")
def attachment_data(tx: Transaction, ask: Ask, id: str, attachmentId: str) -> Answer:
    """What is attached."""
    row = _one(tx, id, attachmentId)
    content = catalog.content(tx, row.id)
    if content is None:
        raise NotFound(f"Attachment content for attachment with id '{attachmentId}' does not exist for task id '{id}'.")
    return download(content, row.name or "attachment")


@routes.write("DELETE", "/task/{id}/attachment/{attachmentId}")
def detach(tx: Work, ask: Ask, id: str, attachmentId: str) -> None:
    """Take back an attachment."""
    commands.detach(tx, attachmentId, id)
