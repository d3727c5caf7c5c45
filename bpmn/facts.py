"""What happened during one advance, in order.

Facts are all that leaves the interpreter: the server turns them into rows and keeps them, packed, as the history.
They are stored, so a tag is never reused and a field is only ever appended, with a default.

`activity` is the number of an activity instance: unique within its process instance, ascending in order of creation.
`scope` is 0 for the process and otherwise the number of the activity instance that owns the variables.
`element` is the id of the element in the diagram. Times are aware datetimes in UTC.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

import msgspec

from bpmn.decisions.records import DecisionRecord

DEFAULT_PRIORITY = 50
"""The urgency of user tasks whose diagram says nothing of it."""


class _Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Base of all facts."""


class ProcessStarted(_Fact, tag="ps", frozen=True):
    """The instance began at a start event, or at `None` where the process has no start event."""

    element: str | None


class ActivityStarted(_Fact, tag="as", frozen=True):
    """An element was entered and waits, or opened a scope (BPMN 13.3.2)."""

    activity: int
    element: str
    scope: int
    role: str = ""
    """"body": it holds the repetitions of a loop; "run": one of them; "undo": it undoes a completed subprocess;
    "listener": work for a worker that its scope waits for."""


class ActivityEnded(_Fact, tag="ae", frozen=True):
    """A started activity instance completed."""

    activity: int


class ActivityPassed(_Fact, tag="ap", frozen=True):
    """An element was entered and left in the same advance: started and ended at once."""

    activity: int
    element: str
    scope: int


class ActivityCanceled(_Fact, tag="ac", frozen=True):
    """A started activity instance was ended from outside: by a boundary event, a termination or a person."""

    activity: int


class UserTaskOpened(_Fact, tag="uo", frozen=True):
    """A person is asked to act. What the diagram says of assignment is evaluated; the rest is the server's.

    What cannot be evaluated is as if the diagram did not say it, and a `StepFailed` follows.
    """

    activity: int
    element: str
    name: str | None
    assignee: str | None = None
    candidate_users: tuple[str, ...] = ()
    candidate_groups: tuple[str, ...] = ()
    priority: int = DEFAULT_PRIORITY
    due: datetime | None = None
    follow_up: datetime | None = None
    form_key: str | None = None
    documentation: str | None = None


class UserTaskAssigned(_Fact, tag="ua", frozen=True):
    """What the diagram says of an open user task and could not be evaluated at first: what is known of it now.

    It counts where nobody has said something else meanwhile. What is None or empty is as it was.
    """

    activity: int
    assignee: str | None = None
    candidate_users: tuple[str, ...] = ()
    candidate_groups: tuple[str, ...] = ()
    priority: int | None = None
    due: datetime | None = None
    follow_up: datetime | None = None


class UserTaskClosed(_Fact, tag="uc", frozen=True):
    """The user task of this activity instance needs nobody any more (completed or canceled)."""

    activity: int


class ServiceTaskOpened(_Fact, tag="so", frozen=True):
    """Work for a worker that fetches it by topic. `variables` are its local ones (input mappings)."""

    activity: int
    element: str
    topic: str
    priority: int = 0
    retries: int | None = None


class ServiceTaskClosed(_Fact, tag="sc", frozen=True):
    """The work of this activity instance is no longer wanted from workers (completed or canceled)."""

    activity: int


class TimerArmed(_Fact, tag="ta", frozen=True):
    """`event` (a catch or boundary event or the activity itself) is to fire at `due`.

    `repetition` counts from 1; a cycle arms its next repetition with a new fact when one has fired.
    """

    activity: int
    event: str
    due: datetime
    repetition: int = 1
    priority: int = 0


class MessageAwaited(_Fact, tag="ma", frozen=True):
    """`event` waits for one message of this name, with this correlation key where the diagram gives one.

    `keyed` says that the key is among `ProcessModel.message_keys` of the message; without a `correlation_key` the first
    one that comes decides.
    """

    activity: int
    event: str
    name: str
    correlation_key: str | None = None
    keyed: bool = False


class SignalAwaited(_Fact, tag="sa", frozen=True):
    """`event` waits for a signal of this name."""

    activity: int
    event: str
    name: str


class WaitOver(_Fact, tag="wo", frozen=True):
    """The timer or subscription of `event` at this activity instance is gone (it fired, or was withdrawn)."""

    activity: int
    event: str
    kind: str
    """One of "timer", "message", "signal"."""


