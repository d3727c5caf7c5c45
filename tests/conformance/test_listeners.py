"""Listeners of activities, events, gateways, flows and user tasks: evaluated here, or work for a worker."""

from __future__ import annotations

import pytest

from bpmn import facts as f
from bpmn.policy import Listeners, Policy
from tests.bpmn.diagrams import diagram, within_flow
from tests.bpmn.reading import refusals, warnings
from tests.conformance.harness import answered, complete, error, event, put, retry, story

REFUSE, IGNORE = Policy(listeners=Listeners.REFUSE), Policy(listeners=Listeners.IGNORE)
#: What a worker does, in the ways of both families: a listener without its event, and its topic.
WORKERS = {
    "class": ('<camunda:executionListener class="org.example.Audit" event="{}"/>', "org.example.Audit"),
    "bean": ('<camunda:executionListener delegateExpression="${{audit}}" event="{}"/>', "audit"),
    "method": ('<camunda:executionListener expression="${{audit.note(execution)}}" event="{}"/>', "audit.note"),
    "job": (
        '<zeebe:executionListeners><zeebe:executionListener type="audit" eventType="{}"/></zeebe:executionListeners>',
        "audit",
    ),
}


def heard(*listeners: str) -> str:
    return f"<extensionElements>{''.join(listeners)}</extensionElements>"


def counts(event: str, kind: str = "executionListener", by: str = "n") -> str:
    """A listener that notes in a variable what was heard, in order."""
    return f"""<camunda:{kind} event="{event}" expression="${{execution.setVariable('{by}', {by}.concat('{event} '))}}"/>"""


def on_task(*listeners: str) -> bytes:
    return diagram(f"start s; user x {heard(*listeners)}; end e; s -> x -> e")


def test_given_a_task_listener_that_sets_a_variable_of_its_task_when_uploaded_then_it_says_what_to_write() -> None:
    drawn = on_task("""<camunda:taskListener event="create" expression="${task.setVariable('n', 1)}"/>""")
    (refused,) = refusals(drawn)
    assert "'setVariable' is not supported here, write execution.setVariable(name, value);" in refused.message
    mended = drawn.replace(b"task.setVariable", b"execution.setVariable")
    assert story(mended).variables == {"n": 1}


@pytest.mark.parametrize("case", WORKERS)
def test_given_a_worker_as_listener_of_a_beginning_when_reached_then_the_activity_begins_behind_it(case: str) -> None:
    drawn, topic = WORKERS[case]
    text = on_task(drawn.format("start"))
    before = story(text)
    assert (before.work["x"].topic, before.tasks) == (topic, {})
    after = story(text, complete("x", noted=1))
    assert (list(after.tasks), after.work, after.variables) == (["x"], {}, {"noted": 1})
    done = story(text, complete("x"), complete("x", done=1))
    assert (done.ends, done.trace, done.variables) == (("e",), ["s", "x", "e"], {"done": 1})


@pytest.mark.parametrize("case", WORKERS)
def test_given_a_worker_as_listener_of_an_end_when_the_task_is_done_then_it_is_left_behind_it(case: str) -> None:
    drawn, topic = WORKERS[case]
    text = on_task(drawn.format("end"))
    assert story(text).work == {}
    after = story(text, complete("x", result=1))
    assert (after.work["x"].topic, after.tasks, after.variables) == (topic, {}, {"result": 1})
    assert story(text, complete("x"), complete("x")).ends == ("e",)


def test_given_several_listeners_when_reached_then_each_is_heard_once_and_in_order() -> None:
    worker = '<camunda:executionListener class="A" event="{}"/>'
    text = on_task(
        counts("complete", "taskListener"),
        counts("create", "taskListener"),
        counts("end"),
        worker.format("end"),
        counts("end"),
        counts("start"),
        worker.format("start"),
        counts("start"),
    )
    first = story(text, variables={"n": ""})
    assert (first.variables["n"], list(first.work)) == ("start ", ["x"])
    second = story(text, complete("x"), variables={"n": ""})
    assert (second.variables["n"], list(second.tasks)) == ("start start create ", ["x"])
    third = story(text, complete("x"), complete("x"), variables={"n": ""})
    assert (third.variables["n"], list(third.work)) == ("start start create complete end ", ["x"])
    done = story(text, complete("x"), complete("x"), complete("x"), variables={"n": ""})
    assert (done.ends, done.variables["n"]) == (("e",), "start start create complete end end ")


