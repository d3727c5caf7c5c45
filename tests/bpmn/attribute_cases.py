"""For every place of a vendor that is executed, a diagram with it and one without, and where to look for the outcome."""

from __future__ import annotations

from typing import TypeAlias

from tests.bpmn import listener_cases, spiff_cases
from tests.bpmn.attribute_looks import (
    MAPPED_SCOPES,
    MAPPED_TASKS,
    WORKED,
    Look,
    behind,
    border,
    bounded,
    call,
    caught,
    chosen,
    conditioned,
    correlated,
    ended,
    ends,
    errors,
    ext,
    keyed,
    mapping,
    node,
    of_process,
    offered,
    passed,
    priorities,
    readable,
    refused_work,
    results,
    ruled,
    runs,
    signals,
    started,
    thrown,
    usable,
)
from tests.conformance.harness import complete, event

Case: TypeAlias = tuple[Look, str, str]


def output(name: str = "out", value: str = "1") -> str:
    return f'<camunda:outputParameter name="{name}">{value}</camunda:outputParameter>'


#: A loop of each family, with one attribute left out at a time.
def loop(without: str = "") -> str:
    given = {"inputCollection": "=list", "inputElement": "i", "outputCollection": "all", "outputElement": "=r"}
    drawn = " ".join(f'{name}="{value}"' for name, value in given.items() if name != without)
    return f"<zeebe:loopCharacteristics {drawn}/>"


def _begins(element: str) -> str:
    """What begins by itself in an ad-hoc subprocess of Camunda 8."""
    return f"""<zeebe:adHoc activeElementsCollection='=["{element}"]'/>"""


