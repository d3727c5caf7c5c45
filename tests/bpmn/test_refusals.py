"""What would not be executed as drawn is refused by id, with a word on what to do."""

from __future__ import annotations

import pytest

from bpmn.policy import Listeners, Policy
from tests.bpmn.diagrams import definitions, diagram
from tests.bpmn.reading import refusals, upload, warnings

LOOP = "<standardLoopCharacteristics/>"
MULTI = "<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>"
LOOP_OF_3 = '<standardLoopCharacteristics loopMaximum="3"/>'
MAPPING = '<camunda:inputParameter name="x">1</camunda:inputParameter>'
SCRIPT = '<camunda:inputParameter name="x"><camunda:script scriptFormat="js" resource="x.js"/></camunda:inputParameter>'
NESTED = """<camunda:inputParameter name="x"><camunda:list><camunda:list><camunda:set/></camunda:list>
</camunda:list></camunda:inputParameter>""".replace("\n", "")
TOPIC = 'camunda:type="external" camunda:topic="t"'


def extension(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>"


def mappings(inner: str) -> str:
    return extension(f"<camunda:inputOutput>{inner}</camunda:inputOutput>")


def definition(kind: str) -> str:
    return f"<{kind}EventDefinition/>"


#: The element under test is `x`; what surrounds it is sound.
ELEMENTS: dict[str, tuple[str, str]] = {
    "script task": ('script x [scriptFormat="groovy"]<script>1</script>', "groovy"),
    "send task without a message or topic": ("send x", "no message with a name"),
    "business rule task without work": ("rule x", "topic"),
    "start quantity of none": ('task x [startQuantity="0"]', "whole number from 1"),
    "start quantity that is none": ('task x [startQuantity="two"]', "whole number from 1"),
    "completion quantity of none": ('task x [completionQuantity="0"]', "whole number from 1"),
    "endless completion quantity": ('task x [completionQuantity="100000"]', "to 9999"),
    "loop without an end": (f"task x {LOOP}", "never end"),
    "loop with a negative maximum": ('task x <standardLoopCharacteristics loopMaximum="-1"/>', "whole number from 1"),
    "loop with two kinds of repetition": (f"task x {LOOP_OF_3}{MULTI}", "one way only"),
    "loop with a condition that is none": (
        "task x <standardLoopCharacteristics><loopCondition>${a +}</loopCondition></standardLoopCharacteristics>",
        "condition",
    ),
    "multi-instance of nothing": ("user x <multiInstanceLoopCharacteristics/>", "cardinality or a collection"),
    "multi-instance with a cardinality that is none": (
        "user x " + MULTI.replace("3", "${n +}"),
        "loop cardinality",
    ),
    "multi-instance with an event that is none": (
        "user x " + MULTI.replace(">", ' behavior="One" oneBehaviorEventRef="gone">', 1),
        "'gone'",
    ),
    "multi-instance with a default event that is none": (
        "user x " + MULTI.replace(">", ' behavior="None" noneBehaviorEventRef="x">', 1),
        "no event definition",
    ),
    "complex behavior without a condition": (
        "user x " + MULTI.replace(">", ' behavior="Complex"><complexBehaviorDefinition/>', 1),
        "needs a condition",
    ),
    "complex behavior that terminates": (
        "user x "
        + MULTI.replace(
            ">",
            ' behavior="Complex"><complexBehaviorDefinition><condition>${true}</condition>'
            "<event><terminateEventDefinition/></event></complexBehaviorDefinition>",
            1,
        ),
        "kind terminate",
    ),
    "multi-instance with a behavior that is none": ("user x " + MULTI.replace(">", ' behavior="Any">', 1), "'Any'"),
    "activation condition that is none": (
        "complex x <activationCondition>${a +}</activationCondition>",
        "activation condition",
    ),
    "completion condition that is none": (
        "adhoc x <completionCondition>${a +}</completionCondition><task id='t'/>",
        "completion condition",
    ),
    "gateway that takes all events and starts nothing": (
        'event-gateway x [eventGatewayType="Parallel"]; catch c message=m; x -> c',
        "starts a process",
    ),
    "gateway that takes all events and is reached": (
        'event-gateway x [eventGatewayType="Parallel" instantiate="true"]; catch c message=m; x -> c -> x',
        "without a flow to it",
    ),
    "transaction that is undone by an image": ('transaction x [method="##Image"] <task id="t"/>', "draw compensation"),
    "conditional catch without a condition": (f"catch x {definition('conditional')}", "no condition"),
    "condition that is none": ("catch x condition=${a+}", "condition"),
    "catch without definition": ("catch x", "no definition"),
    "definition by a reference that leads nowhere": ("catch x <eventDefinitionRef>d</eventDefinitionRef>", "'d'"),
    "compensation of what does not exist": ("throw x compensate=gone", "'gone'"),
    "error throw": ("throw x error=E", "errorEventDefinition is not executed"),
    "timer without a time": ("catch x <timerEventDefinition/>", "says no time"),
    "timer with two times": (
        "catch x <timerEventDefinition><timeDate>2030-01-01</timeDate><timeDuration>PT1H</timeDuration>"
        "</timerEventDefinition>",
        "one of",
    ),
    "timer that is none": ("catch x timer=soon", "no ISO 8601 duration"),
    "date that is none": ("catch x date=PT1H", "no ISO 8601 date"),
    "cycle that is none": ("catch x cycle=PT1H", "no cycle"),
    "cycle without pause": ("catch x cycle=R/PT0S", "too short"),
    "cycle of none": ("catch x cycle=R0/PT1H", "never fire"),
    "message throw without reference": (f"throw x {definition('message')}", "no message with a name"),
    "service task without work": ("service x", "topic"),
    "topic at a catching event": (
        f'catch x <messageEventDefinition messageRef="message_m" {TOPIC}/><!-- message=m -->',
        "has no topic",
    ),
    "topic on a plain task": (f"task x [{TOPIC}]", "service, send"),
    "topic on a user task": ('user x [camunda:topic="t"]', "service, send"),
    "expression on a plain task": ('task x [camunda:expression="${1}"]', "service, send"),
    "result variable on a user task": ('user x [camunda:resultVariable="r"]', "service, send"),
    "connector beside a topic": (f"service x [{TOPIC}] " + extension("<camunda:connector/>"), "remove one of both"),
    "connector at a plain task": ("task x " + extension("<camunda:connector/>"), "connectors"),
    "execution listener of nothing": (
        "task x " + extension('<camunda:executionListener event="start"/>'),
        "nothing says what",
    ),
    "execution listener that does two things": (
        "task x " + extension('<camunda:executionListener event="start" class="a.B" expression="${1}"/>'),
        "does one thing only",
    ),
    "task listener of no event": ("user x " + extension('<camunda:taskListener class="a.B"/>'), "nothing is done at"),
    "task listener elsewhere": ("task x " + extension('<camunda:taskListener class="a.B"/>'), "user tasks only"),
    "script of a listener elsewhere": (
        "task x "
        + extension(
            '<camunda:executionListener event="start"><camunda:script resource="a.js"/></camunda:executionListener>'
        ),
        "written into the diagram",
    ),
    "listener in an unknown language": (
        "task x "
        + extension(
            '<camunda:executionListener event="end"><camunda:script scriptFormat="ruby">x</camunda:script></camunda:executionListener>'
        ),
        "the script language 'ruby' is not supported",
    ),
    "unknown camunda attribute": ('task x [camunda:frobnicate="1"]', "camunda:frobnicate is not known"),
    "unknown camunda element": ("task x " + extension("<camunda:frobnicate/>"), "camunda:frobnicate is not known"),
    "unknown zeebe element": ("task x " + extension("<zeebe:frobnicate/>"), "zeebe:frobnicate is not known"),
    "unknown zeebe attribute": (
        "service x " + extension('<zeebe:taskDefinition type="t" frobnicate="1"/>'),
        "frobnicate is not known",
    ),
    "script of a file in a mapping": (f"task x {mappings(SCRIPT)}", "written into the diagram"),
    "something else in a nested list of a mapping": (f"task x {mappings(NESTED)}", "set in a mapping is not executed"),
    "mapping to a path of something else": (
        "task x " + extension('<zeebe:ioMapping><zeebe:input source="=1" target="$.b"/></zeebe:ioMapping>'),
        "plain variable name",
    ),
    "mapping at a gateway": (f"xor x {mappings(MAPPING)}", "mappings"),
    "call mapping without target": (
        'call x [calledElement="q"] ' + extension('<camunda:in source="a"/>'),
        "target",
    ),
    "call mapping without source": (
        'call x [calledElement="q"] ' + extension('<camunda:out target="a"/>'),
        "source",
    ),
    "call mapping of some": (
        'call x [calledElement="q"] ' + extension('<camunda:in variables="some"/>'),
        "all",
    ),
    "call of nothing": ("call x", "calledElement"),
    "call by something else than a key": ('call x [calledElement="q" camunda:calledElementType="id"]', "by their key"),
    "topic and expression": (f'service x [{TOPIC} camunda:expression="${{1}}"]', "remove one of both"),
    "call of a case": ('call x [camunda:caseRef="c"]', "CMMN"),
    "call with an unknown binding": (
        'call x [calledElement="q" camunda:calledElementBinding="newest"]',
        "binding must be one of",
    ),
    "call of a version without one": (
        'call x [calledElement="q" camunda:calledElementBinding="version"]',
        "needs the version",
    ),
    "assignee that is no expression": ('user x [camunda:assignee="${a +}"]', "assignee"),
    "assignee of an unknown function": ('user x [camunda:assignee="${find(1)}"]', "assignee"),
    "topic that is no expression": ('service x [camunda:type="external" camunda:topic="${"]', "topic"),
    "mapping that is no expression": (
        "task x " + mappings('<camunda:inputParameter name="i">${a +}</camunda:inputParameter>'),
        "input 'i'",
    ),
    "mapping without a name": ("task x " + mappings("<camunda:inputParameter>1</camunda:inputParameter>"), "name"),
    "name that is no expression": ('user x [name="${a +}"]', "name"),
}


@pytest.mark.parametrize("case", ELEMENTS)
def test_given_an_element_that_is_not_executed_when_uploaded_then_it_is_refused_by_id(case: str) -> None:
    statement, said = ELEMENTS[case]
    found = refusals(diagram(f"start s; {statement}; end e; s -> x -> e"))
    assert [entry.element_id for entry in found] == ["x"] * len(found)
    assert any(said in entry.message for entry in found), found
    assert all(entry.file == "upload.bpmn" and entry.line == 2 for entry in found)


#: As above, but with a whole level of its own; the refused element is named.
LEVELS: dict[str, tuple[str, str, str]] = {
    "cancel end outside a transaction": ("start s; end x cancel; s -> x", "x", "belong to a transaction"),
    "cancel end in a subprocess of a transaction": (
        "start s; transaction t; s -> t; in t { sub w; in w { task a; end x cancel; a -> x } }",
        "x",
        "belong to a transaction",
    ),
    "task triggered by an event": ('task x [triggeredByEvent="true"]', "x", "a task is not triggered by an event"),
    "transaction triggered by an event": (
        'task a; transaction x [triggeredByEvent="true"]; in x { start i error; task t; i -> t }',
        "x",
        "a transaction is not triggered by an event",
    ),
    "conditional start by a script": (
        "start x <conditionalEventDefinition><condition language='python'>any(n)</condition></conditionalEventDefinition>"
        "; end e; x -> e",
        "x",
        "only simple expressions",
    ),
    "escalation start": ("start x escalation=E; end e; x -> e", "x", "escalationEventDefinition is not executed"),
    "start that needs several signals": (
        'start x message=m signal=n [parallelMultiple="true"]; end e; x -> e',
        "x",
        "messages only",
    ),
    "event subprocess without a start": ("user a; handler x; in x { task b }", "x", "needs a start event"),
    "event subprocess with a plain start": (
        "user a; handler h; in h { start x; task b; x -> b }",
        "x",
        "no definition",
    ),
    "flow into an event subprocess": (
        "start s; task a; handler h; s -> a -> h; in h { start hs message=m; task b; hs -> b }",
        "p_1",
        "begins by its event only",
    ),
    "quiet error handler": (
        "user a; handler h; in h { start x error=E quiet; task b; x -> b }",
        "x",
        "always interrupts",
    ),
    "error start": ("start x error; end e; x -> e", "x", "errorEventDefinition is not executed"),
    "message start of an embedded subprocess": (
        "start s; sub w; s -> w; in w { start x message=m ; task a; x -> a }",
        "x",
        "startEvent of a subprocess with messageEventDefinition is not executed",
    ),
    "subprocess that nothing begins in": (
        "start s; sub w; s -> w; in w { task a; task b; a -> b; b -> a }",
        "w",
        "nothing begins",
    ),
    "process that nothing begins in": ("task a; task b; a -> b; b -> a", "p", "nothing begins"),
    "boundary without definition": ("start s; user a; boundary x on=a; s -> a; end e; x -> e", "x", "no definition"),
    "compensation boundary with a handler that is none": (
        "start s; user a; boundary x on=a compensate; task h; s -> a; x ~> h",
        "x",
        "marked isForCompensation",
    ),
    "flow out of a compensation boundary": (
        'start s; user a; boundary x on=a compensate; task h [isForCompensation="1"]; task t; s -> a; x ~> h; x -> t',
        "p_1",
        "compensation",
    ),
    "flow out of a compensation handler": (
        'start s; user a; boundary b on=a compensate; task h [isForCompensation="1"]; task t; s -> a; b ~> h; h -> t',
        "p_1",
        "begins by its event only",
    ),
    "cancel boundary of a task": ("start s; user a; boundary x on=a cancel; s -> a", "x", "belong to a transaction"),
    "quiet cancel boundary": (
        "start s; transaction t; boundary x on=t cancel quiet; s -> t; in t { task a }",
        "x",
        "always interrupts",
    ),
    "conditional boundary without a condition": (
        f"start s; user a; boundary x on=a {definition('conditional')}; s -> a",
        "x",
        "no condition",
    ),
    "link throw without a catch": ("start s; throw x link=there; s -> x", "x", "'there'"),
    "link beside another definition": (
        "start s; throw x message=m link=l; s -> x; catch c link=l; task a; c -> a",
        "x",
        "only definition",
    ),
    "two links of one name": (
        "start s; throw t link=l; s -> t; catch c link=l; catch x link=l; task a; c -> a; x -> a",
        "x",
        "twice",
    ),
    "flow out of a throwing link": (
        "start s; throw t link=l; task b; s -> t -> b; catch c link=l; task a; c -> a",
        "p_1",
        "link",
    ),
    "link to another level": (
        "start s; throw x link=l; sub w; s -> w -> x; in w { catch c link=l; task a; c -> a }",
        "x",
        "'l'",
    ),
    "quiet error": ("start s; user a; boundary x on=a error=E quiet; s -> a; end e; x -> e", "x", "always interrupts"),
    "quiet error, written as 0": (
        'start s; user a; boundary x on=a error=E [cancelActivity="0"]; s -> a; end e; x -> e',
        "x",
        "always interrupts",
    ),
    "caught error without a fixed code": (
        "start s; user a; boundary x on=a error=${c} ; s -> a; end e; x -> e",
        "x",
        "must be fixed",
    ),
    "boundary on nothing": ("start s; user a; boundary x timer=PT1H; s -> a", "x", "attachedToRef None"),
    "boundary on a gateway": ("start s; xor g; boundary x on=g timer=PT1H; end e; s -> g -> e", "x", "no activity"),
    "boundary on another level": (
        "start s; sub w; boundary x on=a timer=PT1H; s -> w; in w { user a }",
        "x",
        "no activity of this level",
    ),
    "boundary behind an event-based gateway": (
        """start s; event-gateway g; receive r message=m; boundary x on=r timer=PT1H; catch c message=n; end e
        s -> g -> r -> e; g -> c -> e; x -> e""",
        "x",
        "behind an event-based gateway",
    ),
    "mapping of a boundary event": (
        f"start s; user a; boundary x on=a message=m {mappings(MAPPING)}; s -> a; end e; x -> e",
        "x",
        "mappings",
    ),
    "mapping of a start event": (f"start x {mappings(MAPPING)}; end e; x -> e", "x", "mappings"),
    "input behind an event-based gateway": (
        f"""start s; event-gateway g; catch x message=m {mappings(MAPPING)}; catch c message=n; end e
        s -> g -> x -> e; g -> c -> e""",
        "x",
        "input mappings",
    ),
    "event-based gateway without events": ("start s; event-gateway x; s -> x", "x", "needs events"),
    "event-based gateway before a task": (
        "start s; event-gateway x; user a; catch c message=m; s -> x -> a; x -> c",
        "x",
        "'a' is none",
    ),
    "start event with a name from variables": ("start x message=go-${n}; end e; x -> e", "x", "must be fixed"),
    "script beside the process": (
        "start s; task a; s -> a; script x " + extension('<zeebe:script expression="=1 +"/>'),
        "x",
        "the text ends too soon",
    ),
}


@pytest.mark.parametrize("case", LEVELS)
def test_given_a_level_that_is_not_executed_when_uploaded_then_the_element_is_refused_by_id(case: str) -> None:
    text, element, said = LEVELS[case]
    found = refusals(diagram(text))
    assert [entry.element_id for entry in found] == [element] * len(found)
    assert any(said in entry.message for entry in found), found


FLOWS: dict[str, tuple[str, str, str]] = {
    "no source": ('<sequenceFlow id="x" targetRef="a"/>', "x", "needs a sourceRef"),
    "no target": ('<sequenceFlow id="x" sourceRef="a"/>', "x", "needs a targetRef"),
    "missing source": ('<sequenceFlow id="x" sourceRef="gone" targetRef="a"/>', "x", "'gone' does not exist"),
    "missing target": ('<sequenceFlow id="x" sourceRef="a" targetRef="gone"/>', "x", "'gone' does not exist"),
    "into a subprocess": ('<sequenceFlow id="x" sourceRef="a" targetRef="i"/>', "x", "at another level"),
    "out of a subprocess": ('<sequenceFlow id="x" sourceRef="i" targetRef="a"/>', "x", "at another level"),
    "between processes": ('<sequenceFlow id="x" sourceRef="a" targetRef="other"/>', "x", "at another level"),
    "out of an end event": ('<sequenceFlow id="x" sourceRef="e" targetRef="a"/>', "x", "may leave the end event"),
    "into a start event": ('<sequenceFlow id="x" sourceRef="a" targetRef="s"/>', "x", "may lead into the startEvent"),
    "into a boundary event": ('<sequenceFlow id="x" sourceRef="a" targetRef="b"/>', "x", "into the boundaryEvent"),
    "to what is no node": ('<sequenceFlow id="x" sourceRef="a" targetRef="f1"/>', "x", "at another level"),
    "condition that is none": (
        '<sequenceFlow id="x" sourceRef="a" targetRef="e"><conditionExpression>${n ==}</conditionExpression>'
        "</sequenceFlow>",
        "x",
        "conditionExpression",
    ),
    "condition in a language that is not executed": (
        '<sequenceFlow id="x" sourceRef="a" targetRef="e">'
        '<conditionExpression language="groovy">n</conditionExpression></sequenceFlow>',
        "x",
        "groovy",
    ),
    "condition of a file": (
        '<sequenceFlow id="x" sourceRef="a" targetRef="e">'
        '<conditionExpression camunda:resource="x.js"/></sequenceFlow>',
        "x",
        "write the condition into the diagram",
    ),
}
LEVEL = """<process id="p"><startEvent id="s"/><userTask id="a"/><boundaryEvent id="b" attachedToRef="a">
<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition></boundaryEvent>
<subProcess id="w"><userTask id="i"/></subProcess><endEvent id="e"/>
<sequenceFlow id="f1" sourceRef="s" targetRef="a"/><sequenceFlow id="f2" sourceRef="a" targetRef="w"/>
<sequenceFlow id="f3" sourceRef="b" targetRef="e"/>
{}
</process><process id="q"><userTask id="other"/></process>"""


def test_given_the_level_around_bad_flows_when_uploaded_then_it_is_sound() -> None:
    assert refusals(definitions(LEVEL.format(""))) == []


def without_family(data: bytes) -> bytes:
    """A file in which nothing says that it is made for Camunda 7 or a relative."""
    return data.replace(b' xmlns:camunda="http://camunda.org/schema/1.0/bpmn"', b"")


@pytest.mark.parametrize("case", FLOWS)
def test_given_a_bad_flow_when_uploaded_then_it_is_refused_with_its_line(case: str) -> None:
    flow, element, said = FLOWS[case]
    (found,) = refusals(definitions(LEVEL.format(flow)))
    assert (found.element_id or "", found.line) == (element, 7)
    assert said in found.message


@pytest.mark.parametrize(
    ("content", "element", "said"),
    [
        (LEVEL.format('<userTask id="a"/>'), "a", "used twice; first in line 2"),
        (LEVEL.format('<exclusiveGateway id="x" default="f1"/>'), "x", "default flow 'f1' does not leave"),
        (LEVEL.format('<exclusiveGateway id="x" default="gone"/>'), "x", "default flow 'gone' does not leave"),
        (LEVEL.format('<receiveTask id="x" messageRef="gone"/>'), "x", "messageRef 'gone' leads to no message"),
        (LEVEL.format('<receiveTask id="x" messageRef="a"/>'), "x", "messageRef 'a' leads to no message"),
        (
            LEVEL.format('<endEvent id="x"><errorEventDefinition errorRef="gone"/></endEvent>'),
            "x",
            "errorRef 'gone' leads to no error",
        ),
        (
            LEVEL.format('<endEvent id="x"><signalEventDefinition signalRef="gone"/></endEvent>'),
            "x",
            "signalRef 'gone' leads to no signal",
        ),
        (LEVEL.format("").replace('<process id="q">', '<process id="p">'), "p", "used twice"),
        (LEVEL.format("").replace('<process id="q">', "<process>"), None, "a process needs an id"),
        (LEVEL.format(f'<userTask id="{"x" * 300}"/>'), "x" * 300, "300 characters"),
        (LEVEL.format('<frobnicate id="x"/>'), "x", "no element of BPMN"),
    ],
)
def test_given_ids_or_references_that_do_not_fit_when_uploaded_then_they_are_refused(
    content: str, element: str | None, said: str
) -> None:
    (found,) = refusals(without_family(definitions(content)))
    assert found.element_id == element
    assert said in found.message


def test_given_an_expression_that_is_not_supported_when_uploaded_then_its_position_is_told() -> None:
    text = LEVEL.format(FLOWS["condition that is none"][0])
    (found,) = refusals(definitions(text))
    assert found.attribute == "conditionExpression"
    assert "(at character 7 of '${n ==}')" in found.message


def test_given_a_condition_in_xpath_when_uploaded_then_the_refusal_says_so() -> None:
    text = "start s; xor x; end a; end b; s -> x; x -> a : bpmn:getDataObject('approved'); x -> b : default"
    (found,) = refusals(diagram(text))
    assert "this is XPath, which is not executed" in found.message


def test_given_many_problems_when_uploaded_then_all_are_told_at_once_in_order() -> None:
    text = """start s; script a [scriptFormat="ruby"]<script>1</script>; user b [camunda:assignee="${x +}"]; service c [camunda:topic="${"]; catch d timer=soon
        receive e; call f; task g [camunda:nope="1"]; user h <standardLoopCharacteristics/>
        catch i <messageEventDefinition messageRef="gone"/>; boundary j on=nowhere timer=PT1H
        s -> a -> b -> c -> d -> e -> f -> g -> h; h -> i : ${x ==}; i -> gone"""
    found = [entry.element_id for entry in refusals(diagram(text).replace(b"><", b">\n<"))]
    assert found == ["a", "b", "c", "d", "f", "g", "h", "i", "j", "p_8", "p_9"]


def test_given_a_name_when_refused_then_the_report_tells_it() -> None:
    (found,) = refusals(diagram('start s; service x [name="Do the thing"]; s -> x'))
    assert (found.name, found.element_type, found.element_id) == ("Do the thing", "serviceTask", "x")


def test_given_a_usable_file_when_uploaded_then_the_report_names_every_element() -> None:
    report, _ = upload(diagram('start s; user a [camunda:assignee="x"]; end e; s -> a -> e'))
    entries = {(entry.element_id, entry.attribute) for entry in report.entries}
    assert entries >= {("p", None), ("s", None), ("a", None), ("a", "camunda:assignee"), ("e", None), ("p_0", None)}


MANY_LINES = """<process id="p" isExecutable="true"><startEvent id="s"/>
<userTask id="a" name="Do it">
<extensionElements>
{}
</extensionElements></userTask><sequenceFlow id="f" sourceRef="s" targetRef="a"/></process>"""


@pytest.mark.parametrize(
    "item",
    [
        "<camunda:nothing/>",
        '<camunda:taskListener event="delete" expression="${1}"/>',
        '<camunda:taskListener event="create"/>',
        '<camunda:executionListener event="start" expression="${1 +}"/>',
        "<camunda:connector><camunda:connectorId>x</camunda:connectorId></camunda:connector>",
        '<camunda:inputOutput><camunda:inputParameter name=""/></camunda:inputOutput>',
    ],
)
def test_given_a_refused_extension_element_when_uploaded_then_its_own_line_is_named(item: str) -> None:
    data = definitions(MANY_LINES.format(item))
    own = data[: data.index(item.encode())].count(b"\n") + 1
    assert {(entry.line, entry.element_id, entry.name) for entry in refusals(data)} == {(own, "a", "Do it")}


def test_given_a_listener_to_events_of_another_engine_when_uploaded_then_it_says_what_to_draw_instead() -> None:
    listener = '<extensionElements><camunda:eventListener class="x.Y"/></extensionElements>'
    data = definitions(f'<process id="p">{listener}<startEvent id="s"/></process>')
    (refused,) = refusals(data)
    for said in ("inside of Flowable", "draw an execution listener", "history over the API", "THROUGHLINE_LISTENERS"):
        assert said in refused.message
    assert "executed without this one" in warnings(data, Policy(listeners=Listeners.IGNORE))["p"]
