"""History across instances: pages that are read as far as they reach, bounds for the rest, and what can be asked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.queries.catalog import process_instances, stories
from tests.api.engine_rest.client import Rest, typed
from tests.bpmn.diagrams import diagram, within_process
from tests.driver import chain, process

TWO = process(
    chain(
        '<startEvent id="s"/>',
        '<userTask id="a" name="First" camunda:candidateGroups="sales" camunda:candidateUsers="ada"/>',
        '<userTask id="b" name="Second" camunda:assignee="bob"/>',
        '<endEvent id="e"/>',
    ),
    attributes='name="Two"',
)
LISTS = ("/history/activity-instance", "/history/task")
PATHS = (*LISTS, "/history/variable-instance", "/history/user-operation")


def grown(rest: Rest) -> list[str]:
    """Seven instances that go on in turns, each at another time; two of them are over."""
    rest.deploy(TWO)
    ids = []
    for number in range(7):
        ids.append(rest.start("p", {"n": typed("Integer", number)}, businessKey=f"k{number}")["id"])
        rest.clock.advance(timedelta(minutes=1))
    for number in (4, 1, 6):
        complete(rest, ids[number], "a")
    for number in (6, 1):
        complete(rest, ids[number], "b")
    return ids


def complete(rest: Rest, instance_id: str, element: str) -> None:
    (task,) = rest.tasks(processInstanceId=instance_id, taskDefinitionKey=element)
    rest.post(f"/task/{task['id']}/complete", {"variables": {"done": typed("String", element)}}, status=204)
    rest.clock.advance(timedelta(minutes=1))


def by(path: str, order: str, rest: Rest, **query: Any) -> list[str]:
    return [row["id"] for row in rest.get(path, status=200, sortBy=order, sortOrder="asc", **query)]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("order", ["startTime", "endTime"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
@pytest.mark.parametrize("query", [{}, {"finished": "true"}, {"startedAfter": "2026-03-02T09:03:00.000+0000"}])
def test_given_a_list_in_the_order_of_time_when_paged_then_the_pages_are_parts_of_the_whole(
    sqlite_rest: Rest, path: str, order: str, direction: str, query: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = sqlite_rest
    monkeypatch.setattr(stories, "FIRST_BATCH", 2)
    grown(rest)
    how = {"sortBy": order, "sortOrder": direction, **query}
    whole = rest.get(path, status=200, **how)
    assert len(whole) > 2

    paged: list[Any] = []
    while page := rest.get(path, status=200, firstResult=len(paged), maxResults=3, **how):
        paged += page

    assert sorted(row["id"] for row in paged) == sorted(row["id"] for row in whole)
    assert [row[order] for row in paged] == [row[order] for row in whole]


@pytest.mark.parametrize("path", PATHS)
def test_given_more_history_than_an_answer_may_read_when_asked_for_then_pages_work_and_the_rest_says_how_to_narrow_it(
    rest: Rest, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = grown(rest)
    for _ in range(20):
        rest.start("p", {"n": typed("Integer", 9)})
        rest.clock.advance(timedelta(seconds=3))
    complete(rest, ids[0], "a")
    monkeypatch.setattr(stories, "MOST_COMMANDS", 25)
    for size in ("FIRST_BATCH", "BATCH"):
        monkeypatch.setattr(stories, size, 2)
        monkeypatch.setattr(process_instances, size, 2)

    assert len(rest.get(path, maxResults=2)) == 2
    assert rest.get(f"{path}/count", processInstanceId=ids[0])["count"] > 0
    order = "timestamp" if path.endswith("operation") else "startTime" if path in LISTS else None
    if order is not None:
        assert len(rest.get(path, maxResults=2, sortBy=order, sortOrder="desc")) == 2
    for answer in (rest.get(f"{path}/count", status=400), rest.get(path, status=400)):
        assert "Name a process instance" in answer["message"]
    if path in LISTS:
        rest.get(path, status=400, sortBy="executionId", sortOrder="asc", maxResults=2)
        over = {"finishedBefore": "2026-03-02T09:11:00.000+0000", "finishedAfter": "2026-03-02T09:01:00.000+0000"}
        assert rest.get(f"{path}/count", status=200, **over)["count"] > 0


@pytest.mark.parametrize("path", [*PATHS, "/history/process-instance", "/history/incident", "/execution"])
def test_given_a_parameter_that_is_wrong_when_asked_for_then_it_is_refused_before_anything_is_read(
    sqlite_rest: Rest, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grown(sqlite_rest)
    monkeypatch.setattr(stories, "MOST_COMMANDS", 0)
    for wrong in (
        {"sortBy": "junk", "sortOrder": "asc"},
        {"sortBy": "timestamp"},
        {"firstResult": "-1"},
        {"maxResults": "many"},
    ):
        said = sqlite_rest.get(path, status=400, **wrong)["message"]
        assert "Name a process instance" not in said


def test_given_tasks_of_the_past_when_asked_for_by_people_and_alternatives_then_those_are_found(rest: Rest) -> None:
    ids = grown(rest)
    (task,) = rest.tasks(processInstanceId=ids[0])
    rest.post(f"/task/{task['id']}/claim", {"userId": "cleo"}, status=204)
    rest.post(f"/task/{task['id']}/assignee", {"userId": "dan"}, status=204)
    rest.post(f"/task/{task['id']}/identity-links", {"groupId": "legal", "type": "candidate"}, status=204)
    rest.put(f"/task/{task['id']}/localVariables/draft", typed("String", "Half"))

    def count(body: dict[str, Any]) -> int:
        found: int = rest.post("/history/task/count", body)["count"]
        return found

    assert [count({"taskInvolvedUser": name}) for name in ("cleo", "dan", "ada", "bob", "eve")] == [1, 1, 7, 3, 0]
    assert [count({"taskHadCandidateGroup": name}) for name in ("sales", "legal")] == [7, 1]
    assert [count({"taskHadCandidateUser": name}) for name in ("ada", "bob")] == [7, 0]
    assert [count({name: True}) for name in ("withCandidateGroups", "withoutCandidateGroups")] == [7, 3]
    draft = {"name": "Draft", "operator": "eq", "value": "half"}
    assert count({"taskVariables": [draft]}) == 0
    assert count({"taskVariables": [draft], "variableNamesIgnoreCase": True, "variableValuesIgnoreCase": True}) == 1
    assert count({"processVariables": [{"name": "n", "operator": "lt", "value": 2}]}) == 3
    either = {"taskDefinitionKey": "b", "processInstanceBusinessKey": "k0"}
    assert count({"orQueries": [either]}) == 4
    assert count({"orQueries": [either, {"finished": True, "unfinished": True}], "taskNameLike": "Sec%"}) == 3
    assert count({"orQueries": [{}]}) == 10
    rest.post("/history/task", {"orQueries": [{"startedBefore": "junk"}]}, status=400)
    rest.post("/history/task", {"taskVariables": [{**draft, "operator": "like"}]}, status=400)


def test_given_variables_of_the_past_when_asked_for_in_any_case_then_they_are_found(rest: Rest) -> None:
    ids = grown(rest)
    path = "/history/variable-instance"
    assert rest.get(f"{path}/count", variableName="DONE") == {"count": 0}
    assert rest.get(f"{path}/count", variableName="DONE", variableNamesIgnoreCase="true") == {"count": 3}
    assert rest.get(f"{path}/count", variableNameLike="D%", variableNamesIgnoreCase="true") == {"count": 3}
    assert rest.get(f"{path}/count", variableValue="B", variableValuesIgnoreCase="true") == {"count": 2}
    assert {row["value"] for row in rest.get(path, processInstanceIdIn=f"{ids[0]},{ids[5]}", variableName="n")} == {
        0,
        5,
    }
    assert (
        rest.get(f"{path}/count", tenantIdIn="x") == rest.post(f"{path}/count", {"tenantIdIn": ["x"]}) == {"count": 0}
    )


def test_given_instances_of_the_past_when_listed_then_each_says_where_it_began(rest: Rest) -> None:
    grown(rest)
    assert {row["startActivityId"] for row in rest.get("/history/process-instance")} == {"s"}
    assert rest.get("/history/process-instance", startedBy="ada") == []


def test_given_what_was_done_when_asked_for_by_kind_and_time_then_it_comes_in_the_order_of_time(rest: Rest) -> None:
    ids = grown(rest)
    rest.post(f"/task/{rest.tasks(processInstanceId=ids[0])[0]['id']}/claim", {"userId": "cleo"}, status=204)
    path = "/history/user-operation"

    latest = rest.get(path, sortBy="timestamp", sortOrder="desc", maxResults=2)
    assert [row["operationType"] for row in latest] == ["Claim", "Complete"]
    assert rest.get(f"{path}/count", operationType="Create", entityType="ProcessInstance") == {"count": 7}
    assert rest.get(f"{path}/count", categoryIn="TaskWorker") == {"count": 6}
    assert rest.get(f"{path}/count", operationType="Create", category="TaskWorker") == {"count": 0}
    assert rest.get(f"{path}/count", afterTimestamp="2026-03-02T09:11:00.000+0000") == {"count": 2}
    assert rest.get(path, operationId=latest[0]["operationId"]) == latest[:1]
    assert rest.get(path, caseInstanceId="a") == []


def test_given_the_visits_of_a_definition_when_counted_then_only_what_is_asked_for_is_read(
    rest: Rest, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = grown(rest)
    (definition,) = rest.get("/process-definition")
    path = f"/history/process-definition/{definition['id']}/statistics"
    counted = {row["id"]: (row["instances"], row["finished"]) for row in rest.get(path, finished="true")}
    assert counted == {"s": (0, 7), "a": (4, 3), "b": (1, 2), "e": (0, 2)}
    assert {row["id"]: row["instances"] for row in rest.get(path, processInstanceIdIn=ids[0])} == {"a": 1}
    monkeypatch.setattr(stories, "MOST_COMMANDS", 10)
    assert {row["id"]: row["instances"] for row in rest.get(path)} == {"a": 4, "b": 1}
    rest.get(path, status=400, finished="true")


def test_given_a_listener_of_a_worker_when_it_is_done_then_the_history_tells_it_from_its_activity(rest: Rest) -> None:
    listener = '<extensionElements><camunda:executionListener class="A" event="start"/></extensionElements>'
    rest.deploy(diagram(f"start s; user x {listener}; s -> x"))
    instance = rest.start()["id"]
    (task,) = rest.fetch("A")
    (inside,) = rest.get(f"/process-instance/{instance}/activity-instances")["childActivityInstances"]
    assert [item["activityId"] for item in inside["childActivityInstances"]] == ["x#listener"]
    rest.post(f"/external-task/{task['id']}/complete", {"workerId": "w"}, status=204)
    rest.post(f"/external-task/{task['id']}/complete", {"workerId": "w"}, status=404)
    past = rest.get("/history/activity-instance", processInstanceId=instance, sortBy="startTime", sortOrder="asc")
    assert {(item["activityId"], item["activityType"]) for item in past} == {
        ("s", "startEvent"),
        ("x", "userTask"),
        ("x#listener", "listener"),
    }
    (definition,) = rest.get("/process-definition")
    counted = rest.get(f"/history/process-definition/{definition['id']}/statistics", finished="true")
    visits = {row["id"]: (row["instances"], row["finished"]) for row in counted}
    assert visits == {"s": (0, 1), "x": (1, 0), "x#listener": (0, 1)}


def test_given_listeners_of_a_process_when_they_wait_and_fail_then_they_are_told_of_the_instance_itself(
    rest: Rest,
) -> None:
    listeners = """<extensionElements><camunda:executionListener class="A" event="start"/>
        <camunda:executionListener expression="${missing}" event="start"/></extensionElements>"""
    rest.deploy(within_process(diagram("start s; user x; s -> x"), listeners))
    instance = rest.start()["id"]
    (task,) = rest.fetch("A")
    assert (task["activityId"], task["processInstanceId"]) == ("p", instance)
    (inside,) = rest.get(f"/process-instance/{instance}/activity-instances")["childActivityInstances"]
    assert (inside["activityId"], inside["activityType"]) == ("p#listener", "listener")
    assert inside["parentActivityInstanceId"] == instance
    rest.post(f"/external-task/{task['id']}/complete", {"workerId": "w"}, status=204)
    (incident,) = rest.get("/incident", processInstanceId=instance)
    assert (incident["activityId"], incident["executionId"], incident["incidentType"]) == (
        "p",
        instance,
        "listener-failed",
    )
    tree = rest.get(f"/process-instance/{instance}/activity-instances")
    assert (tree["incidentIds"], tree["childActivityInstances"]) == ([incident["id"]], [])
    rest.put(f"/process-instance/{instance}/variables/missing", {"value": 1}, status=204)
    rest.delete(f"/incident/{incident['id']}", status=204)
    (inside,) = rest.get(f"/process-instance/{instance}/activity-instances")["childActivityInstances"]
    assert inside["activityId"] == "x"
    past = rest.get("/history/activity-instance", processInstanceId=instance, sortBy="startTime", sortOrder="asc")
    assert [item["activityId"] for item in past] == ["p#listener", "s", "x"]
