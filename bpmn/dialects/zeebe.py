"""Camunda 8 (Zeebe): extension elements with FEEL."""

from __future__ import annotations

from bpmn.dialects.support import MAPPED, NOT_MAPPED, Family, Support, at_each, documentation, executed, refused

_LISTENER = "listeners are not executed; draw the work as a service task"
_FORM = "kept with the task for user interfaces"
_DECISION = "decisions are not executed yet"

_PLACES: dict[str, Support] = {
    "*@modelerTemplate": documentation("the tool's template"),
    "*@modelerTemplateVersion": documentation("the tool's template"),
    "*@modelerTemplateIcon": documentation("the tool's template"),
    "process/versionTag": executed(note="the tag of this version"),
    "versionTag@value": executed("version_tag"),
    "process/userTaskForm": documentation(_FORM),
    "userTaskForm@id": documentation(_FORM),
    "*/properties": documentation("properties are kept in the diagram"),
    "*/taskHeaders": documentation("headers are kept in the diagram"),
    "serviceTask/taskDefinition": executed(note="work for a worker"),
    "sendTask/taskDefinition": executed(note="work for a worker"),
    "businessRuleTask/taskDefinition": executed(note="work for a worker"),
    "endEvent/taskDefinition": executed(note="work for a worker"),
    "intermediateThrowEvent/taskDefinition": executed(note="work for a worker"),
    "taskDefinition@type": executed("topic"),
    "taskDefinition@retries": executed("retries"),
    **at_each(MAPPED, "/ioMapping", executed(note="input and output mappings")),
    "*/ioMapping": refused(NOT_MAPPED),
    "userTask/userTask": executed(note="a task of the server"),
    "userTask/assignmentDefinition": executed(note="who acts"),
    "assignmentDefinition@assignee": executed("assignee"),
    "assignmentDefinition@candidateGroups": executed("candidate_groups"),
    "assignmentDefinition@candidateUsers": executed("candidate_users"),
    "userTask/taskSchedule": executed(note="when"),
    "taskSchedule@dueDate": executed("due"),
    "taskSchedule@followUpDate": executed("follow_up"),
    "userTask/priorityDefinition": executed(note="how urgent"),
    "priorityDefinition@priority": executed("priority"),
    "userTask/formDefinition": executed(note=_FORM),
    "formDefinition@formKey": executed("form_key", _FORM),
    "formDefinition@formId": executed("form_key", _FORM),
    "formDefinition@externalReference": executed("form_key", _FORM),
    "formDefinition@bindingType": documentation(_FORM),
    "formDefinition@versionTag": documentation(_FORM),
    "startEvent/formDefinition": documentation(_FORM),
    "callActivity/calledElement": executed(note="the called process"),
    "calledElement@processId": executed("called_element"),
    "calledElement@propagateAllChildVariables": executed("propagate_child"),
    "calledElement@propagateAllParentVariables": executed("propagate_parent"),
    "calledElement@bindingType": executed("called_binding"),
    "calledElement@versionTag": executed("called_version_tag"),
    "calledElement@businessId": executed("called_business_key"),
    "message/subscription": executed(note="the correlation key"),
    "subscription@correlationKey": executed("correlation_key"),
    "*/executionListeners": refused(_LISTENER),
    "userTask/taskListeners": refused(_LISTENER),
    "*/taskDefinition": refused("scripts are not executed yet"),
    "*/script": refused("scripts are not executed yet"),
    "*/calledDecision": refused(_DECISION),
    "multiInstanceLoopCharacteristics/loopCharacteristics": executed(note="what is repeated for"),
    "loopCharacteristics@inputCollection": executed("collection"),
    "loopCharacteristics@inputElement": executed("item"),
    "loopCharacteristics@outputCollection": executed("output_collection"),
    "loopCharacteristics@outputElement": executed("output_item"),
    "*/linkedResources": refused("linked resources are not executed"),
    "*/adHoc": refused("the choice of what is done is not executed yet"),
    "*/conditionalFilter": documentation("the condition is looked at whenever any variable changes"),
    "*/publishMessage": refused("not executed; give the message a name, or the element a topic"),
    "*/jobPriorityDefinition": documentation("scheduling hint of another engine"),
    "*/taskPriorityDefinition": documentation("scheduling hint of another engine"),
}

FAMILY = Family("zeebe", "Camunda 8 (Zeebe)", ("http://camunda.org/schema/zeebe/1.0",), _PLACES)
