"""Ad-hoc subprocesses over HTTP: performers see what they may begin, and begin it."""

from __future__ import annotations

from tests.api.client import Api
from tests.bpmn.diagrams import diagram
from tests.driver import ONE_TASK

INSIDE = 'user ask [name="Ask"]; user look; service note [camunda:expression="${1}"]; user later; look -> later'


def adhoc(attributes: str = "", condition: str = "enough", inside: str = INSIDE) -> bytes:
    drawn = f"<completionCondition>${{{condition}}}</completionCondition>"
    return diagram(
        f'start s; adhoc w [name="Investigate" {attributes}] {drawn}; end e; s -> w -> e; in w {{ {inside} }}'
    )


def start(api: Api, text: bytes) -> str:
    api.deploy(text)
    instance: str = api.start("p", {"enough": False})["id"]
    return instance


def test_given_an_open_ad_hoc_subprocess_when_asked_then_its_choices_are_listed(api: Api) -> None:
    instance = start(api, adhoc())
    (found,) = api.get(f"/process-instances/{instance}/ad-hoc-activities")["items"]
    assert (found["elementId"], found["name"], found["activityId"].startswith(instance)) == ("w", "Investigate", True)
    assert found["choices"] == [
        {"elementId": "ask", "type": "userTask", "name": "Ask"},
        {"elementId": "look", "type": "userTask", "name": None},
        {"elementId": "note", "type": "serviceTask", "name": None},
    ]


def test_given_a_choice_when_it_is_begun_then_somebody_has_one_more_task(api: Api) -> None:
    instance = start(api, adhoc())
    begun = api.post(f"/process-instances/{instance}/ad-hoc-activities", {"elementId": "ask", "variables": {"why": 1}})
    assert begun["state"] == "active"
    tasks = api.get("/user-tasks", processInstanceId=instance)["items"]
    assert sorted(task["elementId"] for task in tasks) == ["ask", "ask", "look"]
    assert api.get(f"/user-tasks/{tasks[0]['id']}")["variables"] == {"enough": False, "why": 1}
    kinds = [entry["kind"] for entry in api.get(f"/process-instances/{instance}/history")["items"]]
    assert kinds.count("begin-ad-hoc-activity") == 1


def test_given_everything_done_and_a_condition_that_does_not_hold_when_more_is_done_then_it_ends(api: Api) -> None:
    instance = start(api, adhoc(inside="user ask"))
    place = f"/process-instances/{instance}/ad-hoc-activities"
    api.post(f"/process-instances/{instance}/user-tasks/ask/complete")
    assert api.instance(instance)["state"] == "active"
    api.post(place, {"elementId": "ask"})
    api.post(f"/process-instances/{instance}/user-tasks/ask/complete", {"variables": {"enough": True}})
    assert api.instance(instance)["state"] == "completed"
    assert api.get(place)["items"] == []
    assert api.post(place, {"elementId": "ask"}, 409)["code"] == "process-instance-ended"


def test_given_what_cannot_be_begun_when_asked_for_then_it_is_refused_and_changes_nothing(api: Api) -> None:
    instance = start(api, adhoc('ordering="Sequential"'))
    place = f"/process-instances/{instance}/ad-hoc-activities"
    (found,) = api.get(place)["items"]
    assert found["choices"] == []
    for body in (
        {"elementId": "look"},
        {"elementId": "look", "activityId": found["activityId"]},
        {"elementId": "gone"},
    ):
        assert api.post(place, body, 409)["code"] == "ad-hoc-activity-not-possible"
    assert api.post(place, {"elementId": "look", "activityId": f"{instance}.99"}, 409)["code"] == (
        "ad-hoc-activity-not-possible"
    )
    assert api.post(place, {"elementId": "look", "activityId": "x.1"}, 404)
    assert api.post(place, {}, 400)["code"] == "invalid-request"
    assert len(api.get("/user-tasks", processInstanceId=instance)["items"]) == 1


def test_given_several_open_ad_hoc_subprocesses_when_begun_then_one_must_be_named(api: Api) -> None:
    instance = start(api, diagram("start s; adhoc w times=2; s -> w; in w { user ask }"))
    place = f"/process-instances/{instance}/ad-hoc-activities"
    assert api.post(place, {"elementId": "ask"}, 409)["code"] == "ad-hoc-activity-not-possible"
    second = api.get(place)["items"][1]["activityId"]
    assert api.post(place, {"elementId": "ask", "activityId": second}) == {"activityId": second, "state": "active"}


def test_given_an_instance_that_is_none_or_another_one_when_asked_then_it_is_refused(api: Api) -> None:
    first = start(api, adhoc())
    api.deploy(ONE_TASK)
    other = api.start("p")["id"]
    assert api.get("/process-instances/gone/ad-hoc-activities", 404)["code"] == "process-instance-not-found"
    assert api.get(f"/process-instances/{other}/ad-hoc-activities")["items"] == []
    (found,) = api.get(f"/process-instances/{first}/ad-hoc-activities")["items"]
    body = {"elementId": "ask", "activityId": found["activityId"]}
    assert api.post(f"/process-instances/{other}/ad-hoc-activities", body, 400)["code"] == "invalid-request"
