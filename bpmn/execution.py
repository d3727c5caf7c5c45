"""Execution: one process instance, advanced by tokens over the specs of its model; the door of this package.

Each stimulus from outside advances to the next wait states before it returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bpmn import apart, catching, listening, state
from bpmn import facts as f
from bpmn.asking import Found
from bpmn.context import Context
from bpmn.elements.adhoc import AdHocSubprocess
from bpmn.elements.base import Element, StepFailure
from bpmn.elements.events import StartEvent, Trigger
from bpmn.elements.gateways import starting_gateway
from bpmn.elements.reports import error_of
from bpmn.elements.subprocesses import CallActivity
from bpmn.elements.work import ExternalWork
from bpmn.errors import EvaluationFailed, NotWaiting
from bpmn.expressions import Reply, Script, Surroundings
from bpmn.runtime import Runtime
from bpmn.scopes import (
    ASSIGN,
    BESIDE,
    BODY,
    HEARING,
    INTERNAL,
    LISTENER,
    RUN,
    TIMER,
    UNDO,
    Beginning,
    Node,
    Token,
    element_of,
)

if TYPE_CHECKING:
    from bpmn.apart import Saved, Shelf
    from bpmn.model import ProcessModel
    from bpmn.values import Value, Variables

__all__ = ["Choice", "Context", "Execution", "LiveActivity", "Wanted"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A script to be run: with these variables, told who asks (`about`), at this moment and with this chance."""

    script: Script
    variables: dict[str, Value]
    about: dict[str, Value]
    now: datetime
    seed: int


@dataclass(frozen=True, slots=True)
class Choice:
    """An open ad-hoc subprocess, and the elements that a performer may begin in it now (BPMN 13.3.5)."""

    activity: int
    element: str
    elements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LiveActivity:
    """An open activity instance.

    `waits` is one of "user-task", "service", "event", "call", "scope", "script", "failed"; `failed` says whether there
    is a failure, also one beside which it goes on to wait.
    """

    activity: int
    element: str
    scope: int
    waits: str
    events: tuple[tuple[str, str], ...] = ()
    """The (event element, kind) pairs of armed timers and open subscriptions."""
    failed: bool = False


