"""Deployments: read before the transaction, stored at once, undone with everything that came of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Table, func, insert, literal_column, select
from sqlalchemy import bindparam as p
from sqlalchemy import delete as delete_from

from app.clock import to_millis
from app.commands import decisions
from app.commands.decisions import DeployedDecision
from app.config import Settings
from app.db import Statement
from app.engine import definitions, jobs, message_keys, suspension, uploads
from app.engine.texts import KEY_LENGTH, clean, clean_key
from app.engine.work import Work
from app.errors import InvalidModel, InvalidRequest, InvalidState, NotFound, TooLarge
from app.ids import new_id, split_activity_id
from app.models import (
    OF_INSTANCES,
    deployment,
    external_task,
    incident,
    job,
    job_freeze,
    message_key,
    process_definition,
    process_instance,
    resource,
    start_subscription,
    task_candidate,
    user_task,
)
from bpmn.decisions.files import DecisionFile
from bpmn.drawing import Drawing, read_drawing
from bpmn.errors import EvaluationFailed, UnusableModel
from bpmn.model import ProcessModel
from bpmn.parsing import Limits, parse
from bpmn.report import Report
from bpmn.sandbox import Sandboxes
from bpmn.values import to_json


@dataclass(frozen=True, slots=True)
class Prepared:
    """Files that were read and found usable, ready to be stored; drawings by the key of their process."""

    resources: dict[str, bytes]
    report: Report
    models: tuple[ProcessModel, ...]
    drawings: dict[str, Drawing]
    decision_files: tuple[DecisionFile, ...]
    content_hash: str


@dataclass(frozen=True, slots=True)
class DeployedDefinition:
    """A process that came with a deployment."""

    id: str
    key: str
    version: int
    version_tag: str | None
    name: str | None
    resource_name: str


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment; `duplicate` says that it was there before with the same content. `created_at` in milliseconds."""

    id: str
    name: str
    created_at: int
    duplicate: bool
    definitions: tuple[DeployedDefinition, ...]
    decisions: tuple[DeployedDecision, ...]
    resources: tuple[str, ...]


_ADD = Statement(
    insert(deployment).values(
        {name: p(name) for name in ("id", "name", "source", "content_hash", "report", "created_at")}
    )
)
_ADD_RESOURCE = Statement(
    insert(resource).values({name: p(name) for name in ("deployment_id", "name", "position", "content")})
)
_DEFINITION = (
    "id",
    "deployment_id",
    "key",
    "version",
    "version_tag",
    "name",
    "resource_name",
    "category",
    "description",
    "history_time_to_live",
    "startable",
    "created_at",
)
_ADD_DEFINITION = Statement(insert(process_definition).values({name: p(name) for name in _DEFINITION}))
_NEWEST_OF_NAME = Statement(
    select(deployment.c.id, deployment.c.content_hash, deployment.c.created_at)
    .where(deployment.c.name == p("deployment_name"))
    .order_by(deployment.c.id.desc())
    .limit(1)
)
_NEWEST_OF_SOURCE = Statement(
    select(deployment.c.id, deployment.c.created_at)
    .where(deployment.c.name == p("deployment_name"), deployment.c.source.is_not_distinct_from(p("its_source")))
    .order_by(deployment.c.id.desc())
    .limit(1)
)
_LAST_VERSION = Statement(
    select(func.max(process_definition.c.version)).where(process_definition.c.key == p("process_key"))
)
_DEFINITIONS = Statement(
    select(
        process_definition.c.id,
        process_definition.c.key,
        process_definition.c.version,
        process_definition.c.version_tag,
        process_definition.c.name,
        process_definition.c.resource_name,
    )
    .where(process_definition.c.deployment_id == p("id"))
    .order_by(process_definition.c.id)
)
_FOUND = Statement(select(deployment.c.id).where(deployment.c.id == p("id")))
_DROP_STARTS = Statement(delete_from(start_subscription).where(start_subscription.c.definition_key == p("process_key")))
_DROP_TIMERS = Statement(
    delete_from(job).where(job.c.definition_key == p("process_key"), job.c.kind == literal_column("'timer-start'"))
)
_ADD_START = Statement(
    insert(start_subscription).values(
        {name: p(name) for name in ("definition_id", "element_id", "definition_key", "kind", "name")}
    )
)
_of_deployment = select(process_definition.c.id).where(process_definition.c.deployment_id == p("deployment"))
_instances = select(process_instance.c.id).where(process_instance.c.definition_id.in_(_of_deployment))
_tasks = select(user_task.c.id).where(user_task.c.definition_id.in_(_of_deployment))
_HAS_INSTANCES = Statement(
    select(process_instance.c.id)
    .where(
        process_instance.c.definition_id.in_(
            select(process_definition.c.id).where(process_definition.c.deployment_id == p("id"))
        )
    )
    .limit(1)
)


