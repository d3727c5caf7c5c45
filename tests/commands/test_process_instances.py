"""Starting, ending and resting of instances, on both databases."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.commands import process_instances
from app.errors import AlreadyExists, InvalidRequest, InvalidState, NotFound
from tests.driver import ONE_TASK, Driver, chain, process

TIMER = process(
    chain(
        '<startEvent id="s"/>',
        '<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>",
        '<userTask id="work"/>',
        '<endEvent id="e"/>',
    )
)


def test_an_instance_is_started_worked_on_and_finished(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    started = driver.start(variables={"amount": Decimal("12.50")}, business_key="order-1")
    assert started.status == "active"
    completed = driver.complete(driver.task().id, {"done": True})
    assert completed.status == "completed"
    finished = driver.instance(started.id)
    assert (finished.status, finished.business_key, finished.ending) == ("completed", "order-1", {"elements": ["e"]})
    assert driver.variables(started.id) == {"amount": Decimal("12.50"), "done": True}
    assert driver.tasks() == []


def test_an_instance_without_waits_is_over_when_it_is_started(driver: Driver) -> None:
    driver.deploy(process(chain('<startEvent id="s"/>', '<task id="t"/>', '<endEvent id="e"/>')))
    assert driver.start().status == "completed"


def test_a_version_is_chosen_by_number_or_tag_and_else_the_newest_one(driver: Driver) -> None:
    for tag in ("one", "two"):
        driver.deploy(process('<startEvent id="s"/>', attributes=f'camunda:versionTag="{tag}"'))
    assert driver.start().version == 2
    assert driver.start(version=1).version == 1
    assert driver.start(version_tag="one").version == 1


def test_a_missing_definition_is_not_found(driver: Driver) -> None:
    with pytest.raises(NotFound, match="no process definition 'ghost'"):
        driver.start("ghost")


def test_a_unique_start_is_refused_while_another_one_runs(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    first = driver.start(business_key="order-1", unique=True)
    with pytest.raises(AlreadyExists) as refused:
        driver.start(business_key="order-1", unique=True)
    assert refused.value.details == {"process_instance_id": first.id}
    driver.complete(driver.task().id)
    assert driver.start(business_key="order-1", unique=True).id != first.id


def test_a_unique_start_needs_a_business_key(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    with pytest.raises(InvalidRequest):
        driver.start(unique=True)


@pytest.mark.parametrize("name", ["", "x" * 256, "a\0b"])
def test_a_variable_with_an_impossible_name_is_refused(driver: Driver, name: str) -> None:
    driver.deploy(ONE_TASK)
    with pytest.raises(InvalidRequest):
        driver.start(variables={name: 1})
    assert driver.instances() == []


def test_variables_keep_every_digit_long_texts_and_nul(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    given = {
        "large": 10**40,
        "exact": Decimal("0.1000000000000000000000000000000000000001"),
        "text": "x" * 1_000_000,
        "nul": "a\0b",
        "nested": {"list": [1, None, {"deep": True}]},
    }
    started = driver.start(variables=given)
    assert driver.variables(started.id) == given


def test_a_canceled_instance_leaves_nothing_to_do_and_says_why(driver: Driver) -> None:
    driver.deploy(TIMER)
    started = driver.start()
    driver.cancel(started.id, "ordered twice")
    ended = driver.instance(started.id)
    assert (ended.status, ended.ending) == ("canceled", {"elements": [], "reason": "ordered twice"})
    assert driver.jobs() == []
    with pytest.raises(InvalidState):
        driver.cancel(started.id)


def test_a_suspended_instance_rests_until_it_is_resumed(driver: Driver) -> None:
    driver.deploy(TIMER)
    started = driver.start()
    driver.write(lambda tx: process_instances.suspend(tx, started.id))
    driver.travel(hours=2)
    assert driver.tasks() == []
    driver.write(lambda tx: process_instances.resume(tx, started.id))
    driver.work_off()
    assert driver.task().process_instance_id == started.id


def test_a_task_of_a_suspended_instance_cannot_be_completed(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    started = driver.start()
    driver.write(lambda tx: process_instances.suspend(tx, started.id))
    assert driver.task().suspended
    with pytest.raises(InvalidState) as refused:
        driver.complete(driver.task().id)
    assert refused.value.code == "process-instance-suspended"


def test_only_a_finished_instance_can_be_deleted(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    started = driver.start(variables={"a": 1})
    with pytest.raises(InvalidState):
        driver.write(lambda tx: process_instances.delete(tx, started.id))
    driver.complete(driver.task().id)
    driver.write(lambda tx: process_instances.delete(tx, started.id))
    with pytest.raises(NotFound):
        driver.instance(started.id)


def test_a_long_automatic_process_goes_on_as_jobs(driver: Driver) -> None:
    tasks = [f'<task id="t{number}"/>' for number in range(2500)]
    driver.deploy(process(chain('<startEvent id="s"/>', *tasks, '<endEvent id="e"/>')))
    started = driver.start()
    assert started.status == "active"
    driver.work_off()
    assert driver.instance(started.id).status == "completed"


def test_an_endless_automatic_loop_becomes_an_incident(driver: Driver) -> None:
    loop = '<startEvent id="s"/><task id="a"/><task id="b"/>' + "".join(
        f'<sequenceFlow id="f{number}" sourceRef="{a}" targetRef="{b}"/>'
        for number, (a, b) in enumerate([("s", "a"), ("a", "b"), ("b", "a")])
    )
    driver.deploy(process(loop))
    driver.start()
    driver.work_off()
    assert [incident.kind for incident in driver.incidents()] == ["step-limit"]
