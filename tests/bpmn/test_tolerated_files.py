"""What real tools export is read as it is meant: prefixes, missing ids, drawings, foreign extensions."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bpmn import parsing
from bpmn.report import Status
from tests.bpmn.diagrams import definitions, diagram, process
from tests.bpmn.reading import accepted, refusals, upload
from tests.conformance.harness import MONDAY, complete, event, story

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def prefixed(prefix: str) -> bytes:
    colon = f"{prefix}:" if prefix else ""
    declared = f'xmlns:{prefix}="{BPMN}"' if prefix else f'xmlns="{BPMN}"'
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="no"?>
        <{colon}definitions {declared} xmlns:tns="urn:x" targetNamespace="urn:x">
        <{colon}message id="m" name="go"/><{colon}signal id="g" name="g"/><{colon}error id="r" errorCode="E"/>
        <{colon}process id="p" isExecutable="true"><{colon}startEvent id="s"/>
        <{colon}subProcess id="w"><{colon}startEvent id="ws"/><{colon}endEvent id="we">
        <{colon}errorEventDefinition errorRef="tns:r"/></{colon}endEvent>
        <{colon}sequenceFlow sourceRef="ws" targetRef="we"/></{colon}subProcess>
        <{colon}boundaryEvent id="b" attachedToRef="tns:w"><{colon}errorEventDefinition errorRef="tns:r"/>
        </{colon}boundaryEvent><{colon}intermediateCatchEvent id="c"><{colon}messageEventDefinition messageRef="tns:m"/>
        </{colon}intermediateCatchEvent><{colon}endEvent id="e"/>
        <{colon}sequenceFlow sourceRef="s" targetRef="w"/><{colon}sequenceFlow sourceRef="w" targetRef="e"/>
        <{colon}sequenceFlow sourceRef="b" targetRef="c"/><{colon}sequenceFlow sourceRef=" c " targetRef="e"/>
        </{colon}process></{colon}definitions>""".strip().encode()


@pytest.mark.parametrize("prefix", ["", "bpmn", "bpmn2", "semantic", "model", "ns0", "camunda", "xsd", "é"])
def test_given_any_prefix_and_references_with_prefixes_when_run_then_all_are_understood(prefix: str) -> None:
    done = story(prefixed(prefix), event("c"))
    assert (done.ends, done.trace) == (("e",), ["s", "ws", "we", "b", "c", "e"])


@pytest.mark.parametrize("attribute", ["", 'isExecutable="true"', 'isExecutable="1"', 'isExecutable=" true "'])
def test_given_a_process_that_is_not_said_to_be_not_executable_when_uploaded_then_it_is(attribute: str) -> None:
    accepted(definitions(f'<process id="p" {attribute}><task id="a"/></process>'))


@pytest.mark.parametrize("attribute", ['isExecutable="false"', 'isExecutable="0"', 'isExecutable=" false "'])
def test_given_a_process_that_is_not_executable_beside_one_that_is_when_uploaded_then_it_is_documentation(
    attribute: str,
) -> None:
    drawn = f"""<process id="q" {attribute}><scriptTask id="x"/><complexGateway id="y" default="gone"/>
        <sequenceFlow id="z" sourceRef="nowhere" targetRef="x"/></process>"""
    report, models = upload(definitions(drawn + process("task a")))
    assert [model.key for model in models] == ["p"]
    (entry,) = [entry for entry in report.entries if entry.element_id == "q"]
    assert (entry.status, entry.message) == (Status.DOCUMENTATION, "isExecutable is false: kept, not executed")
    assert not [entry for entry in report.entries if entry.element_id in ("x", "y", "z")]


def test_given_several_processes_in_one_file_when_uploaded_then_each_is_a_model() -> None:
    parsed = parsing.parse({"a.bpmn": definitions(process("task a") + process("task b", "q"))})
    assert [(model.key, [element.id for element in model.elements()]) for model in parsed.models] == [
        ("p", ["a"]),
        ("q", ["b"]),
    ]


