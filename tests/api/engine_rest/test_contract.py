"""Every operation answers what the published schema says, and heeds or refuses every name in it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from app.api.engine_rest.operations import OPERATIONS, PUBLISHED
from app.api.engine_rest.routing import Operation
from tests.api.engine_rest import contract
from tests.api.engine_rest.client import Rest
from tests.api.engine_rest.world import World, build, path_of

# Names that this server takes besides: Camunda's own spelling, and what Camunda takes without publishing it.
BESIDE = {"camundaFormRef", "rootProcessInstanceId", "withCommentAttachmentInfo"} | {
    "withTaskVariablesInReturn",
    "withTaskLocalVariablesInReturn",
}
NAMES = {f"{operation.method} {operation.path}": operation for operation in OPERATIONS}
# Plausible values; a filter must find at least one of them acceptable.
CANDIDATES: tuple[Any, ...] = (
    "a",
    "true",
    "5",
    "2026-01-02T03:04:05.000+0200",
    "text_eq_a",
    "gt_2026-01-02T03:04:05.000+0200",
    "PENDING",
    "resolved",
)
LISTS = sorted(name for name in NAMES if name.startswith("GET") and contract.OPERATIONS[name].get("query"))


def test_given_the_routes_when_compared_then_they_are_the_published_ones() -> None:
    assert set(NAMES) == set(contract.OPERATIONS)
    assert all(operation.method in PUBLISHED[operation.path] for operation in OPERATIONS)
    assert len(PUBLISHED) == 305


@pytest.mark.parametrize("name", sorted(NAMES))
def test_given_an_operation_when_its_fields_are_compared_then_each_published_one_is_heeded_or_refused(
    name: str,
) -> None:
    operation = NAMES[name]
    for part, taken in (("query", operation.query), ("body", operation.body)):
        published = set(contract.OPERATIONS[name].get(part, ()))
        assert published - taken.served - taken.refused == set()
        assert (taken.served | taken.refused) - published - BESIDE == set()
        assert taken.served & taken.refused == set()


def test_given_a_world_when_everything_in_it_is_read_then_the_answers_keep_to_the_schema(rest: Rest) -> None:
    world = build(rest)
    reads = [operation for operation in OPERATIONS if operation.method == "GET"]
    assert len(reads) > 100
    for operation in reads:
        answer = rest.client.get(path_of(operation.path, world), params=_required(operation))
        assert answer.status_code in (200, 204, 400, 404), (operation.path, answer.text)
        if answer.status_code == 400:
            assert operation.path.endswith(("deployed-start-form", "/data")), (operation.path, answer.text)


def _required(operation: Operation) -> dict[str, str]:
    return {"userId": "ada"} if operation.path == "/identity/groups" else {}


def test_given_a_world_when_lists_are_asked_for_by_a_body_then_it_is_as_by_a_query(rest: Rest) -> None:
    build(rest)
    for operation in OPERATIONS:
        is_list = operation.method == "POST" and operation.kind == "read" and operation.path.partition("/count")[0]
        if not is_list or operation.path == "/identity/verify":
            continue
        assert rest.post(operation.path, {}) == rest.get(operation.path), operation.path


def test_given_a_world_when_filters_are_used_then_each_takes_some_value_and_none_breaks_the_server(rest: Rest) -> None:
    world = build(rest)
    tried = 0
    for name in LISTS:
        operation = NAMES[name]
        path = path_of(operation.path, world)
        for field in sorted(set(contract.OPERATIONS[name]["query"]) - operation.query.refused - _PAGING):
            statuses = set()
            for value in CANDIDATES:
                answer = rest.client.get(path, params={**_required(operation), field: value})
                statuses.add(answer.status_code)
                if answer.status_code < 400:
                    break
            assert max(statuses) < 500, (name, field)
            assert statuses & {200, 204, 404}, (name, field, statuses)
            tried += 1
    assert tried > 600


_PAGING = {"sortBy", "sortOrder", "firstResult", "maxResults"}


# Published orders that are refused by name: by variables of inner scopes, which have no order here, and by a variable
# that is not named.
UNORDERED = {
    (operation, order)
    for operation in ("GET /task", "POST /task", "POST /task/count")
    for order in ("processVariable", "executionVariable", "taskVariable")
}


def test_given_a_world_when_lists_are_sorted_by_every_published_name_then_it_works_or_is_refused_by_name(
    rest: Rest,
) -> None:
    world = build(rest)
    tried = 0
    for name, published in sorted(contract.OPERATIONS.items()):
        operation = NAMES[name]
        for order in published.get("sort", ()):
            refused = (name, order) in UNORDERED
            for direction in ("asc", "desc"):
                how = {"sortBy": order, "sortOrder": direction}
                answer = _sorted(rest, operation, path_of(operation.path, world), how)
                assert answer.status_code == (400 if refused else 200), (name, how, answer.text)
                if refused:
                    assert order in answer.json()["message"]
                tried += 1
    assert tried > 400


def _sorted(rest: Rest, operation: Operation, path: str, how: dict[str, str]) -> Any:
    if operation.method == "GET":
        return rest.client.get(path, params=how)
    return rest.client.post(path, json={"sorting": [how], "workerId": "w", "topics": []})


@pytest.mark.parametrize("how", [{"sortBy": "nonsense", "sortOrder": "asc"}, {"sortBy": "id"}, {"sortOrder": "asc"}])
def test_given_a_list_when_sorted_by_nonsense_or_half_a_wish_then_it_is_refused(
    shared_rest: tuple[Rest, World], how: dict[str, str]
) -> None:
    rest, _ = shared_rest
    for name, published in contract.OPERATIONS.items():
        if "sort" in published and "{" not in name and not name.endswith("/count"):
            answer = _sorted(rest, NAMES[name], NAMES[name].path, how)
            assert answer.status_code == 400, (name, answer.text)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_given_an_operation_when_it_is_sent_to_what_does_not_exist_then_it_says_so_in_the_dialects_shape(
    name: str, shared_rest: tuple[Rest, World]
) -> None:
    rest, _ = shared_rest
    operation = NAMES[name]
    path = re.sub(r"\{[^}]*\}", "01234567-0123-7123-8123-0123456789ab", operation.path)
    answer = rest.client.request(operation.method, path, json={} if operation.method != "GET" else None)
    assert answer.status_code < 500, answer.text


@pytest.fixture(scope="module")
def shared_rest(sqlite_template: Any, tmp_path_factory: Any) -> Any:
    """One server for many requests that change nothing."""
    path = tmp_path_factory.mktemp("shared") / "shared.db"
    path.write_bytes(sqlite_template.read_bytes())
    with Rest(f"sqlite:///{path}") as rest:
        yield rest, None
