"""Java classes, beans and built-in tasks of other engines: for workers, passed over, or refused."""

from __future__ import annotations

import pytest

from bpmn.policy import ForeignWork, Policy
from tests.bpmn.diagrams import diagram
from tests.bpmn.reading import refusals, warnings
from tests.conformance.harness import complete, error, story

PASS, REFUSE = Policy(ForeignWork.PASS), Policy(ForeignWork.REFUSE)
#: Drawn code, and the topic that a worker finds it by.
CODE: dict[str, tuple[str, str]] = {
    "class": ('service x [camunda:class="org.example.Archive"]', "org.example.Archive"),
    "bean": ('service x [camunda:delegateExpression="${archive}"]', "archive"),
    "deferred bean": ('service x [camunda:delegateExpression="#{ archive }"]', "archive"),
    "call of a bean": ('service x [camunda:expression="${archive.store(execution, x)}"]', "archive.store"),
    "call of a nested bean": ('service x [camunda:expression="#{a.b.c()}" camunda:resultVariable="r"]', "a.b.c"),
    "built-in task": ('service x [camunda:type="mail"]', "mail"),
    "sending class": ('send x [camunda:class="org.example.Send"]', "org.example.Send"),
    "deciding class": ('rule x [camunda:class="org.example.Rule"]', "org.example.Rule"),
    "throwing class": ('throw x <messageEventDefinition camunda:class="org.example.Throw"/>', "org.example.Throw"),
    "throwing bean": ('throw x <messageEventDefinition camunda:delegateExpression="${send}"/>', "send"),
}


def drawn(case: str) -> bytes:
    return diagram(f"start s; {CODE[case][0]}; end e; s -> x -> e")


@pytest.mark.parametrize("case", CODE)
def test_given_work_of_another_engine_when_reached_then_a_worker_finds_it_by_its_name(case: str) -> None:
    topic = CODE[case][1]
    assert story(drawn(case)).work["x"].topic == topic
    done = story(drawn(case), complete("x", r=1))
    assert (done.ends, done.variables) == (("e",), {"r": 1})
    assert f"offered as an external task with the topic {topic!r}" in warnings(drawn(case))["x"]


@pytest.mark.parametrize("case", CODE)
def test_given_work_of_another_engine_when_it_is_to_be_passed_then_the_process_goes_on_without_it(case: str) -> None:
    done = story(drawn(case), policy=PASS)
    assert (done.ends, done.variables, done.trace) == (("e",), {}, ["s", "x", "e"])
    assert "nothing is done" in warnings(drawn(case), PASS)["x"]


@pytest.mark.parametrize("case", CODE)
def test_given_work_of_another_engine_when_it_is_to_be_refused_then_its_element_is_named(case: str) -> None:
    (found,) = refusals(drawn(case), REFUSE)
    assert (found.element_id, "cannot run here" in found.message) == ("x", True)


def test_given_a_result_variable_of_a_bean_when_offered_then_the_report_says_that_the_worker_sets_it() -> None:
    assert "its worker is to set the variable 'r'" in warnings(drawn("call of a nested bean"))["x"]


def test_given_an_error_of_the_worker_when_it_is_reported_then_a_boundary_event_catches_it() -> None:
    text = 'start s; service x [camunda:class="a.B"]; boundary b on=x error=E; end e; end f; s -> x -> e; b -> f'
    assert story(diagram(text), error("x", "E")).ends == ("f",)


def test_given_injected_fields_when_offered_then_the_worker_sees_them_as_local_variables() -> None:
    fields = """<extensionElements><camunda:field name="to" stringValue="${plain}"/><camunda:field name="sum"
        expression="${n + 1}"/><camunda:field name="a"><camunda:string>x</camunda:string></camunda:field>
        <camunda:field name="b"><camunda:expression>${n}</camunda:expression></camunda:field></extensionElements>"""
    text = diagram(f'start s; service x [camunda:class="a.B"] {" ".join(fields.split())}; s -> x')
    done = story(text, variables={"n": 1})
    assert done.locals("x") == {"to": "${plain}", "sum": 2, "a": "x", "b": 1}
    assert done.variables == {"n": 1}
    assert story(text, variables={"n": 1}, policy=PASS).outcome == "completed"


def test_given_an_injected_field_that_calls_a_bean_when_offered_then_the_worker_sees_its_text() -> None:
    field = '<extensionElements><camunda:field name="a" expression="${bean.name(x)}"/></extensionElements>'
    text = diagram(f'start s; service x [camunda:class="a.B"] {field}; s -> x')
    assert story(text).locals("x") == {"a": "${bean.name(x)}"}
    assert "'a' calls a bean" in warnings(text)["x"]


def test_given_fields_without_java_code_when_uploaded_then_the_report_says_that_they_mean_nothing() -> None:
    field = '<extensionElements><camunda:field name="a" stringValue="b"/></extensionElements>'
    text = diagram(f'service x [camunda:type="external" camunda:topic="t"] {field}')
    assert "there is none" in warnings(text)["x"]


@pytest.mark.parametrize("expression", ["${bean.call(}", "${f(}"])
def test_given_what_is_no_call_of_a_bean_when_uploaded_then_it_is_no_work_for_a_worker(expression: str) -> None:
    assert [entry.element_id for entry in refusals(diagram(f'service x [camunda:expression="{expression}"]'))] == ["x"]


def test_given_an_expression_that_can_be_evaluated_when_reached_then_it_is_no_call_of_a_bean() -> None:
    text = diagram('service x [camunda:expression="${n.toString().length()}" camunda:resultVariable="r"]')
    assert story(text, variables={"n": "abc"}).variables["r"] == 3
    text = diagram('service x [camunda:expression="${n.size()}" camunda:resultVariable="r"]')
    assert story(text, variables={"n": [1, 2]}).variables["r"] == 2


@pytest.mark.parametrize("kind", ["class", "delegateExpression"])
def test_given_java_code_at_a_catching_event_when_uploaded_then_it_is_refused(kind: str) -> None:
    text = f'catch x <messageEventDefinition messageRef="message_m" camunda:{kind}="a"/><!-- message=m -->'
    assert [entry.element_id for entry in refusals(diagram(text))] == ["x"]
