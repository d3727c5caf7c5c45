"""Stimuli for one place of an instance, and variables as they are seen from there."""

from __future__ import annotations

import pytest

from app.commands import executions, variables
from app.engine.variables import Declared
from app.engine.work import Work
from app.errors import InvalidState, NotFound
from app.queries import places
from tests.driver import ONE_TASK, Driver, chain, process

TWO_WAITS = process(
    '<startEvent id="s"/><parallelGateway id="g"/><receiveTask id="a" messageRef="m"/>'
    '<receiveTask id="b" messageRef="m"/><endEvent id="x"/><endEvent id="y"/>'
    '<sequenceFlow id="f1" sourceRef="s" targetRef="g"/><sequenceFlow id="f2" sourceRef="g" targetRef="a"/>'
    '<sequenceFlow id="f3" sourceRef="g" targetRef="b"/><sequenceFlow id="f4" sourceRef="a" targetRef="x"/>'
    '<sequenceFlow id="f5" sourceRef="b" targetRef="y"/>',
    outside='<message id="m" name="news"/>',
)
INNER = process(
    chain(
        '<startEvent id="s"/>',
        '<subProcess id="sub"><startEvent id="i"/><userTask id="work"/><sequenceFlow id="if" sourceRef="i" '
        'targetRef="work"/></subProcess>',
        '<endEvent id="e"/>',
    )
)


def test_given_two_that_wait_when_one_is_named_then_it_alone_goes_on(driver: Driver) -> None:
    driver.deploy(TWO_WAITS)
    instance_id = driver.start().id
    first, second = driver.read(lambda tx: places.open_in(tx, instance_id))
    with pytest.raises(InvalidState, match="Several"):
        driver.write(lambda tx: executions.deliver(tx, execution_id=instance_id, kind="message", name="news"))
    with pytest.raises(NotFound):
        driver.write(lambda tx: executions.deliver(tx, execution_id=first.id, kind="message", name="other"))

    done = driver.write(lambda tx: executions.deliver(tx, execution_id=first.id, kind="message", name="news"))

    assert done.activity_id == first.id
    assert driver.read(lambda tx: places.open_in(tx, instance_id)) == [second]
    assert driver.write(lambda tx: executions.signal(tx, second.id, variables={"by": "hand"})).status == "completed"
    assert driver.variables(instance_id) == {"by": "hand"}


def test_given_scopes_when_variables_are_changed_from_inside_then_they_are_set_where_they_are(driver: Driver) -> None:
    driver.deploy(INNER)
    instance_id = driver.start(variables={"outer": 1}).id
    sub, work = driver.read(lambda tx: places.open_in(tx, instance_id))
    driver.write(lambda tx: variables.change(tx, sub.id, values={"inner": 1}, local=True))
    driver.write(lambda tx: variables.change(tx, work.id, values={"outer": 2, "inner": 2, "new": 2}))
    driver.write(lambda tx: variables.change(tx, work.id, values={"own": 3}, local=True))

    assert driver.variables(instance_id) == {"outer": 2, "new": 2}
    assert driver.variables(instance_id, scope=sub.number) == {"inner": 2}
    assert driver.variables(instance_id, scope=work.number) == {"own": 3}
    assert sorted(driver.read(lambda tx: places.variables(tx, work.id))) == ["inner", "new", "outer", "own"]
    assert sorted(driver.read(lambda tx: places.variables(tx, work.id, local=True))) == ["own"]

    driver.write(lambda tx: variables.change(tx, work.id, values={}, remove=["own", "inner", "unknown"]))
    assert sorted(driver.read(lambda tx: places.variables(tx, work.id))) == ["new", "outer"]
    with pytest.raises(NotFound):
        driver.write(lambda tx: variables.change(tx, f"{instance_id}.99", values={"a": 1}))


def test_given_a_declared_type_when_the_same_value_is_written_then_it_is_kept_and_lost_with_another(
    driver: Driver,
) -> None:
    driver.deploy(ONE_TASK)
    instance_id = driver.start().id

    def declare(tx: Work, value: int) -> None:
        tx.declared["amount"] = Declared(5, "Long")
        variables.set_values(tx, instance_id, values={"amount": value})

    driver.write(lambda tx: declare(tx, 5))
    assert driver.read(lambda tx: places.variables(tx, instance_id))["amount"][3] == "Long"
    driver.write(lambda tx: declare(tx, 6))
    assert driver.read(lambda tx: places.variables(tx, instance_id))["amount"][3] is None
