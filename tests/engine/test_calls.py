"""Processes that call processes: started, returned, failed and canceled across instances."""

from __future__ import annotations

from typing import Any

import pytest

from app.commands import external_tasks, incidents, process_instances
from app.queries import process_instances as queries
from tests.driver import Driver, chain, process

START, END = '<startEvent id="s"/>', '<endEvent id="e"/>'


def caller(called: str = "child", key: str = "parent", how: str = "", inside: str = "") -> bytes:
    call = f'<callActivity id="call" calledElement="{called}" {how}>{inside}</callActivity>'
    return process(chain(START, call, '<userTask id="after"/>', END), key=key)


MAPPED = (
    '<extensionElements><camunda:in source="a" target="b"/><camunda:out source="c" target="d"/></extensionElements>'
)


def details(driver: Driver, instance_id: str) -> queries.InstanceDetails:
    return driver.read(lambda tx: queries.get_details(tx, instance_id))


def test_a_child_that_ends_at_once_returns_in_the_same_command(driver: Driver) -> None:
    driver.deploy(caller(), process(chain(START, '<task id="t"/>', END), key="child"))
    parent = driver.start("parent")
    assert driver.task("after").process_instance_id == parent.id
    child = driver.instances(caller_id=f"{parent.id}.2")[0]
    assert (child.status, child.root_id) == ("completed", parent.id)


def test_whoever_completes_the_last_task_of_the_child_sees_the_next_one_of_the_parent(driver: Driver) -> None:
    driver.deploy(caller(inside=MAPPED), process(chain(START, '<userTask id="work"/>', END), key="child"))
    parent = driver.start("parent", {"a": 1})
    child = driver.task()
    assert driver.variables(child.process_instance_id) == {"b": 1}
    driver.complete(child.id, {"c": 2})
    assert driver.task("after").process_instance_id == parent.id
    assert driver.variables(parent.id) == {"a": 1, "d": 2}


def test_the_details_of_an_instance_show_whom_it_called(driver: Driver) -> None:
    driver.deploy(caller(), process(chain(START, '<userTask id="work"/>', END), key="child"))
    parent = driver.start("parent")
    found = details(driver, parent.id)
    assert [(item.element_id, item.waits) for item in found.active] == [("call", ("call",))]
    assert [(item.definition_key, item.caller_id) for item in found.hierarchy] == [
        ("parent", None),
        ("child", f"{parent.id}.2"),
    ]


def test_a_call_means_the_version_that_is_newest_when_it_is_made(driver: Driver) -> None:
    driver.deploy(caller())
    driver.deploy(process(chain(START, '<userTask id="old"/>'), key="child"))
    driver.start("parent")
    driver.deploy(process(chain(START, '<userTask id="new"/>'), key="child"))
    driver.start("parent")
    assert sorted(task.element_id for task in driver.tasks()) == ["new", "old"]


@pytest.mark.parametrize(
    ("how", "element"),
    [
        ('camunda:calledElementBinding="version" camunda:calledElementVersion="1"', "one"),
        ('camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="blue"', "two"),
        ('camunda:calledElementBinding="deployment"', "one"),
        ("", "three"),
    ],
)
def test_a_call_is_bound_as_the_diagram_says(driver: Driver, how: str, element: str) -> None:
    def child(name: str, tag: str = "") -> bytes:
        return process(chain(START, f'<userTask id="{name}"/>'), key="child", attributes=tag)

    driver.deploy(caller(how=how), child("one"))
    driver.deploy(child("two", 'camunda:versionTag="blue"'))
    driver.deploy(child("three"))
    driver.start("parent")
    assert [task.element_id for task in driver.tasks()] == [element]


def test_a_missing_called_process_is_an_incident_until_it_is_deployed(driver: Driver) -> None:
    driver.deploy(caller())
    parent = driver.start("parent")
    (incident,) = driver.incidents()
    assert (incident.kind, incident.element_id) == ("called-process-missing", "call")
    driver.deploy(process(chain(START, END), key="child"))
    driver.write(lambda tx: incidents.resolve(tx, incident.id))
    assert driver.task("after").process_instance_id == parent.id
    assert driver.incidents() == []


ERROR = '<error id="err" name="bad" errorCode="bad"/>'


