"""Odd and hostile input at every route of the table: a refusal in the dialect's shape, and nothing is changed.

That every answer has the shape and the exact content type of the published schema is checked by the client itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.api.engine_rest.operations import OPERATIONS
from app.api.engine_rest.routing import Operation
from tests.api.engine_rest.client import Rest, typed
from tests.api.engine_rest.world import World, build, path_of
from tests.driver import ONE_TASK

JSON = {"Content-Type": "application/json"}
CHANGING = [operation for operation in OPERATIONS if operation.method != "GET"]
LISTED = ("/deployment", "/process-definition", "/process-instance", "/task", "/external-task", "/job", "/incident")
BOUNDARY = {"Content-Type": "multipart/form-data; boundary=b"}
PART = b'--b\r\nContent-Disposition: form-data; name="data"; filename="a.bpmn"\r\n\r\n%b\r\n'
INSTANCE = "01234567-0123-7123-8123-0123456789ab"


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rest, World]]:
    """One server for thousands of requests; at the end everything in it is as it was."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.db"
    path.write_bytes(sqlite_template.read_bytes())
    with Rest(f"sqlite:///{path}") as rest:
        found = build(rest)
        before = {listed: rest.get(listed) for listed in LISTED}
        yield rest, found
        assert {listed: rest.get(listed) for listed in LISTED} == before


def ask(rest: Rest, operation: Operation, path: str, **how: Any) -> int:
    answer = rest.client.request(operation.method, path, **how)
    assert answer.status_code < 500, (operation.method, path, how, answer.text)
    return int(answer.status_code)


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"1",
        b'"a"',
        b"\xff\xfe",
        b'{"a":"\\ud800"}',
        b'{"a":"\\u0000"}',
        b'{"a":1e99999999999999999999}',
        b"[" * 5000,
        b'{"a":' * 300 + b"1" + b"}" * 300,
    ],
)
def test_given_a_body_that_is_no_object_when_sent_to_any_route_then_it_is_refused(
    world: tuple[Rest, World], body: bytes
) -> None:
    rest, found = world
    for operation in CHANGING:
        status = ask(rest, operation, path_of(operation.path, found), content=body, headers=JSON)
        assert status == (415 if operation.form else 400), operation.path


@pytest.mark.parametrize("kind", [None, "text/plain", "application/json; charset=latin-1", "multipart/form-data"])
def test_given_a_body_of_another_kind_when_sent_to_any_route_then_it_is_not_read(
    world: tuple[Rest, World], kind: str | None
) -> None:
    rest, found = world
    headers = {} if kind is None else {"Content-Type": kind}
    for operation in CHANGING:
        status = ask(rest, operation, path_of(operation.path, found), content=b'{"a":1}', headers=headers)
        assert status in ((400, 415) if operation.form else (415,)), (operation.path, status)


@pytest.mark.parametrize("value", [[[]], {"a": 1}, 5.5, 10**30, "x" * 5000])
def test_given_fields_of_the_wrong_kind_when_sent_to_any_command_then_nothing_breaks(
    world: tuple[Rest, World], value: Any
) -> None:
    rest, _ = world
    for operation in CHANGING:
        path = re.sub(r"\{[^}]*\}", INSTANCE, operation.path)
        names = sorted(operation.body.served - {"externalTaskIds", "processInstanceIds"})
        each = [] if operation.kind == "read" else [{name: value} for name in names]
        for body in (dict.fromkeys(names, value), *each):
            ask(rest, operation, path, json=body)


@pytest.mark.parametrize("value", [[[]], 5.5])
def test_given_filters_of_the_wrong_kind_when_sent_to_any_list_then_nothing_breaks(
    world: tuple[Rest, World], value: Any
) -> None:
    rest, _ = world
    for operation in CHANGING:
        if operation.kind == "read" and not operation.path.endswith("/count"):
            for name in sorted(operation.body.served):
                ask(rest, operation, operation.path, json={name: value})


@pytest.mark.parametrize(
    "piece",
    ["x", "%20", "%C3%BC", "a" * 3000, "'; drop table job", ":", "1" * 40, "-1", f"{INSTANCE}.{'9' * 30}", "%00"],
)
def test_given_an_id_of_nothing_when_put_into_any_address_then_it_is_not_found(
    world: tuple[Rest, World], piece: str
) -> None:
    rest, _ = world
    for operation in OPERATIONS:
        if "{" in operation.path:
            how: dict[str, Any] = {} if operation.method == "GET" else {"json": {}}
            ask(rest, operation, re.sub(r"\{[^}]*\}", lambda _: piece, operation.path), **how)
            # An empty piece names nothing.
            empty = re.sub(r"\{[^}]*\}", "", operation.path)
            if "//" in empty:
                assert ask(rest, operation, empty, **how) == 404, empty


