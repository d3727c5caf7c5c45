"""However long or deep a diagram is, the stack of the program that runs it stays as it is."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

import pytest

from benchmarks import growing
from benchmarks.growing import CONTEXT, Draw
from bpmn.execution import Execution
from bpmn.parsing import load

FRAMES = 60


@pytest.fixture
def _few_frames() -> Iterator[None]:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + FRAMES)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.usefixtures("_few_frames")
@pytest.mark.parametrize(
    ("draw", "size"),
    [
        (growing.sequence("task"), 3_000),
        (growing.blocks, 200),
        (growing.nested, 100),
        (growing.loop(""), 3_000),
        (growing.repeated("userTask", sequential=True), 500),
        (growing.repeated("serviceTask", sequential=False, more=growing.ADD), 3_000),
    ],
    ids=["sequence", "blocks", "nested", "loop", "sequential", "parallel"],
)
def test_given_few_frames_when_a_long_or_deep_process_runs_then_they_are_enough(draw: Draw, size: int) -> None:
    model = load(draw(size), "p")
    execution = Execution.start(model, CONTEXT, variables={"turn": 0, "amount": 0})
    while not execution.ended:
        task = next(live.activity for live in execution.live() if live.waits == "user-task")
        variables = {
            (node.number, name): value
            for node in execution.nodes.values()
            for name, value in (node.variables or {}).items()
        }
        execution = Execution.restore(model, CONTEXT, execution.dump(), variables)
        execution.complete(task)
