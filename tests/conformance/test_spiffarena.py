"""Diagrams as SpiffArena writes them: texts in Python, payloads, operators, forms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import escape, quoteattr

import pytest

from bpmn import facts as f
from bpmn.policy import ForeignWork, Policy
from tests.bpmn.diagrams import definitions, diagram, process
from tests.bpmn.reading import refusals, warnings
from tests.conformance.harness import MONDAY, complete, error, event, parse, story
from tests.conformance.player import sandboxes

CORE = "http://spiffworkflow.org/bpmn/schema/1.0/core"


def spiff(text: str, root: str = "", **written: str) -> bytes:
    """A diagram of SpiffArena: no other vendor's namespace, and its own with the prefix s."""
    return plain(text, root, **written).replace(b"<definitions ", f'<definitions xmlns:s="{CORE}" '.encode())


def plain(text: str, root: str = "", **written: str) -> bytes:
    """A diagram of no vendor, of bpmn.io's modeller; what is `written` stands for `@name`."""
    data = bpmn_io(text, root)
    for name, script in written.items():
        data = data.replace(f"@{name}".encode(), escape(script).encode())
    for vendor in (b"camunda", b"zeebe"):
        data = data.replace(b' xmlns:%s="%s"' % (vendor, _ADDRESSES[vendor]), b"")
    return data


def bpmn_io(text: str, root: str = "") -> bytes:
    """A diagram of one of bpmn.io's modellers."""
    return diagram(text, root=root).replace(b"http://example.org/test", b"http://bpmn.io/schema/bpmn")


_ADDRESSES = {b"camunda": b"http://camunda.org/schema/1.0/bpmn", b"zeebe": b"http://camunda.org/schema/zeebe/1.0"}


def ext(*inner: str) -> str:
    return f"<extensionElements>{''.join(inner)}</extensionElements>"


def said(name: str, text: str) -> str:
    """An extension element with a text."""
    return f"<s:{name}>{escape(text)}</s:{name}>"


# --- scripts that name no language ---


@pytest.mark.parametrize("file", [spiff, plain, bpmn_io])
def test_given_a_script_without_a_format_when_run_then_it_is_python_and_what_it_assigns_are_variables(
    file: Callable[[str], bytes],
) -> None:
    text = "script a <script>total = sum([p['n'] * p['price'] for p in items.values()])</script>"
    done = story(file(f"start s; {text}; user z; s -> a -> z"), variables={"items": {"x": {"n": 2, "price": 3}}})
    assert (done.open, done.variables["total"]) == (["z"], 6)


def test_given_such_a_script_when_uploaded_then_files_of_others_are_warned_of_it() -> None:
    text = "start s; script a <script>x = 1</script>; s -> a"
    assert "run as Python, as SpiffWorkflow does" in warnings(plain(text))["a"]
    assert "run as Python" in warnings(bpmn_io(text))["a"]
    assert warnings(spiff(text)) == {}


def test_given_such_a_script_in_a_file_of_other_modellers_when_uploaded_then_it_is_refused() -> None:
    text = "start s; script a <script>x = 1</script>; s -> a"
    (found,) = refusals(plain(text).replace(b"http://bpmn.io/schema/bpmn", b"http://example.org"))
    assert "nothing says in which language the script is" in found.message


def test_given_such_a_script_when_it_is_no_python_then_it_is_refused_for_want_of_a_format() -> None:
    text = plain("start s; script a <script>@script</script>; s -> a", script="var x = 1; if (x) { y(); }")
    found = refusals(text, Policy(sandboxes=sandboxes()))
    assert {entry.element_id for entry in found} == {"a"}
    assert "it was read as Python, as SpiffWorkflow does; give it a scriptFormat" in found[1].message


def test_given_such_a_script_when_its_text_is_marked_then_the_mark_says_the_language() -> None:
    text = "start s; script a <script>${n + 1}</script>; user z; s -> a -> z"
    assert story(bpmn_io(text), variables={"n": 1}).open == ["z"]
    assert warnings(bpmn_io(text)) == {}


