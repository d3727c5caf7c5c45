"""Execution: one process instance, advanced by tokens over the specs of its model; the door of this package.

Each stimulus from outside advances to the next wait states before it returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from bpmn import again, apart, beginning, calling, catching, listening, state, throwing
from bpmn import facts as f
from bpmn.asking import Found
from bpmn.context import Context
from bpmn.elements.adhoc import AdHocSubprocess
from bpmn.elements.base import StepFailure
from bpmn.elements.reports import error_of
from bpmn.elements.subprocesses import CallActivity
from bpmn.elements.work import ExternalWork
from bpmn.errors import EvaluationFailed, NotWaiting, RuleFailed
from bpmn.expressions import Reply, Script, Surroundings
from bpmn.live import LiveActivity, events_of, waits_for, waits_now
from bpmn.runtime import Runtime
from bpmn.scopes import ASSIGN, BESIDE, HEARING, INTERNAL, LISTENER, RUN, Node, element_of

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
        entries = beginning.entries_of(run, start_event)
        named = start_event is not None or model.spec.plain_starts() or len(entries) == 1
        run.record(f.ProcessStarted(entries[0].bpmn_id if named else None))
        beginning.begin_process(run, entries, start_event, variables or {})
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

        Raises `NotWaiting`, and `RuleFailed` where one of them cannot be evaluated.
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
        found = throwing.catcher(self, node, "error", code)
        if found is not None and found[2].variable is not None:
            throwing.throw_error(self, node, node, code, message, variables)
        else:
            element_of(node).bring(self, node, variables or {})
            throwing.throw_error(self, node, node, code, message)
        self._advance()

    def error_reported(self, activity: int, report: Variables, variables: Variables) -> str | None:
        """The code of the error that a worker's report is, by the rules drawn at its task; None where it is none.

        They see the report as `externalTask`, and the variables that come with it.

        Raises `NotWaiting`, and `RuleFailed` where a rule cannot be evaluated.
        """
        node = self._open_node(activity, ("user-task", "service"))
        element = element_of(node)
        if node.role == LISTENER or not isinstance(element, ExternalWork):
            return None
        try:
            return error_of(element.error_rules, self.sight(node), {**variables, "externalTask": dict(report)})
        except EvaluationFailed as fault:
            raise RuleFailed(str(fault)) from None

    def raise_escalation(self, activity: int, code: str, variables: Variables | None = None) -> None:
        """Whoever works at an open user task raises an escalation, for the nearest event that catches it (BPMN 10.5.6).

        The task stays open unless that event interrupts it. Raises `NotWaiting`, also where nobody catches it.
        """
        node = self._open_node(activity, ("user-task",))
        if not self.called and throwing.catcher(self, node, "escalation", code) is None:
            raise NotWaiting(f"no event catches the escalation {code!r}")
        self._stimulus()
        element_of(node).bring(self, node, variables or {})
        throwing.throw_escalation(self, node, code, variables or {})
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
            calling.take_on_error(self, node, variables)
            throwing.throw_error(self, node, node, error_code or "", error_message)
        elif outcome == "canceled":
            self._fail(node, "open", StepFailure("called-process-canceled", "the called process was canceled"))
        else:
            calling.take_back(self, node, variables)
        self._advance()

    def escalate(self, activity: int, code: str, variables: Variables) -> bool:
        """The child instance of a call activity raises an escalation, and has these variables (BPMN 10.5.6).

        Whether it goes on to the caller of this instance, since nobody here catches it. Raises `NotWaiting`.
        """
        node = self._open_node(activity, ("call",))
        self._stimulus()
        call = element_of(node)
        assert isinstance(call, CallActivity)
        is_caught = throwing.catcher(self, node, "escalation", code) is not None
        # Camunda's outputs are taken when something escalates, whoever catches it; Zeebe's where it is caught.
        if not call.is_zeebe or is_caught:
            calling.take_what_is_there(self, call, node, variables)
        throwing.throw_escalation(self, node, code, {})
        self._advance()
        return self.called and not is_caught

    def escalation_heard(self, activity: int) -> bool:
        """The caller has heard an escalation that was raised here, and the call goes on.

        False where the event that raised it is gone, or did not wait for that.
        """
        node = apart.find(self, activity)
        if node is None or HEARING not in node.waits:
            return False
        # No stimulus of its own: a loop of escalations comes to the limit of steps as any other loop does.
        self._undo_log.clear()
        throwing.heard(self, node)
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
        again.take_up(self, node)
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
            again.take_up(self, node)
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
        again.take_up(self, node)
        self._advance()

    def script_failed(self, activity: int, message: str) -> None:
        """The script that the step of an activity waits for broke off: an incident. Raises `NotWaiting`."""
        node = self._asking_node(activity)
        self._stimulus()
        phase = self._clear_failure(node)
        self._fail(node, phase, StepFailure("script-failed", message))
        self._advance()

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
                waits, has_failed = waits_now(node), bool(node.failure)
                yield LiveActivity(node.number, element_of(node).bpmn_id, scope, waits, events_of(node), has_failed)

    def waits(self) -> Iterator[tuple[int, str, str]]:
        """Activity, event and kind of all armed timers and open subscriptions; 0 is the process itself."""
        apart.take_all(self)
        for node in self.nodes.values():
            for event, kind in events_of(node):
                yield node.number, event, kind

    def _answered(self, node: Node, variables: Variables) -> None:
        """A worker has done what a listener asks for."""
        listened = node.parent
        assert listened is not None
        if listening.answered(self, node, variables):
            beginning.begin_heard(self, listened)
        else:
            self.finish_soon(listened)
        self._advance()

    def _open_node(self, activity: int, waiting_for: tuple[str, ...]) -> Node:
        node = apart.find(self, activity)
        if node is None or node.parent is None or waits_for(node) not in waiting_for:
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
