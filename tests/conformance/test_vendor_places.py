"""What vendors' attributes and extension elements do, at every element they are executed at."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import definitions, diagram
from tests.conformance.harness import complete, error, event, parse, put, retry, story

CAMUNDA = (
    "<extensionElements><camunda:inputOutput>"
    '<camunda:inputParameter name="inner">${outer + 1}</camunda:inputParameter>'
    '<camunda:outputParameter name="after">${inner + 1}</camunda:outputParameter>'
    "</camunda:inputOutput>{}</extensionElements>"
)
ZEEBE = (
    '<extensionElements><zeebe:ioMapping><zeebe:input source="=outer + 1" target="inner"/>'
    '<zeebe:output source="=inner + 1" target="after"/></zeebe:ioMapping>{}</extensionElements>'
)
#: How an element with mappings is drawn, and what lets it go on.
MAPPED = {
    "task": ("task x {}", []),
    "manualTask": ("manual x {}", []),
    "userTask": ("user x {}", [complete("x")]),
    "serviceTask": ('service x [camunda:type="external" camunda:topic="t"] {}', [complete("x")]),
    "receiveTask": ("receive x message=m {}", [event("x")]),
    "sendTask": ("send x message=m {}", []),
    "businessRuleTask": ('rule x [camunda:type="external" camunda:topic="t"] {}', [complete("x")]),
    "subProcess": ("sub x {}; in x {{ task y }}", []),
    "transaction": ("transaction x {}; in x {{ task y }}", []),
    "adHocSubProcess": ("adhoc x {}; in x {{ task y }}", []),
    "intermediateCatchEvent": ("catch x message=m {}", [event("x")]),
    "intermediateThrowEvent": ("throw x message=m {}", []),
}
WORK = '<zeebe:taskDefinition type="{}"/>'


@pytest.mark.parametrize("extension", [CAMUNDA, ZEEBE], ids=["camunda", "zeebe"])
@pytest.mark.parametrize("kind", MAPPED)
def test_given_mappings_at_an_element_when_passed_then_they_go_in_and_out(kind: str, extension: str) -> None:
    drawn, stimuli = MAPPED[kind]
    text = diagram(f"start s; {drawn.format(extension.replace('{}', ''))}; user z; s -> x -> z")
    if kind == "adHocSubProcess":
        text = text.replace(
            b"<zeebe:ioMapping>", b'<zeebe:adHoc activeElementsCollection="=[&quot;y&quot;]"/><zeebe:ioMapping>'
        )
    done = story(text, *stimuli, variables={"outer": 1})
    assert (done.open, done.variables) == (["z"], {"outer": 1, "after": 3})


@pytest.mark.parametrize("extension", [CAMUNDA, ZEEBE], ids=["camunda", "zeebe"])
def test_given_mappings_at_an_end_event_when_reached_then_they_are_its_payload_and_go_out(extension: str) -> None:
    done = story(diagram(f"start s; end x message=m {extension.replace('{}', '')}; s -> x"), variables={"outer": 1})
    assert [fact.variables for fact in done.facts(f.MessageThrown)] == [{"inner": 2}]
    assert done.variables == {"outer": 1, "after": 3}


@pytest.mark.parametrize(
    "drawn",
    ["service x {}", "send x {}", "rule x {}", "throw x message=m {}", "end x message=m {}"],
)
def test_given_a_task_definition_when_reached_then_a_worker_does_it(drawn: str) -> None:
    extension = f"<extensionElements>{WORK.format('send-it')}</extensionElements>"
    text = diagram(f"start s; {drawn.format(extension)}; s -> x")
    assert story(text).work["x"].topic == "send-it"
    assert story(text, complete("x")).outcome == "completed"


@pytest.mark.parametrize("drawn", ["service x [{}]", "send x [{}]", "rule x [{}]"])
def test_given_a_priority_of_work_when_offered_then_workers_see_it(drawn: str) -> None:
    attributes = 'camunda:type="external" camunda:topic="t" camunda:taskPriority="7"'
    assert story(diagram(f"start s; {drawn.format(attributes)}; s -> x")).work["x"].priority == 7


def test_given_a_priority_of_a_message_s_work_when_offered_then_workers_see_it() -> None:
    work = '<messageEventDefinition camunda:type="external" camunda:topic="t" camunda:taskPriority="7"/>'
    assert story(diagram(f"start s; end x {work}; s -> x")).work["x"].priority == 7


@pytest.mark.parametrize(
    "drawn",
    ["service x [{}]", "rule x [{}]", "send x [{}]", "throw x <messageEventDefinition {}/>"],
)
@pytest.mark.parametrize("name", ["resultVariable", "resultVariableName"])
def test_given_the_name_of_a_result_when_evaluated_then_it_is_that_variable(drawn: str, name: str) -> None:
    task = drawn.format(f'camunda:expression="${{1 + 1}}" camunda:{name}="got"')
    assert story(diagram(f"start s; {task}; user z; s -> x -> z")).variables == {"got": 2}


def test_given_an_expression_in_a_message_s_place_when_it_is_thrown_then_it_is_evaluated_and_nothing_is_sent() -> None:
    drawn = (
        '<messageEventDefinition messageRef="message_m" camunda:expression="${1 + 1}" camunda:resultVariable="got"/>'
    )
    done = story(diagram(f"start s; end x {drawn}; catch never message=m; s -> x"))
    assert (done.outcome, done.variables, done.facts(f.MessageThrown)) == ("completed", {"got": 2}, [])


def test_given_an_expression_that_fails_when_a_send_task_is_reached_then_it_is_taken_again_when_retried() -> None:
    text = diagram(
        'start s; send x [camunda:expression="${later + 1}" camunda:resultVariable="got"]; user z; s -> x -> z'
    )
    failed = story(text)
    assert failed.incidents == {"x": "expression-failed"}
    assert story(text, put(later=1), retry("x")).variables == {"later": 1, "got": 2}


@pytest.mark.parametrize("name", ["errorCodeVariable", "errorVariableName"])
def test_given_the_name_of_an_error_s_variable_when_caught_then_it_holds_the_code(name: str) -> None:
    text = f"""start s; service x [camunda:type="external" camunda:topic="t"]; user z; s -> x; b -> z
        boundary b on=x <errorEventDefinition camunda:{name}="code"/>"""
    assert story(diagram(text), error("x", "E")).variables == {"code": "E"}


@pytest.mark.parametrize("name", ["formKey", "formRef"])
def test_given_a_form_when_the_task_opens_then_it_is_told(name: str) -> None:
    assert story(diagram(f'user x [camunda:{name}="ask"]')).tasks["x"].form_key == "ask"


@pytest.mark.parametrize("name", ["formKey", "formId", "externalReference"])
def test_given_a_form_definition_when_the_task_opens_then_it_is_told(name: str) -> None:
    drawn = f'<extensionElements><zeebe:formDefinition {name}="ask"/></extensionElements>'
    assert story(diagram(f"user x {drawn}")).tasks["x"].form_key == "ask"


def test_given_instructions_when_the_task_opens_then_they_are_its_documentation() -> None:
    spiff = "http://spiffworkflow.org/bpmn/schema/1.0/core"
    drawn = f'<extensionElements><i:instructionsForEndUser xmlns:i="{spiff}">Look</i:instructionsForEndUser></extensionElements>'
    assert story(diagram(f"user x {drawn.replace(chr(10), '')}")).tasks["x"].documentation == "Look"


@pytest.mark.parametrize(
    ("attribute", "inner"),
    [('camunda:versionTag="1.2"', ""), ("", '<zeebe:versionTag value="1.2"/>')],
)
def test_given_a_version_tag_when_read_then_the_model_has_it(attribute: str, inner: str) -> None:
    extension = f"<extensionElements>{inner}</extensionElements>" if inner else ""
    text = definitions(f'<process id="p" {attribute}>{extension}<task id="x"/></process>')
    assert parse(text)["p"].version_tag == "1.2"


def called(attributes: str) -> f.ProcessCalled:
    text = diagram(f'start s; call x [calledElement="q" {attributes}]; s -> x')
    (found,) = story(text, variables={"a": 1, "k": "K"}, remote=("q",)).facts(f.ProcessCalled)
    assert isinstance(found, f.ProcessCalled)
    return found


def test_given_a_call_with_attributes_of_flowable_when_called_then_they_count() -> None:
    assert called('camunda:inheritVariables="true"').variables == {"a": 1, "k": "K"}
    assert called('camunda:businessKey="${k}"').business_key == "K"
    assert called('camunda:sameDeployment="true"').binding == "deployment"
    assert called('camunda:calledElementType="key"').key == "q"
