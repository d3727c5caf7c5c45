"""Catching and throwing events (BPMN 10.5.4, 10.5.5, 13.5.2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bpmn import facts as f
from bpmn.execution import Context
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import MONDAY, complete, event, later, put, refused, retry, story

CATCH = "start s; catch c {}; end e; s -> c -> e"
KEY = '<extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements>'
KEYED = f'<message id="keyed" name="paid">{KEY}</message>'


def test_given_a_message_catch_when_the_message_comes_then_it_goes_on_with_the_payload() -> None:
    text = diagram(CATCH.format("message=go"))
    assert story(text).waits == {"c": "message"}
    assert story(text).facts(f.MessageAwaited) == [f.MessageAwaited(2, "c", "go")]
    done = story(text, event("c", x=1))
    assert (done.ends, done.variables) == (("e",), {"x": 1})


def test_given_a_message_name_with_an_expression_when_reached_then_it_is_evaluated() -> None:
    done = story(diagram(CATCH.format("message=order-${id}")), variables={"id": 7})
    assert done.facts(f.MessageAwaited) == [f.MessageAwaited(2, "c", "order-7")]


@pytest.mark.parametrize(("order", "key"), [("A7", "A7"), (7, "7")])
def test_given_a_message_with_a_correlation_key_when_reached_then_it_is_evaluated(order: object, key: str) -> None:
    text = 'start s; catch c <messageEventDefinition messageRef="keyed"/>; s -> c'
    done = story(diagram(text, root=KEYED), variables={"order": order})
    assert done.facts(f.MessageAwaited) == [f.MessageAwaited(2, "c", "paid", key)]


def test_given_a_receive_task_with_a_correlation_key_when_reached_then_it_is_evaluated() -> None:
    done = story(diagram('start s; receive c [messageRef="keyed"]; s -> c', root=KEYED), variables={"order": "A"})
    assert done.facts(f.MessageAwaited) == [f.MessageAwaited(2, "c", "paid", "A")]


def test_given_a_correlation_key_without_a_value_when_reached_then_it_is_an_incident_until_there_is_one() -> None:
    text = diagram('start s; catch c <messageEventDefinition messageRef="keyed"/>; s -> c', root=KEYED)
    assert story(text).incidents == {"c": "event-failed"}
    assert story(text, put(order="A7"), retry("c")).waits == {"c": "message"}


def test_given_a_signal_catch_when_the_signal_comes_then_it_goes_on() -> None:
    text = diagram(CATCH.format("signal=alarm"))
    assert story(text).facts(f.SignalAwaited) == [f.SignalAwaited(2, "c", "alarm")]
    assert story(text, event("c", x=1)).variables == {"x": 1}


@pytest.mark.parametrize(
    ("word", "due"),
    [
        ("timer=PT15M", MONDAY + timedelta(minutes=15)),
        ("timer=P1Y2M", datetime(2027, 5, 2, 9, 0, tzinfo=UTC)),
        ("timer=${wait}", MONDAY + timedelta(days=3)),
        ("timer==wait", MONDAY + timedelta(days=3)),
        ("date=2030-01-31T09:00:00Z", datetime(2030, 1, 31, 9, 0, tzinfo=UTC)),
        ("date=2030-01-31T09:00:00+02:00", datetime(2030, 1, 31, 7, 0, tzinfo=UTC)),
        ("date=2030-01-31", datetime(2030, 1, 31, tzinfo=UTC)),
        ("cycle=R1/PT10M", MONDAY + timedelta(minutes=10)),
        ("cycle=R/2030-01-31T09:00:00Z/P1D", datetime(2030, 1, 31, 9, 0, tzinfo=UTC)),
    ],
)
def test_given_a_timer_catch_when_reached_then_it_is_due_at_that_time_and_goes_on_then(
    word: str, due: datetime
) -> None:
    text = diagram(CATCH.format(word))
    assert story(text, variables={"wait": "P3D"}).due == {"c": due}
    assert story(text, event("c"), variables={"wait": "P3D"}).ends == ("e",)


def test_given_a_cycle_of_three_in_normal_flow_when_time_passes_then_a_token_goes_on_at_each_repetition() -> None:
    text = diagram("start s; catch c cycle=R3/PT10M; user a; s -> c -> a")
    once = story(text, event("c"))
    assert (once.open, once.due) == (["a", "c"], {"c": MONDAY + timedelta(minutes=20)})
    done = story(text, event("c"), event("c"), event("c"))
    assert (done.open, done.waits) == (["a", "a", "a"], {})


def test_given_a_process_that_waits_for_repetitions_when_the_first_has_come_to_the_end_then_it_is_not_over() -> None:
    text = diagram("start s; catch c cycle=R2/PT10M; end e; s -> c -> e")
    assert story(text, event("c")).open == ["c"]
    assert story(text, event("c"), event("c")).ends == ("e",)


def test_given_an_endless_cycle_in_normal_flow_when_it_happens_then_it_was_a_delay() -> None:
    assert story(diagram(CATCH.format("cycle=R/PT10M")), event("c")).ends == ("e",)


def test_given_a_cycle_behind_a_gateway_of_events_when_it_happens_then_it_was_a_delay() -> None:
    text = "start s; event-gateway g; catch c cycle=R3/PT10M; catch m message=m; user a; s -> g; g -> c; g -> m; c -> a"
    assert story(diagram(text), event("c")).open == ["a"]


def test_given_repetitions_with_a_variable_of_their_own_when_each_happens_then_it_is_still_there() -> None:
    given = '<camunda:inputParameter name="wait">R${n}/PT10M</camunda:inputParameter>'
    taken = '<camunda:outputParameter name="waited">${wait}</camunda:outputParameter>'
    mapping = f"<extensionElements><camunda:inputOutput>{given}{taken}</camunda:inputOutput></extensionElements>"
    text = diagram(f"start s; catch c cycle=${{wait}} {mapping}; user a; s -> c -> a")
    done = story(text, event("c"), put(n=1), event("c"), variables={"n": 2})
    assert (done.open, done.variables) == (["a", "a"], {"n": 1, "waited": "R2/PT10M"})


def test_given_a_cycle_that_cannot_go_on_in_normal_flow_when_mended_and_retried_then_it_does() -> None:
    text = diagram("start s; catch c cycle=${c}; user a; s -> c -> a")
    stimuli = [put(c="R3/PT40M"), put(c=None), event("c")]
    failed = story(text, *stimuli, variables={"c": "R3/PT40M"})
    assert (failed.open, failed.incidents) == (["a", "c"], {"c": "timer-invalid"})
    done = story(text, *stimuli, put(c="R3/PT40M"), retry("c"), event("c"), event("c"), variables={"c": "R3/PT40M"})
    assert (done.open, done.waits) == (["a", "a", "a"], {})


def test_given_a_repetition_too_far_away_in_normal_flow_when_the_first_came_then_it_goes_on_beside_an_incident() -> (
    None
):
    text = diagram("start s; catch c cycle=${c}; user a; s -> c -> a")
    stimuli = [put(c="R3/P7990Y"), event("c")]
    failed = story(text, *stimuli, variables={"c": "R3/PT1S"})
    assert (failed.open, failed.incidents) == (["a", "c"], {"c": "timer-invalid"})
    done = story(text, *stimuli, put(c="R3/PT1S"), retry("c"), event("c"), event("c"), variables={"c": "R3/PT1S"})
    assert (done.open, done.waits) == (["a", "a", "a"], {})


def test_given_a_repetition_that_failed_when_the_cycle_is_over_at_the_retry_then_it_waits_no_more() -> None:
    text = diagram("start s; catch c cycle=${c}; user a; s -> c -> a")
    done = story(text, put(c=None), event("c"), put(c="R1/PT1S"), retry("c"), variables={"c": "R3/PT1S"})
    assert (done.open, done.waits, done.incidents) == (["a"], {}, {})


def test_given_a_moment_between_milliseconds_when_a_timer_is_armed_then_it_is_as_exact_as_what_is_saved() -> None:
    text = "start s; user a; boundary b on=a cycle=R/PT1H quiet; end f; s -> a; b -> f"
    done = story(diagram(text), event("b"), context=Context(MONDAY + timedelta(microseconds=1234)))
    assert done.due == {"b": MONDAY + timedelta(hours=2, milliseconds=1)}


def test_given_a_cron_timer_when_reached_then_it_is_due_at_the_next_fit() -> None:
    text = "start s; catch c <timerEventDefinition><timeCycle>0 12 * * 1-5</timeCycle></timerEventDefinition>; s -> c"
    assert story(diagram(text)).due == {"c": datetime(2026, 3, 2, 12, 0, tzinfo=UTC)}


def test_given_a_timer_that_counts_from_entry_when_reached_later_then_it_counts_from_there() -> None:
    text = diagram("start s; user a; catch c timer=PT1H; s -> a -> c")
    assert story(text, later(minutes=30), complete("a")).due == {"c": MONDAY + timedelta(minutes=90)}


@pytest.mark.parametrize("value", ["tomorrow", 5, None, True, "", "P", "-PT5M", "PT5M" * 100, "P1.5Y", "P9999999999D"])
def test_given_a_timer_text_that_says_nothing_when_reached_then_it_is_an_incident_until_it_does(value: object) -> None:
    text = diagram(CATCH.format("timer=${wait}"))
    assert story(text, variables={"wait": value}).incidents == {"c": "timer-invalid"}
    done = story(text, put(wait="PT1H"), retry("c"), event("c"), variables={"wait": value})
    assert done.ends == ("e",)


@pytest.mark.parametrize("value", ["R0/PT1H", "R3/PT0S", "R3/PT1H/2030-01-01T00:00:00Z", "R3", "R3/x", "* * *"])
def test_given_a_cycle_that_never_fires_or_is_not_executed_when_reached_then_it_is_an_incident(value: str) -> None:
    assert story(diagram(CATCH.format("cycle=${c}")), variables={"c": value}).incidents == {"c": "timer-invalid"}


def test_given_a_timer_expression_of_an_unknown_variable_when_reached_then_it_is_an_incident() -> None:
    assert story(diagram(CATCH.format("timer=${wait}"))).incidents == {"c": "timer-invalid"}


def test_given_an_event_that_nobody_waits_for_when_it_comes_then_it_is_refused() -> None:
    def come(player: object) -> None:
        player.instances[0].execution.trigger(2, "x", {})  # type: ignore[attr-defined]

    story(diagram(CATCH.format("message=go")), refused(come, "does not wait for 'x'"))


def test_given_a_plain_throw_event_when_reached_then_it_passes() -> None:
    assert story(diagram("start s; throw t; end e; s -> t -> e")).trace == ["s", "t", "e"]


def test_given_a_signal_throw_event_when_reached_then_the_signal_is_thrown_once() -> None:
    done = story(diagram("start s; throw t signal=alarm-${n}; end e; s -> t -> e"), variables={"n": 1})
    assert done.facts(f.SignalThrown) == [f.SignalThrown(0, "alarm-1")]


def test_given_a_signal_without_a_value_for_its_name_when_thrown_then_nothing_is_thrown_until_there_is_one() -> None:
    text = diagram("start s; throw t signal=${n}; end e; s -> t -> e")
    failed = story(text)
    assert (failed.incidents, failed.facts(f.SignalThrown)) == ({"t": "event-failed"}, [])
    done = story(text, put(n="alarm"), retry("t"))
    assert done.facts(f.SignalThrown) == [f.SignalThrown(0, "alarm")]
    assert done.ends == ("e",)


@pytest.mark.parametrize("flows", ["f -> c -> e; f -> t -> e", "f -> t -> e; f -> c -> e"])
def test_given_a_signal_catch_in_another_branch_when_thrown_then_it_is_caught_at_once(flows: str) -> None:
    done = story(diagram(f"start s; and f; catch c signal=alarm; throw t signal=alarm; end e; s -> f; {flows}"))
    assert (done.ends, len(done.facts(f.SignalThrown))) == (("e",), 1)
    other = story(diagram(f"start s; and f; catch c signal=alarm; throw t signal=other; end e; s -> f; {flows}"))
    assert other.waits == {"c": "signal"}