class Execution(Runtime):
    """A live process instance. Use `start` or `restore`."""

    @classmethod
    def start(
        cls,
        model: ProcessModel,
        context: Context,
        *,
        variables: Variables | None = None,
        start_event: str | None = None,
        called: bool = False,
    ) -> Execution:
        """A new instance, advanced to its first wait states.

        `start_event` names the event that was triggered; without it the process is entered plainly. `called` says
        that a caller will take errors that nobody here catches. Raises `NotWaiting` where it cannot be started so.
        """
        run = cls(model, context)
        run.called = called
        entries = run._entries(start_event)
        named = start_event is not None or model.spec.plain_starts() or len(entries) == 1
        run.record(f.ProcessStarted(entries[0].bpmn_id if named else None))
        run._begin_process(entries, start_event, variables or {})
        run._advance()
        return run

    @classmethod
    def restore(
        cls,
        model: ProcessModel,
        context: Context,
        dumped: bytes,
        variables: Mapping[tuple[int, str], Value],
        shelf: Shelf | None = None,
    ) -> Execution:
        """The instance whose state was dumped, with its variables by (scope, name). Raises `StateUnreadable`.

        `shelf` has what was saved apart from the state; where there is any, `variables` need only be the process's.
        """
        run = cls(model, context)
        state.restore(run, dumped)
        run.load(variables)
        run.shelf = shelf
        if run.crowded and shelf is not None:
            run.load(shelf.variables([number for number in run.nodes if number]))
        return run

    def dump(self) -> bytes:
        """The whole state between two advances: versioned, without variables and without history."""
        apart.take_all(self)
        for number in self.storing & self.nodes.keys():
            apart.take_results(self, self.nodes[number])
            self.nodes[number].stored = False
        return state.dump(self)

    def save(self) -> Saved:
        """The state between two advances, with what is to be kept apart from it."""
        return apart.save(self)

    def complete(self, activity: int, variables: Variables | None = None, report: Variables | None = None) -> None:
        """A user task or service task is done, or an error by the rules drawn at it, which see the worker's report.

        Raises `NotWaiting`.
        """
        node = self._open_node(activity, ("user-task", "service"))
        if (code := self.error_reported(activity, report or {}, variables or {})) is not None:
            self.throw_error(activity, code, None, variables)
            return
        self._stimulus()
        if node.role == LISTENER:
            self._answered(node, variables or {})
            return
        element = element_of(node)
        element.accept(self, node, variables or {})
        # Nobody is to do it again, also where the way out fails and waits for help.
        element.closed(self, node, canceled=False)
        node.done = True
        if node.phase == ASSIGN:
            self._clear_failure(node)
        self.finish_soon(node)
        self._advance()

    def throw_error(
        self, activity: int, code: str, message: str | None = None, variables: Variables | None = None
    ) -> None:
        """A modelled business exception at an open activity, for the nearest event that catches it.

        Raises `NotWaiting`.
        """
        node = self._open_node(activity, ("user-task", "service", "call"))
        self._stimulus()
        found = catching.catcher(self, node, "error", code)
        if found is not None and found[2].variable is not None:
            catching.throw_error(self, node, node, code, message, variables)
        else:
            element_of(node).bring(self, node, variables or {})
            catching.throw_error(self, node, node, code, message)
        self._advance()

    def error_reported(self, activity: int, report: Variables, variables: Variables) -> str | None:
        """The code of the error that a worker's report is, by the rules drawn at its task; None where it is none.

        They see the report as `externalTask`, and the variables that come with it.

        Raises `NotWaiting`, also where a rule cannot be evaluated.
        """
        node = self._open_node(activity, ("user-task", "service"))
        element = element_of(node)
        if node.role == LISTENER or not isinstance(element, ExternalWork):
            return None
        try:
            return error_of(element.error_rules, self.sight(node), {**variables, "externalTask": dict(report)})
        except EvaluationFailed as fault:
            raise NotWaiting(str(fault)) from None

    def raise_escalation(self, activity: int, code: str, variables: Variables | None = None) -> None:
        """Whoever works at an open user task raises an escalation, for the nearest event that catches it (BPMN 10.5.6).

        The task stays open unless that event interrupts it. Raises `NotWaiting`, also where nobody catches it.
        """
        node = self._open_node(activity, ("user-task",))
        if not self.called and catching.catcher(self, node, "escalation", code) is None:
            raise NotWaiting(f"no event catches the escalation {code!r}")
        self._stimulus()
        element_of(node).bring(self, node, variables or {})
        catching.throw_escalation(self, node, code, variables or {})
        self._advance()

    def trigger(self, activity: int, event: str, variables: Variables | None = None) -> None:
        """What `event` waited for at this activity instance has come. Raises `NotWaiting`."""
        node = apart.find(self, activity)
        if node is None or event not in node.waits or node.waits[event].kind in INTERNAL:
            raise NotWaiting(f"activity instance {activity} does not wait for {event!r}")
        self._stimulus()
        catching.triggered(self, node, event, variables or {})
        self._advance()

    def call_ended(
        self,
        activity: int,
        *,
        variables: Variables,
        outcome: str = "completed",
        error_code: str | None = None,
        error_message: str | None = None,
    ) -> None:
        """The child instance of a call activity is over (BPMN 10.3.6). Raises `NotWaiting`."""
        node = self._open_node(activity, ("call",))
        self._stimulus()
        if outcome == "error":
            self._take_on_error(node, variables)
            catching.throw_error(self, node, node, error_code or "", error_message)
        elif outcome == "canceled":
            self._fail(node, "open", StepFailure("called-process-canceled", "the called process was canceled"))
        else:
            self._take_back(node, variables)
        self._advance()

    def escalate(self, activity: int, code: str, variables: Variables) -> None:
        """The child instance of a call activity raises an escalation, and has these variables (BPMN 10.5.6).

        Raises `NotWaiting`.
        """
        node = self._open_node(activity, ("call",))
        self._stimulus()
        call = element_of(node)
        assert isinstance(call, CallActivity)
        # Camunda's outputs are taken when something escalates, whoever catches it; Zeebe's where it is caught.
        if not call.is_zeebe or catching.catcher(self, node, "escalation", code) is not None:
            self._take_what_is_there(call, node, variables)
        catching.throw_escalation(self, node, code, {})
        self._advance()

    def escalation_heard(self, activity: int) -> bool:
        """The caller has heard an escalation that was raised here, and the call goes on.

        False where the event that raised it is gone, or did not wait for that.
        """
        node = apart.find(self, activity)
        if node is None or HEARING not in node.waits:
            return False
        self._stimulus()
        catching.heard(self, node)
        self._advance()
        return True

    def is_open(self, activity: int) -> bool:
        """Whether an activity instance is alive."""
        return apart.find(self, activity) is not None

    def fail(self, activity: int, kind: str, message: str) -> None:
        """Outside help failed for good: the activity stays open with an incident. Raises `NotWaiting`."""
        node = self._open_node(activity, ("user-task", "service", "call", "event"))
        self._fail(node, "open", StepFailure(kind, message))

    def retry(self, activity: int) -> None:
        """Take up the failed step again. Raises `NotWaiting` where nothing has failed."""
        node = apart.find(self, activity)
        if node is None or not node.failure:
            raise NotWaiting(f"nothing has failed at activity instance {activity}")
        self._stimulus()
        self._take_up(node)
        self._advance()

    def script_of(self, activity: int) -> Wanted | None:
        """What is to be run for an activity whose step waits for a script; None where that is not needed any more.

        This takes the step to find out: the execution is of no use afterwards. Raises `NotWaiting`.
        """
        node = self._asking_node(activity)
        asked = node.asked
        assert asked is not None
        for work in (self.queue, self.loud, self.deferred, self.finishing, self.opening, self.fired):
            work.clear()
        self.probed = activity
        try:
            self._take_up(node)
            self._advance()
        except Found as found:
            needed = found.needed
            return Wanted(needed.script, needed.variables, self._about(node), asked.now, asked.seed)
        return None

    def script_done(
        self,
        activity: int,
        key: str | None = None,
        *,
        saw: Variables | None = None,
        value: Value = None,
        assigned: Variables | None = None,
        error_code: str | None = None,
        error_message: str | None = None,
    ) -> None:
        """The script `key` that the step of an activity waited for has been run, or none is needed; the step is taken.

        `saw` is what the script saw of the variables that it set: where they have changed since then it is run again.
        Raises `NotWaiting`.
        """
        node = self._asking_node(activity)
        assert node.asked is not None
        if key is not None:
            if key != node.asked.key:
                raise NotWaiting(f"activity instance {activity} waits for another script than {key!r}")
            node.asked.replies[key] = Reply(value, dict(assigned or {}), error_code, error_message)
            node.asked.saw = (key, dict(saw or {}))
        self._stimulus()
        self._take_up(node)
        self._advance()

    def script_failed(self, activity: int, message: str) -> None:
        """The script that the step of an activity waits for broke off: an incident. Raises `NotWaiting`."""
        node = self._asking_node(activity)
        self._stimulus()
        phase = self._clear_failure(node)
        self._fail(node, phase, StepFailure("script-failed", message))
        self._advance()

    def _take_up(self, node: Node) -> None:
        """Take the step again that has failed, or waits for a script."""
        phase = self._clear_failure(node)
        element = element_of(node)
        if phase == "leave":
            self.finish_soon(node)
        elif phase == "results":
            self._take_back(node, dict(node.variables or {}))
        elif phase in BESIDE:
            self._mend_beside(node)
        elif phase == "arrive":
            self._come_again(node)
        elif phase == "repeat":
            self.open_runs(node, 1)
        elif phase == "begin":
            self._begin_heard(node)
        elif phase == "open":
            self._attempt(node, "open", lambda: self._resume(node))
        elif node.role or element.opens_in(self):
            self._begin(node)
        else:
            assert node.parent is not None
            self.pass_through(element, node.parent, node=node)

    def choices(self) -> Iterator[Choice]:
        """The open ad-hoc subprocesses."""
        apart.take_all(self)
        for node in self.nodes.values():
            if isinstance(node.element, AdHocSubprocess) and node.role in ("", RUN):
                names = tuple(element.bpmn_id for element in node.element.can_begin(node))
                yield Choice(node.number, node.element.bpmn_id, names)

    def choose(self, activity: int, element: str, variables: Variables | None = None) -> None:
        """A performer begins an activity of an open ad-hoc subprocess, once more or for the first time.

        The variables are set in the subprocess. Raises `NotWaiting` where it cannot be begun now.
        """
        node = apart.find(self, activity)
        if node is None or not isinstance(node.element, AdHocSubprocess) or node.role not in ("", RUN):
            raise NotWaiting(f"activity instance {activity} is no open ad-hoc subprocess")
        possible = {choice.bpmn_id: choice for choice in node.element.can_begin(node)}
        if element not in possible:
            raise NotWaiting(f"{element!r} cannot be begun in {node.element.bpmn_id!r} now, but {sorted(possible)}")
        self._stimulus()
        self.set_local(node, variables or {})
        self.enter_next(possible[element], node)
        self._advance()

    def set_variables(self, scope: int, variables: Variables) -> None:
        """Set variables in a scope by hand. Raises `NotWaiting` where the scope is gone."""
        node = apart.find(self, scope)
        if node is None:
            raise NotWaiting(f"there is no scope {scope}")
        self._stimulus()
        self.set_local(node, variables)
        if not self.ended:
            self._advance()

    def remove_variables(self, scope: int, names: Iterable[str]) -> None:
        """Variables of a scope were removed by hand: conditions are looked at. Raises `NotWaiting` where it is gone."""
        node = apart.find(self, scope)
        if node is None:
            raise NotWaiting(f"there is no scope {scope}")
        self._stimulus()
        self.forget(node, names)
        if not self.ended:
            self._advance()

    def move_timer(self, activity: int, event: str, due: datetime) -> None:
        """What repeats at this timer is counted from `due` on; its next firing is the caller's. Raises `NotWaiting`."""
        node = apart.find(self, activity)
        if node is None or event not in node.waits or node.waits[event].kind != "timer":
            raise NotWaiting(f"activity instance {activity} has no timer {event!r}")
        if node.waits[event].due is not None:
            node.waits[event].due = due

    def cancel(self) -> None:
        """End the instance from outside. Raises `NotWaiting` where it is over."""
        if self.ended:
            raise NotWaiting("the process instance is over")
        self.end("canceled")

    def proceed(self, border: str | None = None) -> None:
        """Go on after `ContinuationDue`: with one token that waits at this border, if there is one, else with all."""
        waiting = [token for token in self.deferred if border is None or token.border.bpmn_id == border]
        going = waiting if border is None else waiting[:1]
        self.deferred = [token for token in self.deferred if not any(token is gone for gone in going)]
        self.queue.extend(going)
        self._advance()

    def scopes_of(self, activity: int) -> list[int]:
        """The scopes that an open activity instance sees, from its own to the process. Raises `NotWaiting`."""
        node = apart.find(self, activity)
        if node is None:
            raise NotWaiting(f"activity instance {activity} is not open")
        found = [node.number]
        while node.parent is not None:
            node = node.parent
            found.append(node.number)
        return found

    def live(self) -> Iterator[LiveActivity]:
        """The open activity instances, and the process itself (0) where a step of its own is to be taken again."""
        apart.take_all(self)
        for node in self.nodes.values():
            if node.parent is not None or node.phase:
                scope = 0 if node.parent is None else node.parent.number
                waits, has_failed = _waits_now(node), bool(node.failure)
                yield LiveActivity(node.number, element_of(node).bpmn_id, scope, waits, _events(node), has_failed)

    def waits(self) -> Iterator[tuple[int, str, str]]:
        """Activity, event and kind of all armed timers and open subscriptions; 0 is the process itself."""
        apart.take_all(self)
        for node in self.nodes.values():
            for event, kind in _events(node):
                yield node.number, event, kind

    def _take_on_error(self, node: Node, variables: Variables) -> None:
        """Camunda's outputs are taken from a process that ended with an error, too, as far as they can be computed."""
        call = element_of(node)
        assert isinstance(call, CallActivity)
        if not call.is_zeebe:
            self._take_what_is_there(call, node, variables)

    def _take_what_is_there(self, call: CallActivity, node: Node, variables: Variables) -> None:
        """Take the outputs of a called process that is not over, or ended with an error."""
        assert node.parent is not None
        try:
            self.assign(node.parent, call.results(self, node, dict(variables)))
        except StepFailure:
            # What is made last is missing yet: the error or the escalation is what counts.
            return

    def _take_back(self, node: Node, variables: Variables) -> None:
        """A called process has ended well: take its results and leave the call activity."""
        call = element_of(node)
        assert isinstance(call, CallActivity)
        try:
            results = call.results(self, node, dict(variables))
            own = call.own_results(self, node, dict(variables))
        except StepFailure as failure:
            self.set_local(node, variables)
            self._fail(node, "results", failure)
            return
        call.accept(self, node, results)
        if own:
            self.set_local(node, own)
        self.finish_soon(node)

    def _answered(self, node: Node, variables: Variables) -> None:
        """A worker has done what a listener asks for."""
        listened = node.parent
        assert listened is not None
        if listening.answered(self, node, variables):
            self._begin_heard(listened)
        else:
            self.finish_soon(listened)
        self._advance()

    def _come_again(self, node: Node) -> None:
        assert node.parent is not None
        self._unregister(node)
        self.record(f.ActivityCanceled(node.number))
        self.queue.append(Token(element_of(node), node.index, node.parent))

    def _begin_heard(self, node: Node) -> None:
        """Let the process, or what an activity does, begin behind the listeners of its beginning."""
        self._attempt(node, "begin", self._hear_beginning if node.parent is None else lambda: self.begin(node))

    def _begin_process(self, entries: list[Element], start_event: str | None, variables: Variables) -> None:
        """Let the process begin; what the starting event has brought is here already."""
        triggered = [entry for entry in entries if start_event is not None and isinstance(entry, Trigger)]
        has_outputs = any(entry.has_data_outputs for entry in triggered)
        if not has_outputs:
            self.set_local(self.root, self._received(start_event, variables))
        for entry in entries:
            if isinstance(entry, StartEvent):
                entry.name_initiator(self)
        if self.root.element is not None:
            needed_later = has_outputs or (triggered and self.model.conversations.keys)
            self.beginning = Beginning(start_event, variables if needed_later else {})
            self._begin_heard(self.root)
            return
        try:
            self._enter_process(entries, start_event, variables)
        except StepFailure as failure:
            raise NotWaiting(f"the process cannot begin: {failure.message}") from None

    def _received(self, came: str | None, variables: Variables) -> Variables:
        """What the starting event brought, as variables."""
        catch = None if came is None else self.model.catch_at(came)
        return variables if catch is None else catch.received(variables)

    def _hear_beginning(self) -> None:
        """Let the process begin behind its listeners. Raises `StepFailure`."""
        root, beginning = self.root, self.beginning
        heard = element_of(root).heard
        assert heard is not None
        assert beginning is not None
        if not listening.tell(self, root, heard, to_end=False):
            return
        try:
            self._enter_process(self._entries(beginning.event), beginning.event, beginning.variables)
        except StepFailure:
            self._take_back_beginning()
            raise
        root.heard, self.beginning = heard.beginning, None

    def _take_back_beginning(self) -> None:
        """Nothing of the process has begun yet."""
        self.queue.clear()
        self.finishing.clear()
        self.watching.clear()
        self.nodes = {0: self.root}
        self.root.children, self.root.tokens = {}, 0

    def _enter_process(self, entries: list[Element], start_event: str | None, variables: Variables) -> None:
        """Put tokens where the process begins. Raises `StepFailure`."""
        self.enter_with([], self.model.spec, self.root)
        if entries:
            self.finishing.clear()
        self.root.tokens = len(entries)
        if not entries:
            self.finish_soon(self.root)
        for entry in entries:
            if start_event is not None and isinstance(entry, Trigger):
                self._learn_from(start_event, variables)
                self._begin_at(entry, start_event, variables)
            else:
                self.queue.append(Token(entry, -1, self.root))

    def _learn_from(self, came: str, variables: Variables) -> None:
        """A message that starts the process may begin a conversation; where it has come to, the rest of it does."""
        if self.model.conversations.keys and (catch := self.model.catch_at(came)) and catch.kind == "message":
            catching.converse(self, catch.definition.name, variables)
            catching.wait_for_other_starts(self, catch)

    def _begin_at(self, entry: Trigger, came: str, variables: Variables) -> None:
        """Begin at an element one of whose definitions has come; wait for whatever else it takes to begin."""
        gateway = starting_gateway(entry)
        if gateway is not None and gateway.takes_all:
            catching.wait_for_others(self, self._register(gateway, self.root), entry)
        if isinstance(entry, StartEvent) and not (entry.all_needed or entry.has_data_outputs):
            self.queue.append(Token(entry, -1, self.root))
            return
        node = self._register(entry, self.root)
        if entry.has_data_outputs:
            entry.accept(self, node, self._received(came, variables))
        if entry.all_needed:
            catching.arm(self, node, entry, but=came)
        if not node.waits:
            self.finish_soon(node)

    def _resume(self, node: Node) -> None:
        if node.role == LISTENER:
            listening.resume(self, node)
            return
        element_of(node).resume(self, node)
        catching.rearm_stalled(self, node)

    def _mend_beside(self, node: Node) -> None:
        """Find out what was not known of a task, and go on with the cycles of timers that could not."""
        if node.unknown:
            element_of(node).find_out(self, node)
        if not node.phase:
            self._attempt(node, TIMER, lambda: catching.rearm_stalled(self, node))

    def _open_node(self, activity: int, waiting_for: tuple[str, ...]) -> Node:
        node = apart.find(self, activity)
        if node is None or node.parent is None or _waits_for(node) not in waiting_for:
            raise NotWaiting(f"activity instance {activity} is not open for this")
        if node.phase and not node.failure:
            raise NotWaiting(f"activity instance {activity} waits for a script to be run; try again later")
        if node.phase not in ("", *BESIDE):
            raise NotWaiting(f"activity instance {activity} has failed ({node.failure}); resolve its incident first")
        return node

    def _asking_node(self, activity: int) -> Node:
        node = apart.find(self, activity)
        if node is None or node.asked is None or not node.phase or node.failure:
            raise NotWaiting(f"activity instance {activity} waits for no script")
        return node

    def _about(self, node: Node) -> dict[str, Value]:
        """What a script is told of who asks."""
        settings = self.sight(node).settings
        assert isinstance(settings, Surroundings)
        instance, element = settings.instance, element_of(node)
        return {
            "id": settings.activity_id,
            "businessKey": instance.business_key,
            "processInstanceId": instance.id,
            "processDefinitionId": instance.definition_id,
            "currentActivityId": element.bpmn_id,
            "currentActivityName": element.bpmn_name,
        }

    def _entries(self, start_event: str | None) -> list[Element]:
        spec = self.model.spec
        if start_event is not None:
            known = {start.element for start in self.model.starts}
            if start_event not in known:
                raise NotWaiting(f"{start_event!r} is no start event of {self.model.key!r}; there are {sorted(known)}")
            return spec.entries(self.model.start_element(start_event))
        starts = spec.plain_starts() or self._only_start()
        if not starts and any(isinstance(self.model.start_element(s.element), StartEvent) for s in self.model.starts):
            raise NotWaiting(
                f"{self.model.key!r} is started by its events only: {[s.element for s in self.model.starts]}"
            )
        if len(starts) > 1:
            raise NotWaiting(f"{self.model.key!r} has several start events; name one of {[s.bpmn_id for s in starts]}")
        return spec.entries(starts[0] if starts else None)

    def _only_start(self) -> list[StartEvent]:
        """The one start event of a process, whatever starts it, where somebody starts the process by hand."""
        starts = [item for item in self.model.spec.elements() if isinstance(item, StartEvent)]
        return starts if len(starts) == 1 else []


def _events(node: Node) -> tuple[tuple[str, str], ...]:
    return tuple((event, wait.kind) for event, wait in node.waits.items() if wait.kind not in INTERNAL)


def _waits_now(node: Node) -> str:
    if node.phase and node.phase not in BESIDE:
        return "failed" if node.failure else "script"
    return _waits_for(node)


def _waits_for(node: Node) -> str:
    if node.role == LISTENER:
        return "service"
    return "scope" if node.role in (BODY, UNDO) or node.listening else element_of(node).waits_for
