"""What a diagram says beside execution."""

from __future__ import annotations

from bpmn.drawing import read_drawing
from tests.driver import chain, process

DIAGRAM = process(
    chain(
        '<startEvent id="s" camunda:formKey="begin"/>',
        '<userTask id="t" name="Check" camunda:asyncBefore="true"><extensionElements><camunda:properties>'
        '<camunda:property name="color" value="blue"/></camunda:properties><camunda:formData>'
        '<camunda:formField id="size" type="enum" label="Size"><camunda:value id="s" name="Small"/>'
        '<camunda:validation><camunda:constraint name="required"/></camunda:validation></camunda:formField>'
        "</camunda:formData></extensionElements></userTask>",
        '<subProcess id="sub"><startEvent id="i"><timerEventDefinition/></startEvent></subProcess>',
        '<callActivity id="c" calledElement="other"/>',
    ),
    attributes='name="P" camunda:versionTag="v2" camunda:historyTimeToLive="P5D" camunda:isStartableInTasklist="false"',
)


def test_given_a_diagram_when_read_then_kinds_names_forms_and_properties_are_there() -> None:
    drawing = read_drawing(DIAGRAM, "p")

    assert (drawing.name, drawing.version_tag, drawing.history_time_to_live) == ("P", "v2", "P5D")
    assert drawing.startable is False
    assert drawing.start_form is not None
    assert drawing.start_form.key == "begin"
    task = drawing.elements["t"]
    assert (task.type, task.name, task.async_before, dict(task.properties)) == (
        "userTask",
        "Check",
        True,
        {"color": "blue"},
    )
    assert task.form is not None
    (field,) = task.form.fields
    assert (field.id, field.type, field.label, field.choices, field.required) == (
        "size",
        "enum",
        "Size",
        (("s", "Small"),),
        True,
    )
    assert (drawing.elements["i"].event, drawing.elements["i"].parent) == ("timer", "sub")
    assert drawing.elements["c"].called == "other"


def test_given_headers_for_workers_when_read_then_they_are_properties() -> None:
    zeebe = 'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
    headers = '<zeebe:taskHeaders><zeebe:header key="region" value="eu"/></zeebe:taskHeaders>'
    task = f'<serviceTask id="x" {zeebe}><extensionElements>{headers}</extensionElements></serviceTask>'
    assert dict(read_drawing(process(task), "p").elements["x"].properties) == {"region": "eu"}


def test_given_elements_without_ids_when_read_then_they_have_those_of_their_execution() -> None:
    drawn = process("<subProcess><userTask/></subProcess>")
    assert list(read_drawing(drawn, "p").elements) == ["p.subProcess1", "p.subProcess1.userTask1"]


def test_given_what_is_no_diagram_when_read_then_nothing_is_drawn() -> None:
    assert read_drawing(b"nonsense", "p").elements == {}
    assert read_drawing(DIAGRAM, "other").elements == {}
