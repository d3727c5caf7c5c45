"""Our executor beside SpiffWorkflow's stock task tree, on models that the stock engine handles.

Prints microseconds of CPU per activity, their ratio, and the bytes of a saved state, beside a calibration loop of the
same run: `python -m benchmarks.stock_engine`. The figures of docs/decisions/0001 come from here.
"""

from __future__ import annotations

import io
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.serializer.workflow import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from bpmn.execution import Context, Execution
from bpmn.parsing import load

CONTEXT = Context(datetime(2030, 1, 1, tzinfo=UTC), max_steps=10**9, step_ceiling=10**9)
HEAD = '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="t"><process id="p">'
TAIL = "</process></definitions>"


def chain(kind: str, length: int) -> bytes:
    """A start event, `length` tasks of one kind in a row, an end event."""
    names = ["s", *(f"t{number}" for number in range(length)), "e"]
    nodes = '<startEvent id="s"/>' + "".join(f'<{kind} id="{name}"/>' for name in names[1:-1]) + '<endEvent id="e"/>'
    return (HEAD + nodes + flows(names) + TAIL).encode()


def blocks(number: int) -> bytes:
    """`number` parallel blocks of three manual tasks each, one behind the other."""
    nodes, drawn, last = ['<startEvent id="s"/>', '<endEvent id="e"/>'], [], "s"
    for block in range(number):
        split, join = f"f{block}", f"j{block}"
        nodes += [f'<parallelGateway id="{split}"/>', f'<parallelGateway id="{join}"/>']
        nodes += [f'<manualTask id="{split}_{branch}"/>' for branch in range(3)]
        drawn.append(flows([last, split]))
        drawn += [flows([split, f"{split}_{branch}", join]) for branch in range(3)]
        last = join
    return (HEAD + "".join(nodes) + "".join(drawn) + flows([last, "e"]) + TAIL).encode()


def flows(names: list[str]) -> str:
    pairs = itertools.pairwise(names)
    return "".join(f'<sequenceFlow id="{a}_{b}" sourceRef="{a}" targetRef="{b}"/>' for a, b in pairs)


def stock_workflow(xml: bytes) -> Any:
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(io.BytesIO(xml)))
    return BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))


def run_stock(xml: bytes) -> Callable[[], Any]:
    """Complete every manual task as soon as it is ready."""
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.parse(io.BytesIO(xml)))
    spec, subs = parser.get_spec("p"), parser.get_subprocess_specs("p")

    def run() -> Any:
        workflow = BpmnWorkflow(spec, subs)
        workflow.do_engine_steps()
        while ready := workflow.get_tasks(state=TaskState.READY, manual=True):
            for task in ready:
                task.run()
            workflow.do_engine_steps()
        return workflow

    return run


def run_ours(xml: bytes) -> Callable[[], Any]:
    model = load(xml, "p")

    def run() -> Any:
        execution = Execution.start(model, CONTEXT)
        execution.take_facts()
        while not execution.ended:
            for live in list(execution.live()):
                execution.complete(live.activity)
            execution.take_facts()
        return execution

    return run


def cpu(run: Callable[[], Any], least: float = 0.3) -> float:
    """CPU seconds of one run, the best of three measurements."""
    best = float("inf")
    for _ in range(3):
        count, begin = 0, time.process_time()
        while (spent := time.process_time() - begin) < least:
            run()
            count += 1
        best = min(best, spent / count)
    return best


def calibrate() -> float:
    """CPU seconds of a fixed loop of plain Python."""
    return cpu(lambda: sum(number * number for number in range(100_000)))


def saved_bytes_of_stock(xml: bytes) -> int:
    workflow = stock_workflow(xml)
    workflow.do_engine_steps()
    return len(BpmnWorkflowSerializer().serialize_json(workflow))


def main() -> None:
    print(f"calibration loop: {calibrate() * 1000:.2f} ms CPU")
    print(f"{'model':28} {'stock us/activity':>18} {'ours us/activity':>17} {'ratio':>8}")
    cases = [(f"{n} manual tasks in a row", chain("userTask", n), n) for n in (10, 50, 100, 200)]
    cases += [(f"{n} parallel blocks of 3", blocks(n), 3 * n) for n in (1, 3, 5, 6)]
    for name, xml, activities in cases:
        ours_xml = xml.replace(b"manualTask", b"userTask")
        stock, ours = cpu(run_stock(xml)) / activities * 1e6, cpu(run_ours(ours_xml)) / activities * 1e6
        print(f"{name:28} {stock:18.1f} {ours:17.1f} {stock / ours:7.0f}x")
    for number in (1, 6):
        xml = blocks(number)
        started = Execution.start(load(xml.replace(b"manualTask", b"userTask"), "p"), CONTEXT)
        print(
            f"saved state at the start, {number} blocks: "
            f"stock {saved_bytes_of_stock(xml)} B, ours {len(started.dump())} B"
        )


if __name__ == "__main__":
    main()