def camunda_cases() -> dict[str, Case]:
    external = external_to("t")
    cases: dict[str, Case] = {
        "process@versionTag": (of_process, 'camunda:versionTag="2"', ""),
        "process@taskPriority": (of_process, 'camunda:taskPriority="7"', ""),
        "process@jobPriority": (priorities, 'camunda:jobPriority="7"', ""),
        "*@jobPriority": (priorities, '|camunda:jobPriority="7"', ""),
        "*@asyncBefore": (border("task"), '[camunda:asyncBefore="true"]', ""),
        "*@async": (border("task"), '[camunda:async="true"]', ""),
        "*@asyncAfter": (border("task"), '[camunda:asyncAfter="true"]', ""),
        "callActivity/inputOutput": (call, f'calledElement="q"|{mapping(output())}', 'calledElement="q"'),
        "intermediateCatchEvent/inputOutput": (passed("catch", event("x")), timed(mapping(output())), timed("")),
        "intermediateThrowEvent/inputOutput": (passed("throw"), ext(mapping(output())), ""),
        "endEvent/inputOutput": (ends, ext(mapping(output())), ""),
        "boundaryEvent/inputOutput": (bounded("camunda"), ext(mapping(output())), ""),
        "inputOutput/inputParameter": (node("user"), ext(mapping(given())), ""),
        "inputOutput/outputParameter": (passed("task"), ext(mapping(output())), ""),
        "inputParameter@name": (node("user"), ext(mapping(given("a"))), ext(mapping(given("b")))),
        "outputParameter@name": (passed("task"), ext(mapping(output("a"))), ext(mapping(output("b")))),
        "map/entry": (passed("task"), ext(mapping(output("a", entries("k")))), ext(mapping(output("a", entries())))),
        "entry@key": (passed("task"), ext(mapping(output("a", entries("k")))), ext(mapping(output("a", entries("l"))))),
        "connector/connectorId": (node("service"), ext(connector("http")), ext(connector("soap"))),
        "connector/inputOutput": (node("service"), ext(connector("http", given())), ext(connector("http"))),
        "field@name": (node("service"), field('name="a" stringValue="1"'), field('name="b" stringValue="1"')),
        "field@stringValue": (node("service"), field('name="a" stringValue="1"'), field('name="a" stringValue="2"')),
        "field@expression": (node("service"), field('name="a" expression="${n}"'), field('name="a"')),
        "field/string": (node("service"), field('name="a"', "<camunda:string>1</camunda:string>"), field('name="a"')),
        "field/expression": (
            node("service"),
            field('name="a"', "<camunda:expression>${n}</camunda:expression>"),
            field('name="a"'),
        ),
        "script@scriptFormat": (
            passed("task"),
            ext(mapping(output("a", script("feel")))),
            ext(mapping(output("a", script("python")))),
        ),
        "scriptTask@autoStoreVariables": (
            readable("script"),
            computed('camunda:autoStoreVariables="true"'),
            computed('camunda:autoStoreVariables="false"'),
        ),
        "scriptTask/inputOutput": (passed("script"), computed("", mapping(output())), computed("")),
        "startEvent@initiator": (started, '[camunda:initiator="who"]', ""),
        "callActivity@calledElementBinding": (call, binding("deployment"), binding("latest")),
        "callActivity@calledElementVersion": (call, versioned("2"), versioned("3")),
        "callActivity@calledElementVersionTag": (call, tagged("a"), tagged("b")),
        "callActivity@calledElementType": (usable, 'camunda:calledElementType="id"', 'camunda:calledElementType="key"'),
        "callActivity@inheritVariables": (
            call,
            'calledElement="q" camunda:inheritVariables="true"',
            'calledElement="q"',
        ),
        "callActivity@businessKey": (call, 'calledElement="q" camunda:businessKey="k"', 'calledElement="q"'),
        "callActivity@inheritBusinessKey": (keyed, 'camunda:inheritBusinessKey="true"', ""),
        "callActivity@sameDeployment": (call, 'calledElement="q" camunda:sameDeployment="true"', 'calledElement="q"'),
        "callActivity/in": (call, crossing('in source="n" target="a"'), crossing("")),
        "callActivity/out": (call, crossing('out source="r" target="a"'), crossing("")),
        "businessRuleTask@decisionRef": (ruled, decided("a"), decided("b")),
        "businessRuleTask@decisionRefBinding": (ruled, decided("a", "Binding=deployment"), decided("a")),
        "businessRuleTask@decisionRefVersion": (
            ruled,
            decided("a", "Binding=version Version=1"),
            decided("a", "Binding=version Version=2"),
        ),
        "businessRuleTask@decisionRefVersionTag": (
            ruled,
            decided("a", "Binding=versionTag VersionTag=x"),
            decided("a", "Binding=versionTag VersionTag=y"),
        ),
        "businessRuleTask@mapDecisionResult": (ruled, decided("a", result="singleEntry"), decided("a")),
        "in@source": (call, crossing('in source="n" target="a"'), crossing('in source="list" target="a"')),
        "in@sourceExpression": (call, crossing('in sourceExpression="${n}" target="a"'), crossing("")),
        "in@target": (call, crossing('in source="n" target="a"'), crossing('in source="n" target="b"')),
        "in@variables": (call, crossing('in variables="all"'), crossing("")),
        "in@local": (call, crossing('in variables="all" local="true"'), crossing('in variables="all"')),
        "out@local": (call, crossing('out variables="all" local="true"'), crossing('out variables="all"')),
        "in@businessKey": (call, crossing('in businessKey="k"'), crossing("")),
        "out@source": (call, crossing('out source="r" target="a"'), crossing('out source="x" target="a"')),
        "out@sourceExpression": (call, crossing('out sourceExpression="${r}" target="a"'), crossing("")),
        "out@target": (call, crossing('out source="r" target="a"'), crossing('out source="r" target="b"')),
        "out@variables": (call, crossing('out variables="all"'), crossing("")),
        "signalEventDefinition/in": (signals, '|<camunda:in source="n" target="a"/>', ""),
        "errorEventDefinition@errorCodeVariable": (caught("error"), catches("errorCodeVariable"), "error=E"),
        "errorEventDefinition@errorMessageVariable": (caught("error"), catches("errorMessageVariable"), "error=E"),
        "errorEventDefinition@errorVariableName": (caught("error"), catches("errorVariableName"), "error=E"),
        "escalationEventDefinition@escalationCodeVariable": (
            caught("escalation"),
            '<escalationEventDefinition camunda:escalationCodeVariable="v"/>',
            "escalation=E",
        ),
        "conditionalEventDefinition@variableName": (conditioned, 'camunda:variableName="other"', ""),
        "conditionalEventDefinition@variableEvents": (conditioned, 'camunda:variableEvents="create"', ""),
        "conditionalEventDefinition@variableEvent": (conditioned, 'camunda:variableEvent="update"', ""),
        "error@errorMessage": (errors, 'camunda:errorMessage="late"', ""),
        "signal@scope": (signals, 'camunda:scope="processInstance"', ""),
        "signalEventDefinition@signalExpression": (signals, '|camunda:signalExpression="a-${n}"', ""),
        "messageEventDefinition@messageExpression": (thrown, sent('camunda:messageExpression="a-${n}"'), sent("")),
        "terminateEventDefinition@terminateAll": (ended, 'camunda:terminateAll="true"', ""),
        "multiInstanceLoopCharacteristics@collection": (runs, 'camunda:collection="list"', ""),
        "multiInstanceLoopCharacteristics@elementIndexVariable": (
            runs,
            'camunda:collection="list" camunda:elementIndexVariable="i"',
            'camunda:collection="list"',
        ),
        "callActivity@useLocalScopeForOutParameters": (
            call,
            'camunda:useLocalScopeForOutParameters="true" ' + crossing('out variables="all"'),
            crossing('out variables="all"'),
        ),
        "multiInstanceLoopCharacteristics@elementVariable": (
            runs,
            'camunda:collection="list" camunda:elementVariable="i"',
            'camunda:collection="list" camunda:elementVariable="j"',
        ),
    }
    for name, value in {
        "assignee": "ann",
        "candidateUsers": "ann,bob",
        "candidateGroups": "sales",
        "dueDate": "2026-03-05",
        "followUpDate": "2026-03-05",
        "priority": "7",
        "formKey": "f",
        "formRef": "f",
    }.items():
        cases[f"userTask@{name}"] = (node("user"), f'[camunda:{name}="{value}"]', "")
    for element, kind in WORKED.items():
        cases[f"{element}@type"] = (node(kind), '[camunda:type="mail"]', f"[{external}]")
        cases[f"{element}@topic"] = (node(kind), f"[{external}]", f"[{external_to('u')}]")
        cases[f"{element}@taskPriority"] = (node(kind), f'[{external} camunda:taskPriority="7"]', f"[{external}]")
        cases[f"{element}@class"] = (node(kind), '[camunda:class="a.B"]', f"[{external}]")
        cases[f"{element}@delegateExpression"] = (node(kind), '[camunda:delegateExpression="${b}"]', f"[{external}]")
        cases[f"{element}/field"] = (node(kind), field('name="a" stringValue="1"'), '[camunda:class="a.B"]')
        cases[f"{element}/connector"] = (node(kind), ext(connector("http")), f"[{external}]")
        cases[f"{element}/errorEventDefinition"] = (refused_work(kind), told("E", "${true}"), f"[{external}]")
    cases["errorEventDefinition@errorRef"] = (refused_work("service"), told("E", "${true}"), told("F", "${true}"))
    cases["errorEventDefinition@expression"] = (refused_work("service"), told("E", "${r == 2}"), told("E", "${r == 3}"))
    definition = {
        "@type": ('camunda:type="mail"', ""),
        "@topic": (external, external_to("u")),
        "@taskPriority": (f'{external} camunda:taskPriority="7"', external),
        "@class": ('camunda:class="a.B"', ""),
        "@delegateExpression": ('camunda:delegateExpression="${b}"', ""),
    }
    for place, (given_one, given_other) in definition.items():
        cases[f"messageEventDefinition{place}"] = (thrown, sent(given_one), sent(given_other))
    code = 'camunda:class="a.B"'
    injected = ext('<camunda:field name="a" stringValue="1"/>')
    cases["messageEventDefinition/field"] = (thrown, sent(code, injected), sent(code))
    cases["messageEventDefinition/connector"] = (thrown, sent("", ext(connector("http"))), sent(""))
    evaluated = 'camunda:expression="${n + 1}"'
    for element, kind in WORKED.items():
        for name in ("resultVariable", "resultVariableName"):
            cases[f"{element}@{name}"] = (passed(kind), f'[{evaluated} camunda:{name}="r"]', f"[{evaluated}]")
        cases[f"{element}@expression"] = (
            passed(kind),
            f'[{evaluated} camunda:resultVariable="r"]',
            '[camunda:expression="${n}" camunda:resultVariable="r"]',
        )
    cases["messageEventDefinition@expression"] = (
        passed("throw"),
        sent(f'{evaluated} camunda:resultVariable="r"'),
        sent('camunda:expression="${n}" camunda:resultVariable="r"'),
    )
    for name in ("resultVariable", "resultVariableName"):
        cases[f"messageEventDefinition@{name}"] = (
            passed("throw"),
            sent(f'{evaluated} camunda:{name}="r"'),
            sent(evaluated),
        )
        cases[f"scriptTask@{name}"] = (passed("script"), computed(f'camunda:{name}="r"'), computed(""))
    for element, kind in {**MAPPED_TASKS, **MAPPED_SCOPES}.items():
        cases[f"{element}/inputOutput"] = (behind(kind), ext(mapping(output())), "")
    for element, kind in WORKED.items():
        cases[f"{element}/inputOutput"] = (
            passed(kind, complete("x")),
            f"[{external}] {ext(mapping(output()))}",
            f"[{external}]",
        )
    return cases


