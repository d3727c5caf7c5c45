"""What only relatives of Camunda 7 write: references that are names, ends of everything, signals that stay inside."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bpmn import facts as f
from bpmn.model import StartTrigger
from tests.bpmn.diagrams import definitions, diagram, process
from tests.bpmn.reading import refusals, warnings
from tests.conformance.harness import CONTEXT, complete, event, parse, put, retry, story

FAMILY = b' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
ERROR = '<errorEventDefinition errorRef="E7"/>'
SIGNAL = '<signalEventDefinition signalRef="{}"/>'
SCOPED = '<signal id="g" name="alarm" camunda:scope="{}"/>'


def test_given_an_error_reference_that_leads_nowhere_when_thrown_then_it_is_the_code() -> None:
    text = diagram(
        f"""start s; sub w; boundary b on=w {ERROR}; end n; end e; s -> w -> n; b -> e
        in w {{ start ws; end we {ERROR}; ws -> we }}"""
    )
    done = story(text)
    assert done.ends == ("e",)
    assert "there is no error 'E7'" in warnings(text)["b"]
    assert {entry.element_id for entry in refusals(text.replace(FAMILY, b""))} == {"b", "we"}


def test_given_signal_references_that_lead_nowhere_when_thrown_then_they_are_names() -> None:
    text = diagram(f"""start s; and f; catch c {SIGNAL.format("go")}; throw t {SIGNAL.format("go")}; user u
        s -> f; f -> c; f -> t; c -> u""")
    assert story(text).open == ["u"]
    assert set(warnings(text)) == {"c", "t"}


def test_given_message_references_that_lead_nowhere_when_thrown_then_they_are_names_and_else_refused() -> None:
    sent = diagram('start s; throw t <messageEventDefinition messageRef="go"/>; s -> t')
    assert [fact.name for fact in story(sent).facts(f.MessageThrown)] == ["go"]
    assert "taken for its name" in warnings(sent)["t"]
    waiting = diagram('start s; catch c <messageEventDefinition messageRef="go"/>; s -> c')
    assert [entry.element_id for entry in refusals(waiting)] == ["c"]


def test_given_a_reference_to_something_else_when_uploaded_then_it_is_refused_in_every_family() -> None:
    text = diagram('start s; user a; end e <errorEventDefinition errorRef="a"/>; s -> a -> e')
    assert [entry.element_id for entry in refusals(text)] == ["e"]


@pytest.mark.parametrize(("everything", "outcome"), [("true", "terminated"), ("false", None)])
def test_given_a_terminate_end_in_a_subprocess_when_it_is_of_all_then_the_instance_ends(
    everything: str, outcome: str | None
) -> None:
    text = diagram(f"""start s; and f; user u; sub w; user v; s -> f -> u; f -> w -> v
        in w {{ start ws; end t <terminateEventDefinition camunda:terminateAll="{everything}"/>; ws -> t }}""")
    assert story(text).outcome == outcome


def test_given_a_terminate_end_of_all_with_something_attached_when_reached_then_the_instance_ends() -> None:
    mapped = '<camunda:inputOutput><camunda:inputParameter name="x">1</camunda:inputParameter></camunda:inputOutput>'
    end = f'<extensionElements>{mapped}</extensionElements><terminateEventDefinition camunda:terminateAll="true"/>'
    text = diagram(f"""start s; and f; user u; sub w; s -> f -> u; f -> w
        in w {{ start ws; end t {end}; ws -> t }}""")
    done = story(text)
    assert (done.outcome, done.open) == ("terminated", [])


@pytest.mark.parametrize(("scope", "heard"), [("processInstance", []), ("global", ["alarm"])])
def test_given_a_signal_with_a_scope_when_thrown_then_others_hear_it_only_if_it_is_global(
    scope: str, heard: list[str]
) -> None:
    text = "start s; and f; catch c {0}; throw t {0}; user u; s -> f; f -> c; f -> t; c -> u"
    drawn = diagram(text.format(SIGNAL.format("g")), root=SCOPED.format(scope))
    done = story(drawn)
    assert done.open == ["u"]
    assert [fact.name for fact in done.facts(f.SignalThrown)] == heard


def test_given_a_signal_with_an_unknown_scope_when_thrown_then_the_diagram_is_refused() -> None:
    text = diagram(f"start s; throw t {SIGNAL.format('g')}; s -> t", root=SCOPED.format("planet"))
    assert [entry.element_id for entry in refusals(text)] == ["t"]


def test_given_expressions_for_names_when_waiting_and_throwing_then_they_are_evaluated() -> None:
    text = diagram("""start s; and f; catch c <messageEventDefinition camunda:messageExpression="m-${n}"/>
        catch d <signalEventDefinition camunda:signalExpression="s-${n}"/>
        throw t <messageEventDefinition camunda:messageExpression="out-${n}"/>; s -> f; f -> c; f -> d; f -> t""")
    done = story(text, variables={"n": 1})
    assert [fact.name for fact in done.facts(f.MessageAwaited)] == ["m-1"]
    assert [fact.name for fact in done.facts(f.SignalAwaited)] == ["s-1"]
    assert [fact.name for fact in done.facts(f.MessageThrown)] == ["out-1"]


@pytest.mark.parametrize("kind", ["message", "signal"])
def test_given_an_expression_for_the_name_of_a_start_when_uploaded_then_it_knows_the_key_of_its_process(
    kind: str,
) -> None:
    named = f'camunda:{kind}Expression="${{variableContainer.definitionKey}}-go"'
    text = definitions(process(f"start s <{kind}EventDefinition {named}/>; user u; s -> u", key="order"))
    assert parse(text)["order"].starts == (StartTrigger("s", kind, "order-go"),)
    unknown = text.replace(b"variableContainer.definitionKey", b"customer")
    assert [entry.element_id for entry in refusals(unknown)] == ["s"]


@pytest.mark.parametrize(
    ("of_process", "of_event", "expected"),
    [("8", "20", 20), ("8", "", 8), ("", "", 0), ("", "${p}", 5), ("8", "${missing}", 0), ("8", "soon", 0)],
)
def test_given_priorities_of_jobs_when_a_timer_is_armed_then_its_event_s_counts_before_the_process_s(
    of_process: str, of_event: str, expected: int
) -> None:
    attributes = f'camunda:jobPriority="{of_process}"' if of_process else ""
    text = f"""start s; user a; boundary b on=a timer=PT1H [{f'camunda:jobPriority="{of_event}"' if of_event else ""}]
        s -> a"""
    done = story(diagram(text, attributes=attributes), variables={"p": 5})
    assert [fact.priority for fact in done.facts(f.TimerArmed)] == [expected]


def test_given_a_priority_of_jobs_when_a_border_is_reached_then_the_continuation_has_it() -> None:
    text = 'start s; task a [camunda:asyncBefore="true" camunda:jobPriority="7"]; s -> a'
    waiting = story(diagram(text), proceeds=False, context=replace(CONTEXT, max_steps=100))
    assert [fact.priority for fact in waiting.facts(f.ContinuationDue)] == [7]


def test_given_a_timer_start_with_a_priority_when_read_then_its_trigger_has_it() -> None:
    text = 'start s timer=PT1H [camunda:jobPriority="7"]; user a; s -> a'
    assert parse(diagram(text))["p"].starts == (StartTrigger("s", "timer", None, 7),)


def test_given_a_compensation_event_without_a_handler_when_undone_then_nothing_happens() -> None:
    text = diagram("""start s; transaction w; boundary c on=w cancel; end e; end n; s -> w -> n; c -> e
        in w { start ws; task a; boundary b on=a compensate; end x cancel; ws -> a -> x }""")
    assert "nothing to undo" in warnings(text)["b"]
    assert story(text).ends == ("e",)


def test_given_only_event_subprocesses_when_started_then_the_process_ends_at_once() -> None:
    text = diagram("handler h; in h { start hs signal=g quiet; user u; hs -> u }")
    assert "it is over at once" in warnings(text)["p"]
    assert story(text).outcome == "completed"


def test_given_an_output_of_an_event_behind_a_gateway_when_it_comes_then_it_is_mapped() -> None:
    mapped = '<camunda:inputOutput><camunda:outputParameter name="x">1</camunda:outputParameter></camunda:inputOutput>'
    catching = f'c <extensionElements>{mapped}</extensionElements><signalEventDefinition signalRef="go"/>'
    text = diagram(f"start s; event-gateway g; catch {catching}; user u; s -> g -> c -> u")
    done = story(text, event("c"), complete("u"))
    assert (done.variables, done.outcome) == ({"x": "1"}, "completed")


def test_given_variables_passed_with_a_signal_when_thrown_then_those_who_wait_get_just_these() -> None:
    passed = '<camunda:in source="n" target="a"/><camunda:in sourceExpression="${n + 1}" target="b"/>'
    definition = f'<signalEventDefinition signalRef="go"><extensionElements>{passed}</extensionElements>'
    text = diagram(f"""start s; and f; catch c {SIGNAL.format("go")}; throw t {definition}</signalEventDefinition>; user u
        s -> f; f -> c; f -> t; c -> u""")
    done = story(text, variables={"n": 1, "other": 2})
    assert [fact.variables for fact in done.facts(f.SignalThrown)] == [{"a": 1, "b": 2}]
    assert done.variables == {"n": 1, "other": 2, "a": 1, "b": 2}


@pytest.mark.parametrize(
    "drawn",
    [
        'catch x <signalEventDefinition signalRef="go"><extensionElements><camunda:in source="a" target="b"/>'
        "</extensionElements></signalEventDefinition>",
        'throw x <signalEventDefinition signalRef="go"><extensionElements><camunda:in businessKey="${k}"/>'
        "</extensionElements></signalEventDefinition>",
        'throw x <signalEventDefinition signalRef="go"><extensionElements><camunda:in source="a"/>'
        "</extensionElements></signalEventDefinition>",
    ],
)
def test_given_a_mapping_that_a_signal_cannot_have_when_uploaded_then_it_is_refused(drawn: str) -> None:
    assert {entry.element_id for entry in refusals(diagram(f"start s; {drawn}; s -> x"))} == {"x"}


def test_given_a_failing_mapping_of_a_signal_when_thrown_then_the_event_waits_for_help() -> None:
    passed = '<camunda:in sourceExpression="${missing.x}" target="a"/>'
    text = f'throw t <signalEventDefinition signalRef="go"><extensionElements>{passed}</extensionElements>'
    failed = story(diagram(f"start s; {text}</signalEventDefinition>; s -> t"))
    assert failed.incidents == {"t": "mapping-failed"}


OUT = '<extensionElements><zeebe:ioMapping><zeebe:output source="=got + 1" target="kept"/></zeebe:ioMapping></extensionElements>'


@pytest.mark.parametrize(("quiet", "still_open"), [("", ["y"]), ("quiet", ["a", "y"])])
def test_given_zeebe_s_outputs_at_a_boundary_event_when_it_is_triggered_then_only_these_leave_it(
    quiet: str, still_open: list[str]
) -> None:
    text = diagram(f"start s; user a; boundary b on=a message=m {quiet} {OUT}; user y; s -> a; b -> y")
    done = story(text, event("b", got=1))
    assert (done.variables, done.open) == ({"kept": 2}, still_open)
    if quiet:
        assert story(text, event("b", got=1), event("b", got=5)).variables == {"kept": 6}


def test_given_outputs_that_fail_at_a_boundary_event_when_mended_then_the_path_goes_on() -> None:
    mapped = '<camunda:inputOutput><camunda:outputParameter name="x">${got + 1}</camunda:outputParameter></camunda:inputOutput>'
    outputs = f"<extensionElements>{mapped}</extensionElements>"
    text = diagram(f"start s; user a; boundary b on=a message=m {outputs}; user y; s -> a; b -> y")
    failed = story(text, event("b", other=1))
    assert (failed.open, failed.incidents) == (["b"], {"b": "mapping-failed"})
    assert story(text, event("b", other=1), put(got=1), retry("b")).open == ["y"]


def test_given_outputs_at_start_events_when_begun_then_they_are_mapped_there() -> None:
    text = diagram(f"start s {OUT}; user a; s -> a")
    assert story(text, variables={"got": 1}).variables == {"got": 1, "kept": 2}
    handler = f"start s; user a; s -> a; handler h; in h {{ start hs message=m quiet {OUT}; user b; hs -> b }}"
    assert story(diagram(handler), event("hs", got=1)).variables == {"got": 1, "kept": 2}


def test_given_inputs_at_a_start_or_boundary_event_when_uploaded_then_they_are_refused() -> None:
    mapped = OUT.replace("zeebe:output", "zeebe:input")
    assert {entry.element_id for entry in refusals(diagram(f"start s {mapped}; user a; s -> a"))} == {"s"}
    text = diagram(f"start s; user a; boundary b on=a message=m {mapped}; user y; s -> a; b -> y")
    assert {entry.element_id for entry in refusals(text)} == {"b"}


def conditional(filtered: str, condition: str = "${n > 1}") -> bytes:
    definition = f"<conditionalEventDefinition {filtered}><condition>{condition}</condition>"
    return diagram(f"start s; catch c {definition}</conditionalEventDefinition>; user y; s -> c -> y")


def test_given_a_condition_for_one_variable_when_another_changes_then_it_is_not_looked_at() -> None:
    text = conditional('camunda:variableName="n"', "${n > 1 || m}")
    assert story(text, put(m=True), variables={"n": 1, "m": False}).open == ["c"]
    assert story(text, put(m=True), put(n=0), variables={"n": 1, "m": False}).open == ["y"]


def test_given_a_condition_for_one_variable_when_it_holds_from_the_beginning_then_nothing_needs_to_change() -> None:
    assert story(conditional('camunda:variableName="other"'), variables={"n": 2}).open == ["y"]


def test_given_a_condition_for_updates_when_a_variable_is_created_then_it_waits_for_the_next_change() -> None:
    text = conditional('camunda:variableName="n" camunda:variableEvents="update"', "${execution.hasVariable('n')}")
    assert story(text, put(n=1)).open == ["c"]
    assert story(text, put(n=1), put(n=2)).open == ["y"]
    assert story(text.replace(b'"update"', b'"create, update"'), put(n=1)).open == ["y"]


def test_given_a_condition_for_changes_that_do_not_exist_when_uploaded_then_it_is_refused() -> None:
    assert [entry.element_id for entry in refusals(conditional('camunda:variableEvents="drop"'))] == ["c"]
