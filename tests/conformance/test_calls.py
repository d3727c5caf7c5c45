"""Call activities (BPMN 10.3.6)."""

from __future__ import annotations

from typing import Any

import pytest

from bpmn import facts as f
from bpmn.execution import Context
from tests.bpmn.diagrams import definitions, diagram, process, references
from tests.conformance.harness import MONDAY, answered, cancel, complete, error, event, put, refused, retry, story

CHILD = "start qs; user b; end qe; qs -> b -> qe"
REMOTE = ("q",)


def camunda(*mappings: str) -> str:
    return f"<extensionElements>{''.join(f'<camunda:{mapping}/>' for mapping in mappings)}</extensionElements>"


def zeebe(attributes: str = "", *mappings: str) -> str:
    inside = f"<zeebe:ioMapping>{''.join(f'<zeebe:{mapping}/>' for mapping in mappings)}</zeebe:ioMapping>"
    called = f'<zeebe:calledElement processId="q" {attributes}/>'
    return f"<extensionElements>{called}{inside if mappings else ''}</extensionElements>"


def parent(extension: str = "", attributes: str = 'calledElement="q"', more: str = "") -> str:
    return f"start s; call c [{attributes}] {extension}; end e; s -> c -> e; {more}"


def family(caller: str, child: str = CHILD) -> bytes:
    return definitions(process(caller) + process(child, "q") + references(caller, child))


def passed(extension: str, attributes: str = 'calledElement="q"', **variables: Any) -> Any:
    done = story(diagram(parent(extension, attributes)), variables=variables, remote=REMOTE)
    (called,) = done.facts(f.ProcessCalled)
    return called.variables


def returned(extension: str, attributes: str = 'calledElement="q"', **variables: Any) -> Any:
    text = diagram(parent(extension, attributes))
    return story(text, answered("c", **variables), variables={"own": 1}, remote=REMOTE).variables


def test_given_a_call_when_the_called_process_waits_then_the_caller_waits_for_it() -> None:
    done = story(family(parent()))
    assert (done.open, done.children[0].open) == (["c"], ["b"])
    ended = story(family(parent()), complete("b"))
    assert (ended.ends, ended.children[0].ends) == (("e",), ("qe",))


def test_given_a_called_process_that_does_not_wait_when_called_then_it_returns_within_the_advance() -> None:
    done = story(family(parent(), "start qs; end qe; qs -> qe"))
    assert (done.ends, len(done.children)) == (("e",), 1)


def test_given_a_called_process_that_terminates_when_it_does_then_the_caller_goes_on() -> None:
    assert story(family(parent(), "start qs; end t terminate; qs -> t")).ends == ("e",)


def test_given_calls_within_calls_when_the_innermost_is_done_then_all_return() -> None:
    middle = 'start ms; call d [calledElement="q"]; ms -> d'
    text = definitions(process(parent(attributes='calledElement="m"')) + process(middle, "m") + process(CHILD, "q"))
    done = story(text, complete("b"))
    assert (done.ends, done.children[0].children[0].ends) == (("e",), ("qe",))


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        ("", {}),
        (camunda('in source="x" target="y"'), {"y": 5}),
        (camunda('in source="missing" target="y"'), {"y": None}),
        (camunda('in sourceExpression="${x * 2}" target="y"'), {"y": 10}),
        (camunda('in variables="all"'), {"x": 5, "z": [1]}),
        (camunda('in variables="all"', 'in sourceExpression="${x + 1}" target="x"'), {"x": 6, "z": [1]}),
        (camunda('in source="x" target="a"', 'in source="x" target="b"'), {"a": 5, "b": 5}),
        (camunda('in businessKey="k"'), {}),
    ],
)
def test_given_camunda_in_mappings_when_called_then_only_these_are_passed(extension: str, expected: object) -> None:
    assert passed(extension, x=5, z=[1]) == expected


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        ("", {"own": 1}),
        (camunda('out source="r" target="got"'), {"own": 1, "got": 7}),
        (camunda('out sourceExpression="${r + t}" target="got"'), {"own": 1, "got": 8}),
        (camunda('out variables="all"'), {"own": 1, "r": 7, "t": 1}),
        (camunda('out source="r" target="own"'), {"own": 7}),
    ],
)
def test_given_camunda_out_mappings_when_returned_then_only_these_are_taken(extension: str, expected: object) -> None:
    assert returned(extension, r=7, t=1) == expected


