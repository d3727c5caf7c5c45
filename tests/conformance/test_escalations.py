"""Escalations reach the nearest catcher, and the thrower goes on (BPMN 10.5.6)."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import complete, event, put, retry, story

INSIDE = "start s; sub w; user z; s -> w -> z; in w {{ start ws; throw t {}; user a; ws -> t -> a }}; {}"


def test_given_an_escalation_that_nobody_catches_when_thrown_then_nothing_happens() -> None:
    done = story(diagram(INSIDE.format("escalation=E1", "")))
    assert (done.open, done.incidents) == (["a", "w"], {})


def test_given_a_quiet_boundary_event_when_escalated_then_both_paths_go_on() -> None:
    text = diagram(INSIDE.format("escalation=E1", "boundary b on=w escalation=E1 quiet; user y; b -> y"))
    assert story(text).open == ["a", "w", "y"]
    assert story(text, complete("a"), complete("y"), complete("z")).outcome == "completed"


def test_given_an_interrupting_boundary_event_when_escalated_then_the_subprocess_is_canceled() -> None:
    text = diagram(INSIDE.format("escalation=E1", "boundary b on=w escalation=E1; user y; b -> y"))
    done = story(text)
    assert (done.open, done.trace) == (["y"], ["s", "ws", "t", "b"])


@pytest.mark.parametrize("thrown", ["escalation=E2", "<escalationEventDefinition/>"])
def test_given_another_code_when_escalated_then_a_specific_catcher_does_not_take_it(thrown: str) -> None:
    text = diagram(INSIDE.format(thrown, "boundary b on=w escalation=E1; user y; b -> y"))
    assert story(text).open == ["a", "w"]


@pytest.mark.parametrize("thrown", ["escalation=E2", "<escalationEventDefinition/>"])
def test_given_a_catch_all_when_escalated_then_it_takes_any(thrown: str) -> None:
    text = diagram(INSIDE.format(thrown, "boundary b on=w <escalationEventDefinition/>; user y; b -> y"))
    assert story(text).open == ["y"]


def test_given_a_catch_all_and_a_specific_catcher_when_escalated_then_only_the_specific_one_takes_it() -> None:
    catchers = """boundary all on=w <escalationEventDefinition/>; boundary one on=w escalation=E1; user x; user y
        all -> x; one -> y"""
    assert story(diagram(INSIDE.format("escalation=E1", catchers))).open == ["y"]
    assert story(diagram(INSIDE.format("escalation=E2", catchers))).open == ["x"]


def test_given_an_escalation_end_when_reached_then_the_subprocess_completes_unless_it_is_interrupted() -> None:
    text = """start s; sub w; boundary b on=w escalation=E1 {}; user y; user z; s -> w -> z; b -> y
        in w {{ start ws; end t escalation=E1; ws -> t }}"""
    assert story(diagram(text.format("quiet"))).open == ["y", "z"]
    assert story(diagram(text.format(""))).open == ["y"]


def test_given_nested_subprocesses_when_escalated_then_the_nearest_one_that_catches_it_takes_it() -> None:
    text = """start s; sub o; boundary ob on=o escalation=E1 quiet; user outer; s -> o; ob -> outer
        in o {{ sub i; {} in i {{ start is; throw t escalation=E1; user a; is -> t -> a }} }}"""
    assert story(diagram(text.format("boundary ib on=i escalation=E1 quiet; user inner; ib -> inner;"))).open == [
        "a",
        "i",
        "inner",
        "o",
    ]
    assert story(diagram(text.format("boundary ib on=i escalation=E2; user inner; ib -> inner;"))).open == [
        "a",
        "i",
        "o",
        "outer",
    ]


def test_given_a_sibling_that_catches_it_when_escalated_then_it_does_not() -> None:
    text = diagram("""start s; and f; sub v; sub w; boundary b on=v escalation=E1; user y; s -> f; f -> v; f -> w
        b -> y; in v { user a }; in w { start ws; throw t escalation=E1; user c; ws -> t -> c }""")
    assert story(text).open == ["a", "c", "v", "w"]


def test_given_an_escalation_from_one_run_when_caught_at_the_border_then_all_runs_are_canceled_or_none() -> None:
    text = """start s; sub w times=2; boundary b on=w escalation=E1 {}; user y; s -> w; b -> y
        in w {{ user a; throw t escalation=E1; user c; a -> t -> c }}"""
    assert story(diagram(text.format("")), complete("a")).open == ["y"]
    assert story(diagram(text.format("quiet")), complete("a"), complete("a")).open == [
        "c",
        "c",
        "w",
        "w",
        "w",
        "y",
        "y",
    ]


def test_given_an_escalation_from_a_handler_when_its_siblings_catch_it_then_it_goes_outside() -> None:
    text = diagram("""start s; sub w; boundary b on=w escalation=E1 quiet; user y; s -> w; b -> y
        in w { user a; handler g; handler h
            in g { start gs message=m quiet; throw t escalation=E1; user x; gs -> t -> x }
            in h { start hs escalation=E1; user never; hs -> never } }""")
    assert story(text, event("gs")).open == ["a", "g", "w", "x", "y"]


def test_given_the_code_of_a_caught_escalation_when_wanted_then_it_is_in_a_variable() -> None:
    catcher = 'boundary b on=w <escalationEventDefinition camunda:escalationCodeVariable="code"/>; user y; b -> y'
    assert story(diagram(INSIDE.format("escalation=E1", catcher))).variables == {"code": "E1"}


def test_given_a_computed_code_when_escalated_then_its_value_counts() -> None:
    text = diagram(INSIDE.format("escalation=L-${n}", "boundary b on=w escalation=L-2; user y; b -> y"))
    assert story(text, variables={"n": 2}).open == ["y"]
    assert story(text, variables={"n": 1}).open == ["a", "w"]
    failed = story(text)
    assert failed.incidents == {"t": "event-failed"}
    assert story(text, put(n=2), retry("t")).open == ["y"]


def test_given_an_escalation_in_a_transaction_when_caught_then_it_works_as_in_a_subprocess() -> None:
    text = INSIDE.format("escalation=E1", "boundary b on=w escalation=E1; user y; b -> y").replace(
        "sub w", "transaction w"
    )
    assert story(diagram(text)).open == ["y"]


def test_given_an_interrupting_handler_of_the_process_when_escalated_from_deep_inside_then_all_else_ends() -> None:
    text = diagram("""start s; and f; user beside; sub w; s -> f; f -> beside; f -> w; handler h
        in w { sub i; in i { start is; throw t escalation=E1; user a; is -> t -> a } }
        in h { start hs escalation=E1; user x; hs -> x }""")
    done = story(text)
    assert (done.open, len(done.facts(f.ProcessEnded))) == (["h", "x"], 0)
    assert story(text, complete("x")).outcome == "completed"


def test_given_an_end_event_that_throws_several_when_reached_then_all_are_thrown() -> None:
    text = diagram("""start s; sub w; boundary b on=w escalation=E1 quiet; user y; user z; s -> w -> z; b -> y
        in w { start ws; end t signal=sig message=m escalation=E1; ws -> t }""")
    done = story(text)
    assert (done.open, len(done.facts(f.SignalThrown)), len(done.facts(f.MessageThrown))) == (["y", "z"], 1, 1)


def test_given_several_thrown_when_one_of_them_fails_then_nothing_is_thrown_until_it_is_mended() -> None:
    text = diagram(
        INSIDE.format("escalation=E1 signal=s1 message=${m}", "boundary b on=w escalation=E1; user y; b -> y")
    )
    failed = story(text)
    assert (failed.incidents, failed.facts(f.SignalThrown), failed.open) == ({"t": "event-failed"}, [], ["t", "w"])
    done = story(text, put(m="go"), retry("t"))
    assert (done.open, len(done.facts(f.SignalThrown)), len(done.facts(f.MessageThrown))) == (["y"], 1, 1)


def test_given_an_error_end_that_also_sends_when_reached_then_it_sends_and_the_error_is_caught() -> None:
    text = diagram("""start s; sub w; boundary b on=w error=E1; user y; s -> w; b -> y
        in w { start ws; end t message=m error=E1; ws -> t }""")
    done = story(text)
    assert (done.open, len(done.facts(f.MessageThrown))) == (["y"], 1)


def test_given_a_terminate_end_that_also_sends_when_reached_then_it_sends_and_all_else_ends() -> None:
    text = diagram("start s; and f; user a; end t message=m terminate; s -> f; f -> a; f -> t")
    done = story(text)
    assert (done.outcome, done.ends, len(done.facts(f.MessageThrown))) == ("terminated", ("t",), 1)
