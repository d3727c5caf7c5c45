"""What completing runs of a multi-instance activity throw, and who catches it (BPMN 10.3.8, 13.3.7, table 10.30)."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import Outcome, Stimulus, complete, event, put, retry, story

SIGNAL = '<signal id="sig" name="done"/><signalEventDefinition id="told" signalRef="sig"/>'
MESSAGE = '<message id="msg" name="m"/><messageEventDefinition id="told" messageRef="msg"/>'
ESCALATION = '<escalation id="esc" escalationCode="E"/><escalationEventDefinition id="told" escalationRef="esc"/>'
ERROR = '<error id="err" errorCode="E"/><errorEventDefinition id="told" errorRef="err"/>'
CATCHES = {
    SIGNAL: '<signalEventDefinition signalRef="sig"/>',
    MESSAGE: '<messageEventDefinition messageRef="msg"/>',
    ESCALATION: '<escalationEventDefinition escalationRef="esc"/>',
    ERROR: '<errorEventDefinition errorRef="err"/>',
}
BORDER = "start s; user a {}; boundary b on=a {}; user y; user z; s -> a -> z; b -> y"


def runs(behavior: str, inner: str = "", root: str = SIGNAL, *, catch: str | None = None, quiet: bool = True) -> bytes:
    loop = (
        f'<multiInstanceLoopCharacteristics behavior="{behavior}">{inner}<loopCardinality>3</loopCardinality>'
        "</multiInstanceLoopCharacteristics>"
    )
    return diagram(BORDER.format(loop, ("quiet " if quiet else "") + (catch or CATCHES[root])), root=root)


def named(behavior: str) -> str:
    """The behavior with its attribute that names the event."""
    return f'{behavior}" {behavior.lower()}BehaviorEventRef="told'


def when(condition: str, event: str = '<event><signalEventDefinition signalRef="sig"/></event>') -> str:
    condition = condition.replace("<", "&lt;")
    return f"<complexBehaviorDefinition><condition>{condition}</condition>{event}</complexBehaviorDefinition>"


def played(text: bytes, *more: Stimulus) -> Outcome:
    return story(text, complete("a"), *more)


@pytest.mark.parametrize(("behavior", "count"), [("None", 3), ("One", 1), ("All", 0)])
def test_given_a_behavior_when_runs_complete_then_its_event_is_thrown_so_often(behavior: str, count: int) -> None:
    done = story(runs(named(behavior)), complete("a"), complete("a"), complete("a"))
    assert len(done.facts(f.SignalThrown)) == count
    assert done.open == [*["y"] * count, "z"]


@pytest.mark.parametrize("root", [SIGNAL, MESSAGE, ESCALATION, ERROR])
def test_given_an_interrupting_event_at_the_border_when_the_first_run_throws_then_the_rest_is_canceled(
    root: str,
) -> None:
    done = played(runs(named("None"), root=root, quiet=False))
    assert (done.open, len(done.facts(f.ActivityCanceled))) == (["y"], 3)


def test_given_a_message_that_the_border_waits_for_when_thrown_then_it_goes_nowhere_else() -> None:
    done = played(runs(named("None"), root=MESSAGE), complete("a"))
    assert (done.open, done.facts(f.MessageThrown)) == (["a", "a", "y", "y"], [])


def test_given_a_message_that_the_border_does_not_wait_for_when_thrown_then_it_is_sent() -> None:
    done = played(runs(named("One"), root=MESSAGE, catch="timer=PT1H"))
    assert [fact.name for fact in done.facts(f.MessageThrown)] == ["m"]


def test_given_no_event_named_when_runs_throw_then_an_unnamed_signal_carries_the_attributes() -> None:
    done = played(runs("One", catch="<signalEventDefinition/>"))
    assert done.open == ["a", "a", "a", "y"]
    assert done.variables == {
        "loopCounter": 0,
        "numberOfInstances": 3,
        "numberOfActiveInstances": 2,
        "numberOfCompletedInstances": 1,
        "numberOfTerminatedInstances": 0,
    }


def test_given_an_error_that_nobody_catches_when_thrown_then_the_run_waits_for_help() -> None:
    text = runs(named("One"), root=ERROR, catch="timer=PT1H")
    assert played(text).incidents == {"a": "bpmn-error-unhandled"}


def test_given_a_complex_behavior_when_its_condition_holds_then_its_event_is_thrown() -> None:
    text = runs("Complex", when("${nrOfCompletedInstances == 2}"))
    assert played(text).open == ["a", "a", "a"]
    assert played(text, complete("a")).open == ["a", "a", "y"]
    assert played(text, complete("a"), complete("a")).open == ["y", "z"]


def test_given_a_complex_behavior_with_several_events_when_both_conditions_hold_then_both_are_thrown() -> None:
    message = '<event><messageEventDefinition messageRef="msg"/></event>'
    text = runs(
        "Complex",
        when("${x > 1}") + when("${x > 2}", message),
        root=SIGNAL + '<message id="msg"/>',
        catch="signal=done",
    )
    done = story(text, complete("a", x=3))
    assert (len(done.facts(f.SignalThrown)), len(done.facts(f.MessageThrown))) == (1, 1)
    assert len(story(text, complete("a", x=2)).facts(f.MessageThrown)) == 0


def test_given_a_complex_behavior_without_an_event_when_its_condition_holds_then_nothing_is_thrown() -> None:
    done = story(runs("Complex", when("${true}", "")), complete("a"), complete("a"), complete("a"))
    assert (done.open, done.facts(f.SignalThrown)) == (["z"], [])


def test_given_a_complex_condition_that_cannot_be_evaluated_when_mended_then_the_run_is_counted_once() -> None:
    text = runs("Complex", when("${nrOfCompletedInstances != x}"))
    assert played(text).incidents == {"a": "condition-failed"}
    done = played(text, put(x=2), retry("a"))
    assert (done.open, done.incidents) == (["a", "a", "a", "y"], {})


def test_given_an_interrupting_event_when_the_last_run_throws_then_it_comes_before_the_way_out() -> None:
    text = runs("Complex", when("${nrOfCompletedInstances == 3}"), quiet=False)
    assert played(text, complete("a"), complete("a")).open == ["y"]


def test_given_a_signal_of_a_run_when_somebody_else_throws_it_then_the_border_hears_that_too() -> None:
    assert story(runs(named("None")), event("b")).open == ["a", "a", "a", "a", "y"]
