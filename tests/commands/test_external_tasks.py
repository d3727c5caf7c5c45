"""What workers do with their tasks."""

from __future__ import annotations

import pytest

from app.commands import external_tasks, incidents
from app.errors import InvalidState, NotFound
from tests.driver import Driver, chain, process

PAY = process(
    chain(
        '<startEvent id="s"/>',
        '<serviceTask id="pay" camunda:type="external" camunda:topic="payment"/>',
        '<userTask id="work"/>',
        '<endEvent id="e"/>',
    )
    + '<boundaryEvent id="refused" attachedToRef="pay"><errorEventDefinition errorRef="err"/></boundaryEvent>'
    '<endEvent id="unpaid"/><sequenceFlow id="g" sourceRef="refused" targetRef="unpaid"/>',
    outside='<error id="err" name="refused" errorCode="card-refused"/>',
)


def report_failure(driver: Driver, task_id: str, retries: int, pause: int = 0) -> None:
    driver.write(
        lambda tx: external_tasks.fail(
            tx, task_id, worker_id="w", message="no answer", details="timeout", retries=retries, retry_millis=pause
        )
    )


def test_a_fetched_task_is_lent_to_one_worker_until_its_lock_expires(driver: Driver) -> None:
    driver.deploy(PAY)
    driver.start(variables={"amount": 5}, business_key="order-1")
    (task,) = driver.fetch("payment", worker="a")
    assert (task.variables, task.business_key, task.retries) == ({"amount": 5}, "order-1", None)
    assert driver.fetch("payment", worker="b") == []
    driver.travel(seconds=61)
    assert [other.id for other in driver.fetch("payment", worker="b")] == [task.id]
    with pytest.raises(InvalidState) as refused:
        driver.finish(task.id, worker="a")
    assert refused.value.code == "external-task-not-locked"
    driver.finish(task.id, {"paid": True}, worker="b")
    assert driver.task().process_instance_id == task.process_instance_id
    with pytest.raises(NotFound):
        driver.finish(task.id, worker="b")


def test_a_task_that_nobody_fetched_cannot_be_completed(driver: Driver) -> None:
    driver.deploy(PAY)
    driver.start()
    (task,) = driver.fetch("payment")
    driver.write(lambda tx: external_tasks.unlock(tx, task.id))
    with pytest.raises(InvalidState):
        driver.finish(task.id)
    assert len(driver.fetch("payment")) == 1


def test_an_extended_lock_keeps_the_task(driver: Driver) -> None:
    driver.deploy(PAY)
    driver.start()
    (task,) = driver.fetch("payment", seconds=60)
    driver.travel(seconds=59)
    driver.write(lambda tx: external_tasks.extend_lock(tx, task.id, worker_id="w", lock_millis=60_000))
    driver.travel(seconds=59)
    assert driver.fetch("payment", worker="b") == []


def test_a_failed_task_comes_back_after_its_pause(driver: Driver) -> None:
    driver.deploy(PAY)
    driver.start()
    (task,) = driver.fetch("payment")
    report_failure(driver, task.id, retries=2, pause=30_000)
    assert driver.fetch("payment") == []
    driver.travel(seconds=30)
    (again,) = driver.fetch("payment")
    assert (again.id, again.retries) == (task.id, 2)


def test_a_task_without_retries_is_an_incident_until_somebody_helps(driver: Driver) -> None:
    driver.deploy(PAY)
    started = driver.start()
    (task,) = driver.fetch("payment")
    report_failure(driver, task.id, retries=0)
    driver.travel(hours=1)
    assert driver.fetch("payment") == []
    (incident,) = driver.incidents()
    assert (incident.kind, incident.message, incident.activity_id) == ("retries-exhausted", "no answer", task.id)
    driver.write(lambda tx: incidents.resolve(tx, incident.id))
    assert driver.incidents() == []
    driver.finish(driver.fetch("payment")[0].id)
    assert driver.task().process_instance_id == started.id


def test_completing_takes_back_the_incident_of_a_failed_task(driver: Driver) -> None:
    driver.deploy(PAY)
    started = driver.start()
    (task,) = driver.fetch("payment")
    report_failure(driver, task.id, retries=0)
    driver.cancel(started.id)
    assert driver.incidents() == []


def test_a_bpmn_error_takes_the_way_that_the_diagram_shows(driver: Driver) -> None:
    driver.deploy(PAY)
    started = driver.start()
    (task,) = driver.fetch("payment")
    driver.write(
        lambda tx: external_tasks.bpmn_error(
            tx, task.id, worker_id="w", code="card-refused", variables={"why": "limit"}
        )
    )
    assert driver.instance(started.id).ending == {"elements": ["unpaid"]}
    assert driver.variables(started.id) == {"why": "limit"}


def test_the_most_important_tasks_are_fetched_first(driver: Driver) -> None:
    for key, priority in (("low", 1), ("high", 9)):
        task = f'<serviceTask id="t" camunda:type="external" camunda:topic="x" camunda:taskPriority="{priority}"/>'
        driver.deploy(process(chain('<startEvent id="s"/>', task, '<endEvent id="e"/>'), key=key))
    driver.start("low")
    driver.start("high")
    assert [task.definition_key for task in driver.fetch("x")] == ["high", "low"]


def test_the_history_tells_of_failures_and_of_help(driver: Driver) -> None:
    driver.deploy(PAY)
    started = driver.start()
    (task,) = driver.fetch("payment")
    report_failure(driver, task.id, retries=1)
    driver.fetch("payment")
    report_failure(driver, task.id, retries=0)
    driver.write(lambda tx: incidents.resolve(tx, driver.incidents()[0].id))
    told = [entry.kind for entry in driver.history(started.id) if entry.seq > 1]
    assert told == ["fail-external-task", "fail-external-task", "incident-opened", "set-retries", "incident-resolved"]


def test_an_error_that_nobody_catches_is_an_incident_and_can_be_retried(driver: Driver) -> None:
    driver.deploy(PAY)
    started = driver.start()
    (task,) = driver.fetch("payment")
    driver.write(lambda tx: external_tasks.bpmn_error(tx, task.id, worker_id="w", code="unknown"))
    (incident,) = driver.incidents()
    assert incident.kind == "bpmn-error-unhandled"
    with pytest.raises(NotFound):
        driver.finish(task.id)
    driver.write(lambda tx: incidents.resolve(tx, incident.id))
    (again,) = driver.fetch("payment")
    driver.finish(again.id)
    assert driver.task().process_instance_id == started.id
