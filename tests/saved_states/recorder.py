"""Records the instances of the conformance stories, and chooses those that show every way of waiting.

A pytest plugin: stories are played as always, with every stimulus of an execution noted.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from bpmn.errors import BpmnError
from bpmn.execution import Execution
from bpmn.values import from_json, to_json
from tests.conformance import player
from tests.conformance.player import Instance, Player
from tests.saved_states.record import STIMULI, Call, Record, Step

_MOST_STIMULI = 12


class Recorder:
    """Notes what comes to the instances that are saved after every stimulus."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self._steps: dict[int, tuple[Instance, str, list[Step]]] = {}
        self._calls: dict[int, tuple[Step, list[Call]]] = {}
        self._xml = ""
        self._patch = pytest.MonkeyPatch()

    def pytest_sessionstart(self) -> None:
        """Listen."""
        for name in STIMULI:
            self._patch.setattr(Execution, name, self._noted(name, getattr(Execution, name)))
        self._patch.setattr(Instance, "learn", self._learned(Instance.learn))
        self._patch.setattr(Player, "start", self._started(Player.start))

    def pytest_sessionfinish(self) -> None:
        """Listen no more."""
        self._patch.undo()

    def pytest_runtest_teardown(self) -> None:
        """Keep what the stories of a test left."""
        test = os.environ["PYTEST_CURRENT_TEST"].partition("/conformance/")[2].rpartition(" ")[0]
        for number, (instance, xml, steps) in enumerate(list(self._steps.values()), 1):
            _finish(instance)
            self.records.append(Record(f"{test} #{number}", instance.key, xml, steps))
        self._steps.clear()
        self._calls.clear()

    def _started(self, start: Callable[..., None]) -> Callable[..., None]:
        def started(own: Player, *arguments: Any) -> None:
            self._xml = own.xml.decode()
            start(own, *arguments)

        return started

    def _noted(self, name: str, stimulus: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(stimulus)
        def noted(execution: Execution, *arguments: Any, **options: Any) -> Any:
            before = _before(execution)
            call = Call(name, [*from_json(to_json(arguments))], from_json(to_json(options)))
            answer = stimulus(execution, *arguments, **options)
            self._calls.setdefault(id(execution), (before, []))[1].append(call)
            return answer

        return noted

    def _learned(self, learn: Callable[[Instance], Any]) -> Callable[[Instance], Any]:
        def learned(instance: Instance) -> Any:
            facts = learn(instance)
            steps = self._steps.setdefault(id(instance), (instance, self._xml, []))[2]
            noted = self._calls.pop(id(instance.execution), None)
            if noted is not None:
                steps.append(msgspec.structs.replace(noted[0], calls=noted[1], facts=facts))
            return facts

        return learned


def _finish(instance: Instance) -> None:
    """Bring an instance to its end, so that the whole way from each of its states is kept."""
    execution = instance.execution
    for _ in range(_MOST_STIMULI):
        if not execution.ended:
            try:
                _bring_something(execution)
            except BpmnError:
                execution.cancel()
            instance.learn()
    if not execution.ended:
        execution.cancel()
        instance.learn()


def _bring_something(execution: Execution) -> None:
    """What comes first of: the rest of an advance, the end of an activity, an event; else the end of it all."""
    open_ones = [live for live in execution.live() if live.waits in ("user-task", "service", "call")]
    waits = next(execution.waits(), None)
    if execution.queue or execution.deferred:
        execution.proceed()
    elif open_ones and open_ones[0].waits == "call":
        execution.call_ended(open_ones[0].activity, variables={})
    elif open_ones:
        execution.complete(open_ones[0].activity)
    elif waits is not None:
        execution.trigger(waits[0], waits[1])
    else:
        execution.cancel()


def _before(execution: Execution) -> Step:
    context = execution.context
    dumped = execution.dump().decode()  # first of all: it loads what is kept apart
    variables = [
        (node.number, name, value)
        for node in execution.nodes.values()
        for name, value in (node.variables or {}).items()
    ]
    return Step(
        dumped,
        context.now,
        [],
        [],
        from_json(to_json(variables)),
        context.max_steps,
        context.step_ceiling,
        context.business_key,
    )


def chosen(records: list[Record]) -> list[Record]:
    """The shortest ones that together show all that is seen in any of them, and can be played again."""
    seen: set[str] = set()
    found = []
    for record in sorted(records, key=lambda record: (len(to_json(record)), record.name)):
        shown = set(_shown(record))
        if not shown <= seen and _repeats(record):
            seen |= shown
            found.append(record)
    return found


def _repeats(record: Record) -> bool:
    """Whether it comes to the same again: not where a test changed the executor, or an identity is made by chance."""
    try:
        execution = record.steps[0].restored(record.parsed)
        return all(step.taken(execution) == step.facts for step in record.steps)
    except BpmnError:
        return False


def _shown(record: Record) -> Iterator[str]:
    """What a saved state can be like, each in a word."""
    for step in record.steps:
        state = from_json(step.state)
        yield from (f"has {name}" for name in state)
        yield from (f"gets {call.method}" for call in step.calls)
        of_process = state.get("r") or {}
        yield from (f"process has {name}" for name in of_process)
        yield f"process {of_process.get('p', '')} {of_process.get('f', '')}"
        for number, element, parent, *rest in state.get("a", ()):
            kind = record.parsed.element(element).type
            inside = next((other for other in state["a"] if other[0] == parent), None)
            where = "" if inside is None else record.parsed.element(inside[1]).type
            yield f"{kind} in {where}"
            yield from (f"{kind} {word}" for word in _details(rest))
            yield f"{kind} with variables {any(scope == number for scope, *_ in step.variables)}"


def _details(rest: list[Any]) -> Iterator[str]:
    if rest:
        phase, failure, waits, joins, *more = rest
        yield f"{phase} {failure}"
        yield from (f"waits {wait[0]} {len(wait)}" for wait in waits.values())
        yield f"joins {bool(joins)}"
        yield from (f"more {name} {value if name == 'r' else ''}" for item in more for name, value in item.items())


def recorded() -> list[Record]:
    """Play all conformance stories; raises `SystemExit` where one fails."""
    recorder = Recorder()
    folder = os.path.dirname(player.__file__)
    if pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--no-header", folder], plugins=[recorder]):
        raise SystemExit("the stories must pass before their states are kept")
    return chosen([record for record in recorder.records if record.steps and _is_usable(record)])


def _is_usable(record: Record) -> bool:
    """Whether its model is accepted as installations are set up by default: some stories are told of others."""
    try:
        return bool(record.parsed)
    except BpmnError:
        return False
