"""Where to look for the outcome of a vendor's attributes: each look draws what it is given into a diagram and plays it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from bpmn import facts as f
from bpmn.deciding import DecisionInForce, DecisionReference
from bpmn.decisions import load
from tests.bpmn.diagrams import diagram
from tests.bpmn.reading import refusals
from tests.conformance.harness import CONTEXT, answered, complete, error, event, parse, put, story

Look: TypeAlias = Callable[[str], object]

MAPPED_TASKS = {"task": "task", "manualTask": "manual", "userTask": "user", "receiveTask": "receive"}
MAPPED_SCOPES = {"subProcess": "sub", "transaction": "transaction", "adHocSubProcess": "adhoc"}
WORKED = {"serviceTask": "service", "sendTask": "send", "businessRuleTask": "rule"}
VARIABLES = {"n": 1, "list": [5, 6]}
DECISIONS = load(
    {
        "two.dmn": b"""<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="two" name="two" namespace="n">
        <decision id="a"><variable name="a"/><literalExpression><text>n + 1</text></literalExpression></decision>
        <decision id="b"><variable name="b"/><literalExpression><text>n + 2</text></literalExpression></decision>
        </definitions>"""
    }
)


def ext(inner: str) -> str:
    return f"<extensionElements>{inner}</extensionElements>" if inner else ""


def mapping(inner: str) -> str:
    return f"<camunda:inputOutput>{inner}</camunda:inputOutput>"


def outcome(text: str, *stimuli: Any, root: str = "", attributes: str = "", key: str = "p") -> Any:
    return story(diagram(text, key, root, attributes), *stimuli, variables=VARIABLES)


def node(kind: str) -> Look:
    """The open work, tasks and local variables of one node that is given its attributes or inner XML."""

    def look(drawn: str) -> object:
        done = outcome(f"start s; {kind} x {drawn}; s -> x")
        local = done.locals("x") if "x" in done.open else {}
        return done.facts(f.ServiceTaskOpened), done.facts(f.UserTaskOpened), local, done.open, done.variables

    return look


def passed(kind: str, *stimuli: Any) -> Look:
    """The variables when one node is behind the process."""
    return lambda drawn: outcome(f"start s; {kind} x {drawn}; user y; s -> x -> y", *stimuli).variables


def refused_work(kind: str) -> Look:
    """Where a process goes on when its work is done."""
    text = "start s; {} x {}; boundary b on=x error=E; user y; user z; s -> x -> z; b -> y"
    return lambda drawn: outcome(text.format(kind, drawn), complete("x", r=2)).open


def thrown(drawn: str) -> object:
    """What a throwing message event offers or sends; its definition is given."""
    done = outcome(f"start s; throw x {drawn}; s -> x; throw z message=m")
    return done.facts(f.ServiceTaskOpened), done.facts(f.MessageThrown), done.locals("x") if "x" in done.open else {}


def border(kind: str) -> Look:
    return lambda drawn: (
        story(
            diagram(f"start s; {kind} x {drawn}; user y; s -> x -> y"), proceeds=False, variables=VARIABLES
        ).instance.by_advance
    )


def priorities(drawn: str) -> object:
    """How urgent timers are; the attributes of the process, and behind a bar those of the boundary event."""
    of_process, _, of_event = drawn.partition("|")
    text = f"start s; user x; boundary b on=x timer=PT1H [{of_event}]; s -> x"
    return [fact.priority for fact in outcome(text, attributes=of_process).facts(f.TimerArmed)]


def of_process(drawn: str) -> object:
    """What a service task of a process with these attributes, or this inner XML, is offered as."""
    tagged = drawn if drawn.startswith("<") else ""
    work = 'service x [camunda:type="external" camunda:topic="t"]'
    data = diagram(f"start s; {work}; s -> x", attributes="" if tagged else drawn)
    data = data.replace(b"<startEvent", tagged.encode() + b"<startEvent", 1)
    return parse(data)["p"].version_tag, story(data).work["x"].priority


def call(drawn: str) -> object:
    """How a process is called, and what comes back; the attributes and, behind a bar, the extensions are given."""
    attributes, _, inner = drawn.partition("|")
    done = story(
        diagram(f"start s; call x [{attributes}] {ext(inner)}; user y; s -> x -> y"),
        answered("x", r=7),
        variables=VARIABLES,
        remote=("q", "r"),
    )
    return done.facts(f.ProcessCalled), done.variables


def caught(kind: str) -> Look:
    """The variables when a worker's error, or an escalation, was caught by an event with this definition."""
    raised = {
        "error": 'service a [camunda:type="external" camunda:topic="t"]',
        "escalation": "sub a; in a { start as; end ae escalation=E; as -> ae }",
    }[kind]
    stimuli = [error("a", "E", "why")] if kind == "error" else []
    return lambda drawn: (
        outcome(f"start s; {raised}; boundary b on=a {drawn}; user y; s -> a; b -> y", *stimuli).variables
    )


def conditioned(drawn: str) -> object:
    """Whether a condition is seen to be true after `m` was created, and after `n` was changed."""
    condition = "<condition>${n > 1 || m}</condition>"
    inner = drawn if drawn.startswith("<") else ""
    definition = (
        f"<conditionalEventDefinition {'' if inner else drawn}>{ext(inner)}{condition}</conditionalEventDefinition>"
    )
    text = f"start s; catch x {definition}; user y; s -> x -> y"
    condition_of_m = definition.replace("n > 1 || m", "execution.hasVariable('m')")
    created = f"start s; catch x {condition_of_m}; user y; s -> x -> y"
    return outcome(text, put(n=2)).open, outcome(created, put(m=True)).open