LOCAL = (
    '<camunda:inputOutput><camunda:inputParameter name="own">${x + 1}</camunda:inputParameter>{}</camunda:inputOutput>'
)


def with_local(mapping: str, output: str = "") -> str:
    return f"<extensionElements>{LOCAL.replace('{}', output)}<camunda:{mapping}/></extensionElements>"


@pytest.mark.parametrize(
    ("mapping", "expected"),
    [
        ('in variables="all" local="true"', {"own": 6}),
        ('in variables="all"', {"own": 6, "x": 5}),
        ('in source="own" target="a" local="true"', {"a": 6}),
        ('in source="x" target="a" local="true"', {"a": None}),
    ],
)
def test_given_a_local_in_mapping_when_called_then_only_the_call_s_own_variables_are_passed(
    mapping: str, expected: object
) -> None:
    assert passed(with_local(mapping), x=5) == expected


def test_given_a_local_out_mapping_when_returned_then_what_comes_back_stays_with_the_call_for_its_outputs() -> None:
    output = '<camunda:outputParameter name="total">${r + own}</camunda:outputParameter>'
    text = diagram(parent(with_local('out variables="all" local="true"', output)))
    done = story(text, answered("c", r=7), variables={"x": 5}, remote=REMOTE)
    assert done.variables == {"x": 5, "total": 13}


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        (zeebe(), {"x": 5, "z": [1]}),
        (zeebe('propagateAllParentVariables="false"'), {}),
        (zeebe('propagateAllParentVariables="false"', 'input source="=x + 1" target="y"'), {"y": 6}),
        (zeebe("", 'input source="=x + 1" target="y"'), {"x": 5, "z": [1], "y": 6}),
        (zeebe("", 'input source="=x + 1" target="x"'), {"x": 6, "z": [1]}),
    ],
)
def test_given_zeebe_inputs_when_called_then_these_and_by_default_all_are_passed(
    extension: str, expected: object
) -> None:
    assert passed(extension, "", x=5, z=[1]) == expected


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        (zeebe(), {"own": 1, "r": 7, "t": 1}),
        (zeebe('propagateAllChildVariables="false"'), {"own": 1}),
        (zeebe('propagateAllChildVariables="false"', 'output source="=r + 1" target="got"'), {"own": 1, "got": 8}),
        (zeebe('propagateAllChildVariables="true"', 'output source="=r + 1" target="got"'), {"own": 1, "got": 8}),
        (zeebe("", 'output source="=r + own" target="own"'), {"own": 8}),
    ],
)
def test_given_zeebe_outputs_when_returned_then_these_or_by_default_all_are_taken(
    extension: str, expected: object
) -> None:
    assert returned(extension, "", r=7, t=1) == expected


def test_given_camunda_input_parameters_on_a_call_when_called_then_they_are_passed_only_where_a_mapping_says() -> None:
    parameters = (
        '<camunda:inputOutput><camunda:inputParameter name="y">${x}</camunda:inputParameter></camunda:inputOutput>'
    )
    nothing = f"<extensionElements>{parameters}</extensionElements>"
    assert passed(nothing, x=5) == {}
    mapped = f'<extensionElements>{parameters}<camunda:in source="y" target="z"/></extensionElements>'
    assert passed(mapped, x=5) == {"z": 5}


@pytest.mark.parametrize(
    ("attributes", "extension", "key"),
    [
        ('calledElement="q"', "", None),
        ('calledElement="q"', camunda('in businessKey="#{execution.processBusinessKey}"'), "K1"),
        ('calledElement="q"', camunda('in businessKey="${execution.getProcessBusinessKey()}"'), "K1"),
        ('calledElement="q"', camunda('in businessKey="${x}-sub"'), "5-sub"),
        ('calledElement="q" camunda:inheritBusinessKey="true"', "", "K1"),
        ("", zeebe('businessId="=x"'), "5"),
    ],
)
def test_given_a_business_key_when_called_then_it_is_passed_as_drawn(
    attributes: str, extension: str, key: str | None
) -> None:
    text = diagram(parent(extension, attributes))
    context = Context(MONDAY, business_key="K1")
    (called,) = story(text, variables={"x": 5}, remote=REMOTE, context=context).facts(f.ProcessCalled)
    assert called.business_key == key


