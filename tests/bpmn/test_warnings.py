"""What breaks a rule of the standard, or says too little, and is executed all the same, is told as a warning."""

from __future__ import annotations

import pytest

from bpmn import parsing
from bpmn.errors import UnusableModel
from bpmn.model import ProcessModel
from bpmn.report import Status
from tests.bpmn.diagrams import definitions, diagram, process
from tests.bpmn.reading import refusals, upload, warnings
from tests.conformance.harness import complete, event, story

INCOMPLETE = {
    "timer without a time": '<startEvent id="s"/><boundaryEvent id="x" attachedToRef="a"><timerEventDefinition/>'
    '</boundaryEvent><userTask id="a"/>',
    "choice without conditions": '<exclusiveGateway id="x"/><task id="a"/><task id="b"/>'
    '<sequenceFlow id="f" sourceRef="x" targetRef="a"/><sequenceFlow id="g" sourceRef="x" targetRef="b"/>',
    "service task without work": '<serviceTask id="x"/>',
    "catching event of nothing": '<intermediateCatchEvent id="x"/>',
    "sender without a message": '<sendTask id="x"/>',
    "call of nothing": '<callActivity id="x"/>',
    "condition without a text": '<intermediateCatchEvent id="x"><conditionalEventDefinition/></intermediateCatchEvent>',
    "repetition of nothing": '<task id="x"><multiInstanceLoopCharacteristics/></task>',
    "loop without an end": '<task id="x"><standardLoopCharacteristics/></task>',
}


def models(data: bytes) -> list[ProcessModel]:
    report, found = upload(data)
    assert report.refused == []
    return found


@pytest.mark.parametrize("case", INCOMPLETE)
def test_given_a_pool_that_says_neither_that_it_is_executable_nor_enough_when_another_can_be_then_it_is_kept(
    case: str,
) -> None:
    data = definitions(f'<process id="pool">{INCOMPLETE[case]}</process>' + process("task t", "q"))
    assert [model.key for model in models(data)] == ["q"]
    told = warnings(data)
    assert "does not say isExecutable" in told["pool"]
    assert {"x", "f", "g"} & set(told)


@pytest.mark.parametrize("case", INCOMPLETE)
def test_given_a_process_that_says_too_little_when_it_is_to_be_executed_then_it_is_refused(case: str) -> None:
    alone = definitions(f'<process id="pool">{INCOMPLETE[case]}</process>')
    said = definitions(f'<process id="p" isExecutable="true">{INCOMPLETE[case]}</process>' + process("task t", "q"))
    for data in (alone, said):
        assert {entry.element_id for entry in refusals(data)} <= {"x", "f", "g"}
        assert refusals(data)


def test_given_a_pool_that_is_wrong_and_not_only_incomplete_when_another_can_be_executed_then_it_is_refused() -> None:
    wrong = '<process id="pool"><serviceTask id="x"/><sequenceFlow id="f" sourceRef="gone" targetRef="x"/></process>'
    assert refusals(definitions(wrong + process("task t", "q")))[0].element_id == "f"


def test_given_pools_in_several_files_when_one_is_incomplete_then_the_others_are_executed() -> None:
    incomplete = definitions('<process id="pool"><serviceTask id="x"/></process>')
    assert [model.key for model in parsing.parse({"a.bpmn": incomplete, "b.bpmn": diagram("task t")}).models] == ["p"]
    with pytest.raises(UnusableModel, match="nothing says what this serviceTask does"):
        parsing.parse({"a.bpmn": incomplete})


def test_given_no_process_to_execute_when_uploaded_then_it_is_kept_with_a_warning() -> None:
    for content in ("", '<process id="p" isExecutable="false"><task id="a"/></process>', '<process id="p"/>'):
        assert models(definitions(content)) == []
        assert "nothing can be started" in warnings(definitions(content))[None]