_CALLED_BY_OTHERS = Statement(
    select(process_instance.c.id, process_instance.c.caller_id).where(
        process_instance.c.definition_id.in_(_of_deployment),
        process_instance.c.caller_id.is_not(None),
        process_instance.c.ended_at.is_(None),
    )
)
_UNHEARD = Statement(
    select(job.c.payload).where(job.c.instance_id.in_(_instances), job.c.kind == literal_column("'escalate'"))
)


def _drop(table: Table) -> Statement:
    return Statement(delete_from(table).where(table.c.instance_id.in_(_instances)))


_DROP_INSTANCES = [
    *(_drop(table) for table in OF_INSTANCES),
    Statement(delete_from(task_candidate).where(task_candidate.c.task_id.in_(_tasks))),
    Statement(delete_from(user_task).where(user_task.c.definition_id.in_(_of_deployment))),
    Statement(delete_from(external_task).where(external_task.c.definition_id.in_(_of_deployment))),
    Statement(delete_from(process_instance).where(process_instance.c.definition_id.in_(_of_deployment))),
]
_DROP_DEPLOYMENT = [
    Statement(delete_from(incident).where(incident.c.definition_id.in_(_of_deployment))),
    Statement(delete_from(job).where(job.c.definition_id.in_(_of_deployment))),
    Statement(delete_from(start_subscription).where(start_subscription.c.definition_id.in_(_of_deployment))),
    Statement(delete_from(message_key).where(message_key.c.definition_id.in_(_of_deployment))),
    Statement(delete_from(job_freeze).where(job_freeze.c.definition_id.in_(_of_deployment))),
    Statement(delete_from(process_definition).where(process_definition.c.deployment_id == p("deployment"))),
    Statement(delete_from(resource).where(resource.c.deployment_id == p("deployment"))),
    Statement(delete_from(deployment).where(deployment.c.id == p("deployment"))),
]


def prepare(resources: Mapping[str, bytes], settings: Settings, sandboxes: Sandboxes | None = None) -> Prepared:
    """Read the diagrams and decisions of a deployment; to be called before the transaction, since it may take a while.

    Raises `InvalidRequest` (no files, or bad names), `TooLarge`, `InvalidModel` with the executability report.
    """
    if not resources:
        raise InvalidRequest("A deployment holds at least one file.", code="deployment-empty")
    if len(resources) > settings.max_resources:
        raise TooLarge(f"The deployment has {len(resources)} files; {settings.max_resources} are accepted.")
    for name, content in resources.items():
        _check_resource(name, content, settings)
    try:
        limits = Limits(file_bytes=settings.max_resource_bytes, seconds=settings.parse_seconds)
        parsed = parse(resources, limits=limits, policy=replace(settings.policy, sandboxes=sandboxes))
    except UnusableModel as unusable:
        raise InvalidModel(f"The deployment cannot be executed: {unusable}.", unusable.report) from None
    for model in parsed.models:
        if len(model.key) > KEY_LENGTH:
            raise InvalidRequest(f"The process id {model.key[:40]!r}... is longer than {KEY_LENGTH} characters.")
    decisions.check(parsed.decision_files)
    return Prepared(
        dict(resources),
        parsed.report,
        tuple(parsed.models),
        {model.key: read_drawing(resources[model.file], model.key) for model in parsed.models},
        tuple(parsed.decision_files),
        _content_hash(resources),
    )


