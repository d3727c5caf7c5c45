"""Starts and ends (BPMN 10.5.2, 10.5.3, 13.5.1, 13.5.6)."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from bpmn.errors import NotWaiting
from bpmn.execution import Context
from bpmn.model import StartTrigger
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import MONDAY, cancel, complete, parse, refused, story

TWO_STARTS = "start s1; start s2; user a; user b; end e; s1 -> a -> e; s2 -> b -> e"
FOUR_STARTS = (
    "start n; start m message=go; start t timer=PT1H; start g signal=alarm; user a; n -> a; m -> a; t -> a; g -> a"
)


def test_given_none_start_and_end_when_started_then_it_completes_at_that_end() -> None:
    done = story(diagram("start s; end e; s -> e"), variables={"x": 1})
    assert (done.outcome, done.ends, done.trace) == ("completed", ("e",), ["s", "e"])
    assert done.variables == {"x": 1}
    assert done.facts(f.ProcessStarted) == [f.ProcessStarted("s")]


def test_given_several_none_starts_when_started_without_a_name_then_it_is_refused() -> None:
    with pytest.raises(NotWaiting, match=r"several start events; name one of \['s1', 's2'\]"):
        story(diagram(TWO_STARTS))


def test_given_several_none_starts_when_one_is_named_then_only_that_one_begins() -> None:
    assert story(diagram(TWO_STARTS), start="s2").open == ["b"]


def test_given_a_start_event_that_is_not_there_when_named_then_it_is_refused() -> None:
    with pytest.raises(NotWaiting, match="'a' is no start event"):
        story(diagram(TWO_STARTS), start="a")


@pytest.mark.parametrize("event", ["n", "m", "t", "g"])
def test_given_starts_of_all_kinds_when_one_is_named_then_it_begins_there(event: str) -> None:
    done = story(diagram(FOUR_STARTS), start=event, variables={"x": 1})
    assert (done.trace, done.open) == ([event], ["a"])
    assert done.facts(f.ProcessStarted) == [f.ProcessStarted(event)]


def test_given_starts_of_all_kinds_when_started_plainly_then_the_none_start_begins() -> None:
    assert story(diagram(FOUR_STARTS)).trace == ["n"]


def test_given_several_starts_by_events_when_started_plainly_then_it_is_refused() -> None:
    with pytest.raises(NotWaiting, match=r"started by its events only: \['m', 't'\]"):
        story(diagram("start m message=go; start t timer=PT1H; end e; m -> e; t -> e"))


@pytest.mark.parametrize("trigger", ["message=go", "timer=PT1H", "signal=alarm", "message=go signal=alarm"])
def test_given_one_start_by_an_event_when_started_plainly_then_it_begins_there(trigger: str) -> None:
    done = story(diagram(f"start m {trigger}; user a; m -> a"))
    assert (done.trace, done.open) == (["m"], ["a"])


def test_given_starts_of_all_kinds_when_read_then_the_model_names_its_triggers() -> None:
    assert parse(diagram(FOUR_STARTS))["p"].starts == (
        StartTrigger("n", "none"),
        StartTrigger("m", "message", "go"),
        StartTrigger("t", "timer"),
        StartTrigger("g", "signal", "alarm"),
    )


def test_given_no_start_event_when_started_then_every_node_without_incoming_flow_begins() -> None:
    done = story(diagram("user a; user b; task c; a -> c; b -> c"), complete("b"))
    assert done.open == ["a"]
    assert done.facts(f.ProcessStarted) == [f.ProcessStarted(None)]
    assert story(diagram("user a; user b; task c; a -> c; b -> c"), complete("b"), complete("a")).trace == [
        "b",
        "c",
        "a",
        "c",
    ]


def test_given_no_start_event_and_a_boundary_event_when_started_then_the_boundary_event_does_not_begin() -> None:
    done = story(diagram("user a; boundary t on=a timer=PT1H; task b; t -> b"), complete("a"))
    assert (done.outcome, done.trace) == ("completed", ["a"])


def test_given_no_end_event_when_nothing_is_alive_then_it_is_complete() -> None:
    done = story(diagram("start s; user a; s -> a"), complete("a"))
    assert (done.outcome, done.ends, done.trace) == ("completed", (), ["s", "a"])


def test_given_a_single_task_without_any_flow_when_started_then_it_completes() -> None:
    assert story(diagram("task a")).trace == ["a"]


def test_given_several_ends_when_all_are_reached_then_each_is_named_once_in_order() -> None:
    text = "start s; and x; user a; user b; user c; end e1; end e2; s -> x -> a -> e1; x -> b -> e2; x -> c -> e1"
    done = story(diagram(text), complete("c"), complete("b"), complete("a"))
    assert (done.outcome, done.ends) == ("completed", ("e1", "e2"))
    assert done.trace.count("e1") == 2


def test_given_a_terminate_end_when_reached_then_everything_else_is_canceled() -> None:
    text = """start s; and x; user a; user b; sub w; end t terminate; s -> x -> a -> t; x -> b; x -> w
    in w { start ws; user wa; boundary late on=wa timer=PT1H; ws -> wa; late -> wa }"""
    done = story(diagram(text), complete("a"))
    assert (done.outcome, done.ends) == ("terminated", ("t",))
    assert len(done.facts(f.ActivityCanceled)) == 3
    assert (done.tasks, done.waits, done.open) == ({}, {}, [])


def test_given_a_terminate_end_when_other_tokens_are_on_their_way_then_these_do_nothing_more() -> None:
    done = story(diagram("start s; and x; end t terminate; task a; task b; s -> x -> t; x -> a -> b"))
    assert done.outcome == "terminated"
    assert "b" not in done.trace


def test_given_an_error_end_that_nobody_catches_when_reached_then_it_is_an_incident_and_the_rest_goes_on() -> None:
    text = "start s; and x; end bad error=E7; user a; end e; s -> x -> bad; x -> a -> e"
    done = story(diagram(text), complete("a"))
    assert (done.outcome, done.incidents) == (None, {"bad": "bpmn-error-unhandled"})
    assert done.messages == ["no event catches the error 'E7'"]
    assert done.open == ["bad"]


def test_given_a_signal_end_when_reached_then_the_signal_is_thrown_and_the_path_ends() -> None:
    done = story(diagram("start s; end e signal=all-clear; s -> e"))
    assert done.facts(f.SignalThrown) == [f.SignalThrown(0, "all-clear")]
    assert done.ends == ("e",)


def test_given_an_ended_instance_when_anything_comes_then_it_is_refused() -> None:
    text = diagram("start s; user a; end e; s -> a -> e")
    story(text, complete("a"), refused(cancel(), "is over"))


def test_given_an_open_instance_when_canceled_then_everything_is_closed() -> None:
    text = (
        "start s; user a; boundary t on=a timer=PT1H; boundary m on=a message=stop; end e; s -> a -> e; t -> e; m -> e"
    )
    done = story(diagram(text), cancel())
    assert (done.outcome, done.ends, done.open, done.waits, done.tasks) == ("canceled", (), [], {}, {})


def test_given_an_initiator_when_started_then_the_variable_gets_who_started() -> None:
    text = 'start s [camunda:initiator="who"]; user a [camunda:assignee="${who}"]; s -> a'
    done = story(diagram(text), context=Context(MONDAY, actor="kermit"))
    assert done.variables == {"who": "kermit"}
    assert done.tasks["a"].assignee == "kermit"


def test_given_an_initiator_when_nobody_is_known_then_the_variable_is_null() -> None:
    assert story(diagram('start s [camunda:initiator="who"]; end e; s -> e')).variables == {"who": None}


def test_given_a_timer_start_when_asked_then_the_model_says_when_it_is_due() -> None:
    model = parse(diagram("start t cycle=R2/PT1H; end e; t -> e"))["p"]
    first = model.first_due(model.starts[0], MONDAY)
    assert first is not None
    second = model.next_due(model.starts[0], first, 2)
    assert second is not None
    assert [(due - MONDAY).total_seconds() for due in (first, second)] == [3600, 7200]
    assert model.next_due(model.starts[0], second, 3) is None
