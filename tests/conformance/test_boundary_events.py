"""Boundary events (BPMN 10.5.4, 13.5.3)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import MONDAY, Stimulus, complete, error, event, later, put, retry, story

ONE = "start s; user a; boundary b on=a {}; user late; end e; s -> a -> e; b -> late"
WORK = 'service w [camunda:type="external" camunda:topic="pay"]'
KINDS = ["message=stop", "signal=stop", "timer=PT1H", "cycle=R3/PT1H", "date=2030-01-01T00:00:00Z"]


@pytest.mark.parametrize("kind", KINDS)
def test_given_an_interrupting_event_when_it_happens_then_the_activity_is_canceled(kind: str) -> None:
    text = diagram(ONE.format(kind))
    done = story(text, event("b", x=1))
    assert (done.open, done.waits, done.variables) == (["late"], {}, {"x": 1})
    assert done.trace == ["s", "b"]
    assert len(done.facts(f.ActivityCanceled)) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_given_an_event_that_did_not_happen_when_the_activity_is_done_then_it_is_withdrawn(kind: str) -> None:
    done = story(diagram(ONE.format(kind)), complete("a"))
    assert (done.ends, done.waits, done.trace) == (("e",), {}, ["s", "a", "e"])


@pytest.mark.parametrize("kind", ["message=stop", "signal=stop"])
def test_given_a_quiet_message_or_signal_when_it_happens_often_then_the_activity_stays_and_it_is_caught_each_time(
    kind: str,
) -> None:
    text = diagram(ONE.format(kind + " quiet"))
    done = story(text, event("b"), event("b"))
    assert done.open == ["a", "late", "late"]
    assert list(done.waits) == ["b"]
    ended = story(text, event("b"), complete("a"), complete("late"))
    assert (ended.outcome, ended.trace) == ("completed", ["s", "b", "a", "e", "late"])


def test_given_a_quiet_timer_when_it_fires_then_the_activity_stays_and_it_fires_no_more() -> None:
    done = story(diagram(ONE.format("timer=PT1H quiet")), event("b"))
    assert (done.open, done.waits) == (["a", "late"], {})


def test_given_a_quiet_cycle_of_three_when_time_passes_then_it_fires_three_times_at_its_pace() -> None:
    text = diagram(ONE.format("cycle=R3/PT10M quiet"))
    done = story(text, event("b"), later(minutes=3), event("b"), event("b"))
    assert done.open == ["a", "late", "late", "late"]
    assert done.waits == {}
    armed = [(fact.due - MONDAY, fact.repetition) for fact in done.facts(f.TimerArmed)]
    assert armed == [(timedelta(minutes=10 * n), n) for n in (1, 2, 3)]


def test_given_an_endless_quiet_cycle_when_the_activity_is_done_then_it_is_over() -> None:
    done = story(diagram(ONE.format("cycle=R/PT10M quiet")), event("b"), event("b"), complete("a"))
    assert (done.open, done.waits) == (["late", "late"], {})


def test_given_a_quiet_event_when_its_activity_is_over_then_its_own_path_goes_on() -> None:
    text = diagram("start s; user a; boundary b on=a message=x quiet; user c; end e; end f; s -> a -> e; b -> c -> f")
    assert story(text, event("b"), complete("a")).outcome is None
    assert story(text, event("b"), complete("a"), complete("c")).ends == ("e", "f")


def test_given_several_events_on_one_activity_when_one_happens_then_the_others_are_withdrawn() -> None:
    text = diagram("""start s; user a; boundary t on=a timer=PT1H; boundary m on=a message=x
        boundary g on=a signal=y quiet; end e; end et; end em; end eg; s -> a -> e; t -> et; m -> em; g -> eg""")
    assert set(story(text).waits) == {"t", "m", "g"}
    assert set(story(text, event("g")).waits) == {"t", "m", "g"}
    assert story(text, event("g"), event("m")).ends == ("eg", "em")


def test_given_a_worker_that_reports_an_error_when_it_is_caught_then_the_boundary_path_is_taken() -> None:
    text = diagram(f"start s; {WORK}; boundary b on=w error=E1; end e; end bad; s -> w -> e; b -> bad")
    done = story(text, error("w", "E1", "no money", tried=1))
    assert (done.ends, done.work, done.variables) == (("bad",), {}, {"tried": 1})
    assert story(text, error("w", "E2")).incidents == {"w": "bpmn-error-unhandled"}


@pytest.mark.parametrize(("code", "end"), [("E1", "one"), ("E2", "two"), ("E3", "any"), ("", "any")])
@pytest.mark.parametrize("order", [("b1", "b2", "b0"), ("b0", "b2", "b1")])
def test_given_specific_and_general_catchers_when_an_error_comes_then_the_specific_one_is_first(
    code: str, end: str, order: tuple[str, ...]
) -> None:
    events = {"b1": "boundary b1 on=w error=E1", "b2": "boundary b2 on=w error=E2", "b0": "boundary b0 on=w error"}
    text = f"""start s; {WORK}; {"; ".join(events[name] for name in order)}; end e; end one; end two; end any
        s -> w -> e; b1 -> one; b2 -> two; b0 -> any"""
    assert story(diagram(text), error("w", code)).ends == (end,)


def test_given_an_error_without_code_in_the_diagram_when_any_error_comes_then_its_event_catches_it() -> None:
    text = f"""start s; {WORK}; boundary b on=w <errorEventDefinition errorRef="open"/>; end e; end bad
        s -> w -> e; b -> bad"""
    assert story(diagram(text, root='<error id="open" name="any"/>'), error("w", "E9")).ends == ("bad",)


def test_given_variables_for_code_and_message_when_an_error_is_caught_then_they_are_set() -> None:
    definition = '<errorEventDefinition camunda:errorCodeVariable="code" camunda:errorMessageVariable="said"/>'
    text = f"start s; {WORK}; boundary b on=w {definition}; end e; end bad; s -> w -> e; b -> bad"
    assert story(diagram(text), error("w", "E9", "no money")).variables == {"code": "E9", "said": "no money"}


THROWN = """start s; sub w; boundary b on=w <errorEventDefinition errorRef="caught" camunda:errorCodeVariable="code"
    camunda:errorMessageVariable="said"/>; end e; end bad; s -> w -> e; b -> bad
    in w { start ws; end boom <errorEventDefinition errorRef="thrown"/>; ws -> boom }""".replace(
    "\n    camunda", " camunda"
)


def test_given_an_error_end_with_a_message_when_caught_then_both_are_told() -> None:
    errors = """<error id="caught" errorCode="E7"/>
        <error id="thrown" errorCode="E${n}" camunda:errorMessage="${n} is too much"/>"""
    done = story(diagram(THROWN, root=errors), variables={"n": 7})
    assert (done.ends, done.variables) == (("bad",), {"n": 7, "code": "E7", "said": "7 is too much"})


def test_given_an_error_end_without_a_value_for_its_code_when_mended_then_it_is_thrown() -> None:
    errors = '<error id="caught" errorCode="E7"/><error id="thrown" errorCode="=c"/>'
    assert story(diagram(THROWN, root=errors)).incidents == {"boom": "event-failed"}
    assert story(diagram(THROWN, root=errors), put(c="E7"), retry("boom")).ends == ("bad",)


def test_given_an_error_end_in_a_subprocess_when_caught_then_the_rest_of_it_is_canceled() -> None:
    text = diagram("""start s; sub w; boundary b on=w error=E1; end e; end bad; s -> w -> e; b -> bad
        in w { start ws; and f; user x; user y; end boom error=E1 ; ws -> f; f -> x -> boom; f -> y }""")
    done = story(text, complete("x"))
    assert (done.ends, done.tasks) == (("bad",), {})
    assert done.trace == ["s", "ws", "f", "x", "boom", "b", "bad"]


def test_given_an_error_end_as_the_last_token_when_caught_then_the_subprocess_does_not_complete() -> None:
    text = diagram("""start s; sub w; boundary b on=w error=E1; end e; end bad; s -> w -> e; b -> bad
        in w { start ws; end boom error=E1 ; ws -> boom }""")
    done = story(text)
    assert done.ends == ("bad",)
    assert "w" not in done.trace


def test_given_nested_subprocesses_when_the_inner_one_does_not_catch_then_the_outer_one_does() -> None:
    text = diagram("""start s; sub o; boundary bo on=o error=E1; end e; end bad; s -> o -> e; bo -> bad
        in o { start os; sub i; boundary bi on=i error=E2; end oe; end other; os -> i -> oe; bi -> other
            in i { start is; end boom error=E1 ; is -> boom } }""")
    assert story(text).ends == ("bad",)


def test_given_nested_subprocesses_when_both_could_catch_then_the_inner_one_does() -> None:
    text = diagram("""start s; sub o; boundary bo on=o error=E1; end e; end bad; s -> o -> e; bo -> bad
        in o { start os; sub i; boundary bi on=i error; end oe; end other; os -> i -> oe; bi -> other
            in i { start is; end boom error=E1 ; is -> boom } }""")
    done = story(text)
    assert (done.ends, "other" in done.trace) == (("e",), True)


def test_given_an_error_when_a_subprocess_beside_it_could_catch_then_it_does_not() -> None:
    text = diagram("""start s; and f; sub w; sub v; boundary bw on=w error=E1; boundary bv on=v error=E1
        end ew; end ev; end e; s -> f; f -> w -> e; f -> v -> e; bw -> ew; bv -> ev
        in w { start ws; user x; end boom error=E1 ; ws -> x -> boom }
        in v { start vs; user y; vs -> y }""")
    done = story(text, complete("x"))
    assert (done.open, "ew" in done.trace, "ev" in done.trace) == (["v", "y"], True, False)
    assert story(text, complete("x"), complete("y")).ends == ("ew", "e")


def test_given_an_interrupting_event_on_a_subprocess_when_it_happens_then_all_inside_is_canceled() -> None:
    text = diagram("""start s; sub o; boundary t on=o timer=PT1H; end e; end late; s -> o -> e; t -> late
        in o { start os; and f; and j; user x; sub i; os -> f; f -> x -> j; f -> i -> j
            in i { start is; user y; boundary r on=y cycle=R/PT5M quiet; end ie; is -> y; r -> ie } }""")
    done = story(text, event("r"), complete("x"), event("t"))
    assert (done.ends, done.tasks, done.waits) == (("late",), {}, {})


def test_given_a_quiet_event_on_a_subprocess_when_it_happens_then_the_inside_goes_on() -> None:
    text = diagram("""start s; sub w; boundary m on=w message=x quiet; user c; end e; s -> w -> e; m -> c
        in w { start ws; user x; ws -> x }""")
    assert story(text, event("m"), complete("x"), complete("c")).ends == ("e",)


def test_given_an_event_on_a_call_when_it_happens_then_the_called_process_is_canceled() -> None:
    text = diagram("""start s; call c [calledElement="q"]; boundary t on=c timer=PT1H; end e; end late
        s -> c -> e; t -> late""")
    done = story(text, event("t"), remote=("q",))
    assert (done.ends, len(done.facts(f.CallCanceled))) == (("late",), 1)


def test_given_an_event_on_a_receive_task_when_it_happens_then_the_message_is_waited_for_no_more() -> None:
    text = diagram("start s; receive r message=x; boundary t on=r timer=PT1H; end e; end late; s -> r -> e; t -> late")
    done = story(text, event("t"))
    assert (done.ends, done.waits) == (("late",), {})


def test_given_an_event_on_a_passing_task_when_reached_then_it_never_happens() -> None:
    text = diagram("start s; task a; boundary t on=a timer=PT1H; end e; end late; s -> a -> e; t -> late")
    assert story(text).ends == ("e",)


def test_given_a_timer_event_without_a_value_when_the_activity_is_entered_then_nothing_of_it_is_open() -> None:
    text = diagram(ONE.format("timer=${wait}"))
    failed = story(text)
    assert (failed.incidents, failed.tasks, failed.waits) == ({"a": "timer-invalid"}, {}, {})
    assert story(text, put(wait="PT1H"), retry("a")).due == {"b": MONDAY + timedelta(hours=1)}


def test_given_a_boundary_event_that_interrupts_when_its_activity_has_failed_then_the_failure_is_over() -> None:
    text = diagram("start s; user a; boundary t on=a timer=PT1H; end e; end late; s -> a; a -> e : ${ok}; t -> late")
    failed = story(text, complete("a", ok=False))
    assert (failed.incidents, failed.waits) == ({"a": "no-flow-taken"}, {"t": "timer"})
    done = story(text, complete("a", ok=False), event("t"))
    assert (done.ends, done.incidents) == (("late",), {})


def cycle_that_breaks() -> bytes:
    return diagram("""start s; user a; boundary b on=a cycle=${c} quiet; boundary d on=a cycle=R1/PT1H quiet
        end e; end f; end g; s -> a -> e; b -> f; d -> g""")


@pytest.mark.parametrize("mended", ["R3/PT5M", "R/PT5M"])
def test_given_a_cycle_that_cannot_go_on_when_mended_and_retried_then_it_goes_on_where_it_was(mended: str) -> None:
    stimuli: tuple[Stimulus, ...] = (event("b"), put(c="never"), event("d"), event("b"))
    failed = story(cycle_that_breaks(), *stimuli, variables={"c": "R3/PT40M"})
    assert (failed.incidents, failed.waits) == ({"a": "timer-invalid"}, {})
    done = story(cycle_that_breaks(), *stimuli, put(c=mended), retry("a"), variables={"c": "R3/PT40M"})
    assert (done.incidents, list(done.waits)) == ({}, ["b"])
    assert done.facts(f.TimerArmed)[-1].repetition == 3


def test_given_a_cycle_that_cannot_go_on_when_the_activity_is_done_then_it_is_left_as_ever() -> None:
    stimuli = (put(c="never"), event("b"), complete("a"))
    done = story(cycle_that_breaks(), *stimuli, variables={"c": "R3/PT40M"})
    assert (done.outcome, done.incidents) == ("completed", {})


def test_given_a_loop_over_an_activity_with_an_event_when_entered_again_then_the_event_is_armed_again() -> None:
    text = diagram("""start s; xor m; user a; boundary t on=a timer=PT1H; user late; end e
        s -> m -> a -> e; t -> late -> m""")
    done = story(text, event("t"), complete("late"))
    assert done.due == {"t": MONDAY + timedelta(hours=2)}


def test_given_two_timers_at_an_activity_when_one_cannot_be_armed_then_the_failure_names_it() -> None:
    text = diagram("start s; user a; boundary t on=a timer=PT1H; boundary u on=a timer=${wrong}; s -> a")
    failed = story(text)
    assert failed.incidents == {"a": "timer-invalid"}
    assert "event 'u'" in failed.messages[0]
