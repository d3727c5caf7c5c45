"""Listeners that are work for a worker, over a database: fetched by topic before the task, and after it."""

from __future__ import annotations

from app.commands import external_tasks
from tests.driver import Driver, chain, process

LISTENER = '<camunda:executionListener class="org.example.{}" event="{}"/>'
DIAGRAM = process(
    chain(
        '<startEvent id="s"/>',
        '<userTask id="work"><extensionElements>'
        f"{LISTENER.format('Before', 'start')}{LISTENER.format('After', 'end')}</extensionElements></userTask>",
        '<serviceTask id="store" camunda:type="external" camunda:topic="store"><extensionElements>'
        f"{LISTENER.format('First', 'start')}</extensionElements></serviceTask>",
        '<endEvent id="e"/>',
    )
)


def test_workers_do_listeners_one_after_the_other_with_what_the_activity_does_between_them(driver: Driver) -> None:
    driver.deploy(DIAGRAM)
    started = driver.start(variables={"amount": 5})
    assert driver.tasks() == []
    (before,) = driver.fetch("org.example.Before")
    assert (before.element_id, before.variables) == ("work", {"amount": 5})
    driver.finish(before.id, {"checked": True})
    driver.complete(driver.task().id)
    assert driver.tasks() == []
    (after,) = driver.fetch("org.example.After")
    driver.finish(after.id)
    (first,) = driver.fetch("org.example.First")
    assert driver.fetch("store") == []
    driver.finish(first.id)
    (store,) = driver.fetch("store")
    assert len({before.id, after.id, first.id, store.id}) == 4
    driver.finish(store.id)
    assert driver.instance(started.id).status == "completed"
    assert driver.variables(started.id) == {"amount": 5, "checked": True}


def test_a_worker_that_gives_a_listener_up_leaves_an_incident_and_may_try_again(driver: Driver) -> None:
    driver.deploy(DIAGRAM)
    started = driver.start()
    (before,) = driver.fetch("org.example.Before")
    driver.write(lambda tx: external_tasks.fail(tx, before.id, worker_id="w", message="no", retries=0))
    (incident,) = driver.incidents()
    assert incident.element_id == "work"
    driver.write(lambda tx: external_tasks.set_retries(tx, before.id, retries=1))
    (again,) = driver.fetch("org.example.Before")
    driver.finish(again.id)
    assert driver.task().element_id == "work"
    driver.cancel(started.id)


def test_an_instance_that_is_canceled_while_a_listener_is_waited_for_leaves_no_work(driver: Driver) -> None:
    driver.deploy(DIAGRAM)
    started = driver.start()
    driver.cancel(started.id)
    assert driver.fetch("org.example.Before") == []
