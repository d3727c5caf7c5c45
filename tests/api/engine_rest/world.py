"""A small world in which most operations of the dialect have something to answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.api.diagrams import GRADES
from tests.api.engine_rest.client import Rest, typed
from tests.driver import chain, process

ORDER = process(
    chain(
        '<startEvent id="s"/>',
        '<userTask id="approve" name="Approve" camunda:candidateGroups="sales" camunda:candidateUsers="ada" '
        'camunda:formKey="embedded:deployment:approve.html"><extensionElements><camunda:formData>'
        '<camunda:formField id="amount" type="long" label="Amount" defaultValue="7"/></camunda:formData>'
        "</extensionElements></userTask>",
        '<endEvent id="e"/>',
    )
    + '<boundaryEvent id="late" attachedToRef="approve" cancelActivity="false"><timerEventDefinition>'
    "<timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>"
    '<boundaryEvent id="wrong" attachedToRef="approve"><errorEventDefinition errorRef="oops"/></boundaryEvent>'
    '<boundaryEvent id="news" attachedToRef="approve" cancelActivity="false"><messageEventDefinition '
    'messageRef="m"/></boundaryEvent><endEvent id="e2"/><endEvent id="e3"/><endEvent id="e4"/>'
    '<sequenceFlow id="x1" sourceRef="late" targetRef="e2"/><sequenceFlow id="x2" sourceRef="wrong" targetRef="e3"/>'
    '<sequenceFlow id="x3" sourceRef="news" targetRef="e4"/>',
    key="order",
    outside='<error id="oops" errorCode="OOPS"/><message id="m" name="news"/>',
    attributes='name="Order" camunda:versionTag="v1" camunda:historyTimeToLive="P5D"',
)
WORK = process(
    chain(
        '<startEvent id="s"/>',
        '<serviceTask id="pay" name="Pay" camunda:type="external" camunda:topic="pay"><extensionElements>'
        '<camunda:properties><camunda:property name="color" value="blue"/></camunda:properties></extensionElements>'
        "</serviceTask>",
        '<receiveTask id="wait" messageRef="m"/>',
        '<intermediateCatchEvent id="call"><signalEventDefinition signalRef="g"/></intermediateCatchEvent>',
        '<endEvent id="e"/>',
    ),
    key="work",
    outside='<message id="m" name="paid"/><signal id="g" name="go"/>',
)
FAILING = process(
    chain('<startEvent id="s"/>', '<serviceTask id="sum" camunda:expression="${missing + 1}"/>', '<endEvent id="e"/>'),
    key="failing",
)


@dataclass(slots=True)
class World:
    """Names of what there is."""

    deployment: str
    definition: str
    instance: str
    task: str
    work: str
    external_task: str
    job: str
    incident: str
    decision: str
    requirements: str
    evaluation: str


def build(rest: Rest) -> World:
    """Deployments, running instances of each kind, variables of every type, an incident, a timer."""
    deployed = rest.deploy(ORDER, WORK, FAILING, GRADES, name="world")
    definitions = {row["key"]: row for row in deployed["deployedProcessDefinitions"].values()}
    variables = {
        "text": typed("String", "a"),
        "number": typed("Integer", 5),
        "when": typed("Date", "2026-01-02T03:04:05.000+0200"),
        "what": typed("Json", '{"a": 1}'),
        "paper": typed("File", "aGVsbG8=", filename="a.txt", mimetype="text/plain", encoding="UTF-8"),
    }
    order = rest.start("order", variables, businessKey="b1")
    work = rest.start("work", variables)
    rest.start("failing")
    task = rest.tasks(processInstanceId=order["id"])[0]["id"]
    rest.post(f"/task/{task}/comment/create", {"message": "Look at this"})
    form = {"attachment-name": "note", "attachment-type": "text/plain"}
    rest.client.post(f"/task/{task}/attachment/create", data=form, files={"content": ("n.txt", b"hello")})
    (job,) = rest.get("/job")
    (incident,) = rest.get("/incident")
    (external,) = rest.get("/external-task")
    rest.post("/decision-definition/key/grade/evaluate", {"variables": {"points": typed("Integer", 95)}})
    (evaluation,) = rest.get("/history/decision-instance")
    return World(
        deployed["id"],
        definitions["order"]["id"],
        order["id"],
        task,
        work["id"],
        external["id"],
        job["id"],
        incident["id"],
        next(iter(deployed["deployedDecisionDefinitions"])),
        next(iter(deployed["deployedDecisionRequirementsDefinitions"])),
        evaluation["id"],
    )


_KEYS = {"decision-definition": "grade", "decision-requirements-definition": "d"}


def path_of(path: str, world: World) -> str:
    """An address with what there is in place of its parameters."""
    values: dict[str, Any] = {
        "varName": "paper",
        "key": _KEYS.get(path.split("/")[1], "order"),
        "tenant-id": "nobody",
        "resourceId": f"{world.deployment}.0",
        "messageName": "news",
        "commentId": "none",
        "attachmentId": "none",
        "id": _id_for(path, world),
    }
    for name, value in values.items():
        path = path.replace("{" + name + "}", str(value))
    return path


def _id_for(path: str, world: World) -> str:
    by_prefix = {
        "/process-definition": world.definition,
        "/history/process-definition": world.definition,
        "/deployment": world.deployment,
        "/task": world.task,
        "/execution": world.task,
        "/external-task": world.external_task,
        "/job-definition": f"{world.definition.rpartition(':')[2]}:late:timer",
        "/job": world.job,
        "/incident": world.incident,
        "/history/activity-instance": world.task,
        "/history/variable-instance": f"{world.instance}.0:paper",
        "/variable-instance": f"{world.instance}.0:paper",
        "/decision-definition": world.decision,
        "/decision-requirements-definition": world.requirements,
        "/history/decision-instance": world.evaluation,
    }
    prefixes = sorted((prefix for prefix in by_prefix if path.startswith(prefix + "/")), key=len)
    return by_prefix[prefixes[-1]] if prefixes else world.instance
