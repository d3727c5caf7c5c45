"""Starts and ends (BPMN 10.5.2, 10.5.3, 13.5.1, 13.5.6)."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from bpmn.errors import NotWaiting
from bpmn.execution import Context
from bpmn.expressions import Settings
from bpmn.model import StartTrigger
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import MONDAY, cancel, complete, event, parse, refused, story

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
    with pytest.raises(NotWaiting, match=r"several start events; name one of: s1, s2"):
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
    with pytest.raises(NotWaiting, match=r"started by its events only: m, t"):
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


CONDITIONS = "start hot condition=${temperature>30}; start dry condition=${missing.rain<1}; start n; user a; hot -> a; dry -> a; n -> a"


def test_given_conditional_starts_when_asked_for_variables_then_those_whose_condition_is_true_are_known() -> None:
    model = parse(diagram(CONDITIONS))["p"]
    assert [(start.element, start.kind) for start in model.starts if start.kind != "none"] == [
        ("hot", "condition"),
        ("dry", "condition"),
    ]
    hot, dry = (start for start in model.starts if start.kind == "condition")
    assert model.starts_with(hot, {"temperature": 31}, Settings())
    assert not model.starts_with(hot, {"temperature": 30}, Settings())
    assert not model.starts_with(dry, {"temperature": 31}, Settings())


def test_given_a_conditional_start_when_it_is_named_then_it_begins_there_and_plainly_the_other_one_does() -> None:
    done = story(diagram(CONDITIONS), start="hot", variables={"temperature": 31})
    assert (done.trace, done.open, done.variables) == (["hot"], ["a"], {"temperature": 31})
    assert story(diagram(CONDITIONS)).trace == ["n"]


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


# --- nodes that no flow leads to, beside start events (10.3, 13.2) ---


def test_given_an_activity_that_no_flow_leads_to_when_started_then_it_begins_with_the_process() -> None:
    text = diagram("start s; user a; user lone; end e; s -> a; lone -> e")
    assert story(text).open == ["a", "lone"]
    assert story(text, complete("lone")).outcome is None
    assert story(text, complete("lone"), complete("a")).ends == ("e",)


def test_given_an_activity_that_no_flow_leads_to_when_a_message_starts_the_process_then_it_begins_too() -> None:
    assert story(diagram("start s message=m; user a; user lone; s -> a"), start="s").open == ["a", "lone"]


def test_given_a_lone_activity_and_a_start_when_both_lead_to_a_join_then_it_fires() -> None:
    done = story(diagram("start s; task lone; and j; end e; s -> j -> e; lone -> j"))
    assert (done.ends, sorted(done.trace)) == (("e",), ["e", "j", "lone", "s"])


@pytest.mark.parametrize(
    "node", ["xor lone", "catch lone message=m", "throw lone", 'task lone [isForCompensation="true"]']
)
def test_given_another_node_that_no_flow_leads_to_when_there_is_a_start_then_it_is_never_reached(node: str) -> None:
    done = story(diagram(f"start s; user a; {node}; s -> a"))
    assert (done.open, done.trace) == (["a"], ["s"])


def test_given_a_lone_activity_in_a_subprocess_when_entered_then_it_begins_with_it() -> None:
    text = diagram("start s; sub w; end e; s -> w -> e; in w { start ws; user a; user lone; ws -> a }")
    assert story(text).open == ["a", "lone", "w"]
    assert story(text, complete("a"), complete("lone")).ends == ("e",)


def test_given_a_lone_activity_in_a_handler_when_its_event_comes_then_it_begins_with_it() -> None:
    text = diagram("user u; handler h; in h { start hs message=m; user a; user lone; hs -> a }")
    assert story(text, event("hs")).open == ["a", "h", "lone"]


def test_given_a_receive_task_that_may_start_the_process_when_something_else_starts_it_then_it_does_not_begin() -> None:
    text = diagram('start s; user a; receive r message=m [instantiate="true"]; user b; s -> a; r -> b')
    assert story(text).open == ["a"]
    assert story(text, start="r").open == ["b"]


def test_given_a_lone_event_without_any_start_when_started_then_it_waits() -> None:
    text = diagram("catch c message=m; user a; c -> a")
    assert story(text).waits == {"c": "message"}
    assert story(text, event("c")).open == ["a"]


def test_given_a_process_of_handlers_only_when_started_then_it_is_over_at_once() -> None:
    done = story(diagram("handler h; in h { start hs message=m; user a; hs -> a }"))
    assert (done.outcome, done.trace) == ("completed", [])


def test_given_several_none_starts_in_a_subprocess_when_entered_then_it_begins_at_all() -> None:
    text = diagram("sub w; in w { start one; start two; user a; user b; one -> a; two -> b }")
    assert story(text).open == ["a", "b", "w"]


# --- implicit splits, uncontrolled flow (13.3.1) ---


def test_given_several_flows_out_of_a_task_when_done_then_each_gets_a_token() -> None:
    text = diagram("start s; user a; user b; user c; s -> a; a -> b; a -> c")
    assert story(text, complete("a")).open == ["b", "c"]


def test_given_several_flows_out_of_a_start_when_started_then_each_gets_a_token() -> None:
    assert story(diagram("start s; user a; user b; s -> a; s -> b")).open == ["a", "b"]


def test_given_several_flows_into_a_task_when_tokens_come_then_it_is_done_for_each() -> None:
    text = diagram("start s; user a; user b; user z; s -> a; s -> b; a -> z; b -> z")
    done = story(text, complete("a"), complete("b"))
    assert done.open == ["z", "z"]
    assert story(text, complete("a"), complete("b"), complete("z"), complete("z")).trace.count("z") == 2


def test_given_more_tokens_than_a_join_needs_when_it_fires_then_the_rest_stays_for_the_next_round() -> None:
    text = diagram("""start s; user a; user b; xor m; and j; user z
        s -> a; s -> b; s -> m; a -> m; m -> j; b -> j; j -> z""")
    one = story(text, complete("a"), complete("b"))
    assert (one.open, one.incidents) == (["z"], {})
    two = story(text, complete("a"), complete("b"), complete("z"))
    assert two.incidents == {"j": "join-starved"}
