"""Decisions: their versions come and go with deployments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from sqlalchemy import Table, func, insert, select
from sqlalchemy import bindparam as p
from sqlalchemy import delete as delete_from

from app.db import Statement
from app.engine import evaluations
from app.engine.decisions import DecisionDefinition, DecisionSet
from app.engine.texts import KEY_LENGTH
from app.engine.work import Work
from app.errors import InvalidRequest
from app.ids import new_id
from app.models import decision_definition, decision_evaluation, decision_requirements
from bpmn.decisions import Outcome
from bpmn.decisions.files import DecisionFile


@dataclass(frozen=True, slots=True)
class DeployedDecision:
    """A decision that came with a deployment."""

    id: str
    key: str
    version: int
    version_tag: str | None
    name: str
    resource_name: str
    requirements_id: str
    history_days: int | None


_FIXED = ("id", "deployment_id", "key", "version", "name", "resource_name", "created_at")
_ADD_REQUIREMENTS = Statement(insert(decision_requirements).values({name: p(name) for name in _FIXED}))
_ADD_DECISION = Statement(
    insert(decision_definition).values(
        {name: p(name) for name in (*_FIXED, "version_tag", "requirements_id", "history_days")}
    )
)


def _last_version(table: Table) -> Statement:
    return Statement(select(func.max(table.c.version)).where(table.c.key == p("key")))


_LAST_REQUIREMENTS, _LAST_DECISION = _last_version(decision_requirements), _last_version(decision_definition)
_OF_DEPLOYMENT = Statement(
    select(
        decision_definition.c.id,
        decision_definition.c.key,
        decision_definition.c.version,
        decision_definition.c.version_tag,
        decision_definition.c.name,
        decision_definition.c.resource_name,
        decision_definition.c.requirements_id,
        decision_definition.c.history_days,
    )
    .where(decision_definition.c.deployment_id == p("id"))
    .order_by(decision_definition.c.id)
)
_deployed = select(decision_definition.c.id).where(decision_definition.c.deployment_id == p("deployment"))
_evaluated = decision_evaluation.c.definition_id.in_(_deployed)
_DROP_EVALUATIONS = Statement(delete_from(decision_evaluation).where(_evaluated))
_DROP = [
    Statement(delete_from(table).where(table.c.deployment_id == p("deployment")))
    for table in (decision_definition, decision_requirements)
]


def check(files: Iterable[DecisionFile]) -> None:
    """Raise `InvalidRequest` where an id cannot be a key."""
    for file in files:
        for key in (file.key, *(decision.key[1] for decision in file.decisions)):
            if not 0 < len(key) <= KEY_LENGTH:
                raise InvalidRequest(f"{key[:40]!r} is no id of a decision: it takes 1 to {KEY_LENGTH} characters.")


def add(tx: Work, deployment_id: str, files: Iterable[DecisionFile]) -> tuple[DeployedDecision, ...]:
    """Give the files of a deployment, and the decisions in them, their next versions."""
    return tuple(decision for file in files for decision in _add_file(tx, deployment_id, file))


def _add_file(tx: Work, deployment_id: str, file: DecisionFile) -> Iterable[DeployedDecision]:
    fixed = {"deployment_id": deployment_id, "resource_name": file.file, "created_at": tx.millis}
    requirements_id, version = new_id(), _next(tx, _LAST_REQUIREMENTS, file.key)
    tx.execute(
        _ADD_REQUIREMENTS, {**fixed, "id": requirements_id, "key": file.key, "name": file.name, "version": version}
    )
    for decision in file.decisions:
        key = decision.key[1]
        version = _next(tx, _LAST_DECISION, key)
        added = DeployedDecision(
            new_id(),
            key,
            version,
            decision.version_tag,
            decision.name,
            file.file,
            requirements_id,
            decision.history_days,
        )
        tx.execute(_ADD_DECISION, {**fixed, **asdict(added)})
        yield added


def _next(tx: Work, last: Statement, key: str) -> int:
    return (tx.fetch(last, {"key": key})[0][0] or 0) + 1


def of_deployment(tx: Work, deployment_id: str) -> tuple[DeployedDecision, ...]:
    """The decisions that came with a deployment."""
    return tuple(DeployedDecision(*row) for row in tx.fetch(_OF_DEPLOYMENT, {"id": deployment_id}))


def remember(tx: Work, definition: DecisionDefinition, known: DecisionSet, outcome: Outcome) -> str | None:
    """Keep what a decision was evaluated to that no process asked for; its id, or None where nothing is kept."""
    if not tx.settings.decision_history_days:
        return None
    return evaluations.record(tx, definition, known, outcome.records)


def remove(tx: Work, deployment_id: str, *, cascade: bool) -> None:
    """Remove the decisions of a deployment, with `cascade` what was evaluated too."""
    for statement in [_DROP_EVALUATIONS, *_DROP] if cascade else _DROP:
        tx.execute(statement, {"deployment": deployment_id})