def zeebe_cases() -> dict[str, Case]:
    mapped = '<zeebe:ioMapping><zeebe:output source="=1" target="out"/></zeebe:ioMapping>'
    work = '<zeebe:taskDefinition type="t"/>'
    other = '<zeebe:taskDefinition type="u"/>'
    called = '<zeebe:calledElement processId="q"{}/>'
    script = '<zeebe:script expression="=n + {}" resultVariable="{}"/>'
    cases: dict[str, Case] = {
        "process/versionTag": (of_process, ext('<zeebe:versionTag value="2"/>'), ""),
        "versionTag@value": (of_process, ext('<zeebe:versionTag value="2"/>'), ext('<zeebe:versionTag value="3"/>')),
        "taskDefinition@type": (node("service"), ext(work), ext(other)),
        "taskDefinition@retries": (node("service"), ext('<zeebe:taskDefinition type="t" retries="5"/>'), ext(work)),
        "endEvent/taskDefinition": (offered("end"), ext(work), ""),
        "intermediateThrowEvent/taskDefinition": (offered("throw"), ext(work), ""),
        "scriptTask/taskDefinition": (node("script"), ext(work), ext(other)),
        "scriptTask/ioMapping": (passed("script", complete("x")), ext(work + mapped), ext(work)),
        "scriptTask/script": (passed("script"), ext(script.format(1, "r")), ext(work)),
        "script@expression": (passed("script"), ext(script.format(1, "r")), ext(script.format(2, "r"))),
        "script@resultVariable": (passed("script"), ext(script.format(1, "r")), ext(script.format(1, "q"))),
        "ioMapping/input": (node("user"), ext(io('input source="=n" target="a"')), ""),
        "ioMapping/output": (passed("task"), ext(mapped), ""),
        "callActivity/ioMapping": (call, f"|{called.format('')}{mapped}", f"|{called.format('')}"),
        "intermediateCatchEvent/ioMapping": (passed("catch", event("x")), timed(mapped), timed("")),
        "intermediateThrowEvent/ioMapping": (passed("throw"), ext(mapped), ""),
        "endEvent/ioMapping": (ends, ext(mapped), ""),
        "startEvent/ioMapping": (started, ext(mapped), ""),
        "boundaryEvent/ioMapping": (bounded("zeebe"), ext(mapped), ""),
        "callActivity/calledElement": (call, f"|{called.format('')}", 'calledElement="q"|'),
        "calledElement@processId": (call, f"|{called.format('')}", '|<zeebe:calledElement processId="r"/>'),
        "businessRuleTask/calledDecision": (ruled, deciding("a"), ext(work)),
        "calledDecision@decisionId": (ruled, deciding("a"), deciding("b")),
        "calledDecision@resultVariable": (ruled, deciding("a", "r"), deciding("a", "q")),
        "calledDecision@bindingType": (ruled, deciding("a", bindingType="deployment"), deciding("a")),
        "calledDecision@versionTag": (
            ruled,
            deciding("a", bindingType="versionTag", versionTag="x"),
            deciding("a", bindingType="versionTag", versionTag="y"),
        ),
        "message/subscription": (correlated, ext('<zeebe:subscription correlationKey="=n"/>'), ""),
        "subscription@correlationKey": (
            correlated,
            ext('<zeebe:subscription correlationKey="=n"/>'),
            ext('<zeebe:subscription correlationKey="=n + 1"/>'),
        ),
        "multiInstanceLoopCharacteristics/loopCharacteristics": (runs, loop(), ""),
        "loopCharacteristics@inputCollection": (runs, loop(), loop("inputCollection")),
        "loopCharacteristics@inputElement": (runs, loop(), loop("inputElement")),
        "loopCharacteristics@outputCollection": (results, loop(), loop("outputCollection")),
        "loopCharacteristics@outputElement": (
            results,
            loop(),
            loop("outputElement").replace("/>", ' outputElement="=n"/>'),
        ),
        "conditionalEventDefinition/conditionalFilter": (conditioned, watched('variableNames="other"'), watched("")),
        "conditionalFilter@variableNames": (
            conditioned,
            watched('variableNames="other"'),
            watched('variableNames="n, m"'),
        ),
        "conditionalFilter@variableEvents": (conditioned, watched('variableEvents="create"'), watched("")),
        "*/jobPriorityDefinition": (node("service"), ext(work + priority("7")), ext(work)),
        "jobPriorityDefinition@priority": (node("service"), ext(work + priority("7")), ext(work + priority("8"))),
    }
    for name, value in {
        "propagateAllChildVariables": "false",
        "propagateAllParentVariables": "false",
        "bindingType": "deployment",
        "businessId": "=n",
    }.items():
        cases[f"calledElement@{name}"] = (call, "|" + called.format(f' {name}="{value}"'), "|" + called.format(""))
    cases["calledElement@versionTag"] = (
        call,
        "|" + called.format(' bindingType="versionTag" versionTag="a"'),
        "|" + called.format(' bindingType="versionTag" versionTag="b"'),
    )
    for element, names in {
        "assignmentDefinition": "assignee candidateGroups candidateUsers",
        "taskSchedule": "dueDate followUpDate",
        "priorityDefinition": "priority",
        "formDefinition": "formKey formId externalReference",
    }.items():
        for name in names.split():
            value = {"taskSchedule": "2026-03-05", "priorityDefinition": "7"}.get(element, "ann")
            case: Case = (node("user"), ext(f'<zeebe:{element} {name}="{value}"/>'), "")
            cases[f"{element}@{name}"] = cases[f"userTask/{element}"] = case
    for element, kind in WORKED.items():
        cases[f"{element}/taskDefinition"] = (node(kind), ext(work), ext(other))
        cases[f"{element}/ioMapping"] = (passed(kind, complete("x")), ext(work + mapped), ext(work))
    for element, kind in {**MAPPED_TASKS, **MAPPED_SCOPES}.items():
        begun = _begins("i") if kind == "adhoc" else ""
        cases[f"{element}/ioMapping"] = (behind(kind), ext(mapped + begun), ext(begun))
    cases["*/adHoc"] = (chosen, ext(_begins("i")), "")
    cases["adHoc@activeElementsCollection"] = (chosen, ext(_begins("i")), ext(_begins("j")))
    for name, one, two in (
        ("input@source", 'input source="=n" target="a"', 'input source="=2" target="a"'),
        ("input@target", 'input source="=n" target="a"', 'input source="=n" target="b"'),
    ):
        cases[name] = (node("user"), ext(io(one)), ext(io(two)))
    for name, one, two in (
        ("output@source", 'output source="=n" target="a"', 'output source="=2" target="a"'),
        ("output@target", 'output source="=n" target="a"', 'output source="=n" target="b"'),
    ):
        cases[name] = (passed("task"), ext(io(one)), ext(io(two)))
    return cases


