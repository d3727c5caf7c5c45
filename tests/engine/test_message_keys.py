"""Messages that carry their correlation keys in their payload find the one instance of their conversation."""

from __future__ import annotations

from app.commands import deployments
from tests.bpmn.diagrams import diagram
from tests.driver import Driver

MESSAGES = '<message id="mo" name="order"/><message id="mp" name="payment"/>'


def prop(order: str = "id", payment: str = "order.id") -> str:
    return "".join(
        [
            '<correlationProperty id="number">',
            *(
                f'<correlationPropertyRetrievalExpression messageRef="{ref}"><messagePath>{path}</messagePath>'
                "</correlationPropertyRetrievalExpression>"
                for ref, path in (("mo", order), ("mp", payment))
            ),
            "</correlationProperty>",
        ]
    )


KEY = """<collaboration id="col"><correlationKey id="byNumber">
    <correlationPropertyRef>number</correlationPropertyRef></correlationKey></collaboration>"""
ROOT = MESSAGES + prop() + KEY
SHOP = """start s <messageEventDefinition messageRef="mo"/>; catch c <messageEventDefinition messageRef="mp"/>
    user pack; s -> c -> pack"""


def test_given_two_conversations_when_payments_come_then_each_finds_its_own_by_its_payload(driver: Driver) -> None:
    driver.deploy(diagram(SHOP, root=ROOT))
    assert driver.publish("order", variables={"id": "A"}) == "started"
    assert driver.publish("order", variables={"id": "B"}) == "started"
    assert driver.publish("payment", variables={"order": {"id": "B"}, "paid": 5}) == "delivered"
    driver.work_off()
    (task,) = driver.tasks()
    assert driver.variables(task.process_instance_id) == {"id": "B", "order": {"id": "B"}, "paid": 5}
    assert driver.publish("payment", variables={"order": {"id": "C"}}, ttl=0) == "dropped"
    assert driver.publish("payment", variables={"order": {"id": "B"}}, ttl=0) == "dropped"


def test_given_a_conversation_when_a_caller_correlates_then_the_payload_says_who_is_meant(driver: Driver) -> None:
    driver.deploy(diagram(SHOP, root=ROOT))
    first = driver.correlate("order", variables={"id": "A"})
    driver.correlate("order", variables={"id": "B"})
    done = driver.correlate("payment", variables={"order": {"id": "A"}})
    assert (done.process_instance_id, driver.task("pack").process_instance_id) == (first.process_instance_id,) * 2


def test_given_a_payment_that_came_first_when_its_order_comes_then_it_is_taken_from_those_kept(driver: Driver) -> None:
    driver.deploy(diagram(SHOP, root=ROOT))
    assert driver.publish("payment", variables={"order": {"id": "A"}}) == "buffered"
    assert driver.publish("payment", variables={"order": {"id": "B"}}) == "buffered"
    driver.publish("order", variables={"id": "B"})
    driver.work_off()
    assert driver.variables(driver.task("pack").process_instance_id)["order"] == {"id": "B"}


def test_given_an_instance_that_knows_no_key_yet_when_any_message_comes_then_it_takes_it_and_then_only_its_own(
    driver: Driver,
) -> None:
    text = """start s; catch c <messageEventDefinition messageRef="mo"/>; user between
        catch d <messageEventDefinition messageRef="mp"/>; user pack; s -> c -> between -> d -> pack"""
    driver.deploy(diagram(text, root=ROOT))
    driver.start()
    assert driver.publish("order", variables={"none": 1}, ttl=0) == "dropped"
    assert driver.publish("order", variables={"id": 7}) == "delivered"
    driver.work_off()
    driver.complete(driver.task("between").id)
    assert driver.publish("payment", variables={"order": {"id": "8"}}, ttl=0) == "dropped"
    assert driver.publish("payment", variables={"order": {"id": "7"}}) == "delivered"
    driver.work_off()
    assert driver.task("pack")


def test_given_versions_that_read_the_key_elsewhere_when_messages_come_then_each_is_read_as_its_version_does(
    driver: Driver,
) -> None:
    driver.deploy(diagram(SHOP, root=ROOT))
    driver.publish("order", variables={"id": "A"})
    driver.deploy(diagram(SHOP, root=MESSAGES + prop(payment="ref") + KEY))
    driver.publish("order", variables={"id": "B"})
    assert driver.publish("payment", variables={"ref": "B"}) == "delivered"
    assert driver.publish("payment", variables={"order": {"id": "A"}}) == "delivered"
    driver.work_off()
    assert len(driver.tasks()) == 2


def test_given_several_starts_of_one_conversation_when_both_messages_come_then_there_is_one_instance(
    driver: Driver,
) -> None:
    text = """start s <messageEventDefinition messageRef="mo"/>; start t <messageEventDefinition messageRef="mp"/>
        user a; user b; s -> a; t -> b"""
    driver.deploy(diagram(text, root=ROOT))
    assert driver.publish("payment", variables={"order": {"id": "A"}}) == "started"
    assert driver.publish("order", variables={"id": "A"}) == "delivered"
    assert driver.publish("order", variables={"id": "B"}) == "started"
    driver.work_off()
    assert len(driver.instances()) == 2
    assert sorted(task.element_id for task in driver.tasks()) == ["a", "a", "b"]


def test_given_a_deployment_with_keys_when_deleted_then_messages_are_read_by_it_no_more(driver: Driver) -> None:
    deployed = driver.deploy(diagram(SHOP, root=ROOT))
    driver.publish("order", variables={"id": "A"})
    driver.write(lambda tx: deployments.delete(tx, deployed.id, cascade=True))
    assert driver.publish("payment", variables={"order": {"id": "A"}}, ttl=0) == "dropped"