def test_given_a_file_with_such_a_script_when_run_then_its_conditions_are_python_too() -> None:
    drawn = """start s; script a <script>done = False</script>; xor x; user y; user z
        s -> a -> x; x -> y : @if; x -> z : default"""
    text = plain(drawn, **{"if": "any([p['n'] > 1 for p in items]) and not done"})
    assert story(text, variables={"items": [{"n": 2}]}).open == ["y"]
    assert story(text, variables={"items": [{"n": 1}]}).open == ["z"]


def test_given_a_script_of_spiffarena_when_it_uses_common_modules_then_it_needs_no_import() -> None:
    text = "due = datetime.datetime(2026, 1, 1) + timedelta(days=1)\npause = timedelta(minutes=4)\ntime.sleep(1)"
    done = story(spiff("start s; script a <script>@script</script>; user z; s -> a -> z", script=text))
    assert done.variables == {"due": "2026-01-02T00:00:00", "pause": "PT4M"}


def test_given_a_variable_that_is_called_like_such_a_module_when_a_script_runs_then_it_is_the_variable() -> None:
    text = "json = time + 1"
    done = story(spiff(f"start s; script a <script>{text}</script>; user z; s -> a -> z"), variables={"time": 4})
    assert done.variables == {"time": 4, "json": 5}


@pytest.mark.parametrize("call", ["get_group_members('a')", "get_url_for_task_with_bpmn_identifier('a')"])
def test_given_a_function_that_only_spiffarena_has_when_called_then_an_incident_names_it(call: str) -> None:
    done = story(spiff(f"start s; script a <script>x = {call}</script>; user z; s -> a -> z"))
    assert done.open == ["a"]
    (message,) = done.messages
    assert f"name {call.partition('(')[0]!r} is not defined" in message


# --- operators of connectors ---


def operator(result: str = "", retry: str = "", **parameters: str) -> str:
    """A service task's operator with parameters in Python."""
    drawn = "".join(
        f'<s:parameter id="{name}" type="any" value={quoteattr(text)}/>' for name, text in parameters.items()
    )
    named = f' resultVariable="{result}"' if result else ""
    inner = f'<s:parameters>{drawn}<s:parameter id="unused" type="str"/></s:parameters>{retry}'
    return ext(f'<s:serviceTaskOperator id="http/GetRequest"{named}>{inner}</s:serviceTaskOperator>')


def called(drawn: str) -> bytes:
    return spiff(f"start s; service x {drawn}; user z; s -> x -> z")


def test_given_an_operator_when_reached_then_it_is_work_with_its_parameters_as_local_variables() -> None:
    drawn = operator("r", url="'http://x/' + name", headers="{'n': len(name)}", plain="n")
    done = story(called(drawn), variables={"name": "a", "n": 1})
    assert done.work["x"].topic == "http/GetRequest"
    assert done.locals("x") == {"url": "http://x/a", "headers": {"n": 1}, "plain": 1}


def test_given_a_parameter_that_formats_a_text_when_reached_then_it_is_run_as_any_other_python() -> None:
    drawn = operator("r", no="'order-%05d' % n", both="('%s/%s') % (kind, n)", held="str(kind) % n")
    done = story(called(drawn), variables={"n": 7, "kind": "a%d"})
    assert done.locals("x") == {"no": "order-00007", "both": "a%d/7", "held": "a7"}


def test_given_a_parameter_that_formats_the_text_of_a_variable_when_reached_then_the_incident_says_what_to_write() -> (
    None
):
    done = story(called(operator("r", no="kind % n")), variables={"n": 7, "kind": "a%d"})
    assert done.incidents == {"x": "mapping-failed"}
    assert "write str(text) % values" in done.messages[0]


