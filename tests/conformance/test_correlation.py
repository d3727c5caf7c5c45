"""Correlation keys: values that the messages of a conversation carry (BPMN 8.4.2)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import definitions, diagram, process
from tests.bpmn.reading import refusals
from tests.conformance.harness import Outcome, complete, event, parse, put, retry, story

MESSAGES = '<message id="mo" name="order"/><message id="mp" name="payment"/><message id="mc" name="cancel"/>'


def prop(name: str, **paths: str) -> str:
    """A correlation property, and how each message (`mo`, `mp`, `mc`) carries it."""
    drawn = "".join(
        f'<correlationPropertyRetrievalExpression messageRef="{message}"><messagePath>{path}</messagePath>'
        "</correlationPropertyRetrievalExpression>"
        for message, path in paths.items()
    )
    return f'<correlationProperty id="{name}" name="{name}">{drawn}</correlationProperty>'


def key(name: str, *properties: str) -> str:
    refs = "".join(f"<correlationPropertyRef>{item}</correlationPropertyRef>" for item in properties)
    return f'<collaboration id="of_{name}"><correlationKey id="{name}" name="{name}">{refs}</correlationKey></collaboration>'


ORDER = MESSAGES + prop("order", mo="id", mp="order.id") + key("byOrder", "order")
SUBSCRIBES = """<correlationSubscription correlationKeyRef="byOrder">
    <correlationPropertyBinding correlationPropertyRef="order"><dataPath>wanted.id</dataPath>
    </correlationPropertyBinding></correlationSubscription>"""
CATCH_PAYMENT = 'catch c <messageEventDefinition messageRef="mp"/>'


def awaited(done: Outcome) -> list[tuple[str, str | None, bool]]:
    """What is waited for: event, key, and whether the key is read from messages."""
    over = [(fact.activity, fact.event) for fact in done.facts(f.WaitOver)]
    found = [(fact.activity, fact.event, fact.correlation_key, fact.keyed) for fact in done.facts(f.MessageAwaited)]
    for activity, name in over:
        found.remove(next(item for item in found if item[:2] == (activity, name)))
    return [item[1:] for item in found]


def test_given_a_message_that_starts_when_it_carries_a_key_then_later_messages_must_carry_the_same() -> None:
    text = diagram(f'start s <messageEventDefinition messageRef="mo"/>; {CATCH_PAYMENT}; s -> c', root=ORDER)
    done = story(text, start="s", variables={"id": "A7"})
    assert awaited(done) == [("c", 'byOrder ["A7"]', True)]
    assert parse(text)["p"].message_keys("payment", {"order": {"id": "A7"}}) == ['byOrder ["A7"]']


def test_given_no_message_yet_when_waiting_then_the_first_one_decides_for_all() -> None:
    text = diagram(
        f'start s; and g; {CATCH_PAYMENT}; catch d <messageEventDefinition messageRef="mo"/>; s -> g -> c; g -> d',
        root=ORDER,
    )
    assert awaited(story(text)) == [("c", None, True), ("d", None, True)]
    assert awaited(story(text, event("d", id=5))) == [("c", 'byOrder ["5"]', True)]


def test_given_a_message_sent_with_a_payload_when_it_carries_a_key_then_the_answer_must_carry_the_same() -> None:
    mapping = (
        '<extensionElements><camunda:inputOutput><camunda:inputParameter name="id">${x}</camunda:inputParameter>'
        "</camunda:inputOutput></extensionElements>"
    )
    text = diagram(
        f'start s; throw t <messageEventDefinition messageRef="mo"/>{mapping}; {CATCH_PAYMENT}; s -> t -> c', root=ORDER
    )
    assert awaited(story(text, variables={"x": "B"})) == [("c", 'byOrder ["B"]', True)]


def test_given_a_subscription_when_waiting_then_the_data_of_the_process_says_what_messages_must_carry() -> None:
    text = diagram(f"start s; {CATCH_PAYMENT}; s -> c", root=ORDER).replace(
        b"</process>", f"{SUBSCRIBES}</process>".encode()
    )
    assert awaited(story(text, variables={"wanted": {"id": 3}})) == [("c", 'byOrder ["3"]', True)]
    assert story(text).incidents == {"c": "event-failed"}
    assert story(text, put(wanted={"id": None}), retry("c")).incidents == {"c": "event-failed"}
    done = story(text, put(wanted={"id": "X"}), retry("c"))
    assert awaited(done) == [("c", 'byOrder ["X"]', True)]


def test_given_a_key_of_several_properties_when_all_are_carried_then_they_count_together() -> None:
    root = MESSAGES + prop("order", mo="id", mp="id") + prop("year", mo="y", mp="y") + key("k", "order", "year")
    text = diagram(f'start s <messageEventDefinition messageRef="mo"/>; {CATCH_PAYMENT}; s -> c', root=root)
    assert awaited(story(text, start="s", variables={"id": 1, "y": 2026})) == [("c", 'k ["1","2026"]', True)]
    assert awaited(story(text, start="s", variables={"id": 1})) == [("c", None, True)]


def test_given_two_keys_when_a_message_carries_the_second_then_that_one_is_known() -> None:
    root = MESSAGES + prop("a", mo="x", mp="x") + prop("b", mo="y", mp="y") + key("one", "a") + key("two", "b")
    text = diagram(f'start s <messageEventDefinition messageRef="mo"/>; {CATCH_PAYMENT}; s -> c', root=root)
    assert awaited(story(text, start="s", variables={"y": 1})) == [("c", 'two ["1"]', True)]
    assert parse(text)["p"].message_keys("payment", {"x": 1, "y": 1}) == ['one ["1"]', 'two ["1"]']


@pytest.mark.parametrize(
    ("value", "text"),
    [("7", "7"), (7, "7"), (Decimal("7.0"), "7"), (Decimal("0.0"), "0"), (True, "true"), ([1], None), (None, None)],
)
def test_given_values_of_all_kinds_when_compared_then_their_text_counts(value: Any, text: str | None) -> None:
    model = parse(diagram(f"start s; {CATCH_PAYMENT}; s -> c", root=ORDER))["p"]
    assert model.message_keys("order", {"id": value}) == ([] if text is None else [f'byOrder ["{text}"]'])


def test_given_a_message_that_no_key_reads_when_waited_for_then_it_is_found_as_ever() -> None:
    text = diagram('start s; catch c <messageEventDefinition messageRef="mc"/>; s -> c', root=ORDER)
    assert awaited(story(text)) == [("c", None, False)]


def test_given_a_correlation_key_of_the_diagram_s_vendor_when_waiting_then_that_counts() -> None:
    vendor = '<extensionElements><zeebe:subscription correlationKey="=x"/></extensionElements>'
    root = f'<message id="mp" name="payment">{vendor}</message>' + prop("order", mp="id") + key("k", "order")
    text = diagram(f"start s; {CATCH_PAYMENT}; s -> c", root=root)
    assert awaited(story(text, variables={"x": "V"})) == [("c", "V", False)]


# --- several start events of one conversation (13.2) ---

STARTS = diagram(
    """start s <messageEventDefinition messageRef="mo"/>; start t <messageEventDefinition messageRef="mp"/>
    start u <messageEventDefinition messageRef="mc"/>; user a; user b; user c; s -> a; t -> b; u -> c""",
    root=ORDER,
)


def test_given_several_starts_of_a_conversation_when_one_came_then_the_others_come_to_the_same_instance() -> None:
    begun = story(STARTS, start="s", variables={"id": "A"})
    assert (begun.open, awaited(begun)) == (["a"], [("t", 'byOrder ["A"]', True)])
    both = story(STARTS, event("t", x=1), start="s", variables={"id": "A"})
    assert (both.open, awaited(both), both.trace, both.variables["x"]) == (["a", "b"], [], ["s", "t"], 1)


def test_given_another_start_of_the_conversation_when_it_never_comes_then_the_instance_does_not_wait_for_it() -> None:
    assert story(STARTS, complete("a"), start="s", variables={"id": "A"}).outcome == "completed"


def test_given_a_start_without_a_key_when_it_came_then_the_other_starts_are_not_waited_for() -> None:
    assert awaited(story(STARTS, start="s")) == []
    assert awaited(story(STARTS, start="u", variables={"id": "A"})) == []


# --- what is drawn wrong ---


def test_given_a_path_that_is_no_expression_when_read_then_it_is_refused_at_its_property() -> None:
    (found,) = refusals(diagram("start s", root=MESSAGES + prop("order", mo="/order/@id +") + key("k", "order")))
    assert (found.element_id, found.element_type) == ("order", "messagePath")


def test_given_keys_that_lead_nowhere_when_read_then_no_message_carries_them() -> None:
    root = MESSAGES + key("k", "gone") + '<correlationProperty id="empty"/>' + key("l", "empty") + key("m")
    text = definitions(process(f"start s; {CATCH_PAYMENT}; s -> c") + root)
    assert awaited(story(text)) == [("c", None, False)]
