"""What else is asked of process definitions: start forms, statistics, calls, suspension of several."""

from __future__ import annotations

from typing import Any

from app.api.engine_rest import definition_shapes, forms
from app.api.engine_rest.given import fields
from app.api.engine_rest.kinds import incident_type
from app.api.engine_rest.process_definitions import Find, by_id, by_key, by_tenant, change_suspension
from app.api.engine_rest.routing import Answer, Ask, Routes
from app.db import Transaction
from app.engine.work import Work
from app.errors import InvalidRequest
from app.queries.catalog import statistics
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.process_definitions import DEFINITIONS
from app.queries.catalog.statistics import Numbers
from bpmn.drawing import Form

routes = Routes()

_STATISTICS = fields("failedJobs incidents incidentsForType")


def _start_form(tx: Transaction, ask: Ask, find: Find, named: dict[str, str]) -> tuple[str, Form | None]:
    found = find(tx, **named)
    return found.deployment_id, ask.drawings.get(found.id).start_form


def offer(prefix: str, find: Find) -> None:
    """The views of one definition, under one way of naming it."""

    @routes.read(f"{prefix}/startForm")
    def start_form(tx: Transaction, ask: Ask, **named: str) -> dict[str, Any]:
        _, form = _start_form(tx, ask, find, named)
        return forms.form_shape(form, None if form is None else form.key)

    @routes.read(f"{prefix}/form-variables", query=fields("variableNames deserializeValues"))
    def form_variables(tx: Transaction, ask: Ask, **named: str) -> dict[str, Any]:
        _, form = _start_form(tx, ask, find, named)
        deserialize = ask.query.deserialized(unless_said=True)
        return forms.variables(form, {}, ask.query.names("variableNames"), deserialize=deserialize)

    @routes.read(f"{prefix}/rendered-form")
    def rendered_form(tx: Transaction, ask: Ask, **named: str) -> Answer:
        _, form = _start_form(tx, ask, find, named)
        return forms.rendered(form, {})

    @routes.read(f"{prefix}/deployed-start-form")
    def deployed_form(tx: Transaction, ask: Ask, **named: str) -> Answer:
        deployment_id, form = _start_form(tx, ask, find, named)
        return forms.deployed(tx, form, None if form is None else form.key, deployment_id)

    @routes.read(f"{prefix}/diagram", note="always 204: no pictures are made")
    def diagram(tx: Transaction, ask: Ask, **named: str) -> None:
        find(tx, **named)

    @routes.read(f"{prefix}/statistics", query=_STATISTICS)
    def activity_statistics(tx: Transaction, ask: Ask, **named: str) -> list[dict[str, Any]]:
        numbers = statistics.by_element(tx, find(tx, **named).id)
        kind = "org.operaton.bpm.engine.rest.dto.repository.ActivityStatisticsResultDto"
        return [{"@class": kind, "id": element, **_shape(ask, one)} for element, one in sorted(numbers.items())]


for _prefix, _find in (
    ("/process-definition/{id}", by_id),
    ("/process-definition/key/{key}", by_key),
    ("/process-definition/key/{key}/tenant-id/{tenant-id}", by_tenant),
):
    offer(_prefix, _find)


def _shape(ask: Ask, numbers: Numbers, *, with_incidents: bool = False) -> dict[str, Any]:
    only = ask.query.text("incidentsForType")
    wanted = with_incidents or ask.query.flag("incidents") or only is not None
    counted: dict[str, int] = {}
    for (kind, of_job), number in numbers.incidents.items():
        name = incident_type(kind, 0 if of_job else None)
        counted[name] = counted.get(name, 0) + number
    return {
        "instances": numbers.instances,
        "failedJobs": numbers.failed_jobs if ask.query.flag("failedJobs") else 0,
        "incidents": [
            {"incidentType": name, "incidentCount": number}
            for name, number in sorted(counted.items())
            if wanted and only in (None, name)
        ],
    }


@routes.read("/process-definition/statistics", query=fields("failedJobs incidents incidentsForType rootIncidents"))
def definition_statistics(tx: Transaction, ask: Ask) -> list[dict[str, Any]]:
    """How many instances each definition has, and where there is trouble."""
    only_root = ask.query.flag("rootIncidents") or False
    if only_root and (ask.query.flag("incidents") or ask.query.has("incidentsForType")):
        raise InvalidRequest("Only one of the query parameter incidents or rootIncidents can be set.")
    numbers = statistics.by_definition(tx, with_called=not only_root)
    kind = "org.operaton.bpm.engine.rest.dto.repository.ProcessDefinitionStatisticsResultDto"
    return [
        {
            "@class": kind,
            "id": definition_shapes.name(row),
            **_shape(ask, numbers.get(row.id, Numbers()), with_incidents=only_root),
            "definition": definition_shapes.of(row),
        }
        for row in DEFINITIONS.page(tx)
    ]


@routes.read(
    "/process-definition/{id}/static-called-process-definitions",
    note="calls whose key stands in the diagram; the newest version of each",
)
def called(tx: Transaction, ask: Ask, id: str) -> list[dict[str, Any]]:
    """What the call activities of a definition call."""
    calling = by_id(tx, id=id)
    drawing = ask.drawings.get(calling.id)
    callers: dict[str, list[str]] = {}
    for element in drawing.elements.values():
        if element.type == "callActivity" and element.called and "{" not in element.called:
            callers.setdefault(element.called, []).append(element.id)
    rows = DEFINITIONS.page(tx, [Criterion("key", "in", list(callers)), Criterion("latest", "eq", True)])
    return [
        {
            **definition_shapes.of(row),
            "calledFromActivityIds": callers[row.key],
            "callingProcessDefinitionId": definition_shapes.name(calling),
        }
        for row in rows
    ]


@routes.write(
    "PUT",
    "/process-definition/suspended",
    body=fields("suspended includeProcessInstances executionDate processDefinitionId processDefinitionKey"),
)
def suspend(tx: Work, ask: Ask) -> None:
    """Suspend definitions by id or key, or let them start instances again."""
    definition_id, key = ask.body.text("processDefinitionId"), ask.body.text("processDefinitionKey")
    if (definition_id is None) == (key is None):
        raise InvalidRequest("Either processDefinitionId or processDefinitionKey must be set to update the suspension.")
    found = None if definition_id is None else by_id(tx, id=definition_id).id
    change_suspension(tx, ask.body, definition_id=found, key=key)