def test_given_a_script_before_an_operator_when_reached_then_the_parameters_see_what_it_set() -> None:
    parts = operator("r", headers="heads").replace(
        "<extensionElements>", f"<extensionElements>{said('preScript', SETS)}"
    )
    done = story(called(parts), variables={"name": "a"})
    assert done.locals("x") == {"headers": {"who": "a"}}


SETS = "heads = dict(who=name)"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"body": [1], "status_code": 200}, {"r": {"body": [1], "status_code": 200}}),
        ({}, {"r": {}}),
        ({"r": 5, "other": 6}, {"r": 5, "other": 6}),
    ],
)
def test_given_an_operator_when_its_worker_is_done_then_the_result_is_one_variable(
    given: dict[str, object], expected: dict[str, object]
) -> None:
    done = story(called(operator("r")), complete("x", **given))
    assert (done.open, done.variables) == (["z"], expected)


def test_given_an_operator_without_a_result_when_done_then_its_variable_is_called_as_in_spiffworkflow() -> None:
    assert story(called(operator()), complete("x", a=1)).variables == {"spiff__x_result": {"a": 1}}


def test_given_an_operator_with_retries_when_reached_then_its_work_has_them() -> None:
    assert story(called(operator(retry='<s:retry retries="3" backoff_base="2"/>'))).work["x"].retries == 3


def test_given_a_parameter_that_cannot_be_computed_when_reached_then_it_is_an_incident_that_names_it() -> None:
    done = story(called(operator(url="address")))
    assert done.incidents == {"x": "mapping-failed"}
    assert "'url'" in done.messages[0]


def test_given_an_operator_when_its_worker_throws_an_error_then_the_event_there_takes_its_payload() -> None:
    root = f'<error id="e" name="e" errorCode="E">{ext(said("variableName", "why"))}</error>'
    caught = '<errorEventDefinition errorRef="e"/>'
    text = spiff(f"start s; service x {operator('r')}; boundary b on=x {caught}; user z; s -> x; b -> z", root)
    done = story(text, error("x", "E", None, reason="slow"))
    assert (done.open, done.variables["why"]) == (["z"], {"reason": "slow"})


def test_given_a_parameter_without_a_name_when_uploaded_then_it_is_refused() -> None:
    drawn = operator(url="n").replace('id="url"', "")
    assert "has no name" in refusals(called(drawn))[0].message


@pytest.mark.parametrize("work", [ForeignWork.PASS, ForeignWork.REFUSE])
def test_given_an_operator_when_the_installation_takes_none_then_it_is_passed_or_refused(work: ForeignWork) -> None:
    policy = Policy(work)
    if work is ForeignWork.REFUSE:
        assert "the operator 'http/GetRequest' cannot run here" in refusals(called(operator()), policy)[0].message
    else:
        assert story(called(operator()), policy=policy).open == ["z"]


def test_given_an_operator_at_a_send_task_when_reached_then_its_message_is_sent_as_in_spiffworkflow() -> None:
    text = spiff(f"start s; send x [messageRef='m'] {operator()}; user z; s -> x -> z", '<message id="m" name="go"/>')
    done = story(text)
    assert (done.open, len(done.facts(f.MessageThrown))) == (["z"], 1)


# --- payloads ---


def message(extensions: str, name: str = "m") -> str:
    return f'<messageEventDefinition messageRef="{name}">{extensions}</messageEventDefinition>'


MESSAGE = '<message id="m" name="go"/>'


@pytest.mark.parametrize(
    ("payload", "sent"),
    [("{'id': n, 'all': [n, 2]}", {"id": 1, "all": [1, 2]}), ("order", {"a": 1}), ("n + 1", {"payload": 2})],
)
def test_given_a_payload_when_a_message_is_thrown_then_it_goes_with_it(payload: str, sent: dict[str, object]) -> None:
    for drawn in (
        f"throw x {message(ext(said('messagePayload', payload)))}",
        f"send x [messageRef='m'] {ext(said('messagePayload', payload))}",
    ):
        done = story(spiff(f"start s; {drawn}; s -> x", MESSAGE), variables={"n": 1, "order": {"a": 1}})
        assert [fact.variables for fact in done.facts(f.MessageThrown)] == [sent]


