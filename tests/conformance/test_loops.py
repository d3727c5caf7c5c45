"""Activities that are repeated while a condition holds (BPMN 10.3.8.1, 13.3.6)."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from bpmn.execution import Context
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import MONDAY, complete, error, event, put, retry, story


def loop(condition: str | None = "${again}", attributes: str = "") -> str:
    inner = "" if condition is None else f"<loopCondition>{condition}</loopCondition>"
    return f"<standardLoopCharacteristics {attributes}>{inner}</standardLoopCharacteristics>"


def looped(characteristics: str, kind: str = "user a") -> bytes:
    return diagram(f"start s; {kind} {characteristics}; user z; s -> a -> z")


def test_given_a_loop_when_its_condition_holds_then_it_is_done_again() -> None:
    assert story(looped(loop()), complete("a", again=True)).open == ["a", "a"]
    done = story(looped(loop()), complete("a", again=True), complete("a", again=False))
    assert (done.open, done.trace) == (["z"], ["s", "a", "a", "a"])


def test_given_a_loop_that_tests_afterwards_when_its_condition_never_holds_then_it_is_done_once() -> None:
    assert story(looped(loop("${1 == 2}"), "task a")).trace.count("a") == 2


@pytest.mark.parametrize("true", ["true", "1"])
def test_given_a_loop_that_tests_before_when_its_condition_does_not_hold_then_it_is_not_done(true: str) -> None:
    text = looped(loop(attributes=f'testBefore="{true}"'))
    done = story(text, variables={"again": False})
    assert (done.open, done.facts(f.UserTaskOpened)[0].element) == (["z"], "z")
    assert story(text, variables={"again": True}).open == ["a", "a"]
    assert story(text, complete("a", again=False), variables={"again": True}).open == ["z"]


@pytest.mark.parametrize("condition", [None, "${1 == 1}"])
def test_given_a_maximum_when_it_is_reached_then_the_loop_is_left(condition: str | None) -> None:
    done = story(looped(loop(condition, 'loopMaximum="3"'), "task a"))
    assert (done.trace.count("a"), done.open) == (4, ["z"])


def test_given_a_maximum_when_the_condition_ends_before_then_it_is_left() -> None:
    assert story(looped(loop(attributes='loopMaximum="3"')), complete("a", again=False)).open == ["z"]


def test_given_the_number_of_a_turn_when_read_then_it_counts_from_one() -> None:
    text = looped(
        loop("${loopCounter lt 4}"), 'service a [camunda:expression="${loopCounter}" camunda:resultVariable="n"]'
    )
    assert story(text).variables["n"] == 4


def test_given_a_condition_that_cannot_be_evaluated_when_mended_then_the_turn_is_not_repeated() -> None:
    failed = story(looped(loop()), complete("a"))
    assert (failed.incidents, failed.open) == ({"a": "condition-failed"}, ["a", "a"])
    done = story(looped(loop()), complete("a"), put(again=False), retry("a"))
    assert (done.open, len(done.facts(f.UserTaskOpened))) == (["z"], 2)


def test_given_a_condition_tested_before_that_cannot_be_evaluated_when_mended_then_the_loop_begins() -> None:
    text = looped(loop(attributes='testBefore="true"'))
    assert story(text).incidents == {"a": "condition-failed"}
    assert story(text, put(again=True), retry("a")).open == ["a", "a"]


def test_given_a_subprocess_loop_when_done_again_then_each_turn_is_a_new_scope() -> None:
    text = diagram(f"start s; sub w {loop()}; user z; s -> w -> z; in w {{ user a; user b; a -> b }}")
    done = story(text, put("w", x=1), complete("a"), complete("b", again=True))
    assert done.open == ["a", "w", "w"]
    assert done.variables == {"again": True}


def test_given_a_loop_with_a_boundary_event_when_it_comes_in_the_second_turn_then_the_loop_is_canceled() -> None:
    text = diagram(f"start s; user a {loop()}; boundary b on=a timer=PT1H; user y; user z; s -> a -> z; b -> y")
    done = story(text, complete("a", again=True), event("b"))
    assert done.open == ["y"]
    assert len(done.facts(f.TimerArmed)) == 1


def test_given_an_error_in_a_turn_when_caught_at_the_border_then_the_loop_is_left_there() -> None:
    text = diagram(
        f'start s; service a [camunda:type="external" camunda:topic="t"] {loop()}; boundary b on=a error=E'
        "; user y; user z; s -> a -> z; b -> y"
    )
    assert story(text, complete("a", again=True), error("a", "E")).open == ["y"]


def test_given_a_loop_in_a_loop_when_run_then_the_inner_one_is_done_whole_in_every_turn() -> None:
    text = diagram(f"""start s; sub w {loop(None, 'loopMaximum="2"')}; end e; s -> w -> e
        in w {{ task a {loop(None, 'loopMaximum="3"')} }}""")
    done = story(text)
    assert (done.ends, done.trace.count("a"), done.trace.count("w")) == (("e",), 8, 3)


def test_given_a_plain_loop_that_never_ends_when_run_then_it_stops_with_an_incident_and_can_go_on() -> None:
    text = looped(loop("${again}"), "task a")
    few = Context(MONDAY, max_steps=7, step_ceiling=20)
    stopped = story(text, variables={"again": True}, context=few)
    assert (stopped.incidents, stopped.open) == ({"a": "step-limit"}, ["a"])
    done = story(text, put(again=False), retry("a"), variables={"again": True}, context=few)
    assert done.open == ["z"]
