"""What decisions were evaluated to: asked outside of transactions, recorded in rows of their own."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import msgspec
from sqlalchemy import bindparam as p
from sqlalchemy import insert

from app.db import Statement
from app.engine.decisions import DecisionDefinition, DecisionSet
from app.engine.work import Work
from app.errors import InvalidRequest
from app.ids import new_id
from app.models import decision_evaluation
from bpmn.decisions import DecisionRecord, Outcome
from bpmn.decisions.records import trimmed
from bpmn.errors import EvaluationFailed
from bpmn.expressions import Settings
from bpmn.facts import DecisionEvaluated
from bpmn.values import Variables, to_json

_DAY = 24 * 60 * 60 * 1000
_COMPRESSED = b"z"
_WORTH_COMPRESSING = 1024
_decoder = msgspec.json.Decoder(DecisionRecord, float_hook=Decimal)

_COLUMNS = (
    "id",
    "root_id",
    "definition_id",
    "definition_key",
    "name",
    "requirements_id",
    "requirements_key",
    "at",
    "actor",
    "instance_id",
    "activity",
    "element_id",
    "remove_at",
    "body",
)
_ADD = Statement(insert(decision_evaluation).values({name: p(name) for name in _COLUMNS}))


@dataclass(frozen=True, slots=True)
class Asker:
    """The activity of a process instance that asked for a decision."""

    instance_id: str
    activity: int
    element_id: str


def evaluate(definition: DecisionDefinition, known: DecisionSet, variables: Variables, settings: Settings) -> Outcome:
    """What a decision comes to for these variables; raises `InvalidRequest`. To be called outside of transactions."""
    try:
        return known.decisions.evaluate(definition.key, variables, settings)
    except EvaluationFailed as failed:
        raise InvalidRequest(
            f"The decision {definition.key!r} cannot be evaluated: {failed}.",
            code="decision-failed",
            details={} if failed.position is None else {"position": failed.position + 1},
        ) from None


def record_asked(tx: Work, instance_id: str, decided: DecisionEvaluated) -> None:
    """Keep what a business rule task was told; raises `ModelMissing`."""
    known = tx.definitions.decisions(decided.file_id)
    asker = Asker(instance_id, decided.activity, decided.element)
    record(tx, known.definitions[decided.key], known, decided.decisions, asker)


def record(
    tx: Work,
    definition: DecisionDefinition,
    known: DecisionSet,
    records: Sequence[DecisionRecord],
    asker: Asker | None = None,
) -> str:
    """Keep what was evaluated, the decision that was asked for being the last; its id in the history."""
    root_id = new_id()
    kept = trimmed(records)
    for number, one in enumerate(kept, 1):
        is_root = number == len(kept)
        found = known.definitions.get(one.id, definition)
        tx.later(
            _ADD,
            {
                "id": root_id if is_root else new_id(),
                "root_id": None if is_root else root_id,
                "definition_id": found.id,
                "definition_key": found.key,
                "name": one.name,
                "requirements_id": found.requirements_id,
                "requirements_key": known.requirements_key,
                "at": tx.millis,
                "actor": tx.actor,
                "instance_id": None if asker is None else asker.instance_id,
                "activity": None if asker is None else asker.activity,
                "element_id": None if asker is None else asker.element_id,
                "remove_at": None if asker is not None else _end(tx, definition),
                "body": pack(one),
            },
        )
    return root_id


def _end(tx: Work, definition: DecisionDefinition) -> int:
    """When an evaluation is forgotten that no process asked for, in milliseconds."""
    days = tx.settings.decision_history_days if definition.history_days is None else definition.history_days
    return tx.millis + int(days * _DAY)


def pack(one: DecisionRecord) -> bytes:
    """The stored form; compressed where it is long."""
    body = to_json(one)
    return body if len(body) < _WORTH_COMPRESSING else _COMPRESSED + zlib.compress(body, 1)


def unpack(body: bytes) -> DecisionRecord:
    """The record of a stored body."""
    return _decoder.decode(zlib.decompress(body[1:]) if body[:1] == _COMPRESSED else body)
