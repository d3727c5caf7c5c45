"""What the dialect calls the kinds of elements and of incidents."""

from __future__ import annotations

from bpmn.drawing import DrawnElement

_STARTS = {
    "message": "messageStartEvent",
    "timer": "startTimerEvent",
    "signal": "signalStartEvent",
    "error": "errorStartEvent",
    "escalation": "escalationStartEvent",
    "conditional": "conditionalStartEvent",
    "compensate": "compensationStartEvent",
}
_ENDS = {
    None: "noneEndEvent",
    "message": "messageEndEvent",
    "signal": "signalEndEvent",
    "error": "errorEndEvent",
    "terminate": "terminateEndEvent",
    "escalation": "escalationEndEvent",
    "compensate": "compensationEndEvent",
    "cancel": "cancelEndEvent",
}
_CATCHES = {
    "timer": "intermediateTimer",
    "message": "intermediateMessageCatch",
    "signal": "intermediateSignalCatch",
    "conditional": "intermediateConditional",
    "link": "intermediateLinkCatch",
}
_THROWS = {
    None: "intermediateNoneThrowEvent",
    "message": "intermediateMessageThrowEvent",
    "signal": "intermediateSignalThrow",
    "escalation": "intermediateEscalationThrowEvent",
    "compensate": "intermediateCompensationThrowEvent",
    "link": "intermediateLinkThrow",
}
_BOUNDARIES = {
    "timer": "boundaryTimer",
    "message": "boundaryMessage",
    "signal": "boundarySignal",
    "error": "boundaryError",
    "escalation": "boundaryEscalation",
    "conditional": "boundaryConditional",
    "compensate": "compensationBoundaryCatch",
    "cancel": "cancelBoundaryCatch",
}
_BY_EVENT = {
    "startEvent": _STARTS,
    "endEvent": _ENDS,
    "intermediateCatchEvent": _CATCHES,
    "intermediateThrowEvent": _THROWS,
    "boundaryEvent": _BOUNDARIES,
}
FAILED_JOB = "failedJob"
#: What is at an element without being its activity, by the part that it plays there.
_PARTS = {"body": "multiInstanceBody", "listener": "listener"}
FAILED_EXTERNAL_TASK = "failedExternalTask"


def place_name(element_id: str, role: str) -> str:
    """The dialect's id for what is at an element: what holds the runs of a repetition is told apart from them."""
    return f"{element_id}#{_PARTS[role]}" if role in _PARTS else element_id


def activity_type(element: DrawnElement | None, role: str = "") -> str:
    """The dialect's word for the kind of an element; an empty text where it is not drawn."""
    if role in _PARTS:
        return _PARTS[role]
    if element is None:
        return ""
    by_event: dict[str | None, str] = _BY_EVENT.get(element.type, {})  # type: ignore[assignment]
    return by_event.get(element.event, element.type)


def incident_type(kind: str, job_id: int | None) -> str:
    """The dialect's word for a kind of incident; those that it does not know keep their own."""
    if kind != "retries-exhausted":
        return kind
    return FAILED_EXTERNAL_TASK if job_id is None else FAILED_JOB
