"""Stories: a diagram and what happens to it from outside, each played twice.

Once the instance is kept in memory; once it is dumped and restored after every stimulus, over a model that is parsed
anew and with the variables that its facts told. Both must leave the same facts, variables and end.

    done = story(diagram("start s; user a; end e; s -> a -> e"), complete("a", x=1))
    assert done.ends == ("e",)

A process of the same file is called as a server would call it; what other processes answer is part of the story.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec
import pytest

from bpmn import facts as f
from bpmn import parsing, state
from bpmn.errors import NotWaiting
from bpmn.execution import Context, Execution, LiveActivity
from bpmn.facts import Fact
from bpmn.model import ProcessModel
from bpmn.values import Value, Variables, to_json
from tests.conformance.mirror import Mirror

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTEXT = Context(MONDAY)

_stored_facts = msgspec.json.Decoder(list[Fact], float_hook=Decimal)


@dataclass(eq=False)
class Instance:
    """One process instance of a story, with what its facts told so far."""

    key: str
    execution: Execution
    business_key: str | None
    caller: tuple[Instance, int] | None = None
    mirror: Mirror = field(default_factory=Mirror)
    facts: list[Fact] = field(default_factory=list)
    by_advance: list[str] = field(default_factory=list)
    continues: bool = False

    def learn(self) -> list[Fact]:
        """Take the new facts, as they would come back from where they are stored."""
        taken = self.execution.take_facts()
        written = to_json(taken)
        stored: list[Fact] = _stored_facts.decode(written)
        assert stored == taken
        for fact in stored:
            self.mirror.learn(fact)
        self.facts.extend(stored)
        self.by_advance.append(written.decode())
        self.continues = self.continues or f.ContinuationDue() in stored
        return stored

    def variables(self, scope: int = 0) -> dict[str, Value]:
        """What its facts told of the variables of a scope."""
        return {name: value for (holder, name), value in self.mirror.variables.items() if holder == scope}


class Player:
    """Plays a story; `saved` says that every instance is dumped and restored after each stimulus."""

    def __init__(self, xml: bytes, *, saved: bool, remote: tuple[str, ...], proceeds: bool, context: Context) -> None:
        self.xml = xml
        self.saved = saved
        self.remote = remote
        self.proceeds = proceeds
        self.context = context
        self.instances: list[Instance] = []
        self.models = parse(xml)

    def start(self, key: str | None, variables: Variables, start_event: str | None) -> None:
        """Start the story's own process: the first of the file unless it is named."""
        model = self.models[key or next(iter(self.models))]
        execution = Execution.start(model, self.context, variables=variables, start_event=start_event)
        self.instances.append(Instance(model.key, execution, self.context.business_key))
        self.settle(self.instances[0])

    def settle(self, first: Instance) -> None:
        """Do what an advance asks for, as a server does: call, return, cancel, save, proceed."""
        self._react_to_all(first)
        while self.proceeds:
            due = next((item for item in self.instances if item.continues and not item.execution.ended), None)
            if due is None:
                break
            self.proceed(due)

    def proceed(self, instance: Instance) -> None:
        """Go on with one instance behind a transaction border."""
        instance.continues = False
        instance.execution.proceed()
        self._react_to_all(instance)

    def at(self, element: str, fits: Callable[[LiveActivity], bool] = lambda item: True) -> tuple[Instance, int]:
        """The oldest open activity of an element, in the oldest instance that has one; runs before what holds them."""
        for is_scope in (False, True):
            for instance in self.instances:
                for item in instance.execution.live():
                    if item.element == element and fits(item) and (item.waits == "scope") is is_scope:
                        return instance, item.activity
        raise AssertionError(f"{element} is not open; there are {[list(i.execution.live()) for i in self.instances]}")

    def waiting_for(self, event: str) -> tuple[Instance, int]:
        """The oldest open activity at which an event is waited for."""
        for instance in self.instances:
            for activity, name in instance.mirror.waits:
                if name == event:
                    return instance, activity
        raise AssertionError(f"nobody waits for {event}; waits: {[i.mirror.waits for i in self.instances]}")

    def travel(self, moment: datetime) -> None:
        """Let it be later."""
        self.context = replace(self.context, now=max(moment, self.context.now))
        for instance in self.instances:
            instance.execution.context = self._context_of(instance)

    def _context_of(self, instance: Instance) -> Context:
        return replace(self.context, business_key=instance.business_key)

    def _react_to_all(self, first: Instance) -> None:
        pending = deque([first])
        while pending:
            instance = pending.popleft()
            for fact in instance.learn():
                pending.extend(self._react(instance, fact))
        for instance in self.instances:
            self._check_and_save(instance)

    def _react(self, instance: Instance, fact: Fact) -> list[Instance]:
        if isinstance(fact, f.ProcessCalled):
            return self._call(instance, fact)
        if isinstance(fact, f.CallCanceled):
            return self._cancel_called(instance, fact.activity)
        if isinstance(fact, f.ProcessEnded) and instance.caller is not None:
            return self._give_back(instance, instance.caller, fact)
        return []

    def _call(self, instance: Instance, fact: f.ProcessCalled) -> list[Instance]:
        if fact.key in self.remote:
            return []
        if fact.key not in self.models:
            instance.execution.fail(fact.activity, "called-process-missing", f"there is no process {fact.key!r}")
            return [instance]
        child = Instance(fact.key, self._started(fact), fact.business_key, (instance, fact.activity))
        self.instances.append(child)
        return [child]

    def _started(self, fact: f.ProcessCalled) -> Execution:
        context = replace(self.context, business_key=fact.business_key)
        return Execution.start(self.models[fact.key], context, variables=fact.variables, called=True)

    def _cancel_called(self, instance: Instance, activity: int) -> list[Instance]:
        called = [item for item in self.instances if item.caller == (instance, activity)]
        children = [item for item in called if not item.execution.ended]
        for item in children:
            item.execution.cancel()
        return children

    def _give_back(self, child: Instance, caller: tuple[Instance, int], ending: f.ProcessEnded) -> list[Instance]:
        parent, activity = caller
        if activity not in parent.mirror.calls:
            return []
        parent.execution.call_ended(
            activity,
            variables=child.variables(),
            outcome=ending.outcome,
            error_code=ending.error_code,
            error_message=ending.error_message,
        )
        return [parent]

    def _check_and_save(self, instance: Instance) -> None:
        instance.mirror.agrees_with(instance.execution)
        if self.saved and not instance.execution.ended:
            dumped = instance.execution.dump()
            alive = {activity: element for activity, element, _ in state.alive(dumped)}
            assert alive == instance.mirror.activities
            instance.execution = self._restored(instance, dumped)
            assert instance.execution.dump() == dumped
            instance.mirror.agrees_with(instance.execution)

    def _restored(self, instance: Instance, dumped: bytes) -> Execution:
        model = parse(self.xml)[instance.key]
        return Execution.restore(model, self._context_of(instance), dumped, dict(instance.mirror.variables))


