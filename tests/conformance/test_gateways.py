"""Gateways (BPMN 10.6, 13.4)."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from bpmn.errors import UnusableModel
from bpmn.parsing import parse
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import complete, event, put, refused, retry, story

XOR = "start s; xor x; user a; user b; user c; s -> x; x -> a : ${n > 10}; x -> b : ${n > 5}; x -> c : default"
OR = """start s; or o; user a; user b; user c; or j; user z; end e; s -> o
o -> a : ${n > 10}; o -> b : ${n > 5}; o -> c : default; a -> j; b -> j; c -> j; j -> z -> e"""
RACE = """start s; event-gateway g; catch m message=go; catch t timer=PT1H
receive r message=other; end em; end et; end er; s -> g -> m -> em; g -> t -> et; g -> r -> er"""


@pytest.mark.parametrize(("n", "taken"), [(11, "a"), (6, "b"), (5, "c")])
def test_given_an_exclusive_split_when_reached_then_the_first_true_flow_in_the_file_is_taken(
    n: int, taken: str
) -> None:
    assert story(diagram(XOR), variables={"n": n}).open == [taken]


def test_given_a_default_flow_that_stands_first_when_another_is_true_then_the_other_is_taken() -> None:
    text = "start s; xor x; user a; user b; s -> x; x -> a : default; x -> b : ${n > 5}"
    assert story(diagram(text), variables={"n": 6}).open == ["b"]


def test_given_an_exclusive_gateway_with_one_plain_flow_when_reached_then_it_is_taken() -> None:
    assert story(diagram("start s; xor x; end e; s -> x -> e")).ends == ("e",)


def test_given_an_exclusive_gateway_without_a_way_out_when_reached_then_the_path_ends() -> None:
    assert story(diagram("start s; xor x; s -> x")).outcome == "completed"


def test_given_one_way_without_condition_at_an_exclusive_split_when_nothing_else_is_true_then_it_is_taken() -> None:
    text = "start s; xor x; user a; user b; s -> x; x -> a : ${n > 5}; x -> b"
    assert story(diagram(text), variables={"n": 1}).open == ["b"]
    assert story(diagram(text), variables={"n": 6}).open == ["a"]


def test_given_ways_without_condition_at_an_exclusive_split_when_uploaded_then_they_are_refused() -> None:
    text = "start s; xor x; user a; user b; user c; s -> x; x -> a : ${n > 5}; x -> b; x -> c"
    with pytest.raises(UnusableModel, match="needs a condition, or to be its default flow"):
        parse({"choice.bpmn": diagram(text)})


def test_given_no_true_flow_and_no_default_when_reached_then_the_token_stays_until_it_is_retried() -> None:
    text = diagram("start s; xor x; user a; end e; s -> x; x -> a : ${n > 5}; a -> e")
    failed = story(text, variables={"n": 1})
    assert (failed.incidents, failed.trace) == ({"x": "no-flow-taken"}, ["s"])
    done = story(text, retry("x"), put(n=6), retry("x"), complete("a"), variables={"n": 1})
    assert (done.ends, done.incidents, done.trace) == (("e",), {}, ["s", "x", "a", "e"])
    assert len(done.facts(f.StepFailed)) == 2


def test_given_an_exclusive_merge_when_two_tokens_come_then_both_pass() -> None:
    text = "start s; and f; user a; user b; xor m; user c; s -> f -> a -> m; f -> b -> m -> c"
    done = story(diagram(text), complete("a"), complete("b"))
    assert done.open == ["c", "c"]


def test_given_a_parallel_split_and_join_when_all_branches_are_done_then_it_goes_on() -> None:
    text = diagram("start s; and f; user a; user b; and j; end e; s -> f -> a -> j -> e; f -> b -> j")
    assert story(text).open == ["a", "b"]
    assert story(text, complete("b")).open == ["a"]
    done = story(text, complete("b"), complete("a"))
    assert (done.ends, done.trace) == (("e",), ["s", "f", "b", "a", "j", "e"])


def test_given_a_parallel_join_when_two_tokens_come_over_one_flow_then_it_waits_for_the_other_flow() -> None:
    text = diagram("""start s; and f; user a; user b; xor m; and j; user c; and g; user x; end e
        s -> f -> a -> m; f -> b -> m; m -> j; f -> x -> j; j -> c -> e""")
    assert story(text, complete("a"), complete("b")).open == ["x"]
    done = story(text, complete("a"), complete("b"), complete("x"))
    assert done.open == ["c"]


def test_given_an_excess_token_at_a_parallel_join_when_nothing_else_is_alive_then_it_is_reported() -> None:
    text = diagram("""start s; and f; user a; user b; xor m; and j; user c; user x; end e
        s -> f -> a -> m; f -> b -> m; m -> j; f -> x -> j; j -> c -> e""")
    stimuli = (complete("a"), complete("b"), complete("x"), complete("c"))
    starved = story(text, *stimuli)
    assert (starved.outcome, starved.incidents) == (None, {"j": "join-starved"})
    done = story(text, *stimuli, retry("j"), complete("c"))
    assert (done.outcome, done.trace.count("c")) == ("completed", 2)


def test_given_an_excess_token_at_a_parallel_join_when_the_other_flow_brings_one_more_then_it_fires_again() -> None:
    text = diagram("""start s; and f; user a; user b; xor m; and j; user x; user y; xor n; end e
        s -> f; f -> a -> m; f -> b -> m; m -> j; f -> x -> n; f -> y -> n; n -> j; j -> e""")
    done = story(text, complete("a"), complete("b"), complete("x"), complete("y"))
    assert (done.outcome, done.trace.count("j")) == ("completed", 2)


def test_given_two_flows_from_one_node_into_one_parallel_join_when_passed_then_both_count() -> None:
    done = story(diagram("start s; and f; and j; end e; s -> f; f -> j; f -> j; j -> e"))
    assert (done.ends, done.trace) == (("e",), ["s", "f", "j", "e"])


def test_given_a_parallel_join_in_a_loop_when_gone_round_then_each_turn_waits_for_both() -> None:
    text = diagram("""start s; xor m; and f; user a; user b; and j; xor x; end e
        s -> m -> f -> a -> j; f -> b -> j; j -> x; x -> m : ${again}; x -> e : default""")
    stimuli = (complete("a"), complete("b"), complete("b"), complete("a"), complete("a", again=False), complete("b"))
    assert story(text, *stimuli[:3], variables={"again": True}).open == ["a"]
    assert story(text, *stimuli, variables={"again": True}).ends == ("e",)


def test_given_nested_parallel_blocks_when_done_in_any_order_then_each_join_waits_for_its_own() -> None:
    text = diagram("""start s; and f; and g; user a; user b; user c; and h; and j; end e
        s -> f -> g; g -> a -> h; g -> b -> h; h -> j; f -> c -> j; j -> e""")
    assert story(text, complete("c"), complete("a")).open == ["b"]
    assert story(text, complete("c"), complete("a"), complete("b")).ends == ("e",)


def test_given_a_parallel_gateway_that_joins_and_splits_when_fed_then_it_does_both() -> None:
    text = "start s; and f; and j; user a; user b; s -> f; f -> j; f -> j; j -> a; j -> b"
    assert story(diagram(text)).open == ["a", "b"]


def test_given_ten_parallel_blocks_in_a_row_when_run_then_the_state_stays_small() -> None:
    blocks = [f"and f{n}; and j{n}; task a{n}; task b{n}; task c{n}" for n in range(10)]
    flows = [
        f"f{n} -> a{n} -> j{n}; f{n} -> b{n} -> j{n}; f{n} -> c{n} -> j{n}; j{n} -> {f'f{n + 1}' if n < 9 else 'u'}"
        for n in range(10)
    ]
    done = story(diagram("; ".join(["start s; user u; s -> f0", *blocks, *flows])))
    assert done.open == ["u"]
    assert len(done.instance.execution.dump()) < 100


@pytest.mark.parametrize(("n", "taken"), [(11, ["a", "b"]), (6, ["b"]), (5, ["c"])])
def test_given_an_inclusive_split_when_reached_then_every_true_flow_or_the_default_is_taken(
    n: int, taken: list[str]
) -> None:
    text = diagram(OR)
    assert story(text, variables={"n": n}).open == taken
    done = story(text, *(complete(name) for name in reversed(taken)), variables={"n": n})
    assert done.open == ["z"]
    assert done.trace.count("j") == 1


def test_given_an_inclusive_join_when_only_one_branch_was_taken_then_it_waits_for_no_other() -> None:
    text = "start s; or o; or j; user z; s -> o; o -> j : ${n > 1}; o -> j : ${n > 5}; j -> z"
    assert story(diagram(text), variables={"n": 3}).open == ["z"]


def test_given_an_inclusive_join_when_a_token_can_still_come_then_it_waits_for_it() -> None:
    text = diagram("""start s; and f; user a; user b; xor x; or j; user z; end gone
        s -> f -> a -> j; f -> b -> x; x -> j : ${stay}; x -> gone : default; j -> z""")
    assert story(text, complete("a")).open == ["b"]
    assert story(text, complete("a"), complete("b", stay=False)).open == ["z"]
    assert story(text, complete("a"), complete("b", stay=True)).trace.count("j") == 1
    assert story(text, complete("a"), complete("b", stay=False)).trace.count("j") == 1


def test_given_an_inclusive_join_in_a_loop_when_gone_round_then_each_turn_waits_anew() -> None:
    text = diagram("""start s; xor m; or o; user a; user b; or j; xor x; end e
        s -> m -> o; o -> a : ${true}; o -> b : ${both}; a -> j; b -> j; j -> x; x -> m : ${again}; x -> e : default""")
    first = (complete("a"), complete("b", both=False), complete("a", again=False))
    done = story(text, *first, variables={"both": True, "again": True})
    assert (done.ends, done.trace.count("j")) == (("e",), 2)
    assert story(text, first[0], variables={"both": True, "again": True}).open == ["b"]


def test_given_a_loop_back_before_an_inclusive_join_when_a_token_may_return_then_the_join_waits() -> None:
    text = diagram("""start s; and f; user a; xor m; user b; xor x; or j; user z
        s -> f -> a -> j; f -> m -> b -> x; x -> m : ${again}; x -> j : default; j -> z""")
    assert story(text, complete("a"), complete("b", again=True)).open == ["b"]
    assert story(text, complete("a"), complete("b", again=True), complete("b", again=False)).open == ["z"]


def test_given_an_inclusive_join_when_a_token_waits_at_a_boundary_event_path_then_it_waits_for_it() -> None:
    text = diagram("""start s; and f; user a; user b; boundary t on=b timer=PT1H; end gone; or j; user z
        s -> f -> a -> j; f -> b -> gone; t -> j; j -> z""")
    assert story(text, complete("a")).open == ["b"]
    assert story(text, complete("a"), complete("b")).open == ["z"]
    assert story(text, complete("a"), event("t")).open == ["z"]


def test_given_an_inclusive_join_when_the_other_token_is_inside_a_subprocess_then_it_waits_for_it() -> None:
    text = diagram("""start s; and f; user a; sub w; or j; user z; s -> f -> a -> j; f -> w -> j; j -> z
        in w { start ws; user b; ws -> b }""")
    assert story(text, complete("a")).open == ["b", "w"]
    assert story(text, complete("a"), complete("b")).open == ["z"]


def test_given_an_inclusive_join_when_a_token_waits_at_another_join_before_it_then_it_waits_for_it() -> None:
    text = diagram("""start s; and f; user a; user b; user c; and j; or k; user z
        s -> f; f -> a -> j; f -> b -> j; f -> c -> k; j -> k; k -> z""")
    assert story(text, complete("c"), complete("a")).open == ["b"]
    assert story(text, complete("c"), complete("a"), complete("b")).open == ["z"]


def test_given_two_inclusive_joins_in_a_row_when_the_first_has_fired_then_the_second_follows() -> None:
    text = diagram("""start s; or o; user a; user b; user c; or j; or k; user z
        s -> o; o -> a : ${true}; o -> b : ${true}; o -> c : ${true}; a -> j; b -> j; j -> k; c -> k; k -> z""")
    assert story(text, complete("c"), complete("b")).open == ["a"]
    assert story(text, complete("c"), complete("b"), complete("a")).open == ["z"]


def test_given_two_inclusive_joins_that_wait_for_each_other_when_nothing_else_lives_then_it_is_reported() -> None:
    text = diagram("""start s; and f; user a; user b; or j; or k; xor x; xor y; end e
        s -> f -> a -> j; f -> b -> k; j -> x; k -> y; x -> k : ${false}; x -> e : default
        y -> j : ${false}; y -> e : default""")
    stuck = story(text, complete("a"), complete("b"))
    assert list(stuck.incidents.values()) == ["join-starved"]
    (name,) = stuck.incidents
    assert story(text, complete("a"), complete("b"), retry(name)).ends == ("e",)


def test_given_two_flows_from_one_node_into_one_inclusive_join_when_one_is_true_then_it_fires_once() -> None:
    text = "start s; or o; or j; end e; s -> o; o -> j : ${true}; o -> j : ${true}; j -> e"
    assert story(diagram(text)).trace == ["s", "o", "j", "e"]


def test_given_an_event_based_gateway_when_the_message_comes_then_the_other_events_are_withdrawn() -> None:
    text = diagram(RACE)
    assert story(text).waits == {"m": "message", "t": "timer", "r": "message"}
    done = story(text, event("m", x=1))
    assert (done.ends, done.trace) == (("em",), ["s", "g", "m", "em"])
    assert (done.waits, done.variables) == ({}, {"x": 1})


def test_given_an_event_based_gateway_when_its_timer_fires_then_its_way_is_taken() -> None:
    assert story(diagram(RACE), event("t")).ends == ("et",)


def test_given_an_event_based_gateway_with_a_receive_task_when_its_message_comes_then_its_way_is_taken() -> None:
    done = story(diagram(RACE), event("r"))
    assert (done.ends, done.trace) == (("er",), ["s", "g", "r", "er"])


def test_given_an_event_based_gateway_with_two_timers_when_asked_then_each_has_its_own_time() -> None:
    text = "start s; event-gateway g; catch t1 timer=PT1H; catch t2 timer=PT2H; end e; s -> g -> t1 -> e; g -> t2 -> e"
    waiting = story(diagram(text))
    assert (waiting.due["t2"] - waiting.due["t1"]).total_seconds() == 3600


def test_given_an_event_based_gateway_in_a_loop_when_gone_round_then_it_waits_anew() -> None:
    text = """start s; xor m; event-gateway g; catch again message=again; catch stop message=stop; end e
        s -> m -> g; g -> again -> m; g -> stop -> e"""
    done = story(diagram(text), event("again"), event("again"), event("stop"))
    assert (done.ends, done.trace.count("again")) == (("e",), 2)


def test_given_an_event_based_gateway_when_completed_like_a_task_then_it_is_refused() -> None:
    story(diagram(RACE), refused(complete("g"), "is not open for this"))


def test_given_a_way_behind_an_event_that_cannot_be_taken_when_the_event_came_then_its_element_waits_for_help() -> None:
    text = diagram("""start s; event-gateway g; catch m message=go; catch t timer=PT1H; end e
        s -> g -> m; g -> t -> e; m -> e : ${ok}""")
    failed = story(text, event("m", ok=False))
    assert failed.incidents == {"m": "no-flow-taken"}
    assert story(text, event("m", ok=False), put(ok=True), retry("m")).ends == ("e",)


def test_given_a_condition_in_feel_about_what_is_not_there_when_asked_then_it_is_an_incident_that_says_why() -> None:
    text = diagram("start s; xor x; user a; user b; s -> x; x -> a : =amuont > 5; x -> b : default")
    failed = story(text, variables={"amount": 9})
    assert (failed.open, failed.incidents) == (["x"], {"x": "condition-failed"})
    (told,) = failed.facts(f.StepFailed)
    assert "this one is null (" in told.message
    assert "amuont" in told.message
    assert story(text, put(amuont=9), retry("x"), variables={"amount": 9}).open == ["a"]
