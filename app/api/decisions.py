"""Decisions over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import Query
from starlette.responses import Response

from app.api import answers
from app.api.answers import moment
from app.api.deciding import Decided, Find, decide
from app.api.process_definitions import UNTRUSTED
from app.api.route import Call, Caller, Read, Routes, answered
from app.api.schemas.decisions import (
    Decision,
    DecisionEvaluation,
    DecisionEvaluationPage,
    DecisionEvaluationQuery,
    DecisionPage,
    DecisionQuery,
    DecisionReport,
    DecisionResult,
    EvaluatedDecision,
    EvaluateDecision,
    EvaluatedTable,
)
from app.engine import decisions
from app.queries import decisions as queries
from app.queries.page import Paging
from bpmn.decisions import DecisionRecord, TableRecord
from bpmn.report import ReportEntry
from bpmn.values import to_json

routes = Routes("Decisions")

_EXAMPLE = {
    "id": "019aa9d5-3c1f-7a22-8c31-6d0e4b7f1a02",
    "key": "loan-score",
    "version": 1,
    "versionTag": None,
    "name": "Loan score",
    "resourceName": "loan-scoring.dmn",
    "deploymentId": "019aa9d5-3c1b-7a40-9d3e-2f1b6c7d8e90",
    "createdAt": "2026-11-22T08:30:00.000Z",
}
_EVALUATED = {
    "key": "loan-score",
    "name": "Loan score",
    "result": "good",
    "tables": [
        {
            "id": "score",
            "inputs": [{"id": "income", "name": "income", "value": 4200}],
            "rules": [
                {
                    "number": 2,
                    "id": "rule2",
                    "outputs": [{"id": "out", "name": "score", "label": "Score", "value": "good"}],
                }
            ],
            "result": "good",
        }
    ],
    "warnings": [],
}
_EVALUATION_ID = "019aa9d6-5d3e-7c11-9a04-0b2c3d4e5f60"
_RESULT = {
    "evaluationId": _EVALUATION_ID,
    "decisionId": _EXAMPLE["id"],
    "decisionKey": "loan-score",
    "decisionVersion": 1,
    "result": "good",
    "decisions": [_EVALUATED],
    "warnings": [],
}
_KEPT = {
    "id": _EVALUATION_ID,
    "rootEvaluationId": None,
    "decisionId": _EXAMPLE["id"],
    "decisionKey": "loan-score",
    "at": "2026-11-22T08:31:00.000Z",
    "actor": None,
    "processInstanceId": None,
    "activityId": None,
    "elementId": None,
    "decision": _EVALUATED,
}
_NO_VARIABLES = EvaluateDecision()


def _shape(row: queries.DecisionRow) -> Decision:
    return {
        "id": row.id,
        "key": row.key,
        "version": row.version,
        "versionTag": row.version_tag,
        "name": row.name,
        "resourceName": row.resource_name,
        "deploymentId": row.deployment_id,
        "createdAt": moment(row.created_at),
    }


@routes.get("/decisions", "listDecisions", "List decisions", example={"items": [_EXAMPLE], "nextCursor": None})
def list_decisions(tx: Read, query: Annotated[DecisionQuery, Query()]) -> DecisionPage:
    """By key, the newest version of each first."""
    filters = queries.Filters(query.key, query.version, query.version_tag, query.deployment_id, query.latest)
    found: DecisionPage = answers.items(queries.list_decisions(tx, Paging(query.limit, query.cursor), filters), _shape)
    return found


@routes.get("/decisions/{id}", "getDecision", "Get a decision", example=_EXAMPLE, refusals=[404])
def get(tx: Read, id: str) -> Decision:
    """One decision by its id."""
    return _shape(queries.get(tx, id))


@routes.get(
    "/decisions/by-key/{key}",
    "getLatestDecision",
    "Get the newest version of a decision",
    example=_EXAMPLE,
    refusals=[404],
)
def get_latest(tx: Read, key: str) -> Decision:
    """The newest version of a key, the id of the decision in its file."""
    return _shape(queries.get_latest(tx, key))


@routes.get(
    "/decisions/{id}/xml",
    "getDecisionXml",
    "Get a decision's file",
    refusals=[404],
    response_class=Response,
    content={"application/xml": {"schema": {"type": "string", "format": "binary"}}},
)
async def get_xml(call: Call, id: str) -> Response:
    """The DMN file as it was uploaded, byte by byte."""
    content = await call.server.read(lambda tx: queries.xml(tx, id))
    return Response(content, headers=UNTRUSTED, media_type="application/xml")


@routes.get(
    "/decisions/{id}/report",
    "getDecisionReport",
    "Get a decision's report",
    refusals=[404],
    example={
        "resourceName": "loan-scoring.dmn",
        "report": {"refused": 0, "executed": 4, "documentation": 1, "warnings": 0, "entries": []},
    },
)
def get_report(tx: Read, id: str) -> DecisionReport:
    """What becomes of every element of the decision's file: executed, or documentation."""
    text, file = queries.report(tx, id)
    entries = msgspec.json.decode(text, type=list[ReportEntry])
    return {"resourceName": file, "report": answers.report_shape(one for one in entries if one.file == file)}


