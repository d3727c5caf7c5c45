"""The reference processes, and what one run of each does, rehearsed with the interpreter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from typing import Any

from bpmn.errors import UnusableModel
from bpmn.execution import Context, Execution
from bpmn.facts import Fact, ProcessEnded, UserTaskOpened, VariableSet
from bpmn.parsing import load
from bpmn.values import Value

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"
    id="definitions" targetNamespace="https://example.org/benchmarks">"""
_CONTEXT = Context(datetime(2026, 1, 1, tzinfo=UTC), max_steps=1_000_000, step_ceiling=10_000_000)


@dataclass(frozen=True, eq=False)
class Reference:
    """A reference process: started with `variables`; its user tasks are completed with `results` in turn."""

    key: str
    about: str
    xml: bytes
    variables: Mapping[str, Value] = field(default_factory=lambda: {"customer": "Ada", "amount": 1200})
    results: tuple[Mapping[str, Value], ...] = ({"approved": True},)
    turns: int | None = None
    """How many tasks to rehearse where the process would go on for ever."""


@dataclass(frozen=True)
class Step:
    """What one command does to an instance: everything that has to be stored, and the activities it opens."""

    command: str
    task: int | None
    facts: list[Fact]
    state: bytes | None
    values: dict[str, Value]
    opened: list[UserTaskOpened]
    ended: ProcessEnded | None


def _process(key: str, body: str) -> bytes:
    return f'{_HEAD}<process id="{key}" isExecutable="true">{body}</process></definitions>'.encode()


def _flow(source: str, target: str, condition: str = "") -> str:
    inside = f"<conditionExpression>{condition}</conditionExpression>" if condition else ""
    return f'<sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}">{inside}</sequenceFlow>'


def _row(*names: str) -> str:
    return "".join(_flow(source, target) for source, target in pairwise(names))


def _adding(name: str, variable: str, expression: str) -> str:
    return f'<serviceTask id="{name}" camunda:expression="{expression}" camunda:resultVariable="{variable}"/>'


_ENDS = '<startEvent id="start"/><endEvent id="end"/>'


def _ten_steps() -> bytes:
    names = [f"step{number}" for number in range(10)]
    steps = "".join(_adding(name, f"result{number}", "${amount + 1}") for number, name in enumerate(names))
    return _process("b", _ENDS + steps + _row("start", *names, "end"))


def _order() -> bytes:
    tasks = ("pick", "pack", "invoice")
    nodes = [
        _ENDS,
        '<exclusiveGateway id="large" default="large-manual"/><task id="manual"/>',
        '<parallelGateway id="fork"/><parallelGateway id="join"/>',
        *(f'<userTask id="{task}" name="Do the {task}ing"/>' for task in tasks),
        _adding("book", "booked", "${amount - 200}"),
        _row("start", "large", "manual", "end"),
        _flow("large", "fork", "${amount &gt; 1000}"),
        *(_row("fork", task, "join") for task in tasks),
        _row("join", "book", "end"),
    ]
    return _process("c", "".join(nodes))


def _loop(key: str, body: str, turns: int) -> bytes:
    """`body` at each turn, then the counter."""
    nodes = [
        _ENDS,
        body,
        _adding("count", "turn", "${turn + 1}"),
        '<exclusiveGateway id="merge"/><exclusiveGateway id="again" default="again-end"/>',
        _row("start", "merge", *(["body"] if body else []), "count", "again", "end"),
        _flow("again", "merge", f"${{turn &lt; {turns}}}"),
    ]
    return _process(key, "".join(nodes))


def _hundred_at_once() -> bytes:
    loop = "<loopCardinality>100</loopCardinality>"
    body = _adding("each", "sum", "${amount + loopCounter}").replace(
        "/>", f"><multiInstanceLoopCharacteristics>{loop}</multiInstanceLoopCharacteristics></serviceTask>"
    )
    return _process("e", _ENDS + body + _row("start", "each", "end"))


_USER_TASK = '<userTask id="body" name="Take a look"/>'
_RESULTS: tuple[Mapping[str, Value], ...] = ({"picked": 3}, {"packed": True}, {"invoice": "R-2026-17"})
_COUNTER: dict[str, Value] = {"customer": "Ada", "turn": 0}

REFERENCES: tuple[Reference, ...] = (
    Reference("a", "one user task", _process("a", f"{_ENDS}{_USER_TASK}{_row('start', 'body', 'end')}")),
    Reference("b", "ten automatic steps", _ten_steps()),
    Reference("c", "condition, three parallel user tasks, join, service", _order(), results=_RESULTS),
    Reference("d", "automatic loop of 100 turns", _loop("d", "", 100), variables=_COUNTER),
    Reference("e", "parallel multi-instance of 100", _hundred_at_once()),
)


@cache
def executed() -> tuple[Reference, ...]:
    """Those that this release executes."""
    return tuple(reference for reference in REFERENCES if not refusal(reference))


@cache
def refusal(reference: Reference) -> str:
    """Why the diagram cannot be deployed, if it cannot."""
    try:
        load(reference.xml, reference.key)
    except UnusableModel as problem:
        return str(problem)
    return ""


def growth(turns: int) -> Reference:
    """A loop with a user task at each turn, for so many turns."""
    return Reference(
        "growth", f"user-task loop of {turns} turns", _loop("growth", _USER_TASK, 10**9), _COUNTER, turns=turns
    )


def rehearse(reference: Reference) -> list[Step]:
    """The commands of one run, in order: the start, then each user task in order of its opening."""
    execution = Execution.start(load(reference.xml, reference.key), _CONTEXT, variables=reference.variables)
    steps = [_step(execution, "start-process-instance", None)]
    waiting = [fact.activity for fact in steps[0].opened]
    turns = reference.turns
    while waiting and (turns is None or len(steps) <= turns):
        task = waiting.pop(0)
        execution.complete(task, reference.results[(len(steps) - 1) % len(reference.results)])
        steps.append(_step(execution, "complete-user-task", task))
        waiting += [fact.activity for fact in steps[-1].opened]
    return steps


@cache
def task_numbers(key: str, turns: int | None = None) -> tuple[int, ...]:
    """The activity numbers of the user tasks that a client completes, in order."""
    reference = growth(turns) if turns is not None else next(one for one in REFERENCES if one.key == key)
    return tuple(step.task for step in rehearse(reference) if step.task is not None)


def _step(execution: Execution, command: str, task: int | None) -> Step:
    happened = execution.take_facts()
    variables = [fact for fact in happened if isinstance(fact, VariableSet) and fact.scope == 0]
    values: dict[str, Any] = {fact.name: fact.value for fact in variables}
    opened = [fact for fact in happened if isinstance(fact, UserTaskOpened)]
    ended = next((fact for fact in happened if isinstance(fact, ProcessEnded)), None)
    return Step(command, task, happened, None if ended else execution.dump(), values, opened, ended)
