"""Rules of the standard that a diagram may break: it is executed, and the report warns and names the clause."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpmn import facts as f
from tests.bpmn.diagrams import definitions, diagram, process
from tests.bpmn.reading import refusals, upload, warnings
from tests.conformance.harness import complete, story

EXAMPLES = Path(__file__).parents[2] / "examples"
TYPED = 'xsi:type="tFormalExpression"'
TIMER = "<timerEventDefinition><timeDuration {}>PT1H</timeDuration></timerEventDefinition>"

#: A diagram that breaks a rule, the element that is warned of, what the warning says, and the same kept to the rule.
RULES: dict[str, tuple[str, str, str, str]] = {
    "an ad-hoc subprocess holds activities": (
        "start s; adhoc x; s -> x",
        "x",
        "BPMN 10.3.5",
        "start s; adhoc x; s -> x; in x { task t }",
    ),
    "the method of a transaction is a URI": (
        'start s; transaction x [method="not $% one"] <task id="t"/>; s -> x',
        "x",
        "BPMN 10.3.5",
        'start s; transaction x [method="http://schemas.xmlsoap.org/ws/2004/10/wsat"] <task id="t"/>; s -> x',
    ),
    "a converging gateway has one way out": (
        'start s; task a; task b; and x [gatewayDirection="Converging"]; s -> x; x -> a; x -> b',
        "x",
        "BPMN 10.6.1",
        'start s; task a; task b; and x [gatewayDirection="Diverging"]; s -> x; x -> a; x -> b',
    ),
    "a mixed gateway has several of both": (
        'start s; task a; task b; and x [gatewayDirection="Mixed"]; s -> x; x -> a; x -> b',
        "x",
        "BPMN 10.6.1",
        'start s; task a; task b; and x [gatewayDirection="Unspecified"]; s -> x; x -> a; x -> b',
    ),
    "there are four directions": (
        'start s; task a; and x [gatewayDirection="Sideways"]; s -> x -> a',
        "x",
        "BPMN 10.6.1",
        "start s; task a; and x; s -> x -> a",
    ),
    "an event-based gateway has two ways out": (
        "start s; event-gateway x; catch a message=m; s -> x -> a",
        "x",
        "BPMN 10.6.6",
        "start s; event-gateway x; catch a message=m; catch b message=n; s -> x -> a; x -> b",
    ),
    "an event behind an event-based gateway has no other way in": (
        "start s; and f; event-gateway g; catch x message=m; catch b message=n; s -> f; f -> g; f -> x; g -> x; g -> b",
        "x",
        "BPMN 10.6.6",
        "start s; event-gateway g; catch x message=m; catch b message=n; s -> g -> x; g -> b",
    ),
    "a boundary event has a way out": (
        "start s; user a; boundary x on=a message=m; s -> a",
        "x",
        "BPMN 10.5.4",
        "start s; user a; boundary x on=a message=m; end e; s -> a; x -> e",
    ),
    "an intermediate event has a way in": (
        "task a; throw x; task b; a -> b; x -> b",
        "x",
        "BPMN 10.5.4",
        "start s; throw x; task b; s -> x -> b",
    ),
    "a conditional flow has others beside it": (
        "start s; task a; task b; s -> a; a -> b : ${true}",
        "p_1",
        "BPMN 8.4.13",
        "start s; task a; task b; task c; s -> a; a -> b : ${true}; a -> c",
    ),
    "a thrown escalation has a code": (
        "start s; throw x <escalationEventDefinition/>; s -> x",
        "x",
        "BPMN 10.5.5",
        "start s; throw x escalation=E; s -> x",
    ),
    "documentation is of a media type": (
        'start s; task x <documentation textFormat="scribble">a</documentation>; s -> x',
        "x",
        "BPMN 8.3.2",
        'start s; task x <documentation textFormat="text/html">a</documentation>; s -> x',
    ),
    "what is evaluated is a formal expression": (
        f"start s; catch x {TIMER.format('')}; s -> x",
        "x",
        "BPMN 8.4.6",
        f"start s; catch x {TIMER.format(TYPED)}; s -> x",
    ),
    "a sending task has one set of data": (
        'start s; send x [messageRef="message_m"] <ioSpecification><dataInput id="d"/><inputSet/><inputSet/>'
        "<outputSet/></ioSpecification><!-- message=m -->; s -> x",
        "x",
        "BPMN 10.3.3",
        'start s; send x [messageRef="message_m"] <ioSpecification><dataInput id="d"/><inputSet/><outputSet/>'
        "</ioSpecification><!-- message=m -->; s -> x",
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_given_a_rule_that_is_broken_when_uploaded_then_the_report_warns_and_names_the_clause(rule: str) -> None:
    broken, element, clause, kept = RULES[rule]
    assert clause in warnings(diagram(broken)).get(element, "")
    assert clause not in warnings(diagram(kept)).get(element, "")
    assert story(diagram(broken)).incidents == {}


FLOW = '<collaboration id="c"><participant id="pool" processRef="p"/><participant id="other"/>{}</collaboration>'
WAITING = "start s; user a; catch m message=m; throw t message=m; end e; s -> a -> m -> t -> e"
#: A message flow and what is wrong with it.
FLOWS = {
    "from a pool into itself": ("pool", "a", "connects two pools"),
    "within a pool": ("t", "m", "connects two pools"),
    "to a pool of its own": ("a", "pool", "connects two pools"),
    "to a start event of none": ("other", "s", "may lead to the startEvent"),
    "to an end event": ("other", "e", "may lead to the endEvent"),
    "from a catching event": ("m", "other", "may begin at the intermediateCatchEvent"),
    "from nothing": ("gone", "a", "'gone' leads to nothing"),
}


@pytest.mark.parametrize("case", FLOWS)
def test_given_a_message_flow_that_breaks_a_rule_when_uploaded_then_it_is_a_warning(case: str) -> None:
    source, target, said = FLOWS[case]
    drawn = FLOW.format(f'<messageFlow id="x" sourceRef="{source}" targetRef="{target}"/>')
    data = diagram(WAITING, root=drawn)
    assert said in warnings(data)["x"]
    assert "BPMN 9.4" in warnings(data)["x"]
    assert story(data, complete("a")).open == ["m"]


@pytest.mark.parametrize(("source", "target"), [("t", "other"), ("other", "m"), ("a", "other"), ("other", "a")])
def test_given_a_message_flow_between_pools_when_uploaded_then_nothing_is_warned_of(source: str, target: str) -> None:
    drawn = FLOW.format(f'<messageFlow id="x" sourceRef="{source}" targetRef="{target}" messageRef="message_m"/>')
    assert "x" not in warnings(diagram(WAITING, root=drawn))
    other = drawn.replace("message_m", "pool")
    assert "leads to no message" in warnings(diagram(WAITING, root=other))["x"]


UNSAID = "no message is drawn: it waits for one that is named like its id, 'x'"


@pytest.mark.parametrize(
    "text", ["receive x", "catch x <messageEventDefinition/>", "user u; boundary x on=u <messageEventDefinition/>"]
)
def test_given_a_receiver_without_a_message_when_uploaded_then_the_report_says_what_it_waits_for(text: str) -> None:
    assert UNSAID in warnings(diagram(text))["x"]


@pytest.mark.parametrize("text", ["receive x message=m", "receive x message=x", "start s; catch x message=x; s -> x"])
def test_given_a_receiver_of_a_message_when_uploaded_then_nothing_is_warned_of(text: str) -> None:
    assert warnings(diagram(text)) == {}


def test_given_a_receiver_at_a_message_flow_when_uploaded_then_it_waits_for_that_message() -> None:
    drawn = FLOW.format('<messageFlow id="f" sourceRef="other" targetRef="x"/>')
    assert "x" not in warnings(diagram("receive x", root=drawn))


LANE = """<process id="p" xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"><laneSet id="ls">
    <lane id="lane" name="Finance"><flowNodeRef>a</flowNodeRef></lane></laneSet><startEvent id="s"/>
    <sequenceFlow sourceRef="s" targetRef="a"/>{}<extensionElements>{}</extensionElements></process>"""
OF_ARENA = "<spiffworkflow:description>x</spiffworkflow:description>"
OWNED = "<potentialOwner><resourceAssignmentExpression><formalExpression>Finance</formalExpression>"
OWNED = f"{OWNED}</resourceAssignmentExpression></potentialOwner>"


@pytest.mark.parametrize("task", ['<userTask id="a"/>', '<manualTask id="a"/>'])
def test_given_a_lane_of_spiffarena_when_its_tasks_say_nothing_of_people_then_it_is_a_warning(task: str) -> None:
    assert "lanes are only drawn" in warnings(definitions(LANE.format(task, OF_ARENA)))["lane"]


@pytest.mark.parametrize(
    ("task", "vendor"),
    [
        ('<userTask id="a"/>', ""),
        ('<scriptTask id="a"><script>x = 1</script></scriptTask>', OF_ARENA),
        (f'<userTask id="a">{OWNED}</userTask>', OF_ARENA),
    ],
)
def test_given_a_lane_that_gives_no_task_to_anybody_when_uploaded_then_nothing_is_warned_of(
    task: str, vendor: str
) -> None:
    assert "lane" not in warnings(definitions(LANE.format(task, vendor)))


def test_given_a_potential_owner_in_a_file_of_spiffarena_when_the_task_opens_then_it_is_the_group() -> None:
    data = definitions(LANE.format(f'<userTask id="a">{OWNED}</userTask>', OF_ARENA))
    (opened,) = story(data).facts(f.UserTaskOpened)
    assert opened.candidate_groups == ("Finance",)


def test_given_more_participants_needed_than_allowed_when_uploaded_then_it_is_a_warning() -> None:
    drawn = '<collaboration id="c"><participant id="x"><participantMultiplicity {}/></participant></collaboration>'
    few = diagram("task a", root=drawn.format('minimum="3" maximum="2"'))
    assert "BPMN 9.3" in warnings(few)["x"]
    enough = diagram("task a", root=drawn.format('minimum="2" maximum="3"'))
    assert "BPMN 9.3" not in warnings(enough).get("x", "")


def test_given_a_definition_inside_of_another_event_when_referred_to_then_it_is_refused() -> None:
    text = """start s <eventDefinitionRef>d</eventDefinitionRef>; throw t <messageEventDefinition id="d"
        messageRef="message_m"/><!-- message=m -->; s -> t""".replace("\n", " ")
    assert [entry.element_id for entry in refusals(diagram(text))] == ["s"]


def test_given_a_catching_link_with_a_way_in_when_uploaded_then_it_is_refused() -> None:
    text = "start s; throw t link=go; catch c link=go; end e; s -> t; s -> c; c -> e"
    assert [entry.element_id for entry in refusals(diagram(text))] == ["p_1"]


def test_given_a_quiet_start_of_a_compensation_when_uploaded_then_it_is_refused() -> None:
    text = "start s; sub w; s -> w; in w { user a; handler h; in h { start x compensate quiet; end e; x -> e } }"
    assert [entry.element_id for entry in refusals(diagram(text))] == ["x"]


def test_given_broken_rules_in_what_is_not_executed_when_uploaded_then_nothing_is_warned_of() -> None:
    drawn = '<process id="q" isExecutable="false"><exclusiveGateway id="x" gatewayDirection="Sideways"/></process>'
    report, _ = upload(definitions(drawn + process("task a")))
    assert not [entry for entry in report.entries if entry.element_id == "x"]


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.bpmn")), ids=lambda path: path.stem)
def test_given_an_example_when_read_then_nothing_is_warned_of(example: Path) -> None:
    assert warnings(example.read_bytes()) == {}
