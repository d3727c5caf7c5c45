"""Embedded subprocesses (BPMN 10.3.5, 13.3.4)."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import complete, event, put, retry, story

SIMPLE = "start s; sub w; user z; s -> w -> z; in w { start ws; user a; end we; ws -> a -> we }"


def test_given_a_subprocess_when_its_inside_is_done_then_it_is_left() -> None:
    assert story(diagram(SIMPLE)).open == ["a", "w"]
    done = story(diagram(SIMPLE), complete("a", x=1))
    assert (done.open, done.trace) == (["z"], ["s", "ws", "a", "we", "w"])
    assert done.variables == {"x": 1}


def test_given_a_subprocess_when_its_ends_are_reached_then_they_are_not_ends_of_the_process() -> None:
    assert story(diagram(SIMPLE), complete("a"), complete("z")).ends == ()


def test_given_a_subprocess_with_several_ends_when_one_path_is_open_then_it_waits_for_it() -> None:
    text = diagram("""start s; sub w; user z; s -> w -> z
        in w { start ws; and f; user a; user b; end w1; end w2; ws -> f; f -> a -> w1; f -> b -> w2 }""")
    assert story(text, complete("b")).open == ["a", "w"]
    assert story(text, complete("b"), complete("a")).open == ["z"]


def test_given_a_subprocess_without_start_event_when_entered_then_every_node_without_incoming_flow_begins() -> None:
    text = diagram("start s; sub w; user z; s -> w -> z; in w { user a; user b; task c; a -> c }")
    assert story(text).open == ["a", "b", "w"]
    assert story(text, complete("a"), complete("b")).open == ["z"]


def test_given_an_empty_subprocess_when_entered_then_it_is_left() -> None:
    assert story(diagram("start s; sub w; end e; s -> w -> e")).trace == ["s", "w", "e"]


def test_given_a_subprocess_without_end_event_when_nothing_is_alive_in_it_then_it_is_left() -> None:
    text = "start s; sub w; end e; s -> w -> e; in w { start ws; task a; ws -> a }"
    assert story(diagram(text)).ends == ("e",)


def test_given_a_terminate_end_in_a_subprocess_when_reached_then_only_the_subprocess_ends_and_goes_on() -> None:
    text = diagram("""start s; and f; sub w; user other; user z; s -> f -> w -> z; f -> other
        in w { start ws; and g; user a; user b; end t terminate; ws -> g; g -> a -> t; g -> b }""")
    done = story(text, complete("a"))
    assert (done.open, done.outcome) == (["other", "z"], None)
    assert len(done.facts(f.ActivityCanceled)) == 1


def test_given_a_terminate_end_in_a_nested_subprocess_when_reached_then_only_the_inner_one_ends() -> None:
    text = diagram("""start s; sub o; user z; s -> o -> z
        in o { start os; and f; sub i; user a; user b; os -> f; f -> i -> a; f -> b
            in i { start is; and g; user x; user y; end t terminate; is -> g; g -> x -> t; g -> y } }""")
    assert story(text, complete("x")).open == ["a", "b", "o"]


def test_given_a_terminate_end_with_joins_half_full_when_reached_then_nothing_of_them_is_left() -> None:
    text = diagram("""start s; xor m; sub w; xor x; end e; s -> m -> w -> x; x -> m : ${again}; x -> e : default
        in w { start ws; and f; user a; user b; and j; user c; end t terminate; end we
            ws -> f -> a -> j; f -> b -> j; f -> c -> t; j -> we }""")
    done = story(text, complete("a"), complete("c", again=True), complete("b"))
    assert "j" not in done.trace
    ended = story(text, complete("a"), complete("c", again=True), complete("a"), complete("b"), complete("c"))
    assert ended.trace.count("j") == 1


def test_given_a_subprocess_in_a_loop_when_entered_again_then_it_is_a_new_scope() -> None:
    text = diagram(
        "start s; xor m; sub w; xor x; end e; s -> m -> w -> x; x -> m : ${again}; x -> e : default; in w { user a }"
    )
    done = story(text, put("w", local=1), complete("a", again=True), complete("a", again=False))
    assert (done.ends, done.variables) == (("e",), {"again": False})
    assert len(done.facts(f.ScopeEnded)) == 1


def test_given_two_tokens_into_one_subprocess_when_both_are_inside_then_each_has_its_own() -> None:
    text = diagram(
        "start s; and f; sub w; end e; s -> f; f -> w; f -> w; w -> e"
        "; in w { start ws; and g; user a; user b; and j; ws -> g; g -> a -> j; g -> b -> j }"
    )
    assert story(text).open == ["a", "a", "b", "b", "w", "w"]
    assert story(text, complete("a"), complete("a")).open == ["b", "b", "w", "w"]
    assert story(text, complete("a"), complete("a"), complete("b")).open == ["b", "w"]


def test_given_deeply_nested_subprocesses_when_run_then_each_level_is_entered_and_left() -> None:
    text = "user a"
    for number in range(50):
        text = f"sub w{number}; in w{number} {{ {text} }}"
    done = story(diagram(text), complete("a"))
    assert (done.outcome, len(done.trace)) == ("completed", 51)


def test_given_a_way_out_of_a_subprocess_that_cannot_be_taken_when_mended_then_its_inside_is_not_repeated() -> None:
    text = diagram("start s; sub w; end e; s -> w; w -> e : ${ok}; in w { user a }")
    failed = story(text, complete("a", ok=False))
    assert (failed.open, failed.incidents) == (["w"], {"w": "no-flow-taken"})
    done = story(text, complete("a", ok=False), put(ok=True), retry("w"))
    assert (done.ends, done.trace.count("a")) == (("e",), 1)


def test_given_a_subprocess_without_an_input_when_mended_then_it_is_entered_once() -> None:
    text = """start s; sub w <extensionElements><camunda:inputOutput>
        <camunda:inputParameter name="x">${y}</camunda:inputParameter></camunda:inputOutput></extensionElements>
        s -> w; in w { user a }""".replace("\n        <", "<")
    failed = story(diagram(text))
    assert (failed.incidents, failed.open) == ({"w": "mapping-failed"}, ["w"])
    done = story(diagram(text), put(y=1), retry("w"))
    assert (done.open, done.locals("w")) == (["a", "w"], {"x": 1})


@pytest.mark.parametrize("last", ["x", "y"])
def test_given_parallel_subprocesses_when_each_is_done_then_the_join_fires_once(last: str) -> None:
    text = diagram("""start s; and f; sub v; sub w; and j; end e; s -> f; f -> v -> j; f -> w -> j; j -> e
        in v { user x }
        in w { user y }""")
    first = "y" if last == "x" else "x"
    assert story(text, complete(first)).outcome is None
    assert story(text, complete(first), complete(last)).ends == ("e",)


def test_given_a_message_wait_in_a_subprocess_when_it_comes_then_its_payload_is_seen_outside() -> None:
    text = diagram("start s; sub w; end e; s -> w -> e; in w { start ws; catch c message=go; ws -> c }")
    assert story(text, event("c", x=1)).variables == {"x": 1}
