"""What people do with their tasks."""

from __future__ import annotations

import pytest

from app.commands import user_tasks
from app.errors import InvalidRequest, InvalidState, NotFound
from app.queries import user_tasks as queries
from tests.driver import ONE_TASK, Driver, chain, process

OFFERED = process(
    chain(
        '<startEvent id="s"/>',
        '<userTask id="work" camunda:candidateUsers="mary" camunda:candidateGroups="sales,support" '
        'camunda:priority="70"/>',
        '<endEvent id="e"/>',
    )
)


def claim(driver: Driver, task_id: str, user: str, version: int | None = None) -> user_tasks.Assigned:
    return driver.write(lambda tx: user_tasks.claim(tx, task_id, user=user, expected_version=version), actor=user)


def test_a_claimed_task_cannot_be_claimed_by_somebody_else(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    driver.start()
    task = driver.task()
    assert claim(driver, task.id, "mary").assignee == "mary"
    assert claim(driver, task.id, "mary").version == 3
    with pytest.raises(InvalidState) as refused:
        claim(driver, task.id, "john")
    assert refused.value.details == {"assignee": "mary"}


def test_an_unclaimed_task_is_free_again(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    driver.start()
    task = driver.task()
    claim(driver, task.id, "mary")
    driver.write(lambda tx: user_tasks.unclaim(tx, task.id))
    assert driver.task().assignee is None
    assert claim(driver, task.id, "john").assignee == "john"


def test_whoever_expects_another_version_changes_nothing(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    driver.start()
    task = driver.task()
    claim(driver, task.id, "mary", version=1)
    with pytest.raises(InvalidState) as refused:
        driver.complete(task.id, expected_version=1)
    assert (refused.value.code, refused.value.details) == ("version-conflict", {"version": 2})
    assert driver.complete(task.id, expected_version=2).status == "completed"


def test_a_completed_task_is_not_found_any_more(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    driver.start()
    task = driver.task()
    driver.complete(task.id)
    with pytest.raises(NotFound):
        driver.complete(task.id)
    with pytest.raises(NotFound):
        claim(driver, task.id, "mary")


@pytest.mark.parametrize(
    "task_id", ["", "x", "1.2", "01a201b8-400e-7446-bc88-fb3c422f75c8.1", "a" * 36 + ".99999999999"]
)
def test_a_task_id_that_names_nothing_is_not_found(driver: Driver, task_id: str) -> None:
    with pytest.raises(NotFound):
        driver.complete(task_id)


@pytest.mark.parametrize("user", ["", "x" * 256, "a\0b"])
def test_a_task_is_not_given_to_an_impossible_user(driver: Driver, user: str) -> None:
    driver.deploy(ONE_TASK)
    driver.start()
    with pytest.raises(InvalidRequest):
        claim(driver, driver.task().id, user)


def test_tasks_are_found_by_those_who_may_take_them(driver: Driver) -> None:
    driver.deploy(OFFERED)
    driver.start()
    (task,) = driver.tasks(candidate_groups=("support",))
    assert task.priority == 70
    assert driver.tasks(candidate_user="mary") == [task]
    assert driver.tasks(candidate_user="john", candidate_groups=("legal",)) == []
    named = driver.read(lambda tx: queries.candidates(tx, [task.id])[task.id])
    assert named == queries.Candidates(("mary",), ("sales", "support"))
    driver.complete(task.id)


def test_the_history_says_who_did_what(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    started = driver.start()
    task = driver.task()
    claim(driver, task.id, "mary")
    driver.write(lambda tx: user_tasks.complete(tx, task.id), actor="mary")
    told = [
        (entry.actor, entry.kind, entry.details.get("user"))
        for entry in driver.history(started.id, "claim-user-task", "complete-user-task")
    ]
    assert told == [("mary", "claim-user-task", "mary"), ("mary", "complete-user-task", None)]
