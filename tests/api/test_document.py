"""The OpenAPI document: complete, true, and every request that can be made from it is answered without a bug."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from app.config import Settings
from app.main import create_app
from tests.api.client import Api
from tests.api.diagrams import COUNTS, GRADES, OFFERED, PAYMENT, TIMER
from tests.driver import files_of
from tests.server import RunningServer

DOCUMENT: dict[str, Any] = create_app(Settings(database_url="sqlite://")).openapi()
OPERATIONS = {
    operation["operationId"]: (path, method, operation)
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
}
OURS = {name: found for name, found in OPERATIONS.items() if found[0].startswith("/api/v1/")}
WITHOUT_KEY = {"fetchAndLockExternalTasks", "evaluateDecision", "evaluateExpression", "evaluateLatestDecision"}
load_all_checks()
TRUE = CHECKS.get_by_names(
    ["not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance"]
)


@pytest.mark.parametrize("name", OURS)
def test_given_an_operation_when_it_is_read_about_then_name_summary_examples_and_refusals_are_there(name: str) -> None:
    _, method, operation = OURS[name]
    assert name[0].islower()
    assert name.isalnum()
    assert operation["summary"]
    assert operation["description"]
    assert len(operation["tags"]) == 1
    for status, answer in operation["responses"].items():
        for kind, content in answer.get("content", {}).items():
            assert status == "default" or "example" in content or kind not in ("application/json",), status
            if status not in ("200", "201", "204", "503"):
                assert kind == "application/problem+json"
    keyed = {parameter["name"] for parameter in operation.get("parameters", ())} & {"Idempotency-Key"}
    assert bool(keyed) == (method == "post" and name not in WITHOUT_KEY)


@pytest.mark.parametrize("name", OURS)
def test_given_an_operation_when_it_is_read_about_then_its_examples_are_of_their_schemas(name: str) -> None:
    operation = OURS[name][2]
    contents = [answer.get("content", {}) for answer in operation["responses"].values()]
    shown = [
        (content["schema"], [content["example"]])
        for kinds in contents
        for content in kinds.values()
        if "example" in content
    ]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if body is not None:
        shape = DOCUMENT["components"]["schemas"][body["schema"]["$ref"].rpartition("/")[2]]
        shown.append((shape, shape["examples"]))
    assert shown or operation["responses"].get("204")
    for schema, examples in shown:
        for example in examples:
            Draft202012Validator({**schema, "components": DOCUMENT["components"]}).validate(example)


@pytest.fixture
def server(database_url: str) -> Iterator[RunningServer]:
    """A server with something of every kind, that never lets anybody wait."""
    with RunningServer(database_url, max_wait_seconds=0.05) as found:
        yield found


@pytest.mark.parametrize("examples", [5, pytest.param(200, marks=pytest.mark.fuzz)])
def test_given_any_request_of_the_document_when_it_is_sent_then_the_answer_is_as_documented_and_no_bug(
    server: RunningServer, examples: int
) -> None:
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    session = requests.Session()
    for name in OURS:
        operation = schema.find_operation_by_id(name)
        _try(server, session, operation, GenerationMode.POSITIVE, examples)
        if _can_be_wrong(OURS[name][2]):
            _try(server, session, operation, GenerationMode.NEGATIVE, examples)
    assert server.process.poll() is None
    assert not [line for line in server.lines if "request-failed" in line]


def _can_be_wrong(operation: dict[str, Any]) -> bool:
    """Whether there is more to it than a path, which may be any text."""
    return "requestBody" in operation or any(found["in"] == "query" for found in operation.get("parameters", ()))


def _try(server: RunningServer, session: requests.Session, operation: Any, mode: GenerationMode, examples: int) -> None:
    known = _known(server)

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(case=operation.as_strategy(generation_mode=mode), really=st.booleans())
    def check(case: Any, really: bool) -> None:
        if really:
            case.path_parameters.update(
                {name: known.get((operation.path, name), value) for name, value in case.path_parameters.items()}
            )
        answer = case.call(base_url=server.address, session=session)
        case.validate_response(answer, checks=TRUE)

    check()


def _known(server: RunningServer) -> dict[tuple[str, str], str]:
    """Ids of something of every kind, made anew since others may be used up, by path and parameter."""
    client = server.client
    files = [("files", file) for file in files_of((COUNTS, OFFERED, PAYMENT, TIMER, GRADES)).items()]
    deployment = client.post("/deployments", files=files, data={"name": "d"}).json()
    variables = {"urgency": 1, "due": "2030-01-01T00:00:00Z"}
    started = [
        client.post(f"/process-definitions/{found['id']}/start", json={"variables": variables}).json()["id"]
        for found in deployment["processDefinitions"]
    ]
    decision = deployment["decisions"][0]["id"]
    ids = {
        "decisions": decision,
        "decision-evaluations": client.post(f"/decisions/{decision}/evaluate", json={}).json()["evaluationId"],
        "deployments": deployment["id"],
        "process-definitions": deployment["processDefinitions"][0]["id"],
        "process-instances": started[1],
        "user-tasks": client.get("/user-tasks", params={"processInstanceId": started[1]}).json()["items"][0]["id"],
        "external-tasks": client.get("/external-tasks", params={"processInstanceId": started[2]}).json()["items"][0][
            "id"
        ],
        "jobs": client.get("/jobs", params={"processInstanceId": started[3]}).json()["items"][0]["id"],
        "incidents": client.get("/incidents", params={"processInstanceId": started[0]}).json()["items"][0]["id"],
    }
    named = {"key": "payment", "version": "1", "name": "diagram0.bpmn", "element": "work"}
    by_noun = {"decisions": {**named, "key": "grade"}}
    return {
        (path, name): by_noun.get(path.split("/")[3], named).get(name) or ids[path.split("/")[3]]
        for path, _, _ in OURS.values()
        for name in ("id", *named)
        if f"{{{name}}}" in path
    }


def test_given_the_bare_address_when_a_browser_opens_it_then_it_comes_to_the_documentation(sqlite_api: Api) -> None:
    answer = sqlite_api.client.get("http://localhost:8080/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")
    assert sqlite_api.client.get("http://localhost:8080/docs").status_code == 200
