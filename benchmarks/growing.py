"""Processes of any size, and how each is run: what the growth benchmark compares with itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from bpmn.execution import Context, Execution
from bpmn.model import ProcessModel
from bpmn.parsing import load
from bpmn.values import Value

Draw = Callable[[int], bytes]
CONTEXT = Context(datetime(2030, 1, 1, tzinfo=UTC), max_steps=10**9, step_ceiling=10**9)
HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:camunda="http://camunda.org/schema/1.0/bpmn"'
    ' xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="https://example.org/growth">'
)
_ENDS = '<startEvent id="s"/><endEvent id="e"/>'
_COUNT = '<serviceTask id="count" camunda:expression="${turn + 1}" camunda:resultVariable="turn"/>'
_MERGES = '<exclusiveGateway id="merge"/><exclusiveGateway id="again" default="again-e"/>'
ADD = ' camunda:expression="${amount + 1}" camunda:resultVariable="amount"'


@dataclass(frozen=True)
class Case:
    """A kind of process, drawn at two sizes, with the variables that it is started with."""

    name: str
    sizes: tuple[int, int]
    draw: Draw
    variables: Callable[[int], dict[str, Value]] = lambda size: {"turn": 0, "amount": 0}

    def prepared(self, size: int) -> Callable[[], Execution]:
        """One run of a process of this size; parsing is no part of it."""
        model, variables = load(self.draw(size), "p"), self.variables(size)
        return lambda: completed(model, variables)


def completed(model: ProcessModel, variables: dict[str, Value]) -> Execution:
    """Run to the end, completing the user tasks that are open, one after the other."""
    execution = Execution.start(model, CONTEXT, variables=variables)
    execution.take_facts()
    while not execution.ended:
        for live in [live for live in execution.live() if live.waits == "user-task"]:
            execution.complete(live.activity, {"done": live.activity})
            execution.take_facts()
    return execution


def process(nodes: str, *rows: list[str]) -> bytes:
    """A process of nodes, with flows along each row."""
    inside = nodes + "".join(flows(row) for row in rows)
    return f'{HEAD}<process id="p" isExecutable="true">{inside}</process></definitions>'.encode()


def flows(names: list[str]) -> str:
    """Flows from each to the next."""
    return "".join(f'<sequenceFlow id="{a}-{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairwise(names))


def sequence(kind: str, more: str = "") -> Draw:
    """Activities of one kind in a row."""

    def draw(size: int) -> bytes:
        names = [f"t{number}" for number in range(size)]
        return process(_ENDS + "".join(f'<{kind} id="{name}"{more}/>' for name in names), ["s", *names, "e"])

    return draw


def loop(nodes: str, *ways: list[str]) -> Draw:
    """A loop of so many turns, each over all these ways from its beginning to its end."""

    def draw(size: int) -> bytes:
        condition = f"<conditionExpression>${{turn &lt; {size}}}</conditionExpression>"
        back = f'<sequenceFlow id="back" sourceRef="again" targetRef="merge">{condition}</sequenceFlow>'
        first = ["s", "merge", ways[0][0] if ways else "count"]
        last = [ways[0][-1], "count", "again", "e"] if ways else ["count", "again", "e"]
        return process(_ENDS + _MERGES + _COUNT + nodes + back, first, *ways, last)

    return draw


def blocks(size: int) -> bytes:
    """Parallel blocks of three branches, one behind the other."""
    nodes, rows, last = [_ENDS], list[list[str]](), "s"
    for number in range(size):
        split, join = f"f{number}", f"j{number}"
        nodes += [_block(split, join, branches := [f"t{number}-{branch}" for branch in range(3)])]
        rows += [[last, split], *([split, branch, join] for branch in branches)]
        last = join
    return process("".join(nodes), *rows, [last, "e"])


def _block(split: str, join: str, branches: list[str]) -> str:
    gateways = f'<parallelGateway id="{split}"/><parallelGateway id="{join}"/>'
    return gateways + "".join(f'<task id="{branch}"/>' for branch in branches)


def repeated(kind: str, *, sequential: bool, more: str = "") -> Draw:
    """One multi-instance activity of so many runs."""
    order = str(sequential).lower()

    def draw(size: int) -> bytes:
        inside = (
            f'<multiInstanceLoopCharacteristics isSequential="{order}"><loopCardinality>{size}</loopCardinality>'
            "<completionCondition>${nrOfCompletedInstances == nrOfInstances}</completionCondition>"
            "</multiInstanceLoopCharacteristics>"
        )
        return process(f'{_ENDS}<{kind} id="each"{more}>{inside}</{kind}>', ["s", "each", "e"])

    return draw


def collecting(*, sequential: bool) -> Draw:
    """User tasks over a collection, whose results are collected."""
    order = str(sequential).lower()
    over = 'inputCollection="=items" inputElement="item" outputCollection="results" outputElement="=item + 1"'
    body = (
        '<userTask id="each"><extensionElements><zeebe:userTask/></extensionElements>'
        f'<multiInstanceLoopCharacteristics isSequential="{order}"><extensionElements>'
        f"<zeebe:loopCharacteristics {over}/></extensionElements></multiInstanceLoopCharacteristics></userTask>"
    )
    return lambda size: process(_ENDS + body, ["s", "each", "e"])


def items(size: int) -> dict[str, Value]:
    """A collection of numbers; it is alive, and read at each command."""
    return {"items": list(range(size))}


def nested(size: int) -> bytes:
    """A user task in so many subprocesses, one in the other."""
    inside = '<startEvent id="s0"/><userTask id="t"/><endEvent id="e0"/>' + flows(["s0", "t", "e0"])
    for level in range(1, size):
        names = [f"s{level}", f"sub{level}", f"e{level}"]
        inside = f'<startEvent id="{names[0]}"/><subProcess id="{names[1]}">{inside}</subProcess>' + flows(names)
        inside += f'<endEvent id="{names[2]}"/>'
    return process(inside)


def calling(size: int) -> bytes:
    """A process that calls itself until it is so many levels deep."""
    call = (
        '<callActivity id="call" calledElement="p"><extensionElements><camunda:in source="depth" target="above"/>'
        '</extensionElements></callActivity><serviceTask id="down" camunda:expression="${above + 1}"'
        ' camunda:resultVariable="depth"/><exclusiveGateway id="deep" default="deep-call"/>'
    )
    condition = f"<conditionExpression>${{depth == {size}}}</conditionExpression>"
    stop = f'<sequenceFlow id="stop" sourceRef="deep" targetRef="e">{condition}</sequenceFlow>'
    return process(_ENDS + call + stop, ["s", "down", "deep", "call", "e"])


SEQUENCE = Case("sequence of tasks", (10, 3_000), sequence("task"))
ONE_TASK = sequence("userTask")(1)
TURNS = loop('<userTask id="body"/>', ["body"])
_BRANCHES = ["a", "b", "c"]

CASES = (
    SEQUENCE,
    Case("sequence of service tasks with a result", (10, 3_000), sequence("serviceTask", ADD)),
    Case("sequence of user tasks", (10, 3_000), sequence("userTask")),
    Case("loop", (10, 10_000), loop("")),
    Case(
        "AND block in a loop",
        (10, 1_000),
        loop(_block("fork", "join", _BRANCHES), *(["fork", branch, "join"] for branch in _BRANCHES)),
    ),
    Case("user-task loop", (10, 10_000), TURNS),
    Case("parallel blocks in a row", (1, 30), blocks),
    Case("user task in nested subprocesses", (2, 80), nested),
    *(
        Case(f"{name} multi-instance, {what}", (10, 10_000), draw, variables)
        for name, sequential in (("parallel", False), ("sequential", True))
        for what, draw, variables in (
            ("service task", repeated("serviceTask", sequential=sequential, more=ADD), SEQUENCE.variables),
            ("user task", repeated("userTask", sequential=sequential), SEQUENCE.variables),
            ("user task over a collection", collecting(sequential=sequential), items),
        )
    ),
)