@pytest.mark.parametrize(
    "activity",
    [
        "task x {}",
        "manual x {}",
        "service x [camunda:expression='${{1}}'] {}",
        "script x [scriptFormat='feel'] {} <script>1</script>",
        "sub x {}; in x {{ task t }}",
        "adhoc x {}; in x {{ task t }}",
        "send x message=m {}",
        "rule x [camunda:expression='${{1}}'] {}",
    ],
)
def test_given_listeners_at_an_activity_that_nobody_does_when_it_is_passed_then_both_are_heard(activity: str) -> None:
    text = diagram(f"start s; {activity.format(heard(counts('start'), counts('end')))}; s -> x")
    done = story(text, variables={"n": ""})
    assert (done.variables["n"], done.outcome) == ("start end ", "completed")


def test_given_a_listener_at_a_repeated_activity_when_it_runs_then_each_run_is_heard() -> None:
    text = diagram(f"start s; task x turns=3 {heard(counts('start'), counts('end'))}; s -> x")
    assert story(text, variables={"n": ""}).variables["n"] == "start end " * 3


def test_given_a_listener_at_a_subprocess_when_it_ends_then_it_is_heard_after_what_is_inside() -> None:
    worker = '<camunda:executionListener class="A" event="end"/>'
    text = diagram(f"start s; sub x {heard(counts('start'), worker)}; in x {{ start i; user t; i -> t }}; s -> x")
    inside = story(text, variables={"n": ""})
    assert (inside.variables["n"], list(inside.tasks), inside.work) == ("start ", ["t"], {})
    assert list(story(text, complete("t"), variables={"n": ""}).work) == ["x"]
    assert story(text, complete("t"), complete("x"), variables={"n": ""}).outcome == "completed"


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        ("start s {}; task t; end e; s -> t -> e", "start end "),
        ("start s; throw x {}; end e; s -> x -> e", "start end "),
        ("start s; xor x {}; end e; s -> x -> e", "start end "),
        ("start s; and x {}; end e; s -> x -> e", "start end "),
        ("start s; task t; end e {}; s -> t -> e", "start end "),
    ],
)
def test_given_listeners_at_events_and_gateways_when_passed_then_they_are_heard_on_the_way(
    drawn: str, said: str
) -> None:
    text = diagram(drawn.format(heard(counts("start"), counts("end"))))
    assert story(text, variables={"n": ""}).variables["n"] == said


def test_given_a_listener_at_a_catching_event_when_it_waits_then_the_beginning_is_heard_and_the_end_is_not_yet() -> (
    None
):
    both = heard(counts("start"), counts("end"))
    text = diagram(f"start s; catch x message=m {both}; end e; s -> x -> e")
    assert story(text, variables={"n": ""}).variables["n"] == "start "
    assert story(text, event("x"), variables={"n": ""}).variables["n"] == "start end "


def test_given_a_listener_of_a_flow_when_a_token_takes_it_then_it_is_heard_and_on_another_flow_it_is_not() -> None:
    taken = '<camunda:executionListener class="A" event="take"/>'
    text = diagram("start s; xor g; end e; end f; s -> g; g -> e : ${n == 1}; g -> f : default")
    text = within_flow(text, "p_1", heard(taken))
    assert story(text, variables={"n": 1}).work["p_1"].topic == "A"
    done = story(text, complete("p_1"), variables={"n": 1})
    assert (done.ends, done.trace) == (("e",), ["s", "g", "p_1", "e"])
    assert story(text, variables={"n": 2}).ends == ("f",)


def test_given_listeners_of_a_default_flow_into_a_join_when_taken_then_the_join_still_waits_for_all() -> None:
    text = diagram("start s; and g; user a; user b; and j; end e; s -> g -> a -> j -> e; g -> b -> j")
    text = within_flow(text, "p_2", heard(counts("take")))
    assert story(text, complete("a"), variables={"n": ""}).open == ["b", "j"][:1]
    done = story(text, complete("a"), complete("b"), variables={"n": ""})
    assert (done.ends, done.variables["n"]) == (("e",), "take ")


def test_given_listeners_at_gateway_flow_and_event_when_a_token_goes_by_then_they_are_heard_in_that_order() -> None:
    out, into = counts("end"), counts("start")
    text = diagram(f"start s; xor g {heard(out)}; end e {heard(into)}; s -> g -> e")
    assert (
        story(within_flow(text, "p_1", heard(counts("take"))), variables={"n": ""}).variables["n"] == "end take start "
    )


def test_given_an_error_of_the_worker_of_a_listener_when_reported_then_a_boundary_event_catches_it() -> None:
    worker = '<camunda:executionListener class="A" event="{}"/>'
    text = f"start s; user x {heard(worker.format('{}'))}; boundary b on=x error=E; end e; end f; s -> x -> e; b -> f"
    begun = story(diagram(text.format("start")), error("x", "E"))
    assert (begun.ends, begun.work, begun.tasks) == (("f",), {}, {})
    assert story(diagram(text.format("end")), complete("x"), error("x", "E")).ends == ("f",)