def decided(decision: str, how: str = "", result: str = "resultList") -> str:
    """A decision of Camunda 7; `how` is what follows decisionRef in the names of attributes, with values."""
    bound = "".join(' camunda:decisionRef{}="{}"'.format(*part.split("=")) for part in how.split())
    return f'[camunda:decisionRef="{decision}"{bound} camunda:mapDecisionResult="{result}" camunda:resultVariable="r"]'


def deciding(decision: str, result: str = "r", **bound: str) -> str:
    """A decision of Camunda 8."""
    more = "".join(f' {name}="{value}"' for name, value in bound.items())
    return ext(f'<zeebe:calledDecision decisionId="{decision}" resultVariable="{result}"{more}/>')


def computed(attributes: str, inner: str = "") -> str:
    """A script task's attributes and parts."""
    return f'[scriptFormat="feel" {attributes}] {ext(inner)}<script>n + 1</script>'


def script(form: str) -> str:
    """A script in a mapping whose text means one thing in FEEL and another in Python."""
    return f'<camunda:script scriptFormat="{form}">[5, 6][1]</camunda:script>'


def external_to(topic: str) -> str:
    return f'camunda:type="external" camunda:topic="{topic}"'


def told(code: str, expression: str) -> str:
    rule = f'<camunda:errorEventDefinition errorRef="{code}" expression="{expression}"/>'
    return f"[{external_to('t')}] {ext(rule)}"


