"""User tasks whose people, dates or urgency cannot be computed: open for work, with an incident beside them.

BPMN 10.3.4 builds on WS-HumanTask, in which a query for people that fails finds nobody.
"""

from __future__ import annotations

from datetime import timedelta

from bpmn import facts as f
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import MONDAY, complete, error, event, fail, put, refused, retry, story

PEOPLE = (
    'camunda:assignee="${approver}" camunda:candidateUsers="ann, ${deputy}" camunda:candidateGroups="staff" '
    'camunda:priority="${urgency}" camunda:dueDate="${due}" camunda:followUpDate="P1D"'
)
TEXT = diagram(f"start s; user a [{PEOPLE}]; end e; s -> a -> e")
ONE = diagram('start s; user a [camunda:assignee="${approver}"]; end e; s -> a -> e')
KIND = "assignment-failed"


def test_given_a_missing_variable_when_a_task_is_reached_then_it_is_open_without_people_and_an_incident() -> None:
    failed = story(ONE)
    assert (failed.open, failed.incidents, failed.tasks["a"].assignee) == (["a"], {"a": KIND}, None)
    (said,) = failed.messages
    assert said.startswith("assignee: ")
    assert "approver" in said


def test_given_an_expression_of_feel_when_its_variable_is_missing_then_nobody_is_meant_and_there_is_no_incident() -> (
    None
):
    named = '<extensionElements><zeebe:assignmentDefinition assignee="=clerk"/></extensionElements>'
    open_task = story(diagram(f"start s; user a {named}; end e; s -> a -> e"))
    assert (open_task.open, open_task.incidents, open_task.tasks["a"].assignee) == (["a"], {}, None)


def test_given_several_attributes_when_some_fail_then_the_others_hold_and_one_incident_names_all_that_failed() -> None:
    failed = story(TEXT, variables={"deputy": "bob", "due": "soon"})
    task = failed.tasks["a"]
    assert (task.assignee, task.candidate_users, task.candidate_groups) == (None, ("ann", "bob"), ("staff",))
    assert (task.priority, task.due, task.follow_up) == (50, None, MONDAY + timedelta(days=1))
    (said,) = failed.messages
    assert [part.partition(":")[0] for part in said.split("; ")] == ["assignee", "priority", "due"]


def test_given_the_variable_is_set_when_retried_then_only_what_failed_is_evaluated_and_the_incident_is_closed() -> None:
    start = {"deputy": "bob", "due": "soon"}
    mend = put(approver="cy", urgency=7, due="P2D", deputy="dan")
    done = story(TEXT, mend, retry("a"), variables=start)
    (known,) = done.facts(f.UserTaskAssigned)
    assert (known.assignee, known.priority, known.due) == ("cy", 7, MONDAY + timedelta(days=2))
    assert (known.candidate_users, known.candidate_groups, known.follow_up) == ((), (), None)
    assert (done.incidents, len(done.facts(f.UserTaskOpened))) == ({}, 1)
    assert story(TEXT, mend, retry("a"), complete("a"), variables=start).ends == ("e",)


def test_given_nothing_was_mended_when_retried_then_the_incident_stays() -> None:
    again = story(ONE, retry("a"), retry("a"))
    assert (again.open, again.incidents, again.facts(f.UserTaskAssigned)) == (["a"], {"a": KIND}, [])


def test_given_a_part_was_mended_when_retried_then_it_is_set_and_the_incident_is_about_the_rest() -> None:
    part = story(TEXT, put(approver="cy"), retry("a"), variables={"deputy": "bob", "due": "soon"})
    assert (part.tasks["a"].assignee, part.tasks["a"].candidate_users) == ("cy", ("ann", "bob"))
    assert [piece.partition(":")[0] for piece in part.messages[0].split("; ")] == ["priority", "due"]


def test_given_a_task_without_people_when_completed_then_the_incident_is_closed_and_the_process_goes_on() -> None:
    done = story(ONE, complete("a", x=1))
    assert (done.ends, done.incidents, done.variables) == (("e",), {}, {"x": 1})


def test_given_a_task_without_people_when_the_way_out_fails_then_that_is_the_one_incident() -> None:
    text = diagram('start s; user a [camunda:assignee="${approver}"]; end e; s -> a; a -> e : ${ok}')
    failed = story(text, complete("a"))
    assert (failed.open, failed.incidents, failed.tasks) == (["a"], {"a": "condition-failed"}, {})
    assert story(text, complete("a"), put(ok=True), retry("a")).ends == ("e",)


def test_given_a_task_without_people_when_a_boundary_event_interrupts_then_task_and_incident_are_over() -> None:
    text = diagram("""start s; user a [camunda:assignee="${approver}"]; boundary b on=a message=m; user x
        s -> a; b -> x""")
    done = story(text, event("b"))
    assert (done.open, done.incidents, list(done.tasks)) == (["x"], {}, ["x"])