NAKED = '<camunda:executionListener class="A" event="{}"/>'
#: Activities with work of their own, and what has to happen before their end is heard.
BUSY = {
    "user task": ("user x {}", "x"),
    "service task": ("service x [camunda:type='external' camunda:topic='own'] {}", "x"),
    "subprocess": ("sub x {}; in x {{ user t }}", "t"),
    "call activity": ("call x [calledElement='q'] {}", None),
}


@pytest.mark.parametrize("case", BUSY)
@pytest.mark.parametrize("when", ["start", "end"])
def test_given_an_error_of_a_listener_s_worker_that_nobody_catches_when_retried_then_only_the_listener_is_repeated(
    case: str, when: str
) -> None:
    drawn, own = BUSY[case]
    text = diagram(f"start s; {drawn.format(heard(NAKED.format(when)))}; end e; s -> x -> e")
    work = [complete(own)] if own else [answered("x")]
    before = [] if when == "start" else work
    after = work if when == "start" else []
    failed = story(text, *before, error("x", "E"), remote=("q",))
    assert (failed.incidents, failed.work, failed.tasks) == ({"x": "bpmn-error-unhandled"}, {}, {})
    again = story(text, *before, error("x", "E"), retry("x"), remote=("q",))
    assert (list(again.work), again.work["x"].topic, again.tasks) == (["x"], "A", {})
    done = story(text, *before, error("x", "E"), retry("x"), complete("x"), *after, remote=("q",))
    assert done.ends == ("e",)


def test_given_a_handler_inside_when_the_worker_of_a_listener_reports_an_error_then_the_border_catches_it() -> None:
    text = """start s; sub x {}; boundary b on=x error=E; end f; b -> f; end e; s -> x -> e
        in x {{ user t; handler h; in h {{ start i error=E; user u; i -> u }} }}"""
    assert story(diagram(text.format(heard(NAKED.format("start")))), error("x", "E")).ends == ("f",)
    assert story(diagram(text.format(heard(NAKED.format("end")))), complete("t"), error("x", "E")).ends == ("f",)


@pytest.mark.parametrize("when", ["start", "end"])
def test_given_an_ad_hoc_subprocess_when_a_listener_is_waited_for_then_nothing_can_be_begun(when: str) -> None:
    text = diagram(f"start s; adhoc x {heard(NAKED.format(when))}; in x {{ user y; user z }}; end e; s -> x -> e")
    before = [] if when == "start" else [complete("y"), complete("z")]
    waiting = story(text, *before)
    assert not any(choice.elements for choice in waiting.instance.execution.choices())
    done = story(text, *before, complete("x"))
    assert done.open == ["x", "y", "z"] if when == "start" else done.ends == ("e",)


def test_given_listeners_one_after_the_other_when_offered_then_each_has_a_number_of_its_own() -> None:
    text = on_task(NAKED.format("start"), NAKED.format("start"), NAKED.format("end"))
    done = story(text, complete("x"), complete("x"), complete("x"), complete("x"))
    offered = [fact.activity for fact in done.facts(f.ServiceTaskOpened)]
    assert (len(offered), len(set(offered)), done.ends) == (3, 3, ("e",))


def test_given_crowded_runs_with_listeners_when_each_is_heard_then_all_go_on() -> None:
    text = diagram(f"start s; user x times=60 {heard(NAKED.format('start'))}; end e; s -> x -> e")
    assert story(text, *[complete("x")] * 120).ends == ("e",)


def test_given_a_worker_as_listener_when_a_boundary_event_interrupts_then_its_work_is_withdrawn() -> None:
    worker = '<camunda:executionListener class="A" event="start"/>'
    text = f"start s; user x {heard(worker)}; boundary b on=x timer=PT1H; end e; end f; s -> x -> e; b -> f"
    assert list(story(diagram(text)).work) == ["x"]
    done = story(diagram(text), event("b"))
    assert (done.ends, done.work) == (("f",), {})


def test_given_a_listener_that_cannot_be_evaluated_when_heard_then_the_activity_waits_for_help() -> None:
    wrong = '<camunda:executionListener expression="${missing}" event="start"/>'
    stopped = story(on_task(counts("start"), wrong), variables={"n": ""})
    assert (stopped.incidents, stopped.tasks, stopped.variables["n"]) == ({"x": "listener-failed"}, {}, "")
    assert "start listener of 'x'" in stopped.messages[0]
    mended = story(on_task(wrong), put(missing=1), retry("x"))
    assert list(mended.tasks) == ["x"]


