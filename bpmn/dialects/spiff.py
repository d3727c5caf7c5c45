"""SpiffWorkflow and SpiffArena: extension elements with Python."""

from __future__ import annotations

from bpmn.dialects.support import SCRIPTED, Family, Support, at_each, documentation, executed, refused

_ACTIVITIES = "scripts before and after are executed at activities only"
_MESSAGE = "message payloads are not executed yet"
_SHOWN = "kept in the diagram for user interfaces"

_PLACES: dict[str, Support] = {
    **at_each(SCRIPTED, "/preScript", executed(note="run in a sandbox when the activity begins")),
    **at_each(SCRIPTED, "/postScript", executed(note="run in a sandbox when the activity is done")),
    "*/preScript": refused(_ACTIVITIES),
    "*/postScript": refused(_ACTIVITIES),
    "*/properties": documentation("properties are kept in the diagram"),
    "*/unitTests": documentation("tests of the modelling tool"),
    "*/instructionsForEndUser": executed("instructions", "shown beside the task"),
    "*/guestConfirmation": documentation(_SHOWN),
    "*/allowGuest": documentation(_SHOWN),
    "*/signalButtonLabel": documentation(_SHOWN),
    "*/taskMetadataValues": documentation(_SHOWN),
    "*/caseInsensitive": documentation(_SHOWN),
    "*/serviceTaskOperator": refused(
        "operators of a connector proxy are not executed; use an external task with a topic"
    ),
    "businessRuleTask/calledDecisionId": executed("decision", "evaluated at once; its outputs become variables"),
    "*/calledDecisionId": refused("executed at business rule tasks only"),
    "*/variableName": refused(_MESSAGE),
    "*/payloadExpression": refused(_MESSAGE),
    "*/messagePayload": refused(_MESSAGE),
    "*/messageVariable": refused(_MESSAGE),
    "*/processVariableCorrelation": refused("correlation expressions are not executed yet"),
    "*/isMatchingCorrelation": refused("correlation expressions are not executed yet"),
    "*/isOutputSynced": documentation(_SHOWN),
    "*/scriptsOnInstances": refused("scripts run with the activity itself"),
    "*/category": documentation(),
    "*/description": documentation(),
    "*/isDataObject": documentation(),
    "process@isExecutable": documentation(),
}

FAMILY = Family("spiff", "SpiffWorkflow, SpiffArena", ("http://spiffworkflow.org/bpmn/schema/1.0/core",), _PLACES)
