"""What the server makes of elements that touch more than one instance, or that people and messages drive."""

from __future__ import annotations

from tests.bpmn.diagrams import definitions, diagram
from tests.driver import Driver


def test_given_a_global_user_task_of_another_deployment_when_called_then_it_is_an_instance_of_its_own(
    driver: Driver,
) -> None:
    driver.deploy(definitions('<globalUserTask id="ask" name="Ask" camunda:assignee="kermit"/>'), name="library")
    driver.deploy(diagram('start s; call c [calledElement="ask"]; end e; s -> c -> e'))
    started = driver.start()
    task = driver.task("ask")
    assert (task.definition_key, task.assignee, task.process_instance_id == started.id) == ("ask", "kermit", False)
    driver.complete(task.id)
    assert driver.instance(started.id).status == "completed"


def test_given_a_gateway_that_takes_all_events_when_each_comes_with_a_key_then_those_of_one_key_meet(
    driver: Driver,
) -> None:
    driver.deploy(
        diagram("""event-gateway g [instantiate="true" eventGatewayType="Parallel"]; catch c message=order
            receive r message=payment; user pack; user book; g -> c -> pack; g -> r -> book""")
    )
    fates = [driver.publish(name, key) for name, key in [("order", "A"), ("payment", "B"), ("payment", "A")]]
    assert fates == ["started", "started", "delivered"]
    driver.work_off()
    found = sorted((task.business_key or "", task.element_id) for task in driver.tasks())
    assert found == [("A", "book"), ("A", "pack"), ("B", "book")]
    assert driver.correlate("order", business_key="B").started is False
    for task in driver.tasks():
        driver.complete(task.id)
    assert {row.status for row in driver.instances()} == {"completed"}


def test_given_a_start_that_needs_two_messages_when_both_came_for_a_key_then_one_instance_goes_on(
    driver: Driver,
) -> None:
    driver.deploy(diagram('start s message=m message=n [parallelMultiple="true"]; user a; s -> a'))
    assert [driver.publish("m", "A"), driver.publish("m", "B"), driver.publish("n", "B")] == [
        "started",
        "started",
        "delivered",
    ]
    driver.work_off()
    assert driver.task("a").business_key == "B"
