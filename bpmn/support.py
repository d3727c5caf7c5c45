"""What becomes of BPMN's own elements: the one table behind the inspection and docs/bpmn-support.md."""

from __future__ import annotations

from bpmn.dialects.support import Support, documentation, executed, refused

_DRAWN = "only drawn"
_GLOBAL = "called as a process of just this task"
_STORE = "a variable of the instance; what others must see is kept by a service"

ELEMENTS: dict[str, Support] = {
    # processes and what they hold
    "process": executed(),
    "subProcess": executed(note="embedded, or triggered by an event"),
    "callActivity": executed(note="an instance of its own of the called process"),
    "task": executed(note="passes through"),
    "manualTask": executed(note="passes through; the server does not wait for it"),
    "userTask": executed(note="waits for a person"),
    "serviceTask": executed(note="external task by topic, or an expression"),
    "receiveTask": executed(note="waits for a message, or starts a process"),
    "exclusiveGateway": executed(note="first true condition in the order of the file, else the default flow"),
    "parallelGateway": executed(),
    "inclusiveGateway": executed(),
    "eventBasedGateway": executed(note="also as the start of a process"),
    "startEvent": executed(note="none, message, timer, signal; of event subprocesses any that can be caught"),
    "endEvent": executed(note="none, message, signal, error, escalation, compensation, cancel, terminate"),
    "intermediateCatchEvent": executed(note="message, timer, signal, condition, link"),
    "intermediateThrowEvent": executed(note="none, message, signal, escalation, compensation, link"),
    "boundaryEvent": executed(note="any that can be caught; errors, compensation and cancel always interrupt"),
    "globalTask": executed(note=_GLOBAL),
    "globalUserTask": executed(note=_GLOBAL),
    "globalManualTask": executed(note=_GLOBAL),
    "globalBusinessRuleTask": executed(note=_GLOBAL),
    "sequenceFlow": executed(),
    "conditionExpression": executed(),
    "messageEventDefinition": executed(),
    "timerEventDefinition": executed(),
    "signalEventDefinition": executed(),
    "errorEventDefinition": executed(),
    "terminateEventDefinition": executed(),
    "timeDate": executed(),
    "timeDuration": executed(),
    "timeCycle": executed(),
    "message": executed(),
    "signal": executed(),
    "error": executed(),
    "humanPerformer": executed(note="the assignee"),
    "potentialOwner": executed(note="candidate groups; user(a), group(b) tell both apart"),
    "sendTask": executed(note="sends a message, or external task by topic"),
    "businessRuleTask": executed(note="external task by topic, or an expression; decisions are not executed yet"),
    "complexGateway": executed(note="without an activation condition it waits for all"),
    "transaction": executed(),
    "adHocSubProcess": executed(note="each activity that no flow leads to begins once; performers begin more"),
    "multiInstanceLoopCharacteristics": executed(note="by cardinality or collection, parallel or sequential"),
    "complexBehaviorDefinition": executed(note="what completed runs throw: signals, messages, escalations, errors"),
    "standardLoopCharacteristics": executed(),
    "escalationEventDefinition": executed(),
    "conditionalEventDefinition": executed(note="looked at whenever variables change; fires when it becomes true"),
    "compensateEventDefinition": executed(),
    "linkEventDefinition": executed(),
    "cancelEventDefinition": executed(),
    "eventDefinitionRef": executed(),
    # data
    "dataObject": executed(note="a variable of the process or subprocess it is drawn in"),
    "dataObjectReference": executed(note="the variable of its data object"),
    "dataStore": executed(note=_STORE),
    "dataStoreReference": executed(note=_STORE),
    "property": executed(note="a variable of the process or activity it belongs to"),
    "ioSpecification": executed(note="of activities; the data of a process is what it is started with"),
    "dataInput": executed(note="a variable of its activity, filled by an association"),
    "dataOutput": executed(note="a variable of its activity, from which an association takes it"),
    "inputSet": executed(note="of several the first whose data is all there"),
    "outputSet": executed(note="of several the first whose data is all there"),
    "dataInputAssociation": executed(note="copies when the activity begins or the event is thrown"),
    "dataOutputAssociation": executed(note="copies when the activity is done or the event was caught"),
    "assignment": executed(),
    "transformation": executed(),
    # correlation
    "correlationKey": executed(note="messages of a conversation carry the same values"),
    "correlationProperty": executed(),
    "correlationPropertyRetrievalExpression": executed(note="reads a value from the payload of a message"),
    "correlationSubscription": executed(note="the values come from the data of the process"),
    "correlationPropertyBinding": executed(note="reads a value when the wait begins"),
    # what will follow, or cannot
    "scriptTask": executed(note="Python, JavaScript, FEEL, JUEL; or external task by topic"),
    "globalScriptTask": executed(note=_GLOBAL),
    "eventDefinition": refused("an event definition of no type"),
    "implicitThrowEvent": refused("stands in the complexBehaviorDefinition of a multi-instance activity, as its event"),
    "subChoreography": refused("choreographies are not executed"),
    "choreographyTask": refused("choreographies are not executed"),
    "callChoreography": refused("choreographies are not executed"),
    # what is only drawn
    "collaboration": documentation(_DRAWN),
    "participant": documentation(_DRAWN),
    "participantMultiplicity": documentation(_DRAWN),
    "messageFlow": documentation(_DRAWN),
    "laneSet": documentation(_DRAWN),
    "lane": documentation(_DRAWN),
    "group": documentation(_DRAWN),
    "category": documentation(_DRAWN),
    "textAnnotation": documentation(_DRAWN),
    "association": documentation(_DRAWN),
    "conversation": documentation(_DRAWN),
    "subConversation": documentation(_DRAWN),
    "callConversation": documentation(_DRAWN),
    "conversationLink": documentation(_DRAWN),
    "choreography": documentation("choreographies are not executed"),
    "globalConversation": documentation(_DRAWN),
    "globalChoreographyTask": documentation(_DRAWN),
    "ioBinding": documentation("workers get the variables they ask for"),
    "dataState": documentation("states of data are for readers; decide on values"),
    "whileExecutingInputRefs": documentation("data moves when an activity begins"),
    "whileExecutingOutputRefs": documentation("data moves when an activity is done"),
    "itemDefinition": documentation("values are JSON, whatever type is declared"),
    "interface": executed(note="the name of an operation is the topic of service tasks that call it"),
    "resource": documentation(_DRAWN),
    "performer": documentation(_DRAWN),
    "resourceRole": documentation(_DRAWN),
    "escalation": documentation(_DRAWN),
    "import": documentation("other files are deployed, not imported"),
    "relationship": documentation(_DRAWN),
    "auditing": documentation(_DRAWN),
    "monitoring": documentation(_DRAWN),
    "rendering": documentation(_DRAWN),
    "endPoint": documentation(_DRAWN),
    "partnerEntity": documentation(_DRAWN),
    "partnerRole": documentation(_DRAWN),
}

