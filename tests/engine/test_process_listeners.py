"""Listeners of a process, over a database: its work, its scripts and its incidents."""

from __future__ import annotations

import pytest

from app.commands import external_tasks, incidents
from app.errors import InvalidState
from app.queries import history, places
from tests.bpmn.diagrams import diagram, process, within_process
from tests.driver import Driver

WORKER = '<camunda:executionListener class="{}" event="{}"/>'
SETTING = """<camunda:executionListener event="{0}" expression="${{execution.setVariable('{0}ed', {1})}}"/>"""


def listening(*listeners: str, text: str = "start s; user work; end e; s -> work -> e") -> bytes:
    return within_process(diagram(text), f"<extensionElements>{''.join(listeners)}</extensionElements>")


def test_workers_do_the_listeners_of_a_process_before_its_first_task_and_after_its_last(driver: Driver) -> None:
    driver.deploy(listening(WORKER.format("Before", "start"), WORKER.format("After", "end")))
    started = driver.start(variables={"amount": 5}, business_key="order-1")
    assert driver.tasks() == []
    (before,) = driver.fetch("Before")
    assert (before.element_id, before.variables, before.business_key) == ("p", {"amount": 5}, "order-1")
    driver.finish(before.id, {"checked": True})
    driver.complete(driver.task().id)
    assert driver.instance(started.id).status == "active"
    (after,) = driver.fetch("After")
    driver.finish(after.id, {"told": True})
    assert driver.instance(started.id).status == "completed"
    assert driver.variables(started.id) == {"amount": 5, "checked": True, "told": True}
    past = driver.read(lambda tx: history.activities(tx, started.id))
    assert [(item.element_id, item.role, item.scope) for item in past] == [
        ("p", "listener", 0),
        ("s", "", 0),
        ("work", "", 0),
        ("e", "", 0),
        ("p", "listener", 0),
    ]


def test_the_work_of_a_listener_stands_in_the_process_itself(driver: Driver) -> None:
    driver.deploy(listening(WORKER.format("Before", "start")))
    started = driver.start()
    (place,) = driver.read(lambda tx: places.open_in(tx, started.id))
    assert (place.element_id, place.role, place.parent_id) == ("p", "listener", started.id)
    assert driver.differences() == []


def test_a_worker_that_gives_the_listener_of_a_process_up_may_try_again(driver: Driver) -> None:
    driver.deploy(listening(WORKER.format("Before", "start")))
    driver.start()
    (before,) = driver.fetch("Before")
    driver.write(lambda tx: external_tasks.fail(tx, before.id, worker_id="w", message="no", retries=0))
    (incident,) = driver.incidents()
    assert (incident.element_id, incident.kind) == ("p", "retries-exhausted")
    driver.write(lambda tx: incidents.resolve(tx, incident.id))
    (again,) = driver.fetch("Before")
    driver.finish(again.id)
    assert driver.task().element_id == "work"


@pytest.mark.parametrize("when", ["start", "end"])
def test_a_listener_that_cannot_be_evaluated_is_an_incident_of_the_process_and_resolved(
    driver: Driver, when: str
) -> None:
    driver.deploy(listening(SETTING.format(when, "missing"), text="start s; end e; s -> e"))
    started = driver.start()
    (incident,) = driver.incidents(resolved=False)
    assert (incident.element_id, incident.kind, incident.activity_id) == ("p", "listener-failed", f"{started.id}.0")
    assert driver.read(lambda tx: places.open_in(tx, started.id)) == []
    assert driver.differences() == []
    driver.write(lambda tx: incidents.resolve(tx, incident.id))
    (again,) = driver.incidents(resolved=False)
    assert again.id != incident.id
    driver.set_variables(started.id, {"missing": 1})
    driver.write(lambda tx: incidents.resolve(tx, again.id))
    assert driver.instance(started.id).status == "completed"
    assert driver.incidents(resolved=False) == []
    with pytest.raises(InvalidState, match="resolved already"):
        driver.write(lambda tx: incidents.resolve(tx, again.id))
    assert driver.variables(started.id) == {"missing": 1, f"{when}ed": 1}
    told = [entry.kind for entry in driver.history(started.id, "incident-opened", "incident-resolved")]
    assert told == ["incident-opened", "incident-resolved", "incident-opened", "incident-resolved"]


