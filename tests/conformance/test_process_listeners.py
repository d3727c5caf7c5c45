"""Listeners of a process: heard before its first token moves, and when its last one is gone."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from bpmn.execution import Context
from bpmn.policy import Listeners, Policy
from tests.bpmn.diagrams import definitions, diagram, process, references, within_flow, within_process
from tests.bpmn.reading import refusals, warnings
from tests.conformance.harness import (
    MONDAY,
    answered,
    cancel,
    complete,
    error,
    event,
    put,
    refused,
    retry,
    script,
    story,
)

REFUSE, IGNORE = Policy(listeners=Listeners.REFUSE), Policy(listeners=Listeners.IGNORE)
WORKER = '<camunda:executionListener class="A" event="{}"/>'
JOB = '<zeebe:executionListeners><zeebe:executionListener type="A" eventType="{}"/></zeebe:executionListeners>'


def heard(*listeners: str) -> str:
    return f"<extensionElements>{''.join(listeners)}</extensionElements>"


def notes(event: str, note: str, kind: str = "executionListener") -> str:
    """A listener that notes in a variable what was heard, in order."""
    return f"""<camunda:{kind} event="{event}" expression="${{execution.setVariable('n', n.concat('{note} '))}}"/>"""


def both(note: str) -> str:
    """Listeners of both events of an element, within it."""
    return heard(notes("start", f"{note}+"), notes("end", f"{note}-"))


def listening(text: str, *listeners: str) -> bytes:
    """A process with listeners of its own."""
    return within_process(diagram(text), heard(*listeners))


def sets(event: str, name: str, value: str) -> str:
    return (
        f"""<camunda:executionListener event="{event}" expression="${{execution.setVariable('{name}', {value})}}"/>"""
    )


def test_given_listeners_of_a_process_when_it_runs_then_they_see_its_variables_and_what_they_set_stays() -> None:
    text = listening("start s; task t; end e; s -> t -> e", sets("start", "m", "n + 1"), sets("end", "m", "m * 2"))
    done = story(text, variables={"n": 1})
    assert (done.ends, done.variables) == (("e",), {"n": 1, "m": 4})


def test_given_a_listener_of_the_beginning_when_the_process_begins_then_its_conditions_see_what_was_set() -> None:
    text = "start s; xor g; end e; end f; s -> g; g -> e : ${m == 2}; g -> f : default"
    assert story(listening(text, sets("start", "m", "2"))).ends == ("e",)


@pytest.mark.parametrize("drawn", [WORKER, JOB])
def test_given_workers_as_listeners_when_they_are_waited_for_then_nothing_moves_and_nothing_is_over(drawn: str) -> None:
    text = listening("start s; user a; end e; s -> a -> e", drawn.format("start"), drawn.format("end"))
    begun = story(text)
    assert (begun.work["p"].topic, begun.tasks, begun.trace) == ("A", {}, [])
    inside = story(text, complete("p", noted=1))
    assert (list(inside.tasks), inside.work, inside.variables, inside.trace) == (["a"], {}, {"noted": 1}, ["s"])
    ending = story(text, complete("p"), complete("a"))
    assert (ending.outcome, list(ending.work), ending.open) == (None, ["p"], [])
    done = story(text, complete("p"), complete("a"), complete("p", told=2))
    assert (done.ends, done.variables) == (("e",), {"told": 2})


def test_given_several_listeners_of_a_process_when_it_runs_then_each_is_heard_once_and_in_order() -> None:
    text = listening(
        "start s; user a; s -> a",
        notes("end", "3"),
        notes("start", "1"),
        WORKER.format("end"),
        WORKER.format("start"),
        notes("end", "4"),
        notes("start", "2"),
    )
    order = [complete("p"), complete("a"), complete("p")]
    said = [story(text, *order[:number], variables={"n": ""}).variables["n"] for number in range(4)]
    assert said == ["1 ", "1 2 ", "1 2 3 ", "1 2 3 4 "]


def test_given_a_listener_that_is_work_when_offered_then_it_is_an_activity_instance_in_the_process() -> None:
    (begun,) = story(listening("start s", WORKER.format("start"))).facts(f.ActivityStarted)
    assert (begun.element, begun.scope, begun.role) == ("p", 0, "listener")


#: Ways in which a process begins: the diagram, the event that starts it and what waits when it has begun.
BEGINNINGS = {
    "plainly": ("start s; user a; s -> a", None, ["a"]),
    "nowhere in particular": ("task b; user a; b -> a", None, ["a"]),
    "by a message": ("start s message=m; user a; s -> a", "s", ["a"]),
    "by a timer": ("start s timer=PT1H; user a; s -> a", "s", ["a"]),
    "by a signal": ("start s signal=g; user a; s -> a", "s", ["a"]),
    "by a condition": ("start s condition=${n!=1}; user a; s -> a", "s", ["a"]),
    "at one of several events": ("start s; start r message=m; user a; user b; s -> a; r -> b", "r", ["b"]),
    "at an activity without a start event": ("user a", None, ["a"]),
    "at a start event and beside it": ("start s; user a; user b; s -> a", None, ["a", "b"]),
    "with an event subprocess": (
        "start s; user a; s -> a; handler h; in h { start i message=m quiet; user b; i -> b }",
        None,
        ["a"],
    ),
}


@pytest.mark.parametrize("case", BEGINNINGS)
def test_given_a_worker_as_listener_when_the_process_begins_anyhow_then_nothing_is_there_before_it(case: str) -> None:
    text, start, waiting = BEGINNINGS[case]
    xml = listening(text, notes("start", "x"), WORKER.format("start"))
    before = story(xml, start=start, variables={"n": ""})
    assert (before.variables, before.trace, before.tasks, before.waits) == ({"n": "x "}, [], {}, {})
    assert sorted(story(xml, complete("p"), start=start, variables={"n": ""}).tasks) == waiting


@pytest.mark.parametrize(
    ("kind", "inner"),
    [("receiveTask", ' instantiate="true" messageRef="message_m"/>'), ("eventBasedGateway", ' instantiate="true"/>')],
)
def test_given_an_element_that_starts_a_process_when_its_message_comes_then_the_listener_is_heard_first(
    kind: str, inner: str
) -> None:
    text = diagram("user u; catch c message=m; c -> u; user a")
    gateway = kind == "eventBasedGateway"
    drawn = f'<{kind} id="r"{inner}<sequenceFlow id="z" sourceRef="r" targetRef="{"c" if gateway else "a"}"/>'
    text = within_process(text, heard(WORKER.format("start")) + drawn)
    start = "c" if gateway else "r"
    assert story(text, start=start, variables={"b": 1}).trace == []
    begun = story(text, complete("p"), start=start, variables={"b": 1})
    assert ("u" if gateway else "a") in begun.tasks
    assert begun.variables == {"b": 1}


def test_given_data_outputs_of_a_start_event_when_a_listener_is_waited_for_then_they_are_there_behind_it() -> None:
    data = '<dataOutput id="o" name="amount"/><dataOutputAssociation id="oa"><sourceRef>o</sourceRef>'
    data += "<targetRef>sum</targetRef></dataOutputAssociation>"
    text = diagram(f"start s message=m {data}; user a; s -> a")
    inner = heard(WORKER.format("start")) + '<dataObject id="d"/><dataObjectReference id="sum" dataObjectRef="d"/>'
    text = within_process(text, inner)
    assert story(text, start="s", variables={"amount": 7}).variables == {}
    begun = story(text, complete("p"), start="s", variables={"amount": 7})
    assert (list(begun.tasks), list(begun.variables.values())) == (["a"], [7])


def test_given_who_starts_the_process_when_a_worker_is_waited_for_first_then_it_is_still_who_started() -> None:
    text = listening('start s [camunda:initiator="who"]; user a; s -> a', WORKER.format("start"), notes("start", "x"))
    starting = Context(MONDAY, actor="kermit", business_key="order-1")
    assert story(text, context=starting, variables={"n": ""}).variables["who"] == "kermit"
    seen = sets("start", "n", "execution.processBusinessKey.concat(who)")
    assert story(listening('start s [camunda:initiator="who"]; s -> e; end e', seen), context=starting).variables == {
        "who": "kermit",
        "n": "order-1kermit",
    }


def test_given_listeners_in_nested_scopes_when_all_is_passed_then_they_are_heard_from_outside_and_back() -> None:
    text = diagram(
        f"""start s {both("s")}; sub x {both("x")}; end e {both("e")}; s -> x -> e
        in x {{ start i {both("i")}; sub y {both("y")}; end j {both("j")}; i -> y -> j
        in y {{ task t {both("t")} }} }}"""
    )
    text = within_flow(within_process(text, both("p")), "p_0", heard(notes("take", ">")))
    told = "p+ s+ s- > x+ i+ i- y+ t+ t- y- j+ j- x- e+ e- p- "
    assert story(text, variables={"n": ""}).variables["n"] == told


SCOPES = {
    "transaction": "start s; transaction x {}; in x {{ task t }}; s -> x",
    "ad-hoc": "start s; adhoc x {}; in x {{ task t }}; s -> x",
}


@pytest.mark.parametrize("case", SCOPES)
def test_given_listeners_of_other_subprocesses_when_passed_then_they_are_heard_within_those_of_the_process(
    case: str,
) -> None:
    text = within_process(diagram(SCOPES[case].format(both("x"))), both("p"))
    assert story(text, variables={"n": ""}).variables["n"] == "p+ x+ x- p- "


@pytest.mark.parametrize("quiet", ["", "quiet"])
def test_given_listeners_of_an_event_subprocess_when_it_happens_then_they_are_heard_before_those_of_the_end(
    quiet: str,
) -> None:
    text = diagram(
        f"start s; user a; s -> a; handler h {both('h')}; in h {{ start i message=m {quiet}; user b; i -> b }}"
    )
    text = within_process(text, both("p"))
    rest = [complete("a")] if quiet else []
    done = story(text, event("i"), complete("b"), *rest, variables={"n": ""})
    assert (done.outcome, done.variables["n"]) == ("completed", "p+ h+ h- p- ")


@pytest.mark.parametrize("quiet", ["", "quiet"])
def test_given_an_event_subprocess_when_it_happens_while_the_end_is_heard_then_the_process_ends_behind_it(
    quiet: str,
) -> None:
    drawn = f"start s; user a; s -> a; handler h; in h {{ start i message=m {quiet}; user b; i -> b }}"
    text = listening(drawn, WORKER.format("end"))
    late = story(text, complete("a"), event("i"))
    assert (list(late.tasks), "p" in late.work) == (["b"], bool(quiet))
    if quiet:
        assert story(text, complete("a"), event("i"), complete("p"), complete("b")).outcome == "completed"
    assert story(text, complete("a"), event("i"), complete("b"), complete("p")).outcome == "completed"


TERMINATING = {
    "at the top": "start s; user a; user b; end e terminate; s -> a; s -> b -> e",
    "with mappings": "start s; user a; user b; s -> a; s -> b -> e; end e terminate "
    + heard('<camunda:inputOutput><camunda:inputParameter name="k">1</camunda:inputParameter></camunda:inputOutput>'),
    "all, from within": """start s; user a; sub x; s -> a; s -> x; in x { user b; b -> e;
        end e <terminateEventDefinition camunda:terminateAll="true"/> }""",
}


@pytest.mark.parametrize("case", TERMINATING)
def test_given_a_terminate_end_event_when_reached_then_the_end_is_heard_and_nothing_begins_meanwhile(case: str) -> None:
    handler = "; handler h; in h { start i message=m; user c; i -> c }"
    text = listening(TERMINATING[case] + handler, notes("end", "x"), WORKER.format("end"))
    ending = story(text, complete("b"), variables={"n": ""})
    assert (ending.outcome, ending.tasks, ending.waits, ending.variables["n"]) == (None, {}, {}, "x ")
    done = story(text, complete("b"), complete("p"), variables={"n": ""})
    assert (done.outcome, done.variables["n"]) == ("terminated", "x ")


def test_given_a_terminate_end_event_in_a_subprocess_when_reached_then_the_process_goes_on_and_its_end_is_heard() -> (
    None
):
    text = listening("start s; sub x; user a; s -> x -> a; in x { end e terminate }", notes("end", "x"))
    assert story(text, variables={"n": ""}).variables["n"] == ""
    done = story(text, complete("a"), variables={"n": ""})
    assert (done.outcome, done.variables["n"]) == ("completed", "x ")


@pytest.mark.parametrize("when", ["start", "end"])
def test_given_an_instance_that_is_canceled_when_a_listener_is_waited_for_then_nothing_is_left(when: str) -> None:
    text = listening("start s; user a; s -> a", WORKER.format(when), notes("end", "x"))
    before = [] if when == "start" else [complete("a")]
    done = story(text, *before, cancel(), variables={"n": ""})
    assert (done.outcome, done.work, done.variables["n"]) == ("canceled", {}, "")


@pytest.mark.parametrize("when", ["start", "end"])
def test_given_an_instance_that_is_canceled_when_a_listener_has_failed_then_the_incident_is_over(when: str) -> None:
    wrong = f'<camunda:executionListener expression="${{missing}}" event="{when}"/>'
    done = story(listening("start s; task t; s -> t", wrong), cancel())
    assert (done.outcome, done.incidents) == ("canceled", {})


@pytest.mark.parametrize("when", ["start", "end"])
def test_given_a_listener_that_cannot_be_evaluated_when_heard_then_the_process_waits_for_help(when: str) -> None:
    wrong = f'<camunda:executionListener expression="${{missing}}" event="{when}"/>'
    text = listening("start s; task t; end e; s -> t -> e", notes(when, "x"), wrong)
    stopped = story(text, variables={"n": ""})
    assert (stopped.incidents, stopped.outcome, stopped.variables["n"]) == ({"p": "listener-failed"}, None, "")
    assert f"{when} listener of 'p'" in stopped.messages[0]
    assert stopped.trace == ([] if when == "start" else ["s", "t", "e"])
    assert story(text, retry("p"), variables={"n": ""}).incidents == {"p": "listener-failed"}
    mended = story(text, put(missing=1), retry("p"), variables={"n": ""})
    assert (mended.ends, mended.variables["n"]) == (("e",), "x ")


def test_given_listeners_when_the_process_cannot_begin_behind_them_then_it_waits_for_help_and_begins_once() -> None:
    drawn = """start s message=m; user a; s -> a; handler h; in h { start i timer=${missing}; user b; i -> b };
        handler k; in k { start j message=${other} quiet; user c; j -> c }"""
    text = listening(drawn, WORKER.format("start"), notes("start", "x"))
    stopped = story(text, complete("p"), start="s", variables={"n": "", "other": "o"})
    assert (list(stopped.incidents), stopped.trace, stopped.waits, stopped.variables["n"]) == (["p"], [], {}, "")
    mended = story(text, complete("p"), put(missing="PT1H"), retry("p"), start="s", variables={"n": "", "other": "o"})
    assert (list(mended.tasks), len(mended.waits), mended.variables["n"]) == (["a"], 2, "x ")


@pytest.mark.parametrize("when", ["start", "end"])
def test_given_an_error_of_a_listener_s_worker_that_nobody_catches_when_retried_then_it_is_offered_again(
    when: str,
) -> None:
    handler = "; handler h; in h { start i error=E; user b; i -> b }"
    text = listening("start s; task t; end e; s -> t -> e" + handler, WORKER.format(when))
    failed = story(text, error("p", "E"))
    assert (failed.incidents, failed.work, failed.tasks) == ({"p": "bpmn-error-unhandled"}, {}, {})
    again = story(text, error("p", "E"), retry("p"))
    assert (list(again.work), again.incidents) == (["p"], {})
    assert story(text, error("p", "E"), retry("p"), complete("p")).ends == ("e",)


@pytest.mark.parametrize("when", ["start", "end"])
def test_given_a_script_as_listener_when_it_has_run_then_what_it_set_is_there(when: str) -> None:
    listener = (
        f'<camunda:executionListener event="{when}"><camunda:script scriptFormat="javascript">'
        'execution.setVariable("m", n + 1)</camunda:script></camunda:executionListener>'
    )
    text = listening("start s; task t; end e; s -> t -> e", notes(when, "x"), listener)
    waiting = story(text, scripts=False, variables={"n": ""})
    assert (waiting.outcome, [due.element for due in waiting.facts(f.ScriptDue)]) == (None, ["p"])
    done = story(text, script("p"), scripts=False, variables={"n": ""})
    assert (done.ends, done.variables) == (("e",), {"n": "x ", "m": "x 1"})
    canceled = story(text, cancel(), scripts=False, variables={"n": ""})
    assert canceled.instance.mirror.scripts == {}


def test_given_a_script_as_listener_that_breaks_off_when_resolved_then_it_is_run_again() -> None:
    listener = """<camunda:executionListener event="start"><camunda:script scriptFormat="javascript">
        if (execution.getVariable("n") == 1) throw new Error("no")</camunda:script></camunda:executionListener>"""
    text = listening("start s; end e; s -> e", listener)
    assert story(text, variables={"n": 1}).incidents == {"p": "script-failed"}
    assert story(text, put(n=2), retry("p"), variables={"n": 1}).ends == ("e",)


def called(called_text: str, *listeners: str, caller: str = "") -> bytes:
    """A process p that calls q, which has listeners, and takes over its variable n as m."""
    taken = '<camunda:in variables="all"/><camunda:out source="n" target="m"/>'
    main = f"start s; call x [calledElement='q'] {heard(taken)}; user after; s -> x -> after; {caller}"
    inner = process(called_text, "q")
    begun = inner.index(">") + 1
    return definitions(
        process(main) + inner[:begun] + heard(*listeners) + inner[begun:] + references(main, called_text)
    )


def test_given_listeners_of_a_called_process_when_it_ends_then_they_are_heard_before_its_results_are_taken() -> None:
    text = called("start i; task t; i -> t", both("q")[len("<extensionElements>") : -len("</extensionElements>")])
    done = story(text, variables={"n": ""})
    assert (list(done.tasks), done.variables) == (["after"], {"n": "", "m": "q+ q- "})


@pytest.mark.parametrize("when", ["start", "end"])
def test_given_a_worker_as_listener_of_a_called_process_when_waited_for_then_the_call_is_open(when: str) -> None:
    text = called("start i; task t; i -> t", WORKER.format(when))
    waiting = story(text, variables={"n": ""})
    assert (waiting.open, list(waiting.children[0].work)) == (["x"], ["q"])
    assert list(story(text, complete("q", n="told"), variables={"n": ""}).tasks) == ["after"]


@pytest.mark.parametrize("when", ["start", "end"])
def test_given_an_error_of_the_worker_of_a_called_process_s_listener_when_reported_then_the_call_gets_it(
    when: str,
) -> None:
    text = called("start i; task t; i -> t", WORKER.format(when), caller="boundary b on=x error=E; user u; b -> u")
    done = story(text, error("q", "E"), variables={"n": ""})
    assert (list(done.tasks), done.children[0].outcome) == (["u"], "error")


def test_given_a_called_process_that_ends_with_an_error_when_the_call_gets_it_then_its_end_is_not_heard() -> None:
    inside = "start i; end j error=E; i -> j"
    text = called(inside, notes("end", "x"), caller="boundary b on=x error=E; user u; b -> u")
    done = story(text, variables={"n": ""})
    assert (list(done.tasks), done.children[0].variables["n"], done.variables["m"]) == (["u"], "", "")


def test_given_an_error_end_event_that_a_handler_catches_when_that_is_done_then_the_end_is_heard() -> None:
    text = listening(
        "start s; end e error=E; s -> e; handler h; in h { start i error=E; task t; i -> t }", notes("end", "x")
    )
    done = story(text, variables={"n": ""})
    assert (done.outcome, done.variables["n"]) == ("completed", "x ")


def test_given_a_called_process_of_others_when_it_returns_then_the_caller_s_end_is_heard_behind_it() -> None:
    text = listening("start s; call x [calledElement='q']; s -> x", WORKER.format("end"))
    assert list(story(text, answered("x"), remote=("q",)).work) == ["p"]


def test_given_a_listener_that_is_waited_for_when_something_else_is_done_then_it_is_refused() -> None:
    text = listening("start s message=m; user a; s -> a", WORKER.format("start"))

    def begun_again(player: object) -> None:
        execution = player.instances[0].execution  # type: ignore[attr-defined]
        execution.trigger(0, "s")

    assert list(story(text, refused(begun_again), refused(retry_process), start="s").work) == ["p"]


def retry_process(player: object) -> None:
    player.instances[0].execution.retry(0)  # type: ignore[attr-defined]


def test_given_a_condition_on_what_a_listener_of_the_end_sets_when_heard_then_an_event_subprocess_still_happens() -> (
    None
):
    drawn = "start s; task t; s -> t; handler h; in h { start i condition=${m==1} quiet; user b; i -> b }"
    text = listening(drawn, WORKER.format("end"))
    late = story(text, put(m=1), variables={"m": 0})
    assert list(late.tasks) == ["b"]
    assert story(text, put(m=1), complete("p"), complete("b"), variables={"m": 0}).outcome == "completed"


@pytest.mark.parametrize(
    "listener",
    [
        '<camunda:executionListener class="A" event="take"/>',
        '<camunda:executionListener class="A"/>',
        '<camunda:executionListener class="A" event="other"/>',
        '<zeebe:executionListeners><zeebe:executionListener type="t" eventType="canceling"/></zeebe:executionListeners>',
    ],
)
def test_given_an_event_at_which_a_process_is_not_heard_when_uploaded_then_it_is_refused_by_the_process(
    listener: str,
) -> None:
    (found,) = refusals(listening("start s", listener))
    assert (found.element_id, "nothing is done at the event" in found.message) == ("p", True)
    assert story(listening("start s", listener), policy=IGNORE).outcome == "completed"


@pytest.mark.parametrize(
    ("listener", "said"),
    [
        ('<camunda:executionListener event="start"/>', "nothing says what"),
        ('<camunda:executionListener event="start" class="A" expression="${1}"/>', "one thing only"),
        ('<camunda:executionListener event="start" expression="${"/>', "start listener of 'p'"),
        ('<camunda:taskListener event="create" class="A"/>', "user tasks only"),
        ('<camunda:taskListener event="create" expression="${n}"/>', "user tasks only"),
    ],
)
def test_given_a_listener_of_a_process_that_is_none_when_uploaded_then_it_is_refused(listener: str, said: str) -> None:
    (found,) = refusals(listening("start s", listener))
    assert (found.element_id, said in found.message) == ("p", True)


@pytest.mark.parametrize("place", ["process", "task"])
def test_given_listeners_of_tasks_elsewhere_when_listeners_are_ignored_then_they_are_not_heard(place: str) -> None:
    listener = notes("create", "x", "taskListener")
    text = listening("start s", listener) if place == "process" else diagram(f"start s; task t {heard(listener)}")
    assert story(text, policy=IGNORE, variables={"n": ""}).variables["n"] == ""


@pytest.mark.parametrize("drawn", [WORKER, JOB])
def test_given_a_worker_as_listener_when_the_server_refuses_or_ignores_them_then_the_report_says_so(drawn: str) -> None:
    text = listening("start s; user a; s -> a", drawn.format("start"))
    (found,) = refusals(text, REFUSE)
    assert (found.element_id, "cannot run here" in found.message) == ("p", True)
    assert "executed without this one" in warnings(text, IGNORE)["p"]
    assert list(story(text, policy=IGNORE).tasks) == ["a"]


def test_given_a_conversation_when_a_listener_is_waited_for_then_the_other_message_is_waited_for_behind_it() -> None:
    keys = """<correlationProperty id="cp"><correlationPropertyRetrievalExpression messageRef="message_m">
        <messagePath>${order}</messagePath></correlationPropertyRetrievalExpression>
        <correlationPropertyRetrievalExpression messageRef="message_k"><messagePath>${order}</messagePath>
        </correlationPropertyRetrievalExpression></correlationProperty>
        <collaboration id="co"><participant id="pa" processRef="p"/>
        <correlationKey id="ck"><correlationPropertyRef>cp</correlationPropertyRef></correlationKey></collaboration>"""
    text = diagram("start s message=m; start r message=k; user a; s -> a; r -> a", root=keys)
    text = within_process(text, heard(WORKER.format("start")))
    assert story(text, start="s", variables={"order": 5}).waits == {}
    begun = story(text, complete("p"), start="s", variables={"order": 5})
    assert begun.waits == {"r": "message"}
    (awaited,) = begun.facts(f.MessageAwaited)
    assert awaited.correlation_key is not None


@pytest.mark.parametrize("quiet", ["", "quiet"])
def test_given_workers_as_listeners_of_an_event_subprocess_when_it_happens_then_it_waits_for_them(quiet: str) -> None:
    both_ends = heard(WORKER.format("start"), WORKER.format("end"))
    text = diagram(
        f"start s; user a; s -> a; handler h {both_ends}; in h {{ start i message=m {quiet}; user b; i -> b }}"
    )
    begun = story(text, event("i"))
    assert (list(begun.work), "b" in begun.tasks, "a" in begun.tasks) == (["h"], False, bool(quiet))
    assert "b" in story(text, event("i"), complete("h")).tasks
    assert list(story(text, event("i"), complete("h"), complete("b")).work) == ["h"]
    rest = [complete("a")] if quiet else []
    assert story(text, event("i"), complete("h"), complete("b"), complete("h"), *rest).outcome == "completed"


def test_given_a_transaction_that_is_canceled_when_left_then_its_end_is_not_heard_and_that_of_its_handlers_is() -> None:
    text = diagram(
        f"""start s; transaction x {both("x")}; boundary c on=x cancel; end e; s -> x; c -> e
        in x {{ start i; task t; boundary b on=t compensate; task undo [isForCompensation='true'] {both("undo")}
        end j cancel; i -> t -> j; b ~> undo }}"""
    )
    done = story(text, variables={"n": ""})
    assert (done.ends, done.variables["n"]) == (("e",), "x+ undo+ undo- ")
