"""Messages reach one receiver, now or when it opens; signals reach all."""

from __future__ import annotations

import pytest

from app.errors import AlreadyExists, InvalidState, NotFound
from tests.driver import Driver, chain, process

MESSAGE = '<message id="m" name="paid"/>'
CATCH = '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
WAITS = process(chain('<startEvent id="s"/>', CATCH, '<userTask id="work"/>', '<endEvent id="e"/>'), outside=MESSAGE)
LATER = process(
    chain('<startEvent id="s"/>', '<userTask id="first"/>', CATCH, '<userTask id="work"/>', '<endEvent id="e"/>'),
    outside=MESSAGE,
)
STARTED = process(
    chain(
        '<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>',
        '<userTask id="work"/>',
        '<endEvent id="e"/>',
    ),
    key="started",
    outside=MESSAGE,
)
SIGNAL = '<signal id="sig" name="alarm"/>'
HEARS = process(
    chain(
        '<startEvent id="s"/>',
        '<intermediateCatchEvent id="wait"><signalEventDefinition signalRef="sig"/></intermediateCatchEvent>',
        '<userTask id="work"/>',
    ),
    outside=SIGNAL,
)


def test_a_message_is_correlated_by_business_key(driver: Driver) -> None:
    driver.deploy(WAITS)
    driver.start(business_key="a")
    second = driver.start(business_key="b")
    reached = driver.correlate("paid", business_key="b", variables={"amount": 5})
    assert (reached.process_instance_id, reached.started) == (second.id, False)
    assert driver.task().process_instance_id == second.id
    assert driver.variables(second.id) == {"amount": 5}


def test_a_message_is_correlated_by_the_value_of_a_variable(driver: Driver) -> None:
    driver.deploy(WAITS)
    driver.start(variables={"order": 1})
    second = driver.start(variables={"order": 2})
    assert driver.correlate("paid", correlation_keys={"order": 2}).process_instance_id == second.id
    with pytest.raises(NotFound):
        driver.correlate("paid", correlation_keys={"order": "1"})


def test_a_message_that_fits_several_receivers_reaches_none(driver: Driver) -> None:
    driver.deploy(WAITS)
    driver.start()
    driver.start()
    with pytest.raises(InvalidState) as refused:
        driver.correlate("paid")
    assert refused.value.code == "message-ambiguous"
    assert driver.tasks() == []


def test_a_message_without_receiver_is_not_found(driver: Driver) -> None:
    driver.deploy(WAITS)
    with pytest.raises(NotFound):
        driver.correlate("paid")


def test_a_message_starts_the_one_process_that_it_starts(driver: Driver) -> None:
    driver.deploy(STARTED)
    reached = driver.correlate("paid", business_key="b")
    assert reached.started
    assert driver.instance(reached.process_instance_id).business_key == "b"


def test_a_published_message_reaches_whoever_waits_before_the_publisher_is_answered(driver: Driver) -> None:
    driver.deploy(WAITS)
    started = driver.start(business_key="order-1")
    assert driver.publish("paid", "other") == "buffered"
    assert driver.publish("paid", "order-1", variables={"amount": 5}) == "delivered"
    assert driver.task().process_instance_id == started.id
    assert driver.variables(started.id) == {"amount": 5}


def test_a_published_message_waits_for_a_receiver_that_opens_later(driver: Driver) -> None:
    driver.deploy(LATER)
    started = driver.start(business_key="order-1")
    assert driver.publish("paid", "order-1", variables={"amount": 5}) == "buffered"
    driver.complete(driver.task("first").id)
    assert driver.task().process_instance_id == started.id
    assert driver.variables(started.id) == {"amount": 5}


def test_an_expired_message_reaches_nobody(driver: Driver) -> None:
    driver.deploy(LATER)
    driver.start(business_key="order-1")
    driver.publish("paid", "order-1", ttl=1000)
    driver.travel(seconds=2)
    driver.complete(driver.task("first").id)
    assert driver.tasks() == []
    driver.worker.clean_up()
    assert driver.publish("paid", "nobody", ttl=0) == "dropped"


def test_each_published_message_reaches_one_receiver_only(driver: Driver) -> None:
    driver.deploy(WAITS)
    driver.start(business_key="order-1")
    assert driver.publish("paid", "order-1") == "delivered"
    assert driver.publish("paid", "order-1") == "buffered"
    driver.start(business_key="order-1")
    assert len(driver.tasks()) == 2


def test_a_message_with_the_same_id_is_published_once(driver: Driver) -> None:
    driver.deploy(WAITS)
    driver.start(business_key="order-1")
    assert driver.publish("paid", "order-1", message_id="17") == "delivered"
    with pytest.raises(AlreadyExists):
        driver.publish("paid", "order-1", message_id="17")
    driver.travel(minutes=2)
    driver.worker.clean_up()
    assert driver.publish("paid", "order-1", message_id="17") == "buffered"


def test_a_published_message_starts_a_process(driver: Driver) -> None:
    driver.deploy(STARTED)
    assert driver.publish("paid", "order-1", variables={"amount": 5}) == "started"
    (instance,) = driver.instances()
    assert instance.business_key == "order-1"
    assert driver.variables(instance.id) == {"amount": 5}


def test_a_signal_reaches_all_who_wait_and_starts_what_it_starts(driver: Driver) -> None:
    driver.deploy(HEARS)
    driver.deploy(
        process(
            chain('<startEvent id="s"><signalEventDefinition signalRef="sig"/></startEvent>', '<userTask id="work"/>'),
            key="alarmed",
            outside=SIGNAL,
        )
    )
    driver.start()
    driver.start()
    driver.signal("alarm", {"where": "hall"})
    driver.work_off()
    assert sorted(task.definition_key for task in driver.tasks()) == ["alarmed", "p", "p"]
    assert all(driver.variables(instance.id) == {"where": "hall"} for instance in driver.instances())
