"""Scripts in processes: script tasks, mappings, conditions, scripts before and after activities (BPMN 10.3.3.7)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

import pytest

from bpmn import facts as f
from tests.bpmn.reading import refusals, warnings
from tests.conformance.harness import cancel, complete, event, put, refused, retry, script, story
from tests.driver import chain, process

START, USER = '<startEvent id="s"/>', '<userTask id="z"/>'
NAMESPACES = (
    'xmlns:spiff="http://spiffworkflow.org/bpmn/schema/1.0/core" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0"'
)


def lines(*written: str) -> str:
    """The lines of a script, as XML."""
    return escape("\n".join(written))


def task(text: str, form: str = "python", inside: str = "", **attributes: str) -> str:
    """A script task in Camunda's way."""
    more = "".join(f' camunda:{name}="{value}"' for name, value in attributes.items())
    return f'<scriptTask id="a" camunda:exclusive="true" scriptFormat="{form}"{more}>{inside}<script>{text}</script></scriptTask>'


def run(text: str, form: str = "python", inside: str = "", **attributes: str) -> bytes:
    """A process with a script task, and a user task behind it."""
    return process(chain(START, task(text, form, inside, **attributes), USER))


def spiff(*nodes: str) -> bytes:
    """A process of SpiffWorkflow's family."""
    return spiffed(chain(*nodes))


def spiffed(content: str) -> bytes:
    mark = "<extensionElements><spiff:properties/></extensionElements>"
    return process(mark + content, attributes=NAMESPACES)


def with_extensions(content: str) -> str:
    return f"<extensionElements>{content}</extensionElements>"


def mapped(*parameters: tuple[str, str, str]) -> str:
    """Camunda's input and output parameters: kind, name, content."""
    written = "".join(
        f'<camunda:{kind}Parameter name="{name}">{text}</camunda:{kind}Parameter>' for kind, name, text in parameters
    )
    return with_extensions(f"<camunda:inputOutput>{written}</camunda:inputOutput>")


def scripted(text: str, form: str = "javascript") -> str:
    """A script in a mapping."""
    return f'<camunda:script scriptFormat="{form}">{escape(text)}</camunda:script>'


@pytest.mark.parametrize(
    ("form", "text", "expected"),
    [
        ("python", "amount * 1.1 + len(items)", Decimal("13.0")),
        ("javascript", "items.length * 2", 4),
        ("feel", "amount * 2 + count(items)", 22),
        ("juel", "${amount + items.size()}", 12),
        ("Python", "[x for x in items if x > 1]", [2]),
        ("JavaScript", "var t = 0; items.forEach(function (x) { t += x }); t", 3),
    ],
)
def test_given_a_script_task_with_a_result_variable_when_run_then_it_gets_the_value(
    form: str, text: str, expected: Any
) -> None:
    done = story(run(escape(text), form, resultVariable="r"), variables={"amount": 10, "items": [1, 2]})
    assert done.variables == {"amount": 10, "items": [1, 2], "r": expected}
    assert done.open == ["z"]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("python", lines("execution.setVariable('x', amount + 1)", "y = 5")),
        ("javascript", "execution.setVariable('x', amount + 1); var y = 5;"),
        ("juel", "${execution.setVariable('x', amount + 1)}"),
    ],
)
def test_given_camunda_s_rules_when_a_script_runs_then_the_execution_sets_variables_and_names_do_not(
    form: str, text: str
) -> None:
    assert story(run(text, form), variables={"amount": 1}).variables == {"amount": 1, "x": 2}


def test_given_spiff_s_rules_when_a_script_runs_then_every_assigned_name_is_a_variable() -> None:
    text = lines(
        "import math", "total = price * 3", "order.paid = True", "items.append(3)", "tmp = 1", "del tmp", "del old"
    )
    drawn = spiff(START, f'<scriptTask id="a"><script>{text}</script></scriptTask>', USER)
    done = story(
        drawn,
        variables={"price": Decimal("1.10"), "order": {"id": 1}, "items": [1], "old": 5, "same": 1},
    )
    assert done.variables == {
        "price": Decimal("1.10"),
        "total": Decimal("3.30"),
        "order": {"id": 1, "paid": True},
        "items": [1, 3],
        "old": None,
        "same": 1,
    }


