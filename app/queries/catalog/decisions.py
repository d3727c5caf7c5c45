"""Decisions, the files that hold them, and what was evaluated."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, func, or_, select

from app.models import (
    decision_definition,
    decision_evaluation,
    decision_requirements,
    process_definition,
    process_instance,
)
from app.queries.catalog.criteria import Catalog, Meaning, compared, either, nothing


class Decision(NamedTuple):
    """A decision in one version; `created_at` in milliseconds."""

    id: str
    key: str
    version: int
    version_tag: str | None
    name: str
    resource_name: str
    deployment_id: str
    requirements_id: str
    requirements_key: str
    created_at: int
    history_days: int | None


class Requirements(NamedTuple):
    """A DMN file in one version."""

    id: str
    key: str
    version: int
    name: str
    resource_name: str
    deployment_id: str


class Evaluation(NamedTuple):
    """A decision that was evaluated; `at` in milliseconds. What belongs to a process instance is None without one."""

    id: str
    root_id: str | None
    definition_id: str
    definition_key: str
    name: str
    requirements_id: str
    requirements_key: str
    at: int
    actor: str | None
    instance_id: str | None
    activity: int | None
    element_id: str | None
    remove_at: int | None
    body: bytes
    process_definition_id: str | None
    process_definition_key: str | None
    process_definition_version: int | None
    root_instance_id: str | None


def _newest(table: Table) -> ColumnElement[bool]:
    other = table.alias()
    newest = select(func.max(other.c.version)).where(other.c.key == table.c.key)
    return table.c.version == newest.correlate(table).scalar_subquery()


_decision, _file, _made = decision_definition.c, decision_requirements.c, decision_evaluation.c
_instance = process_instance.c

DECISIONS: Catalog[Decision] = Catalog(
    select(
        _decision.id,
        _decision.key,
        _decision.version,
        _decision.version_tag,
        _decision.name,
        _decision.resource_name,
        _decision.deployment_id,
        _decision.requirements_id,
        _file.key,
        _decision.created_at,
        _decision.history_days,
    ).join_from(decision_definition, decision_requirements, _decision.requirements_id == _file.id),
    lambda row: Decision(*row),
    _decision.id,
    {
        "id": _decision.id,
        "key": _decision.key,
        "name": _decision.name,
        "version": _decision.version,
        "version-tag": _decision.version_tag,
        "resource": _decision.resource_name,
        "deployment": _decision.deployment_id,
        "requirements": _decision.requirements_id,
        "requirements-key": _file.key,
        "created": _decision.created_at,
        "latest": either(_newest(decision_definition)),
        "nothing": nothing,
    },
    {
        "id": _decision.id,
        "key": _decision.key,
        "name": _decision.name,
        "version": _decision.version,
        "version-tag": _decision.version_tag,
        "deployment": _decision.deployment_id,
        "requirements-key": _file.key,
        "created": _decision.created_at,
    },
)

REQUIREMENTS: Catalog[Requirements] = Catalog(
    select(_file.id, _file.key, _file.version, _file.name, _file.resource_name, _file.deployment_id),
    lambda row: Requirements(*row),
    _file.id,
    {
        "id": _file.id,
        "key": _file.key,
        "name": _file.name,
        "version": _file.version,
        "resource": _file.resource_name,
        "deployment": _file.deployment_id,
        "latest": either(_newest(decision_requirements)),
        "nothing": nothing,
    },
    {"id": _file.id, "key": _file.key, "name": _file.name, "version": _file.version, "deployment": _file.deployment_id},
)


def _with_root(operator: str, value: object) -> ColumnElement[bool]:
    return or_(compared(_made.id, operator, value), compared(_made.root_id, operator, value))


def _activity(operator: str, value: object) -> ColumnElement[bool]:
    """Activity instances by their names."""
    return compared(_made.instance_id + "." + _made.activity.cast(_made.instance_id.type), operator, value)


_alone: Meaning = either(_made.root_id.is_(None))

EVALUATIONS: Catalog[Evaluation] = Catalog(
    select(
        _made.id,
        _made.root_id,
        _made.definition_id,
        _made.definition_key,
        _made.name,
        _made.requirements_id,
        _made.requirements_key,
        _made.at,
        _made.actor,
        _made.instance_id,
        _made.activity,
        _made.element_id,
        _made.remove_at,
        _made.body,
        _instance.definition_id,
        _instance.definition_key,
        process_definition.c.version,
        _instance.root_id,
    )
    .join_from(decision_evaluation, process_instance, _made.instance_id == _instance.id, isouter=True)
    .join(process_definition, _instance.definition_id == process_definition.c.id, isouter=True),
    lambda row: Evaluation(*row),
    _made.id,
    {
        "id": _made.id,
        "root": _with_root,
        "is-root": _alone,
        "definition": _made.definition_id,
        "key": _made.definition_key,
        "name": _made.name,
        "requirements": _made.requirements_id,
        "requirements-key": _made.requirements_key,
        "at": _made.at,
        "actor": _made.actor,
        "instance": _made.instance_id,
        "element": _made.element_id,
        "activity": _activity,
        "process-definition": _instance.definition_id,
        "process-definition-key": _instance.definition_key,
        "nothing": nothing,
    },
    {"at": _made.at, "id": _made.id},
)
