"""Subprocesses that events begin (BPMN 10.3.5.2, 13.5.4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import definitions, diagram, process, references
from tests.conformance.harness import MONDAY, complete, error, event, fail, later, put, retry, story

OUTSIDE = {"message": "message=m", "signal": "signal=m", "timer": "timer=PT1H"}
HANDLED = "start s; user a; end e; s -> a -> e; handler h; in h {{ start hs {}; user x; end he; hs -> x -> he }}"
EXTERNAL = '[camunda:type="external" camunda:topic="t"]'


def inside(text: str) -> str:
    """The same level as a subprocess, with something behind and beside it."""
    return f"start ps; and pf; sub w; user beside; user z; ps -> pf; pf -> w -> z; pf -> beside; in w {{ {text} }}"


@pytest.mark.parametrize("kind", OUTSIDE)
def test_given_an_interrupting_handler_when_its_event_comes_then_the_rest_of_the_process_ends(kind: str) -> None:
    text = diagram(HANDLED.format(OUTSIDE[kind]))
    assert (story(text).open, story(text).waits) == (["a"], {"hs": kind})
    come = story(text, event("hs", n=1))
    assert (come.open, come.waits, come.variables) == (["h", "x"], {}, {"n": 1})
    done = story(text, event("hs"), complete("x"))
    assert (done.outcome, done.trace) == ("completed", ["s", "hs", "x", "he", "h"])


@pytest.mark.parametrize("kind", OUTSIDE)
def test_given_an_interrupting_handler_in_a_subprocess_when_it_is_done_then_the_subprocess_is_left(kind: str) -> None:
    text = diagram(inside(HANDLED.format(OUTSIDE[kind])))
    assert story(text, event("hs")).open == ["beside", "h", "w", "x"]
    assert story(text, event("hs"), complete("x")).open == ["beside", "z"]


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_given_a_quiet_handler_when_its_event_comes_twice_then_it_runs_twice_beside_the_rest(kind: str) -> None:
    text = diagram(HANDLED.format(OUTSIDE[kind] + " quiet"))
    both = story(text, event("hs"), event("hs"))
    assert both.open == ["a", "h", "h", "x", "x"]
    assert story(text, event("hs"), complete("a")).outcome is None
    done = story(text, event("hs"), event("hs"), complete("a"), complete("x"), complete("x"))
    assert (done.outcome, done.ends) == ("completed", ("e",))


def test_given_a_quiet_timer_handler_when_due_then_it_runs_once_beside_the_rest() -> None:
    text = diagram(HANDLED.format("timer=PT1H quiet"))
    assert (story(text, event("hs")).open, story(text, event("hs")).waits) == (["a", "h", "x"], {})


def test_given_a_quiet_cycle_handler_when_due_then_it_is_armed_again_until_its_number_is_used_up() -> None:
    text = diagram(HANDLED.format("cycle=R2/PT1H quiet"))
    assert story(text, event("hs")).due == {"hs": MONDAY + timedelta(hours=2)}
    assert story(text, event("hs"), event("hs")).due == {}
    assert story(text, event("hs"), event("hs")).open == ["a", "h", "h", "x", "x"]


def test_given_a_quiet_handler_when_the_rest_is_done_first_then_the_scope_waits_for_it_and_still_hears_events() -> None:
    text = diagram(inside(HANDLED.format("message=m quiet")))
    assert story(text, event("hs"), complete("a"), event("hs")).open == ["beside", "h", "h", "w", "x", "x"]
    assert story(text, event("hs"), complete("a"), complete("x")).open == ["beside", "z"]


def test_given_a_handler_that_nothing_began_when_the_scope_ends_then_it_waits_no_more() -> None:
    text = diagram(inside(HANDLED.format("message=m")))
    done = story(text, complete("a"))
    assert (done.open, done.waits) == (["beside", "z"], {})


def test_given_several_handlers_when_one_interrupts_then_the_others_wait_no_more() -> None:
    text = diagram("""start s; user a; s -> a; handler g; handler h
        in g { start gs message=m; user x; gs -> x }
        in h { start hs signal=n quiet; user y; hs -> y }""")
    assert story(text, event("hs")).open == ["a", "h", "y"]
    done = story(text, event("hs"), event("gs"))
    assert (done.open, done.waits) == (["g", "x"], {})


def test_given_an_error_end_when_a_handler_catches_it_then_the_rest_of_the_scope_ends() -> None:
    text = diagram("""start s; and f; user a; user b; end bad error=E1; s -> f; f -> a -> bad; f -> b; handler h
        in h { start hs error=E1; user x; end he; hs -> x -> he }""")
    done = story(text, complete("a"))
    assert (done.open, done.incidents) == (["h", "x"], {})
    assert story(text, complete("a"), complete("x")).outcome == "completed"


def test_given_an_error_of_a_worker_when_a_handler_catches_it_then_its_data_are_in_the_scope() -> None:
    text = diagram(f"""start s; service a {EXTERNAL}; s -> a; handler h
        in h {{ start hs <errorEventDefinition camunda:errorCodeVariable="code" camunda:errorMessageVariable="said"/>
        user x; hs -> x }}""")
    done = story(text, error("a", "E7", "no stock", n=1))
    assert (done.open, done.variables) == (["h", "x"], {"code": "E7", "said": "no stock", "n": 1})


def test_given_a_catch_all_and_a_specific_handler_when_an_error_comes_then_the_specific_one_takes_it() -> None:
    text = diagram(f"""start s; service a {EXTERNAL}; s -> a; handler g; handler h
        in g {{ start gs error; user x; gs -> x }}
        in h {{ start hs error=E1; user y; hs -> y }}""")
    assert story(text, error("a", "E1")).open == ["h", "y"]
    assert story(text, error("a", "E2")).open == ["g", "x"]


def test_given_a_boundary_event_at_the_task_when_its_error_comes_then_it_is_nearer_than_the_handler() -> None:
    text = diagram(f"""start s; service a {EXTERNAL}; boundary b on=a error; user y; s -> a; b -> y; handler h
        in h {{ start hs error=E1; user x; hs -> x }}""")
    assert story(text, error("a", "E1")).open == ["y"]


def test_given_a_handler_inside_and_a_boundary_outside_when_an_error_comes_then_the_inner_one_takes_it() -> None:
    text = diagram(f"""start s; sub w; boundary b on=w error=E1; user y; user z; s -> w -> z; b -> y
        in w {{ service a {EXTERNAL}; handler h; in h {{ start hs error=E1; user x; hs -> x }} }}""")
    assert story(text, error("a", "E1")).open == ["h", "w", "x"]
    assert story(text, error("a", "E1"), complete("x")).open == ["z"]
    assert story(text, error("a", "E2")).incidents == {"a": "bpmn-error-unhandled"}


def test_given_an_error_of_an_interrupting_handler_when_siblings_catch_it_then_it_goes_outside_nevertheless() -> None:
    text = diagram("""start s; sub w; boundary b on=w error=E1; user y; s -> w; b -> y
        in w { user a; handler g; handler h
            in g { start gs message=m; end bad error=E1; gs -> bad }
            in h { start hs error=E1; user x; hs -> x } }""")
    assert story(text, event("gs")).open == ["y"]


def test_given_an_error_of_a_quiet_handler_when_a_sibling_catches_it_then_it_does_before_what_is_outside() -> None:
    text = diagram("""start s; sub w; boundary b on=w error=E1; user y; s -> w; b -> y
        in w { user a; handler g; handler h
            in g { start gs message=m quiet; end bad error=E1; gs -> bad }
            in h { start hs error=E1; user x; hs -> x } }""")
    assert story(text, event("gs")).open == ["h", "w", "x"]


def test_given_an_error_of_a_quiet_handler_when_only_itself_would_catch_it_then_it_is_an_incident() -> None:
    text = diagram("""user a; handler g
        in g { start gs message=m quiet; start ge error=E1; user x; end bad error=E1; gs -> bad; ge -> x }""")
    done = story(text, event("gs"))
    assert (done.open, done.incidents) == (["a", "bad", "g"], {"bad": "bpmn-error-unhandled"})


def test_given_a_handler_in_a_handler_when_its_event_comes_then_only_the_outer_handler_is_interrupted() -> None:
    text = diagram("""user a; handler g
        in g { start gs message=m quiet; user x; gs -> x; handler h
            in h { start hs signal=n; user y; end he; hs -> y -> he } }""")
    assert story(text).waits == {"gs": "message"}
    assert story(text, event("gs"), event("hs")).open == ["a", "g", "h", "y"]
    assert story(text, event("gs"), event("hs"), complete("y")).open == ["a"]


def test_given_an_escalation_when_a_handler_catches_it_then_it_interrupts_or_runs_beside() -> None:
    text = """start s; throw t escalation=L1; user a; s -> t -> a; handler h
        in h {{ start hs escalation=L1 {}; user x; hs -> x }}"""
    loud = story(diagram(text.format("")))
    assert (loud.open, loud.trace) == (["h", "x"], ["s", "t", "hs"])
    assert story(diagram(text.format("quiet"))).open == ["a", "h", "x"]


def test_given_a_condition_when_a_variable_makes_it_true_then_the_handler_begins() -> None:
    text = diagram(HANDLED.format("condition=${n>3}"))
    assert story(text, variables={"n": 1}).open == ["a"]
    assert story(text, put(n=5), variables={"n": 1}).open == ["h", "x"]
    assert story(text, variables={"n": 5}).open == ["h", "x"]


def test_given_a_quiet_condition_when_it_becomes_true_again_then_the_handler_begins_again() -> None:
    text = diagram(HANDLED.format("condition=${n>3} quiet"))
    assert story(text, put(n=5)).open == ["a", "h", "x"]
    assert story(text, put(n=5), put(n=6)).open == ["a", "h", "x"]
    assert story(text, put(n=5), put(n=1), put(n=6)).open == ["a", "h", "h", "x", "x"]


def test_given_a_handler_that_reads_local_variables_of_its_scope_when_begun_then_it_sees_them() -> None:
    text = diagram("""start s; sub w each=items; s -> w
        in w { user a; handler h; in h { start hs message=m; user x [camunda:assignee="${item}"]; hs -> x } }""")
    done = story(text, event("hs"), variables={"items": ["ann", "bob"]})
    assert {task.assignee for task in done.tasks.values()} == {None, "ann"}
    assert story(text, event("hs"), complete("x"), complete("a"), variables={"items": ["a", "b"]}).outcome


def test_given_variables_set_in_a_handler_when_it_is_over_then_its_own_are_gone_and_others_stay() -> None:
    text = diagram(inside(HANDLED.format("message=m quiet")))
    done = story(text, event("hs", n=1), put("h", own=2), complete("x", seen=3))
    assert done.variables == {"n": 1, "seen": 3}


def test_given_a_terminate_end_in_a_handler_when_reached_then_only_the_handler_ends() -> None:
    text = diagram("""user a; handler h
        in h { start hs message=m quiet; and f; user x; user y; end t terminate; hs -> f; f -> x -> t; f -> y }""")
    assert story(text, event("hs"), complete("x")).open == ["a"]


def test_given_a_join_half_full_when_a_handler_interrupts_then_its_tokens_are_gone() -> None:
    text = diagram(
        inside("""start s; and f; user a; user b; and j; user c; s -> f; f -> a -> j; f -> b -> j; j -> c
        handler h; in h { start hs message=m; user x; hs -> x }""")
    )
    assert story(text, complete("a"), event("hs"), complete("x")).open == ["beside", "z"]


def test_given_a_message_handler_without_a_value_for_its_key_when_entered_then_the_subprocess_waits_for_help() -> None:
    key = '<extensionElements><zeebe:subscription correlationKey="=order"/></extensionElements>'
    text = diagram(
        """start s; sub w; s -> w; in w { user a; handler h
        in h { start hs <messageEventDefinition messageRef="keyed"/>
        user x; hs -> x } }""",
        root=f'<message id="keyed" name="paid">{key}</message>',
    )
    failed = story(text)
    assert (failed.open, failed.incidents) == (["w"], {"w": "event-failed"})
    mended = story(text, put(order="A"), retry("w"))
    assert (mended.open, mended.waits) == (["a", "w"], {"hs": "message"})


def test_given_a_cycle_that_cannot_go_on_in_the_process_when_due_then_it_is_an_incident_until_it_can() -> None:
    text = diagram(HANDLED.format("cycle=${c} quiet"))
    start = {"c": "R3/PT1H"}
    failed = story(text, put(c="x"), event("hs"), variables=start)
    assert (failed.open, list(failed.incidents.values())) == (["a", "h", "h", "x"], ["timer-invalid"])
    mended = story(text, put(c="x"), event("hs"), put(c="R3/PT1H"), retry("h"), variables=start)
    assert (mended.incidents, mended.waits) == ({}, {"hs": "timer"})


def test_given_a_scope_that_cannot_be_left_when_a_handler_interrupts_it_then_it_is_left_anew_behind_it() -> None:
    text = diagram("""start s; sub w; end e; s -> w; w -> e : ${ok}
        in w { user a; user b; handler h; in h { start hs message=m; user x; hs -> x } }""")
    assert story(text, event("hs"), complete("x", ok=False)).incidents == {"w": "no-flow-taken"}
    assert story(text, event("hs"), complete("x", ok=False), put(ok=True), retry("w")).ends == ("e",)


def test_given_a_failed_step_when_a_handler_interrupts_then_the_failure_is_gone() -> None:
    text = diagram("""start s; user a [camunda:assignee="${who}"]; s -> a; handler h
        in h { start hs message=m; user x; hs -> x }""")
    assert story(text).incidents == {"a": "assignment-failed"}
    assert story(text, event("hs")).incidents == {}


def test_given_a_call_when_a_handler_interrupts_then_the_called_process_is_canceled() -> None:
    text = diagram("""start s; call a [calledElement="q"]; s -> a; handler h
        in h { start hs message=m; user x; hs -> x }""")
    done = story(text, event("hs"), remote=("q",))
    assert len(done.facts(f.CallCanceled)) == 1


def test_given_a_handler_with_a_boundary_event_inside_when_it_comes_then_the_handler_goes_that_way() -> None:
    text = diagram("""user a; handler h
        in h { start hs message=m; user x; boundary b on=x timer=PT1H; user y; hs -> x; b -> y }""")
    assert story(text, event("hs"), event("b")).open == ["h", "y"]


def test_given_a_repeated_subprocess_when_a_handler_of_one_run_interrupts_then_the_other_runs_go_on() -> None:
    text = diagram("""start s; sub w times=2; user z; s -> w -> z
        in w { user a; handler h; in h { start hs message=m; user x; hs -> x } }""")
    done = story(text, event("hs"))
    assert done.open == ["a", "h", "w", "w", "w", "x"]
    assert story(text, event("hs"), complete("x"), complete("a")).open == ["z"]


def test_given_work_that_failed_for_good_when_a_timer_handler_interrupts_later_then_all_is_over() -> None:
    text = diagram(HANDLED.format("timer=PT1H"))
    done = story(text, later(minutes=30), fail("a"), event("hs"), complete("x"))
    assert done.outcome == "completed"


def test_given_a_called_process_with_a_handler_when_an_error_is_caught_there_then_the_caller_sees_none() -> None:
    caller = process(
        'start s; call c [calledElement="q"]; boundary b on=c error=E1; user y; user z; s -> c -> z; b -> y'
    )
    called = process(
        f"start qs; service a {EXTERNAL}; qs -> a; handler h; in h {{ start hs error=E1; end he; hs -> he }}", key="q"
    )
    text = definitions(caller + called + references("error=E1 "))
    assert story(text, error("a", "E1")).open == ["z"]


# --- several start events in one handler ---

SEVERAL = """user u; handler h; in h {{ start m message=m {0}; start t timer=PT1H {0}; user a; user b
    m -> a; t -> b }}"""


def test_given_several_starts_of_a_handler_when_one_comes_then_it_begins_there() -> None:
    text = diagram(SEVERAL.format(""))
    assert story(text).waits == {"m": "message", "t": "timer"}
    assert story(text, event("m")).open == ["a", "h"]
    assert story(text, event("t")).open == ["b", "h"]


def test_given_several_quiet_starts_when_both_come_then_there_is_one_handler_for_each() -> None:
    done = story(diagram(SEVERAL.format("quiet")), event("m"), event("t"))
    assert done.open == ["a", "b", "h", "h", "u"]


def test_given_a_quiet_and_an_interrupting_start_when_each_comes_then_each_does_as_drawn() -> None:
    text = diagram("""user u; handler h; in h { start m message=m quiet; start e error=E; user a; user b
        m -> a; e -> b }; service w [camunda:type="external" camunda:topic="t"]""")
    assert story(text, event("m")).open == ["a", "h", "u", "w"]
    assert story(text, event("m"), error("w", "E")).open == ["b", "h"]


def test_given_a_handler_begun_by_its_second_start_when_it_could_not_be_entered_then_it_begins_there_later() -> None:
    inner = '<extensionElements><camunda:inputOutput><camunda:inputParameter name="l">${x}</camunda:inputParameter></camunda:inputOutput></extensionElements>'
    text = diagram(
        f"user u; handler h {inner}; in h {{ start m message=m; start n message=n; user a; user b; m -> a; n -> b }}"
    )
    assert story(text, event("n")).incidents == {"h": "mapping-failed"}
    assert story(text, event("n"), put(x=1), retry("h")).open == ["b", "h"]


def test_given_compensation_as_one_of_several_starts_when_undone_then_it_begins_there() -> None:
    text = diagram("""start s; sub w; user u; throw t compensate; s -> w -> u -> t
        in w { task x; handler h; in h { start m message=m; start c compensate; user a; user b; m -> a; c -> b } }""")
    assert story(text, complete("u")).open == ["b", "h", "t", "w"]