@pytest.mark.parametrize("when", ["start", "end"])
def test_an_instance_that_is_canceled_with_a_failed_listener_leaves_no_incident(driver: Driver, when: str) -> None:
    driver.deploy(listening(SETTING.format(when, "missing"), text="start s; end e; s -> e"))
    started = driver.start()
    driver.cancel(started.id)
    assert (driver.incidents(resolved=False), driver.instance(started.id).status) == ([], "canceled")


def test_scripts_of_a_process_run_before_it_begins_and_when_it_ends(driver: Driver) -> None:
    script = """<camunda:executionListener event="{}"><camunda:script scriptFormat="javascript">
        execution.setVariable("order", order + 1)</camunda:script></camunda:executionListener>"""
    driver.deploy(listening(script.format("start"), script.format("end")))
    started = driver.start(variables={"order": 1})
    assert driver.variables(started.id) == {"order": 2}
    driver.complete(driver.task().id)
    assert (driver.instance(started.id).status, driver.variables(started.id)) == ("completed", {"order": 3})


def test_a_script_of_a_process_that_breaks_off_is_an_incident_and_runs_again(driver: Driver) -> None:
    script = """<camunda:executionListener event="start"><camunda:script scriptFormat="javascript">
        if (order == 1) throw new Error("no")</camunda:script></camunda:executionListener>"""
    driver.deploy(listening(script))
    started = driver.start(variables={"order": 1})
    (incident,) = driver.incidents()
    assert (incident.element_id, incident.kind) == ("p", "script-failed")
    driver.set_variables(started.id, {"order": 2})
    driver.write(lambda tx: incidents.resolve(tx, incident.id))
    assert driver.task().element_id == "work"


def test_a_called_process_is_heard_to_its_end_before_its_caller_goes_on(driver: Driver) -> None:
    taken = '<extensionElements><camunda:out source="ended" target="got"/></extensionElements>'
    inner = process("start i; user inside; i -> inside", "q")
    begun = inner.index(">") + 1
    heard = f"<extensionElements>{SETTING.format('end', '7')}{WORKER.format('After', 'end')}</extensionElements>"
    inner = inner[:begun] + heard + inner[begun:]
    driver.deploy(diagram(f"start s; call x [calledElement='q'] {taken}; user work; s -> x -> work", root=inner))
    started = driver.start()
    driver.complete(driver.task("inside").id)
    assert driver.variables(started.id) == {}
    (after,) = driver.fetch("After")
    driver.finish(after.id)
    assert (driver.task().element_id, driver.variables(started.id)) == ("work", {"got": 7})


def test_a_process_that_a_message_starts_begins_behind_its_listener(driver: Driver) -> None:
    text = "start s message=go; user work; s -> work; handler h; in h { start i message=stop; user late; i -> late }"
    driver.deploy(listening(WORKER.format("Before", "start"), text=text))
    driver.publish("go", variables={"amount": 5})
    (instance,) = driver.instances()
    (before,) = driver.fetch("Before")
    assert before.variables == {"amount": 5}
    driver.publish("stop")
    assert driver.tasks() == []
    driver.finish(before.id)
    assert (driver.tasks()[0].element_id, driver.instance(instance.id).status) == ("late", "active")


def test_an_instance_that_a_terminate_event_ends_is_terminated_behind_its_listeners(driver: Driver) -> None:
    text = "start s; user work; user other; end e terminate; s -> work -> e; s -> other"
    driver.deploy(listening(WORKER.format("After", "end"), text=text))
    started = driver.start()
    driver.complete(driver.task().id)
    assert (driver.tasks(), driver.instance(started.id).status) == ([], "active")
    (after,) = driver.fetch("After")
    driver.finish(after.id)
    assert driver.instance(started.id).status == "terminated"
