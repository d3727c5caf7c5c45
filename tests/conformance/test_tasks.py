"""Tasks (BPMN 10.3.3, 13.3.2, 13.3.3)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import diagram
from tests.conformance.harness import MONDAY, complete, error, event, fail, refused, retry, story

WORKER = 'service w [camunda:type="external" camunda:topic="pay" camunda:taskPriority="7"]'


def performer(kind: str, text: str) -> str:
    expression = f"<resourceAssignmentExpression><formalExpression>{text}</formalExpression>"
    return f"<{kind}>{expression}</resourceAssignmentExpression></{kind}>"


def test_given_a_user_task_when_reached_then_it_waits_and_its_completion_goes_on() -> None:
    text = diagram("start s; user a; end e; s -> a -> e")
    waiting = story(text)
    assert (waiting.open, waiting.trace) == (["a"], ["s"])
    done = story(text, complete("a", x=1, y=[Decimal("1.10"), {"z": None}]))
    assert (done.ends, done.trace) == (("e",), ["s", "a", "e"])
    assert done.variables == {"x": 1, "y": [Decimal("1.10"), {"z": None}]}


def test_given_a_completed_user_task_when_completed_again_then_it_is_refused() -> None:
    text = diagram("start s; user a; user b; s -> a -> b")

    def again(player: object) -> None:
        player.instances[0].execution.complete(2, {})  # type: ignore[attr-defined]

    story(text, complete("a"), refused(again, "activity instance 2 is not open"))


def test_given_a_user_task_with_camunda_attributes_when_reached_then_all_are_evaluated() -> None:
    attributes = """camunda:assignee="${boss}" camunda:candidateUsers="kermit, ${other}, kermit"
        camunda:candidateGroups="${groups}" camunda:priority="${40 + 2}" camunda:dueDate="P2D"
        camunda:followUpDate="2026-03-03T08:00:00+01:00" camunda:formKey="embedded:x" """.replace("\n", " ")
    text = f'start s; user a [{attributes} name="Ask ${{boss}}"] <documentation> Be kind. </documentation>; s -> a'
    done = story(diagram(text), variables={"boss": "piggy", "other": "gonzo", "groups": ["a", "b"]})
    task = done.tasks["a"]
    assert (task.name, task.assignee, task.candidate_users) == ("Ask piggy", "piggy", ("kermit", "gonzo"))
    assert (task.candidate_groups, task.priority, task.form_key) == (("a", "b"), 42, "embedded:x")
    assert task.due == MONDAY + timedelta(days=2)
    assert task.follow_up == MONDAY + timedelta(hours=22)
    assert task.documentation == "Be kind."


def test_given_a_user_task_with_zeebe_elements_when_reached_then_all_are_evaluated() -> None:
    extension = """<extensionElements><zeebe:userTask/>
        <zeebe:assignmentDefinition assignee="=boss" candidateGroups="=groups" candidateUsers="kermit,gonzo"/>
        <zeebe:taskSchedule dueDate="2026-03-04T09:00:00Z" followUpDate="=follow"/>
        <zeebe:priorityDefinition priority="=30 + 3"/><zeebe:formDefinition formId="ask"/>
        </extensionElements>""".replace("\n", " ")
    done = story(
        diagram(f"start s; user a {extension}; s -> a"),
        variables={"boss": "piggy", "groups": ["a", "b"], "follow": "2026-03-03T09:00:00Z"},
    )
    task = done.tasks["a"]
    assert (task.assignee, task.candidate_groups, task.candidate_users) == ("piggy", ("a", "b"), ("kermit", "gonzo"))
    assert (task.priority, task.form_key) == (33, "ask")
    assert (task.due, task.follow_up) == (MONDAY + timedelta(days=2), MONDAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("drawn", "groups", "users"),
    [
        ("sales, support", ("sales", "support"), ()),
        ("user(kermit), group(sales), support", ("sales", "support"), ("kermit",)),
        ("${groups}", ("x", "y"), ()),
    ],
)
def test_given_a_potential_owner_when_reached_then_it_names_the_candidates(
    drawn: str, groups: tuple[str, ...], users: tuple[str, ...]
) -> None:
    text = f"start s; user a {performer('potentialOwner', drawn)}; s -> a"
    task = story(diagram(text), variables={"groups": ["x", "y"]}).tasks["a"]
    assert (task.candidate_groups, task.candidate_users) == (groups, users)


def test_given_a_human_performer_when_reached_then_it_is_the_assignee() -> None:
    text = f"start s; user a {performer('humanPerformer', '${who}')}; s -> a"
    assert story(diagram(text), variables={"who": "kermit"}).tasks["a"].assignee == "kermit"


def test_given_plain_and_manual_tasks_when_reached_then_nobody_is_waited_for() -> None:
    done = story(diagram("start s; task a; manual b; end e; s -> a -> b -> e"))
    assert (done.trace, done.ends) == (["s", "a", "b", "e"], ("e",))
    assert done.facts(f.ActivityStarted) == []


def test_given_a_service_task_with_a_topic_when_reached_then_work_is_offered_until_it_is_done() -> None:
    text = diagram(f"start s; {WORKER}; end e; s -> w -> e")
    work = story(text).work["w"]
    assert (work.topic, work.priority, work.retries) == ("pay", 7, None)
    done = story(text, complete("w", paid=True))
    assert (done.ends, done.variables, done.work) == (("e",), {"paid": True}, {})


def test_given_a_zeebe_service_task_when_reached_then_its_type_is_the_topic() -> None:
    extension = '<extensionElements><zeebe:taskDefinition type="=kind" retries="5"/></extensionElements>'
    work = story(diagram(f"start s; service w {extension}; s -> w"), variables={"kind": "mail"}).work["w"]
    assert (work.topic, work.retries) == ("mail", 5)


def test_given_a_process_wide_priority_when_work_is_offered_then_it_counts_where_a_task_has_none() -> None:
    text = 'start s; service w [camunda:type="external" camunda:topic="pay"]; s -> w'
    assert story(diagram(text, attributes='camunda:taskPriority="9"')).work["w"].priority == 9


def test_given_a_service_task_with_an_expression_when_reached_then_the_result_is_kept() -> None:
    text = 'start s; service w [camunda:expression="${x * 2}" camunda:resultVariable="y"]; end e; s -> w -> e'
    done = story(diagram(text), variables={"x": Decimal("1.5")})
    assert done.variables == {"x": Decimal("1.5"), "y": Decimal("3.0")}


def test_given_an_expression_without_result_variable_when_reached_then_it_only_passes() -> None:
    text = 'start s; service w [camunda:expression="${1 + 1}"]; end e; s -> w -> e'
    assert story(diagram(text)).variables == {}


def test_given_a_receive_task_when_its_message_comes_then_it_goes_on_with_the_payload() -> None:
    text = diagram("start s; receive r message=paid; end e; s -> r -> e")
    assert story(text).waits == {"r": "message"}
    done = story(text, event("r", amount=5))
    assert (done.ends, done.variables, done.waits) == (("e",), {"amount": 5}, {})


def test_given_a_receive_task_when_completed_like_a_user_task_then_it_is_refused() -> None:
    story(diagram("start s; receive r message=paid; s -> r"), refused(complete("r"), "is not open for this"))


def test_given_a_worker_that_reports_an_error_nobody_catches_when_retried_then_the_work_is_offered_again() -> None:
    text = diagram(f"start s; {WORKER}; end e; s -> w -> e")
    failed = story(text, error("w", "E1", "no money", tried=1))
    assert (failed.incidents, failed.work) == ({"w": "bpmn-error-unhandled"}, {})
    assert failed.messages == ["no event catches the error 'E1': no money"]
    assert failed.variables == {"tried": 1}
    done = story(text, error("w", "E1"), refused(complete("w"), "resolve its incident"), retry("w"), complete("w"))
    assert done.ends == ("e",)


def test_given_a_user_task_with_an_error_nobody_catches_when_retried_then_it_is_open_again() -> None:
    text = diagram("start s; user a; end e; s -> a -> e")
    assert story(text, error("a", "E1")).tasks == {}
    assert story(text, error("a", "E1"), retry("a"), complete("a")).ends == ("e",)


def test_given_a_called_process_that_failed_when_retried_then_it_is_called_again() -> None:
    text = diagram('start s; call c [calledElement="elsewhere"]; end e; s -> c -> e')
    assert story(text).incidents == {"c": "called-process-missing"}
    done = story(text, fail("c"), remote=("elsewhere",))
    assert done.incidents == {"c": "retries-exhausted"}
    again = story(text, fail("c"), retry("c"), remote=("elsewhere",))
    assert len(again.facts(f.ProcessCalled)) == 2
    assert again.incidents == {}


SERVICE = """<interface id="i" name="Mail"><operation id="op" name="send mail"><inMessageRef>msg</inMessageRef></operation>
    </interface><message id="msg" name="mail"/>"""


def test_given_an_operation_of_a_service_when_a_service_task_calls_it_then_its_name_is_the_topic() -> None:
    text = 'start s; service x [operationRef="op"]; end e; s -> x -> e'
    assert story(diagram(text, root=SERVICE)).work["x"].topic == "send mail"
    assert story(diagram(text, root=SERVICE), complete("x")).ends == ("e",)
    topic = text.replace("[", '[camunda:type="external" camunda:topic="own" ')
    assert story(diagram(topic, root=SERVICE)).work["x"].topic == "own"


def test_given_an_operation_when_a_task_sends_or_receives_by_it_then_its_message_is_meant() -> None:
    text = 'start s; send x [operationRef="op"]; receive y [operationRef="op"]; s -> x -> y'
    done = story(diagram(text, root=SERVICE))
    assert [fact.name for fact in done.facts(f.MessageThrown)] == ["mail"]
    assert [fact.name for fact in done.facts(f.MessageAwaited)] == ["mail"]
    thrown = "start s; throw x <messageEventDefinition><operationRef>op</operationRef></messageEventDefinition>; s -> x"
    assert [fact.name for fact in story(diagram(thrown, root=SERVICE)).facts(f.MessageThrown)] == ["mail"]
