"""Compensation and transactions: what was completed is undone in reverse order (BPMN 10.7, 13.5.5)."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import complete, error, event, put, retry, story

UNDO = '[isForCompensation="true"]'
TWO = f"""start s; user a; user b; boundary ab on=a compensate; boundary bb on=b compensate
    ab ~> ua; bb ~> ub; user ua {UNDO}; user ub {UNDO}; throw t {{}}; user z; end e
    s -> a -> b -> t -> z -> e"""


def test_given_completed_activities_when_compensation_is_thrown_then_they_are_undone_in_reverse_order() -> None:
    text = diagram(TWO.format("compensate"))
    assert story(text, complete("a"), complete("b")).open == ["t", "ub"]
    assert story(text, complete("a"), complete("b"), complete("ub")).open == ["t", "ua"]
    done = story(text, complete("a"), complete("b"), complete("ub"), complete("ua"))
    assert (done.open, done.trace) == (["z"], ["s", "a", "b", "ub", "ua", "t"])


def test_given_an_activity_that_is_meant_when_compensation_is_thrown_then_only_it_is_undone() -> None:
    text = diagram(TWO.format("compensate=a"))
    assert story(text, complete("a"), complete("b")).open == ["t", "ua"]
    assert story(text, complete("a"), complete("b"), complete("ua")).open == ["z"]


def test_given_an_activity_that_was_not_completed_when_compensation_is_thrown_then_nothing_is_undone() -> None:
    text = diagram(f"""start s; and f; user a; boundary ab on=a compensate; ab ~> ua; user ua {UNDO}; user b
        throw t compensate; user z; s -> f; f -> a; f -> b -> t -> z""")
    assert story(text, complete("b")).open == ["a", "z"]
    assert story(text, complete("a"), complete("b")).open == ["t", "ua"]


def test_given_what_was_undone_when_compensation_is_thrown_again_then_it_is_not_undone_twice() -> None:
    text = diagram(f"""start s; task a; boundary ab on=a compensate; ab ~> ua; task ua {UNDO}
        throw t1 compensate; throw t2 compensate; end e; s -> a -> t1 -> t2 -> e""")
    done = story(text)
    assert (done.ends, done.trace.count("ua")) == (("e",), 1)


def test_given_an_activity_done_in_a_loop_when_compensated_then_every_completion_is_undone() -> None:
    text = diagram(f"""start s; xor m; user a; boundary ab on=a compensate; ab ~> ua; task ua {UNDO}; xor x
        end e compensate; s -> m -> a -> x; x -> m : ${{again}}; x -> e : default""")
    done = story(text, complete("a", again=True), complete("a", again=True), complete("a", again=False))
    assert (done.ends, done.trace.count("ua")) == (("e",), 3)


def test_given_a_compensation_end_when_all_is_undone_then_the_process_is_complete() -> None:
    text = diagram(f"""start s; user a; boundary ab on=a compensate; ab ~> ua; user ua {UNDO}; end e compensate
        s -> a -> e""")
    assert story(text, complete("a")).open == ["e", "ua"]
    done = story(text, complete("a"), complete("ua"))
    assert (done.outcome, done.ends) == ("completed", ("e",))


def test_given_compensation_that_is_not_waited_for_when_thrown_then_both_go_on() -> None:
    definition = '<compensateEventDefinition waitForCompletion="false"/>'
    text = diagram(TWO.format(definition))
    assert story(text, complete("a"), complete("b")).open == ["t", "ub", "z"]
    waiting = story(text, complete("a"), complete("b"), complete("z"))
    assert (waiting.open, waiting.outcome) == (["t", "ub"], None)
    done = story(text, complete("a"), complete("b"), complete("z"), complete("ub"), complete("ua"))
    assert (done.outcome, done.ends) == ("completed", ("e",))


NESTED = f"""start s; sub w; user z; throw t {{}}; end e; s -> w -> z -> t -> e
    in w {{{{ start ws; user a; boundary ab on=a compensate; ab ~> ua; user ua {UNDO}; user b
    boundary bb on=b compensate; bb ~> ub; user ub {UNDO}; ws -> a -> b }}}}"""


def test_given_a_completed_subprocess_when_compensated_from_outside_then_its_inside_is_undone_in_reverse() -> None:
    text = diagram(NESTED.format("compensate"))
    undoing = story(text, complete("a"), complete("b"), complete("z"))
    assert undoing.open == ["t", "ub", "w"]
    assert [fact.role for fact in undoing.facts(f.ActivityStarted) if fact.element == "w"] == ["", "undo"]
    done = story(text, complete("a"), complete("b"), complete("z"), complete("ub"), complete("ua"))
    assert (done.ends, done.trace[-5:]) == (("e",), ["ub", "ua", "w", "t", "e"])


def test_given_a_subprocess_that_is_meant_when_compensated_then_it_is_undone() -> None:
    text = diagram(NESTED.format("compensate=w"))
    assert story(text, complete("a"), complete("b"), complete("z")).open == ["t", "ub", "w"]


def test_given_an_activity_inside_a_completed_subprocess_when_meant_from_outside_then_nothing_is_undone() -> None:
    text = diagram(NESTED.format("compensate=a"))
    assert story(text, complete("a"), complete("b"), complete("z")).ends == ("e",)


def test_given_a_handler_when_it_undoes_then_it_sees_the_variables_of_its_subprocess_as_they_were() -> None:
    text = diagram(
        NESTED.format("compensate").replace(f"user ua {UNDO}", f"user ua {UNDO[:-1]} camunda:assignee='${{seen}}']")
    )
    done = story(
        text, put("w", seen="then"), complete("a"), complete("b"), put(seen="now"), complete("z"), complete("ub")
    )
    assert done.tasks["ua"].assignee == "then"
    over = story(
        text, put("w", seen="then"), complete("a"), complete("b"), complete("z"), complete("ub"), complete("ua", n=1)
    )
    assert over.variables == {"n": 1}


def test_given_a_subprocess_with_a_handler_of_its_own_when_compensated_then_that_one_runs_instead() -> None:
    text = diagram(f"""start s; sub w; boundary wb on=w compensate; wb ~> uw; task uw {UNDO}; throw t compensate; end e
        s -> w -> t -> e
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua; task ua {UNDO}; ws -> a }}""")
    assert story(text).trace == ["s", "ws", "a", "w", "uw", "t", "e"]


def test_given_a_compensation_handler_that_is_a_subprocess_when_run_then_all_of_it_is_done() -> None:
    text = diagram(f"""start s; task a; boundary ab on=a compensate; ab ~> ua; sub ua {UNDO}; throw t compensate; end e
        s -> a -> t -> e; in ua {{ start us; user x; user y; us -> x -> y }}""")
    assert story(text).open == ["t", "ua", "x"]
    assert story(text, complete("x"), complete("y")).ends == ("e",)


def test_given_a_compensation_event_subprocess_when_its_level_is_undone_then_it_decides_what_is_done() -> None:
    text = diagram(f"""start s; sub w; throw t compensate; end e; s -> w -> t -> e
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua; task ua {UNDO}; ws -> a; handler h
            in h {{ start hs compensate; user first; throw rest compensate; user last
                hs -> first -> rest -> last }} }}""")
    assert story(text).open == ["first", "h", "t", "w"]
    done = story(text, complete("first"))
    assert (done.open, done.trace[-2:]) == (["h", "last", "t", "w"], ["ua", "rest"])
    assert story(text, complete("first"), complete("last")).ends == ("e",)


def test_given_a_compensation_event_subprocess_and_a_handler_outside_when_undone_then_first_the_inner_one_runs() -> (
    None
):
    text = diagram(f"""start s; sub w; boundary wb on=w compensate; wb ~> uw; task uw {UNDO}; throw t compensate; end e
        s -> w -> t -> e
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua; task ua {UNDO}; ws -> a; handler h
            in h {{ start hs compensate; end he compensate=a; hs -> he }} }}""")
    assert story(text).trace == ["s", "ws", "a", "w", "hs", "ua", "he", "h", "w", "uw", "t", "e"]


def test_given_a_compensation_event_subprocess_that_does_not_throw_when_run_then_the_inside_is_not_undone() -> None:
    text = diagram(f"""start s; sub w; throw t compensate; end e; s -> w -> t -> e
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua; task ua {UNDO}; ws -> a; handler h
            in h {{ start hs compensate; task only; hs -> only }} }}""")
    assert "ua" not in story(text).trace
    assert "only" in story(text).trace


def test_given_a_compensation_event_subprocess_when_its_level_is_running_then_it_is_not_triggered() -> None:
    text = diagram("""start s; sub w; throw t compensate; end e; and f; s -> f; f -> w -> e; f -> t
        in w { user a; handler h; in h { start hs compensate; user x; hs -> x } }""")
    assert story(text).open == ["a", "w"]


def test_given_an_error_handler_when_it_compensates_then_what_was_completed_in_its_scope_is_undone() -> None:
    text = diagram(f"""start s; sub w; user z; s -> w -> z
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua; user ua {UNDO}
            service b [camunda:type="external" camunda:topic="t"]; ws -> a -> b; handler h
            in h {{ start hs error=E1; end he compensate; hs -> he }} }}""")
    assert story(text, error("b", "E1")).open == ["h", "he", "ua", "w"]
    assert story(text, error("b", "E1"), complete("ua")).open == ["z"]


def test_given_a_canceled_subprocess_when_compensation_is_thrown_then_it_is_not_undone() -> None:
    text = diagram(f"""start s; sub w; boundary b on=w message=m; throw t compensate; user z; s -> w; b -> t -> z
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua; task ua {UNDO}; user c; ws -> a -> c }}""")
    done = story(text, event("b"))
    assert (done.open, "ua" in done.trace) == (["z"], False)


def test_given_a_repeated_activity_when_compensated_then_every_run_is_undone() -> None:
    text = diagram(f"""start s; task a times=3; boundary ab on=a compensate; ab ~> ua; task ua {UNDO}
        throw t compensate; end e; s -> a -> t -> e""")
    assert story(text).trace.count("ua") == 3


def test_given_a_repeated_subprocess_when_compensated_then_every_run_is_undone_with_its_own_item() -> None:
    text = diagram(f"""start s; sub w each=items; throw t compensate; end e; s -> w -> t -> e
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua
            user ua {UNDO[:-1]} camunda:assignee="${{item}}"]; ws -> a }}""")
    first = story(text, variables={"items": ["ann", "bob"]})
    assert first.tasks["ua"].assignee == "bob"
    second = story(text, complete("ua"), variables={"items": ["ann", "bob"]})
    assert second.tasks["ua"].assignee == "ann"
    assert story(text, complete("ua"), complete("ua"), variables={"items": ["ann", "bob"]}).ends == ("e",)


def test_given_a_failing_handler_when_mended_then_undoing_goes_on() -> None:
    text = diagram(
        TWO.format("compensate").replace(f"user ub {UNDO}", f"user ub {UNDO[:-1]} camunda:assignee='${{who}}']")
    )
    failed = story(text, complete("a"), complete("b"))
    assert (failed.incidents, failed.open) == ({"ub": "assignment-failed"}, ["t", "ub"])
    done = story(text, complete("a"), complete("b"), put(who="x"), retry("ub"), complete("ub"), complete("ua"))
    assert done.open == ["z"]


def test_given_an_error_in_a_handler_when_thrown_then_the_scope_of_the_thrower_catches_it() -> None:
    text = diagram(f"""start s; sub w; boundary wb on=w error=E1; user y; s -> w; wb -> y
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua
            service ua {UNDO[:-1]} camunda:type="external" camunda:topic="t"]; end t compensate; ws -> a -> t }}""")
    assert story(text).open == ["t", "ua", "w"]
    assert story(text, error("ua", "E1")).open == ["y"]


def test_given_an_error_while_a_completed_subprocess_is_undone_when_it_had_catchers_then_they_are_gone() -> None:
    text = diagram(f"""start s; sub w; boundary wb on=w error=E1; user never; throw t compensate
        s -> w -> t; wb -> never
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua
            service ua {UNDO[:-1]} camunda:type="external" camunda:topic="t"]; ws -> a }}""")
    done = story(text, error("ua", "E1"))
    assert (done.incidents, done.open) == ({"ua": "bpmn-error-unhandled"}, ["t", "ua", "w"])


def test_given_undoing_at_work_when_the_process_is_terminated_then_it_ends() -> None:
    text = diagram(f"""start s; and f; task a; boundary ab on=a compensate; ab ~> ua; user ua {UNDO}; throw t compensate
        user b; end x terminate; s -> a -> f; f -> t; f -> b -> x""")
    assert story(text, complete("b")).outcome == "terminated"


# --- transactions ---

BOOKING = f"""start s; transaction w; boundary c on=w cancel; user y; user z; s -> w -> z; c -> y
    in w {{ start ws; user a; boundary ab on=a compensate; ab ~> ua; user ua {UNDO}; user b
    boundary bb on=b compensate; bb ~> ub; user ub {UNDO}; and f; user c1; xor x; end no cancel; end ok
    ws -> f; f -> a -> b -> x; x -> no : ${{cancel}}; x -> ok : default; f -> c1 }}"""


def test_given_a_transaction_when_it_completes_then_it_is_left_as_a_subprocess() -> None:
    assert story(diagram(BOOKING), complete("a"), complete("b", cancel=False), complete("c1")).open == ["z"]


def test_given_a_transaction_when_canceled_then_what_runs_ends_and_what_was_done_is_undone_in_reverse() -> None:
    text = diagram(BOOKING)
    canceled = story(text, complete("a"), complete("b", cancel=True))
    assert canceled.open == ["no", "ub", "w"]
    assert story(text, complete("a"), complete("b", cancel=True), complete("ub")).open == ["no", "ua", "w"]
    done = story(text, complete("a"), complete("b", cancel=True), complete("ub"), complete("ua"))
    assert (done.open, done.trace[-3:]) == (["y"], ["ua", "no", "c"])


def test_given_a_transaction_without_a_cancel_event_when_canceled_then_nothing_follows_it() -> None:
    text = diagram("start s; transaction w; user z; s -> w -> z; in w { start ws; end no cancel; ws -> no }")
    assert story(text).outcome == "completed"
    assert "z" not in story(text).trace


def test_given_a_completed_transaction_when_compensated_from_outside_then_it_is_undone() -> None:
    text = diagram(f"""start s; transaction w; throw t compensate; end e; s -> w -> t -> e
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua; task ua {UNDO}; ws -> a }}""")
    assert "ua" in story(text).trace


def test_given_a_transaction_with_an_error_when_caught_then_nothing_is_undone() -> None:
    text = diagram(f"""start s; transaction w; boundary eb on=w error=E1; boundary cb on=w cancel; user y; user z
        s -> w; eb -> y; cb -> z
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua; task ua {UNDO}; end bad error=E1
            ws -> a -> bad }}""")
    done = story(text)
    assert (done.open, "ua" in done.trace) == (["y"], False)


def test_given_a_repeated_transaction_when_one_run_is_canceled_then_the_whole_is_left_by_the_cancel_event() -> None:
    text = diagram("""start s; transaction w times=2; boundary c on=w cancel; user y; user z; s -> w -> z; c -> y
        in w { user a; xor x; end no cancel; end ok; a -> x; x -> no : ${cancel}; x -> ok : default }""")
    assert story(text, complete("a", cancel=True)).open == ["y"]
    assert story(text, complete("a", cancel=False), complete("a")).open == ["z"]


@pytest.mark.parametrize("times", ["", "times=1"])
def test_given_a_transaction_being_undone_when_it_has_a_timer_then_nothing_interrupts_that(times: str) -> None:
    text = diagram(f"""start s; transaction w {times}; boundary c on=w cancel; boundary t on=w timer=PT1H; user y; user z
        s -> w; c -> y; t -> z
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua; user ua {UNDO}; end no cancel
            ws -> a -> no }}""")
    assert set(story(text).open) == {"no", "ua", "w"}
    assert story(text).waits == {}
    assert story(text, complete("ua")).open == ["y"]


@pytest.mark.parametrize("kind", ["message=m", "signal=m"])
def test_given_a_transaction_being_undone_when_it_has_handlers_then_they_hear_nothing_any_more(kind: str) -> None:
    text = diagram(f"""start s; transaction w; s -> w
        in w {{ start ws; task a; boundary ab on=a compensate; ab ~> ua; user ua {UNDO}; end no cancel; ws -> a -> no
            handler h; in h {{ start hs {kind}; task x; hs -> x }} }}""")
    assert story(text).waits == {}


def test_given_a_compensation_event_without_a_handler_when_undone_then_there_is_nothing_to_do() -> None:
    done = story(diagram("start s; task a; boundary b on=a compensate; throw t compensate; end e; s -> a -> t -> e"))
    assert (done.ends, done.trace) == (("e",), ["s", "a", "t", "e"])


def test_given_a_transaction_with_nothing_to_undo_it_with_when_canceled_then_it_is_left_by_its_cancel_event() -> None:
    text = diagram("""transaction t; boundary b on=t cancel; end canceled; b -> canceled
        in t { task a; boundary x on=a compensate; end c cancel; a -> c }""")
    assert story(text).ends == ("canceled",)


def test_given_a_handler_that_compensates_when_it_completed_something_itself_then_that_is_undone_first() -> None:
    undoing = '; boundary {0}b on={0} compensate; user {0}u [isForCompensation="true"]; {0}b ~> {0}u'
    text = diagram(
        f"""user wait; start s; task a{undoing.format("a")}; s -> a; handler h
        in h {{ start hs message=m; task b{undoing.format("b")}; throw t compensate; end e; hs -> b -> t -> e }}"""
    )
    assert story(text, event("hs")).open == ["bu", "h", "t"]
    assert story(text, event("hs"), complete("bu")).open == ["au", "h", "t"]
    assert story(text, event("hs"), complete("bu"), complete("au")).outcome == "completed"


# --- what handlers see ---


LOCAL = (
    '<extensionElements><camunda:inputOutput><camunda:inputParameter name="room">${n}</camunda:inputParameter>'
    "</camunda:inputOutput></extensionElements>"
)


def test_given_an_activity_with_variables_of_its_own_when_undone_then_its_handler_sees_them_as_they_were() -> None:
    text = diagram(f"""start s; user a {LOCAL}; boundary b on=a compensate; user undo [isForCompensation="true"]; b ~> undo
        user later; throw t compensate; s -> a -> later -> t""")
    played = story(text, complete("a", room=7), complete("later", n=2, room=9), variables={"n": 1})
    assert (played.locals("undo"), played.variables) == ({"room": 7}, {"n": 2, "room": 9})
    done = story(text, complete("a"), complete("later", n=2), complete("undo", room=5, n=3), variables={"n": 1})
    assert done.variables == {"n": 3}


@pytest.mark.parametrize("word", ["times=2", "turns=2"])
def test_given_a_repeated_activity_when_undone_then_each_handler_sees_the_number_of_its_run(word: str) -> None:
    text = diagram(f"""start s; user a {word}; boundary b on=a compensate; user undo [isForCompensation="true"]; b ~> undo
        throw t compensate; end e; s -> a -> t -> e""")
    both = (complete("a"), complete("a"))
    assert story(text, *both).locals("undo") == {"loopCounter": 1}
    assert story(text, *both, complete("undo")).locals("undo") == {"loopCounter": 0}
    assert story(text, *both, complete("undo"), complete("undo")).ends == ("e",)


def test_given_a_compensation_event_subprocess_when_run_then_it_sees_its_level_as_it_was_and_the_process_as_it_is() -> (
    None
):
    text = diagram(f"""sub w {LOCAL}; user later; throw t compensate; w -> later -> t
        in w {{ user a; handler h; in h {{ start hs compensate; user x; hs -> x }} }}""")
    done = story(text, complete("a", room=8), complete("later", n=2, room=9), variables={"n": 1})
    assert done.variables == {"n": 2, "room": 9}
    assert [fact.value for fact in done.facts(f.VariableSet) if fact.name == "room"] == [1, 8, 9, 8]


def test_given_nested_subprocesses_when_undone_then_each_level_has_its_own_variables_again() -> None:
    text = diagram(f"""sub v {LOCAL}; user later; throw t compensate; v -> later -> t
        in v {{ sub w {LOCAL.replace("room", "bed")}
        in w {{ user a; boundary b on=a compensate; user undo [isForCompensation="true"]; b ~> undo }} }}""")
    done = story(text, complete("a", room=3, bed=4), complete("later"), variables={"n": 1})
    assert (done.locals("v"), done.locals("w"), done.open) == ({"room": 3}, {"bed": 4}, ["t", "undo", "v", "w"])