def test_given_a_task_without_people_when_a_quiet_boundary_event_comes_then_both_stay() -> None:
    text = diagram("""start s; user a [camunda:assignee="${approver}"]; boundary b on=a message=m quiet; user x
        s -> a; b -> x""")
    done = story(text, event("b"))
    assert (done.open, done.incidents, sorted(done.tasks)) == (["a", "x"], {"a": KIND}, ["a", "x"])


def test_given_a_task_without_people_when_it_ends_in_a_caught_error_then_the_incident_is_closed() -> None:
    text = diagram("""start s; user a [camunda:assignee="${approver}"]; boundary b on=a error=E; user x
        s -> a; b -> x""")
    done = story(text, error("a", "E"))
    assert (done.open, done.incidents) == (["x"], {})


def test_given_a_task_without_people_when_nobody_catches_its_error_then_that_is_the_one_incident() -> None:
    failed = story(ONE, error("a", "E"))
    assert (failed.incidents, failed.tasks) == ({"a": "bpmn-error-unhandled"}, {})
    again = story(ONE, error("a", "E"), retry("a"))
    assert (again.incidents, list(again.tasks)) == ({"a": KIND}, ["a"])
    mended = story(ONE, error("a", "E"), put(approver="cy"), retry("a"))
    assert (mended.incidents, mended.tasks["a"].assignee) == ({}, "cy")


def test_given_outside_help_fails_at_a_task_without_people_then_that_is_the_one_incident() -> None:
    assert story(ONE, fail("a", "help-failed")).incidents == {"a": "help-failed"}


def test_given_runs_of_a_multi_instance_task_when_some_have_no_people_then_each_has_its_own_incident() -> None:
    text = diagram('start s; user a times=3 [camunda:assignee="${who.get(loopCounter)}"]; end e; s -> a -> e')
    failed = story(text, variables={"who": ["ann"]})
    assert [task.assignee for task in failed.facts(f.UserTaskOpened)] == ["ann", None, None]
    assert len(failed.messages) == 2
    mended = story(text, put(who=["ann", "bob"]), retry("a"), retry("a"), variables={"who": ["ann"]})
    assert [task.assignee for task in mended.facts(f.UserTaskAssigned)] == ["bob"]
    assert mended.incidents == {"a": KIND}
    assert story(text, complete("a"), complete("a"), complete("a"), variables={"who": ["ann"]}).ends == ("e",)


def test_given_a_worker_hears_of_the_creation_when_people_are_unknown_then_the_task_is_open_behind_it() -> None:
    heard = '<camunda:taskListener event="create" class="org.example.Audit"/>'
    text = diagram(f"""start s; user a [camunda:assignee="${{approver}}"] <extensionElements>{heard}</extensionElements>
        end e; s -> a -> e""")
    before = story(text)
    assert (before.incidents, before.tasks, list(before.work)) == ({}, {}, ["a"])
    after = story(text, complete("a"))
    assert (after.incidents, list(after.tasks)) == ({"a": KIND}, ["a"])
    assert story(text, complete("a"), complete("a")).ends == ("e",)
    assert story(text, complete("a", approver="cy")).tasks["a"].assignee == "cy"


def test_given_a_worker_hears_of_the_completion_when_people_are_unknown_then_the_incident_ends_before_it() -> None:
    heard = '<camunda:taskListener event="complete" class="org.example.Audit"/>'
    text = diagram(f"""start s; user a [camunda:assignee="${{approver}}"] <extensionElements>{heard}</extensionElements>
        end e; s -> a -> e""")
    asked = story(text, complete("a"))
    assert (asked.incidents, asked.tasks, list(asked.work)) == ({}, {}, ["a"])


def test_given_a_cycle_that_cannot_go_on_at_a_task_without_people_when_retried_then_both_are_mended() -> None:
    text = diagram("""start s; user a [camunda:assignee="${approver}"]; boundary b on=a cycle=${c} quiet; user x
        s -> a; b -> x""")
    stuck = (put(c="x"), event("b"))
    assert story(text, *stuck, variables={"c": "R/PT1H"}).incidents == {"a": KIND}
    first = story(text, *stuck, put(approver="cy"), retry("a"), variables={"c": "R/PT1H"})
    assert (first.incidents, first.tasks["a"].assignee) == ({"a": "timer-invalid"}, "cy")
    both = story(text, *stuck, put(approver="cy", c="R/PT2H"), retry("a"), variables={"c": "R/PT1H"})
    assert (both.incidents, both.waits, both.tasks["a"].assignee) == ({}, {"b": "timer"}, "cy")


def test_given_a_name_that_cannot_be_computed_when_a_task_is_reached_then_it_is_not_open() -> None:
    text = diagram("start s; user a [name='${subject}' camunda:assignee='${approver}']; end e; s -> a -> e")
    failed = story(text, refused(complete("a"), "resolve its incident first"))
    assert (failed.incidents, failed.tasks) == ({"a": KIND}, {})
    mended = story(text, put(subject="Look"), retry("a"))
    assert (mended.tasks["a"].name, mended.incidents) == ("Look", {"a": KIND})
