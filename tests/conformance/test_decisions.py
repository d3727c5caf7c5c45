"""Business rule tasks with decisions, in the ways of the three families."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bpmn import facts as f
from bpmn.deciding import DecisionInForce, DecisionReference
from bpmn.decisions import load
from bpmn.execution import Context
from tests.bpmn.decisions.models import decision, definitions, table, text
from tests.bpmn.diagrams import diagram
from tests.bpmn.reading import refusals
from tests.conformance.harness import CONTEXT, Outcome, complete, put, retry, story

RULES = load(
    {
        "rules.dmn": definitions(
            decision("grade", table(["points"], ["grade"], ['>= 90 -> "A"', '< 90 -> "B"'])),
            decision("both", table(["points"], ["grade", "bonus"], ['>= 90 -> "A"; points / 10', '< 90 -> "B"; 0'])),
            decision("all", table(["points"], ["step"], ["> 10 -> 10", "> 50 -> 50"], policy="COLLECT")),
            decision("pairs", table(["points"], ["a", "b"], ["> 10 -> 1; 2", "> 50 -> 3; 4"], policy="COLLECT")),
            decision(
                "sum", table(["points"], ["s"], ["> 10 -> 10", "> 50 -> 50"], policy="COLLECT", aggregation="SUM")
            ),
            decision("torn", table(["points"], ["o"], ["> 10 -> 1", "> 50 -> 2"])),
            decision("list", text("[1, 2, 3]")),
            decision("year", text("now().year")),
            decision("endless", text("{f: function(n) f(n + 1), r: f(1)}.r")),
            decision("base", text("points * 2")),
            decision("top", table(["base"], ["o"], ["> 100 -> 1", "- -> 0"], policy="FIRST"), needs=["decision:base"]),
        )
    }
)


def deployed(known: Callable[[DecisionReference], bool] = lambda wanted: True) -> Context:
    """A server with these decisions, in version 3."""
    names = {one.key[1] for one in RULES.decisions}

    def find(wanted: DecisionReference) -> DecisionInForce | None:
        return DecisionInForce("d3", 3, "f3", RULES) if wanted.key in names and known(wanted) else None

    return replace(CONTEXT, decisions=find)


def rule(attributes: str, extensions: str = "", *, task: str = "") -> bytes:
    """A process of a business rule task, and a user task behind it."""
    inside = f"<extensionElements>{extensions}</extensionElements>" if extensions else ""
    return diagram(f"start s; rule r [{attributes}] {inside}{task}; user u; end e; s -> r -> u -> e")


def decided(xml: bytes, points: Any, *, context: Context | None = None) -> Outcome:
    return story(xml, variables={"points": points}, context=context or deployed())


@pytest.mark.parametrize(
    ("key", "mapping", "points", "expected"),
    [
        ("grade", "singleEntry", 95, "A"),
        ("grade", "singleEntry", None, None),
        ("grade", "singleResult", 95, {"grade": "A"}),
        ("grade", "singleResult", None, None),
        ("grade", "collectEntries", 95, ["A"]),
        ("grade", "resultList", 95, [{"grade": "A"}]),
        ("grade", "", 95, [{"grade": "A"}]),
        ("both", "singleResult", 95, {"grade": "A", "bonus": 9.5}),
        ("both", "resultList", 5, [{"grade": "B", "bonus": 0}]),
        ("all", "collectEntries", 95, [10, 50]),
        ("all", "collectEntries", 1, []),
        ("all", "resultList", 95, [{"step": 10}, {"step": 50}]),
        ("pairs", "resultList", 95, [{"a": 1, "b": 2}, {"a": 3, "b": 4}]),
        ("sum", "singleEntry", 95, 60),
        ("sum", "singleEntry", 1, None),
        ("list", "singleEntry", 1, [1, 2, 3]),
        ("list", "resultList", 1, [{"list": [1, 2, 3]}]),
        ("year", "singleEntry", 1, 2026),
    ],
)
def test_given_a_camunda_7_task_when_reached_then_the_result_is_mapped_as_it_says(
    key: str, mapping: str, points: Any, expected: Any
) -> None:
    how = f'camunda:mapDecisionResult="{mapping}"' if mapping else ""
    done = decided(rule(f'camunda:decisionRef="{key}" camunda:resultVariable="result" {how}'), points)
    assert done.open == ["u"]
    assert done.variables["result"] == expected


def test_given_a_decision_when_it_is_evaluated_then_the_fact_has_inputs_outputs_and_rules() -> None:
    done = decided(rule('camunda:decisionRef="top" camunda:resultVariable="result"'), 60)
    (fact,) = done.facts(f.DecisionEvaluated)
    assert (fact.element, fact.key, fact.definition_id, fact.version, fact.file_id) == ("r", "top", "d3", 3, "f3")
    assert [(one.id, one.value) for one in fact.decisions] == [("base", 120), ("top", 1)]
    (used,) = fact.decisions[1].tables
    assert [(one.name, one.value) for one in used.inputs] == [("base", 120)]
    assert [(one.number, one.id, one.outputs[0].value) for one in used.rules] == [(1, "r1", 1)]


def test_given_a_variable_that_exists_in_a_scope_when_the_result_has_its_name_then_it_is_written_there() -> None:
    done = decided(rule('camunda:decisionRef="grade" camunda:resultVariable="points"'), 95)
    assert done.variables == {"points": [{"grade": "A"}]}


def test_given_no_result_variable_when_outputs_are_mapped_then_the_result_is_in_sight_and_gone_after() -> None:
    mapping = (
        '<camunda:inputOutput><camunda:inputParameter name="points">${raw + 90}</camunda:inputParameter>'
        '<camunda:outputParameter name="letter">${decisionResult.getSingleEntry()}</camunda:outputParameter>'
        "</camunda:inputOutput>"
    )
    done = story(rule('camunda:decisionRef="grade"', mapping), variables={"raw": 5}, context=deployed())
    assert done.variables == {"raw": 5, "letter": "A"}
    assert decided(rule('camunda:decisionRef="grade"'), 95).variables == {"points": 95}


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ("", ("latest", None)),
        ('camunda:decisionRefBinding="latest"', ("latest", None)),
        ('camunda:decisionRefBinding="deployment"', ("deployment", None)),
        ('camunda:decisionRefBinding="version" camunda:decisionRefVersion="2"', ("version", "2")),
        ('camunda:decisionRefBinding="version" camunda:decisionRefVersion="${points}"', ("version", "7")),
        ('camunda:decisionRefBinding="versionTag" camunda:decisionRefVersionTag="v1"', ("versionTag", "v1")),
    ],
)
def test_given_a_binding_when_the_decision_is_looked_for_then_it_says_which_version_is_meant(
    attributes: str, expected: tuple[str, str | None]
) -> None:
    asked: list[tuple[str, str | None]] = []

    def known(wanted: DecisionReference) -> bool:
        asked.append((wanted.binding, wanted.version))
        return True

    decided(rule(f"camunda:decisionRef=\"${{'gra'}}de\" {attributes}"), 7, context=deployed(known))
    assert set(asked) == {expected}


def zeebe(attributes: str, more: str = "") -> bytes:
    return rule("", f"<zeebe:calledDecision {attributes}/>{more}")


@pytest.mark.parametrize(
    ("key", "points", "expected"),
    [
        ("grade", 95, "A"),
        ("=name", 95, "A"),
        ("grade", None, None),
        ("both", 95, {"grade": "A", "bonus": 9.5}),
        ("all", 95, [10, 50]),
        ("sum", 95, 60),
        ("list", 1, [1, 2, 3]),
    ],
)
def test_given_a_camunda_8_task_when_reached_then_the_result_variable_has_the_value(
    key: str, points: Any, expected: Any
) -> None:
    xml = zeebe(f'decisionId="{key}" resultVariable="result"')
    done = story(xml, variables={"points": points, "name": "grade"}, context=deployed())
    assert done.variables["result"] == expected


def test_given_output_mappings_of_camunda_8_when_the_task_is_left_then_the_result_stays_inside() -> None:
    mapping = """<zeebe:ioMapping><zeebe:output source='=result + "!"' target="letter"/></zeebe:ioMapping>"""
    done = decided(zeebe('decisionId="grade" resultVariable="result"', mapping), 95)
    assert done.variables == {"points": 95, "letter": "A!"}


@pytest.mark.parametrize(
    ("key", "points", "expected"),
    [
        ("grade", 95, {"grade": "A"}),
        ("both", 5, {"grade": "B", "bonus": 0}),
        ("all", 95, {"step": [10, 50]}),
        ("pairs", 95, {"a": [1, 3], "b": [2, 4]}),
        ("grade", None, {}),
    ],
)
def test_given_a_spiff_task_when_reached_then_its_outputs_become_variables(
    key: str, points: Any, expected: dict[str, Any]
) -> None:
    core = 'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
    called = f"<spiffworkflow:calledDecisionId {core}>{key}</spiffworkflow:calledDecisionId>"
    done = decided(rule("", called), points)
    assert done.variables == {"points": points, **expected}


def test_given_a_decision_that_is_not_deployed_when_reached_then_the_step_waits_and_is_taken_again_when_it_is() -> None:
    there: list[bool] = []
    xml = rule('camunda:decisionRef="grade" camunda:resultVariable="result" camunda:mapDecisionResult="singleEntry"')
    context = deployed(lambda wanted: bool(there))
    waits = decided(xml, 95, context=context)
    assert waits.incidents == {"r": "decision-missing"}
    assert "There is no decision 'grade'" in waits.messages[0]

    def deploy(player: Any) -> None:
        there.append(True)

    def undeploy(player: Any) -> None:
        there.clear()

    done = story(xml, deploy, retry("r"), complete("u"), undeploy, variables={"points": 95}, context=context)
    assert done.ends == ("e",)
    assert done.variables["result"] == "A"


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ('camunda:decisionRef="nothing"', "There is no decision 'nothing'"),
        (
            'camunda:decisionRef="x" camunda:decisionRefBinding="version" camunda:decisionRefVersion="9"',
            "'x' in version 9",
        ),
        (
            'camunda:decisionRef="x" camunda:decisionRefBinding="versionTag" camunda:decisionRefVersionTag="old"',
            "'x' with the version tag 'old'",
        ),
        ('camunda:decisionRef="x" camunda:decisionRefBinding="deployment"', "'x' in the deployment of the process"),
    ],
)
def test_given_a_decision_that_is_missing_when_reached_then_the_incident_says_which(attributes: str, said: str) -> None:
    done = decided(rule(attributes), 1)
    assert done.incidents == {"r": "decision-missing"}
    assert said in done.messages[0]


@pytest.mark.parametrize(
    ("attributes", "said"),
    [
        ('camunda:decisionRef="endless"', "functions call each other"),
        ('camunda:decisionRef="torn"', "the rules 1, 2 of table 't' match, but its hit policy is UNIQUE"),
        (
            'camunda:decisionRef="all" camunda:resultVariable="x" camunda:mapDecisionResult="singleEntry"',
            "2 results, where one at most",
        ),
        (
            'camunda:decisionRef="both" camunda:resultVariable="x" camunda:mapDecisionResult="collectEntries"',
            "the outputs 'grade', 'bonus', where one",
        ),
        ('camunda:decisionRef="${missing}"', "missing"),
    ],
)
def test_given_a_decision_that_cannot_be_evaluated_when_reached_then_the_step_waits_and_nothing_is_written(
    attributes: str, said: str
) -> None:
    done = decided(rule(attributes), 95)
    assert done.incidents == {"r": "decision-failed"}
    assert said in done.messages[0]
    assert done.variables == {"points": 95}
    assert done.facts(f.DecisionEvaluated) == []


def test_given_a_failed_decision_when_the_variable_is_put_right_then_the_step_goes_on() -> None:
    xml = rule('camunda:decisionRef="torn" camunda:resultVariable="x" camunda:mapDecisionResult="singleEntry"')
    done = story(xml, put(points=20), retry("r"), variables={"points": 95}, context=deployed())
    assert done.variables == {"points": 20, "x": 1}


def test_given_a_task_that_is_repeated_when_reached_then_each_run_decides_for_itself() -> None:
    loop = (
        '<multiInstanceLoopCharacteristics camunda:collection="${all}" camunda:elementVariable="points" '
        'isSequential="true"/>'
    )
    xml = rule('camunda:decisionRef="grade" camunda:resultVariable="last"', task=loop)
    done = story(xml, variables={"all": [95, 5]}, context=deployed())
    assert [fact.decisions[-1].value for fact in done.facts(f.DecisionEvaluated)] == ["A", "B"]
    assert done.variables["last"] == [{"grade": "B"}]


def test_given_a_thousand_matching_rules_when_decided_then_the_history_is_bounded_and_the_result_is_whole() -> None:
    rules = [f"- -> {number}" for number in range(1_000)]
    many = load({"m.dmn": definitions(decision("m", table(["x"], ["o"], rules, policy="COLLECT")))})
    context = replace(CONTEXT, decisions=lambda wanted: DecisionInForce("m", 1, "f", many))
    xml = rule('camunda:decisionRef="m" camunda:resultVariable="r" camunda:mapDecisionResult="collectEntries"')
    done = story(xml, context=context)
    assert done.variables["r"] == list(range(1_000))
    (fact,) = done.facts(f.DecisionEvaluated)
    assert len(fact.decisions[0].tables[0].rules) == 100


@pytest.mark.parametrize(
    ("attributes", "extensions", "message"),
    [
        ("", "", "nothing says what this businessRuleTask does"),
        ('camunda:decisionRef="d" camunda:decisionRefBinding="newest"', "", "the binding of a decision must be one of"),
        ('camunda:decisionRef="d" camunda:decisionRefBinding="version"', "", "the binding 'version' needs the version"),
        ('camunda:decisionRef="d" camunda:mapDecisionResult="first"', "", "the result must be one of"),
        ('camunda:decisionRef="d" camunda:expression="${1}"', "", "neither a topic nor an expression"),
        ('camunda:decisionRef="d" camunda:decisionRefTenantId="t"', "", "there is one tenant"),
        ('camunda:decisionRef="${1 +}"', "", "decision"),
        ("", '<zeebe:calledDecision decisionId="d"/>', "the decision needs a result variable"),
    ],
)
def test_given_a_task_that_cannot_be_executed_when_deployed_then_it_is_refused(
    attributes: str, extensions: str, message: str
) -> None:
    (refusal, *_) = refusals(rule(attributes, extensions))
    assert refusal.element_id == "r"
    assert message in refusal.message


def test_given_a_decision_at_another_task_when_deployed_then_it_is_refused() -> None:
    xml = diagram('start s; service r [camunda:decisionRef="d" camunda:expression="${1}"]; s -> r')
    (refusal,) = refusals(xml)
    assert "executed at business rule tasks only" in refusal.message
