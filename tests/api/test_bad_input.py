"""Bad input gets a clear refusal within a second, and changes nothing."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest

from bpmn.values import from_json
from tests.api.client import Api
from tests.api.diagrams import COUNTS
from tests.driver import HEAD, ONE_TASK, chain, process

JSON = {"Content-Type": "application/json"}
START = b'{"processDefinitionKey":"p","variables":%b}'


@pytest.fixture
def started(sqlite_api: Api) -> Iterator[Api]:
    """A server with one process and no instance; nothing may be added to it."""
    sqlite_api.deploy(ONE_TASK)
    before = sqlite_api.get("/deployments")
    yield sqlite_api
    assert sqlite_api.get("/process-instances")["items"] == []
    assert sqlite_api.get("/deployments") == before


def refused(api: Api, content: bytes, headers: dict[str, str] | None = None, path: str = "/process-instances") -> Any:
    began = time.monotonic()
    answer = api.client.post(path, content=content, headers=JSON if headers is None else headers)
    assert time.monotonic() - began < 10
    assert 400 <= answer.status_code < 500, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "json-invalid"),
        (b"{", "json-invalid"),
        (b"nonsense", "json-invalid"),
        (b"\xff\xfe{}", "json-invalid"),
        (START % b'{"x":NaN}', "json-invalid"),
        (START % b'{"x":Infinity}', "json-invalid"),
        (START % b'{"x":"\\ud800"}', "json-invalid"),
        (START % b'{"\\udfff":1}', "json-invalid"),
        (START % b'{"x":"\xed\xa0\x80"}', "json-invalid"),
        (START % b'{"x":"a\x00b"}', "json-invalid"),
        (START % b'{"x":"a\\u0000b"}', "nul-character"),
        (START % b'{"x":{"a\\u0000":[1]}}', "nul-character"),
        (START % (b'{"x":' + b"[" * 101 + b"]" * 101 + b"}"), "json-too-deep"),
        (START % (b'{"x":' + b'{"a":' * 100_000 + b"1" + b"}" * 100_001), "json-too-deep"),
        (b"[" * 1_000_000, "json-too-deep"),
        (START % (b'{"x":[' + b"[]," * 300_000 + b"1]}"), "json-too-many-values"),
        (START % (b'{"x":[' + b"{}," * 200 + b"1," * 1_100_000 + b"1]}"), "json-too-many-values"),
        (START % (b'{"x":' + b"9" * 5_000 + b"}"), "json-invalid"),
        (START % b'{"x":1e99999999999999999999}', "json-invalid"),
        (START % b'{"":1}', "variable-name-invalid"),
        (START % (b'{"' + b"x" * 256 + b'":1}'), "variable-name-invalid"),
    ],
)
def test_given_a_body_that_cannot_be_kept_when_it_comes_then_it_is_refused(
    started: Api, content: bytes, code: str
) -> None:
    assert refused(started, content)["code"] == code


@pytest.mark.parametrize(
    ("content", "location", "said"),
    [
        (b"[]", "body", "should be an object; it may hold businessKey, "),
        (b"null", "body", "should be an object; it may hold businessKey, "),
        (b'{"processDefinitionKey":"p","varables":{}}', "body.varables", "no such field"),
        (b'{"process_definition_key":"p"}', "body.process_definition_key", "no such field"),
        (b'{"processDefinitionKey":1}', "body.processDefinitionKey", "valid string"),
        (b'{"processDefinitionKey":""}', "body.processDefinitionKey", "at least 1 character"),
        (START % b"[]", "body.variables", "should be an object."),
        (b'{"processDefinitionKey":"p","version":"1"}', "body.version", "valid integer"),
        (b'{"processDefinitionKey":"p","version":1.5}', "body.version", "valid integer"),
        (b'{"processDefinitionKey":"p","version":true}', "body.version", "valid integer"),
        (b'{"processDefinitionKey":"p","version":99999999999999999999}', "body.version", "less than"),
        (b'{"processDefinitionKey":"p","unique":"true"}', "body.unique", "valid boolean"),
        (b'{"processDefinitionKey":"p","wait":"forever"}', "body.wait", "'none', 'first-wait-state' or 'end'"),
        (b'{"processDefinitionKey":"p","waitSeconds":"1"}', "body.waitSeconds", "seconds are a number"),
        (b'{"processDefinitionKey":"p","waitSeconds":true}', "body.waitSeconds", "seconds are a number"),
        (b'{"processDefinitionKey":"p","waitSeconds":1801}', "body.waitSeconds", "between 0 and 1800"),
        (b'{"processDefinitionKey":"p","waitSeconds":1e9999}', "body.waitSeconds", "between 0 and 1800"),
    ],
)
def test_given_a_wrong_field_when_it_comes_then_its_place_is_named(
    started: Api, content: bytes, location: str, said: str
) -> None:
    problem = refused(started, content)
    assert problem["code"] == "invalid-request"
    (error,) = problem["errors"]
    assert error["location"] == location
    assert said in error["message"]


def test_given_several_wrong_fields_when_they_come_then_all_are_named(started: Api) -> None:
    problem = refused(started, b'{"a":1,"unique":1,"variables":1}')
    assert {error["location"] for error in problem["errors"]} == {"body.a", "body.unique", "body.variables"}


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Type": "application/jsonp"},
    ],
)
def test_given_a_body_that_does_not_say_that_it_is_json_when_it_comes_then_it_is_not_read(
    started: Api, kind: dict[str, str]
) -> None:
    assert refused(started, START % b"{}", kind)["code"] == "unsupported-media-type"
    assert refused(started, b"<xml/>", {**kind, "x": "y"}, "/deployments")["code"] == "unsupported-media-type"


def test_given_a_compressed_body_when_it_comes_then_it_is_not_unpacked(started: Api) -> None:
    headers = {**JSON, "Content-Encoding": "gzip"}
    assert refused(started, b"\x1f\x8b\x08" + b"\0" * 100, headers)["code"] == "unsupported-media-type"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "invalid-request"),
        ("limit=201", "invalid-request"),
        ("limit=x", "invalid-request"),
        ("limit=1&limit=2", "invalid-request"),
        ("limit=99999999999999999999999", "invalid-request"),
        ("nonsense=1", "invalid-request"),
        ("state=running", "invalid-request"),
        ("called=maybe", "invalid-request"),
        ("startedAfter=yesterday", "invalid-request"),
        ("startedAfter=2026-03-02T09:00:00", "invalid-request"),
        ("startedAfter=1700000000", "invalid-request"),
        ("startedAfter=2026-13-02T09:00:00Z", "invalid-request"),
        ("startedAfter=0001-01-01T00:00:00%2B23:59", "invalid-request"),
        ("cursor=garbage", "cursor-invalid"),
        ("cursor=W10", "cursor-invalid"),
        ("cursor=WzFd", "cursor-invalid"),
        ("cursor=W251bGxd", "cursor-invalid"),
        ("cursor=%F0%9F%98%80", "cursor-invalid"),
        ("cursor=", "cursor-invalid"),
        ("businessKey=%00", "nul-character"),
        ("businessKey=%ED%A0%80", "address-invalid"),
        ("businessKey=%FF", "address-invalid"),
        ("variables=x", "variable-filter-invalid"),
        ("variables=x_is_1", "variable-filter-invalid"),
        ("variables=x_like_1", "variable-filter-invalid"),
        ("variables=x_gt_true", "variable-filter-invalid"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_given_a_wrong_query_when_it_comes_then_it_is_refused(api: Api, query: str, code: str) -> None:
    answer = api.client.get(f"/process-instances?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code), answer.text


@pytest.mark.parametrize("path", ["/process-instances/%00", "/process-instances/a%FFb", "/user-tasks/%ED%B0%80.1"])
def test_given_a_path_that_is_no_text_when_it_is_asked_for_then_it_is_refused(sqlite_api: Api, path: str) -> None:
    answer = sqlite_api.client.get(path)
    assert (answer.status_code, answer.json()["code"]) in ((400, "nul-character"), (400, "address-invalid"))


def test_given_large_and_odd_values_when_they_are_kept_then_they_come_back_as_they_were(api: Api) -> None:
    api.deploy(ONE_TASK)
    values = (
        b'{"text":"' + b"x" * 1_000_000 + b'","int":' + b"9" * 4_000 + b',"decimal":1.' + b"0" * 5_000 + b"1,"
        b'"__class__":{"__dict__":[]},"id":1,"instance_id":2,"self":null,"a.b":[],"\\ud83d\\ude00":"\xf0\x9f\x98\x80",'
        b'"same":1,"same":2}'
    )
    content = START % values
    answer = api.client.post("/process-instances", content=content, headers=JSON)
    assert answer.status_code == 201, answer.text
    kept = api.client.get(f"/process-instances/{answer.json()['id']}/variables")
    assert from_json(kept.content)["variables"] == from_json(values)


def deploy(api: Api, *files: tuple[str, bytes], **data: str) -> Any:
    began = time.monotonic()
    answer = api.client.post("/deployments", files=[("files", file) for file in files], data=data)
    assert time.monotonic() - began < 10
    return answer.json()


def _zip_bomb() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("p.bpmn", b" " * 10_000_000)
    return packed.getvalue()


ENTITY = '<!DOCTYPE x [<!ENTITY a "b">%s]>'
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", ""),
        (b"not xml", ""),
        (b"<definitions", ""),
        (b'<?xml version="1.0" encoding="nonsense"?><x/>', ""),
        (_zip_bomb(), ""),
        (ONE_TASK.replace(b"?>", b"?><!DOCTYPE definitions>"), "DOCTYPE"),
        (ONE_TASK.replace(b"?>", f"?>{ENTITY % LAUGHS}".encode()).replace(b"Do it", b"&l9;"), "DOCTYPE"),
        (
            ONE_TASK.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>').replace(
                b"Do it", b"&f;"
            ),
            "DOCTYPE",
        ),
        (f"{HEAD}{'<extensionElements>' * 5_000}{'</extensionElements>' * 5_000}</definitions>".encode(), ""),
        (process(chain('<startEvent id="s"/>', '<userTask id="s"/>')), "s"),
        (process('<startEvent id="s"/><sequenceFlow id="f" sourceRef="s" targetRef="nowhere"/>'), "nowhere"),
    ],
)
def test_given_a_hostile_or_broken_diagram_when_it_is_deployed_then_it_is_refused(
    started: Api, content: bytes, said: str
) -> None:
    problem = deploy(started, ("p.bpmn", content))
    assert (problem["status"], problem["code"]) == (422, "invalid-model"), problem
    messages = [entry["message"] for entry in problem["report"]["entries"] if entry["status"] == "refused"]
    assert messages
    assert any(said in message for message in messages), messages
    assert "root:" not in str(problem)


@pytest.mark.parametrize(
    ("files", "data", "code"),
    [
        ([], {"name": "x"}, "unsupported-media-type"),
        ([("", ONE_TASK)], {}, "form-invalid"),
        ([("p.bpmn", ONE_TASK), ("p.bpmn", ONE_TASK)], {}, "form-invalid"),
        ([("p.bpmn", ONE_TASK)], {"nonsense": "1"}, "form-invalid"),
        ([("p.bpmn", ONE_TASK)], {"filterDuplicates": "maybe"}, "form-invalid"),
        ([("p.bpmn", ONE_TASK)], {"name": ""}, "form-invalid"),
        ([("p.bpmn", ONE_TASK)], {"name": "x" * 256}, "form-invalid"),
        ([("p.bpmn", ONE_TASK)], {"name": "a\0b"}, "nul-character"),
        ([("x" * 256, ONE_TASK)], {}, "file-name-invalid"),
    ],
)
def test_given_a_wrong_form_when_it_is_uploaded_then_it_is_refused(
    started: Api, files: list[tuple[str, bytes]], data: dict[str, str], code: str
) -> None:
    assert deploy(started, *files, **data)["code"] == code


def test_given_a_form_without_end_when_it_is_uploaded_then_it_is_refused(started: Api) -> None:
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=x; charset=utf-16",
        "multipart/form-data; boundary=x",
    ):
        for content in (b"", b"--x", b'--x\r\nContent-Disposition: form-data; name="a"; filename="b"\r\n\r\n\xff'):
            assert refused(started, content, {"Content-Type": kind}, "/deployments")["status"] == 400


def test_given_elements_named_like_internals_when_they_run_then_they_are_elements_like_others(api: Api) -> None:
    api.deploy(process(chain('<startEvent id="Start"/>', '<userTask id="Root"/>', '<endEvent id="End"/>')))
    started = api.start("p", {"__builtins__": 1, "execution": 2})
    assert api.task()["elementId"] == "Root"
    assert api.post(f"/user-tasks/{api.task()['id']}/complete")["state"] == "completed"
    assert api.instance(started["id"])["ends"] == ["End"]


def test_given_a_process_that_calls_itself_when_it_starts_then_it_ends_in_an_incident_and_the_server_lives(
    api: Api,
) -> None:
    api.deploy(process(chain('<startEvent id="s"/>', '<callActivity id="c" calledElement="p"/>')))
    began = time.monotonic()
    api.start()
    api.work_off()
    assert time.monotonic() - began < 10
    (incident,) = api.get("/incidents", resolved="false")["items"]
    assert incident["elementId"] == "c"


def test_given_a_loop_that_never_waits_when_it_starts_then_it_ends_in_an_incident_and_the_server_lives(
    database_url: str,
) -> None:
    diagram = process(
        '<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="t"/><task id="t"/>'
        '<sequenceFlow id="b" sourceRef="t" targetRef="t"/>'
    )
    with Api(database_url, max_steps=100, step_ceiling=1_000) as api:
        api.deploy(diagram)
        api.start()
        api.work_off()
        (incident,) = api.get("/incidents", resolved="false")["items"]
        assert incident["elementId"] == "t"


def test_given_a_condition_over_hostile_text_when_it_is_evaluated_then_it_is_only_text(api: Api) -> None:
    api.deploy(COUNTS)
    api.start("counts", {"amount": "${''.getClass().forName('java.lang.Runtime')}"})
    (incident,) = api.get("/incidents", resolved="false")["items"]
    assert incident["kind"] == "condition-failed"
