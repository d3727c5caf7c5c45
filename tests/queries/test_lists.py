"""Lists in pages, with filters, in a stable order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from app.clock import to_millis
from app.commands import user_tasks
from app.db import Transaction
from app.errors import InvalidRequest, NotFound
from app.queries import external_tasks, incidents, jobs, process_instances
from app.queries import history as history_queries
from app.queries import user_tasks as task_queries
from app.queries import variables as variable_queries
from app.queries.page import Page, Paging
from tests.driver import MONDAY, ONE_TASK, Driver, chain, process

DUE = process(
    chain('<startEvent id="s"/>', '<userTask id="work" camunda:dueDate="${due}" camunda:priority="${priority}"/>')
)


def walk(driver: Driver, query: Callable[[Transaction, Paging], Page[Any]], limit: int) -> list[list[Any]]:
    """All pages of a list."""
    pages: list[list[Any]] = []
    cursor = None
    while True:
        page = driver.read(partial(_ask, query, Paging(limit, cursor)))
        pages.append(page.items)
        cursor = page.next_cursor
        if cursor is None:
            return pages


def _ask(query: Callable[[Transaction, Paging], Page[Any]], paging: Paging, tx: Transaction) -> Page[Any]:
    return query(tx, paging)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6])
def test_pages_hold_every_instance_once_newest_first(driver: Driver, limit: int) -> None:
    driver.deploy(ONE_TASK)
    ids = [driver.start().id for _ in range(5)]
    pages = walk(driver, process_instances.list_instances, limit)
    assert [row.id for page in pages for row in page] == ids[::-1]
    assert all(len(page) == limit for page in pages[:-1])


@pytest.mark.parametrize("sorting", ["created", "-created", "due", "-priority"])
def test_tasks_are_sorted_as_asked_and_paged_without_gaps(driver: Driver, sorting: Any) -> None:
    driver.deploy(DUE)
    given = [(3, 20), (None, 90), (1, 50), (1, 50), (None, 50), (2, 70)]
    for days, priority in given:
        due = None if days is None else (MONDAY + timedelta(days=days)).isoformat()
        driver.start(variables={"due": due, "priority": priority})
    pages = walk(driver, lambda tx, paging: task_queries.list_tasks(tx, paging, sorting=sorting), 2)
    tasks = [task for page in pages for task in page]
    assert len({task.id for task in tasks}) == 6
    keys: dict[str, Callable[[Any], Any]] = {
        "created": lambda task: task.id,
        "-created": lambda task: [-ord(letter) for letter in task.id],
        "due": lambda task: (task.due_at or 2**63, task.id),
        "-priority": lambda task: (-task.priority, task.id),
    }
    assert tasks == sorted(tasks, key=keys[sorting])


@pytest.mark.parametrize("cursor", ["", "x", "§", "W10", "WzFd", "WyJhIiwiYiJd", "W3siYSI6MX1d", "WyJhXHUwMDAwIl0"])
def test_a_cursor_of_somebody_else_is_refused(driver: Driver, cursor: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        driver.read(lambda tx: task_queries.list_tasks(tx, Paging(5, cursor), sorting="due"))
    assert refused.value.code == "cursor-invalid"


def test_given_a_cursor_of_one_order_when_another_is_asked_for_then_it_is_refused(driver: Driver) -> None:
    driver.deploy(DUE)
    for _ in range(2):
        driver.start(variables={"due": None, "priority": 50})
    by_time = driver.read(lambda tx: task_queries.list_tasks(tx, Paging(1), sorting="created")).next_cursor
    with pytest.raises(InvalidRequest) as refused:
        driver.read(lambda tx: task_queries.list_tasks(tx, Paging(1, by_time), sorting="-created"))
    assert refused.value.code == "cursor-invalid"


def test_instances_are_filtered_by_all_that_is_known_of_them(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    driver.deploy(process('<startEvent id="s"/>', key="other"))
    first = driver.start(business_key="a")
    driver.travel(hours=1)
    second = driver.start("other", business_key="b")
    assert [row.id for row in driver.instances(business_key="a")] == [first.id]
    assert [row.id for row in driver.instances(definition_key="other")] == [second.id]
    assert [row.id for row in driver.instances(definition_id=first.definition_id)] == [first.id]
    assert [row.id for row in driver.instances(statuses=process_instances.RUNNING)] == [first.id]
    hour = to_millis(MONDAY + timedelta(minutes=30))
    assert [row.id for row in driver.instances(started_before=hour)] == [first.id]
    assert [row.id for row in driver.instances(started_after=hour)] == [second.id]
    assert [row.id for row in driver.instances(ended_after=hour)] == [second.id]
    assert driver.instances(ended_before=hour) == []
    assert driver.instances(with_incidents=True) == []
    assert len(driver.instances(with_incidents=False, called=False)) == 2


def test_tasks_are_filtered_by_all_that_is_known_of_them(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    started = driver.start(business_key="a", variables={"x": 1})
    other = driver.start(business_key="b")
    task = driver.tasks(process_instance_id=started.id)[0]
    driver.write(lambda tx: user_tasks.claim(tx, task.id, user="mary"))
    for filters in (
        {"business_key": "a"},
        {"assignee": "mary"},
        {"assigned": True},
        {"process_instance_id": started.id},
        {"min_priority": 50, "business_key": "a", "definition_key": "p", "element_id": "work", "suspended": False},
    ):
        assert [found.process_instance_id for found in driver.tasks(**filters)] == [started.id]
    assert [found.process_instance_id for found in driver.tasks(assigned=False)] == [other.id]
    assert driver.tasks(min_priority=51) == []
    assert driver.tasks(due_before=2**62) == []


def test_hostile_texts_find_nothing_or_are_refused(driver: Driver) -> None:
    for text in ("' OR 1=1 --", "%", "a\0b", "x" * 100_000, "\u202e"):
        try:
            assert driver.tasks(assignee=text, business_key=text) == []
        except InvalidRequest:
            assert "\0" in text


def test_what_is_not_there_is_not_found(driver: Driver) -> None:
    queries: list[Callable[[Transaction], object]] = [
        lambda tx: process_instances.get(tx, "x"),
        lambda tx: process_instances.get_details(tx, "x"),
        lambda tx: task_queries.get(tx, "x"),
        lambda tx: task_queries.variables(tx, "x"),
        lambda tx: external_tasks.get(tx, "x"),
        lambda tx: jobs.get(tx, "x"),
        lambda tx: jobs.get(tx, "7"),
        lambda tx: incidents.get(tx, "7"),
        lambda tx: history_queries.timeline(tx, "x", Paging(5)),
        lambda tx: history_queries.activities(tx, "x"),
        lambda tx: variable_queries.of_instance(tx, "x"),
        lambda tx: variable_queries.get(tx, "x", "y"),
    ]
    for query in queries:
        with pytest.raises(NotFound):
            driver.read(query)


def test_the_timeline_is_paged_without_gaps(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    started = driver.start(variables={"a": None})
    driver.complete(driver.task().id, {"b": 2})
    whole = driver.history(started.id)
    for limit in (1, 2, 7):
        pages = walk(driver, lambda tx, paging: history_queries.timeline(tx, started.id, paging), limit)
        assert [entry for page in pages for entry in page] == whole
    values = [entry.details["value"] for entry in driver.history(started.id, "variable-set")]
    assert values == [None, 2]


def test_the_activities_of_an_instance_tell_when_each_was_visited(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    started = driver.start()
    driver.travel(minutes=5)
    driver.complete(driver.task().id)
    visits = driver.read(lambda tx: history_queries.activities(tx, started.id))
    assert [(visit.element_id, visit.state) for visit in visits] == [
        ("s", "completed"),
        ("work", "completed"),
        ("e", "completed"),
    ]
    assert (visits[1].ended_at or 0) - visits[1].started_at == 5 * 60_000


def test_a_canceled_activity_is_told_as_canceled(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    started = driver.start()
    driver.cancel(started.id)
    visits = driver.read(lambda tx: history_queries.activities(tx, started.id))
    assert [(visit.element_id, visit.state) for visit in visits] == [("s", "completed"), ("work", "canceled")]


def test_a_task_sees_the_variables_of_its_scopes(driver: Driver) -> None:
    inputs = (
        "<extensionElements><camunda:inputOutput>"
        '<camunda:inputParameter name="a">inner</camunda:inputParameter></camunda:inputOutput></extensionElements>'
    )
    body = chain('<startEvent id="s1"/>', '<userTask id="work"/>')
    driver.deploy(process(chain('<startEvent id="s"/>', f'<subProcess id="sub">{inputs}{body}</subProcess>')))
    driver.start(variables={"a": "outer", "b": "outer"})
    seen = driver.read(lambda tx: task_queries.variables(tx, driver.task().id))
    assert seen == {"a": "inner", "b": "outer"}