def test_given_a_payload_at_the_message_itself_when_thrown_then_it_is_taken_from_there() -> None:
    root = f'<message id="m" name="go">{ext(said("messagePayload", "n"))}</message>'
    done = story(spiff(f"start s; end x {message('')}; s -> x", root), variables={"n": {"b": 2}})
    assert [fact.variables for fact in done.facts(f.MessageThrown)] == [{"b": 2}]


def test_given_a_payload_that_cannot_be_computed_when_thrown_then_nothing_is_sent() -> None:
    text = spiff(f"start s; throw x {message(ext(said('messagePayload', 'missing')))}; s -> x", MESSAGE)
    done = story(text)
    assert (done.incidents, done.facts(f.MessageThrown)) == ({"x": "mapping-failed"}, [])


TAKES = ext(said("messageVariable", "r"))
CATCHING = {
    "catch": (f"start s; catch x {message(TAKES)}; user z; s -> x -> z", "x"),
    "receive": (f"start s; receive x [messageRef='m'] {TAKES}; user z; s -> x -> z", "x"),
    "boundary": (f"start s; user a; boundary x on=a {message(TAKES)}; user z; s -> a; x -> z", "x"),
    "gateway": (f"start s; event-gateway g; catch x {message(TAKES)}; user z; s -> g -> x -> z", "x"),
    "event subprocess": (
        f"start s; user a; handler h; in h {{ start x {message(TAKES)}; user z; x -> z }}; s -> a",
        "x",
    ),
}


@pytest.mark.parametrize("where", CATCHING)
def test_given_a_variable_for_the_payload_when_a_message_comes_then_it_takes_in_all_of_it(where: str) -> None:
    drawn, waiting = CATCHING[where]
    text = spiff(drawn, MESSAGE)
    done = story(text, event(waiting, a=1, b={"c": 2}))
    assert "z" in done.open
    assert done.variables == {"r": {"a": 1, "b": {"c": 2}}}
    assert story(text, event(waiting, payload=5)).variables == {"r": 5}


def test_given_a_process_that_a_message_starts_when_it_comes_then_its_variable_takes_in_the_payload() -> None:
    text = spiff(f"start s {message(TAKES)}; user z; s -> z", MESSAGE)
    assert story(text, start="s", variables={"a": 1}).variables == {"r": {"a": 1}}
    assert story(text, start="s", variables={}).variables == {"r": {}}


def carrier(kind: str, *extensions: str) -> str:
    code = f' {kind}Code="E"' if kind != "signal" else ""
    return f'<{kind} id="c" name="c"{code}>{ext(*extensions)}</{kind}>'


@pytest.mark.parametrize("payload", ["{'a': n}", "n"])
@pytest.mark.parametrize("kind", ["signal", "error", "escalation"])
def test_given_a_payload_and_a_variable_when_an_event_is_thrown_then_its_catcher_has_it_there(
    kind: str, payload: str
) -> None:
    root = carrier(kind, said("payloadExpression", payload), said("variableName", "r"))
    definition = f'<{kind}EventDefinition {kind}Ref="c"/>'
    text = spiff(
        f"start s; sub a; boundary b on=a {definition}; user z; s -> a; b -> z"
        f"; in a {{ start i; end e {definition}; i -> e }}",
        root,
    )
    done = story(text, variables={"n": 1})
    assert (done.open, done.variables) == (["z"], {"n": 1, "r": {"a": 1} if "a" in payload else 1})


# --- correlation ---


KEYS = """<message id="q" name="ask"/><message id="m" name="go"/>
    <correlationProperty id="uid" name="uid">
      <correlationPropertyRetrievalExpression messageRef="q"><formalExpression>uid</formalExpression>
      </correlationPropertyRetrievalExpression>
      <correlationPropertyRetrievalExpression messageRef="m"><formalExpression>about['uid']</formalExpression>
      </correlationPropertyRetrievalExpression>
    </correlationProperty>"""
