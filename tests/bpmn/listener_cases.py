"""For every place of a listener that is executed, a diagram with it and one without, and where to look."""

from __future__ import annotations

from functools import partial

from bpmn import facts as f
from bpmn.dialects.support import HEARD
from tests.bpmn.attribute_looks import MAPPED_SCOPES, MAPPED_TASKS, WORKED, Look, ext
from tests.bpmn.diagrams import diagram, within_flow, within_process
from tests.conformance.harness import Stimulus, event, story

_KINDS = {**MAPPED_TASKS, **MAPPED_SCOPES, **WORKED, "scriptTask": "script", "callActivity": "call"}
#: What stands around an element that hears listeners, and what has to happen before it is heard.
_AROUND = {
    "startEvent": "start x {}; user y; x -> y",
    "endEvent": "start s; end x {}; s -> x",
    "intermediateCatchEvent": "start s; catch x message=m {}; end e; s -> x -> e",
    "intermediateThrowEvent": "start s; throw x {}; s -> x",
    "boundaryEvent": "start s; user u; boundary x on=u timer=PT1H {}; end e; s -> u; x -> e",
    "exclusiveGateway": "start s; xor x {}; end e; s -> x -> e",
    "parallelGateway": "start s; and x {}; end e; s -> x -> e",
    "inclusiveGateway": "start s; or x {}; end e; s -> x -> e",
    "complexGateway": "start s; complex x {}; end e; s -> x -> e",
    "eventBasedGateway": "start s; event-gateway x {}; catch c message=m; s -> x -> c",
    "scriptTask": "start s; script x [scriptFormat='feel'] {} <script>1</script>; s -> x",
    "callActivity": "start s; call x [calledElement='q'] {}; s -> x",
    **{
        element: f"start s; {kind} x [camunda:type='external' camunda:topic='t'] {{}}; s -> x"
        for element, kind in WORKED.items()
    },
}
_BEFORE = {"boundaryEvent": (event("x"),)}


def _heard(element: str, drawn: str, *stimuli: Stimulus) -> object:
    """What is offered to workers, and the variables."""
    around = _AROUND.get(element, f"start s; {_KINDS.get(element, 'task')} x {{}}; s -> x")
    if element == "sequenceFlow":
        text = within_flow(diagram("start s; task t; s -> t"), "p_0", drawn or " ")
    elif element == "process":
        text = within_process(diagram("start s; task t; s -> t"), drawn)
    else:
        text = diagram(around.format(drawn))
    done = story(text, *_BEFORE.get(element, ()), *stimuli, variables={"n": 1}, remote=("q",))
    return [(fact.topic, fact.retries) for fact in done.facts(f.ServiceTaskOpened)], done.variables


def heard_at(element: str, *stimuli: Stimulus) -> Look:
    return lambda drawn: _heard(element, drawn, *stimuli)


def listening(kind: str, said: str, inner: str = "") -> str:
    return ext(f"<camunda:{kind} {said}>{inner}</camunda:{kind}>")


def hearing(kind: str, said: str) -> str:
    return ext(f"<zeebe:{kind}s><zeebe:{kind} {said}/></zeebe:{kind}s>")


def _event(element: str) -> str:
    return "take" if element == "sequenceFlow" else "start"


def _places(kind: str, event: str) -> dict[str, tuple[Look, str, str]]:
    """Of a listener of Camunda 7 at an element, its attributes and its script."""
    look, one = heard_at("userTask"), partial(listening, kind)
    script = "<camunda:script scriptFormat='juel'>{}</camunda:script>"
    outside = "complete" if kind == "taskListener" else "end"
    sets = "${execution.setVariable('n', 2)}"
    return {
        f"{kind}@class": (look, one(f'event="{event}" class="A"'), one(f'event="{event}" class="B"')),
        f"{kind}@delegateExpression": (
            look,
            one(f'event="{event}" delegateExpression="${{a}}"'),
            one(f'event="{event}" delegateExpression="${{b}}"'),
        ),
        f"{kind}@expression": (
            look,
            one(f'event="{event}" expression="{sets}"'),
            one(f'event="{event}" expression="${{n}}"'),
        ),
        f"{kind}@event": (
            look,
            one(f'event="{event}" expression="{sets}"'),
            one(f'event="{outside}" expression="{sets}"'),
        ),
        f"{kind}/script": (
            look,
            one(f'event="{event}"', script.format(sets)),
            one(f'event="{event}"', script.format("${n}")),
        ),
    }


def camunda_cases() -> dict[str, tuple[Look, str, str]]:
    cases = {**_places("executionListener", "start"), **_places("taskListener", "create")}
    for element in HEARD:
        drawn = listening("executionListener", f'event="{_event(element)}" class="A"')
        cases[f"{element}/executionListener"] = (heard_at(element), drawn, "")
    cases["userTask/taskListener"] = (heard_at("userTask"), listening("taskListener", 'event="create" class="A"'), "")
    return cases


def zeebe_cases() -> dict[str, tuple[Look, str, str]]:
    cases = {}
    for element in HEARD:
        drawn = hearing("executionListener", f'eventType="{_event(element)}" type="a"')
        cases[f"{element}/executionListeners"] = (heard_at(element), drawn, "")
    cases["userTask/taskListeners"] = (
        heard_at("userTask"),
        hearing("taskListener", 'eventType="creating" type="a"'),
        "",
    )
    for kind, begin, end in (("executionListener", "start", "end"), ("taskListener", "creating", "completing")):
        look, one = heard_at("userTask"), partial(hearing, kind)
        cases[f"{kind}s/{kind}"] = (look, one(f'eventType="{begin}" type="a"'), "")
        cases[f"{kind}@type"] = (look, one(f'eventType="{begin}" type="a"'), one(f'eventType="{begin}" type="b"'))
        cases[f"{kind}@eventType"] = (look, one(f'eventType="{begin}" type="a"'), one(f'eventType="{end}" type="a"'))
        cases[f"{kind}@retries"] = (
            look,
            one(f'eventType="{begin}" type="a" retries="7"'),
            one(f'eventType="{begin}" type="a"'),
        )
    return cases
