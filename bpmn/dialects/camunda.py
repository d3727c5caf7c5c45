"""Camunda 7 and its relatives: Operaton, CIB seven, Flowable, Activiti. Attributes in JUEL."""

from __future__ import annotations

from bpmn.dialects.support import Family, Support, documentation, executed, refused

_JAVA = "Java code cannot run here; use camunda:type='external' with a topic and a worker"
_LISTENER = "listeners cannot run here; draw the work as a service task with a topic"
_BORDER = "transaction borders of single runs are not executed; set it at the activity"
_DECISION = "decisions are not executed yet"
_STARTERS = "access control decides who may start"
_ANY_CHANGE = "the condition is looked at whenever any variable changes"
_FORM = "kept with the definition for user interfaces"
_JOB = "scheduling hint of another engine; every step is durable here"

_PLACES: dict[str, Support] = {
    # process
    "process@versionTag": executed("version_tag"),
    "process@historyTimeToLive": documentation("history is kept"),
    "process@isStartableInTasklist": documentation(_STARTERS),
    "process@candidateStarterUsers": documentation(_STARTERS),
    "process@candidateStarterGroups": documentation(_STARTERS),
    "process@taskPriority": executed("task_priority"),
    "process@jobPriority": documentation(_JOB),
    "process@diagramRelationId": documentation(),
    "*@diagramRelationId": documentation(),
    # any activity
    "*@asyncBefore": executed("async_before", "a transaction of its own begins here"),
    "*@async": executed("async_before", "a transaction of its own begins here"),
    "*@asyncAfter": executed("async_after", "a transaction of its own begins behind it"),
    "*@exclusive": documentation("one instance is always advanced by one transaction at a time"),
    "*@jobPriority": documentation(_JOB),
    "*@modelerTemplate": documentation("the tool's template"),
    "*@modelerTemplateVersion": documentation("the tool's template"),
    "*@modelerTemplateIcon": documentation("the tool's template"),
    "*/inputOutput": executed(note="input and output parameters"),
    "*/properties": documentation("properties are kept in the diagram"),
    "*/property": documentation("properties are kept in the diagram"),
    "*/failedJobRetryTimeCycle": documentation(_JOB),
    "*/executionListener": refused(_LISTENER),
    "*/connector": refused("connectors cannot run here; use an external task"),
    "*/field": refused(_JAVA),
    "*/eventListener": refused(_LISTENER),
    "*/taskListener": refused(_LISTENER),
    "*/list": refused("belongs into an inputOutput"),
    # start events and forms
    "startEvent@initiator": executed("initiator", "the variable that gets who started"),
    "startEvent@formKey": documentation(_FORM, "form_key"),
    "startEvent@formHandlerClass": refused(_JAVA),
    "startEvent@formRef": documentation(_FORM, "form_key"),
    "startEvent@formRefBinding": documentation(_FORM),
    "startEvent@formRefVersion": documentation(_FORM),
    "startEvent@formFieldValidation": documentation(_FORM),
    "startEvent/formData": documentation(_FORM),
    "startEvent/formProperty": documentation(_FORM),
    # user tasks
    "userTask@assignee": executed("assignee"),
    "userTask@candidateUsers": executed("candidate_users"),
    "userTask@candidateGroups": executed("candidate_groups"),
    "userTask@dueDate": executed("due"),
    "userTask@followUpDate": executed("follow_up"),
    "userTask@priority": executed("priority"),
    "userTask@formKey": executed("form_key", _FORM),
    "userTask@formRef": executed("form_key", _FORM),
    "userTask@formRefBinding": documentation(_FORM),
    "userTask@formRefVersion": documentation(_FORM),
    "userTask@formFieldValidation": documentation(_FORM),
    "userTask@formHandlerClass": refused(_JAVA),
    "userTask@category": documentation(),
    "userTask@businessCalendarName": refused("working calendars are not executed yet"),
    "userTask@skipExpression": refused("skip expressions are not executed; draw a gateway"),
    "userTask@taskIdVariableName": refused("not executed"),
    "userTask@owner": refused("an owner is not executed; use an assignee"),
    "userTask/formData": documentation(_FORM),
    "userTask/formProperty": documentation(_FORM),
    "userTask/taskListener": refused(_LISTENER),
    # service tasks and whatever may be implemented like one
    "*@type": executed("task_type"),
    "*@topic": executed("topic"),
    "*@taskPriority": executed("task_priority"),
    "*@expression": executed("expression"),
    "*@resultVariable": executed("result_variable"),
    "*@resultVariableName": executed("result_variable"),
    "*@class": refused(_JAVA),
    "*@delegateExpression": refused(_JAVA),
    "*@skipExpression": refused("skip expressions are not executed; draw a gateway"),
    "*@triggerable": refused("not executed; use an external task"),
    "*@parallelInSameTransaction": documentation(_JOB),
    "*/errorEventDefinition": refused(
        "error mappings of external tasks are not executed; let the worker report the error"
    ),
    "*@decisionRef": refused(_DECISION),
    "*@decisionRefBinding": refused(_DECISION),
    "*@decisionRefVersion": refused(_DECISION),
    "*@decisionRefVersionTag": refused(_DECISION),
    "*@decisionRefTenantId": refused(_DECISION),
    "*@mapDecisionResult": refused(_DECISION),
    "*@ruleVariablesInput": refused(_DECISION),
    "*@rules": refused(_DECISION),
    "*@exclude": refused(_DECISION),
    "scriptTask@resource": refused("scripts are not executed yet"),
    "conditionExpression@resource": refused("scripts are not executed; write the condition as an expression"),
    "scriptTask@autoStoreVariables": refused("scripts are not executed yet"),
    # call activities
    "callActivity@calledElementBinding": executed("called_binding"),
    "callActivity@calledElementVersion": executed("called_version"),
    "callActivity@calledElementVersionTag": executed("called_version_tag"),
    "callActivity@calledElementTenantId": refused("there is one tenant"),
    "callActivity@calledElementType": documentation(),
    "callActivity@caseRef": refused("cases (CMMN) are not executed"),
    "callActivity@caseBinding": refused("cases (CMMN) are not executed"),
    "callActivity@caseVersion": refused("cases (CMMN) are not executed"),
    "callActivity@caseTenantId": refused("cases (CMMN) are not executed"),
    "callActivity@variableMappingClass": refused(_JAVA),
    "callActivity@variableMappingDelegateExpression": refused(_JAVA),
    "callActivity@inheritVariables": executed("inherit_variables"),
    "callActivity@inheritBusinessKey": executed("inherit_business_key"),
    "callActivity@businessKey": executed("called_business_key"),
    "callActivity@sameDeployment": executed("same_deployment"),
    "callActivity@fallbackToDefaultTenant": documentation("there is one tenant"),
    "callActivity@processInstanceName": refused("not executed"),
    "callActivity@completeAsync": documentation(_JOB),
    "callActivity@useLocalScopeForOutParameters": refused("not executed; name the target variable"),
    "callActivity/in": executed(note="what is passed to the called process"),
    "callActivity/out": executed(note="what is taken back from the called process"),
    "in@source": executed(),
    "in@sourceExpression": executed(),
    "in@target": executed(),
    "in@variables": executed(note="all"),
    "in@businessKey": executed(),
    "in@local": refused("not executed; name the variables that are passed"),
    "out@source": executed(),
    "out@sourceExpression": executed(),
    "out@target": executed(),
    "out@variables": executed(note="all"),
    "out@local": refused("not executed; name the variables that are taken back"),
    "out@transient": refused("variables are always kept"),
    "in@transient": refused("variables are always kept"),
    "signalEventDefinition/in": refused("payload mapping of signals is not executed yet"),
    # events
    "errorEventDefinition@errorCodeVariable": executed("error_code_variable"),
    "errorEventDefinition@errorMessageVariable": executed("error_message_variable"),
    "errorEventDefinition@errorVariableName": executed("error_code_variable"),
    "escalationEventDefinition@escalationCodeVariable": executed("escalation_code_variable"),
    "conditionalEventDefinition@variableName": documentation(
        "the condition is looked at whenever any variable changes"
    ),
    "conditionalEventDefinition@variableEvents": documentation(
        "the condition is looked at whenever any variable changes"
    ),
    "error@errorMessage": executed("error_message"),
    "signalEventDefinition@async": documentation("signals always reach others in transactions of their own"),
    "messageEventDefinition@correlationKey": refused("not executed"),
    # multi-instance
    "multiInstanceLoopCharacteristics@collection": executed("collection"),
    "multiInstanceLoopCharacteristics@elementVariable": executed("item"),
    "multiInstanceLoopCharacteristics@elementIndexVariable": refused("not executed; use loopCounter"),
    "multiInstanceLoopCharacteristics@asyncBefore": refused(_BORDER),
    "multiInstanceLoopCharacteristics@asyncAfter": refused(_BORDER),
    "multiInstanceLoopCharacteristics@exclusive": documentation(_JOB),
    "multiInstanceLoopCharacteristics/failedJobRetryTimeCycle": documentation(_JOB),
}

FAMILY = Family(
    "camunda",
    "Camunda 7, Operaton, CIB seven, Flowable, Activiti",
    (
        "http://camunda.org/schema/1.0/bpmn",
        "http://operaton.org/schema/1.0/bpmn",
        "http://flowable.org/bpmn",
        "http://activiti.org/bpmn",
    ),
    _PLACES,
)
