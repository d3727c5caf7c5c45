"""Timers and other due work: done once, repeated on failure, given up with an incident."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import queue
from app.clock import from_millis
from app.commands import incidents, jobs
from app.engine import jobs as engine_jobs
from app.engine.instances import Locked
from app.engine.work import Work
from app.errors import InvalidState, NotFound
from app.queue import Job, Outcome
from tests.driver import MONDAY, Driver, chain, process

START, END = '<startEvent id="s"/>', '<endEvent id="e"/>'
HOUR = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
WAIT = process(
    chain(START, f'<intermediateCatchEvent id="wait">{HOUR}</intermediateCatchEvent>', '<userTask id="work"/>', END)
)
ESCALATES = process(
    chain(START, '<userTask id="work"/>', END)
    + f'<boundaryEvent id="late" attachedToRef="work">{HOUR}</boundaryEvent><userTask id="boss"/>'
    '<sequenceFlow id="g" sourceRef="late" targetRef="boss"/>'
)
REMINDS = process(
    chain(START, '<userTask id="work"/>', END)
    + '<boundaryEvent id="late" attachedToRef="work" cancelActivity="false"><timerEventDefinition>'
    "<timeCycle>R3/PT1H</timeCycle></timerEventDefinition></boundaryEvent><userTask id="
    '"remind"/><sequenceFlow id="g" sourceRef="late" targetRef="remind"/>'
)


def test_a_timer_fires_when_it_is_due_and_not_before(driver: Driver) -> None:
    driver.deploy(WAIT)
    driver.start()
    (job,) = driver.jobs()
    assert (job.kind, job.element_id) == ("timer", "wait")
    assert from_millis(job.due_at) == MONDAY + timedelta(hours=1)
    assert driver.travel(minutes=59) == 0
    assert driver.tasks() == []
    assert driver.travel(minutes=1) == 1
    assert len(driver.tasks()) == 1
    assert driver.jobs() == []


def test_a_deadline_takes_the_task_away(driver: Driver) -> None:
    driver.deploy(ESCALATES)
    driver.start()
    driver.travel(hours=1)
    assert [task.element_id for task in driver.tasks()] == ["boss"]


def test_a_completed_task_takes_its_deadline_along(driver: Driver) -> None:
    driver.deploy(ESCALATES)
    driver.start()
    driver.complete(driver.task().id)
    assert driver.jobs() == []


def test_a_cycle_reminds_as_often_as_it_says(driver: Driver) -> None:
    driver.deploy(REMINDS)
    driver.start()
    for _ in range(5):
        driver.travel(hours=1)
    assert len(driver.tasks(element_id="remind")) == 3
    assert driver.jobs() == []


def test_a_job_that_one_worker_claimed_is_left_alone_by_others_until_its_lease_ends(driver: Driver) -> None:
    driver.deploy(WAIT)
    driver.start()
    driver.clock.advance(timedelta(hours=1))

    def claim(tx: Work, owner: str) -> list[queue.Claimed]:
        return queue.claim(tx, now=tx.millis, lease_end=tx.millis + 60_000, owner=owner, limit=10)

    (dead,) = driver.write(lambda tx: claim(tx, "dead"))
    assert driver.write(lambda tx: claim(tx, "alive")) == []
    driver.clock.advance(timedelta(seconds=60))
    (taken,) = driver.write(lambda tx: claim(tx, "alive"))
    driver.runtime.perform(dead)
    assert driver.tasks() == []
    driver.runtime.perform(taken)
    assert len(driver.tasks()) == 1


class Broken(Exception):
    pass


def breaks(_tx: Work, _job: Job, _row: Locked) -> Outcome:
    raise Broken


def test_a_failing_job_is_tried_again_with_pauses_and_then_becomes_an_incident(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.deploy(WAIT)
    started = driver.start()
    monkeypatch.setitem(engine_jobs._ADVANCES, "timer", breaks)
    assert driver.travel(hours=1) == 1
    assert driver.jobs()[0].retries == 2
    assert driver.travel(seconds=9) == 0
    assert driver.travel(seconds=1) == 1
    assert driver.travel(seconds=19) == 0
    assert driver.travel(seconds=1) == 1
    (job,) = driver.jobs(failed=True)
    assert (job.retries, job.ready_at, job.error) == (0, None, "internal error: Broken")
    (incident,) = driver.incidents()
    assert (incident.kind, incident.process_instance_id) == ("retries-exhausted", started.id)
    assert driver.travel(days=1) == 0
    monkeypatch.undo()
    driver.write(lambda tx: incidents.resolve(tx, incident.id))
    driver.work_off()
    assert len(driver.tasks()) == 1
    assert driver.incidents() == []


def test_an_operator_moves_a_timer(driver: Driver) -> None:
    driver.deploy(WAIT)
    driver.start()
    (job,) = driver.jobs()
    driver.write(lambda tx: jobs.set_due(tx, job.id, due_millis=tx.millis))
    driver.work_off()
    assert len(driver.tasks()) == 1
    with pytest.raises(NotFound):
        driver.write(lambda tx: jobs.retry(tx, job.id))


@pytest.mark.parametrize("job_id", ["", "x", "-1", "99999999999999999999", "1" * 19])
def test_a_job_id_that_names_nothing_is_not_found(driver: Driver, job_id: str) -> None:
    with pytest.raises(NotFound):
        driver.write(lambda tx: jobs.retry(tx, job_id))


def test_a_job_under_work_cannot_be_moved(driver: Driver) -> None:
    driver.deploy(WAIT)
    driver.start()
    driver.clock.advance(timedelta(hours=1))
    driver.write(lambda tx: queue.claim(tx, now=tx.millis, lease_end=tx.millis + 60_000, owner="a", limit=1))
    with pytest.raises(InvalidState):
        driver.write(lambda tx: jobs.retry(tx, driver.jobs()[0].id))


def test_many_due_timers_are_all_fired_once(driver: Driver) -> None:
    driver.deploy(WAIT)
    for _ in range(120):
        driver.start()
    assert driver.travel(hours=1) == 120
    assert len(driver.tasks()) == 120