def failing(child_nodes: list[str]) -> tuple[bytes, bytes]:
    body = chain(START, '<callActivity id="call" calledElement="child"/>', '<userTask id="after"/>', END)
    boundary = (
        '<boundaryEvent id="caught" attachedToRef="call"><errorEventDefinition errorRef="err"/></boundaryEvent>'
        '<userTask id="repair"/><sequenceFlow id="g" sourceRef="caught" targetRef="repair"/>'
    )
    return process(body + boundary, key="parent", outside=ERROR), process(
        chain(*child_nodes), key="child", outside=ERROR
    )


THROWS = '<endEvent id="thrown"><errorEventDefinition errorRef="err"/></endEvent>'


def test_an_error_that_ends_the_child_at_once_is_caught_by_the_caller(driver: Driver) -> None:
    driver.deploy(*failing([START, THROWS]))
    parent = driver.start("parent")
    assert driver.task("repair").process_instance_id == parent.id


def test_an_error_that_ends_the_child_later_is_caught_by_the_caller(driver: Driver) -> None:
    driver.deploy(*failing([START, '<userTask id="work"/>', THROWS]))
    parent = driver.start("parent")
    driver.complete(driver.task().id)
    assert driver.task("repair").process_instance_id == parent.id
    child = driver.instances(called=True)[0]
    assert (child.status, (child.ending or {})["error_code"]) == ("error", "bad")


def test_a_workers_error_is_caught_by_the_callers_caller(driver: Driver) -> None:
    parent, _ = failing([START, END])
    child = process(chain(START, '<callActivity id="c" calledElement="grandchild"/>', END), key="child")
    task = '<serviceTask id="t" camunda:type="external" camunda:topic="x"/>'
    driver.deploy(parent, child, process(chain(START, task, END), key="grandchild"))
    started = driver.start("parent")
    (fetched,) = driver.fetch("x")
    driver.write(lambda tx: external_tasks.bpmn_error(tx, fetched.id, worker_id="w", code="bad"))
    assert driver.task("repair").process_instance_id == started.id


def test_canceling_the_caller_cancels_all_below_it(driver: Driver) -> None:
    driver.deploy(
        caller(),
        caller(called="grandchild", key="child"),
        process(chain(START, '<userTask id="work"/>', END), key="grandchild"),
    )
    parent = driver.start("parent")
    driver.cancel(parent.id)
    assert [instance.status for instance in driver.instances()] == ["canceled"] * 3
    assert driver.tasks() == []


def test_canceling_a_child_is_an_incident_of_its_caller(driver: Driver) -> None:
    driver.deploy(caller(), process(chain(START, '<userTask id="work"/>', END), key="child"))
    parent = driver.start("parent")
    driver.cancel(driver.task().process_instance_id)
    (incident,) = driver.incidents()
    assert (incident.process_instance_id, incident.kind) == (parent.id, "called-process-canceled")
    driver.write(lambda tx: incidents.resolve(tx, incident.id))
    assert driver.task().process_instance_id != parent.id


def test_a_result_waits_for_a_suspended_caller(driver: Driver) -> None:
    driver.deploy(caller(), process(chain(START, '<userTask id="work"/>', END), key="child"))
    parent = driver.start("parent")
    driver.write(lambda tx: process_instances.suspend(tx, parent.id))
    driver.complete(driver.task().id)
    assert driver.tasks() == []
    driver.write(lambda tx: process_instances.resume(tx, parent.id))
    driver.work_off()
    assert driver.task("after").process_instance_id == parent.id


def limited(database_url: str, **limits: Any) -> Driver:
    return Driver(database_url, **limits)


def test_a_process_that_calls_itself_stops_at_the_depth_limit(database_url: str) -> None:
    driver = limited(database_url, max_call_depth=20)
    driver.deploy(caller(called="parent"))
    driver.start("parent")
    driver.work_off()
    assert [incident.kind for incident in driver.incidents()] == ["call-depth-exceeded"]
    assert len(driver.instances()) == 21
    driver.close()


def test_a_process_that_calls_itself_twice_stops_at_the_limit_of_descendants(database_url: str) -> None:
    driver = limited(database_url, max_call_depth=50, max_call_descendants=100)
    calls = "".join(f'<callActivity id="c{n}" calledElement="p"/>' for n in range(2))
    flows = "".join(f'<sequenceFlow id="f{n}" sourceRef="s" targetRef="c{n}"/>' for n in range(2))
    driver.deploy(process(START + calls + flows))
    driver.start()
    driver.work_off()
    assert {incident.kind for incident in driver.incidents()} == {"call-descendants-exceeded"}
    assert len(driver.instances()) == 101
    driver.close()
