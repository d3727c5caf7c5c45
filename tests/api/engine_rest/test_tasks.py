"""Tasks in the dialect: what is rarer than claiming and completing."""

from __future__ import annotations

from tests.api.engine_rest.client import Rest, typed
from tests.driver import chain, process

ESCALATING = process(
    chain('<startEvent id="s"/>', '<userTask id="work"/>', '<endEvent id="e"/>')
    + '<boundaryEvent id="b" attachedToRef="work" cancelActivity="false">'
    + '<escalationEventDefinition escalationRef="x"/></boundaryEvent>'
    + '<userTask id="help"/><sequenceFlow id="g" sourceRef="b" targetRef="help"/>',
    outside='<escalation id="x" escalationCode="X"/>',
)


def test_given_a_task_when_it_escalates_then_the_diagram_takes_it_and_the_task_stays(rest: Rest) -> None:
    rest.deploy(ESCALATING)
    instance_id = rest.start()["id"]
    (task,) = rest.tasks()
    path = f"/task/{task['id']}/bpmnEscalation"

    rest.post(path, {"escalationCode": "X", "variables": {"why": typed("Long", 1)}}, status=204)

    assert sorted(task["taskDefinitionKey"] for task in rest.tasks()) == ["help", "work"]
    assert rest.get(f"/process-instance/{instance_id}/variables/why") == typed("Long", 1)
    assert "no event catches" in rest.post(path, {"escalationCode": "Y"}, status=409)["message"]
    rest.post(path, {}, status=400)
    rest.post("/task/nobody/bpmnEscalation", {"escalationCode": "X"}, status=404)