def timed(inner: str) -> str:
    timer = "<timerEventDefinition><timeDuration>PT1H</timeDuration></timerEventDefinition>"
    return ext(inner) + timer


def given(name: str = "a", value: str = "${n}") -> str:
    return f'<camunda:inputParameter name="{name}">{value}</camunda:inputParameter>'


def entries(*keys: str) -> str:
    drawn = "".join(f'<camunda:entry key="{key}">1</camunda:entry>' for key in keys)
    return f"<camunda:map>{drawn}</camunda:map>"


def connector(name: str, parameters: str = "") -> str:
    return (
        f"<camunda:connector>{mapping(parameters)}<camunda:connectorId>{name}</camunda:connectorId></camunda:connector>"
    )


def field(attributes: str, inner: str = "") -> str:
    return f'[camunda:class="a.B"] {ext(f"<camunda:field {attributes}>{inner}</camunda:field>")}'


def binding(name: str) -> str:
    return f'calledElement="q" camunda:calledElementBinding="{name}"'


def versioned(version: str) -> str:
    return f'{binding("version")} camunda:calledElementVersion="{version}"'


def tagged(tag: str) -> str:
    return f'{binding("versionTag")} camunda:calledElementVersionTag="{tag}"'


def crossing(drawn: str) -> str:
    return f'calledElement="q"|{f"<camunda:{drawn}/>" if drawn else ""}'


def catches(name: str) -> str:
    return f'<errorEventDefinition errorRef="error_E" camunda:{name}="v"/><!-- error=E -->'


def sent(attributes: str, inner: str = "") -> str:
    return f'<messageEventDefinition messageRef="message_m" {attributes}>{inner}</messageEventDefinition>'


def io(drawn: str) -> str:
    return f"<zeebe:ioMapping><zeebe:{drawn}/></zeebe:ioMapping>"


def watched(attributes: str) -> str:
    return f"<zeebe:conditionalFilter {attributes}/>"


def priority(value: str) -> str:
    return f'<zeebe:jobPriorityDefinition priority="{value}"/>'


CASES: dict[str, dict[str, Case]] = {
    "camunda": camunda_cases() | listener_cases.camunda_cases(),
    "zeebe": zeebe_cases() | listener_cases.zeebe_cases(),
    "spiff": spiff_cases.spiff_cases(),
}