def test_given_pools_lanes_groups_annotations_and_data_when_uploaded_then_they_are_no_flow_nodes() -> None:
    text = """<collaboration id="col"><participant id="pool" processRef="p"/><participant id="black"/>
        <messageFlow id="mf" sourceRef="black" targetRef="a"/><textAnnotation id="t0"><text>hi</text></textAnnotation>
        </collaboration><category id="cat"><categoryValue id="cv"/></category><dataStore id="store"/>
        <itemDefinition id="item"/><process id="p"><laneSet id="ls"><lane id="lane" name="Sales">
        <flowNodeRef>s</flowNodeRef><flowNodeRef>a</flowNodeRef><childLaneSet id="cls"><lane id="inner"/></childLaneSet>
        </lane></laneSet><startEvent id="s"/><userTask id="a"><ioSpecification id="io"><dataInput id="di"/>
        <inputSet><dataInputRefs>di</dataInputRefs></inputSet><outputSet/></ioSpecification>
        <dataInputAssociation id="dia">
        <sourceRef>ref</sourceRef><targetRef>di</targetRef></dataInputAssociation></userTask>
        <dataObject id="do"/><dataObjectReference id="ref" dataObjectRef="do"/><dataStoreReference id="sref"/>
        <group id="grp" categoryValueRef="cv"/><textAnnotation id="t1"><text>x</text></textAnnotation>
        <association id="as" sourceRef="a" targetRef="t1"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/>
        </process>"""
    report, models = upload(definitions(text))
    assert [element.id for element in models[0].elements()] == ["s", "a"]
    documentation = {entry.element_id for entry in report.entries if entry.status is Status.DOCUMENTATION}
    assert documentation >= {"pool", "mf", "lane", "grp", "t1", "as"}


def test_given_foreign_extensions_when_uploaded_then_they_are_documentation() -> None:
    text = """<process id="p" xmlns:f="urn:foreign" f:color="red"><extensionElements><f:thing><f:deep a="1"/></f:thing>
        </extensionElements><userTask id="a" f:x="1"><extensionElements><f:y/></extensionElements></userTask>
        </process>"""
    report, _ = upload(definitions(text))
    entries = {(entry.element_id, entry.attribute): entry.status for entry in report.entries if entry.attribute}
    assert entries == {
        ("p", "f:color"): Status.DOCUMENTATION,
        ("p", "f:thing"): Status.DOCUMENTATION,
        ("a", "f:x"): Status.DOCUMENTATION,
        ("a", "f:y"): Status.DOCUMENTATION,
    }


DRAWING = """<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
    xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI"
    xmlns:bioc="http://bpmn.io/schema/bpmn/biocolor/1.0" id="d"><bpmndi:BPMNPlane id="pl" bpmnElement="{plane}">
    <bpmndi:BPMNShape id="sh" bpmnElement="{shape}" bioc:stroke="#fff"><dc:Bounds x="{x}" y="{y}" width="" height="-1"/>
    </bpmndi:BPMNShape><bpmndi:BPMNEdge id="ed" bpmnElement="p_0"><di:waypoint x="{x}"/></bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"""


@pytest.mark.parametrize(("x", "y"), [("1.5", "2"), ("NaN", "inf"), ("1,5", "oops"), ("", "1e999"), ("9" * 400, "-0")])
@pytest.mark.parametrize("shape", ["a", "gone", ""])
def test_given_any_drawing_when_run_then_it_changes_nothing(x: str, y: str, shape: str) -> None:
    drawn = DRAWING.format(plane="p", shape=shape, x=x, y=y)
    data = definitions(process("start s; user a; end e; s -> a -> e") + drawn)
    assert story(data, complete("a")).ends == ("e",)


