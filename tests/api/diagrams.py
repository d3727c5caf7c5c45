"""Diagrams that the tests of the API share."""

from __future__ import annotations

from tests.bpmn.decisions.models import decision, definitions, table
from tests.driver import chain, process

START = '<startEvent id="s"/>'
END = '<endEvent id="e"/>'

TWO_TASKS = process(chain(START, '<userTask id="first"/>', '<userTask id="second"/>', END))
OFFERED = process(
    chain(
        START,
        '<userTask id="work" name="Look at it" camunda:candidateGroups="managers" camunda:candidateUsers="ada" '
        'camunda:priority="${urgency}" camunda:dueDate="${due}"/>',
        END,
    ),
    key="offered",
)
PAYMENT = process(
    chain(
        START, '<serviceTask id="pay" camunda:type="external" camunda:topic="payment"/>', '<userTask id="book"/>', END
    ),
    key="payment",
)
WAITS = process(
    chain(
        START,
        '<intermediateCatchEvent id="wait"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>',
        '<userTask id="after"/>',
        END,
    ),
    key="waits",
    outside='<message id="m" name="paid"/>',
)
STARTED = process(
    chain('<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>', '<userTask id="work"/>', END),
    key="started",
    outside='<message id="m" name="ordered"/>',
)
HEARS = process(
    chain(
        START,
        '<intermediateCatchEvent id="wait"><signalEventDefinition signalRef="sig"/></intermediateCatchEvent>',
        '<userTask id="after"/>',
        END,
    ),
    key="hears",
    outside='<signal id="sig" name="alarm"/>',
)
TIMER = process(
    chain(
        START,
        '<intermediateCatchEvent id="pause"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>",
        END,
    ),
    key="timer",
)
COUNTS = process(
    '<startEvent id="s"/><sequenceFlow id="a" sourceRef="s" targetRef="x"/>'
    '<exclusiveGateway id="x" default="more"/>'
    '<sequenceFlow id="enough" sourceRef="x" targetRef="e"><conditionExpression>${amount &gt; 10}'
    "</conditionExpression></sequenceFlow>"
    '<sequenceFlow id="more" sourceRef="x" targetRef="work"/><userTask id="work"/>'
    '<sequenceFlow id="b" sourceRef="work" targetRef="e"/><endEvent id="e"/>',
    key="counts",
)
CALLER = process(chain(START, '<callActivity id="call" calledElement="called"/>', END), key="caller")
CALLED = process(chain(START, '<userTask id="inside"/>', END), key="called")
STRAIGHT = process(chain(START, '<task id="t"/>', '<endEvent id="done"/>'), key="straight")
GRADES = definitions(
    decision(
        "grade",
        table(["points"], ['grade: "A", "B", "C"'], ['>= 90 -> "A"', '[60..90) -> "B"', '< 60 -> "C"']),
    )
)
UNUSABLE = process(
    '<startEvent id="s"/><scriptTask id="strange" scriptFormat="ruby"><script>1</script></scriptTask>', key="unusable"
)

#: A task of which only one candidate is known, and what it takes to know the rest.
_PEOPLE = (
    'camunda:assignee="${approver}" camunda:candidateGroups="${team}" camunda:candidateUsers="ann" '
    'camunda:priority="${urgency}" camunda:dueDate="${due}"'
)
UNKNOWN_PEOPLE = process(chain(START, f'<userTask id="work" {_PEOPLE}/>', END))
WHAT_IS_UNKNOWN = {"approver": "cy", "team": "staff", "urgency": 7, "due": "2026-03-05T12:00:00Z"}