class SignalThrown(_Fact, tag="st", frozen=True):
    """A signal is to reach everybody in other instances who waits for it when this advance is committed."""

    activity: int
    name: str
    variables: dict[str, Any] = {}


class MessageThrown(_Fact, tag="mt", frozen=True):
    """A message is to reach one receiver when this advance is committed; `event` is the element that sent it."""

    activity: int
    event: str
    name: str
    variables: dict[str, Any] = {}
    correlation_key: str | None = None


class EscalationRaised(_Fact, tag="er", frozen=True):
    """An escalation that nobody in this called instance catches, for whoever does among its callers."""

    activity: int
    code: str


class ProcessCalled(_Fact, tag="pc", frozen=True):
    """A call activity wants a child instance of `key`.

    `binding` is one of "latest", "version", "versionTag", "deployment"; `version` is the number or the tag.
    """

    activity: int
    element: str
    key: str
    binding: str = "latest"
    version: str | None = None
    variables: dict[str, Any] = {}
    business_key: str | None = None


class CallCanceled(_Fact, tag="cc", frozen=True):
    """The child instance of this activity instance is to be canceled."""

    activity: int


class DecisionEvaluated(_Fact, tag="de", frozen=True):
    """A business rule task evaluated a decision: `decisions` are all on the way to it, it is the last of them.

    `definition_id` and `version` are those of the decision `key`, `file_id` is that of the file that holds it.
    """

    activity: int
    element: str
    definition_id: str
    key: str
    version: int
    file_id: str
    decisions: tuple[DecisionRecord, ...] = ()


class VariableSet(_Fact, tag="vs", frozen=True):
    """A variable got a value (new or changed) in its scope."""

    scope: int
    name: str
    value: Any


class ScopeEnded(_Fact, tag="se", frozen=True):
    """The scope and its variables are gone; emitted only where the scope held variables."""

    scope: int


class ScriptDue(_Fact, tag="sd", frozen=True):
    """A script is to be run while nobody holds the instance; the step that needs it was undone and waits for it."""

    activity: int
    element: str
    key: str
    language: str


class ScriptOver(_Fact, tag="sx", frozen=True):
    """The script of this activity instance is not waited for any more (it was run, has failed, or was canceled)."""

    activity: int


class StepFailed(_Fact, tag="sf", frozen=True):
    """A step could not be taken and waits for help: an incident. Its work so far was undone, nothing else was.

    `kind` is a code such as "condition-failed", "no-flow-taken", "mapping-failed", "timer-invalid",
    "bpmn-error-unhandled", "called-process-missing", "step-limit"; the list is in docs/errors.md.
    """

    activity: int
    element: str
    kind: str
    message: str


class FailureCleared(_Fact, tag="fc", frozen=True):
    """The failed step was taken up again, or is no longer needed."""

    activity: int


class ContinuationDue(_Fact, tag="cd", frozen=True):
    """One token has reached the transaction border of an element, or the step budget is used up (`border` is None).

    `Execution.proceed` is to be called for each.
    """

    priority: int = 0
    border: str | None = None


class ContinuationOver(_Fact, tag="cx", frozen=True):
    """One token that waited at the transaction border of an element was ended before it went on."""

    border: str


class ProcessEnded(_Fact, tag="pe", frozen=True):
    """The instance is over.

    `outcome` is "completed", "terminated" (a terminate end event), "canceled" (from outside) or "error"
    (an error end event that nobody in this instance catches, with a caller that may: `error_code`, `error_message`).
    `elements` are the end events reached, in order, without repeats.
    """

    outcome: str
    elements: tuple[str, ...] = ()
    error_code: str | None = None
    error_message: str | None = None


Fact: TypeAlias = (
    ProcessStarted
    | ActivityStarted
    | ActivityEnded
    | ActivityPassed
    | ActivityCanceled
    | UserTaskOpened
    | UserTaskAssigned
    | UserTaskClosed
    | ServiceTaskOpened
    | ServiceTaskClosed
    | TimerArmed
    | MessageAwaited
    | SignalAwaited
    | WaitOver
    | SignalThrown
    | MessageThrown
    | EscalationRaised
    | ProcessCalled
    | CallCanceled
    | DecisionEvaluated
    | VariableSet
    | ScopeEnded
    | ScriptDue
    | ScriptOver
    | StepFailed
    | FailureCleared
    | ContinuationDue
    | ContinuationOver
    | ProcessEnded
)