NAMED = """<collaboration id="k"><participant id="pp" processRef="p"/><correlationKey id="key" name="MainCorrelationKey">
    <correlationPropertyRef>uid</correlationPropertyRef></correlationKey></collaboration>"""


@pytest.mark.parametrize("keys", [NAMED, ""])
def test_given_properties_when_a_message_was_sent_then_the_answer_must_carry_what_it_carried(keys: str) -> None:
    ask = message(ext(said("messagePayload", "{'uid': n}")), "q")
    text = spiff(f"start s; throw t {ask}; catch x {message(TAKES)}; user z; s -> t -> x -> z", KEYS + keys)
    (awaited,) = story(text, variables={"n": 7}).facts(f.MessageAwaited)
    (sent,) = story(text, variables={"n": 7}).facts(f.MessageThrown)
    conversations = parse(text)["p"].conversations
    assert awaited.correlation_key in conversations.carried("go", {"about": {"uid": 7}}).values()
    assert awaited.correlation_key in conversations.carried("ask", sent.variables).values()
    assert awaited.correlation_key not in conversations.carried("go", {"about": {"uid": 8}}).values()
    assert conversations.carried("go", {"uid": 7}) == {}


@pytest.mark.parametrize("kind", ["catch", "receive"])
def test_given_a_correlation_with_a_variable_when_waiting_then_the_data_says_what_must_come(kind: str) -> None:
    bound = ext(
        "<s:processVariableCorrelation><s:propertyId>uid</s:propertyId><s:expression>order.id</s:expression>"
        "</s:processVariableCorrelation>"
    )
    drawn = f"catch x {message(bound)}" if kind == "catch" else f"receive x [messageRef='m'] {bound}"
    text = spiff(f"start s; {drawn}; user z; s -> x -> z", KEYS + NAMED)
    (awaited,) = story(text, variables={"order": {"id": 3}}).facts(f.MessageAwaited)
    assert awaited.correlation_key in parse(text)["p"].conversations.carried("go", {"about": {"uid": 3}}).values()
    failed = story(text, variables={})
    assert failed.incidents == {"x": "event-failed"}
    assert "'uid'" in failed.messages[0]


@pytest.mark.parametrize("kind", ["catch", "receive", "boundary"])
@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("nope", "1", "no correlation key of the message 'go' has a property 'nope'"),
        ("", "1", "no correlation key of the message 'go' has a property ''"),
        ("uid", " ", "the correlation property 'uid' has no expression"),
        ("other", "1", "the correlation property 'other' is compared with all of its key: ['more', 'other']"),
    ],
)
def test_given_a_correlation_that_would_not_count_when_uploaded_then_it_is_refused(
    kind: str, name: str, value: str, fault: str
) -> None:
    read = '<correlationPropertyRetrievalExpression messageRef="m"><formalExpression>x</formalExpression>'
    pair = "".join(
        f'<correlationProperty id="{of}">{read}</correlationPropertyRetrievalExpression></correlationProperty>'
        for of in ("other", "more")
    )
    key = '<correlationKey id="two" name="Two"><correlationPropertyRef>other</correlationPropertyRef>'
    key += "<correlationPropertyRef>more</correlationPropertyRef></correlationKey></collaboration>"
    bound = ext(
        f"<s:processVariableCorrelation><s:propertyId>{name}</s:propertyId><s:expression>{value}</s:expression>"
        "</s:processVariableCorrelation>"
    )
    drawn = {
        "catch": f"catch x {message(bound)}; s -> x",
        "receive": f"receive x [messageRef='m'] {bound}; s -> x",
        "boundary": f"user a; boundary x on=a {message(bound)}; user z; s -> a; x -> z",
    }
    text = spiff(f"start s; {drawn[kind]}", KEYS + pair + NAMED.replace("</collaboration>", key))
    (found,) = refusals(text)
    assert (found.element_id, found.message) == ("x", fault)