def errors(drawn: str) -> object:
    """The message of an error that a subprocess ends with."""
    definition = '<errorEventDefinition errorRef="r"/>'
    catching = '<errorEventDefinition errorRef="r" camunda:errorMessageVariable="said"/>'
    text = f"""start s; sub a; boundary b on=a {catching}; user y; s -> a; b -> y
        in a {{ start as; end ae {definition}; as -> ae }}"""
    return outcome(text, root=f'<error id="r" errorCode="E" {drawn}/>').variables


def signals(drawn: str) -> object:
    """What others hear of a signal: the attributes of the signal, and behind a bar those inside its definition."""
    of_signal, _, inner = drawn.partition("|")
    attributes, extensions = ("", inner) if inner.startswith("<") else (inner, "")
    definition = f'<signalEventDefinition signalRef="g" {attributes}>{ext(extensions)}</signalEventDefinition>'
    root = f'<signal id="g" name="alarm" {of_signal}/>'
    return outcome(f"start s; throw x {definition}; s -> x", root=root).facts(f.SignalThrown)


def ended(drawn: str) -> object:
    definition = f"<terminateEventDefinition {drawn}/>"
    text = f"start s; and g; user u; sub w; s -> g -> u; g -> w; in w {{ start ws; end t {definition}; ws -> t }}"
    return outcome(text).outcome


def repeated(kind: str, drawn: str) -> object:
    """Runs with their local variables, and the results; the attributes or inner XML of the loop are given."""
    inner = drawn if drawn.startswith("<") else ""
    loop = f"<multiInstanceLoopCharacteristics {'' if inner else drawn}>{ext(inner)}"
    text = f"start s; user x {loop}</multiInstanceLoopCharacteristics>; user y; s -> x -> y"
    if refusals(diagram(text)):
        return "refused"
    done = outcome(text)
    finished = outcome(text, complete("x", r=1), complete("x", r=2)) if kind == "results" else done
    return done.facts(f.ActivityStarted), [fact for fact in done.facts(f.VariableSet) if fact.scope], finished.variables


def runs(drawn: str) -> object:
    return repeated("runs", drawn)


def results(drawn: str) -> object:
    return repeated("results", drawn)


def correlated(drawn: str) -> object:
    """The key that a message is awaited with; the inner XML of the message is given."""
    definition = '<messageEventDefinition messageRef="m"/>'
    root = f'<message id="m" name="go">{drawn}</message>'
    return outcome(f"start s; catch x {definition}; s -> x", root=root).facts(f.MessageAwaited)


def started(drawn: str) -> object:
    """The variables behind a start event that is given its attributes or inner XML."""
    return outcome(f"start s {drawn}; user y; s -> y").variables


def bounded(kind: str) -> Look:
    return lambda drawn: (
        outcome(f"start s; user a; boundary x on=a timer=PT1H {drawn}; user y; s -> a; x -> y", event("x")).variables
    )


def usable(drawn: str) -> object:
    return bool(refusals(diagram(f"start s; call x [calledElement='q' {drawn}]; s -> x")))


def ruled(drawn: str) -> object:
    """Which decision a business rule task asks for, and the variables behind it."""
    asked = []

    def find(wanted: DecisionReference) -> DecisionInForce:
        asked.append(wanted)
        return DecisionInForce(wanted.key, 1, "file", DECISIONS)

    data = diagram(f"start s; rule x {drawn}; user y; s -> x -> y")
    return asked, story(data, variables=VARIABLES, context=replace(CONTEXT, decisions=find)).variables


def readable(kind: str) -> Look:
    """Whether a node of any kind is accepted."""
    return lambda drawn: not refusals(diagram(f"start s; {kind} x {drawn}; s -> x"))


def behind(kind: str) -> Look:
    """The variables behind a node of any kind that waits for nobody, or for one who acts."""
    stimuli = {"user": [complete("x")], "receive": [event("x")]}.get(kind, [])
    inside = "; in x { task i }" if kind in MAPPED_SCOPES.values() else ""
    message = " message=m" if kind == "receive" else ""

    def look(drawn: str) -> object:
        return outcome(f"start s; {kind} x{message} {drawn}{inside}; user y; s -> x -> y", *stimuli).variables

    return look


def chosen(drawn: str) -> object:
    """What is open in an ad-hoc subprocess of Camunda 8, where somebody has to choose."""
    mine = "<extensionElements><zeebe:properties/></extensionElements>"
    return outcome(f"start s {mine}; adhoc x {drawn}; in x {{ user i; user j }}; s -> x").open


def offered(kind: str) -> Look:
    return lambda drawn: outcome(f"start s; {kind} x {drawn}; s -> x").facts(f.ServiceTaskOpened)


def ends(drawn: str) -> object:
    return outcome(f"start s; and g; user y; end x {drawn}; s -> g -> y; g -> x").variables


def keyed(drawn: str) -> object:
    """The business key that a called process gets from an instance that has one."""
    text = diagram(f"start s; call x [calledElement='q' {drawn}]; s -> x")
    done = story(text, remote=("q",), context=replace(CONTEXT, business_key="k"))
    return [fact.business_key for fact in done.facts(f.ProcessCalled)]