def _check_resource(name: str, content: bytes, settings: Settings) -> None:
    if not name or len(name) > KEY_LENGTH or "\0" in name or not _is_text(name):
        raise InvalidRequest(f"A file's name takes 1 to {KEY_LENGTH} characters without NUL.", code="file-name-invalid")
    if len(content) > settings.max_resource_bytes:
        raise TooLarge(f"The file {name!r} has {len(content)} bytes; {settings.max_resource_bytes} are accepted.")


def _is_text(name: str) -> bool:
    """Whether a name can be kept: half of a surrogate pair cannot."""
    return all(not 0xD800 <= ord(character) <= 0xDFFF for character in name)


def _content_hash(resources: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(resources.items()):
        digest.update(f"{len(name.encode())}:{name}:{len(content)}:".encode() + content)
    return digest.hexdigest()


def create(
    tx: Work,
    prepared: Prepared,
    *,
    name: str,
    source: str | None = None,
    filter_duplicates: bool = False,
    active_from: int | None = None,
) -> Deployed:
    """Store a deployment and give its processes their next versions, which take over the starts of the previous ones.

    With `filter_duplicates`, a newest deployment of this name with the same content is returned as it is. The processes
    are suspended until `active_from` (milliseconds) where that is still to come; a job resumes them.
    """
    if not name or len(name) > KEY_LENGTH or "\0" in name:
        raise InvalidRequest(f"A deployment's name takes 1 to {KEY_LENGTH} characters without NUL.")
    tx.lock("deploy")
    newest = tx.fetch_one(_NEWEST_OF_NAME, {"deployment_name": name}) if filter_duplicates else None
    if newest is not None and newest[1] == prepared.content_hash:
        stored, tables = _stored(tx, newest[0]), decisions.of_deployment(tx, newest[0])
        return Deployed(newest[0], name, newest[2], True, stored, tables, tuple(prepared.resources))
    deployment_id = new_id()
    row = {"id": deployment_id, "name": name, "source": source, "content_hash": prepared.content_hash}
    tx.execute(_ADD, {**row, "report": report_text(prepared.report), "created_at": tx.millis})
    for position, (filename, content) in enumerate(prepared.resources.items()):
        tx.execute(
            _ADD_RESOURCE, {"deployment_id": deployment_id, "name": filename, "position": position, "content": content}
        )
    added = tuple(_add_definition(tx, deployment_id, model, prepared.drawings[model.key]) for model in prepared.models)
    tables = decisions.add(tx, deployment_id, prepared.decision_files)
    for definition in added if active_from is not None and active_from > tx.millis else ():
        suspension.change(tx, "suspend", definition.id)
        suspension.change(tx, "resume", definition.id, at_millis=active_from)
    return Deployed(deployment_id, name, tx.millis, False, added, tables, tuple(prepared.resources))


def create_changed(
    tx: Work,
    prepared: Prepared | None,
    files: Mapping[str, bytes],
    *,
    name: str,
    source: str | None = None,
    active_from: int | None = None,
) -> Deployed | None:
    """Like `create`, of those files only that are new or changed since the last deployment of this name and source.

    `prepared` holds these, None where there are none: then the newest such deployment is returned as it is. None where
    others deployed meanwhile and something else is new: it is looked for, and prepared, again.
    """
    tx.lock("deploy")
    if uploads.changed(tx, name, source, files).keys() != ({} if prepared is None else prepared.resources).keys():
        return None
    if prepared is not None:
        return create(tx, prepared, name=name, source=source, active_from=active_from)
    deployment_id, created_at = tx.fetch(_NEWEST_OF_SOURCE, {"deployment_name": name, "its_source": source})[0]
    stored, tables = _stored(tx, deployment_id), decisions.of_deployment(tx, deployment_id)
    return Deployed(deployment_id, name, created_at, True, stored, tables, tuple(files))


def report_text(report: Report) -> str:
    """The report as it is stored: JSON text, a list of entries."""
    return to_json(report.entries).decode()


def _stored(tx: Work, deployment_id: str) -> tuple[DeployedDefinition, ...]:
    return tuple(DeployedDefinition(*row) for row in tx.fetch(_DEFINITIONS, {"id": deployment_id}))


def _add_definition(tx: Work, deployment_id: str, model: ProcessModel, drawing: Drawing) -> DeployedDefinition:
    version = (tx.fetch(_LAST_VERSION, {"process_key": model.key})[0][0] or 0) + 1
    added = DeployedDefinition(new_id(), model.key, version, model.version_tag, model.name, model.file)
    tx.execute(
        _ADD_DEFINITION,
        {
            "id": added.id,
            "deployment_id": deployment_id,
            "key": added.key,
            "version": version,
            "version_tag": added.version_tag,
            "name": added.name,
            "resource_name": added.resource_name,
            "category": clean(drawing.category),
            "description": clean(drawing.documentation),
            "history_time_to_live": clean(drawing.history_time_to_live),
            "startable": int(drawing.startable),
            "created_at": tx.millis,
        },
    )
    _take_over_starts(tx, added.id, model)
    message_keys.note(tx, added.id, model)
    return added


def _take_over_starts(tx: Work, definition_id: str, model: ProcessModel) -> None:
    """From now on, what starts this key starts this version."""
    tx.later(_DROP_STARTS, {"process_key": model.key})
    tx.later(_DROP_TIMERS, {"process_key": model.key})
    for trigger in model.starts:
        if trigger.kind == "timer":
            try:
                due = model.first_due(trigger, tx.now)
            except EvaluationFailed as problem:
                raise InvalidState(
                    f"The timer start {trigger.element!r} of {model.key!r} has no due time: {problem}.",
                    code="timer-invalid",
                ) from None
            if due is not None:
                jobs.add_timer_start(tx, definition_id, model.key, trigger, to_millis(due))
        elif trigger.kind in ("message", "signal", "condition"):
            start = {"definition_id": definition_id, "element_id": trigger.element, "definition_key": model.key}
            tx.later(_ADD_START, {**start, "kind": trigger.kind, "name": clean_key(trigger.name or "")})


def delete(tx: Work, deployment_id: str, *, cascade: bool = False) -> None:
    """Remove a deployment with its definitions; the starts go back to the newest versions that remain.

    With `cascade`, the instances of the definitions go too, with their history. Raises `NotFound`, `InvalidState`.
    """
    tx.lock("deploy")
    if tx.fetch_one(_FOUND, {"id": deployment_id}) is None:
        raise NotFound(f"There is no deployment {deployment_id!r}.", code="deployment-not-found")
    if not cascade and tx.fetch_one(_HAS_INSTANCES, {"id": deployment_id}) is not None:
        raise InvalidState(
            f"Deployment {deployment_id} has process instances; delete it with cascade to remove them too.",
            code="deployment-in-use",
        )
    keys = sorted({definition.key for definition in _stored(tx, deployment_id)})
    decisions.remove(tx, deployment_id, cascade=cascade)
    dropped = {"deployment": deployment_id}
    called, unheard = tx.fetch(_CALLED_BY_OTHERS, dropped), tx.fetch(_UNHEARD, dropped)
    for statement in (*_DROP_INSTANCES, *_DROP_DEPLOYMENT):
        tx.execute(statement, dropped)
    jobs.let_all_go_on(tx, [payload for (payload,) in unheard])
    for child_id, caller in called:
        caller_id, activity = split_activity_id(caller)
        tx.add_job_at_once("return", instance_id=caller_id, activity=activity, event=child_id)
    for key in keys:
        _restore_starts(tx, key)


def _restore_starts(tx: Work, key: str) -> None:
    newest = definitions.latest(tx, key)
    if newest is None:
        tx.later(_DROP_STARTS, {"process_key": key})
        tx.later(_DROP_TIMERS, {"process_key": key})
        return
    _take_over_starts(tx, newest.id, tx.definitions.model(newest.id))
