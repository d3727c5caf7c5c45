"""Global tasks: called like a process of just this task (BPMN 10.3.7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bpmn.deciding import DecisionInForce
from bpmn.decisions import load
from bpmn.drawing import read_drawing
from bpmn.parsing import parse
from tests.bpmn.decisions.models import decision, text
from tests.bpmn.decisions.models import definitions as decisions_file
from tests.bpmn.diagrams import definitions, diagram, process
from tests.bpmn.reading import refusals, upload
from tests.conformance.harness import CONTEXT, complete, error, story

CALL = 'start s; call a [calledElement="g"] <extensionElements>{}</extensionElements>; end e; s -> a -> e'
CROSSING = '<camunda:in source="who" target="who"/><camunda:out source="said" target="said"/>'

DECISIONS = load({"d.dmn": decisions_file(decision("a", text("who + 1")))})


def called(root: str, crossing: str = "", more: str = "") -> bytes:
    return diagram(CALL.format(crossing) + more, root=root)


def test_given_a_global_user_task_when_called_then_somebody_does_it_in_an_instance_of_its_own() -> None:
    text = called('<globalUserTask id="g" name="Ask" camunda:assignee="${who}"/>', CROSSING)
    (child,) = story(text, variables={"who": "kermit"}).children
    assert (child.instance.key, child.tasks["g"].name, child.tasks["g"].assignee) == ("g", "Ask", "kermit")
    done = story(text, complete("g", said="yes"), variables={"who": "kermit"})
    assert (done.ends, done.variables) == (("e",), {"who": "kermit", "said": "yes"})


@pytest.mark.parametrize("kind", ["globalTask", "globalManualTask"])
def test_given_a_global_task_of_nobody_when_called_then_it_is_passed(kind: str) -> None:
    done = story(called(f'<{kind} id="g"/>'))
    assert (done.ends, done.children[0].trace) == (("e",), ["g"])


def test_given_a_global_business_rule_task_when_called_then_its_result_comes_back() -> None:
    rule = '<globalBusinessRuleTask id="g" camunda:expression="${who + 1}" camunda:resultVariable="said"/>'
    assert story(called(rule, CROSSING), variables={"who": 1}).variables == {"who": 1, "said": 2}


def test_given_a_global_script_task_when_called_then_its_result_comes_back() -> None:
    task = '<globalScriptTask id="g" scriptLanguage="feel" camunda:resultVariable="said"><script>who + 1</script></globalScriptTask>'
    assert story(called(task, CROSSING), variables={"who": 1}).variables == {"who": 1, "said": 2}


def test_given_a_global_business_rule_task_with_a_topic_when_called_then_a_worker_does_it() -> None:
    text = called('<globalBusinessRuleTask id="g" camunda:type="external" camunda:topic="rate"/>', CROSSING)
    assert story(text).children[0].work["g"].topic == "rate"
    assert story(text, complete("g", said="A")).variables["said"] == "A"


def test_given_a_global_business_rule_task_with_a_decision_when_called_then_its_result_comes_back() -> None:
    rule = """<globalBusinessRuleTask id="g" camunda:decisionRef="a" camunda:mapDecisionResult="singleEntry"
        camunda:resultVariable="said"/>"""
    context = replace(CONTEXT, decisions=lambda wanted: DecisionInForce(wanted.key, 1, "file", DECISIONS))
    done = story(called(rule, CROSSING), variables={"who": 1}, context=context)
    assert done.variables == {"who": 1, "said": 2}


def test_given_an_error_at_a_global_task_when_the_call_catches_it_then_its_path_is_taken() -> None:
    rule = '<globalBusinessRuleTask id="g" camunda:type="external" camunda:topic="rate"/>'
    text = called(rule, more="; boundary b on=a error; user u; b -> u")
    assert story(text, error("g", "E")).open == ["u"]


def test_given_a_global_task_of_another_file_when_called_then_it_is_found_by_its_id() -> None:
    models = parse({"library.bpmn": definitions('<globalUserTask id="g"/>'), "caller.bpmn": called("")}).models
    assert [model.key for model in models] == ["g", "p"]


def test_given_global_tasks_beside_processes_that_are_only_drawn_when_read_then_they_are_drawn_too() -> None:
    text = definitions('<globalUserTask id="g"/><process id="p" isExecutable="false"><task id="t"/></process>')
    report, models = upload(text)
    assert not models
    assert any("no process in it is executable" in entry.message for entry in report.entries)


def test_given_a_global_task_that_cannot_be_executed_when_read_then_it_is_refused_by_its_id() -> None:
    (found,) = refusals(definitions('<globalBusinessRuleTask id="g"/>' + process("task a")))
    assert (found.element_id, found.element_type) == ("g", "businessRuleTask")


def test_given_a_global_user_task_when_shown_then_its_form_is_known() -> None:
    drawing = read_drawing(definitions('<globalUserTask id="g" name="Ask" camunda:formKey="ask.html"/>'), "g")
    form = drawing.elements["g"].form
    assert (drawing.name, drawing.elements["g"].type, form and form.key) == ("Ask", "userTask", "ask.html")


def test_given_a_global_script_task_that_cannot_be_run_when_read_then_it_is_refused() -> None:
    task = '<globalScriptTask id="g" scriptLanguage="ruby"><script>1</script></globalScriptTask>'
    (found,) = refusals(definitions(task + process("task a")))
    assert found.element_id == "g"
