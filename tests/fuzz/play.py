"""Plays a random story with the interpreter and with the reference, and compares them after every stimulus."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

from bpmn import parsing
from bpmn.execution import Execution, LiveActivity
from bpmn.model import ProcessModel
from tests.bpmn.diagrams import within_process
from tests.conformance.harness import CONTEXT
from tests.conformance.mirror import Mirror
from tests.fuzz import reference
from tests.fuzz.models import VARIABLES, to_xml
from tests.fuzz.reference import Graph, Path, Signature, State, TooMuch

#: Stands for the process itself, whose handlers wait.
PROCESS = LiveActivity(0, "", 0, "scope")
Restore = Callable[..., Execution]


@dataclass
class Player:
    """One instance of the interpreter, saved and restored at random, and the states the reference may be in."""

    random: Random
    model: ProcessModel
    execution: Execution
    mirror: Mirror
    states: list[State]
    restore: Restore
    heard: int = 0

    def compare(self, stimulus: str) -> None:
        """Learn the facts and check that the reference could have come to the same."""
        self.go_on()
        mine = () if self.execution.ended else self.signature(0)
        outcome = self.mirror.ending.outcome if self.mirror.ending else None
        heard = tuple(sorted(event for activity, event, _ in self.execution.waits() if activity == 0))
        fitting = [
            state
            for state in self.states
            if (state.signature(), state.awaited(), state.outcome) == (mine, heard, outcome)
        ]
        assert fitting, (
            f"after {stimulus}: {outcome} {mine} {heard}; "
            f"the reference says {[(state.outcome, state.signature(), state.awaited()) for state in self.states]}"
        )
        self.states = fitting
        variables = {name: value for (scope, name), value in self.mirror.variables.items() if scope == 0}
        self.states = [state for state in fitting if state.root.variables == variables]
        assert self.states, f"after {stimulus}: variables {variables}"

    def go_on(self) -> None:
        """Take the facts; save and restore half of the time, with a budget of steps that is sometimes small.

        What listens to the process does its work at once.
        """
        while True:
            facts = self.execution.take_facts()
            for fact in facts:
                self.mirror.learn(fact)
            self.mirror.agrees_with(self.execution)
            if self.random.random() < 0.5 and not self.execution.ended:
                dumped = self.execution.dump()
                self.execution = self.restore(self.model, self.execution.context, dumped, dict(self.mirror.variables))
                assert self.execution.dump() == dumped
            heard = next((item.activity for item in self.execution.live() if item.waits == "service"), None)
            if heard is not None:
                self.heard += 1
                self.execution.complete(heard)
            elif self.execution.ended or not any(type(fact).__name__ == "ContinuationDue" for fact in facts):
                return
            else:
                self.execution.proceed()

    def signature(self, scope: int) -> Signature:
        """What is open, as the reference tells it: a join that waits for ever is no activity."""
        items = []
        for item in self.execution.live():
            failure = self.mirror.failures.get(item.activity)
            if item.scope == scope and not (failure and failure.kind == "join-starved"):
                events = tuple(sorted(event for event, _ in item.events))
                items.append((item.element, failure is not None, events, self.signature(item.activity)))
        return tuple(sorted(items))

    def path(self, item: LiveActivity) -> Path:
        elements = [item.element] if item is not PROCESS else []
        while item.scope:
            item = next(other for other in self.execution.live() if other.activity == item.scope)
            elements.append(item.element)
        return tuple(reversed(elements))

    def stimulate(self) -> str | None:
        """Let something happen at random; what it was, or None where nothing can happen any more."""
        possible: list[tuple[str, LiveActivity, str]] = [
            ("message", PROCESS, event) for activity, event, _ in self.execution.waits() if activity == 0
        ]
        for item in self.execution.live():
            possible += [("message", item, event) for event, _ in item.events]
            failure = self.mirror.failures.get(item.activity)
            if failure is None and item.waits == "user-task":
                possible += [("complete", item, "")] * 4
            elif failure is not None and failure.kind == "no-flow-taken":
                possible.append(("retry", item, ""))
        if not possible:
            return None
        kind, item, event = self.random.choice(possible)
        variables = {name: self.random.random() < 0.5 for name in VARIABLES if self.random.random() < 0.6}
        path = self.path(item)
        if kind == "message":
            self.states = reference.message(self.states, path, event)
            self.execution.trigger(item.activity, event)
        elif kind == "complete":
            self.states = reference.complete(self.states, path, variables)
            self.execution.complete(item.activity, variables)
        else:
            self.states = reference.retry(self.states, path, variables)
            self.execution.set_variables(0, variables)
            self.execution.retry(item.activity)
        return f"{kind} {'/'.join(path)} {event} {variables}"


@dataclass
class Played:
    """How a story went: `outcome` is None where it was left open."""

    outcome: str | None
    stimuli: list[str]
    is_stuck: bool
    heard: int = 0


def play(
    graph: Graph, seed: int, *, most: int = 40, restore: Restore | None = None, listeners: str = ""
) -> Played | None:
    """Play one random story; None where it is too much for the reference. Raises AssertionError where both differ.

    `listeners` is what listens to the process, in XML.
    """
    random = Random(seed)
    xml = within_process(to_xml(graph), listeners)
    variables = {name: random.random() < 0.5 for name in VARIABLES}
    stimuli: list[str] = []
    try:
        states = reference.start(graph, variables)
        model = parsing.parse({"random.bpmn": xml}).models[0]
        context = replace(CONTEXT, max_steps=random.choice([2, 1000]), step_ceiling=2000)
        execution = Execution.start(model, context, variables=variables)
        player = Player(random, model, execution, Mirror(), states, restore or Execution.restore)
        player.compare("start")
        while len(stimuli) < most and not player.execution.ended:
            stimulus = player.stimulate()
            if stimulus is None:
                return Played(None, stimuli, True, player.heard)
            stimuli.append(stimulus)
            player.compare(stimulus)
    except TooMuch:
        return None
    except Exception as fault:
        raise AssertionError(f"after {stimuli}: {fault}\n{xml.decode()}") from fault
    return Played(player.mirror.ending.outcome if player.mirror.ending else None, stimuli, False, player.heard)