def test_given_scripts_before_and_after_a_user_task_when_done_then_both_have_run() -> None:
    after = lines("if seen > 1:", "    done = answer * 2")
    scripts = f"<spiff:preScript>seen = n + 1</spiff:preScript><spiff:postScript>{after}</spiff:postScript>"
    text = spiff(START, f'<userTask id="a">{with_extensions(scripts)}</userTask>', USER)
    waiting = story(text, variables={"n": 1})
    assert (waiting.open, waiting.variables) == (["a"], {"n": 1, "seen": 2})
    assert len(waiting.tasks) == 1
    assert story(text, complete("a", answer=4), variables={"n": 1}).variables["done"] == 8


def test_given_a_condition_in_python_when_simple_then_no_sandbox_is_asked_and_else_one_is() -> None:
    flow = '<sequenceFlow id="f{}" sourceRef="g" targetRef="{}"><conditionExpression>{}</conditionExpression></sequenceFlow>'
    inside = (
        '<startEvent id="s"/><exclusiveGateway id="g" default="d"/><userTask id="a"/><userTask id="b"/><userTask id="c"/>'
        '<sequenceFlow id="i" sourceRef="s" targetRef="g"/><sequenceFlow id="d" sourceRef="g" targetRef="c"/>'
        + flow.format(1, "a", escape("order.total > 100 and level == 'gold'"))
        + flow.format(2, "b", escape("any(x > 5 for x in items)"))
    )
    text = spiffed(inside)
    simple = story(text, variables={"order": {"total": 101}, "level": "gold", "items": []})
    assert (simple.open, simple.facts(f.ScriptDue)) == (["a"], [])
    asked = story(text, variables={"order": {"total": 1}, "level": "gold", "items": [9]})
    assert (asked.open, [fact.element for fact in asked.facts(f.ScriptDue)]) == (["b"], ["g"])
    assert story(text, variables={"order": {"total": 1}, "level": None, "items": [1]}).open == ["c"]


def test_given_a_condition_in_javascript_when_a_token_comes_then_it_decides() -> None:
    condition = (
        '<conditionExpression language="javascript">items.some(function (x) { return x &gt; 5 })</conditionExpression>'
    )
    text = process(
        '<startEvent id="s"/><exclusiveGateway id="g" default="d"/><userTask id="a"/><userTask id="b"/>'
        '<sequenceFlow id="i" sourceRef="s" targetRef="g"/><sequenceFlow id="d" sourceRef="g" targetRef="b"/>'
        f'<sequenceFlow id="js" sourceRef="g" targetRef="a">{condition}</sequenceFlow>'
    )
    assert story(text, variables={"items": [1, 9]}).open == ["a"]
    assert story(text, variables={"items": [1]}).open == ["b"]


def test_given_scripts_in_mappings_when_entered_and_left_then_they_give_the_values() -> None:
    entry = f'<camunda:map><camunda:entry key="k">{scripted("[n, n]")}</camunda:entry></camunda:map>'
    holder = mapped(
        ("input", "x", scripted("n * 2")),
        ("input", "y", scripted("n + len([n])", "python")),
        ("input", "l", f"<camunda:list><camunda:value>${{n}}</camunda:value>{scripted('n + 1')}</camunda:list>"),
        ("input", "m", entry),
        ("output", "out", scripted("y + r")),
    )
    text = process(chain(START, f'<userTask id="a">{holder}</userTask>', USER))
    waiting = story(text, variables={"n": 2})
    assert waiting.locals("a") == {"x": 4, "y": 3, "l": [2, 3], "m": {"k": [2, 2]}}
    assert len(waiting.facts(f.ScriptDue)) == 4
    assert story(text, complete("a", r=1), variables={"n": 2}).variables == {"n": 2, "r": 1, "out": 4}


def test_given_a_script_that_fails_when_run_then_it_is_an_incident_and_resolving_runs_it_again() -> None:
    text = run(lines("y = 1", "1 / n"), resultVariable="r")
    failed = story(text, variables={"n": 0})
    assert failed.incidents == {"a": "script-failed"}
    assert failed.messages == ["ZeroDivisionError: division by zero (line 2 of the script)"]
    again = story(text, retry("a"), variables={"n": 0})
    assert again.incidents == {"a": "script-failed"}
    mended = story(text, put(n=2), retry("a"), variables={"n": 0})
    assert mended.variables == {"n": 2, "r": Decimal("0.5")}