def test_given_shapes_in_another_order_when_run_then_the_order_of_the_file_decides() -> None:
    shapes = "".join(
        f'<bpmndi:BPMNShape bpmnElement="{name}"><dc:Bounds x="0" y="{y}" width="1" height="1"/></bpmndi:BPMNShape>'
        for name, y in (("a", 900), ("b", 100))
    )
    drawn = f"""<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI"
        xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"><bpmndi:BPMNPlane bpmnElement="p">{shapes}
        </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>"""
    text = "start s; xor x; user a; user b; s -> x; x -> a : ${true}; x -> b : ${true}"
    assert story(definitions(process(text) + drawn)).open == ["a"]


def test_given_flows_without_ids_when_run_then_they_are_taken_and_named_by_their_place() -> None:
    text = """<process id="p"><startEvent id="s"/><exclusiveGateway id="x"/><userTask id="a"/>
        <sequenceFlow sourceRef="s" targetRef="x"/><sequenceFlow sourceRef="x" targetRef="a">
        <conditionExpression>${missing}</conditionExpression></sequenceFlow></process>"""
    failed = story(definitions(text))
    assert failed.incidents == {"x": "condition-failed"}
    assert "'p.flow2'" in failed.messages[0]


def test_given_comments_and_processing_instructions_anywhere_when_run_then_they_are_nothing() -> None:
    text = """<process id="p"><!-- x --><?y z?><startEvent id="s"><!-- x --></startEvent><userTask id="a"
        ><documentation>one<!-- x --> two</documentation></userTask><exclusiveGateway id="g" default="d"/>
        <sequenceFlow id="f" sourceRef="s" targetRef="g"/><sequenceFlow id="c" sourceRef="g" targetRef="a">
        <conditionExpression>${<!-- x -->n == 1}<![CDATA[]]></conditionExpression></sequenceFlow>
        <sequenceFlow id="d" sourceRef="g" targetRef="e"/><endEvent id="e"/></process>"""
    done = story(definitions(text), variables={"n": 1})
    assert done.tasks["a"].documentation == "one two"


def test_given_a_condition_in_cdata_when_run_then_it_is_read() -> None:
    text = """<process id="p"><startEvent id="s"/><exclusiveGateway id="g"/><endEvent id="e"/>
        <sequenceFlow id="f" sourceRef="s" targetRef="g"/><sequenceFlow id="c" sourceRef="g" targetRef="e">
        <conditionExpression><![CDATA[${n < 2 && n > 0}]]></conditionExpression></sequenceFlow></process>"""
    assert story(definitions(text), variables={"n": 1}).ends == ("e",)


def test_given_flows_named_in_incoming_and_outgoing_when_they_contradict_then_the_flows_count() -> None:
    text = """<process id="p"><startEvent id="s"><outgoing>nowhere</outgoing></startEvent>
        <endEvent id="e"><incoming>nothing</incoming></endEvent>
        <sequenceFlow id="f" sourceRef="s" targetRef="e"/></process>"""
    assert story(definitions(text)).ends == ("e",)


@pytest.mark.parametrize("name", ["a b", "ä", "a/b", "1", "urn:x:y", "-", "a'b", "a&quot;b"])
def test_given_ids_that_are_no_xml_names_when_run_then_they_are_ids_all_the_same(name: str) -> None:
    text = f"""<process id="p"><startEvent id="s"/><userTask id="{name}"/>
        <sequenceFlow id="f" sourceRef="s" targetRef="{name}"/></process>"""
    assert story(definitions(text)).open == [name.replace("&quot;", '"')]


def test_given_names_that_repeat_when_run_then_nothing_is_mixed_up() -> None:
    text = 'start s [name="x"]; user a [name="x"]; end e [name="x"]; s -> a -> e'
    assert story(diagram(text), complete("a")).ends == ("e",)


@pytest.mark.parametrize(
    "uri",
    [
        "http://camunda.org/schema/1.0/bpmn",
        "http://operaton.org/schema/1.0/bpmn",
        "http://flowable.org/bpmn",
        "http://activiti.org/bpmn",
    ],
)
def test_given_any_namespace_of_the_family_when_run_then_its_attributes_mean_the_same(uri: str) -> None:
    text = f"""<process id="p" xmlns:v="{uri}"><startEvent id="s" v:initiator="who"/><userTask id="a"
        v:assignee="${{x}}" v:candidateGroups="g"/><sequenceFlow id="f" sourceRef="s" targetRef="a"/></process>"""
    task = story(definitions(text), variables={"x": "kermit"}).tasks["a"]
    assert (task.assignee, task.candidate_groups) == ("kermit", ("g",))


