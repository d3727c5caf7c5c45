"""A failing step costs nobody's work, and is taken again when its incident is resolved."""

from __future__ import annotations

import pytest

from app.commands import incidents
from app.errors import InvalidState, NotFound
from tests.driver import Driver, process

CHOICE = process(
    '<startEvent id="s"/><userTask id="work"/><exclusiveGateway id="g"/><userTask id="high"/><userTask id="low"/>'
    '<sequenceFlow id="a" sourceRef="s" targetRef="work"/><sequenceFlow id="b" sourceRef="work" targetRef="g"/>'
    '<sequenceFlow id="c" sourceRef="g" targetRef="high"><conditionExpression>${amount > 10}</conditionExpression>'
    '</sequenceFlow><sequenceFlow id="d" sourceRef="g" targetRef="low"><conditionExpression>${amount &lt;= 10}'
    "</conditionExpression></sequenceFlow>"
)


def test_a_failing_condition_is_an_incident_and_keeps_the_completed_work(driver: Driver) -> None:
    driver.deploy(CHOICE)
    started = driver.start()
    driver.complete(driver.task().id, {"done": "carefully"})
    assert driver.variables(started.id) == {"done": "carefully"}
    (incident,) = driver.incidents()
    assert (incident.element_id, incident.resolved_at) == ("g", None)
    driver.write(lambda tx: incidents.resolve(tx, incident.id))
    (again,) = driver.incidents()
    assert again.id != incident.id
    driver.set_variables(started.id, {"amount": 50})
    driver.write(lambda tx: incidents.resolve(tx, again.id))
    assert [task.element_id for task in driver.tasks()] == ["high"]
    with pytest.raises(InvalidState) as refused:
        driver.write(lambda tx: incidents.resolve(tx, again.id))
    assert refused.value.code == "incident-resolved"


def test_incidents_are_over_when_their_instance_is_canceled(driver: Driver) -> None:
    driver.deploy(CHOICE)
    started = driver.start()
    driver.complete(driver.task().id)
    driver.cancel(started.id)
    assert driver.incidents() == []
    assert len(driver.incidents(resolved=True)) == 1


def test_an_incident_that_never_was_is_not_found(driver: Driver) -> None:
    with pytest.raises(NotFound):
        driver.write(lambda tx: incidents.resolve(tx, "4711"))


@pytest.mark.parametrize("activity", ["userTask", 'serviceTask camunda:type="external" camunda:topic="t"'])
def test_a_timer_that_cannot_be_armed_again_leaves_the_work_of_its_activity_to_be_done(
    driver: Driver, activity: str
) -> None:
    driver.deploy(
        process(
            f'<startEvent id="s"/><{activity} id="work"/><boundaryEvent id="b" attachedToRef="work" '
            'cancelActivity="false"><timerEventDefinition><timeCycle>${every}</timeCycle></timerEventDefinition>'
            '</boundaryEvent><sequenceFlow id="a" sourceRef="s" targetRef="work"/>'
        )
    )
    started = driver.start(variables={"every": "R5/PT1H"})
    driver.set_variables(started.id, {"every": "seldom"})
    driver.travel(hours=1)
    (incident,) = driver.incidents()
    assert incident.kind == "timer-invalid"
    assert driver.differences() == []
