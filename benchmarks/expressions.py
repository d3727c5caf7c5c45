"""Microseconds of CPU per evaluation, by language, read and cached, beside a calibration loop of the same run.

`python -m benchmarks.expressions`; it is part of `make bench`. What scripts cost is counted in all processes that have
to do with it.
"""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from benchmarks.processes import calibrate, cpu_seconds
from bpmn import decisions, expressions
from bpmn.deciding import DecisionInForce
from bpmn.errors import BpmnError
from bpmn.execution import Context, Execution
from bpmn.expressions import Language
from bpmn.parsing import load
from bpmn.sandbox import JAVASCRIPT, PYTHON, Order, Sandboxes, installed

VARIABLES: dict[str, Any] = {
    "amount": 1500,
    "approved": True,
    "name": "Ann",
    "items": [{"price": Decimal("2.5"), "qty": number} for number in range(90)],
}
#: The first rows are one question in every language.
TEXTS: list[tuple[Language, str]] = [
    (Language.FEEL, "amount > 1000 and approved"),
    (Language.JUEL, "${amount > 1000 && approved}"),
    (Language.PLAIN, "amount > 1000 and approved"),
    (Language.PYTHON, "amount > 1000 and approved"),
    (Language.FEEL, 'if amount > 1000 then "large" else "small"'),
    (Language.FEEL, 'starts with(name, "A")'),
    (Language.FEEL, "sum(items[qty > 10].price)"),
    (Language.FEEL, "for i in items return i.qty * 2"),
    (Language.FEEL, 'date("2024-01-01") + duration("P1M")'),
    (Language.FEEL, 'matches(name, "^[A-Z][a-z]{2}$")'),
    (Language.JUEL, "${items.size() > 10 and name.startsWith('A')}"),
    (Language.JUEL, "${now().plusDays(3)}"),
    (Language.PYTHON, "items[3].price * 2 + amount"),
]
SCRIPTS: list[tuple[str, str]] = [
    (PYTHON, "bool(amount > 1000 and approved)"),
    (PYTHON, "sum(i.price for i in items if i.qty > 10)"),
    (JAVASCRIPT, "amount > 1000 && approved"),
    (JAVASCRIPT, "items.filter(i => i.qty > 10).reduce((sum, i) => sum + i.price, 0)"),
]
#: Loops of a million elements and without end.
RUNAWAYS: list[tuple[Language, str]] = [
    (Language.FEEL, "count(for i in 1..1000000 return i)"),
    (Language.FEEL, "some x in 1..1000, y in 1..1000 satisfies x + y = 0"),
    (Language.JUEL, "${" + " or ".join(["items.contains(0)"] * 400) + "}"),
    (Language.PYTHON, "while True: pass"),
    (Language.JAVASCRIPT, "for (;;) {}"),
]
BUSINESS_RULE = b"""
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:c="http://camunda.org/schema/1.0/bpmn"
    targetNamespace="b">
  <process id="p" isExecutable="true">
    <startEvent id="s"/><businessRuleTask id="ask" c:decisionRef="t" c:resultVariable="found"/><endEvent id="e"/>
    <sequenceFlow id="f1" sourceRef="s" targetRef="ask"/><sequenceFlow id="f2" sourceRef="ask" targetRef="e"/>
  </process>
</definitions>"""
_RUNS = 300


def cpu(work: Callable[[], object], rounds: int = 5) -> float:
    """CPU seconds of one call: the best of some rounds of about 50 ms."""
    work()
    began = time.process_time()
    work()
    repeats = max(1, round(0.05 / max(time.process_time() - began, 1e-7)))
    best = float("inf")
    for _ in range(rounds):
        began = time.process_time()
        for _ in range(repeats):
            work()
        best = min(best, (time.process_time() - began) / repeats)
    return best


def cpu_of_all(work: Callable[[], object], runs: int = _RUNS) -> float:
    """CPU seconds of one call in this process and all that descend from it; to about a tenth of a millisecond."""
    work()
    began = _family()
    for _ in range(runs):
        work()
    return (_family() - began) / runs


def _family() -> float:
    """CPU seconds of this process and of those that descend from it and are alive."""
    found, pending = 0.0, [os.getpid()]
    while pending:
        pid = pending.pop()
        found += cpu_seconds(pid)
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError):  # a thread that has ended; none of these has children
                pending += map(int, (task / "children").read_text().split())
    return found