def test_given_a_version_tag_when_uploaded_then_the_model_tells_it() -> None:
    assert accepted(diagram("task a", attributes='camunda:versionTag="1.2"')).version_tag == "1.2"
    zeebe = '<extensionElements><zeebe:versionTag value="2"/></extensionElements>'
    assert accepted(definitions(f'<process id="p">{zeebe}<task id="a"/></process>')).version_tag == "2"


def test_given_what_is_never_reached_when_uploaded_then_the_report_remarks_on_it() -> None:
    report, models = upload(diagram("start s; user a; xor lost; task behind; task begins; s -> a; lost -> behind"))
    assert models
    assert [entry.element_id for entry in report.entries if "never reached" in entry.message] == ["lost"]
    assert [entry.element_id for entry in report.entries if "begins with" in entry.message] == ["begins"]


def test_given_a_process_of_handlers_only_when_uploaded_then_the_report_remarks_that_it_is_over_at_once() -> None:
    report, models = upload(diagram("handler h; in h { start hs message=m; task t; hs -> t }"))
    assert models
    assert [entry.element_id for entry in report.entries if "over at once" in entry.message] == ["p"]


def test_given_a_compensation_event_without_a_handler_when_uploaded_then_the_report_remarks_on_it() -> None:
    report, models = upload(diagram("user a; boundary b on=a compensate"))
    assert models
    assert [entry.element_id for entry in report.entries if "nothing to undo" in entry.message] == ["b"]


def test_given_a_condition_behind_a_parallel_gateway_when_uploaded_then_the_report_remarks_on_it() -> None:
    data = diagram("start s; and f; user a; user b; s -> f; f -> a : ${false}; f -> b")
    report, _ = upload(data)
    assert [entry.element_id for entry in report.entries if "not evaluated" in entry.message] == ["p_1"]
    assert story(data).open == ["a", "b"]


def test_given_an_element_of_another_family_s_attributes_when_none_is_harmful_then_it_is_accepted() -> None:
    attributes = """camunda:historyTimeToLive="P30D" camunda:isStartableInTasklist="true"
        camunda:candidateStarterGroups="g" """.replace("\n", " ")
    assert refusals(diagram("task a", attributes=attributes)) == []


def test_given_a_shared_definition_with_a_prefix_when_referred_to_then_it_is_found() -> None:
    root = '<messageEventDefinition id="d" messageRef="m"/><message id="m" name="go"/>'
    text = diagram("start s; catch x <eventDefinitionRef>camunda:d</eventDefinitionRef>; s -> x", root=root)
    assert story(text, event("x")).outcome == "completed"


@pytest.mark.parametrize("time", ['"PT1H"', "'PT1H'", "PT1H"])
def test_given_a_timer_of_spiffarena_in_quotes_when_reached_then_it_is_the_text_in_them(time: str) -> None:
    spiff = 'xmlns:s="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    definition = f"<timerEventDefinition><timeDuration>{time}</timeDuration></timerEventDefinition>"
    data = diagram(f"start s; catch x {definition}; s -> x").replace(
        b' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"', b""
    )
    data = data.replace(b' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"', f" {spiff}".encode())
    assert story(data).due["x"] == MONDAY + timedelta(hours=1)
    if not time.startswith("P"):
        assert refusals(diagram(f"start s; catch x {definition}; s -> x"))


def test_given_an_attribute_that_is_none_of_bpmn_when_uploaded_then_the_report_says_that_it_changes_nothing() -> None:
    report, _ = upload(
        definitions('<process id="p"><task id="a" colour="red" implementation="##WebService"/></process>')
    )
    assert [(entry.element_id, entry.attribute) for entry in report.entries if entry.attribute] == [("a", "colour")]
