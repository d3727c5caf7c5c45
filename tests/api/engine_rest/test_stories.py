"""What people, workers and operators do over the dialect, noun by noun."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.api.engine_rest.client import Rest, typed
from tests.api.engine_rest.world import build
from tests.bpmn.diagrams import diagram
from tests.driver import chain, process

_HOURS = timedelta(hours=3)


def test_given_a_task_when_it_changes_hands_then_each_step_is_seen(rest: Rest) -> None:
    world = build(rest)
    path = f"/task/{world.task}"
    rest.post(f"{path}/claim", {"userId": "ada"}, status=204)
    rest.post(f"{path}/delegate", {"userId": "bob"}, status=204)
    task = rest.get(path)
    assert (task["assignee"], task["owner"], task["delegationState"]) == ("bob", "ada", "PENDING")
    rest.post(f"{path}/complete", {}, status=409)
    rest.post(f"{path}/resolve", {"variables": {"answer": typed("Long", 1)}}, status=204)
    task = rest.get(path)
    assert (task["assignee"], task["delegationState"]) == ("ada", "RESOLVED")
    rest.put(path, {**task, "priority": 70, "description": "soon", "due": "2026-05-01T00:00:00.000+0000"})
    task = rest.get(path)
    assert (task["priority"], task["description"], task["due"]) == (70, "soon", "2026-05-01T00:00:00.000+0000")
    assert task["lastUpdated"] is not None
    rest.post(f"{path}/unclaim", None, status=204)
    rest.post(f"{path}/assignee", {"userId": "cleo"}, status=204)
    assert rest.tasks(assignee="cleo")[0]["id"] == world.task
    got = rest.post(f"{path}/complete", {"withVariablesInReturn": True})
    assert got["answer"] == {"type": "Long", "value": 1, "valueInfo": {}}
    (past,) = rest.get("/history/task", taskId=world.task)
    assert (past["assignee"], past["priority"], past["deleteReason"]) == ("cleo", 70, "completed")
    operations = {row["operationType"] for row in rest.get("/history/user-operation", taskId=world.task)}
    assert {"Claim", "Delegate", "Resolve", "Update", "Assign", "Complete"} <= operations


def test_given_a_task_when_it_is_offered_then_those_who_may_take_it_find_it(rest: Rest) -> None:
    world = build(rest)
    path = f"/task/{world.task}/identity-links"
    assert [link["groupId"] or link["userId"] for link in rest.get(path)] == ["ada", "sales"]
    rest.post(path, {"groupId": "legal", "type": "candidate"}, status=204)
    rest.post(path, {"userId": "bob", "type": "owner"}, status=204)
    assert len(rest.tasks(candidateGroups="legal,other")) == len(rest.tasks(candidateGroup="sales")) == 1
    assert len(rest.tasks(candidateUser="ada")) == len(rest.tasks(involvedUser="bob")) == 1
    rest.post(f"{path}/delete", {"groupId": "legal", "type": "candidate"}, status=204)
    assert rest.tasks(candidateGroup="legal") == []
    rest.post(f"/task/{world.task}/claim", {"userId": "ada"}, status=204)
    assert rest.tasks(candidateGroup="sales") == []
    assert len(rest.tasks(candidateGroup="sales", includeAssignedTasks="true")) == 1
    rest.post(path, {"userId": "bob", "groupId": "b"}, status=400)
    rest.post(path, {"userId": "bob", "type": "reader"}, status=400)
    assert rest.get("/task/report/candidate-group-count") == []
    rest.post(f"/task/{world.task}/unclaim", status=204)
    assert rest.get("/task/report/candidate-group-count") == [{"groupName": "sales", "taskCount": 1}]


def test_given_a_task_when_people_write_and_attach_then_it_is_kept_and_shown(rest: Rest) -> None:
    world = build(rest)
    made = rest.post(f"/task/{world.task}/comment/create", {"message": "Again"})
    assert [row["message"] for row in rest.get(f"/task/{world.task}/comment")] == ["Look at this", "Again"]
    rest.put(f"/task/{world.task}/comment", {"id": made["id"], "message": "Anew"})
    assert rest.get(f"/task/{world.task}/comment/{made['id']}")["message"] == "Anew"
    rest.delete(f"/task/{world.task}/comment/{made['id']}")
    assert len(rest.get(f"/process-instance/{world.instance}/comment")) == 1
    (attached,) = rest.get(f"/task/{world.task}/attachment")
    assert rest.get(f"/task/{world.task}/attachment/{attached['id']}/data") == b"hello"
    (task,) = rest.tasks(taskId=world.task, withCommentAttachmentInfo="true")
    assert (task["comment"], task["attachment"]) == (True, True)
    rest.delete(f"/task/{world.task}/attachment/{attached['id']}")
    assert rest.get(f"/task/{world.task}/attachment") == []
    rest.delete(f"/task/{world.task}/comment")
    assert rest.get(f"/task/{world.task}/comment") == []


def test_given_a_form_when_asked_for_then_key_fields_and_file_are_given(rest: Rest) -> None:
    world = build(rest)
    path = f"/task/{world.task}"
    assert rest.get(f"{path}/form")["key"] == "embedded:deployment:approve.html"
    assert rest.get(f"{path}/form-variables", variableNames="amount,text") == {
        "amount": {"type": "Long", "value": 7, "valueInfo": {}},
        "text": {"type": "String", "value": "a", "valueInfo": {}},
    }
    page = rest.get(f"{path}/rendered-form")
    assert b'cam-variable-name="amount"' in page
    assert b'value="7"' in page
    rest.get(f"{path}/deployed-form", status=404)
    rest.post(f"{path}/submit-form", {"variables": {"amount": typed("Long", 9)}}, status=204)
    (value,) = rest.get("/history/variable-instance", processInstanceId=world.instance, variableName="amount")
    assert (value["type"], value["value"]) == ("Long", 9)


def test_given_a_reference_to_a_form_when_it_is_deployed_beside_then_both_names_of_the_field_lead_to_it(
    rest: Rest,
) -> None:
    diagram = process(
        chain('<startEvent id="s"/>', '<userTask id="t" camunda:formRef="f1" camunda:formRefBinding="latest"/>')
    )
    files = {"a": ("a.bpmn", diagram), "b": ("b.form", b'{"id": "f1", "components": []}')}
    assert rest.client.post("/deployment/create", files=files).status_code == 200
    rest.start()
    (task,) = rest.tasks()
    expected = {"key": "f1", "binding": "latest", "version": None}
    assert task["camundaFormRef"] == task["operatonFormRef"] == expected
    assert task["formKey"] is None
    assert rest.get(f"/task/{task['id']}/deployed-form") == {"id": "f1", "components": []}


def test_given_variables_when_changed_by_place_then_they_are_set_where_they_are_seen(rest: Rest) -> None:
    world = build(rest)
    local = f"/task/{world.task}/localVariables"
    rest.put(f"{local}/draft", {"value": "half", "type": "String"})
    rest.put(f"/task/{world.task}/variables/number", {"value": 6, "type": "Long"})
    assert list(rest.get(local)) == ["draft"]
    assert rest.get(f"/process-instance/{world.instance}/variables/number")["value"] == 6
    rest.get(f"/process-instance/{world.instance}/variables/draft", status=404)
    assert rest.get(f"/task/{world.task}/variables/draft")["value"] == "half"
    rest.post(f"/task/{world.task}/variables", {"modifications": {}, "deletions": ["draft", "text"]}, status=204)
    assert rest.get(local) == {}
    rest.get(f"/process-instance/{world.instance}/variables/text", status=404)
    states = {
        row["name"]: row["state"]
        for row in rest.get("/history/variable-instance", processInstanceId=world.instance, includeDeleted="true")
    }
    assert (states["text"], states["number"]) == ("DELETED", "CREATED")
    rest.client.post(
        f"/process-instance/{world.instance}/variables/scan/data",
        files={"data": ("s.pdf", b"%PDF", "application/pdf")},
        data={"valueType": "File"},
    )
    answer = rest.client.get(f"/execution/{world.instance}/localVariables/scan/data")
    assert (answer.content, answer.headers["content-type"]) == (b"%PDF", "application/pdf")
    rest.put("/process-instance/01234567-0123-7123-8123-0123456789ab/variables/a", {"value": 1}, status=404)


def test_given_work_when_it_is_fetched_with_conditions_then_only_what_fits_is_lent(rest: Rest) -> None:
    world = build(rest)
    assert rest.fetch("pay", processVariables={"text": "b"}) == []
    assert rest.fetch("pay", businessKey="none") == rest.fetch("pay", processDefinitionKey="order") == []
    (task,) = rest.fetch("pay", processVariables={"text": "a"}, variables=["when"], includeExtensionProperties=True)
    assert task["variables"] == {"when": typed("Date", "2026-01-02T01:04:05.000+0000")}
    assert task["extensionProperties"] == {"color": "blue"}
    path = f"/external-task/{world.external_task}"
    rest.post(f"{path}/complete", {"workerId": "other"}, status=400)
    rest.post(f"{path}/extendLock", {"workerId": "w", "newDuration": 5000}, status=204)
    rest.post(f"{path}/unlock", None, status=204)
    rest.post(f"{path}/lock", {"workerId": "x", "lockDuration": 5000}, status=204)
    rest.post(f"{path}/lock", {"workerId": "y", "lockDuration": 5000}, status=400)
    rest.post(
        f"{path}/failure",
        {
            "workerId": "x",
            "errorMessage": "no",
            "errorDetails": "long",
            "retries": 0,
            "variables": {"tried": {"value": 1}},
        },
        status=204,
    )
    assert rest.get(f"{path}/errorDetails") == b"long"
    assert rest.get("/incident", incidentType="failedExternalTask")[0]["activityId"] == "pay"
    assert rest.get("/external-task", noRetriesLeft="true")[0]["id"] == world.external_task
    rest.put(f"{path}/retries", {"retries": 2})
    rest.put(f"{path}/priority", {"priority": 9})
    (task,) = rest.fetch("pay")
    assert (task["retries"], task["priority"], task["errorMessage"]) == (2, 9, "no")
    body = {"workerId": "w", "variables": {"paid": typed("Boolean", True)}, "localVariables": {"x": typed("Long", 1)}}
    rest.post(f"{path}/complete", body, status=204)
    values = rest.get(f"/process-instance/{world.work}/variables")
    assert values["paid"]["value"] is True
    assert "x" not in values
    rest.post(f"{path}/complete", body, status=404)


def test_given_a_conditional_start_when_its_condition_is_evaluated_then_an_instance_starts_with_the_variables(
    rest: Rest,
) -> None:
    rest.deploy(diagram("start s condition=${t>30}; user a; s -> a", key="hot"))
    (subscription,) = rest.get("/event-subscription", eventType="conditional")
    assert (subscription["eventType"], subscription["eventName"], subscription["activityId"]) == (
        "conditional",
        None,
        "s",
    )
    assert rest.post("/condition", {"variables": {"t": typed("Integer", 30)}}) == []
    (started,) = rest.post("/condition", {"variables": {"t": typed("Integer", 31)}, "businessKey": "hall"})
    assert (started["definitionKey"], started["businessKey"], started["ended"]) == ("hot", "hall", False)
    assert rest.get(f"/process-instance/{started['id']}/variables")["t"]["value"] == 31
    rest.post("/condition", {"processDefinitionId": "none:1:x"}, status=404)


def test_given_a_topic_twice_in_one_request_when_fetched_then_each_task_comes_as_its_own_wish_says(rest: Rest) -> None:
    world = build(rest)
    rest.start("work", {"text": typed("String", "b"), "number": typed("Integer", 6)})
    first = {"topicName": "pay", "lockDuration": 1000, "processVariables": {"text": "a"}, "variables": ["text"]}
    second = {"topicName": "pay", "lockDuration": 90_000, "variables": ["number"], "includeExtensionProperties": True}

    body = {"workerId": "w", "maxTasks": 10, "topics": [first, second]}
    ours, other = rest.post("/external-task/fetchAndLock", body)

    assert (ours["id"], ours["extensionProperties"]) == (world.external_task, {})
    assert ours["variables"] == {"text": typed("String", "a")}
    assert other["variables"] == {"number": typed("Integer", 6)}
    assert other["extensionProperties"] == {"color": "blue"}
    assert other["lockExpirationTime"] > ours["lockExpirationTime"]


def test_given_waiting_instances_when_messages_and_signals_come_then_they_reach_who_is_meant(rest: Rest) -> None:
    world = build(rest)
    rest.fetch("pay")
    rest.post(f"/external-task/{world.external_task}/complete", {"workerId": "w"}, status=204)
    (waiting,) = rest.get("/execution", messageEventSubscriptionName="paid")
    assert rest.get("/event-subscription", eventName="paid")[0]["executionId"] == waiting["id"]
    refused = rest.post("/message", {"messageName": "nobody"}, status=400)
    assert refused["type"] == "RestException"
    body = {"messageName": "paid", "resultEnabled": True, "correlationKeys": {"text": {"value": "a"}}}
    (result,) = rest.post("/message", body)
    assert (result["resultType"], result["execution"]["id"]) == ("Execution", waiting["id"])
    (waiting,) = rest.get("/execution", signalEventSubscriptionName="go")
    rest.post("/signal", {"name": "go", "executionId": waiting["id"], "variables": {"late": {"value": 1}}}, status=204)
    assert rest.get("/process-instance/count", processInstanceIds=world.work) == {"count": 0}
    path = f"/execution/{world.instance}/messageSubscriptions/news"
    subscription = rest.get(path)
    assert subscription["eventName"] == "news"
    assert rest.get(f"/execution/{subscription['id']}/messageSubscriptions/news") == subscription
    rest.post(f"{path}/trigger", {"variables": {}}, status=204)
    visited = rest.get("/history/activity-instance", processInstanceId=world.instance, activityId="e4")
    assert [row["activityType"] for row in visited] == ["noneEndEvent"]


def test_given_waiting_activities_with_variables_of_their_own_when_a_message_names_these_then_it_reaches_that_one(
    rest: Rest,
) -> None:
    drawn = process(
        chain('<startEvent id="s"/>', '<receiveTask id="wait" messageRef="m"/>', '<endEvent id="e"/>')
        + '<startEvent id="by"><messageEventDefinition messageRef="m"/></startEvent>'
        + '<userTask id="look"/><sequenceFlow id="x" sourceRef="by" targetRef="look"/>',
        outside='<message id="m" name="go"/>',
    )
    rest.deploy(drawn)
    ids = [rest.start(variables={"shared": typed("String", "a")})["id"] for _ in range(3)]
    for number, waiting in enumerate(sorted(rest.get("/event-subscription"), key=lambda row: row["executionId"] or "")):
        if waiting["executionId"]:
            own = {"modifications": {"place": typed("Integer", number), "name": typed("String", "it")}}
            rest.post(f"/execution/{waiting['executionId']}/localVariables", own, status=204)

    def sent(**how: Any) -> list[Any]:
        found: list[Any] = rest.post("/message", {"messageName": "go", "resultEnabled": True, **how})
        return found

    one = {"place": typed("Integer", 2), "name": typed("String", "it")}
    (reached,) = sent(localCorrelationKeys=one, correlationKeys={"shared": typed("String", "a")})
    assert reached["resultType"] == "Execution"
    reached_id = reached["execution"]["processInstanceId"]
    assert {row["id"] for row in rest.get("/process-instance")} == set(ids) - {reached_id}
    (started,) = sent(localCorrelationKeys=one)
    assert started["resultType"] == "ProcessDefinition"
    rest.post("/message", {"messageName": "go", "processInstanceId": ids[0], "localCorrelationKeys": one}, status=400)
    assert sent(all=True, localCorrelationKeys=one, processInstanceId=ids[1]) == []

    everybody = sent(all=True, localCorrelationKeys={"name": typed("String", "it")}, businessKey=None)

    assert sorted(row["resultType"] for row in everybody) == ["Execution", "Execution", "ProcessDefinition"]
    assert [task["taskDefinitionKey"] for task in rest.tasks()] == ["look", "look"]
    assert rest.get("/event-subscription")[0]["executionId"] is None
    for wrong in ({"messageName": ""}, {"processVariables": {"a": typed("Long", "x")}}):
        rest.post("/message", {"messageName": "nobody", "all": True, **wrong}, status=400)


def test_given_timers_when_operators_hold_move_and_do_them_then_the_instance_obeys(rest: Rest) -> None:
    world = build(rest)
    path = f"/job/{world.job}"
    job = rest.get(path)
    assert (job["dueDate"], job["retries"], job["suspended"]) == ("2026-03-02T10:00:00.000+0000", 3, False)
    assert rest.get("/job-definition", activityIdIn="late")[0]["id"] == job["jobDefinitionId"]
    rest.put("/job-definition/suspended", {"processDefinitionKey": "order", "includeJobs": True, "suspended": True})
    assert rest.get(path)["suspended"] is True
    rest.put(f"{path}/duedate", {"duedate": "2026-03-02T08:00:00.000+0000"})
    rest.work_off()
    assert rest.get("/job/count") == {"count": 1}
    rest.put(f"{path}/priority", {"priority": 7})
    rest.put(f"{path}/retries", {"retries": 5})
    assert [rest.get(path)[name] for name in ("priority", "retries")] == [7, 5]
    rest.get(f"{path}/stacktrace", status=204)
    rest.post(f"{path}/execute", {}, status=204)
    assert rest.get("/job/count") == {"count": 0}
    assert len(rest.get("/history/activity-instance", processInstanceId=world.instance, activityId="e2")) == 1


def test_given_a_frozen_definition_when_thawed_then_its_jobs_are_done_when_due(rest: Rest) -> None:
    world = build(rest)
    rest.clock.advance(timedelta(seconds=1))
    rest.put("/job-definition/suspended", {"processDefinitionKey": "order", "suspended": True})
    rest.start("order")
    held = {row["id"]: row["suspended"] for row in rest.get("/job")}
    assert held.pop(world.job) is False
    (later,) = held
    assert held[later] is True
    rest.clock.advance(_HOURS)
    rest.work_off()
    assert [row["id"] for row in rest.get("/job")] == [later]
    rest.put(f"/job/{later}/suspended", {"suspended": False})
    rest.put("/job-definition/suspended", {"processDefinitionKey": "order", "includeJobs": True, "suspended": False})
    rest.work_off()
    assert rest.get("/job") == []


def test_given_instances_when_operators_look_then_trees_statistics_and_history_agree(rest: Rest) -> None:
    world = build(rest)
    tree = rest.get(f"/process-instance/{world.instance}/activity-instances")
    assert (tree["activityType"], [child["activityId"] for child in tree["childActivityInstances"]]) == (
        "processDefinition",
        ["approve"],
    )
    by_element = rest.get(f"/process-definition/{world.definition}/statistics", incidents="true")
    assert [(row["id"], row["instances"]) for row in by_element] == [("approve", 1)]
    by_definition = {
        row["definition"]["key"]: row for row in rest.get("/process-definition/statistics", incidents="true")
    }
    assert by_definition["failing"]["incidents"] == [{"incidentType": "expression-failed", "incidentCount": 1}]
    rest.put(f"/incident/{world.incident}/annotation", {"annotation": "known"})
    assert rest.get(f"/incident/{world.incident}")["annotation"] == "known"
    rest.put(f"/process-instance/{world.instance}/suspended", {"suspended": True})
    rest.put(f"/process-instance/{world.instance}/suspended", {"suspended": True})
    assert rest.get("/process-instance", suspended="true")[0]["id"] == world.instance
    rest.put("/process-instance/suspended", {"processInstanceIds": [world.instance], "suspended": False})
    rest.delete(f"/process-instance/{world.instance}")
    rest.delete(f"/process-instance/{world.instance}", status=404)
    rest.delete(f"/process-instance/{world.instance}", failIfNotExists="false")
    past = rest.get(f"/history/process-instance/{world.instance}")
    assert (past["state"], past["startActivityId"]) == ("EXTERNALLY_TERMINATED", "s")
    visited = rest.get(
        "/history/activity-instance", processInstanceId=world.instance, sortBy="occurrence", sortOrder="asc"
    )
    assert [(row["activityId"], row["canceled"]) for row in visited] == [("s", False), ("approve", True)]
    counted = rest.get(f"/history/process-definition/{world.definition}/statistics", canceled="true", finished="true")
    assert {row["id"]: row["canceled"] for row in counted} == {"approve": 1, "s": 0}
    rest.delete(f"/history/process-instance/{world.instance}")
    rest.get(f"/history/process-instance/{world.instance}", status=404)


def test_given_a_border_of_a_transaction_when_an_instance_waits_there_then_job_and_tree_show_it(rest: Rest) -> None:
    rest.deploy(
        process(
            chain('<startEvent id="s"/>', '<userTask id="t" camunda:asyncBefore="true"/>', '<endEvent id="e"/>'),
            key="border",
        )
    )
    instance_id = rest.start("border")["id"]
    tree = rest.get(f"/process-instance/{instance_id}/activity-instances")
    assert [child["activityId"] for child in tree["childTransitionInstances"]] == ["t"]
    assert len(rest.get("/execution", activityId="t")) == 1
    (job,) = rest.get("/job", messages="true")
    assert (job["processInstanceId"], job["dueDate"]) == (instance_id, None)
    assert rest.get("/job-definition")[0]["jobConfiguration"] == "async-before"
    rest.post(f"/job/{job['id']}/execute", {}, status=204)
    assert len(rest.tasks()) == 1


def test_given_two_borders_that_are_reached_together_when_waited_at_then_each_has_a_job_of_its_own(rest: Rest) -> None:
    rest.deploy(
        process(
            '<startEvent id="s"/><userTask id="a" camunda:asyncBefore="true" camunda:jobPriority="3"/>'
            '<manualTask id="b" camunda:asyncAfter="true"/><userTask id="c"/>'
            '<sequenceFlow id="f" sourceRef="s" targetRef="a"/><sequenceFlow id="g" sourceRef="s" targetRef="b"/>'
            '<sequenceFlow id="h" sourceRef="b" targetRef="c"/>',
            key="borders",
        )
    )
    instance_id = rest.start("borders")["id"]
    drawn = {row["id"]: row["activityId"] for row in rest.get("/job-definition")}
    jobs = rest.get("/job", processInstanceId=instance_id)
    assert sorted((drawn[job["jobDefinitionId"]], job["priority"]) for job in jobs) == [("a", 3), ("b", 0)]
    rest.put(f"/process-instance/{instance_id}/variables/x", {"value": 1}, status=204)
    assert rest.get("/job/count", processInstanceId=instance_id) == {"count": 2}
    (behind,) = rest.get("/job", processInstanceId=instance_id, activityId="b")
    rest.post(f"/job/{behind['id']}/execute", {}, status=204)
    assert [task["taskDefinitionKey"] for task in rest.tasks()] == ["c"]
    (before,) = rest.get("/job", processInstanceId=instance_id)
    assert drawn[before["jobDefinitionId"]] == "a"


def test_given_a_task_when_it_ends_in_a_business_error_then_the_diagram_takes_it(rest: Rest) -> None:
    world = build(rest)
    rest.post(
        f"/task/{world.task}/bpmnError", {"errorCode": "OOPS", "variables": {"why": {"value": "size"}}}, status=204
    )
    visited = rest.get("/history/activity-instance", processInstanceId=world.instance, activityType="boundaryError")
    assert [row["activityId"] for row in visited] == ["wrong"]
    assert rest.get("/history/process-instance", processInstanceId=world.instance)[0]["state"] == "COMPLETED"


def test_given_nobody_when_people_are_asked_for_then_the_lists_are_empty(rest: Rest) -> None:
    for path in ("/user", "/group", "/tenant", "/filter"):
        assert rest.get(path) == []
        assert rest.get(f"{path}/count") == {"count": 0}
    assert rest.post("/identity/verify", {"username": "ada", "password": "x"})["authenticated"] is False
    assert rest.get("/identity/groups", userId="ada") == {"groups": [], "groupUsers": []}
    rest.get("/user/ada/profile", status=404)


def test_given_priorities_drawn_for_jobs_when_they_are_listed_then_each_has_its_own(rest: Rest) -> None:
    hour = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    late = f'<boundaryEvent id="late" attachedToRef="a" camunda:jobPriority="20">{hour}</boundaryEvent>'
    body = chain('<startEvent id="s"/>', '<userTask id="a"/>', '<endEvent id="e" camunda:asyncBefore="true"/>')
    rest.deploy(process(body + late, key="urgent", attributes='camunda:jobPriority="8"'))
    started = rest.start("urgent")
    assert [row["priority"] for row in rest.get("/job", processInstanceId=started["id"])] == [20]
    (task,) = rest.get("/task", processInstanceId=started["id"])
    rest.post(f"/task/{task['id']}/complete", {}, status=204)
    assert [row["priority"] for row in rest.get("/job", processInstanceId=started["id"])] == [8]
    nightly = f'<startEvent id="t" camunda:jobPriority="3">{hour}</startEvent>'
    rest.deploy(process(chain(nightly, '<userTask id="b"/>'), key="nightly"))
    assert [row["priority"] for row in rest.get("/job", processDefinitionKey="nightly")] == [3]