@pytest.mark.parametrize("value", ["--5", "%_\\"])
def test_given_odd_values_when_asked_for_by_any_parameter_then_nothing_breaks(
    world: tuple[Rest, World], value: str
) -> None:
    rest, found = world
    for operation in OPERATIONS:
        if operation.method == "GET" and not operation.path.endswith("/count"):
            path = path_of(operation.path, found)
            for name in sorted(operation.query.served | operation.query.refused):
                ask(rest, operation, path, params={name: value})


LISTS = [operation for operation in OPERATIONS if {"firstResult", "maxResults"} <= operation.query.served]


@pytest.mark.parametrize(
    "query",
    ["firstResult=-1", "maxResults=-1", "maxResults=2147483648", "firstResult=99999999999999999999", "maxResults=x"],
)
def test_given_a_part_that_cannot_be_when_any_list_is_asked_for_it_then_it_is_refused(
    world: tuple[Rest, World], query: str
) -> None:
    rest, found = world
    assert len(LISTS) > 30
    for operation in LISTS:
        how: dict[str, Any] = {} if operation.method == "GET" else {"json": {}}
        assert ask(rest, operation, f"{path_of(operation.path, found)}?{query}", **how) == 400, operation.path


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"topics": [{"includeExtensionProperties": "x"}]}, "includeExtensionProperties"),
        ({"topics": [{"deserializeValues": "x"}]}, "deserializeValues"),
        ({"usePriority": "x"}, "usePriority"),
        (
            {"sorting": [{"sortBy": "createTime", "sortOrder": "asc"}, {"sortBy": "name", "sortOrder": "asc"}]},
            "sorting",
        ),
    ],
)
def test_given_a_wrong_wish_when_work_is_fetched_then_nothing_is_lent(
    rest: Rest, wrong: dict[str, Any], said: str
) -> None:
    world = build(rest)
    (topic,) = wrong.get("topics", [{}])
    topics = [{"topicName": "pay", "lockDuration": 60_000, **topic}]
    body = {"workerId": "w", "maxTasks": 5, **wrong, "topics": topics}
    assert said in rest.post("/external-task/fetchAndLock", body, status=400)["message"]
    assert rest.get(f"/external-task/{world.external_task}")["workerId"] is None


def test_given_numbers_that_clients_could_not_read_when_sent_then_they_are_refused(rest: Rest) -> None:
    world = build(rest)
    task, work, job = f"/task/{world.task}", f"/external-task/{world.external_task}", f"/job/{world.job}"
    for number in (2**31, -(2**31) - 1):
        rest.put(task, {"priority": number}, status=400)
        rest.put(f"{work}/retries", {"retries": number}, status=400)
        rest.put(f"{job}/retries", {"retries": number}, status=400)
        rest.post(f"{work}/failure", {"workerId": "w", "retries": number}, status=400)
    rest.put(task, {"priority": 2**31 - 1})
    rest.put(f"{work}/priority", {"priority": 2**40})
    assert rest.get(task)["priority"] == 2**31 - 1


def test_given_flags_and_orders_that_are_none_when_sent_where_they_change_nothing_then_they_are_told(
    rest: Rest,
) -> None:
    build(rest)
    wrong: list[Any] = [{}, [{"sortBy": "nonsense", "sortOrder": "asc"}], [{"sortBy": "instanceId"}]]
    for path in ("/task", "/task/count"):
        rest.get(path, status=400, includeAssignedTasks="perhaps")
        rest.post(path, {"withoutTenantId": "perhaps"}, status=400)
    for path in ("/task/count", "/process-instance/count", "/history/task/count", "/history/variable-instance/count"):
        for sorting in wrong:
            rest.post(path, {"sorting": sorting}, status=400)
        rest.post(path, {"sorting": []}, status=200)
    rest.post("/process-instance", {"variables": [{"operator": "eq", "value": 1}]}, status=400)
    body = {"startInstructions": [{"type": "startBeforeActivity", "activityId": "s"}], "skipIoMappings": True}
    assert "skipIoMappings" in rest.post("/process-definition/key/order/start", body, status=400)["message"]
    rest.post("/process-definition/key/order/start", {**body, "skipIoMappings": False}, status=200)
    rest.post("/process-definition/key/order/start", {"skipCustomListeners": "perhaps"}, status=400)


def test_given_a_parameter_twice_when_sent_then_the_first_counts(world: tuple[Rest, World]) -> None:
    rest, _ = world
    assert len(rest.client.get("/process-definition?maxResults=1&maxResults=2&key=order&key=work").json()) == 1


