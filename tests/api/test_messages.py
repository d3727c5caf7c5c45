"""Messages and signals over HTTP."""

from __future__ import annotations

from tests.api.client import Api
from tests.api.diagrams import HEARS, STARTED, WAITS
from tests.bpmn.diagrams import diagram
from tests.engine.test_message_keys import ROOT, SHOP


def test_given_a_receiver_when_a_message_is_correlated_then_it_alone_goes_on(api: Api) -> None:
    api.deploy(WAITS)
    one, other = (api.start("waits", {"order": n}, businessKey=f"b{n}")["id"] for n in (1, 2))
    refused = api.post("/messages/correlate", {"name": "paid"}, 409)
    assert refused["code"] == "message-ambiguous"
    got = api.post("/messages/correlate", {"name": "paid", "correlationKeys": {"order": 2}, "variables": {"x": 1}})
    assert got == {"processInstanceId": other, "started": False, "state": "active"}
    assert api.get(f"/process-instances/{other}/variables")["variables"] == {"order": 2, "x": 1}
    got = api.post("/messages/correlate", {"name": "paid", "businessKey": "b1"})
    assert got["processInstanceId"] == one
    refused = api.post("/messages/correlate", {"name": "paid", "processInstanceId": one}, 404)
    assert refused["code"] == "no-receiver"


def test_given_a_message_start_when_its_message_is_correlated_then_an_instance_starts(api: Api) -> None:
    api.deploy(STARTED)
    got = api.post("/messages/correlate", {"name": "ordered", "businessKey": "b", "variables": {"x": 1}})
    assert got["started"]
    assert api.instance(got["processInstanceId"])["businessKey"] == "b"


def test_given_nobody_waits_yet_when_a_message_is_published_then_it_is_kept_for_its_time(api: Api) -> None:
    api.deploy(WAITS)
    assert api.post("/messages/publish", {"name": "paid", "correlationKey": "b"}) == {"fate": "dropped"}
    body = {"name": "paid", "correlationKey": "b", "ttlSeconds": 60, "messageId": "m1"}
    assert api.post("/messages/publish", body) == {"fate": "buffered"}
    assert api.post("/messages/publish", body, 409)["code"] == "message-already-published"
    api.start("waits", businessKey="b")
    api.work_off()
    assert api.task()["elementId"] == "after"


def test_given_everybody_who_waits_when_a_signal_is_thrown_then_all_hear_it(api: Api) -> None:
    api.deploy(HEARS)
    for _ in range(3):
        api.start("hears")
    api.post("/signals", {"name": "alarm", "variables": {"loud": True}}, 204)
    api.work_off()
    assert [task["elementId"] for task in api.tasks(variables="loud_eq_true")] == ["after"] * 3


def test_given_conditional_starts_when_somebody_says_what_is_so_then_those_that_are_true_begin(api: Api) -> None:
    for key, limit in (("warm", 20), ("hot", 30)):
        api.deploy(diagram(f"start s condition=${{t>{limit}}}; user a; s -> a", key=key))
    assert api.post("/conditions/evaluate", {"variables": {"t": 10}}) == {"items": []}
    (warm,) = api.post("/conditions/evaluate", {"variables": {"t": 25}, "businessKey": "hall"})["items"]
    assert (warm["processDefinitionKey"], warm["businessKey"], warm["state"]) == ("warm", "hall", "active")
    assert api.get(f"/process-instances/{warm['id']}/variables")["variables"] == {"t": 25}
    both = api.post("/conditions/evaluate", {"variables": {"t": 31}})["items"]
    assert sorted(item["processDefinitionKey"] for item in both) == ["hot", "warm"]
    only = {"variables": {"t": 31}, "processDefinitionId": warm["processDefinitionId"]}
    assert [item["processDefinitionKey"] for item in api.post("/conditions/evaluate", only)["items"]] == ["warm"]
    refused = api.post("/conditions/evaluate", {"processDefinitionId": "none"}, 404)
    assert refused["code"] == "process-definition-not-found"


def test_given_a_newer_version_or_a_suspended_one_when_conditions_are_evaluated_then_the_old_one_is_not_asked(
    api: Api,
) -> None:
    api.deploy(diagram("start s condition=${t>20}; user a; s -> a"))
    api.deploy(diagram("start s condition=${t>30}; user a; s -> a"))
    assert api.post("/conditions/evaluate", {"variables": {"t": 25}}) == {"items": []}
    (started,) = api.post("/conditions/evaluate", {"variables": {"t": 31}})["items"]
    assert started["processDefinitionVersion"] == 2
    api.post(f"/process-definitions/{started['processDefinitionId']}/suspend", status=204)
    assert api.post("/conditions/evaluate", {"variables": {"t": 31}}) == {"items": []}


def test_given_messages_that_carry_their_key_when_correlated_or_published_then_the_payload_finds_one_receiver(
    api: Api,
) -> None:
    api.deploy(diagram(SHOP, root=ROOT))
    first, second = (api.post("/messages/correlate", {"name": "order", "variables": {"id": key}}) for key in ("A", "B"))
    assert (first["started"], second["started"]) == (True, True)
    got = api.post("/messages/correlate", {"name": "payment", "variables": {"order": {"id": "B"}}})
    assert (got["processInstanceId"], got["started"]) == (second["processInstanceId"], False)
    payment = {"name": "payment", "variables": {"order": {"id": "C"}}}
    assert api.post("/messages/correlate", payment, 404)["code"] == "no-receiver"
    assert api.post("/messages/publish", payment) == {"fate": "dropped"}
    assert api.post("/messages/publish", {"name": "payment", "variables": {"order": {"id": "A"}}}) == {
        "fate": "delivered"
    }
    api.work_off()
    assert {task["processInstanceId"] for task in api.get("/user-tasks")["items"]} == {
        first["processInstanceId"],
        second["processInstanceId"],
    }