@pytest.mark.parametrize(
    ("attributes", "extension", "binding", "version"),
    [
        ('calledElement="q"', "", "latest", None),
        ('calledElement="q" camunda:calledElementBinding="latest"', "", "latest", None),
        ('calledElement="q" camunda:calledElementBinding="deployment"', "", "deployment", None),
        (
            'calledElement="q" camunda:calledElementBinding="version" camunda:calledElementVersion="3"',
            "",
            "version",
            "3",
        ),
        (
            'calledElement="q" camunda:calledElementBinding="version" camunda:calledElementVersion="${x}"',
            "",
            "version",
            "5",
        ),
        (
            'calledElement="q" camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="v1"',
            "",
            "versionTag",
            "v1",
        ),
        ("", zeebe('bindingType="versionTag" versionTag="v1"'), "versionTag", "v1"),
        ("", zeebe('bindingType="deployment"'), "deployment", None),
        ('calledElement="${name}"', "", "latest", None),
        ('calledElement="ns:q" xmlns:ns="urn:x"', "", "latest", None),
    ],
)
def test_given_a_binding_when_called_then_it_is_named(
    attributes: str, extension: str, binding: str, version: str | None
) -> None:
    text = diagram(parent(extension, attributes))
    (called,) = story(text, variables={"x": 5, "name": "q"}, remote=REMOTE).facts(f.ProcessCalled)
    assert (called.key, called.binding, called.version) == ("q", binding, version)


def test_given_a_missing_process_when_called_then_the_call_waits_for_help() -> None:
    text = diagram(parent(attributes='calledElement="${name}"'))
    failed = story(text, variables={"name": "nowhere"})
    assert (failed.incidents, failed.open) == ({"c": "called-process-missing"}, ["c"])
    done = story(text, put(name="q"), retry("c"), answered("c"), variables={"name": "nowhere"}, remote=REMOTE)
    assert done.ends == ("e",)


def test_given_no_name_of_a_process_when_called_then_the_call_waits_for_help() -> None:
    text = diagram(parent(attributes='calledElement="${name}"'))
    assert story(text, variables={"name": None}).incidents == {"c": "called-process-missing"}
    assert story(text).incidents == {"c": "mapping-failed"}


ERROR_CHILD = "start qs; user b; user d; and f; end boom error=E1; qs -> f; f -> b -> boom; f -> d"
CAUGHT = "boundary x on=c error=E1; end bad; x -> bad"


def test_given_an_error_end_in_the_called_process_when_the_call_catches_it_then_its_path_is_taken() -> None:
    done = story(family(parent(more=CAUGHT), ERROR_CHILD), complete("b"))
    assert (done.ends, done.children[0].outcome) == (("bad",), "error")
    assert done.children[0].error == ("E1", None)
    assert done.children[0].tasks == {}


def test_given_an_error_end_in_a_subprocess_of_the_called_process_when_not_caught_there_then_the_call_catches() -> None:
    child = "start qs; sub w; boundary y on=w error=E2; qs -> w; in w { start ws; end boom error=E1 ; ws -> boom }"
    assert story(family(parent(more=CAUGHT), child)).ends == ("bad",)


def test_given_an_error_in_the_called_process_when_a_subprocess_around_the_call_catches_then_its_path_is_taken() -> (
    None
):
    caller = """start s; sub w; boundary x on=w error=E1; end e; end bad; s -> w -> e; x -> bad
        in w { start ws; call c [calledElement="q"]; user other; and g; ws -> g; g -> c; g -> other }"""
    done = story(family(caller, ERROR_CHILD), complete("b"))
    assert (done.ends, done.tasks) == (("bad",), {})


def test_given_an_error_that_a_worker_reports_in_the_called_process_when_not_caught_then_the_call_catches() -> None:
    child = 'start qs; service v [camunda:type="external" camunda:topic="t"]; qs -> v'
    done = story(family(parent(more=CAUGHT), child), error("v", "E1", "no money"))
    assert (done.ends, done.children[0].error) == (("bad",), ("E1", "no money"))