def read(text: str, language: Language, number: int = 0) -> object:
    """Read a text that was not read before, since FEEL keeps what it has read."""
    return expressions.compile(text + " " * (number % 5_000), language)


def rules(count: int, first: str = '"c{}"', second: str = "[{}..{}]") -> bytes:
    """A decision table of two inputs with these tests."""
    rows = "".join(
        f"<rule><inputEntry><text>{escape(first.format(number % 50))}</text></inputEntry>"
        f"<inputEntry><text>{escape(second.format(number, number + 10))}</text></inputEntry>"
        f"<outputEntry><text>{number}</text></outputEntry></rule>"
        for number in range(count)
    )
    texts = [f"<inputExpression><text>{name}</text></inputExpression>" for name in ("country", "age")]
    inputs = "".join(f"<input>{text}</input>" for text in texts)
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" id="d" name="d" namespace="d">'
        f'<decision id="t" name="t"><decisionTable hitPolicy="COLLECT">{inputs}<output name="o"/>{rows}</decisionTable>'
        "</decision></definitions>"
    ).encode()


def main() -> None:
    print(f"expressions, CPU; calibration loop {calibrate() * 1_000:.0f} ms")
    print(f"{'language':19} {'expression':72} {'read us':>8} {'cached us':>9}")
    for language, text in TEXTS:
        _print(language.value, text, *_evaluated(language, text))
    with closing(Sandboxes(installed())) as sandboxes:
        for name, text in SCRIPTS:
            if name in sandboxes.languages:
                _print(f"{name}, sandbox", text, *_run(sandboxes, name, text))
        for language, text in RUNAWAYS:
            print(_stopped(sandboxes, language, text))
    _decide()
    print(flush=True)


def _decide() -> None:
    """Decision tables of 1,000 rules in process: by themselves, and as what a process asks for."""
    asked: dict[str, Any] = {"country": "c7", "age": 515, "limit": 3}
    for said, tests in (("", ()), (", all tests computed", ('? != country + "{}"', "? > limit + {} and ? < 600"))):
        table = decisions.load({"t.dmn": rules(1_000, *tests)})
        took = cpu(functools.partial(table.evaluate, "t", asked))
        print(f"decision table of 1,000 rules{said}: {took * 1_000:.3f} ms CPU", flush=True)
    model = load(BUSINESS_RULE, "p")
    table = decisions.load({"t.dmn": rules(1_000)})
    context = Context(
        datetime(2030, 1, 1, tzinfo=UTC), decisions=lambda wanted: DecisionInForce(wanted.key, 1, "t.dmn", table)
    )
    took = cpu(lambda: Execution.start(model, context, variables=asked))
    print(f"process of a business rule task that asks for it: {took * 1_000:.3f} ms CPU", flush=True)


def _print(language: str, text: str, reading: float, evaluating: float) -> None:
    print(f"{language:19} {text:72} {reading * 1e6:8.1f} {evaluating * 1e6:9.2f}", flush=True)


def _evaluated(language: Language, text: str) -> tuple[float, float]:
    numbers = iter(range(10**9))
    reading = cpu(lambda: read(text, language, next(numbers)))
    compiled = expressions.compile(text, language)
    return reading, cpu(lambda: compiled.evaluate(VARIABLES))


def _run(sandboxes: Sandboxes, language: str, text: str) -> tuple[float, float]:
    reading = cpu_of_all(lambda: sandboxes.run(language, Order(text, checks=True)))
    sandboxes.run(language, Order("1"))
    return reading, cpu_of_all(lambda: sandboxes.run(language, Order(text, VARIABLES)))


def _stopped(sandboxes: Sandboxes, language: Language, text: str) -> str:
    """What an evaluation comes to that goes on for too long."""
    compiled = expressions.compile(text, language)
    said = "it came to its end"
    began = time.perf_counter()
    try:
        if compiled.script is None:
            compiled.evaluate({"items": list(range(1, 10_000))})
        elif language.value in sandboxes.languages:
            sandboxes.run(language.value, Order(text))
    except BpmnError as stopped:
        said = str(stopped)
    shown = text if len(text) < 60 else f"{text[:57]}..."
    return f"{language:19} {shown:72} {(time.perf_counter() - began) * 1_000:6.0f} ms: {said}"


if __name__ == "__main__":
    main()