# --- times ---


def timed(text: str, kind: str = "timeDuration") -> str:
    return f"<timerEventDefinition><{kind}>{escape(text)}</{kind}></timerEventDefinition>"


@pytest.mark.parametrize("time", ["'PT4M'", '"PT4M"', "PT4M", "pause", "order.pause", "timedelta(minutes=n)"])
@pytest.mark.parametrize("at", ["catch x {}; s -> x", "user a; boundary x on=a {}; s -> a"])
def test_given_a_time_in_python_when_reached_then_it_is_computed(at: str, time: str) -> None:
    text = spiff("start s; " + at.format(timed(time)))
    done = story(text, variables={"pause": "PT4M", "order": {"pause": "PT4M"}, "n": 4})
    assert done.due == {"x": MONDAY + timedelta(minutes=4)}


def test_given_a_date_in_python_when_reached_then_it_is_computed() -> None:
    text = spiff(f"start s; catch x {timed('datetime.datetime(2040, 1, 1) + timedelta(days=n)', 'timeDate')}; s -> x")
    assert story(text, variables={"n": 2}).due == {"x": datetime(2040, 1, 3, tzinfo=UTC)}


def test_given_a_time_in_python_when_it_gives_no_time_then_it_is_an_incident() -> None:
    done = story(spiff(f"start s; catch x {timed('n')}; s -> x"), variables={"n": "soon"})
    assert done.incidents == {"x": "timer-invalid"}


def test_given_an_event_subprocess_when_its_time_needs_a_script_then_it_is_refused() -> None:
    start = timed("timedelta(minutes=4)")
    text = f"start s; user a; handler h; in h {{ start x {start}; user z; x -> z }}; s -> a"
    (found,) = refusals(spiff(text))
    assert "only simple expressions of Python" in found.message


# --- scripts around repetitions ---


def looped(on_runs: str) -> bytes:
    scripts = ext(said("preScript", "before = before + [1]"), said("postScript", "after = after + [len(out)]"))
    loop = f"""<multiInstanceLoopCharacteristics isSequential="true" {on_runs}><loopCardinality>2</loopCardinality>"""
    loop += """<loopDataOutputRef>out</loopDataOutputRef><outputDataItem id="o" name="o"/></multiInstanceLoopCharacteristics>"""
    return spiff(f"start s; user x {scripts}{loop}; user z; s -> x -> z")


@pytest.mark.parametrize(
    ("on_runs", "before", "after"), [("", [1], [2]), ("s:scriptsOnInstances='true'", [1, 1], [0, 0])]
)
def test_given_scripts_around_a_repeated_activity_when_done_then_they_ran_once_or_with_each_run(
    on_runs: str, before: list[int], after: list[int]
) -> None:
    given: dict[str, object] = {"before": [], "after": [], "out": []}
    done = story(looped(on_runs), complete("x", o="a"), complete("x", o="b"), variables=given)
    assert (done.open, done.variables["out"]) == (["z"], ["a", "b"])
    assert (done.variables["before"], done.variables["after"]) == (before, after)


# --- people ---


def test_given_a_form_when_its_task_opens_then_the_form_key_is_its_file() -> None:
    form = '<s:property name="formUiSchemaFilename" value="ui.json"/><s:property name="formJsonSchemaFilename" value="f.json"/>'
    text = spiff(f"start s; user x {ext(f'<s:properties>{form}</s:properties>')}; s -> x")
    assert story(text).tasks["x"].form_key == "f.json"


def test_given_a_variable_for_the_answers_when_a_task_is_done_then_it_takes_them_in() -> None:
    text = spiff(f"start s; user x {ext(said('variableName', 'r'))}; user z; s -> x -> z")
    assert story(text, complete("x", a=1, b=2)).variables == {"r": {"a": 1, "b": 2}}


