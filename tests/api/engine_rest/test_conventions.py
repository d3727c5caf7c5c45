"""Errors, names, dates, paging, variables: what all operations of the dialect have in common."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.engine_rest.client import Rest, typed
from tests.api.engine_rest.world import WORK, build
from tests.driver import ONE_TASK, chain, process


def test_given_what_is_not_served_when_asked_for_then_it_is_said_to_be_not_offered(sqlite_rest: Rest) -> None:
    for method, path in (("GET", "/batch"), ("POST", "/migration/execute"), ("DELETE", "/history/batch/a")):
        answer = sqlite_rest.client.request(method, path)
        assert (answer.status_code, answer.json()["type"]) == (404, "NotOfferedException")
        assert "not offered" in answer.json()["message"]
    for path in ("/history/process-instance/report", "/history/task/report"):
        # Published below an address that takes ids: it is not taken for one.
        assert sqlite_rest.client.get(path).status_code == 404
    assert sqlite_rest.get("/history/process-instance/report", status=404)["type"] == "NotOfferedException"
    wrong = sqlite_rest.client.delete("/version")
    assert wrong.headers["allow"] == "GET"
    assert (wrong.status_code, wrong.json()["type"], wrong.json()["code"]) == (405, "RestException", 0)


def test_given_another_engine_when_named_then_it_is_not_available_and_the_default_one_is(sqlite_rest: Rest) -> None:
    assert sqlite_rest.get("/engine/default/version") == sqlite_rest.get("/version")
    assert sqlite_rest.get("/engine") == [{"name": "default"}]
    assert sqlite_rest.get("/engine/other/version", status=404)["message"] == "Process engine other not available"


@pytest.mark.parametrize(
    ("path", "plain", "status"),
    [
        ("/%65ngine-rest/version", "/version", 200),
        ("/engine%2Drest/engine/default/version", "/version", 200),
        ("/%65ngine-rest/task/a%2Fb", "/task/a%2Fb", 404),
        ("/%65ngine-rest/nothing", "/nothing", 404),
        ("/engine-rest%2Fnothing/version", "/nothing/version", 404),
    ],
)
def test_given_a_prefix_with_percent_signs_when_asked_for_then_it_is_the_same_address(
    sqlite_rest: Rest, path: str, plain: str, status: int
) -> None:
    answer = TestClient(sqlite_rest.app, base_url="http://localhost:8080").get(path)
    assert (answer.status_code, answer.json()) == (status, sqlite_rest.client.get(plain).json())


def test_given_addresses_that_take_get_when_asked_by_head_then_the_same_comes_without_a_body(rest: Rest) -> None:
    world = build(rest)
    bytes_of = f"/process-instance/{world.instance}/variables/paper/data"
    for path in ("/version", "/task", "/task/count", f"/task/{world.task}", bytes_of, "/task/none", "/message"):
        got, asked = rest.client.get(path), rest.client.head(path)
        assert (asked.status_code, asked.headers, asked.content) == (got.status_code, got.headers, b""), path
    own = TestClient(rest.app, base_url="http://localhost:8080")
    for path in ("/api/v1/user-tasks", "/api/v1/user-tasks/none", "/api/v1/signals", "/docs", "/nothing", "/"):
        got, asked = own.get(path, follow_redirects=False), own.head(path, follow_redirects=False)
        assert (asked.status_code, asked.headers, asked.content) == (got.status_code, got.headers, b""), path
    assert own.get("/api/v1/signals").headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Host": "evil.example"}, b"{}", 421),
        ({"Origin": "https://evil.example"}, b"{}", 403),
        ({"Content-Type": "text/plain"}, b"{}", 415),
        ({"Content-Type": "application/json"}, b"{", 400),
        ({"Content-Type": "application/json"}, b"[]", 400),
        ({"Content-Type": "application/json"}, b'{"messageName": "a\\u0000"}', 400),
        ({"Content-Type": "application/json", "Content-Length": "99999999999"}, b"{}", 413),
    ],
)
def test_given_a_bad_request_when_sent_then_the_refusal_has_the_dialects_shape(
    sqlite_rest: Rest, headers: dict[str, str], body: bytes, status: int
) -> None:
    answer = sqlite_rest.client.post("/message", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert set(answer.json()) == {"type", "message", "code"}


def test_given_names_in_a_request_when_unknown_unsupported_or_null_then_ignored_refused_or_taken_for_nothing(
    rest: Rest,
) -> None:
    rest.deploy(ONE_TASK)
    rest.start("p", businessKey=None, caseInstanceId=None, whatever=[1], skipCustomListeners=True)

    refused = rest.post("/process-definition/key/p/start", {"caseInstanceId": "a"}, status=400)
    assert refused["message"] == "`caseInstanceId` is not supported by this server."
    assert len(rest.get("/task", nonsense="a")) == 1
    assert "`assigneeExpression`" in rest.get("/task", status=400, assigneeExpression="${x}")["message"]
    assert len(rest.post("/task", {"assignee": None, "orQueries": [], "sorting": None})) == 1


def test_given_many_entries_when_paged_sorted_and_counted_then_the_parts_fit_together(rest: Rest) -> None:
    rest.deploy(ONE_TASK)
    for key in "cab":
        rest.start("p", businessKey=key)

    by_key = [row["businessKey"] for row in rest.get("/process-instance", sortBy="businessKey", sortOrder="asc")]
    assert by_key == ["a", "b", "c"]
    page = rest.get("/process-instance", sortBy="businessKey", sortOrder="desc", firstResult=1, maxResults=1)
    assert [row["businessKey"] for row in page] == ["b"]
    assert rest.get("/process-instance", maxResults=0) == []
    assert rest.get("/process-instance/count") == rest.post("/process-instance/count", {}) == {"count": 3}
    body = {"sorting": [{"sortBy": "businessKey", "sortOrder": "asc"}]}
    assert [row["businessKey"] for row in rest.post("/process-instance?maxResults=2", body)] == ["a", "b"]
    for query in ({"sortBy": "businessKey"}, {"sortBy": "x", "sortOrder": "asc"}, {"maxResults": "-1"}):
        rest.get("/process-instance", status=400, **query)


def test_given_alternatives_when_asked_for_then_one_of_each_group_suffices(rest: Rest) -> None:
    rest.deploy(ONE_TASK)
    ids = {
        key: rest.start("p", {"size": typed("Integer", number)}, businessKey=key)["id"]
        for number, key in enumerate("abc")
    }

    def found(body: dict[str, Any]) -> set[str]:
        return {row["businessKey"] for row in rest.post("/process-instance", body)}

    assert found({"orQueries": [{"businessKey": "a", "processInstanceIds": [ids["b"]]}]}) == {"a", "b"}
    assert found({"orQueries": [{"businessKey": "a", "businessKeyLike": "b%"}], "processInstanceIds": [ids["b"]]}) == {
        "b"
    }
    assert found({"variables": [{"name": "size", "operator": "gteq", "value": 1}]}) == {"b", "c"}
    assert {row["businessKey"] for row in rest.get("/process-instance", variables="size_lt_2,size_gt_0")} == {"b"}


def test_given_variables_of_every_type_when_kept_then_they_come_back_as_they_were_sent(rest: Rest) -> None:
    rest.deploy(ONE_TASK)
    sent = {
        "string": typed("String", "ä"),
        "boolean": typed("boolean", True),
        "integer": typed("integer", 5),
        "short": typed("Short", 5),
        "long": typed("Long", 5),
        "big": typed("Long", 2**40),
        "double": typed("Double", 5),
        "exact": typed("Double", 0.5),
        "date": typed("Date", "2026-01-02T03:04:05.000+0200"),
        "json": typed("Json", '{"a":[1,2]}'),
        "scalar": typed("Json", "5"),
        "xml": typed("Xml", "<a/>"),
        "object": typed("Object", '["x"]', objectTypeName="java.util.List", serializationDataFormat="application/json"),
        "file": typed("File", "aGVsbG8=", filename="a.txt", mimetype="text/plain"),
        "bytes": typed("Bytes", "aGVsbG8="),
        "null": typed("Null", None),
        "empty": typed("String", None),
        "untyped": {"value": {"b": 1}},
    }
    instance_id = rest.start("p", sent)["id"]

    got = rest.get(f"/process-instance/{instance_id}/variables", deserializeValues="false")
    assert {name: variable["type"] for name, variable in got.items()} == {
        "string": "String",
        "boolean": "Boolean",
        "integer": "Integer",
        "short": "Short",
        "long": "Long",
        "big": "Long",
        "double": "Double",
        "exact": "Double",
        "date": "Date",
        "json": "Json",
        "scalar": "Json",
        "xml": "Xml",
        "object": "Object",
        "file": "File",
        "bytes": "Bytes",
        "null": "Null",
        "empty": "String",
        "untyped": "Json",
    }
    plain = {name: got[name]["value"] for name in ("string", "boolean", "integer", "long", "big", "double", "exact")}
    assert plain == {"string": "ä", "boolean": True, "integer": 5, "long": 5, "big": 2**40, "double": 5, "exact": 0.5}
    assert got["date"]["value"] == "2026-01-02T01:04:05.000+0000"
    assert (got["json"]["value"], got["scalar"]["value"]) == ('{"a":[1,2]}', "5")
    assert (got["object"]["value"], got["object"]["valueInfo"]["objectTypeName"]) == ('["x"]', "java.util.List")
    assert got["file"] == {"type": "File", "value": None, "valueInfo": {"filename": "a.txt", "mimetype": "text/plain"}}
    assert (got["bytes"]["value"], got["null"]["value"], got["empty"]["value"]) == (None, None, None)
    whole = rest.get(f"/process-instance/{instance_id}/variables/object", deserializeValue="true")
    assert whole["value"] == ["x"]
    for name in ("file", "bytes"):
        assert rest.get(f"/process-instance/{instance_id}/variables/{name}/data") == b"hello"
    rest.get(f"/process-instance/{instance_id}/variables/string/data", status=400)


@pytest.mark.parametrize(
    "variable",
    [
        typed("Integer", 2**31),
        typed("Integer", "x"),
        typed("Boolean", "maybe"),
        typed("Date", "yesterday"),
        typed("Json", "{"),
        typed("File", "aGVsbG8="),
        typed("Bytes", "!"),
        typed("Elephant", "a"),
        typed("Object", "rO0AB", serializationDataFormat="application/x-java-serialized-object"),
        typed("Bytes", "aGVsbG8=", transient=True),
        typed("String", 5),
        "plain",
    ],
)
def test_given_a_variable_that_is_not_of_its_type_when_sent_then_it_is_refused_by_name(
    sqlite_rest: Rest, variable: Any
) -> None:
    sqlite_rest.deploy(ONE_TASK)
    refused = sqlite_rest.post("/process-definition/key/p/start", {"variables": {"odd": variable}}, status=400)
    assert "'odd'" in refused["message"]
    assert sqlite_rest.get("/process-instance/count") == {"count": 0}


def test_given_a_declared_type_when_the_process_computes_a_new_value_then_the_value_shows_its_own(rest: Rest) -> None:
    rest.deploy(
        process(
            chain(
                '<startEvent id="s"/>',
                '<serviceTask id="add" camunda:expression="${amount + 1}" camunda:resultVariable="amount"/>',
                '<userTask id="t"/>',
                '<endEvent id="e"/>',
            )
        )
    )
    instance_id = rest.start("p", {"amount": typed("Long", 5), "kept": typed("Long", 5)})["id"]

    values = rest.get(f"/process-instance/{instance_id}/variables")
    assert (values["amount"]["type"], values["amount"]["value"]) == ("Integer", 6)
    assert values["kept"]["type"] == "Long"


def test_given_a_mistake_that_camunda_answers_with_500_when_made_then_the_client_can_act_on_the_status(
    rest: Rest,
) -> None:
    world = build(rest)
    rest.post(f"/task/{world.task}/claim", {"userId": "ada"}, status=204)
    rest.post(f"/task/{world.task}/claim", {"userId": "bob"}, status=409)
    rest.post("/task/nobody/complete", {}, status=404)
    rest.post("/process-definition/nobody/start", {}, status=404)
    rest.put(f"/process-instance/{world.instance}/suspended", {"suspended": True})
    rest.post(f"/task/{world.task}/complete", {}, status=409)
    rest.delete(f"/deployment/{world.deployment}", status=409)
    rest.delete(f"/deployment/{world.deployment}", cascade="true")
    assert rest.get("/process-instance/count") == {"count": 0}


def test_given_a_worker_that_waits_when_work_comes_then_it_gets_it_at_once(sqlite_rest: Rest) -> None:
    rest = sqlite_rest
    rest.deploy(WORK)
    body = {"workerId": "w", "maxTasks": 1, "asyncResponseTimeout": 20_000}
    body["topics"] = [{"topicName": "pay", "lockDuration": 1000}]
    got: list[Any] = []
    began = time.monotonic()
    waiting = threading.Thread(target=lambda: got.extend(rest.post("/external-task/fetchAndLock", body)))
    waiting.start()
    time.sleep(0.2)
    rest.start("work")
    waiting.join(20)

    assert [task["topicName"] for task in got] == ["pay"]
    assert time.monotonic() - began < 10
    too_long = {**body, "asyncResponseTimeout": 1_800_001}
    assert "1800000" in rest.post("/external-task/fetchAndLock", too_long, status=400)["message"]
