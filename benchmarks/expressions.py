"""Microseconds of CPU per evaluation, by language, read and cached, beside a calibration loop of the same run.

`python -m benchmarks.expressions`
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from bpmn import decisions, expressions
from bpmn.expressions import Language

VARIABLES: dict[str, Any] = {
    "amount": 1500,
    "approved": True,
    "name": "Ann",
    "items": [{"price": Decimal("2.5"), "qty": number} for number in range(90)],
}
TEXTS: list[tuple[Language, str]] = [
    (Language.FEEL, "amount > 1000 and approved"),
    (Language.JUEL, "${amount > 1000 && approved}"),
    (Language.PLAIN, "amount > 1000 and approved"),
    (Language.FEEL, 'if amount > 1000 then "large" else "small"'),
    (Language.FEEL, 'starts with(name, "A")'),
    (Language.FEEL, "sum(items[qty > 10].price)"),
    (Language.FEEL, "for i in items return i.qty * 2"),
    (Language.FEEL, 'date("2024-01-01") + duration("P1M")'),
    (Language.FEEL, 'matches(name, "^[A-Z][a-z]{2}$")'),
]


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


def read(text: str, language: Language, number: int = 0) -> object:
    """Read a text that was not read before, since FEEL keeps what it has read."""
    return expressions.compile(text + " " * (number % 5_000), language)


def rules(count: int) -> bytes:
    """A decision table of two inputs."""
    rows = "".join(
        f'<rule><inputEntry><text>"c{number % 50}"</text></inputEntry>'
        f"<inputEntry><text>[{number}..{number + 10}]</text></inputEntry>"
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
    loop = cpu(lambda: sum(number * number for number in range(100_000)))
    print(f"calibration loop: {loop * 1_000:.2f} ms CPU")
    print(f"{'language':8} {'expression':44} {'read us':>9} {'cached us':>10}")
    for language, text in TEXTS:
        numbers = iter(range(10**9))
        reading = cpu(lambda text=text, language=language, numbers=numbers: read(text, language, next(numbers)))  # type: ignore[misc]
        compiled = expressions.compile(text, language)
        evaluating = cpu(lambda compiled=compiled: compiled.evaluate(VARIABLES))  # type: ignore[misc]
        print(f"{language:8} {text:44} {reading * 1e6:9.1f} {evaluating * 1e6:10.2f}")
    table = decisions.load({"t.dmn": rules(1_000)})
    took = cpu(lambda: table.evaluate("t", {"country": "c7", "age": 515}))
    print(f"decision table of 1,000 rules: {took * 1_000:.3f} ms CPU")


if __name__ == "__main__":
    main()