@routes.post(
    "/decisions/{id}/evaluate",
    "evaluateDecision",
    "Evaluate a decision",
    example=_RESULT,
    refusals=[404],
    response_model=DecisionResult,
    once_only=False,
)
async def evaluate(call: Call, id: str, body: EvaluateDecision = _NO_VARIABLES) -> Response:
    """One version of a decision. The result comes with the decisions on the way to it and the rules that matched."""
    return await _evaluated(call, lambda tx: decisions.by_id(tx, id), body)


@routes.post(
    "/decisions/by-key/{key}/evaluate",
    "evaluateLatestDecision",
    "Evaluate the newest version of a decision",
    example=_RESULT,
    refusals=[404],
    response_model=DecisionResult,
    once_only=False,
)
async def evaluate_latest(call: Call, key: str, body: EvaluateDecision = _NO_VARIABLES) -> Response:
    """The newest version of a decision, by the id that it has in its file."""
    return await _evaluated(call, lambda tx: decisions.by_key(tx, key), body)


async def _evaluated(call: Caller, find: Find, body: EvaluateDecision) -> Response:
    decided = await decide(call.server, find, body.variables)
    return answered(200, to_json(_result(decided)))


def _result(decided: Decided) -> DecisionResult:
    definition, outcome = decided.definition, decided.outcome
    return {
        "evaluationId": decided.id,
        "decisionId": definition.id,
        "decisionKey": definition.key,
        "decisionVersion": definition.version,
        "result": outcome.value,
        "decisions": [_decision(record) for record in outcome.records],
        "warnings": list(outcome.warnings),
    }


def _decision(record: DecisionRecord) -> EvaluatedDecision:
    return {
        "key": record.id,
        "name": record.name,
        "result": record.value,
        "tables": [_table(table) for table in record.tables],
        "warnings": list(record.warnings),
    }


def _table(table: TableRecord) -> EvaluatedTable:
    return {
        "id": table.id,
        "inputs": [{"id": one.id, "name": one.name, "value": one.value} for one in table.inputs],
        "rules": [
            {
                "number": rule.number,
                "id": rule.id,
                "outputs": [
                    {"id": one.id, "name": one.name, "label": one.label, "value": one.value} for one in rule.outputs
                ],
            }
            for rule in table.rules
        ],
        "result": table.value,
    }


@routes.get(
    "/decision-evaluations",
    "listDecisionEvaluations",
    "List what decisions were evaluated to",
    example={"items": [_KEPT], "nextCursor": None},
)
def list_evaluations(tx: Read, query: Annotated[DecisionEvaluationQuery, Query()]) -> DecisionEvaluationPage:
    """The latest first: those that processes asked for, and those that were asked for over HTTP."""
    filters = queries.EvaluationFilters(
        query.decision_id, query.decision_key, query.process_instance_id, query.root_evaluation_id
    )
    found: DecisionEvaluationPage = answers.items(
        queries.list_evaluations(tx, Paging(query.limit, query.cursor), filters), _kept
    )
    return found


@routes.get(
    "/decision-evaluations/{id}",
    "getDecisionEvaluation",
    "Get what a decision was evaluated to",
    example=_KEPT,
    refusals=[404],
)
def get_evaluation(tx: Read, id: str) -> DecisionEvaluation:
    """One evaluation with its inputs, its outputs and the rules that matched."""
    return _kept(queries.get_evaluation(tx, id))


def _kept(row: queries.EvaluationRow) -> DecisionEvaluation:
    return {
        "id": row.id,
        "rootEvaluationId": row.root_id,
        "decisionId": row.decision_id,
        "decisionKey": row.decision_key,
        "at": moment(row.at),
        "actor": row.actor,
        "processInstanceId": row.instance_id,
        "activityId": row.activity_id,
        "elementId": row.element_id,
        "decision": _decision(row.record),
    }