Stimulus: TypeAlias = Callable[[Player], None]


@dataclass(frozen=True)
class Outcome:
    """How a story went: its own instance, and the called ones as `children`."""

    player: Player
    instance: Instance

    @property
    def trace(self) -> list[str]:
        """The elements that were passed or completed, in order."""
        return self.instance.mirror.trace

    @property
    def variables(self) -> dict[str, Value]:
        """The variables of the process."""
        return self.instance.variables()

    @property
    def outcome(self) -> str | None:
        """ "completed", "terminated", "canceled" or "error"; None while it is open."""
        ending = self.instance.mirror.ending
        return None if ending is None else ending.outcome

    @property
    def ends(self) -> tuple[str, ...]:
        """The end events reached; fails while the instance is open."""
        assert self.instance.mirror.ending is not None, f"open: {self.open}, {self.messages}"
        return self.instance.mirror.ending.elements

    @property
    def error(self) -> tuple[str | None, str | None]:
        """Code and message of the error that the instance ended with."""
        assert self.instance.mirror.ending is not None
        return self.instance.mirror.ending.error_code, self.instance.mirror.ending.error_message

    @property
    def open(self) -> list[str]:
        """The elements of all open activities, sorted; one name for each."""
        return sorted(self.instance.mirror.activities.values())

    @property
    def waits(self) -> dict[str, str]:
        """The kind of wait by event."""
        return {event: kind for (_, event), kind in self.instance.mirror.waits.items()}

    @property
    def due(self) -> dict[str, datetime]:
        """When armed timers are due, by event."""
        return {event: due for (_, event), due in self.instance.mirror.due.items()}

    @property
    def tasks(self) -> dict[str, f.UserTaskOpened]:
        """The open user tasks by element."""
        return {task.element: task for task in self.instance.mirror.tasks.values()}

    @property
    def work(self) -> dict[str, f.ServiceTaskOpened]:
        """The open service tasks by element."""
        return {work.element: work for work in self.instance.mirror.work.values()}

    @property
    def incidents(self) -> dict[str, str]:
        """The kind of failure by element."""
        return {failure.element: failure.kind for failure in self.instance.mirror.failures.values()}

    @property
    def messages(self) -> list[str]:
        """What the open failures say."""
        return [failure.message for failure in self.instance.mirror.failures.values()]

    @property
    def children(self) -> list[Outcome]:
        """The instances this one called, in order."""
        called = [item for item in self.player.instances if item.caller and item.caller[0] is self.instance]
        return [Outcome(self.player, item) for item in called]

    def facts(self, kind: type[Any]) -> list[Any]:
        """All facts of one kind, in order."""
        return [fact for fact in self.instance.facts if isinstance(fact, kind)]

    def locals(self, element: str) -> dict[str, Value]:
        """The variables of the scope that an open activity owns."""
        (number,) = [number for number, name in self.instance.mirror.activities.items() if name == element]
        return self.instance.variables(number)


