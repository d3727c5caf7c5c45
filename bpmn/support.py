"""What becomes of BPMN's own elements: the one table behind the inspection and docs/bpmn-support.md."""

from __future__ import annotations

from bpmn.dialects.support import Support, documentation, executed, refused

_LATER = "not executed yet"
_DRAWN = "only drawn"
_DATA = "drawn only: variables carry the data"

ELEMENTS: dict[str, Support] = {
    # processes and what they hold
    "process": executed(),
    "subProcess": executed(note="embedded; event subprocesses are refused"),
    "callActivity": executed(note="an instance of its own of the called process"),
    "task": executed(note="passes through"),
    "manualTask": executed(note="passes through; the server does not wait for it"),
    "userTask": executed(note="waits for a person"),
    "serviceTask": executed(note="external task by topic, or an expression"),
    "receiveTask": executed(note="waits for a message; not as the start of a process"),
    "exclusiveGateway": executed(note="first true condition in the order of the file, else the default flow"),
    "parallelGateway": executed(),
    "inclusiveGateway": executed(),
    "eventBasedGateway": executed(note="not as the start of a process"),
    "startEvent": executed(note="none, message, timer or signal"),
    "endEvent": executed(note="none, terminate, error or signal"),
    "intermediateCatchEvent": executed(note="message, timer or signal"),
    "intermediateThrowEvent": executed(note="none or signal"),
    "boundaryEvent": executed(note="message, timer or signal, interrupting or not; error"),
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
    # what will follow
    "scriptTask": refused(_LATER),
    "sendTask": refused(_LATER + "; use a service task with a topic"),
    "businessRuleTask": refused(_LATER + "; use a service task with a topic"),
    "complexGateway": refused(_LATER),
    "transaction": refused(_LATER),
    "adHocSubProcess": refused(_LATER),
    "multiInstanceLoopCharacteristics": refused("multi-instance activities are " + _LATER),
    "standardLoopCharacteristics": refused("loops drawn as a marker are " + _LATER + "; draw the loop with a gateway"),
    "escalationEventDefinition": refused("escalations are " + _LATER),
    "conditionalEventDefinition": refused("conditional events are " + _LATER),
    "compensateEventDefinition": refused("compensation is " + _LATER),
    "linkEventDefinition": refused("links are " + _LATER + "; draw the sequence flow"),
    "cancelEventDefinition": refused("transactions are " + _LATER),
    "eventDefinitionRef": refused(
        "references to event definitions are " + _LATER + "; put the definition into the event"
    ),
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
    "globalTask": documentation(_DRAWN),
    "globalUserTask": documentation(_DRAWN),
    "globalManualTask": documentation(_DRAWN),
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
    "documentation extensionElements incoming outgoing flowNodeRef dataState inputSet outputSet dataInputRefs "
    "dataOutputRefs sourceRef targetRef text categoryValue operation inMessageRef outMessageRef errorRef supportedInterfaceRef "
    "resourceAssignmentExpression formalExpression expression resourceRef resourceParameterBinding participantRef "
    "messageFlowRef correlationPropertyRef correlationPropertyRetrievalExpression messagePath "
    "partitionElement childLaneSet processRef supports eventDefinitionRefs "
    "condition completionCondition loopCondition loopCardinality loopDataInputRef loopDataOutputRef inputDataItem "
    "outputDataItem script source target type from to".split()
)

#: Attributes without a namespace that change behaviour when they have another than the harmless value.
REFUSED_ATTRIBUTES: dict[str, tuple[str, str]] = {
    "startQuantity": ("1", "token quantities are " + _LATER),
    "completionQuantity": ("1", "token quantities are " + _LATER),
    "isForCompensation": ("false", "compensation is " + _LATER),
    "instantiate": ("false", "starting a process here is " + _LATER + "; draw a start event"),
    "triggeredByEvent": ("false", "event subprocesses are " + _LATER),
    "parallelMultiple": ("false", "events with several definitions are " + _LATER),
}

#: The event definitions that are executed, by kind of event; "" stands for none.
DEFINITIONS: dict[str, frozenset[str]] = {
    "startEvent": frozenset({"", "messageEventDefinition", "timerEventDefinition", "signalEventDefinition"}),
    "endEvent": frozenset({"", "terminateEventDefinition", "errorEventDefinition", "signalEventDefinition"}),
    "intermediateCatchEvent": frozenset({"messageEventDefinition", "timerEventDefinition", "signalEventDefinition"}),
    "intermediateThrowEvent": frozenset({"", "signalEventDefinition"}),
    "boundaryEvent": frozenset(
        {"messageEventDefinition", "timerEventDefinition", "signalEventDefinition", "errorEventDefinition"}
    ),
}

ACTIVITIES = frozenset(
    "task manualTask userTask serviceTask receiveTask subProcess callActivity scriptTask sendTask businessRuleTask "
    "transaction adHocSubProcess".split()
)
FLOW_NODES = ACTIVITIES | frozenset(
    "exclusiveGateway parallelGateway inclusiveGateway eventBasedGateway complexGateway startEvent endEvent "
    "intermediateCatchEvent intermediateThrowEvent boundaryEvent implicitThrowEvent".split()
)
