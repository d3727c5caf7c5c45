"""Decisions, their results and their history as the dialect shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.api.engine_rest import definition_ids
from app.api.engine_rest.dates import moment
from app.api.engine_rest.values import shown
from app.engine.evaluations import unpack
from app.ids import activity_id
from app.queries.catalog.decisions import Decision, Evaluation, Requirements
from bpmn.decisions import Decision as DecisionElement
from bpmn.decisions import DecisionRecord, Outcome, TableRecord
from bpmn.decisions.model import Table
from bpmn.values import Value

# Types of columns that values do not show, by the names that Camunda 7 reads.
_NUMBERS = {"integer": "Integer", "long": "Long", "double": "Double"}


def definition(row: Decision) -> dict[str, Any]:
    """A decision."""
    return {
        "id": row.id,
        "key": row.key,
        "category": None,
        "name": row.name,
        "version": row.version,
        "resource": row.resource_name,
        "deploymentId": row.deployment_id,
        "tenantId": None,
        "decisionRequirementsDefinitionId": row.requirements_id,
        "decisionRequirementsDefinitionKey": row.requirements_key,
        "historyTimeToLive": row.history_days,
        "versionTag": row.version_tag,
    }


def requirements(row: Requirements) -> dict[str, Any]:
    """A file of decisions."""
    return {
        "id": row.id,
        "key": row.key,
        "category": None,
        "name": row.name,
        "version": row.version,
        "resource": row.resource_name,
        "deploymentId": row.deployment_id,
        "tenantId": None,
    }


def result(outcome: Outcome) -> list[dict[str, Any]]:
    """What a decision came to: a row of typed outputs for each rule that matched."""
    kinds = _kinds(outcome)
    return [{name: _typed(value, kinds.get(name)) for name, value in row.items()} for row in outcome.rows]


def _kinds(outcome: Outcome) -> dict[str, str | None]:
    decision = outcome.decision
    if not isinstance(decision, DecisionElement) or not isinstance(decision.logic, Table):
        return {}
    return {clause.name or decision.variable.name: clause.type_ref for clause in decision.logic.outputs}


def _typed(value: Value, type_ref: str | None) -> dict[str, Any]:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return shown(value, _NUMBERS.get(type_ref or "") if is_number else None)


def evaluation(row: Evaluation, *, inputs: bool, outputs: bool) -> dict[str, Any]:
    """A decision that was evaluated."""
    record = unpack(bytes(row.body))
    table = record.tables[-1] if record.tables else None
    place = None if row.instance_id is None else activity_id(row.instance_id, row.activity or 0)
    shape = {
        "id": row.id,
        "decisionDefinitionId": row.definition_id,
        "decisionDefinitionKey": row.definition_key,
        "decisionDefinitionName": row.name,
        "evaluationTime": moment(row.at),
        "removalTime": None if row.remove_at is None else moment(row.remove_at),
        "processDefinitionId": _process_definition(row),
        "processDefinitionKey": row.process_definition_key,
        "processInstanceId": row.instance_id,
        "caseDefinitionId": None,
        "caseDefinitionKey": None,
        "caseInstanceId": None,
        "activityId": row.element_id,
        "activityInstanceId": place,
        "tenantId": None,
        "userId": row.actor if row.instance_id is None else None,
        "collectResultValue": None if table is None or table.aggregation is None else table.value,
        "rootDecisionInstanceId": row.root_id,
        "rootProcessInstanceId": row.root_instance_id,
        "decisionRequirementsDefinitionId": row.requirements_id,
        "decisionRequirementsDefinitionKey": row.requirements_key,
    }
    if inputs:
        shape["inputs"] = list(_inputs(row, table))
    if outputs:
        shape["outputs"] = list(_outputs(row, record, table))
    return shape


def _process_definition(row: Evaluation) -> str | None:
    id, key, version = row.process_definition_id, row.process_definition_key, row.process_definition_version
    return None if id is None or key is None or version is None else definition_ids.outside(key, version, id)


def _inputs(row: Evaluation, table: TableRecord | None) -> Iterator[dict[str, Any]]:
    for number, one in enumerate(table.inputs if table is not None else ()):
        yield {"clauseId": one.id, "clauseName": one.name, **_part(row, f"in{number}", one.value)}


def _outputs(row: Evaluation, record: DecisionRecord, table: TableRecord | None) -> Iterator[dict[str, Any]]:
    if table is None:
        named = {"clauseId": None, "clauseName": None, "ruleId": None, "ruleOrder": None, "variableName": record.name}
        yield {**named, **_part(row, "out", record.value)}
        return
    for rule in table.rules:
        for number, one in enumerate(rule.outputs):
            yield {
                "clauseId": one.id,
                "clauseName": one.label,
                "ruleId": rule.id,
                "ruleOrder": rule.number,
                "variableName": one.name or record.name,
                **_part(row, f"out{rule.number}-{number}", one.value),
            }


def _part(row: Evaluation, name: str, value: Value) -> dict[str, Any]:
    return {
        "id": f"{row.id}:{name}",
        "decisionInstanceId": row.id,
        "errorMessage": None,
        "createTime": moment(row.at),
        "removalTime": None if row.remove_at is None else moment(row.remove_at),
        "rootProcessInstanceId": row.root_instance_id,
        **shown(value),
    }
