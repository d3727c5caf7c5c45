"""Shapes of decisions and of what was evaluated."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field
from typing_extensions import TypedDict

from app.api.schemas.common import MOST, Body, PageQuery, Report, Time, Values, example


class Decision(TypedDict):
    """One decision of a DMN file in one version."""

    id: str
    key: str
    version: int
    versionTag: str | None
    name: str
    resourceName: str
    deploymentId: str
    createdAt: Time


class DecisionPage(TypedDict):
    """A page of decisions."""

    items: list[Decision]
    nextCursor: str | None


class DecisionReport(TypedDict):
    """The part of the report that speaks of the decision's file."""

    resourceName: str
    report: Report


class DecisionQuery(PageQuery):
    """Which decisions are wanted."""

    key: str | None = None
    version: int | None = Field(default=None, ge=0, le=MOST)
    version_tag: str | None = None
    deployment_id: str | None = None
    latest: bool = Field(default=False, description="Only the newest version of each key.")


class EvaluateDecision(Body, json_schema_extra=example(variables={"income": 4200, "amount": 15000})):
    """What a decision is evaluated with."""

    variables: Values = Field(default_factory=dict)


class InputValue(TypedDict):
    """An input of a decision table, and its value."""

    id: str | None
    name: str
    value: Any


class OutputValue(TypedDict):
    """An output of a rule that matched; `name` is the variable, `label` what the column is called."""

    id: str | None
    name: str
    label: str
    value: Any


class MatchedRule(TypedDict):
    """A rule that matched."""

    number: Annotated[int, Field(description="Counts from 1, in the order of the table.")]
    id: str | None
    outputs: list[OutputValue]


class EvaluatedTable(TypedDict):
    """What a decision table did."""

    id: str | None
    inputs: list[InputValue]
    rules: list[MatchedRule]
    result: Any


class EvaluatedDecision(TypedDict):
    """A decision that was evaluated, with the tables in it, its own one last."""

    key: str
    name: str
    result: Any
    tables: list[EvaluatedTable]
    warnings: Annotated[list[str], Field(description="Why parts of the result are null, and where in the file.")]


class DecisionResult(TypedDict):
    """What a decision came to; `decisions` are all on the way to it, in order, the one that was asked for last."""

    evaluationId: Annotated[str | None, Field(description="In the history; null where the settings keep none.")]
    decisionId: str
    decisionKey: str
    decisionVersion: int
    result: Any
    decisions: list[EvaluatedDecision]
    warnings: list[str]


class DecisionEvaluation(TypedDict):
    """A decision that was evaluated, as the history keeps it: long values and lists are cut."""

    id: str
    rootEvaluationId: Annotated[str | None, Field(description="The evaluation that asked for it, if any.")]
    decisionId: str
    decisionKey: str
    at: Time
    actor: str | None
    processInstanceId: str | None
    activityId: str | None
    elementId: str | None
    decision: EvaluatedDecision


class DecisionEvaluationPage(TypedDict):
    """A page of evaluations."""

    items: list[DecisionEvaluation]
    nextCursor: str | None


class DecisionEvaluationQuery(PageQuery):
    """Which evaluations are wanted."""

    decision_id: str | None = None
    decision_key: str | None = None
    process_instance_id: str | None = None
    root_evaluation_id: str | None = Field(
        default=None, description="This evaluation, and those of the decisions that it required."
    )
