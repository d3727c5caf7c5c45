"""Stories: a diagram and what happens to it from outside, each played in several ways.

Once the instance is kept in memory; once it is dumped and restored after every stimulus, over a model that is parsed
anew and with the variables that its facts told; and where something in it is repeated, once with every run kept apart.
All must leave the same facts, variables and end.

    done = story(diagram("start s; user a; end e; s -> a -> e"), complete("a", x=1))
    assert done.ends == ("e",)

A process of the same file is called as a server would call it; what other processes answer is part of the story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from bpmn import apart
from bpmn import facts as f
from bpmn.errors import NotWaiting
from bpmn.execution import Context
from bpmn.policy import BY_DEFAULT, Policy
from bpmn.values import Value, Variables
from tests.conformance.player import Instance, Player, Way, parse

__all__ = [
    "CONTEXT",
    "MONDAY",
    "Outcome",
    "Stimulus",
    "answered",
    "cancel",
    "choose",
    "complete",
    "error",
    "event",
    "fail",
    "forget",
    "later",
    "parse",
    "proceed",
    "put",
    "refused",
    "retry",
    "script",
    "story",
]

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTEXT = Context(MONDAY)

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
        mirror = self.instance.mirror
        return sorted(name for number, name in mirror.activities.items() if number not in mirror.listeners)

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
    scripts: bool = True,
    policy: Policy = BY_DEFAULT,
) -> Outcome:
    """Play a story in memory and with saves, and tell how it went; fails where both differ.

    `remote` names processes whose answers are among the stimuli; `proceeds` goes on at transaction borders by itself,
    `scripts` runs scripts that are due by itself.
    """
    ways: list[Way] = ["kept", "saved"]
    if b"multiInstanceLoopCharacteristics" in xml:
        ways.append("apart")
    told = [
        _told(
            Player(xml, way=way, remote=remote, proceeds=proceeds, context=context, policy=policy, scripts=scripts),
            stimuli,
            key,
            dict(variables or {}),
            start,
        )
        for way in ways
    ]
    kept, saved, *_ = told
    for other in told[1:]:
        assert len(kept.instances) == len(other.instances)
        for one, same in zip(kept.instances, other.instances, strict=True):
            assert one.by_advance == same.by_advance
            assert one.mirror == same.mirror
    return Outcome(saved, saved.instances[0])


def _told(
    player: Player, stimuli: tuple[Stimulus, ...], key: str | None, variables: Variables, start: str | None
) -> Player:
    with pytest.MonkeyPatch.context() as patch:
        if player.way == "apart":
            patch.setattr(apart, "MOST_TOGETHER", 1)
        return _played(player, stimuli, key, variables, start)


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


def choose(element: str, at: str = "w", **variables: Any) -> Stimulus:
    """A performer begins an activity of the first open ad-hoc subprocess of that name in which it can be begun."""

    def stimulus(player: Player) -> None:
        choices = [
            (instance, choice)
            for instance in player.instances
            for choice in instance.seen.choices()
            if choice.element == at
        ]
        fitting = [pair for pair in choices if element in pair[1].elements] or choices
        instance, choice = fitting[0]
        instance.execution.choose(choice.activity, element, variables)
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
        instance, activity = player.at(element, lambda item: item.failed)
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


def forget(*names: str) -> Stimulus:
    """Somebody removes variables of the process, also those that are kept for it."""

    def stimulus(player: Player) -> None:
        instance = player.instances[0]
        for name in names:
            instance.mirror.variables.pop((0, name), None)
        instance.execution.remove_variables(0, names)
        player.settle(instance)

    return stimulus


def script(element: str, *meanwhile: Stimulus) -> Stimulus:
    """The script that an element waits for is run; `meanwhile` happens while it runs."""

    def stimulus(player: Player) -> None:
        instance, activity = player.at(element, lambda item: item.waits == "script")
        player.run_script(instance, activity, lambda: [happens(player) for happens in meanwhile])
        player.settle(instance)

    return stimulus


def proceed(border: str | None = None) -> Stimulus:
    """The first instance that reached a transaction border goes on, with all that waits or one token at a border."""

    def stimulus(player: Player) -> None:
        player.proceed(next(item for item in player.instances if item.continues), border)

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
