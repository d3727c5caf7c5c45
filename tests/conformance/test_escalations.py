"""Escalations reach the nearest catcher, and the thrower goes on (BPMN 10.5.6)."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import definitions, diagram, process, references
from tests.conformance.harness import answered, complete, event, put, retry, story

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


FROM_HANDLER = """start s; sub w; boundary b on=w escalation=E1 quiet; user y; s -> w; b -> y
    in w {{ user a; handler g; handler h
        in g {{ start gs message=m {}; throw t escalation=E1; user x; gs -> t -> x }}
        in h {{ start hs escalation=E1 quiet; user z; hs -> z }} }}"""


def test_given_an_escalation_from_a_quiet_handler_when_a_sibling_catches_it_then_it_goes_no_further() -> None:
    assert story(diagram(FROM_HANDLER.format("quiet")), event("gs")).open == ["a", "g", "h", "w", "x", "z"]


def test_given_an_escalation_from_an_interrupting_handler_when_its_siblings_catch_it_then_it_goes_outside() -> None:
    assert story(diagram(FROM_HANDLER.format("")), event("gs")).open == ["g", "w", "x", "y"]


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


CALLER = 'start s; call c {} [calledElement="q"]; boundary b on=c escalation=E1 {}; user y; user z; s -> c -> z; b -> y'
RAISES = "start qs; throw t escalation=E1; user a; qs -> t -> a"


def called(caller: str, text: str) -> bytes:
    return definitions(process(caller) + process(text, "q") + references("escalation=E1 escalation=E2 "))


def test_given_a_called_process_when_it_escalates_then_the_caller_catches_it_and_both_go_on() -> None:
    text = called(CALLER.format("", "quiet"), RAISES)
    done = story(text)
    assert (done.open, done.children[0].open) == (["c", "y"], ["a"])
    assert story(text, complete("a")).open == ["y", "z"]


def test_given_an_interrupting_catcher_when_the_called_process_escalates_then_that_is_canceled() -> None:
    done = story(called(CALLER.format("", ""), RAISES))
    assert (done.open, done.children[0].outcome) == (["y"], "canceled")


def test_given_a_called_process_that_ends_by_an_escalation_when_caught_then_the_call_is_left_both_ways_or_one() -> None:
    ends = "start qs; end t escalation=E1; qs -> t"
    assert story(called(CALLER.format("", "quiet"), ends)).open == ["y", "z"]
    assert story(called(CALLER.format("", ""), ends)).open == ["y"]


SETS_X_BEHIND = (
    'start qs; throw t escalation=E1; service d [camunda:expression="${5}" camunda:resultVariable="x"]; user a'
    "; qs -> t -> d -> a"
)
TAKES_X = '[calledElement="q"] <extensionElements><camunda:out source="x" target="got"/></extensionElements>'
TAKING = CALLER.replace('{} [calledElement="q"]', TAKES_X)


def test_given_an_interrupting_catcher_when_the_called_process_escalates_then_nothing_behind_its_event_is_done() -> (
    None
):
    done = story(called(TAKING.format(""), SETS_X_BEHIND))
    assert (done.open, done.variables, done.children[0].outcome) == (["y"], {"got": None}, "canceled")
    assert "d" not in done.children[0].trace


def test_given_a_quiet_catcher_when_the_called_process_has_escalated_then_it_goes_on_behind_its_event() -> None:
    done = story(called(TAKING.format("quiet"), SETS_X_BEHIND), complete("a"))
    assert (done.open, done.variables, done.children[0].outcome) == (["y", "z"], {"got": 5}, "completed")


def test_given_an_interrupting_catcher_when_the_called_process_ends_by_its_escalation_then_it_is_canceled() -> None:
    done = story(called(CALLER.format("", ""), "start qs; end t escalation=E1; qs -> t"))
    assert (done.open, done.children[0].outcome) == (["y"], "canceled")


def test_given_an_event_with_two_escalations_when_its_caller_has_heard_both_then_it_goes_on() -> None:
    both = "escalation=E1 escalation=E2"
    passes = story(called(CALLER.format("", "quiet"), f"start qs; throw t {both}; user a; qs -> t -> a"))
    assert (passes.open, passes.children[0].open) == (["c", "y"], ["a"])
    ends = story(called(CALLER.format("", "quiet"), f"start qs; end t {both}; qs -> t"))
    assert (ends.open, ends.children[0].outcome) == (["y", "z"], "completed")


def test_given_a_step_that_fails_behind_an_escalation_when_it_is_retried_then_nothing_is_raised_anew() -> None:
    raises = "start qs; throw t escalation=E1; xor x; user a; qs -> t -> x; x -> a : ${ready}"
    text = called(CALLER.format("", "quiet"), raises)
    failed = story(text)
    assert (failed.open, failed.children[0].incidents) == (["c", "y"], {"x": "condition-failed"})
    assert story(text, retry("x")).open == ["c", "y"]


def test_given_nobody_who_catches_it_when_a_called_process_escalates_then_nothing_happens() -> None:
    done = story(called('start s; call c [calledElement="q"]; user z; s -> c -> z', RAISES))
    assert (done.open, done.children[0].open) == (["c"], ["a"])


def test_given_a_process_called_by_a_called_one_when_it_escalates_then_the_nearest_caller_that_catches_takes_it() -> (
    None
):
    middle = 'start ms; call m [calledElement="r"]; ms -> m'
    inner = process("start rs; throw t escalation=E1; user a; rs -> t -> a", "r")
    text = definitions(
        process(CALLER.format("", "quiet")) + process(middle, "q") + inner + references("escalation=E1 ")
    )
    done = story(text)
    assert (done.open, done.children[0].open, done.children[0].children[0].open) == (["c", "y"], ["m"], ["a"])


def test_given_a_call_that_takes_variables_back_when_escalated_then_they_are_there_at_once() -> None:
    mapping = '<extensionElements><camunda:out source="x" target="got"/></extensionElements>'
    raises = """start qs; service d [camunda:expression="${5}" camunda:resultVariable="x"]; throw t escalation=E1; user a
        qs -> d -> t -> a"""
    caller = "start s; call c [calledElement='q'] {}; boundary b on=c escalation=E1 quiet; user y; s -> c; b -> y"
    assert story(called(caller.format(mapping), raises)).variables == {"got": 5}


def test_given_camunda_s_outputs_when_nobody_catches_the_escalation_then_they_are_taken_all_the_same() -> None:
    mapping = '<extensionElements><camunda:out source="x" target="got"/></extensionElements>'
    raises = (
        'start qs; service q1 [camunda:expression="${5}" camunda:resultVariable="x"]; throw t escalation=E1; user u'
    )
    caller = f"start s; call c [calledElement='q'] {mapping}; s -> c"
    done = story(called(caller, f"{raises}; qs -> q1 -> t -> u"))
    assert (done.variables, done.open) == ({"got": 5}, ["c"])


def test_given_zeebe_s_call_when_nobody_catches_the_escalation_then_variables_come_with_its_end() -> None:
    called_by = '<extensionElements><zeebe:calledElement processId="q"/></extensionElements>'
    raises = (
        'start qs; service q1 [camunda:expression="${5}" camunda:resultVariable="x"]; throw t escalation=E1; user u'
    )
    text = called(f"start s; call c {called_by}; user z; s -> c -> z", f"{raises}; qs -> q1 -> t -> u")
    assert story(text).variables == {}
    assert story(text, complete("u")).variables == {"x": 5}


def test_given_a_repeated_call_when_one_run_escalates_then_the_event_at_the_border_catches_it() -> None:
    text = called(CALLER.format("times=2", ""), "start qs; user a; throw t escalation=E1; user x; qs -> a -> t -> x")
    done = story(text, complete("a"))
    assert (done.open, [child.outcome for child in done.children]) == (["y"], ["canceled", "canceled"])


def test_given_the_answer_of_another_server_when_a_call_is_open_then_it_is_left_as_before() -> None:
    text = diagram(CALLER.format("", "quiet"))
    assert story(text, answered("c"), remote=("q",)).open == ["z"]


@pytest.mark.parametrize(("quiet", "status"), [("", "canceled"), ("quiet", None)])
def test_given_two_calls_above_when_the_topmost_catches_then_what_is_below_waits_for_what_comes_of_it(
    quiet: str, status: str | None
) -> None:
    middle = process('start ms; call m [calledElement="r"]; ms -> m', "q")
    inner = process("start rs; throw t escalation=E1; user a; rs -> t -> a", "r")
    done = story(definitions(process(CALLER.format("", quiet)) + middle + inner + references("escalation=E1 ")))
    leaf = done.children[0].children[0]
    assert (leaf.outcome, leaf.open) == (status, [] if status else ["a"])
    assert done.open == (["y"] if status else ["c", "y"])
    assert [fact.element for fact in leaf.facts(f.UserTaskOpened)] == ([] if status else ["a"])
