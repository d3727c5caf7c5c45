"""Tasks in the dialect: what is rarer than claiming and completing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.api.engine_rest import task_shapes
from tests.api.engine_rest.client import Rest, typed
from tests.api.engine_rest.world import build
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


def test_given_expressions_in_a_query_when_asked_for_then_time_and_constants_are_known_and_no_user(rest: Rest) -> None:
    world = build(rest)
    rest.put(f"/task/{world.task}", {"due": "2026-03-04T09:00:00.000+0000", "assignee": "ada"})

    def found(**query: str) -> int:
        count: int = rest.get("/task/count", status=200, **query)["count"]
        assert len(rest.post("/task", query)) == count
        return count

    assert found(dueBeforeExpression="${dateTime().plusDays(3)}", assigneeExpression="${'ada'}") == 1
    assert found(dueBeforeExpression="${dateTime().plusMonths(1).minusMonths(1).plusHours(1)}") == 0
    assert found(dueAfterExpression="${ now() }", createdBeforeExpression="#{dateTime().plusSeconds(1)}") == 1
    assert found(assigneeLikeExpression="a%", candidateUserExpression="ada", includeAssignedTasks="true") == 1
    for name, text, said in (
        ("assigneeExpression", "${currentUser()}", "no current user"),
        ("candidateGroupsExpression", "${currentUserGroups()}", "no current user"),
        ("assigneeExpression", "${ada}", "cannot be evaluated"),
        ("assigneeExpression", "${", "cannot be evaluated"),
        ("dueBeforeExpression", "${dateTime().plusEons(1)}", "plusEons"),
        ("dueBeforeExpression", "${dateTime().plusYears(99999)}", "cannot be evaluated"),
        ("dueBeforeExpression", "${'tomorrow'}", "it is no date"),
    ):
        assert said in rest.get("/task", status=400, **{name: text})["message"], text
    (group,) = rest.post("/task", {"orQueries": [{"assigneeExpression": "${'bob'}", "assignee": "ada"}]})
    assert group["id"] == world.task


@pytest.mark.parametrize("text", ["${null}", "${''}", "#{true ? null : 1}"])
def test_given_a_filter_whose_expression_yields_nothing_when_asked_for_then_nothing_is_found(
    sqlite_rest: Rest, text: str
) -> None:
    sqlite_rest.deploy(ESCALATING)
    sqlite_rest.start()
    for name in task_shapes.FILTERS:
        if f"{name}Expression" in task_shapes.LISTING.filters:
            asked = {f"{name}Expression": text}
            assert sqlite_rest.tasks(**asked) == sqlite_rest.post("/task", asked) == [], name
            assert sqlite_rest.post("/task", {"orQueries": [{**asked, "name": "nobody"}]}) == []
            assert sqlite_rest.post("/task/count", asked) == {"count": 0}


def test_given_a_task_when_it_is_changed_then_its_state_says_so_now_and_in_its_history(rest: Rest) -> None:
    rest.deploy(ESCALATING)
    rest.start()
    (task,) = rest.tasks()
    path = f"/task/{task['id']}"

    def states() -> set[str]:
        return {rest.get(path)["taskState"], rest.get("/history/task")[0]["taskState"]}

    assert states() == {"Created"}
    rest.post(f"{path}/localVariables", {"modifications": {"draft": typed("Long", 1)}}, status=204)
    assert states() == {"Created"}
    rest.post(f"{path}/claim", {"userId": "ada"}, status=204)
    assert states() == {"Updated"}
    rest.post(f"{path}/complete", {}, status=204)
    assert rest.get("/history/task")[0]["taskState"] == "Completed"


def test_given_a_task_that_never_was_when_its_notes_are_read_then_it_is_not_found_and_one_that_was_has_none(
    rest: Rest,
) -> None:
    rest.deploy(ESCALATING)
    instance_id = rest.start()["id"]
    (task,) = rest.tasks()
    for notes in ("comment", "attachment"):
        assert rest.get(f"/task/{task['id']}/{notes}") == []
        for nothing in ("nobody", f"{instance_id}.1", f"{instance_id}.99"):
            assert nothing in rest.get(f"/task/{nothing}/{notes}", status=404)["message"]
    rest.post(f"/task/{task['id']}/complete", {}, status=204)
    for notes in ("comment", "attachment"):
        assert rest.get(f"/task/{task['id']}/{notes}") == []
    # What has ended has a history, and no variables that could be changed.
    for path in (f"/process-instance/{instance_id}/variables", f"/execution/{instance_id}/localVariables"):
        rest.get(path, status=404)
        rest.post(path, {"modifications": {}}, status=409)


def test_given_tasks_when_sorted_by_a_variable_of_their_process_then_values_of_its_type_come_in_their_order(
    rest: Rest,
) -> None:
    rest.deploy(ESCALATING)
    started = {
        "ten": {
            "v": typed("Integer", 10),
            "t": typed("String", "b"),
            "d": typed("Date", "2026-01-02T00:00:00.000+0000"),
        },
        "nine": {
            "v": typed("Double", 9.5),
            "t": typed("String", "a"),
            "d": typed("Date", "2026-01-02T00:00:00.000+0200"),
        },
        "minus": {"v": typed("Long", -(10**12)), "t": typed("String", "a")},
        "text": {"v": typed("String", "9"), "b": typed("Boolean", True)},
        "none": {"b": typed("Boolean", False), "d": typed("String", "2020-01-01T00:00:00.000Z")},
    }
    names = {rest.start(variables=variables)["id"]: name for name, variables in started.items()}

    def order(variable: str, kind: str, direction: str = "asc", *more: Any, **paging: int) -> list[str]:
        by = {"sortBy": "processVariable", "sortOrder": direction, "parameters": {"variable": variable, "type": kind}}
        found = rest.post("/task", {"sorting": [by, *more]}, params=paging)
        return [names[task["processInstanceId"]] for task in found]

    assert order("v", "Integer")[:3] == order("v", "double")[:3] == ["minus", "nine", "ten"]
    assert order("v", "Long", "desc")[:3] == ["ten", "nine", "minus"]
    assert order("v", "Long", "desc", firstResult=1, maxResults=2) == ["nine", "minus"]
    assert order("v", "String")[0] == "text"
    assert order("b", "Boolean")[:2] == ["none", "text"]
    assert order("d", "Date")[:2] == ["nine", "ten"]
    assert order("d", "String")[0] == "none"
    second = {"sortBy": "processVariable", "sortOrder": "desc", "parameters": {"variable": "v", "type": "Long"}}
    assert order("t", "String", "asc", second)[:3] == ["nine", "minus", "ten"]
    assert len(order("nobody", "String")) == 5
    wrong: list[Any] = [None, {}, {"variable": "v"}, {"variable": "v", "type": "File"}, {"type": "Long"}, [], "v"]
    for parameters in wrong:
        by = {"sortBy": "processVariable", "sortOrder": "asc", "parameters": parameters}
        rest.post("/task", {"sorting": [by]}, status=400)
    assert "parameters" in rest.get("/task", status=400, sortBy="processVariable", sortOrder="asc")["message"]


def test_given_candidates_among_alternatives_when_asked_for_then_only_their_open_tasks_are_found(rest: Rest) -> None:
    build(rest)
    everything = rest.get("/task/count")["count"]
    assert everything > 0
    for filters in ({"candidateGroup": "nobody"}, {"candidateUser": "nobody"}, {"candidateGroups": ["nobody"]}):
        assert rest.post("/task/count", {"orQueries": [filters]}) == {"count": 0}
        assert rest.post("/task/count", {"orQueries": [{**filters, "unassigned": True, "assigned": True}]}) == {
            "count": everything
        }


@pytest.mark.parametrize("wrong", ["x", [1], [{"orQueries": [{"name": "a"}]}], [{"sorting": [{"sortBy": "name"}]}]])
def test_given_alternatives_that_are_none_when_asked_for_then_they_are_refused(rest: Rest, wrong: Any) -> None:
    rest.post("/task/count", {"orQueries": wrong}, status=400)
    rest.post("/process-instance/count", {"orQueries": wrong}, status=400)
    rest.get("/history/process-instance/count", incidentStatus="xyz", status=400)


def test_given_two_who_complete_one_task_at_once_when_answered_then_one_did_and_the_other_finds_nothing(
    rest: Rest,
) -> None:
    world = build(rest)
    for path, body in (
        (f"/task/{world.task}/complete", {}),
        (f"/external-task/{world.external_task}/complete", {"workerId": "w"}),
    ):
        if "external" in path:
            rest.fetch("pay")
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _, path=path, body=body: rest.client.post(path, json=body), range(4)))
        assert sorted(answer.status_code for answer in answers) == [204, 404, 404, 404]
        again = rest.client.post(path, json=body)
        assert (again.status_code, again.json()["type"]) == (404, "InvalidRequestException")
    ended = [rest.client.post(f"/task/{world.task}/{verb}", json={"userId": "a"}) for verb in ("claim", "assignee")]
    assert [answer.status_code for answer in ended] == [404, 404]
