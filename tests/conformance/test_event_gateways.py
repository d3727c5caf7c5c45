"""Event-based gateways that start a process, by one of their events or by all of them (BPMN 10.6.6, 13.4.4)."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import complete, event, put, refused, retry, story

ALL = 'event-gateway g [instantiate="true" eventGatewayType="Parallel"]; '
PAIR = diagram(
    ALL + "catch c message=m; receive r message=n; user x; user y; end e; g -> c -> x -> e; g -> r -> y -> e"
)
THREE = diagram(ALL + "catch c message=m; catch d message=n; catch t timer=PT1H; g -> c; g -> d; g -> t")


@pytest.mark.parametrize(("first", "second"), [("c", "r"), ("r", "c")])
def test_given_a_parallel_gateway_when_started_by_one_event_then_the_other_is_still_waited_for(
    first: str, second: str
) -> None:
    behind = {"c": "x", "r": "y"}
    begun = story(PAIR, start=first, variables={"n": 1})
    assert (begun.open, begun.waits) == (sorted(["g", behind[first]]), {second: "message"})
    both = story(PAIR, event(second, n=2), start=first)
    assert (both.open, both.waits, both.variables) == (["x", "y"], {}, {"n": 2})


def test_given_a_parallel_gateway_when_all_paths_but_one_event_are_over_then_the_instance_waits_for_it() -> None:
    waiting = story(PAIR, complete("x"), start="c")
    assert (waiting.open, waiting.outcome) == (["g"], None)
    assert story(PAIR, complete("x"), event("r"), complete("y"), start="c").ends == ("e",)


def test_given_a_parallel_gateway_of_three_when_each_came_once_then_it_is_over() -> None:
    two = story(THREE, event("c"), start="d")
    assert (two.open, two.waits) == (["g"], {"t": "timer"})
    done = story(THREE, event("c"), event("t"), start="d")
    assert (done.outcome, done.trace) == ("completed", ["d", "c", "g", "t"])


def test_given_a_parallel_gateway_when_an_event_came_then_it_is_not_taken_again() -> None:
    story(THREE, event("c"), refused(lambda player: player.instances[0].execution.trigger(1, "c")), start="d")


def test_given_a_parallel_gateway_when_entered_plainly_then_it_waits_for_all() -> None:
    assert story(THREE).waits == {"c": "message", "d": "message", "t": "timer"}


def test_given_a_gateway_of_one_event_when_that_started_the_process_then_nothing_else_is_waited_for() -> None:
    done = story(diagram(ALL + "catch c message=m; user x; g -> c -> x"), start="c")
    assert (done.open, done.trace) == (["x"], ["g", "c"])


def test_given_a_parallel_gateway_when_the_instance_is_terminated_then_the_wait_is_withdrawn() -> None:
    text = diagram(ALL + "catch c message=m; catch d message=n; end t terminate; user u; g -> c -> t; g -> d -> u")
    assert story(text, start="c").outcome == "terminated"


def test_given_a_start_that_needs_all_its_messages_when_one_came_then_it_waits_for_the_rest() -> None:
    text = diagram('start s message=m message=n [parallelMultiple="true"]; user a; s -> a')
    begun = story(text, start="s#0", variables={"m": 1})
    assert (begun.open, begun.waits) == (["s"], {"s#1": "message"})
    assert story(text, start="s#1").waits == {"s#0": "message"}
    done = story(text, event("s#1", n=2), start="s#0", variables={"m": 1})
    assert (done.open, done.trace, done.variables) == (["a"], ["s"], {"m": 1, "n": 2})


def test_given_a_catch_that_needs_all_behind_a_starting_gateway_when_one_came_then_it_waits_for_the_rest() -> None:
    text = diagram("""event-gateway g [instantiate="true"]; catch c message=m message=n [parallelMultiple="true"]
        catch d message=o; user a; g -> c -> a; g -> d""")
    assert story(text, start="c#0").waits == {"c#1": "message"}
    assert story(text, event("c#1"), start="c#0").open == ["a"]


def test_given_a_way_behind_a_starting_event_that_cannot_be_taken_when_mended_then_it_goes_on() -> None:
    text = diagram(ALL + "catch c message=m; catch d message=n; user a; g -> c; g -> d; c -> a : ${x}")
    assert story(text, start="c").incidents == {"c": "condition-failed"}
    done = story(text, put(x=True), retry("c"), start="c")
    assert (done.open, len(done.facts(f.ActivityStarted))) == (["a", "g"], 3)
