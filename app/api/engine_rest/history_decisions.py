"""The history of decisions: those that business rule tasks asked for, and those that were asked for by themselves."""

from __future__ import annotations

from typing import Any

from app.api.engine_rest import decision_shapes
from app.api.engine_rest.filters import NO_TENANT, definition, listing, moment, names, only, text
from app.api.engine_rest.given import Given, fields
from app.api.engine_rest.routing import Ask, Routes
from app.db import Transaction
from app.errors import NotFound
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.decisions import EVALUATIONS, Evaluation

routes = Routes()

_SHOWN = "includeInputs includeOutputs disableBinaryFetching disableCustomObjectDeserialization"
_NOTE = "values that are longer than 4,000 bytes, and rules beyond the first hundred that matched, are not kept"
_LISTING = listing(
    {
        "decisionInstanceId": text("id"),
        "decisionInstanceIdIn": names("id"),
        "decisionDefinitionId": text("definition"),
        "decisionDefinitionIdIn": names("definition"),
        "decisionDefinitionKey": text("key"),
        "decisionDefinitionKeyIn": names("key"),
        "decisionDefinitionName": text("name"),
        "decisionDefinitionNameLike": text("name", "like"),
        "processDefinitionId": definition("process-definition"),
        "processDefinitionKey": text("process-definition-key"),
        "processInstanceId": text("instance"),
        "caseDefinitionId": text("nothing"),
        "caseDefinitionKey": text("nothing"),
        "caseInstanceId": text("nothing"),
        "activityIdIn": names("element"),
        "activityInstanceIdIn": names("activity"),
        "evaluatedBefore": moment("at", "lteq"),
        "evaluatedAfter": moment("at", "gteq"),
        "userId": text("actor"),
        "rootDecisionInstanceId": text("root"),
        "rootDecisionInstancesOnly": only("is-root"),
        "decisionRequirementsDefinitionId": text("requirements"),
        "decisionRequirementsDefinitionKey": text("requirements-key"),
        **NO_TENANT,
    },
    sorts={"evaluationTime": "at", "tenantId": "id"},
)


def _shape(row: Evaluation, given: Given) -> dict[str, Any]:
    return decision_shapes.evaluation(
        row, inputs=given.flag("includeInputs") or False, outputs=given.flag("includeOutputs") or False
    )


routes.catalog(
    "/history/decision-instance",
    EVALUATIONS,
    _LISTING,
    lambda row, ask: _shape(row, ask.query),
    post=False,
    served=_SHOWN,
    note=_NOTE,
)


@routes.read("/history/decision-instance/{id}", query=fields(_SHOWN), note=_NOTE)
def get(tx: Transaction, ask: Ask, id: str) -> dict[str, Any]:
    """One decision that was evaluated."""
    found = EVALUATIONS.page(tx, [Criterion("id", "eq", id)])
    if not found:
        raise NotFound(f"Historic decision instance with id '{id}' does not exist")
    return _shape(found[0], ask.query)
