"""Random callers on many processes at once: rows and states agree, and every instance can be ended."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress

import pytest

from app.commands import external_tasks, incidents, process_instances, user_tasks
from app.errors import Rejection
from tests.driver import Driver, chain, process

HOUR = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
OUTSIDE = '<message id="m" name="paid"/><signal id="sig" name="alarm"/><error id="err" name="bad" errorCode="bad"/>'
CHILD = process(
    chain(
        '<startEvent id="s"/>',
        '<userTask id="inner"/>',
        '<serviceTask id="x" camunda:type="external" camunda:topic="t"/>',
        '<endEvent id="e"/>',
    ),
    key="child",
    outside=OUTSIDE,
)
PARENT = process(
    '<startEvent id="s"/><parallelGateway id="split"/><parallelGateway id="join"/><endEvent id="e"/>'
    '<sequenceFlow id="f0" sourceRef="s" targetRef="split"/><sequenceFlow id="f1" sourceRef="join" targetRef="e"/>'
    '<userTask id="ask" camunda:candidateGroups="a,b"/><callActivity id="call" calledElement="child"/>'
    '<intermediateCatchEvent id="pay"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
    '<subProcess id="sub"><startEvent id="s2"/><userTask id="deep"/><sequenceFlow id="f9" sourceRef="s2" '
    'targetRef="deep"/></subProcess>'
    f'<boundaryEvent id="late" attachedToRef="sub">{HOUR}</boundaryEvent><userTask id="escalated"/>'
    '<boundaryEvent id="heard" attachedToRef="ask" cancelActivity="false"><signalEventDefinition signalRef="sig"/>'
    '</boundaryEvent><userTask id="noticed"/><sequenceFlow id="f10" sourceRef="heard" targetRef="noticed"/>'
    '<boundaryEvent id="broken" attachedToRef="call"><errorEventDefinition errorRef="err"/></boundaryEvent>'
    '<sequenceFlow id="f11" sourceRef="broken" targetRef="join"/>'
    '<sequenceFlow id="f12" sourceRef="late" targetRef="escalated"/>'
    '<sequenceFlow id="f13" sourceRef="escalated" targetRef="join"/>'
    + "".join(
        f'<sequenceFlow id="in-{node}" sourceRef="split" targetRef="{node}"/>'
        f'<sequenceFlow id="out-{node}" sourceRef="{node}" targetRef="join"/>'
        for node in ("ask", "call", "pay", "sub")
    ),
    key="parent",
    outside=OUTSIDE,
)


class Walk:
    """Callers that do whatever comes to their minds; what is refused changes nothing."""

    def __init__(self, driver: Driver, seed: int) -> None:
        self.driver = driver
        self.chance = random.Random(seed)
        self.steps: list[Callable[[], object]] = [
            self.start,
            self.complete,
            self.complete,
            self.work,
            self.work,
            self.publish,
            self.alarm,
            self.pass_time,
            self.cancel,
            self.suspend,
            self.resume,
            self.resolve,
            self.claim,
        ]

    def step(self) -> None:
        with suppress(Rejection):
            self.chance.choice(self.steps)()

    def some_instance(self) -> str:
        return self.chance.choice(self.driver.instances()).id

    def start(self) -> None:
        self.driver.start(self.chance.choice(["parent", "child"]), business_key=self.chance.choice("ab"))

    def complete(self) -> None:
        tasks = self.driver.tasks()
        if tasks:
            self.driver.complete(self.chance.choice(tasks).id, {self.chance.choice("xyz"): self.chance.random() < 0.5})

    def claim(self) -> None:
        tasks = self.driver.tasks()
        if tasks:
            task_id = self.chance.choice(tasks).id
            self.driver.write(lambda tx: user_tasks.claim(tx, task_id, user=self.chance.choice(["mary", "john"])))

    def work(self) -> None:
        for task in self.driver.fetch("t", limit=1):
            how = self.chance.random()
            if how < 0.6:
                self.driver.finish(task.id, {"done": 1})
            elif how < 0.8:
                self.driver.write(lambda tx: external_tasks.bpmn_error(tx, task.id, worker_id="w", code="bad"))  # noqa: B023
            else:
                self.driver.write(lambda tx: external_tasks.fail(tx, task.id, worker_id="w", retries=0))  # noqa: B023

    def publish(self) -> None:
        self.driver.publish("paid", self.chance.choice("ab"))

    def alarm(self) -> None:
        self.driver.signal("alarm")

    def pass_time(self) -> None:
        self.driver.travel(minutes=self.chance.choice([1, 30, 60]))

    def cancel(self) -> None:
        if self.chance.random() < 0.3:
            self.driver.cancel(self.some_instance())

    def suspend(self) -> None:
        instance_id = self.some_instance()
        self.driver.write(lambda tx: process_instances.suspend(tx, instance_id))

    def resume(self) -> None:
        instance_id = self.some_instance()
        self.driver.write(lambda tx: process_instances.resume(tx, instance_id))

    def resolve(self) -> None:
        open_ones = self.driver.incidents()
        if open_ones:
            self.driver.write(lambda tx: incidents.resolve(tx, self.chance.choice(open_ones).id))

    def end_all(self) -> None:
        """Resume and cancel whatever still runs, and do what is left."""
        for row in self.driver.instances(statuses=("active", "suspended"), called=False):
            self.driver.cancel(row.id)
        self.driver.work_off()


@pytest.mark.parametrize("seed", [*range(6), *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(6, 300))])
def test_whatever_callers_do_rows_and_states_agree_and_all_can_be_ended(driver: Driver, seed: int) -> None:
    driver.deploy(PARENT, CHILD)
    driver.start("parent", business_key="a")
    walk = Walk(driver, seed)
    for _ in range(60):
        walk.step()
        assert driver.differences() == []
    walk.end_all()
    assert driver.instances(statuses=("active", "suspended")) == []
    assert driver.tasks() == []
    assert driver.incidents() == []
