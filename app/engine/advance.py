"""What follows from an advance: called processes start and return, and everything is recorded and saved.

Children that are started here are held by this transaction alone. They are worked off in a loop, not by recursion:
how deep processes call each other does not matter to the stack.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeAlias

from sqlalchemy import bindparam as p
from sqlalchemy import func, select

from app.db import Statement
from app.engine import definitions, instances, recorder, transient
from app.engine.chronicle import Operation
from app.engine.definitions import Definition
from app.engine.instances import Held, Locked
from app.engine.work import Work
from app.ids import activity_id, new_id, split_activity_id
from app.models import process_instance as instance
from bpmn.errors import NotWaiting
from bpmn.execution import Execution
from bpmn.facts import CallCanceled, EscalationRaised, Fact, ProcessCalled, ProcessEnded
from bpmn.values import Variables, to_json

#: The event that waits until its escalation is heard: an instance and the number of an activity.
Waiter: TypeAlias = tuple[str, int]
Told: TypeAlias = Literal["here", "handed on"]
HANDED_ON: Told = "handed on"
#: More escalations than this are not heard in one transaction: what loops has others wait for it in turns.
_HEARD_AT_ONCE = 100
# Below this depth, descendants of a root are not counted: only recursion gets deeper.
_COUNTED_DEPTH = 10

_CHILDREN = Statement(select(instance.c.id).where(instance.c.caller_id == p("caller"), instance.c.ended_at.is_(None)))
_DESCENDANTS = Statement(
    select(func.count()).select_from(
        select(instance.c.id)
        .where(instance.c.root_id == p("root"), instance.c.caller_id.is_not(None))
        .limit(p("most"))
        .subquery()
    )
)


def begin(
    tx: Work,
    definition: Definition,
    *,
    variables: Variables,
    business_key: str | None,
    start_event: str | None = None,
    caller: tuple[Locked, int] | None = None,
) -> Held:
    """A new instance, advanced to its first wait states and not yet settled; raises `ModelMissing`."""
    model = tx.definitions.model(definition.id)
    instance_id = new_id()
    execution = Execution.start(
        model,
        tx.context(instance_id, definition.id, business_key),
        variables=variables,
        start_event=start_event,
        called=caller is not None,
    )
    row = Locked(
        id=instance_id,
        definition_id=definition.id,
        definition_key=definition.key,
        business_key=business_key,
        status=instances.ACTIVE,
        caller_id=None if caller is None else activity_id(caller[0].id, caller[1]),
        root_id=instance_id if caller is None else caller[0].root_id,
        depth=0 if caller is None else caller[0].depth + 1,
        revision=0,
        has_candidates=0,
        has_incidents=0,
        started_at=tx.millis,
        state=None,
    )
    return Held(row, model, execution, {}, is_new=True)


def settle(
    tx: Work,
    held: Held,
    command: str,
    operation: Operation | None = None,
    *,
    with_called: bool = True,
    hearing: Iterable[tuple[int, Waiter]] = (),
) -> None:
    """Do what the advance of an instance asks for, record it and save it.

    Without `with_called`, processes whose calls are canceled go on by themselves. `hearing` are the events below that
    wait until the escalations are heard that calls of this instance, by activity, have handed on to its caller.
    """
    settlement = _Settlement(tx, held, with_called)
    for activity, waiter in hearing:
        settlement.hand_on(held.row.id, activity, waiter)
    settlement.run()
    for other in settlement.held.values():
        transient.forget(tx, other)
        recorder.record(tx, other)
        is_first = other is held
        instances.save(tx, other, command if is_first else "call-process", operation if is_first else None)


class _Settlement:
    def __init__(self, tx: Work, held: Held, with_called: bool) -> None:
        self.tx = tx
        self.with_called = with_called
        self.held = {held.row.id: held}
        self.pending = deque([held])
        #: Codes of escalations for callers that are not held here, and who waits for them to be heard, by the instance
        #: that raised them.
        self.raised: dict[str, list[tuple[str, Waiter]]] = {}
        #: Who waits for escalations that calls have handed on, by instance and activity.
        self.handed_on: dict[tuple[str, int], deque[Waiter]] = {}
        self.heard_here = 0

    def run(self) -> None:
        self.react_to_all()
        for instance_id, raised in self.raised.items():
            self.post(self.held[instance_id], raised)

    def react_to_all(self) -> None:
        while self.pending:
            held = self.pending.popleft()
            for fact in held.execution.take_facts():
                held.facts.append(fact)
                react = _REACTIONS.get(type(fact))
                if react is not None:
                    react(self, held, fact)

    def call(self, held: Held, fact: ProcessCalled) -> None:
        definition = self.bound(held, fact)
        problem = self.obstacle(held, fact, definition)
        if problem is not None or definition is None:
            held.execution.fail(fact.activity, *(problem or ("", "")))
            self.pending.append(held)
            return
        self.tx.descendants += 1
        child = begin(
            self.tx,
            definition,
            variables=fact.variables,
            business_key=fact.business_key,
            caller=(held.row, fact.activity),
        )
        self.held[child.row.id] = child
        self.pending.append(child)

    def bound(self, held: Held, fact: ProcessCalled) -> Definition | None:
        """The definition that a call means at this moment."""
        return definitions.VERSIONS.bound(
            self.tx,
            fact.key,
            fact.binding,
            fact.version,
            lambda: definitions.deployment_of(self.tx, held.row.definition_id),
        )

    def obstacle(self, held: Held, fact: ProcessCalled, definition: Definition | None) -> tuple[str, str] | None:
        """Kind and message of the incident where the call cannot be made."""
        settings = self.tx.settings
        if definition is None:
            wanted = "" if fact.version is None else f" ({fact.binding} {fact.version})"
            return "called-process-missing", f"There is no process {fact.key!r}{wanted}; deploy it and retry."
        if definition.suspended:
            return "called-process-suspended", f"Process {fact.key!r} is suspended; resume it and retry."
        if held.row.depth + 1 > settings.max_call_depth:
            return "call-depth-exceeded", f"Processes call each other more than {settings.max_call_depth} deep."
        if self.descendants(held) >= settings.max_call_descendants:
            return (
                "call-descendants-exceeded",
                f"The topmost process has started more than {settings.max_call_descendants} others by calls.",
            )
        return None

    def descendants(self, held: Held) -> int:
        if held.row.depth < _COUNTED_DEPTH:
            return self.tx.descendants
        most = self.tx.settings.max_call_descendants
        stored = self.tx.fetch(_DESCENDANTS, {"root": held.row.root_id, "most": most})[0][0]
        return int(stored) + self.tx.descendants

    def cancel_called(self, held: Held, fact: CallCanceled) -> None:
        if not self.with_called:
            return
        caller = activity_id(held.row.id, fact.activity)
        by = held.canceled_by or instances.CALLER
        for other in list(self.held.values()):
            if other.row.caller_id == caller and not other.execution.ended:
                other.canceled_by = by
                other.execution.cancel()
                self.pending.append(other)
        for (child_id,) in self.tx.fetch(_CHILDREN, {"caller": caller}):
            self.tx.add_job_at_once("cancel-child", instance_id=child_id, payload=to_json({"by": by}).decode())

    def escalate(self, held: Held, fact: EscalationRaised) -> None:
        row = held.row
        if row.caller_id is None:
            return
        caller_id, activity = split_activity_id(row.caller_id)
        waiters = self.handed_on.get((row.id, fact.activity))
        waiter = waiters.popleft() if waiters else (row.id, fact.activity)
        caller = self.held.get(caller_id)
        if caller is None or self.heard_here >= _HEARD_AT_ONCE:
            self.raised.setdefault(row.id, []).append((fact.code, waiter))
            return
        self.heard_here += 1
        told = give_escalation(caller, activity, fact.code, held.results())
        if told is not None:
            self.pending.append(caller)
        if told is HANDED_ON:
            self.hand_on(caller_id, activity, waiter)
        elif caller.execution.is_open(activity) or not self.with_called:
            self.let_go_on(waiter)

    def hand_on(self, instance_id: str, activity: int, waiter: Waiter) -> None:
        """An escalation goes on to the caller of this instance; `waiter` waits for what comes of it there."""
        self.handed_on.setdefault((instance_id, activity), deque()).append(waiter)

    def let_go_on(self, waiter: Waiter) -> None:
        """The escalation of an event is heard, and nothing keeps it any more."""
        instance_id, activity = waiter
        held = self.held.get(instance_id)
        if held is None:
            self.tx.add_job_at_once("heard", instance_id=instance_id, activity=activity)
        elif held.execution.escalation_heard(activity):
            self.pending.append(held)

    def post(self, held: Held, raised: list[tuple[str, Waiter]]) -> None:
        """Leave the escalations of an instance as a job for its caller."""
        caller_id, activity = split_activity_id(held.row.caller_id or "")
        lasting = transient.without(self.tx.transient, held.results())
        payload = to_json({"escalations": raised, "variables": lasting}).decode()
        self.tx.add_job_at_once("escalate", instance_id=caller_id, activity=activity, payload=payload)

    def give_back(self, held: Held, fact: ProcessEnded) -> None:
        row = held.row
        row.status = fact.outcome
        if row.caller_id is None:
            return
        caller_id, activity = split_activity_id(row.caller_id)
        caller = self.held.get(caller_id)
        if caller is None:
            # Before the return, and in the same job: what was raised finds the call still open.
            payload = to_json({"escalations": self.raised.pop(row.id, [])}).decode()
            self.tx.add_job_at_once("return", instance_id=caller_id, activity=activity, event=row.id, payload=payload)
            return
        if give_result(caller, activity, held.results(), fact):
            self.pending.append(caller)


def give_escalation(caller: Held, activity: int, code: str, variables: Variables) -> Told | None:
    """Tell a caller of an escalation in the process it called; None where the call was canceled meanwhile.

    It is heard here, or handed on to the caller's own caller.
    """
    try:
        return HANDED_ON if caller.execution.escalate(activity, code, dict(variables)) else "here"
    except NotWaiting:
        return None


def give_result(caller: Held, activity: int, results: Variables, ending: ProcessEnded) -> bool:
    """Tell a caller that the process it called is over; false where the call was canceled meanwhile."""
    try:
        caller.execution.call_ended(
            activity,
            variables=dict(results),
            outcome=ending.outcome,
            error_code=ending.error_code,
            error_message=ending.error_message,
        )
    except NotWaiting:
        return False
    return True


_REACTIONS: dict[type[Fact], Callable[[_Settlement, Held, Any], None]] = {
    ProcessCalled: _Settlement.call,
    CallCanceled: _Settlement.cancel_called,
    EscalationRaised: _Settlement.escalate,
    ProcessEnded: _Settlement.give_back,
}