def test_given_a_script_that_runs_away_when_stopped_then_it_is_one_incident_and_the_next_script_runs() -> None:
    other = (
        '<scriptTask id="b" scriptFormat="python" camunda:resultVariable="r"><script>len("abc")</script></scriptTask>'
    )
    text = process(
        chain(START, task("while True: pass"), USER) + other + '<sequenceFlow id="o" sourceRef="s" targetRef="b"/>'
    )
    done = story(text)
    assert done.incidents == {"a": "script-failed"}
    assert done.variables == {"r": 3}


def test_given_a_mapping_script_that_fails_when_done_then_the_work_is_not_asked_for_again() -> None:
    holder = mapped(("output", "o", scripted("missing.x")))
    failed = story(process(chain(START, f'<userTask id="a">{holder}</userTask>', USER)), complete("a", r=1))
    assert (failed.incidents, failed.tasks) == ({"a": "script-failed"}, {})
    assert failed.variables == {"r": 1}
    assert failed.messages == ["ReferenceError: missing is not defined (line 1 of the script)"]


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("python", 'raise BpmnError("E1", "no money")'),
        ("javascript", 'throw new BpmnError("E1", "no money")'),
        ("javascript", 'throw new org.camunda.bpm.engine.delegate.BpmnError("E1", "no money")'),
    ],
)
def test_given_a_script_that_throws_a_bpmn_error_when_run_then_the_nearest_event_catches_it(
    form: str, text: str
) -> None:
    caught = (
        '<boundaryEvent id="b" attachedToRef="a"><errorEventDefinition errorRef="e1"/></boundaryEvent><userTask id="y"/>'
        '<sequenceFlow id="c" sourceRef="b" targetRef="y"/>'
    )
    outside = '<error id="e1" errorCode="E1"/>'
    nodes = chain(START, task(escape(text), form), USER)
    assert story(process(nodes + caught, outside=outside)).open == ["y"]
    uncaught = story(process(nodes))
    assert uncaught.incidents == {"a": "bpmn-error-unhandled"}
    assert uncaught.messages == ["no event catches the error 'E1': no money"]


def test_given_events_at_a_script_task_when_they_come_first_then_the_script_is_not_waited_for() -> None:
    timer = (
        '<boundaryEvent id="t" attachedToRef="a"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        '</timerEventDefinition></boundaryEvent><userTask id="y"/><sequenceFlow id="c" sourceRef="t" targetRef="y"/>'
    )
    done = story(process(chain(START, task("len([])"), USER) + timer), event("t"), scripts=False)
    assert (done.open, done.variables) == (["y"], {})
    assert [type(fact) for fact in done.facts(f.ScriptOver)] == [f.ScriptOver]


def test_given_a_script_under_way_when_its_instance_is_canceled_then_what_it_gave_is_refused() -> None:
    text = run("len([])", resultVariable="r")
    with pytest.raises(AssertionError, match="is not open"):
        story(text, cancel(), script("a"), scripts=False)


def test_given_a_script_when_somebody_sets_what_it_sets_meanwhile_then_it_runs_again_and_sees_that() -> None:
    text = run("execution.setVariable('n', n + 1)")
    done = story(text, script("a", put(n=10)), script("a"), variables={"n": 1}, scripts=False)
    assert (done.variables, done.open) == ({"n": 11}, ["z"])


def test_given_a_script_when_somebody_sets_something_else_meanwhile_then_what_it_gave_counts() -> None:
    text = run("execution.setVariable('n', n + m)")
    done = story(text, script("a", put(m=10)), variables={"n": 1, "m": 1}, scripts=False)
    assert done.variables == {"n": 2, "m": 10}


def test_given_a_step_with_several_scripts_when_saved_between_them_then_time_and_chance_are_the_same_for_all() -> None:
    told = scripted("[Date.now(), Math.random(), n]")
    holder = mapped(("input", "at", "${now()}"), ("input", "one", told), ("input", "two", told))
    text = process(chain(START, f'<userTask id="a">{holder}</userTask>', USER))
    done = story(text, variables={"n": 1}).locals("a")
    assert done["one"] == done["two"]
    assert done["at"] == "2026-03-02T09:00:00Z"


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_given_a_repeated_script_task_when_run_then_each_run_has_its_own_item(sequential: str) -> None:
    loop = (
        f'<multiInstanceLoopCharacteristics isSequential="{sequential}" camunda:collection="items" '
        'camunda:elementVariable="item"/>'
    )
    text = run("execution.setVariable('sum', sum + item)", "javascript", loop)
    assert story(text, variables={"items": [1, 2, 3], "sum": 0}).variables["sum"] == 6


