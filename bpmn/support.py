"""What becomes of BPMN's own elements: the one table behind the inspection and docs/bpmn-support.md."""

from __future__ import annotations

from bpmn.dialects.support import Support, documentation, executed, refused

_LATER = "not executed yet"
_DRAWN = "only drawn"
_DATA = "drawn only: variables carry the data"

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
    "businessRuleTask": executed(note="a decision, an external task by topic, or an expression"),
    "complexGateway": executed(note="without an activation condition it waits for all"),
    "transaction": executed(),
    "adHocSubProcess": executed(note="each activity that no flow leads to is done once"),
    "multiInstanceLoopCharacteristics": executed(note="by cardinality or collection, parallel or sequential"),
    "standardLoopCharacteristics": executed(),
    "escalationEventDefinition": executed(),
    "conditionalEventDefinition": executed(note="looked at whenever variables change; fires when it becomes true"),
    "compensateEventDefinition": executed(),
    "linkEventDefinition": executed(),
    "cancelEventDefinition": executed(),
    "eventDefinitionRef": executed(),
    # what will follow, or cannot
    "scriptTask": refused(_LATER),
    "eventDefinition": refused("an event definition of no type"),
    "implicitThrowEvent": refused(_LATER),
    "subChoreography": refused("choreographies are not executed"),
    "choreographyTask": refused("choreographies are not executed"),
    "callChoreography": refused("choreographies are not executed"),
    "correlationSubscription": refused("correlation subscriptions are " + _LATER),
    "assignment": refused("assignments in data associations are " + _LATER),
    "transformation": refused("transformations in data associations are " + _LATER),
    # what is only drawn
    "collaboration": documentation(_DRAWN),
    "participant": documentation(_DRAWN),
    "participantMultiplicity": documentation(_DRAWN),
    "messageFlow": documentation(_DRAWN),
    "correlationKey": documentation("messages are correlated by name, business key and the keys a caller gives"),
    "correlationProperty": documentation("messages are correlated by name, business key and the keys a caller gives"),
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
    "globalTask": executed(note="where a call activity of the same file refers to it"),
    "globalUserTask": executed(note="where a call activity of the same file refers to it"),
    "globalManualTask": executed(note="where a call activity of the same file refers to it"),
    "globalScriptTask": documentation(_DRAWN),
    "globalBusinessRuleTask": documentation(_DRAWN),
    "dataObject": documentation(_DATA),
    "dataObjectReference": documentation(_DATA),
    "dataStore": documentation(_DATA),
    "dataStoreReference": documentation(_DATA),
    "dataInputAssociation": documentation(_DATA),
    "dataOutputAssociation": documentation(_DATA),
    "ioSpecification": documentation(_DATA),
    "dataInput": documentation(_DATA),
    "dataOutput": documentation(_DATA),
    "ioBinding": documentation(_DATA),
    "property": documentation(_DATA),
    "itemDefinition": documentation("values are JSON, whatever type is declared"),
    "interface": documentation("workers fetch their work by topic"),
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
        "complexBehaviorDefinition",
        "correlationPropertyBinding",
        "dataPath",
        "inputSetRefs",
        "interfaceRef",
        "operationRef",
        "optionalInputRefs",
        "optionalOutputRefs",
        "outputSetRefs",
        "whileExecutingInputRefs",
        "whileExecutingOutputRefs",
        "extensionElements",
        "incoming",
        "outgoing",
        "flowNodeRef",
        "dataState",
        "inputSet",
        "outputSet",
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
        "correlationPropertyRetrievalExpression",
        "messagePath",
        "partitionElement",
        "childLaneSet",
        "processRef",
        "supports",
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

#: Attributes without a namespace that change behaviour when they have another than the harmless value.
REFUSED_ATTRIBUTES: dict[str, tuple[str, str]] = {
    "eventGatewayType": ("Exclusive", "gateways that wait for all of several events, in parallel, are " + _LATER),
}
#: The behaviors of a multi-instance activity that are executed.
BEHAVIORS = frozenset({"All", "None", "One"})
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