def test_given_instructions_that_are_a_template_when_shown_then_they_are_as_drawn_and_the_report_warns() -> None:
    text = spiff(f"start s; user x {ext(said('instructionsForEndUser', 'Dear {{ name }}, ${x}'))}; s -> x")
    assert story(text).tasks["x"].documentation == "Dear {{ name }}, ${x}"
    assert "template of Jinja" in warnings(text)["x"]


def test_given_a_manual_task_when_reached_then_whoever_does_it_is_waited_for() -> None:
    drawn = f"start s; manual x {ext(said('instructionsForEndUser', 'Water the plants'))}; user z; s -> x -> z"
    waiting = story(spiff(drawn))
    assert (waiting.open, waiting.tasks["x"].documentation) == (["x"], "Water the plants")
    assert story(spiff(drawn), complete("x", wet=True)).open == ["z"]
    assert story(diagram("start s; manual x; user z; s -> x -> z")).open == ["z"]


# --- calls and runs ---


def test_given_a_call_when_the_called_process_is_done_then_all_variables_have_crossed() -> None:
    calling = process("start s; call x [calledElement='q']; user z; s -> x -> z")
    called = process("start i; script y <script>m = n + 1</script>; i -> y", "q")
    data = definitions(calling + called).replace(b"http://example.org/test", b"http://bpmn.io/schema/bpmn")
    done = story(data, key="p", variables={"n": 1})
    assert (done.open, done.variables) == (["z"], {"n": 1, "m": 2})


def test_given_a_number_of_runs_when_run_then_the_item_is_the_number_of_each_from_0() -> None:
    loop = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality><loopDataOutputRef>out</loopDataOutputRef>"
    loop += '<inputDataItem id="i" name="i"/><outputDataItem id="o" name="o"/></multiInstanceLoopCharacteristics>'
    done = story(spiff(f"start s; script x <script>o = i * 2</script>{loop}; user z; s -> x -> z"))
    assert done.variables == {"out": [0, 2, 4]}


@pytest.mark.parametrize("given", [{"a": 1, "b": 2}, [1, 2]])
def test_given_runs_for_the_entries_of_a_map_when_done_then_the_results_are_a_map(given: object) -> None:
    loop = "<multiInstanceLoopCharacteristics><loopDataInputRef>all</loopDataInputRef><loopDataOutputRef>out</loopDataOutputRef>"
    loop += '<inputDataItem id="i" name="i"/><outputDataItem id="o" name="o"/></multiInstanceLoopCharacteristics>'
    done = story(
        spiff(f"start s; script x <script>o = i * 2</script>{loop}; user z; s -> x -> z"), variables={"all": given}
    )
    assert done.variables["out"] == ({"a": 2, "b": 4} if isinstance(given, dict) else [2, 4])


def test_given_a_module_that_is_not_here_when_a_script_uses_it_then_the_incident_says_so() -> None:
    done = story(spiff("start s; script a <script>@script</script>; s -> a", script="import os\nx = os.environ"))
    assert "there is no 'environ' here (line 2" in done.messages[0]


def test_given_a_data_object_with_a_name_of_its_own_when_scripts_use_it_then_its_variable_is_its_id() -> None:
    out = "<dataOutputAssociation id='o'><sourceRef>order</sourceRef><targetRef>r</targetRef></dataOutputAssociation>"
    into = "<dataInputAssociation id='j'><sourceRef>r</sourceRef><targetRef>order</targetRef></dataInputAssociation>"
    text = spiff(
        f"""start s; script a {out}<script>@set</script>; script b {into}<script>n = order['n'] + 1</script>; user z
        s -> a -> b -> z"""
    ).replace(b"@set", b"order = {'n': 1}")
    drawn = b'<dataObject id="order" name="Order"/><dataObjectReference id="r" name="The_order" dataObjectRef="order"/>'
    done = story(text.replace(b"<startEvent", drawn + b"<startEvent", 1))
    assert (done.open, done.variables) == (["z"], {"order": {"n": 1}, "n": 2})