def test_given_a_loop_with_conditions_in_python_when_run_then_they_are_asked_for_in_a_sandbox() -> None:
    loop = (
        "<multiInstanceLoopCharacteristics><loopCardinality>len(items)</loopCardinality>"
        "<completionCondition>sum([1, 1]) == nrOfCompletedInstances</completionCondition>"
        "</multiInstanceLoopCharacteristics>"
    )
    text = spiff(START, f'<userTask id="a">{loop}</userTask>', USER)
    done = story(text, complete("a"), complete("a"), variables={"items": [1, 2, 3]})
    assert done.open == ["z"]


def test_given_variables_of_all_kinds_when_a_script_in_python_hands_them_on_then_every_digit_is_kept() -> None:
    values = {"big": 2**200, "money": Decimal("10.10"), "tiny": Decimal("1E-40"), "nested": {"a": [None, True, "é"]}}
    text = lines(*(f"execution.setVariable('{name}2', {name})" for name in values))
    done = story(run(text), variables=values)
    assert {name: done.variables[f"{name}2"] for name in values} == values
    assert repr(done.variables["money2"]) == "Decimal('10.10')"


def zeebe(extension: str) -> bytes:
    holder = with_extensions(extension)
    return process(chain(START, f'<scriptTask id="a">{holder}</scriptTask>', USER), attributes=NAMESPACES)


def test_given_a_script_task_with_a_topic_when_reached_then_a_worker_does_it() -> None:
    done = story(zeebe('<zeebe:taskDefinition type="scripts"/>'))
    assert {element: work.topic for element, work in done.work.items()} == {"a": "scripts"}


def test_given_camunda_8_s_script_when_reached_then_its_expression_is_computed() -> None:
    done = story(zeebe('<zeebe:script expression="=n + 1" resultVariable="r"/>'), variables={"n": 1})
    assert (done.variables, done.open) == ({"n": 1, "r": 2}, ["z"])


@pytest.mark.parametrize(
    ("attributes", "inside", "said"),
    [
        ('scriptFormat="groovy"', "<script>1</script>", "the script language 'groovy' is not supported"),
        ('scriptFormat="ruby"', "<script>1</script>", "the script language 'ruby' is not supported"),
        ("", "<script>1</script>", "nothing says in which language the script is"),
        ('scriptFormat="python" camunda:resource="a.py"', "", "write the script into the diagram"),
        ('scriptFormat="javascript" camunda:autoStoreVariables="true"', "<script>1</script>", "set variables by"),
        ('scriptFormat="feel"', "<script>1 +</script>", "script: the text ends too soon"),
        ('scriptFormat="juel"', "<script>a + b</script>", "a JUEL expression is written ${...}"),
    ],
)
def test_given_a_script_that_cannot_be_run_when_uploaded_then_its_task_is_refused(
    attributes: str, inside: str, said: str
) -> None:
    text = process(chain(START, f'<scriptTask id="x" {attributes}>{inside}</scriptTask>', USER))
    found = refusals(
        text.replace(b' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"', b"")
        if "camunda" not in attributes
        else text
    )
    assert {entry.element_id for entry in found} == {"x"}
    assert any(said in entry.message for entry in found), found


@pytest.mark.parametrize("inside", ["", "<script/>", "<script> </script>"])
def test_given_a_script_task_without_a_script_when_reached_then_it_passes_and_the_report_warns(inside: str) -> None:
    text = process(chain(START, f'<scriptTask id="x" scriptFormat="python">{inside}</scriptTask>', USER))
    assert story(text).open == ["z"]
    assert "passes as a task of no type" in warnings(text)["x"]


@pytest.mark.parametrize(
    "node",
    [
        '<intermediateCatchEvent id="x"><conditionalEventDefinition><condition language="python">any(y)</condition>'
        "</conditionalEventDefinition></intermediateCatchEvent>",
        '<complexGateway id="x"><activationCondition language="javascript">true</activationCondition></complexGateway>',
    ],
)
def test_given_a_script_where_none_can_be_run_when_uploaded_then_it_is_refused(node: str) -> None:
    (found,) = refusals(process(chain(START, node, USER)))
    assert "only simple expressions of Python are possible here" in found.message


def test_given_a_task_that_waits_for_its_script_when_something_else_comes_then_it_is_refused() -> None:
    scripts = with_extensions("<spiff:preScript>x = 1</spiff:preScript>")
    text = spiff(START, f'<userTask id="a">{scripts}</userTask>', USER)
    story(text, refused(complete("a"), "waits for a script"), scripts=False)