def test_given_an_error_out_of_the_called_process_when_nobody_catches_then_the_call_waits_for_help() -> None:
    failed = story(family(parent(), ERROR_CHILD), complete("b"))
    assert (failed.incidents, failed.open) == ({"c": "bpmn-error-unhandled"}, ["c"])
    again = story(family(parent(), ERROR_CHILD), complete("b"), retry("c"))
    assert (again.incidents, len(again.children)) == ({}, 2)


@pytest.mark.parametrize(
    ("extension", "taken"),
    [
        (camunda('out source="r" target="got"'), {"got": 7}),
        (camunda('out variables="all"'), {"r": 7}),
        (camunda('out sourceExpression="${missing.part}" target="got"'), {}),
        (zeebe("", 'output source="=r" target="got"'), {}),
        ("", {}),
    ],
)
def test_given_an_error_out_of_the_called_process_when_it_left_results_then_camunda_s_outputs_are_taken(
    extension: str, taken: dict[str, int]
) -> None:
    caller = parent(extension, "" if "zeebe" in extension else 'calledElement="q"', CAUGHT + "; user z; bad -> z")
    done = story(family(caller.replace("end bad", "task bad"), ERROR_CHILD), complete("b", r=7))
    assert (done.open, done.variables) == (["z"], taken)


def test_given_an_error_two_calls_deep_when_only_the_outermost_catches_then_both_called_ones_end() -> None:
    middle = 'start ms; call cd [calledElement="q"]; user mu; and mf; ms -> mf; mf -> cd; mf -> mu'
    caller = parent(attributes='calledElement="m"', more=CAUGHT)
    text = definitions(
        process(caller) + process(middle, "m") + process(ERROR_CHILD, "q") + references(caller, ERROR_CHILD)
    )
    done = story(text, complete("b"))
    (called,) = done.children
    assert (done.ends, called.outcome, called.children[0].outcome) == (("bad",), "error", "error")
    assert called.tasks == {}


def test_given_a_called_process_when_the_caller_is_canceled_then_it_is_canceled_too() -> None:
    done = story(family(parent()), cancel())
    assert (done.outcome, done.children[0].outcome) == ("canceled", "canceled")


def test_given_a_called_process_when_it_is_canceled_then_the_call_waits_for_help() -> None:
    failed = story(family(parent()), cancel("q"))
    assert (failed.incidents, failed.children[0].outcome) == ({"c": "called-process-canceled"}, "canceled")
    done = story(family(parent()), cancel("q"), retry("c"), complete("b"))
    assert done.ends == ("e",)


def test_given_a_result_that_cannot_be_taken_when_mended_then_the_child_is_not_run_again() -> None:
    extension = camunda('out sourceExpression="${r + 1}" target="got"')
    text = diagram(parent(extension))
    failed = story(text, answered("c", r="text", t=2), remote=REMOTE)
    assert failed.incidents == {"c": "mapping-failed"}
    done = story(text, answered("c", r="text", t=2), put("c", r=6), retry("c"), remote=REMOTE)
    assert (done.ends, done.variables) == (("e",), {"got": 7})
    assert len(done.facts(f.ProcessCalled)) == 1


def test_given_a_call_when_its_answer_came_then_another_one_is_refused() -> None:
    text = diagram(parent(more="user z; e2 -> z").replace("end e;", "throw e2;").replace("-> e;", "-> e2;"))

    def again(player: object) -> None:
        player.instances[0].execution.call_ended(2, variables={})  # type: ignore[attr-defined]

    story(text, answered("c"), refused(again), remote=REMOTE)


def test_given_a_timer_on_a_call_when_it_fires_in_time_then_a_late_answer_is_refused() -> None:
    text = parent(more="boundary t on=c timer=PT1H; user late; t -> late")
    done = story(family(text), event("t"))
    assert (done.open, done.children[0].outcome) == (["late"], "canceled")


def test_given_a_process_that_calls_itself_when_started_then_every_instance_stands_for_itself() -> None:
    text = """start s; xor x; call c [calledElement="p"] EXTENSION; user a; end e; s -> x; x -> c : ${n > 0}
        x -> a : default; c -> e; a -> e"""
    extension = camunda('in sourceExpression="${n - 1}" target="n"')
    done = story(diagram(text.replace("EXTENSION", extension)), complete("a"), variables={"n": 3})
    assert (done.ends, len(done.player.instances)) == (("e",), 4)
