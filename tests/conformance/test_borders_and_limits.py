"""Transaction borders (async before and after), the step budget and the ceiling against endless loops."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from bpmn.execution import Context
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import MONDAY, Outcome, Stimulus, complete, event, proceed, put, retry, story

BEFORE = '[camunda:asyncBefore="true"]'
AFTER = '[camunda:asyncAfter="true"]'


@pytest.mark.parametrize("attribute", [BEFORE, '[camunda:async="true"]'])
def test_given_a_border_before_a_task_when_reached_then_it_is_entered_in_the_next_advance(attribute: str) -> None:
    text = diagram(f"start s; task a; user b {attribute}; end e; s -> a -> b -> e")
    stopped = story(text, proceeds=False)
    assert (stopped.trace, stopped.open) == (["s", "a"], [])
    assert stopped.facts(f.ContinuationDue) == [f.ContinuationDue(border="b")]
    assert story(text, proceed(), proceeds=False).open == ["b"]
    assert story(text, proceed(), complete("b"), proceeds=False).ends == ("e",)


def test_given_a_border_after_a_task_when_done_then_the_next_is_entered_in_the_next_advance() -> None:
    text = diagram(f"start s; user a {AFTER}; user b; s -> a -> b")
    stopped = story(text, complete("a"), proceeds=False)
    assert (stopped.trace, stopped.open) == (["s", "a"], [])
    assert story(text, complete("a"), proceed(), proceeds=False).open == ["b"]


def test_given_a_border_after_and_one_before_the_next_when_passed_then_each_is_a_stop_of_its_own() -> None:
    text = diagram(f"start s; user a {AFTER}; user b {BEFORE}; s -> a -> b")
    assert story(text, complete("a"), proceed(), proceeds=False).open == []
    done = story(text, complete("a"), proceed(), proceed(), proceeds=False)
    assert (done.open, [fact.border for fact in done.facts(f.ContinuationDue)]) == (["b"], ["a", "b"])


def test_given_several_tokens_at_borders_when_one_is_to_go_on_then_the_others_stay() -> None:
    urgent = BEFORE.replace("]", ' camunda:jobPriority="5"]')
    text = diagram(f"""start s; and f; user a {urgent}; user b {BEFORE}; user c {AFTER}; user d
        s -> f; f -> a; f -> b; f -> c -> d""")
    due = story(text, complete("c"), proceeds=False).facts(f.ContinuationDue)
    assert [(fact.border, fact.priority) for fact in due] == [("a", 5), ("b", 0), ("c", 0)]
    assert story(text, complete("c"), proceed("b"), proceeds=False).open == ["b"]
    assert story(text, complete("c"), proceed("c"), proceed("c"), proceeds=False).open == ["d"]
    assert story(text, complete("c"), proceed(""), proceeds=False).open == []


def test_given_a_token_at_a_border_when_something_else_happens_then_it_is_not_told_again() -> None:
    text = diagram(f"start s; and f; user a; user b {BEFORE}; s -> f; f -> a; f -> b")
    done = story(text, put(x=1), complete("a"), proceeds=False)
    assert [fact.border for fact in done.facts(f.ContinuationDue)] == ["b"]


def test_given_a_border_of_a_task_in_a_loop_when_two_tokens_wait_then_one_goes_on_at_a_time() -> None:
    text = diagram(f"start s; and f; xor m; user b {BEFORE}; s -> f; f -> m; f -> m; m -> b")
    waiting = story(text, proceed("b"), proceeds=False)
    assert waiting.open == ["b"]
    assert story(text, proceed("b"), proceed("b"), proceeds=False).open == ["b", "b"]


def test_given_a_border_after_a_split_when_passed_then_all_ways_are_behind_it() -> None:
    text = diagram(f"start s; and f {AFTER}; user a; user b; s -> f; f -> a; f -> b")
    assert story(text, proceeds=False).open == []
    assert story(text, proceed(), proceeds=False).open == ["a", "b"]


def test_given_a_border_before_the_start_when_started_then_nothing_is_done_yet() -> None:
    text = diagram(f"start s {BEFORE}; user a; s -> a")
    assert story(text, proceeds=False).trace == []
    assert story(text, proceed(), proceeds=False).open == ["a"]


def test_given_a_border_when_something_else_happens_first_then_the_token_still_waits_behind_it() -> None:
    text = diagram(f"start s; and f; user a; user b {BEFORE}; s -> f; f -> a; f -> b")
    done = story(text, complete("a"), proceeds=False)
    assert (done.open, done.outcome) == ([], None)
    assert story(text, complete("a"), proceed(), proceeds=False).open == ["b"]


def test_given_a_border_in_a_subprocess_when_it_is_interrupted_then_the_token_is_gone() -> None:
    text = diagram(f"""start s; sub w; boundary m on=w message=stop; user z; s -> w; m -> z
        in w {{ start ws; user a {BEFORE}; ws -> a }}""")
    assert story(text, event("m"), proceed(), proceeds=False).open == ["z"]


def test_given_a_border_before_a_join_when_all_come_then_it_joins_behind_it() -> None:
    text = diagram(f"start s; and f; user a; and j {BEFORE}; user z; s -> f; f -> j; f -> a -> j; j -> z")
    assert story(text, complete("a"), proceeds=False).open == []
    assert story(text, complete("a")).open == ["z"]
    inclusive = diagram(f"start s; and f; user a; or j {BEFORE}; user z; s -> f; f -> j; f -> a -> j; j -> z")
    assert story(inclusive).open == ["a"]
    assert story(inclusive, complete("a")).open == ["z"]


def test_given_an_inclusive_join_when_another_token_is_behind_a_border_then_it_waits_for_it() -> None:
    text = diagram(f"start s; and f; task a; task b {BEFORE}; or j; user z; s -> f; f -> a -> j; f -> b -> j; j -> z")
    assert story(text, proceeds=False).open == []
    done = story(text, proceed(), proceeds=False)
    assert (done.open, done.trace.count("j")) == (["z"], 1)


def test_given_a_step_that_fails_behind_a_border_when_reached_then_what_was_before_it_stands() -> None:
    text = diagram("""start s; user a; service b [camunda:asyncBefore="true" camunda:expression="${1 / n}"]
        end e; s -> a -> b -> e""")
    failed = story(text, complete("a", n=0))
    assert (failed.incidents, failed.trace) == ({"b": "expression-failed"}, ["s", "a"])
    assert story(text, complete("a", n=0), put(n=1), retry("b")).ends == ("e",)


LOOP = """start s; xor m; service a [camunda:expression="${n + 1}" camunda:resultVariable="n"]; xor x; end e
s -> m -> a -> x; x -> m : ${n &lt; 40}; x -> e : default""".replace("&lt;", "<")


@pytest.mark.parametrize("steps", [1, 2, 7, 1000])
def test_given_a_step_budget_when_it_is_used_up_then_the_rest_follows_in_other_advances(steps: int) -> None:
    done = story(diagram(LOOP), variables={"n": 0}, context=Context(MONDAY, max_steps=steps))
    assert (done.ends, done.variables) == (("e",), {"n": 40})
    assert len(done.trace) == 2 + 3 * 40
    assert len(done.facts(f.ContinuationDue)) == (122 - 1) // steps


def test_given_a_used_up_budget_when_a_task_is_completed_meanwhile_then_nothing_is_lost() -> None:
    text = f"user u; end v; and f; f -> u -> v; {LOOP}; f -> m".replace("s -> m ->", "s -> f; m ->")
    done = story(diagram(text), complete("u"), variables={"n": 0}, context=Context(MONDAY, max_steps=5), proceeds=False)
    assert done.outcome is None
    ended = story(diagram(text), complete("u"), variables={"n": 0}, context=Context(MONDAY, max_steps=5))
    assert set(ended.ends) == {"e", "v"}


ENDLESS = "start s; xor m; task a; xor x; end e; s -> m -> a -> x; x -> m : ${again}; x -> e : default"


def test_given_an_endless_loop_when_the_ceiling_is_reached_then_it_stops_with_an_incident() -> None:
    context = Context(MONDAY, max_steps=10, step_ceiling=100)
    stopped = story(diagram(ENDLESS), variables={"again": True}, context=context)
    assert list(stopped.incidents.values()) == ["step-limit"]
    assert stopped.messages == ["100 steps without any wait; is this an endless loop?"]
    assert (stopped.outcome, len(stopped.trace)) == (None, 100)


def test_given_a_stopped_loop_when_its_condition_is_mended_and_retried_then_it_ends() -> None:
    context = Context(MONDAY, max_steps=10, step_ceiling=100)
    stopped = story(diagram(ENDLESS), variables={"again": True}, context=context)
    (element,) = stopped.incidents
    done = story(diagram(ENDLESS), put(again=False), retry(element), variables={"again": True}, context=context)
    assert done.ends == ("e",)
    again = story(diagram(ENDLESS), retry(element), variables={"again": True}, context=context)
    assert list(again.incidents.values()) == ["step-limit"]


def test_given_a_loop_with_a_wait_in_it_when_turned_often_then_the_ceiling_never_counts() -> None:
    text = "start s; xor m; user a; xor x; end e; s -> m -> a -> x; x -> m : ${again}; x -> e : default"
    turns = [complete("a") for _ in range(60)]
    context = Context(MONDAY, step_ceiling=10)
    done = story(diagram(text), *turns, complete("a", again=False), variables={"again": True}, context=context)
    assert done.ends == ("e",)


def mended(text: bytes, *stimuli: Stimulus, context: Context) -> tuple[Outcome, tuple[Stimulus, ...]]:
    """The story, and its stimuli with a retry of every step that stopped, one after the other."""
    done = story(text, *stimuli, context=context)
    while done.incidents:
        assert set(done.incidents.values()) == {"step-limit"}
        stimuli = (*stimuli, retry(next(iter(done.incidents))))
        done = story(text, *stimuli, context=context)
    return done, stimuli


@pytest.mark.parametrize("kind", ["and", "or"])
@pytest.mark.parametrize("ceiling", [1, 2, 3, 4, 5])
def test_given_a_join_near_the_ceiling_when_all_is_retried_then_it_waits_for_its_other_flow_and_fires_once(
    kind: str, ceiling: int
) -> None:
    text = diagram(f"""start s; and f; task a; user b; task c; {kind} j; user z
        s -> f; f -> a -> j; f -> b -> c -> j; j -> z""")
    context = Context(MONDAY, step_ceiling=ceiling)
    stopped, stimuli = mended(text, context=context)
    assert stopped.open == ["b"]
    done, _ = mended(text, *stimuli, complete("b"), context=context)
    assert (done.open, done.trace.count("j")) == (["z"], 1)


def test_given_an_inclusive_gateway_that_feeds_itself_when_endless_then_the_ceiling_stops_it() -> None:
    text = diagram("start s; or j; end e; s -> j; j -> j : ${true}; j -> e : ${true}")
    stopped = story(text, context=Context(MONDAY, max_steps=20, step_ceiling=100))
    assert "step-limit" in stopped.incidents.values()


def test_given_a_loop_of_many_turns_when_run_then_the_state_does_not_grow() -> None:
    text = "start s; xor m; user a; xor x; end e; s -> m -> a -> x; x -> m : ${again}; x -> e : default"
    sizes = [
        len(story(diagram(text), *[complete("a")] * turns, variables={"again": True}).instance.execution.dump())
        for turns in (1, 90)
    ]
    assert sizes[1] - sizes[0] <= 6


def test_given_tokens_at_borders_when_their_scope_is_interrupted_then_each_is_told_to_go_on_no_more() -> None:
    text = diagram("""start s; sub w; boundary b on=w message=m; user x; s -> w; b -> x
        in w { start is; user a [camunda:asyncBefore="true"]; user c; is -> a; is -> c }""")
    done = story(text, event("b"), proceeds=False)
    assert (done.open, done.facts(f.ContinuationOver)) == (["x"], [f.ContinuationOver("a")])
    gone_on = story(text, proceed("a"), event("b"), proceeds=False)
    assert (gone_on.open, gone_on.facts(f.ContinuationOver)) == (["x"], [])


@pytest.mark.parametrize("drawn", [f"end e {AFTER}", f"end e message=m {AFTER}", f"user e {AFTER}"])
def test_given_a_border_behind_the_last_element_when_reached_then_the_process_is_over_behind_it(drawn: str) -> None:
    text = diagram(f"start s; user a; {drawn}; s -> a -> e")
    stimuli = (complete("a"), complete("e")) if drawn.startswith("user") else (complete("a"),)
    waiting = story(text, *stimuli, proceeds=False)
    assert (waiting.outcome, waiting.open, waiting.trace[-1]) == (None, [], "e")
    assert waiting.facts(f.ContinuationDue) == [f.ContinuationDue(border="e")]
    assert story(text, *stimuli, proceed("e"), proceeds=False).outcome == "completed"
    assert story(text, *stimuli).trace == ["s", "a", "e"]


def test_given_a_border_behind_the_end_of_a_subprocess_when_interrupted_there_then_it_is_left_at_once() -> None:
    text = diagram(f"""start s; sub w; boundary b on=w message=m; user x; user z; s -> w -> z; b -> x
        in w {{ start is; end ie {AFTER}; is -> ie }}""")
    assert story(text, proceeds=False).open == ["w"]
    assert story(text).open == ["z"]
    done = story(text, event("b"), proceeds=False)
    assert (done.open, done.facts(f.ContinuationOver)) == (["x"], [f.ContinuationOver("ie")])