def test_given_a_process_of_nothing_when_it_says_that_it_is_executable_then_it_ends_as_soon_as_it_starts() -> None:
    data = definitions('<process id="p" isExecutable="true"/>')
    assert "holds nothing to execute" in warnings(data)["p"]
    assert (story(data).outcome, story(data).ends) == ("completed", ())


def test_given_pools_of_nothing_when_uploaded_then_they_are_documentation() -> None:
    data = definitions('<process id="black"/>' + process("task t", "q"))
    report, found = upload(data)
    assert [model.key for model in found] == ["q"]
    (entry,) = [entry for entry in report.entries if entry.element_id == "black"]
    assert (entry.status, "holds nothing" in entry.message) == (Status.DOCUMENTATION, True)


def test_given_elements_without_ids_when_run_then_they_have_ids_by_their_place() -> None:
    text = """<signal id="g" name="g"/><process id="p" isExecutable="true"><startEvent/><userTask id="a"/><subProcess
        triggeredByEvent="true"><startEvent isInterrupting="false"><signalEventDefinition signalRef="g"/></startEvent>
        </subProcess><sequenceFlow sourceRef="p.startEvent1" targetRef="a"/></process>"""
    assert [entry.element_id for entry in refusals(definitions(text.replace("p.startEvent1", "gone")))] == ["p.flow1"]
    text = text.replace('<sequenceFlow sourceRef="p.startEvent1" targetRef="a"/>', "").replace("<startEvent/>", "")
    done = story(definitions(text), event("p.subProcess1.startEvent1"))
    assert (done.open, done.trace) == (["a"], ["p.subProcess1.startEvent1", "p.subProcess1"])


def test_given_an_id_that_looks_generated_when_another_element_has_none_then_both_are_different() -> None:
    text = """<process id="p"><userTask/><userTask id="p.userTask1"/></process>"""
    assert story(definitions(text)).open == ["p.userTask1", "p.userTask1_"]


@pytest.mark.parametrize(
    "twice",
    [
        '<laneSet id="x"/><laneSet id="x"/>',
        '<laneSet id="a"/>',
        '<task id="b"><standardLoopCharacteristics id="a" loopMaximum="1"/></task>',
        '<textAnnotation id="a"/><textAnnotation id="a"/>',
    ],
)
def test_given_an_id_that_is_used_twice_when_no_two_of_these_are_executed_then_it_is_a_warning(twice: str) -> None:
    for drawn in (f'{twice}<userTask id="a"/>', f'<userTask id="a"/>{twice}'):
        data = definitions(
            f'<process id="p"><startEvent id="s"/>{drawn}<sequenceFlow sourceRef="s" targetRef="a"/></process>'
        )
        assert any("used twice" in message for message in warnings(data).values())
        assert story(data).open == ["a"]


def test_given_pools_of_the_same_ids_when_one_is_not_executable_then_it_is_a_warning() -> None:
    drawn = '<process id="q" isExecutable="false"><userTask id="a"/></process>'
    for data in (definitions(drawn + process("user a")), definitions(process("user a") + drawn)):
        assert "used twice" in warnings(data)["a"]
        assert story(data, complete("a")).outcome == "completed"


@pytest.mark.parametrize(("n", "taken"), [(1, "a"), (2, "b"), (3, "c")])
def test_given_one_way_without_a_condition_when_no_other_is_open_then_it_is_the_default(n: int, taken: str) -> None:
    text = "start s; xor x; user a; user b; user c; s -> x; x -> c; x -> a : ${n == 1}; x -> b : ${n == 2}"
    assert "counts as the default flow" in warnings(diagram(text))["p_1"]
    assert story(diagram(text), variables={"n": n}).open == [taken]


def test_given_thousands_of_declared_namespaces_when_uploaded_then_they_are_read() -> None:
    tasks = "".join(f'<task id="t{number}" xmlns:x="urn:x" x:y="1"/>' for number in range(5000))
    assert len(models(definitions(f'<process id="p">{tasks}</process>'))) == 1