def story(
    xml: bytes,
    *stimuli: Stimulus,
    key: str | None = None,
    start: str | None = None,
    variables: Mapping[str, Any] | None = None,
    remote: tuple[str, ...] = (),
    proceeds: bool = True,
    context: Context = CONTEXT,
) -> Outcome:
    """Play a story in memory and with saves, and tell how it went; fails where both differ.

    `remote` names processes whose answers are among the stimuli; `proceeds` goes on at transaction borders by itself.
    """
    kept, saved = (
        _played(
            Player(xml, saved=saves, remote=remote, proceeds=proceeds, context=context),
            stimuli,
            key,
            dict(variables or {}),
            start,
        )
        for saves in (False, True)
    )
    assert len(kept.instances) == len(saved.instances)
    for one, other in zip(kept.instances, saved.instances, strict=True):
        assert one.by_advance == other.by_advance
        assert one.mirror == other.mirror
    return Outcome(saved, saved.instances[0])


def parse(xml: bytes) -> dict[str, ProcessModel]:
    """The processes of a file by key, in its order."""
    return {model.key: model for model in parsing.parse({"story.bpmn": xml}).models}


def _played(
    player: Player, stimuli: tuple[Stimulus, ...], key: str | None, variables: Variables, start: str | None
) -> Player:
    player.start(key, variables, start)
    for stimulus in stimuli:
        stimulus(player)
    return player


def complete(element: str, **variables: Any) -> Stimulus:
    """A user task or service task is done."""

    def stimulus(player: Player) -> None:
        instance, activity = player.at(element)
        instance.execution.complete(activity, variables)
        player.settle(instance)

    return stimulus


def event(name: str, **variables: Any) -> Stimulus:
    """A message, signal or timer has come; a timer not before it is due."""

    def stimulus(player: Player) -> None:
        instance, activity = player.waiting_for(name)
        due = instance.mirror.due.get((activity, name))
        if due is not None:
            player.travel(due)
        instance.execution.trigger(activity, name, variables)
        player.settle(instance)

    return stimulus


def error(element: str, code: str, message: str | None = None, **variables: Any) -> Stimulus:
    """A worker reports a business exception."""

    def stimulus(player: Player) -> None:
        instance, activity = player.at(element)
        instance.execution.throw_error(activity, code, message, variables)
        player.settle(instance)

    return stimulus


def answered(element: str, outcome: str = "completed", code: str | None = None, **variables: Any) -> Stimulus:
    """A called process that is not of this file is over."""

    def stimulus(player: Player) -> None:
        instance, activity = player.at(element)
        instance.execution.call_ended(activity, variables=variables, outcome=outcome, error_code=code)
        player.settle(instance)

    return stimulus


def fail(element: str, kind: str = "retries-exhausted", message: str = "gave up") -> Stimulus:
    """Outside help failed for good."""

    def stimulus(player: Player) -> None:
        instance, activity = player.at(element)
        instance.execution.fail(activity, kind, message)
        player.settle(instance)

    return stimulus


def retry(element: str) -> Stimulus:
    """The failed step of an element is taken again."""

    def stimulus(player: Player) -> None:
        instance, activity = player.at(element, lambda item: item.waits == "failed")
        instance.execution.retry(activity)
        player.settle(instance)

    return stimulus


def put(scope: str | None = None, **variables: Any) -> Stimulus:
    """Somebody sets variables, of the process or of the scope of an open activity."""

    def stimulus(player: Player) -> None:
        instance, activity = player.at(scope) if scope is not None else (player.instances[0], 0)
        instance.execution.set_variables(activity, variables)
        player.settle(instance)

    return stimulus


def proceed() -> Stimulus:
    """The first instance that reached a transaction border goes on."""

    def stimulus(player: Player) -> None:
        player.proceed(next(item for item in player.instances if item.continues))

    return stimulus


def cancel(key: str | None = None) -> Stimulus:
    """Somebody cancels an instance: the story's own, or the first of a called process."""

    def stimulus(player: Player) -> None:
        instance = next(item for item in player.instances if key in (None, item.key))
        instance.execution.cancel()
        player.settle(instance)

    return stimulus


def later(**duration: int) -> Stimulus:
    """Time passes."""
    return lambda player: player.travel(player.context.now + timedelta(**duration))


def refused(stimulus: Stimulus, match: str = ".") -> Stimulus:
    """The stimulus is refused and changes nothing."""

    def trial(player: Player) -> None:
        before = list(_everything(player))
        with pytest.raises(NotWaiting, match=match):
            stimulus(player)
        assert list(_everything(player)) == before

    return trial


def _everything(player: Player) -> Iterator[object]:
    for instance in player.instances:
        execution = instance.execution
        yield execution.dump()
        yield [(node.number, dict(node.variables or {})) for node in execution.nodes.values()]
        assert execution.take_facts() == []