@pytest.mark.parametrize("when", ["start", "end"])
def test_given_a_script_as_listener_when_it_has_run_then_what_it_set_is_there(when: str) -> None:
    listener = (
        f'<camunda:executionListener event="{when}"><camunda:script scriptFormat="javascript">'
        'execution.setVariable("n", 1)</camunda:script></camunda:executionListener>'
    )
    text = diagram(f"start s; task x {heard(listener)}; s -> x")
    assert (story(text).variables, story(text).outcome) == ({"n": 1}, "completed")


def test_given_a_script_as_listener_behind_others_when_it_runs_then_it_sees_and_may_change_what_they_set() -> None:
    listener = (
        '<camunda:executionListener event="start"><camunda:script scriptFormat="javascript">'
        'execution.setVariable("n", n + "x")</camunda:script></camunda:executionListener>'
    )
    text = diagram(f"start s; task x {heard(counts('start'), listener, listener, counts('start'))}; s -> x")
    assert story(text, variables={"n": ""}).variables == {"n": "start xxstart "}


def test_given_a_listener_with_input_mappings_when_it_is_evaluated_then_it_sees_them() -> None:
    mapped = (
        '<camunda:inputOutput><camunda:inputParameter name="a">${1 + 1}</camunda:inputParameter></camunda:inputOutput>'
    )
    listener = """<camunda:executionListener event="start" expression="${execution.setVariable('b', a)}"/>"""
    text = diagram(f"start s; user x {heard(mapped, listener)}; s -> x")
    assert story(text).variables == {"b": 2}


@pytest.mark.parametrize(
    "listener",
    [
        '<camunda:taskListener class="A" event="assignment"/>',
        '<camunda:taskListener class="A" event="timeout"/>',
        '<camunda:executionListener class="A" event="take"/>',
        '<camunda:executionListener class="A"/>',
        '<zeebe:taskListeners><zeebe:taskListener type="t" eventType="updating"/></zeebe:taskListeners>',
    ],
)
def test_given_an_event_of_listeners_that_is_not_executed_when_uploaded_then_the_activity_is_named(
    listener: str,
) -> None:
    (found,) = refusals(on_task(listener))
    assert (found.element_id, "nothing is done at the event" in found.message) == ("x", True)
    assert "executed without this one" in warnings(on_task(listener), IGNORE)["x"]
    assert story(on_task(listener), complete("x"), policy=IGNORE).ends == ("e",)


def test_given_listeners_behind_an_event_gateway_when_uploaded_then_they_are_refused() -> None:
    drawn = "start s; event-gateway g {0}; catch c message=m {1}; s -> g -> c"
    at_gateway = diagram(drawn.format(heard(counts("end")), ""))
    at_event = diagram(drawn.format("", heard(counts("start"))))
    assert [entry.element_id for entry in refusals(at_gateway)] == ["g"]
    assert [entry.element_id for entry in refusals(at_event)] == ["c"]


@pytest.mark.parametrize("event", ["start", "end", "", "other"])
def test_given_a_listener_of_a_flow_for_another_event_than_taking_it_when_uploaded_then_it_is_refused(
    event: str,
) -> None:
    text = within_flow(diagram("start s; task x; s -> x"), "p_0", heard(counts(event)))
    (found,) = refusals(text)
    assert (found.element_id, "executionListener of 'p_0'" in found.message) == ("s", True)
    assert story(text, policy=IGNORE, variables={"n": ""}).variables["n"] == ""


def test_given_a_listener_of_a_flow_that_leaves_an_event_gateway_when_uploaded_then_it_is_refused() -> None:
    drawn = diagram("start s; event-gateway g; catch c message=m; s -> g -> c")
    (found,) = refusals(within_flow(drawn, "p_1", heard(counts("take"))))
    assert (found.element_id, "'p_1'" in found.message) == ("g", True)


@pytest.mark.parametrize("case", WORKERS)
def test_given_a_worker_as_listener_when_the_server_refuses_or_ignores_them_then_the_report_says_so(case: str) -> None:
    text = on_task(WORKERS[case][0].format("start"))
    (found,) = refusals(text, REFUSE)
    assert (found.element_id, "cannot run here" in found.message) == ("x", True)
    assert "executed without this one" in warnings(text, IGNORE)["x"]
    assert list(story(text, policy=IGNORE).tasks) == ["x"]
    if case != "job":
        assert "which is waited for" in warnings(text)["x"]


def test_given_an_expression_as_listener_when_listeners_are_ignored_then_it_is_still_evaluated() -> None:
    done = story(on_task(counts("start")), policy=IGNORE, variables={"n": ""})
    assert done.variables["n"] == "start "
