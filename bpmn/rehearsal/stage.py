"""The stage: the process instances of a rehearsal, the clock, and what goes to and fro between them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bpmn import facts as f
from bpmn import scripts
from bpmn.deciding import FindDecision, no_decisions
from bpmn.errors import NotWaiting
from bpmn.execution import Context, Execution, LiveActivity
from bpmn.facts import Fact
from bpmn.model import ProcessModel
from bpmn.rehearsal.account import Account, moment
from bpmn.rehearsal.answers import Answer, duration
from bpmn.sandbox import SandboxCrashed, Sandboxes, ScriptFailed
from bpmn.values import Variables

#: Processes that call each other deeper than this are stopped, as on the server.
MOST_INSTANCES = 1000


class NothingFits(Exception):
    """An answer to which nothing in the rehearsal fits."""


@dataclass(eq=False)
class Player:
    """One process instance, and what it waits for."""

    number: int
    execution: Execution
    account: Account
    caller: tuple[Player, int] | None = None
    timers: dict[tuple[int, str], datetime] = field(default_factory=dict)
    messages: dict[tuple[int, str], f.MessageAwaited] = field(default_factory=dict)
    signals: dict[tuple[int, str], f.SignalAwaited] = field(default_factory=dict)

    @property
    def variables(self) -> Variables:
        """Those of the process."""
        return self.execution.root.variables or {}

    def note(self, fact: Fact) -> None:
        """Remember what is waited for."""
        if isinstance(fact, f.TimerArmed):
            self.timers[fact.activity, fact.event] = fact.due
        elif isinstance(fact, f.MessageAwaited):
            self.messages[fact.activity, fact.event] = fact
        elif isinstance(fact, f.SignalAwaited):
            self.signals[fact.activity, fact.event] = fact
        elif isinstance(fact, f.WaitOver):
            for waits in (self.timers, self.messages, self.signals):
                waits.pop((fact.activity, fact.event), None)


class Stage:
    """A rehearsal of processes that know each other; `tell` gets the account line by line."""

    def __init__(
        self,
        models: list[ProcessModel],
        now: datetime,
        tell: Callable[[str], None],
        sandboxes: Sandboxes,
        decisions: FindDecision = no_decisions,
    ) -> None:
        self.models = {model.key: model for model in models}
        self.now = now
        self.players: list[Player] = []
        self._tell = tell
        self._sandboxes = sandboxes
        self._decisions = decisions
        self._moved: deque[Player] = deque()
        #: Who waits for escalations that calls have handed on, by player and activity.
        self._handed_on: dict[tuple[int, int], deque[tuple[Player, int]]] = {}
        #: Messages and signals on their way: they arrive when everybody waits who is going to.
        self._mail: deque[Callable[[], None]] = deque()

    def start(self, key: str, variables: Variables, start_event: str | None = None) -> None:
        """Start an instance and bring everything to its next wait states. Raises `NotWaiting`."""
        self._enter(key, variables, start_event, None)
        self._settle()

    def answer(self, answer: Answer) -> None:
        """Take an answer. Raises `NothingFits`."""
        try:
            _ANSWERS[answer.verb](self, answer)
        except NotWaiting as problem:
            raise NothingFits(str(problem)) from None
        self._settle()

    def open(self) -> Iterator[tuple[Player, LiveActivity]]:
        """What is alive."""
        for player in self.players:
            for live in player.execution.live():
                yield player, live

    def _context(self) -> Context:
        return Context(self.now, decisions=self._decisions)

    # --- answers ---

    def _complete(self, answer: Answer) -> None:
        player, activity = self._find(answer, answer.name, ("user-task", "service"))
        self._at(player).complete(activity, answer.variables)

    def _error(self, answer: Answer) -> None:
        player, activity = self._find(answer, answer.at or "", ("user-task", "service", "call"))
        self._at(player).throw_error(activity, answer.name, answer.message, answer.variables)

    def _retry(self, answer: Answer) -> None:
        player, activity = self._find(answer, answer.name, None)
        self._at(player).retry(activity)

    def _set(self, answer: Answer) -> None:
        player = next((player for player in self.players if not player.execution.ended), None)
        if player is None:
            raise NothingFits("no process is running any more")
        self._at(player).set_variables(0, answer.variables)

    def _message(self, answer: Answer) -> None:
        if not self._deliver(answer.name, answer.key, answer.variables):
            raise NothingFits(
                f"nobody waits for message {answer.name!r}" + (f" for {answer.key!r}" if answer.key else "")
            )

    def _signal(self, answer: Answer) -> None:
        if not self._broadcast(answer.name, answer.variables, None):
            raise NothingFits(f"nobody waits for signal {answer.name!r}")

    def _pass(self, answer: Answer) -> None:
        self._let_pass(self.now + duration(answer.name))

    def _timer(self, answer: Answer) -> None:
        """The first timer of an element, or at an activity of it."""
        due = [
            due
            for player in self.players
            for (activity, event), due in player.timers.items()
            if answer.name in (event, player.execution.model.catch_of(event).element.bpmn_id)
            and answer.activity in (None, activity)
        ]
        if not due:
            raise NothingFits(f"no timer of {answer.name!r} is armed")
        self._let_pass(max(min(due), self.now))

    def _find(self, answer: Answer, element: str, waits: tuple[str, ...] | None) -> tuple[Player, int]:
        """Where something waits so at an element; where something has failed there, if `waits` is None."""
        for player, live in self.open():
            fits = live.failed if waits is None else live.waits in waits
            if live.element == element and fits and answer.activity in (None, live.activity):
                return player, live.activity
        what = "nothing has failed" if waits is None else "nothing waits for this"
        raise NothingFits(f"{what} at {element!r}")

    # --- time ---

    def _let_pass(self, until: datetime) -> None:
        """Let the clock go on; what falls due fires in order, each with everything that follows."""
        while True:
            due = [
                (due, player.number, activity, event)
                for player in self.players
                for (activity, event), due in player.timers.items()
                if due <= until
            ]
            if not due:
                break
            moment_due, number, activity, event = min(due)
            self._move_clock(max(moment_due, self.now))
            player = self.players[number - 1]
            self._say(player, f"      the timer fires: {player.account.event(event)}")
            self._at(player).trigger(activity, event)
            self._settle()
        self._move_clock(until)

    def _move_clock(self, to: datetime) -> None:
        if to > self.now:
            self.now = to
            self._tell(f"      the clock: {moment(to)}")

    # --- what goes to and fro ---

    def _settle(self) -> None:
        """Tell what happened and do what follows from it, until nothing moves any more."""
        while self._moved or self._mail:
            if not self._moved:
                self._mail.popleft()()
                continue
            player = self._moved.popleft()
            for fact in player.execution.take_facts():
                for line in player.account.lines(fact):
                    self._say(player, line)
                player.note(fact)
                react = _REACTIONS.get(type(fact))
                if react is not None:
                    react(self, player, fact)

    def _enter(self, key: str, variables: Variables, start: str | None, caller: tuple[Player, int] | None) -> Player:
        model = self.models[key]
        execution = Execution.start(
            model, self._context(), variables=variables, start_event=start, called=caller is not None
        )
        player = Player(len(self.players) + 1, execution, Account(model), caller)
        self.players.append(player)
        self._moved.append(player)
        name = f' "{model.name}"' if model.name else ""
        self._say(player, f"      process{name} ({model.key})")
        return player

    def _at(self, player: Player) -> Execution:
        """The execution at this time; what it does will be told."""
        player.execution.context = self._context()
        self._moved.append(player)
        return player.execution

    def _deliver(self, name: str, key: str | None, variables: Variables) -> bool:
        for player in self.players:
            for (activity, event), awaited in player.messages.items():
                if awaited.name == name and awaited.correlation_key in (None, key):
                    self._at(player).trigger(activity, event, variables)
                    return True
        return any(self._start_by("message", name, variables, only_one=True))

    def _broadcast(self, name: str, variables: Variables, thrower: Player | None) -> bool:
        reached = [
            (player, activity, event)
            for player in self.players
            for (activity, event), awaited in player.signals.items()
            if awaited.name == name and player is not thrower
        ]
        for player, activity, event in reached:
            if (activity, event) in player.signals:
                self._at(player).trigger(activity, event, variables)
        started = [*self._start_by("signal", name, variables, only_one=False)]
        return bool(reached or started)

    def _start_by(self, kind: str, name: str, variables: Variables, *, only_one: bool) -> Iterator[Player]:
        for model in self.models.values():
            for trigger in model.starts:
                if trigger.kind == kind and trigger.name == name:
                    yield self._enter(model.key, variables, trigger.element, None)
                    if only_one:
                        return

    def _call(self, player: Player, fact: f.ProcessCalled) -> None:
        if fact.key not in self.models:
            known = ", ".join(sorted(self.models))
            self._at(player).fail(
                fact.activity, "called-process-missing", f"no file holds process {fact.key!r}; there are {known}"
            )
        elif len(self.players) >= MOST_INSTANCES:
            self._at(player).fail(
                fact.activity, "call-descendants-exceeded", f"more than {MOST_INSTANCES} processes were started"
            )
        else:
            self._start_called(player, fact)

    def _start_called(self, player: Player, fact: f.ProcessCalled) -> None:
        try:
            self._enter(fact.key, fact.variables, None, (player, fact.activity))
        except NotWaiting as problem:
            self._at(player).fail(fact.activity, "called-process-missing", str(problem))

    def _cancel_called(self, player: Player, fact: f.CallCanceled) -> None:
        for other in self.players:
            if other.caller == (player, fact.activity) and not other.execution.ended:
                self._at(other).cancel()

    def _escalate(self, player: Player, fact: f.EscalationRaised) -> None:
        if player.caller is None:
            return
        caller, activity = player.caller
        below = self._handed_on.get((id(player), fact.activity))
        waiting = below.popleft() if below else (player, fact.activity)
        if activity in caller.execution.nodes and self._at(caller).escalate(activity, fact.code, player.variables):
            self._handed_on.setdefault((id(caller), activity), deque()).append(waiting)
        elif activity in caller.execution.nodes:
            self._at(waiting[0]).escalation_heard(waiting[1])

    def _give_back(self, player: Player, fact: f.ProcessEnded) -> None:
        if player.caller is None:
            return
        caller, activity = player.caller
        if activity in caller.execution.nodes:
            self._at(caller).call_ended(
                activity,
                variables=player.variables,
                outcome=fact.outcome,
                error_code=fact.error_code,
                error_message=fact.error_message,
            )

    def _throw_message(self, player: Player, fact: f.MessageThrown) -> None:
        def arrive() -> None:
            if not self._deliver(fact.name, fact.correlation_key, fact.variables):
                self._say(player, f"      nobody here waits for message {fact.name!r}")

        self._mail.append(arrive)

    def _throw_signal(self, player: Player, fact: f.SignalThrown) -> None:
        def arrive() -> None:
            self._broadcast(fact.name, fact.variables, player)

        self._mail.append(arrive)

    def _run_script(self, player: Player, fact: f.ScriptDue) -> None:
        """Run a script when nothing else moves, as a server does: from what is saved, then on the live instance."""

        def finish() -> None:
            execution = player.execution
            if fact.activity not in {live.activity for live in execution.live() if live.waits == "script"}:
                return
            wanted = self._copy(execution).script_of(fact.activity)
            try:
                ran = None if wanted is None else scripts.run(self._sandboxes, wanted)
            except (ScriptFailed, SandboxCrashed) as problem:
                said = scripts.told(problem) if isinstance(problem, ScriptFailed) else str(problem)
                self._at(player).script_failed(fact.activity, said)
                return
            if ran is None:
                self._at(player).script_done(fact.activity)
            else:
                ran.tell(self._at(player), fact.activity)

        self._mail.append(finish)

    def _copy(self, execution: Execution) -> Execution:
        variables = {
            (node.number, name): value
            for node in execution.nodes.values()
            for name, value in (node.variables or {}).items()
        }
        return Execution.restore(execution.model, self._context(), execution.dump(), variables)

    def _go_on(self, player: Player, _: f.ContinuationDue) -> None:
        self._at(player).proceed()

    def _say(self, player: Player, line: str) -> None:
        self._tell(f"#{player.number} {line}")


_ANSWERS: dict[str, Callable[[Stage, Answer], None]] = {
    "complete": Stage._complete,
    "error": Stage._error,
    "message": Stage._message,
    "signal": Stage._signal,
    "timer": Stage._timer,
    "pass": Stage._pass,
    "set": Stage._set,
    "retry": Stage._retry,
}
_REACTIONS: dict[type[Fact], Callable[[Stage, Player, Any], None]] = {
    f.ProcessCalled: Stage._call,
    f.CallCanceled: Stage._cancel_called,
    f.EscalationRaised: Stage._escalate,
    f.ProcessEnded: Stage._give_back,
    f.MessageThrown: Stage._throw_message,
    f.SignalThrown: Stage._throw_signal,
    f.ContinuationDue: Stage._go_on,
    f.ScriptDue: Stage._run_script,
}
