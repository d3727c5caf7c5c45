"""Process definitions in the dialect: their ids, what finds them, and their suspension."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.api.engine_rest.client import Rest
from tests.api.engine_rest.world import ORDER, build
from tests.driver import chain, process

ID = re.compile(r"(order|work|failing):1:[0-9a-f-]{36}")
SHOWING = (
    "/task",
    "/external-task",
    "/process-instance",
    "/job",
    "/job-definition",
    "/incident",
    "/variable-instance",
    "/process-definition",
    "/history/process-instance",
    "/history/activity-instance",
    "/history/task",
    "/history/variable-instance",
    "/history/incident",
    "/history/user-operation",
)


@pytest.mark.parametrize("path", SHOWING)
def test_given_whatever_belongs_to_a_definition_when_shown_then_it_names_key_version_and_identity(
    sqlite_rest: Rest, path: str
) -> None:
    build(sqlite_rest)
    name = {"/process-definition": "id", "/process-instance": "definitionId"}.get(path, "processDefinitionId")

    ids = {row[name] for row in sqlite_rest.get(path)}

    assert ids
    assert all(ID.fullmatch(found) for found in ids), ids


def test_given_the_id_of_a_definition_when_used_then_the_whole_and_the_identity_alone_find_the_same(rest: Rest) -> None:
    world = build(rest)
    whole, alone = world.definition, world.definition.rpartition(":")[2]
    assert whole.startswith("order:1:")
    for id in (whole, alone):
        assert rest.get(f"/process-definition/{id}")["id"] == whole
        assert rest.get(f"/process-definition/{id}/xml")["id"] == whole
        assert rest.post(f"/process-definition/{id}/start", {})["definitionId"] == whole
        for path in ("/task", "/process-instance", "/history/activity-instance", "/history/task", "/job"):
            assert rest.get(path, processDefinitionId=id), path
        assert len(rest.get("/process-definition", processDefinitionIdIn=id)) == 1
        assert rest.get(f"/history/process-definition/{id}/statistics")
    wrong = whole.replace(":1:", ":2:")
    rest.get(f"/process-definition/{wrong}", status=404)
    rest.post(f"/process-definition/{wrong}/start", {}, status=404)
    assert rest.get("/process-instance/count", processDefinitionKey="order") == {"count": 3}


def test_given_work_of_a_definition_when_fetched_by_its_id_then_it_carries_that_id(rest: Rest) -> None:
    build(rest)
    (definition,) = rest.get("/process-definition", key="work")

    (task,) = rest.fetch("pay", processDefinitionId=definition["id"])

    assert task["processDefinitionId"] == definition["id"]


def test_given_a_deployment_for_a_time_to_come_when_it_is_there_then_its_processes_start_and_not_before(
    rest: Rest,
) -> None:
    tick = "<timerEventDefinition><timeDuration>PT10M</timeDuration></timerEventDefinition>"
    drawn = process(chain(f'<startEvent id="s">{tick}</startEvent>', '<userTask id="work"/>', '<endEvent id="e"/>'))
    at = "2026-03-02T11:30:00.000+0200"
    deployed = rest.deploy(drawn, ORDER, deployment_activation_time=at, enable_duplicate_filtering="true")

    assert [row["suspended"] for row in deployed["deployedProcessDefinitions"].values()] == [True, True]
    assert "suspended" in rest.post("/process-definition/key/order/start", {}, status=409)["message"]
    rest.clock.advance(timedelta(minutes=29))
    rest.work_off()
    assert rest.tasks() == []
    again = rest.deploy(drawn, ORDER, deployment_activation_time=at, enable_duplicate_filtering="true")
    assert again["id"] == deployed["id"]

    rest.clock.advance(timedelta(minutes=1))
    rest.work_off()
    rest.work_off()
    assert [task["taskDefinitionKey"] for task in rest.tasks()] == ["work"]
    assert rest.get("/process-definition", suspended="true") == []
    rest.start("order")
    past = rest.deploy(drawn, deployment_activation_time="2026-03-02T09:00:00.000+0000")
    assert [row["suspended"] for row in past["deployedProcessDefinitions"].values()] == [False]
    assert "it is no date" in rest.deploy(drawn, deployment_activation_time="soon", status=400)["message"]
    assert rest.get("/deployment/count") == {"count": 2}


def test_given_a_date_when_definitions_or_jobs_are_to_rest_from_then_on_then_a_job_sees_to_it(rest: Rest) -> None:
    world = build(rest)
    later = {"suspended": True, "executionDate": "2026-03-02T09:30:00.000+0000"}
    one = f"/process-definition/{world.definition}"
    rest.put(f"{one}/suspended", {**later, "includeProcessInstances": True})
    rest.put("/process-definition/suspended", {**later, "processDefinitionKey": "work"})
    (held,) = [row["id"] for row in rest.get("/job-definition", activityIdIn="late")]
    rest.put(f"/job-definition/{held}/suspended", {**later, "includeJobs": True})
    rest.put("/job-definition/suspended", {**later, "processDefinitionKey": "order"})
    planned = [row for row in rest.get("/job", withException="false") if row["dueDate"] == later["executionDate"]]
    assert len(planned) == 4
    assert rest.get(one)["suspended"] is False

    rest.clock.advance(timedelta(minutes=30))
    rest.work_off()

    assert rest.get(one)["suspended"] is True
    assert rest.get("/process-definition/key/work")["suspended"] is True
    assert rest.get(f"/job-definition/{held}")["suspended"] is True
    assert rest.get(f"/process-instance/{world.instance}")["suspended"] is True
    assert rest.get("/job/count") == {"count": 1}
    rest.put(f"{one}/suspended", {"suspended": False, "processDefinitionKey": "order"}, status=400)
    rest.put("/process-definition/suspended", {"suspended": False}, status=400)
    rest.put("/process-definition/suspended", {"suspended": False, "processDefinitionId": "nobody"}, status=404)