#: Parts of other elements that get no entry of their own.
PARTS = frozenset(
    [
        "documentation",
        "activationCondition",
        "choreographyRef",
        "dataPath",
        "inputSetRefs",
        "interfaceRef",
        "operationRef",
        "optionalInputRefs",
        "optionalOutputRefs",
        "outputSetRefs",
        "extensionElements",
        "incoming",
        "outgoing",
        "flowNodeRef",
        "dataInputRefs",
        "dataOutputRefs",
        "sourceRef",
        "targetRef",
        "text",
        "categoryValue",
        "operation",
        "inMessageRef",
        "outMessageRef",
        "errorRef",
        "supportedInterfaceRef",
        "resourceAssignmentExpression",
        "formalExpression",
        "expression",
        "resourceRef",
        "resourceParameterBinding",
        "participantRef",
        "messageFlowRef",
        "correlationPropertyRef",
        "messagePath",
        "partitionElement",
        "childLaneSet",
        "processRef",
        "supports",
        "event",
        "eventDefinitionRefs",
        "condition",
        "completionCondition",
        "loopCondition",
        "loopCardinality",
        "loopDataInputRef",
        "loopDataOutputRef",
        "inputDataItem",
        "outputDataItem",
        "script",
        "source",
        "target",
        "type",
        "from",
        "to",
    ]
)

#: Attributes that have one of a few values, the harmless one first.
CHOICES: dict[str, tuple[str, ...]] = {
    "behavior": ("All", "None", "One", "Complex"),
    "eventGatewayType": ("Exclusive", "Parallel"),
    "ordering": ("Parallel", "Sequential"),
}
#: Attributes that must be a whole number of at least this.
NUMBERS = {"startQuantity": 1, "completionQuantity": 1, "loopMaximum": 1}

_WAITED_FOR = frozenset({"messageEventDefinition", "timerEventDefinition", "signalEventDefinition"})
_HANDLED = frozenset(
    {
        "errorEventDefinition",
        "escalationEventDefinition",
        "conditionalEventDefinition",
        "compensateEventDefinition",
    }
)
#: The event definitions that are executed, by kind of event; "" stands for none.
DEFINITIONS: dict[str, frozenset[str]] = {
    "startEvent": _WAITED_FOR | {""},
    "startEvent of an event subprocess": _WAITED_FOR | _HANDLED,
    "startEvent of a subprocess": frozenset({""}),
    "endEvent": frozenset(
        {
            "",
            "messageEventDefinition",
            "signalEventDefinition",
            "errorEventDefinition",
            "escalationEventDefinition",
            "compensateEventDefinition",
            "cancelEventDefinition",
            "terminateEventDefinition",
        }
    ),
    "intermediateCatchEvent": _WAITED_FOR | {"conditionalEventDefinition", "linkEventDefinition"},
    "intermediateThrowEvent": frozenset(
        {
            "",
            "messageEventDefinition",
            "signalEventDefinition",
            "escalationEventDefinition",
            "compensateEventDefinition",
            "linkEventDefinition",
        }
    ),
    "boundaryEvent": _WAITED_FOR | _HANDLED | {"cancelEventDefinition"},
}

#: What a timer may say.
TIMES = ("timeDate", "timeDuration", "timeCycle")

ACTIVITIES = frozenset(
    [
        "task",
        "manualTask",
        "userTask",
        "serviceTask",
        "receiveTask",
        "subProcess",
        "callActivity",
        "scriptTask",
        "sendTask",
        "businessRuleTask",
        "transaction",
        "adHocSubProcess",
    ]
)
SUBPROCESSES = ("subProcess", "transaction", "adHocSubProcess")
FLOW_NODES = ACTIVITIES | frozenset(
    [
        "exclusiveGateway",
        "parallelGateway",
        "inclusiveGateway",
        "eventBasedGateway",
        "complexGateway",
        "startEvent",
        "endEvent",
        "intermediateCatchEvent",
        "intermediateThrowEvent",
        "boundaryEvent",
        "implicitThrowEvent",
    ]
)
