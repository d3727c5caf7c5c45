"""Several callers at once: nothing is lost, nothing is done twice, nobody sees a lock error."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import pytest

from app.config import Settings
from app.engine.runtime import Runtime
from app.errors import AlreadyExists, Rejection
from app.worker.loop import Worker
from tests.driver import ONE_TASK, Driver, chain, process

T = TypeVar("T")

MESSAGE = '<message id="m" name="paid"/>'
CATCH = '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
LATER = process(
    chain('<startEvent id="s"/>', '<userTask id="first"/>', CATCH, '<userTask id="work"/>', '<endEvent id="e"/>'),
    outside=MESSAGE,
)
THREE = process(
    '<startEvent id="s"/><parallelGateway id="split"/><parallelGateway id="join"/><endEvent id="e"/>'
    '<sequenceFlow id="a" sourceRef="s" targetRef="split"/><sequenceFlow id="z" sourceRef="join" targetRef="e"/>'
    + "".join(
        f'<userTask id="t{n}"/><sequenceFlow id="in{n}" sourceRef="split" targetRef="t{n}"/>'
        f'<sequenceFlow id="out{n}" sourceRef="t{n}" targetRef="join"/>'
        for n in range(6)
    )
)
WAIT = process(
    chain(
        '<startEvent id="s"/>',
        '<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>",
        '<userTask id="work"/>',
        '<endEvent id="e"/>',
    )
)


def at_once(*calls: Callable[[], T]) -> list[T | Rejection]:
    """Call all in threads of their own, begun together; results in the order of the calls."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], T]) -> T | Rejection:
        barrier.wait()
        try:
            return call()
        except Rejection as refused:
            return refused

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


def test_one_of_many_completes_a_task(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    for _ in range(5):
        driver.start()
        task_id = driver.task().id
        results = at_once(*[lambda task_id=task_id: driver.complete(task_id)] * 6)
        codes = [result.code for result in results if isinstance(result, Rejection)]
        assert codes == ["user-task-not-found"] * 5


def test_parallel_tasks_of_one_instance_are_completed_together(driver: Driver) -> None:
    driver.deploy(THREE)
    for _ in range(5):
        started = driver.start()
        ids = [task.id for task in driver.tasks()]
        results = at_once(*[lambda task_id=task_id: driver.complete(task_id, {task_id[-1]: 1}) for task_id in ids])
        assert not [result for result in results if isinstance(result, Rejection)]
        assert driver.instance(started.id).status == "completed"
        assert len(driver.variables(started.id)) == 6


def test_a_message_published_while_its_receiver_opens_is_not_lost(driver: Driver) -> None:
    """The race: each looks for the other before the other is committed."""
    driver.deploy(LATER)
    for number in range(25):
        key = f"order-{number}"
        started = driver.start(business_key=key)
        task_id = driver.tasks(element_id="first")[0].id
        both: list[Callable[[], Any]] = [partial(driver.publish, "paid", key), partial(driver.complete, task_id)]
        at_once(*both)
        driver.work_off()
        assert [task.process_instance_id for task in driver.tasks(element_id="work")] == [started.id]
        driver.complete(driver.task().id)


def test_messages_and_receivers_meet_one_to_one(driver: Driver) -> None:
    driver.deploy(LATER)
    for _ in range(8):
        driver.start(business_key="shared")
    ids = [task.id for task in driver.tasks(element_id="first")]
    opens: list[Callable[[], Any]] = [partial(driver.complete, task_id) for task_id in ids]
    sends: list[Callable[[], Any]] = [partial(driver.publish, "paid", "shared", variables={"n": n}) for n in range(8)]
    at_once(*opens, *sends)
    driver.work_off()
    tasks = driver.tasks(element_id="work")
    received = sorted(driver.variables(task.process_instance_id)["n"] for task in tasks)
    assert received == list(range(8))


def test_a_message_that_is_correlated_by_many_reaches_its_receiver_once(driver: Driver) -> None:
    driver.deploy(LATER)
    driver.start(business_key="a")
    driver.complete(driver.task("first").id)
    results = at_once(*[lambda: driver.correlate("paid", business_key="a")] * 5)
    codes = [result.code for result in results if isinstance(result, Rejection)]
    assert codes == ["no-receiver"] * 4


def test_a_unique_instance_is_started_once(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    results = at_once(*[lambda: driver.start(business_key="one", unique=True)] * 6)
    assert sum(isinstance(result, AlreadyExists) for result in results) == 5
    assert len(driver.instances()) == 1


def test_versions_deployed_at_once_get_different_numbers(driver: Driver) -> None:
    results = at_once(*[lambda: driver.deploy(ONE_TASK)] * 5)
    versions = [result.definitions[0].version for result in results if not isinstance(result, Rejection)]
    assert sorted(versions) == [1, 2, 3, 4, 5]


def test_a_task_is_lent_to_one_worker(driver: Driver) -> None:
    task = '<serviceTask id="t" camunda:type="external" camunda:topic="x"/>'
    driver.deploy(process(chain('<startEvent id="s"/>', task, '<endEvent id="e"/>')))
    for _ in range(20):
        driver.start()
    results = at_once(*[lambda n=n: driver.fetch("x", worker=f"w{n}", limit=5) for n in range(5)])
    fetched = [task.id for result in results if not isinstance(result, Rejection) for task in result]
    assert len(fetched) == len(set(fetched))
    assert len(fetched) + len(driver.fetch("x", limit=20)) == 20


def test_workers_of_several_processes_share_the_due_timers(driver: Driver) -> None:
    driver.deploy(WAIT)
    for _ in range(40):
        driver.start()
    driver.clock.advance(driver.clock.now().replace(hour=11) - driver.clock.now())
    others = [Runtime(Settings(database_url=driver.settings.database_url, worker_batch=3), clock=driver.clock)] * 1
    workers = [driver.worker, *(Worker(runtime) for runtime in others)]

    def work_off(worker: Worker) -> int:
        done = 0
        while count := worker.work_off():
            done += count
        return done

    counts = at_once(*[lambda worker=worker: work_off(worker) for worker in workers])
    assert sum(count for count in counts if not isinstance(count, Rejection)) == 40
    assert len(driver.tasks()) == 40
    for runtime in others:
        runtime.close()


@pytest.mark.parametrize("round_number", range(3))
def test_canceling_and_completing_at_once_leave_one_truth(driver: Driver, round_number: int) -> None:
    driver.deploy(ONE_TASK)
    started = driver.start()
    task_id = driver.task().id
    at_once(lambda: driver.complete(task_id), lambda: driver.cancel(started.id))
    assert driver.instance(started.id).status in ("completed", "canceled")
