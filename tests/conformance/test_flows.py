"""Sequence flows: conditional, default, implicit splits and merges (BPMN 8.4.13, 13.3.1)."""

from __future__ import annotations

import pytest

from tests.bpmn.diagrams import definitions, diagram
from tests.conformance.harness import complete, put, retry, story


def test_given_an_activity_with_several_flows_when_done_then_all_are_taken() -> None:
    assert story(diagram("start s; task a; user b; user c; s -> a -> b; a -> c")).open == ["b", "c"]


def test_given_a_start_event_with_several_flows_when_started_then_all_are_taken() -> None:
    assert story(diagram("start s; user b; user c; s -> b; s -> c")).open == ["b", "c"]


def test_given_an_activity_with_several_incoming_flows_when_two_tokens_come_then_it_is_done_twice() -> None:
    done = story(diagram("start s; task a; task b; user c; s -> a -> c; s -> b -> c"), complete("c"))
    assert (done.open, done.trace.count("c")) == (["c"], 1)


def test_given_two_flows_between_the_same_nodes_when_taken_then_two_tokens_come() -> None:
    assert story(diagram("start s; task a; user c; s -> a; a -> c; a -> c")).open == ["c", "c"]


@pytest.mark.parametrize("kind", ["user", "task"])
def test_given_a_condition_on_the_only_flow_of_an_activity_when_false_then_the_token_stays(kind: str) -> None:
    text = diagram(f"start s; {kind} a; end e; s -> a; a -> e : ${{ok}}")
    work = (complete("a"),) if kind == "user" else ()
    failed = story(text, *work, variables={"ok": False})
    assert (failed.incidents, failed.outcome) == ({"a": "no-flow-taken"}, None)
    done = story(text, *work, put(ok=True), retry("a"), variables={"ok": False})
    assert (done.ends, done.incidents, done.trace) == (("e",), {}, ["s", "a", "e"])


@pytest.mark.parametrize(
    ("x", "y", "taken"),
    [(True, True, ["b", "c", "free"]), (True, False, ["b", "free"]), (False, False, ["d", "free"])],
)
def test_given_conditions_and_a_default_on_an_activity_when_done_then_true_ones_or_the_default_are_taken(
    x: bool, y: bool, taken: list[str]
) -> None:
    text = """start s; user a; user b; user c; user d; user free; s -> a; a -> b : ${x}; a -> c : ${y}
        a -> d : default; a -> free"""
    assert story(diagram(text), complete("a", x=x, y=y)).open == taken


def test_given_a_condition_on_a_default_flow_when_left_then_it_is_not_asked() -> None:
    condition = "<conditionExpression>${false}</conditionExpression>"
    flow = f'<sequenceFlow id="f1" sourceRef="x" targetRef="a">{condition}</sequenceFlow>'
    text = f"""<process id="p"><startEvent id="s"/><exclusiveGateway id="x" default="f1"/><userTask id="a"/>
        <sequenceFlow sourceRef="s" targetRef="x"/>{flow}</process>"""
    assert story(definitions(text)).open == ["a"]


@pytest.mark.parametrize("kind", ["catch message=m", "sub", 'call [calledElement="q"]', "receive message=m"])
def test_given_conditions_behind_any_waiting_element_when_left_then_they_decide(kind: str) -> None:
    name, _, rest = kind.partition(" ")
    inside = "; in w { user i }" if name == "sub" else ""
    text = diagram(f"start s; {name} w {rest}; user a; user b; s -> w; w -> a : ${{go}}; w -> b : default{inside}")
    stories = {"catch": "w", "receive": "w", "sub": "i", "call": "w"}

    def leave(player: object) -> None:
        instance = player.instances[0]  # type: ignore[attr-defined]
        element = stories[name]
        activity = next(item.activity for item in instance.execution.live() if item.element == element)
        if name == "call":
            instance.execution.call_ended(activity, variables={})
        elif name == "sub":
            instance.execution.complete(activity)
        else:
            instance.execution.trigger(activity, element)
        player.settle(instance)  # type: ignore[attr-defined]

    assert story(text, leave, variables={"go": True}, remote=("q",)).open == ["a"]
    assert story(text, leave, variables={"go": False}, remote=("q",)).open == ["b"]


@pytest.mark.parametrize("source", ["boundary b on=a timer=PT1H", "catch b timer=PT1H"])
def test_given_several_flows_behind_an_event_when_it_happened_then_all_are_taken(source: str) -> None:
    before = "user a; s -> a" if "boundary" in source else "s -> b"

    def fire(player: object) -> None:
        (instance,) = player.instances  # type: ignore[attr-defined]
        ((activity, event),) = instance.mirror.waits
        instance.execution.trigger(activity, event)
        player.settle(instance)  # type: ignore[attr-defined]

    text = diagram(f"start s; {source}; {before}; user x; user y; b -> x; b -> y")
    assert story(text, fire).open == ["x", "y"]


@pytest.mark.parametrize(
    ("condition", "variables", "taken"),
    [
        ("${n == 1}", {"n": 1}, "a"),
        ("#{n == 1}", {"n": 2}, "b"),
        ("=n = 1", {"n": 1}, "a"),
        ("= n > 1", {"n": 1}, "b"),
        ("\n   ${n == 1}\n   ", {"n": 1}, "a"),
        ("${text == 'true'}", {"text": "true"}, "a"),
        ("${flag}", {"flag": "true"}, "a"),
        ("=missing = 1", {}, "b"),
    ],
)
def test_given_conditions_in_several_languages_when_evaluated_then_each_is_read_as_its_own(
    condition: str, variables: dict[str, object], taken: str
) -> None:
    xml = f"""<process id="p"><startEvent id="s"/><exclusiveGateway id="x" default="d"/><userTask id="a"/>
        <userTask id="b"/><sequenceFlow id="f" sourceRef="s" targetRef="x"/>
        <sequenceFlow id="c" sourceRef="x" targetRef="a"><conditionExpression>{condition.replace(">", "&gt;")}
        </conditionExpression></sequenceFlow><sequenceFlow id="d" sourceRef="x" targetRef="b"/></process>"""
    assert story(definitions(xml), variables=variables).open == [taken]


def test_given_a_loop_drawn_with_activities_only_when_run_then_it_turns_until_its_condition_ends_it() -> None:
    text = diagram("start s; user a; end e; s -> a; a -> a : ${again}; a -> e : default")
    done = story(text, complete("a", again=True), complete("a"), complete("a", again=False))
    assert (done.ends, done.trace.count("a")) == (("e",), 3)


def chosen(language: str, expression_language: str, condition: str) -> bytes:
    flow = f'<conditionExpression language="{language}">' if language else "<conditionExpression>"
    text = diagram("start s; user a; user b; xor g; s -> g; g -> a : COND; g -> b : default")
    text = text.replace(b"<conditionExpression>COND", f"{flow}{condition}".encode())
    named = f' expressionLanguage="{expression_language}"' if expression_language else ""
    return text.replace(b' id="definitions"', f' id="definitions"{named}'.encode())


FEEL = "https://www.omg.org/spec/DMN/20191111/FEEL/"


@pytest.mark.parametrize(("language", "of_the_file"), [("feel", ""), ("", FEEL), (FEEL, "juel")])
def test_given_a_condition_whose_language_is_named_when_evaluated_then_it_is_read_in_that(
    language: str, of_the_file: str
) -> None:
    text = chosen(language, of_the_file, "if n = 1 then true else false")
    assert story(text, variables={"n": 1}).open == ["a"]
    assert story(text, variables={"n": 2}).open == ["b"]
