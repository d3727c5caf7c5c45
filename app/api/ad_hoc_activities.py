"""Activities of ad-hoc subprocesses over HTTP."""

from __future__ import annotations

from fastapi import Response

from app.api.route import Call, Routes, Write, answered
from app.api.schemas.operations import (
    AdHocActivities,
    AdHocChoice,
    BeginAdHocActivity,
    BegunAdHocActivity,
    OpenAdHocSubprocess,
)
from app.commands import ad_hoc_activities as commands
from app.engine.choices import OpenChoice, open_choices
from bpmn.model import ElementInfo
from bpmn.values import to_json

routes = Routes("Process instances")

_INSTANCE = "019aa9d6-1b2c-7d3e-9f40-a1b2c3d4e5f6"
_EXAMPLE = {
    "items": [
        {
            "activityId": f"{_INSTANCE}.4",
            "elementId": "investigate",
            "name": "Investigate",
            "choices": [{"elementId": "ask-expert", "type": "userTask", "name": "Ask an expert"}],
        }
    ]
}


@routes.get(
    "/process-instances/{id}/ad-hoc-activities",
    "listAdHocActivities",
    "List what may be begun in ad-hoc subprocesses",
    example=_EXAMPLE,
    refusals=[404],
    response_model=AdHocActivities,
)
async def list_activities(call: Call, id: str) -> Response:
    """The open ad-hoc subprocesses of an instance, each with the activities that can be begun in it now."""
    runtime = call.server.runtime
    found = await call.server.read(lambda tx: open_choices(tx, runtime.definitions, runtime.clock.now(), id))
    listed: AdHocActivities = {"items": [_shape(choice) for choice in found]}
    return answered(200, to_json(listed))


@routes.post(
    "/process-instances/{id}/ad-hoc-activities",
    "beginAdHocActivity",
    "Begin an activity of an ad-hoc subprocess",
    example={"activityId": f"{_INSTANCE}.4", "state": "active"},
    refusals=[404, 409],
)
def begin(tx: Write, id: str, body: BeginAdHocActivity) -> BegunAdHocActivity:
    """Once more, or for the first time; where several subprocesses are open, `activityId` says in which."""
    done = commands.begin(tx, id, element=body.element_id, activity=body.activity_id, variables=body.variables)
    return {"activityId": done.activity_id, "state": done.status}  # type: ignore[typeddict-item]


def _shape(choice: OpenChoice) -> OpenAdHocSubprocess:
    return {
        "activityId": choice.id,
        "elementId": choice.element.id,
        "name": choice.element.name,
        "choices": [_element(element) for element in choice.choices],
    }


def _element(element: ElementInfo) -> AdHocChoice:
    return {"elementId": element.id, "type": element.type, "name": element.name}
