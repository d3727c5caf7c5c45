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


def test_given_data_drawn_between_two_processes_when_a_message_goes_then_it_carries_just_that(driver: Driver) -> None:
    sent = (
        '<dataInput id="i1" name="order"/><dataInputAssociation><sourceRef>d1</sourceRef><targetRef>i1</targetRef>'
        "</dataInputAssociation>"
    )
    got = (
        '<dataOutput id="o1" name="any"/><dataOutputAssociation><sourceRef>o1</sourceRef><targetRef>d2</targetRef>'
        "</dataOutputAssociation>"
    )
    sender = diagram(f"start s; end t message=m {sent}; s -> t", key="sender")
    receiver = diagram(f"start s2 message=m {got}; user a; s2 -> a", key="receiver")
    driver.deploy(sender.replace(b"</process>", b'<dataObject id="d1" name="basket"/></process>'))
    driver.deploy(receiver.replace(b"</process>", b'<dataObject id="d2" name="wanted"/></process>'))
    driver.start("sender", {"basket": {"pears": 3}, "secret": 1})
    driver.work_off()
    assert driver.variables(driver.task("a").process_instance_id) == {"wanted": {"pears": 3}}