MANY = [f"{INSTANCE}.{number}" for number in range(2_500)]
CONDITIONS = [{"name": f"v{number}", "operator": "eq", "value": number} for number in range(1_000)]
NUMBERS = {f"v{number}": number for number in range(1_000)}
FETCH = {"workerId": "w", "maxTasks": 1}
TOPIC = {"topicName": "pay", "lockDuration": 1000}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/task", {"taskIdIn": MANY}),
        ("/task", {"processVariables": CONDITIONS}),
        ("/task", {"orQueries": [{"assignee": "a", "owner": "b"}] * 1_000}),
        ("/task", {"nameLike": "%_" * 60_000}),
        ("/task", {"sorting": [{"sortBy": "id", "sortOrder": "asc"}] * 100}),
        ("/task", {"dueBefore": "9999-12-31T23:59:59.000-1400"}),
        ("/process-instance", {"variables": CONDITIONS}),
        ("/variable-instance", {"executionIdIn": MANY}),
        ("/variable-instance", {"variableValues": CONDITIONS}),
        ("/history/task", {"orQueries": [{"taskName": "a"}] * 1_000}),
        ("/history/task", {"taskNameLike": "%a" * 5_000}),
        ("/history/variable-instance", {"processInstanceIdIn": MANY}),
        ("/history/process-instance", {"processInstanceIds": MANY}),
        ("/message", {"messageName": "m", "correlationKeys": {name: {"value": n} for name, n in NUMBERS.items()}}),
        ("/external-task/fetchAndLock", {**FETCH, "topics": [TOPIC] * 1_000}),
        ("/external-task/fetchAndLock", {**FETCH, "topics": [{**TOPIC, "lockDuration": 2**62}]}),
        ("/external-task/fetchAndLock", {**FETCH, "topics": [{**TOPIC, "processDefinitionIdIn": MANY}]}),
        (
            "/external-task/fetchAndLock",
            {**FETCH, "topics": [{**TOPIC, "processVariables": {f"v{n}": n for n in range(999)}}]},
        ),
        ("/external-task/fetchAndLock", {**FETCH, "topics": [], "asyncResponseTimeout": -1}),
    ],
)
def test_given_far_too_much_of_something_when_asked_for_then_it_is_refused(rest: Rest, path: str, body: Any) -> None:
    assert rest.post(path, body, status=400)["message"]


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (PART % b"x", "no closing boundary"),
        (PART % ONE_TASK + PART.replace(b"a.bpmn", b"b.bpmn") % b"half of", "no closing boundary"),
        (PART % ONE_TASK + PART % ONE_TASK + b"--b--\r\n", "more than once"),
        (b"junk", "cannot be used"),
        (b"", "cannot be used"),
        (b"--b--\r\n", "No deployment resources"),
    ],
)
def test_given_a_form_that_is_cut_short_or_says_things_twice_when_deployed_then_nothing_is(
    rest: Rest, form: bytes, said: str
) -> None:
    answer = rest.client.post("/deployment/create", content=form, headers=BOUNDARY)
    assert (answer.status_code, said in answer.json()["message"]) == (400, True), answer.text
    assert rest.get("/deployment/count") == {"count": 0}


def test_given_a_form_that_is_cut_short_when_attached_or_set_then_nothing_is(rest: Rest) -> None:
    found = build(rest)
    part = b'--b\r\nContent-Disposition: form-data; name="%b"\r\n\r\nx\r\n'
    for path, name in (
        (f"/task/{found.task}/attachment/create", b"content"),
        (f"/task/{found.task}/variables/cut/data", b"data"),
        (f"/process-instance/{found.instance}/variables/cut/data", b"data"),
        (f"/execution/{found.task}/localVariables/cut/data", b"data"),
    ):
        for form in (part % name, (part % name) * 2 + b"--b--\r\n"):
            answer = rest.client.post(path, content=form, headers=BOUNDARY)
            assert answer.status_code == 400, (path, answer.text)
    assert len(rest.get(f"/task/{found.task}/attachment")) == 1
    rest.get(f"/task/{found.task}/variables/cut", status=404)


def test_given_a_kind_of_file_that_no_header_can_say_when_its_content_is_read_then_it_comes_without_it(
    rest: Rest,
) -> None:
    rest.deploy(ONE_TASK)
    odd = {"mimetype": "text/plain\r\nX-Other: a", "encoding": "ü"}
    paper = typed("File", "aGVsbG8=", filename="ü\r\n.txt", **odd)
    instance_id = rest.start("p", {"paper": paper})["id"]

    answer = rest.client.get(f"/process-instance/{instance_id}/variables/paper/data")

    assert (answer.status_code, answer.content) == (200, b"hello")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert "x-other" not in answer.headers
    assert 'filename="___.txt"' in answer.headers["content-disposition"]
