"""SpiffWorkflow and SpiffArena: extension elements with Python."""

from __future__ import annotations

from bpmn.dialects.support import SCRIPTED, Family, Support, at_each, documentation, each, executed, refused

_ACTIVITIES = "scripts before and after are executed at activities only"
_SHOWN = "kept in the diagram for user interfaces"
_TOOL = "for the modelling tool only"
_SENT = "what is sent: an object as its variables, any other value as the variable `payload`"
_TAKEN = "the variable that takes in all that comes, as one object"
_LOOPS = ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics")
_CARRIERS = ("signal", "error", "escalation")
_BOUND = "what a correlation property must be, from the data of the process"
_INSTRUCTIONS = "shown beside the task as it is; its Jinja is not filled in"
_OPERATOR = "work for a worker: the operator is the topic"

_PLACES: dict[str, Support] = {
    **at_each(SCRIPTED, "/preScript", executed(note="run in a sandbox when the activity begins")),
    **at_each(SCRIPTED, "/postScript", executed(note="run in a sandbox when the activity is done")),
    "*/preScript": refused(_ACTIVITIES),
    "*/postScript": refused(_ACTIVITIES),
    **at_each(_LOOPS, "@scriptsOnInstances", executed("scripts_on_runs", "run with each run, and not once for all")),
    "*@scriptsOnInstances": refused("executed at loops and multi-instance only"),
    "userTask/properties": executed(note="the form; others are kept in the diagram"),
    "properties/property": executed(),
    "property@name": executed(note="formJsonSchemaFilename; others are kept in the diagram"),
    "property@value": executed(note="the file of the form becomes its form key"),
    "*/properties": documentation("properties are kept in the diagram"),
    "*/unitTests": documentation(_TOOL),
    "unitTests/unitTest": documentation(_TOOL),
    "unitTest@id": documentation(_TOOL),
    **each("unitTest/", "inputJson expectedOutputJson", documentation(_TOOL)),
    **at_each(("userTask", "manualTask"), "/instructionsForEndUser", executed("instructions", _INSTRUCTIONS)),
    "*/instructionsForEndUser": documentation(_SHOWN),
    **each("*/", "guestConfirmation allowGuest signalButtonLabel taskMetadataValues", documentation(_SHOWN)),
    "taskMetadataValues/taskMetadataValue": documentation(_SHOWN),
    **each("taskMetadataValue@", "name value", documentation(_SHOWN)),
    "*/caseInsensitive": documentation(_SHOWN),
    "*/processModelToStartOnTaskAvailable": refused("not executed; let a signal or message start that process"),
    "serviceTask/serviceTaskOperator": executed(note=_OPERATOR),
    "serviceTaskOperator@id": executed(note="the topic"),
    "serviceTaskOperator@resultVariable": executed(note="what the worker gives, as one object"),
    "serviceTaskOperator/parameters": executed(note="local variables of the work"),
    "parameters/parameter": executed(),
    **each("parameter@", "id name", executed(note="the name of the local variable")),
    "parameter@value": executed(note="an expression"),
    "parameter@type": documentation(_TOOL),
    "serviceTaskOperator/retry": executed(note="how often it may fail"),
    "retry@retries": executed(note="until a worker says otherwise"),
    "retry@backoff_base": documentation("how long to wait is said by the worker that fails"),
    "*/serviceTaskOperator": documentation("executed at service tasks only, as in SpiffWorkflow"),
    "businessRuleTask/calledDecisionId": executed("decision", "evaluated at once; its outputs become variables"),
    "*/calledDecisionId": refused("executed at business rule tasks only"),
    **at_each(("messageEventDefinition", "sendTask", "message"), "/messagePayload", executed("payload", _SENT)),
    "*/messagePayload": refused("executed at message events, send tasks and messages only"),
    **at_each(
        ("messageEventDefinition", "receiveTask", "message"), "/messageVariable", executed("payload_variable", _TAKEN)
    ),
    "*/messageVariable": refused("executed at message events, receive tasks and messages only"),
    **at_each(_CARRIERS, "/payloadExpression", executed("payload", _SENT)),
    "*/payloadExpression": refused("executed at signals, errors and escalations only"),
    **at_each(_CARRIERS, "/variableName", executed("payload_variable", _TAKEN)),
    "userTask/variableName": executed("answer_object", "the variable that takes in the answers, as one object"),
    "*/variableName": refused("executed at user tasks, signals, errors and escalations only"),
    **at_each(("messageEventDefinition", "receiveTask"), "/processVariableCorrelation", executed(note=_BOUND)),
    **each("processVariableCorrelation/", "propertyId expression", executed(note=_BOUND)),
    "*/processVariableCorrelation": refused("executed at message events and receive tasks only"),
    "*@isMatchingCorrelation": documentation(_TOOL),
    "*/isMatchingCorrelation": documentation(_TOOL),
    "*@isOutputSynced": documentation(_TOOL),
    "*/isOutputSynced": documentation(_TOOL),
    "message@jsonSchemaId": documentation(_TOOL),
    "*/category": documentation(),
    "*/description": documentation(),
    "*/isDataObject": documentation(),
    "process@isExecutable": documentation(),
}

FAMILY = Family("spiff", "SpiffWorkflow, SpiffArena", ("http://spiffworkflow.org/bpmn/schema/1.0/core",), _PLACES)
