"""Sandboxes: what goes in, what comes out, what is stopped; and that the next script finds everything in order."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bpmn.sandbox import (
    JAVASCRIPT,
    PYTHON,
    Answer,
    BusinessError,
    Limits,
    Order,
    SandboxCrashed,
    Sandboxes,
    SandboxesBusy,
    ScriptFailed,
    ScriptInvalid,
    pool,
)

VARIABLES: dict[str, Any] = {
    "amount": Decimal("10.10"),
    "n": 3,
    "big": 2**70,
    "wide": Decimal("1.234567890123456789012345"),
    "customer": {"name": "Ann", "tags": ["a"]},
    "sum": 5,
    "two words": 1,
}
ABOUT: dict[str, Any] = {"id": "i.3", "businessKey": "order 7", "currentActivityId": "calc"}
WHOLE = "write int(x), or a // b instead of a / b"
MONDAY = 1_772_442_000_000


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[Sandboxes]:
    found = Sandboxes(limits=Limits(seconds=1, megabytes=32, characters=10_000))
    yield found
    found.close()


def given(sandboxes: Sandboxes, language: str, text: str, sets: Any = "nothing") -> Answer:
    return sandboxes.run(language, Order(text, VARIABLES, sets, MONDAY, 7, ABOUT))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount * 1.1", Decimal("11.110")),
        ("0.1 + 0.2 == 0.3", True),
        ("7 / 2", Decimal("3.5")),
        ("[-7 // 2, -7 % 2, 2 ** -1]", [-4, 1, Decimal("0.5")]),
        ("[-7.5 // 2, -7.5 % 2]", [-4, Decimal("0.5")]),
        ("round(2.675, 2)", Decimal("2.68")),
        ("sum", 5),
        ("big + 1", 2**70 + 1),
        ("wide * 2", Decimal("2.469135780246913578024690")),
        ("customer.name.upper()", "ANN"),
        ("execution.getVariable('two words')", 1),
        ("[execution.id, execution.getBusinessKey(), execution.getCurrentActivityId()]", ["i.3", "order 7", "calc"]),
        ("(1, {2})", [1, [2]]),
        (
            "import datetime\n[datetime.datetime.now(), datetime.date(2026, 1, 2)]",
            ["2026-03-02T09:00:00", "2026-01-02"],
        ),
        ("import datetime\ndatetime.timedelta(days=1, hours=2)", "P1DT2H"),
        ("datetime.now()", "2026-03-02T09:00:00"),
        (
            "[datetime.datetime.now() + timedelta(hours=1.5), datetime(2026, 1, 2) == datetime.datetime(2026, 1, 2)]",
            ["2026-03-02T10:30:00", True],
        ),
        (
            "[datetime.date(2026, 1, 2), datetime.date.today(), datetime.timedelta(0.5)]",
            ["2026-01-02", "2026-03-02", "PT12H"],
        ),
        (
            "[timedelta(seconds=n / 6), timedelta(hours=float(0.1)), timedelta(1, 0.25)]",
            ["PT0.5S", "PT6M", "P1DT0.25S"],
        ),
        (
            "from datetime import timedelta as span\n[span(weeks=-0.5, hours=1), span(seconds=1 / 3)]",
            ["-P3DT11H", "PT0.333333S"],
        ),
        ("day = timedelta(days=1)\n[day * 0.5, 0.5 * day, day / 0.25]", ["PT12H", "PT12H", "P4D"]),
        ("timedelta(days=1) / timedelta(hours=5)", Decimal("4.8")),
        ("import time\n[time.time(), time.sleep(100)]", [Decimal("1772442000.0"), None]),
        ("f'{amount:.1f} {n / 2}'", "10.1 1.5"),
        ("{1: 2}", {"1": 2}),
        ("print('x' * 1000)", None),
        ("total = 0\nfor i in range(3):\n    total += i * 0.5\ntotal", Decimal("1.5")),
        ("order = {'a': 1}\norder.b = 2\norder", {"a": 1, "b": 2}),
    ],
)
def test_given_a_script_in_python_when_run_then_it_reckons_exactly(
    sandboxes: Sandboxes, text: str, expected: Any
) -> None:
    value = given(sandboxes, PYTHON, text).value
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("amount * 2", Decimal("20.2")),
        ("n + 1", 4),
        ("big + 1n", 2**70 + 1),
        ("0.1 + 0.2", Decimal("0.30000000000000004")),
        ("customer.name.toUpperCase()", "ANN"),
        ("execution.getVariable('two words')", 1),
        ("[execution.id, execution.getBusinessKey(), execution.currentActivityId]", ["i.3", "order 7", "calc"]),
        ("[new Date(), Date.now(), new Date(0).getTime()]", ["2026-03-02T09:00:00.000Z", MONDAY, 0]),
        ("({a: undefined, f() {}, m: new Map([['k', 1]]), s: new Set([2])})", {"m": {"k": 1}, "s": [2]}),
        ("print(1); console.log(2); 5", 5),
        ("if (n > 2) { 'big' } else { 'small' }", "big"),
        ("undefined", None),
        ("-0", 0),
        ("1e21", Decimal("1E+21")),
    ],
)
def test_given_a_script_in_javascript_when_run_then_numbers_cross_with_their_shortest_digits(
    sandboxes: Sandboxes, text: str, expected: Any
) -> None:
    value = given(sandboxes, JAVASCRIPT, text).value
    assert value == expected
    assert type(value) is type(expected)


def test_given_variables_with_names_of_python_when_a_script_runs_then_they_come_first_and_it_reckons(
    sandboxes: Sandboxes,
) -> None:
    taken = ("type", "str", "repr", "dict", "list", "round", "len", "datetime", "Decimal", "execution")
    named: dict[str, Any] = dict.fromkeys(taken, 1)
    order = Order("timedelta(days=0.5) / 2, 0.5 + type + datetime + Decimal + round + execution", named)
    assert sandboxes.run(PYTHON, order).value == ["PT6H", Decimal("5.5")]


def test_given_the_same_seed_when_chance_is_asked_then_it_is_the_same(sandboxes: Sandboxes) -> None:
    for language, text in ((PYTHON, "import random\nrandom.random()"), (JAVASCRIPT, "Math.random()")):
        values = {str(given(sandboxes, language, text).value) for _ in range(3)}
        assert len(values) == 1


@pytest.mark.parametrize(
    ("language", "text", "message", "line"),
    [
        (PYTHON, "x = 1\n\nif x:\n    y = missing", "NameError: name 'missing' is not defined", 4),
        (PYTHON, "range(n / 1)", f"as an integer; {WHOLE}", 1),
        (PYTHON, "range(float(n))", f"as an integer; {WHOLE}", 1),
        (PYTHON, "[1][n / 3]", f"not decimal.Decimal; {WHOLE}", 1),
        (PYTHON, "'a' * (n / 3)", f"of type 'decimal.Decimal'; {WHOLE}", 1),
        (PYTHON, "random.uniform(n / 3, 2)", "write float(x) for a function that takes binary numbers only", 1),
        (PYTHON, "timedelta(days=1, years=0.5)", "got an unexpected keyword argument 'years'", 1),
        (PYTHON, "float('nan')", "the script gives NaN, which is no number", None),
        (PYTHON, "class A:\n    pass\nA()", "the script gives an object of class A, which no variable can hold", None),
        (PYTHON, "{(1, 2): 3}", "the script gives a map with a value of type tuple as a key; keys are texts", None),
        (PYTHON, "'x' * 10001", "the script gives more than 10,000 characters", None),
        (
            PYTHON,
            "execution.setVariable('x', 1)",
            "the script sets variables, which only script tasks and listeners may do",
            None,
        ),
        (JAVASCRIPT, "1;\nmissing", "ReferenceError: missing is not defined", 2),
        (JAVASCRIPT, "wide", "RangeError: wide has more digits than numbers of JavaScript hold", 1),
        (JAVASCRIPT, "NaN", "RangeError: the script gives NaN, which is no number", None),
        (JAVASCRIPT, "() => 1", "TypeError: the script gives a function, which no variable can hold", None),
        (JAVASCRIPT, "Promise.resolve(1)", "TypeError: the script gives a promise; scripts cannot wait", None),
        (JAVASCRIPT, "'x'.repeat(10001)", "RangeError: the script gives more than 10000 characters", None),
        (JAVASCRIPT, "var a = {}; a.a = a; a", "nested more deeply than 200 levels", None),
        (JAVASCRIPT, "Java.type('java.lang.System')", "TypeError: Java's java.lang.System cannot be reached", 1),
    ],
)
def test_given_a_script_that_breaks_off_when_run_then_it_says_why_and_where(
    sandboxes: Sandboxes, language: str, text: str, message: str, line: int | None
) -> None:
    with pytest.raises(ScriptFailed) as failed:
        given(sandboxes, language, text)
    assert message in str(failed.value)
    assert failed.value.line == line


@pytest.mark.parametrize(
    ("language", "text", "message"),
    [
        (PYTHON, "while True: pass", "the script computes longer than 1 seconds"),
        (PYTHON, "x = 'a' * 10 ** 9", "the script takes more than 32 megabytes"),
        (PYTHON, "def f(n): return f(n + 1)\nf(0)", "the script calls functions too deeply"),
        (JAVASCRIPT, "while (true) {}", "seconds"),
        (JAVASCRIPT, "var a = []; while (true) a.push('x'.repeat(1e6))", "the script takes more than 32 megabytes"),
        (JAVASCRIPT, "function f() { return f() + 1 } f()", "the script calls functions too deeply"),
    ],
)
def test_given_a_script_that_goes_to_its_limits_when_stopped_then_the_next_one_runs(
    sandboxes: Sandboxes, language: str, text: str, message: str
) -> None:
    with pytest.raises(ScriptFailed, match=message):
        given(sandboxes, language, text)
    assert given(sandboxes, language, "n + n * 1").value == 6


@pytest.mark.parametrize(
    ("language", "text", "line"),
    [
        (PYTHON, "x = 1\ny = (", 2),
        (PYTHON, "x = 1\ndef f():\n    yield 1", 3),
        (PYTHON, "-" * 50_000 + "1", None),
        (JAVASCRIPT, "var x;\nlet y = ;", 2),
        (JAVASCRIPT, "return 1", 1),
    ],
)
def test_given_a_script_that_is_none_when_checked_then_its_line_is_named(
    sandboxes: Sandboxes, language: str, text: str, line: int | None
) -> None:
    with pytest.raises(ScriptInvalid) as invalid:
        sandboxes.run(language, Order(text, checks=True))
    assert invalid.value.line == line


@pytest.mark.parametrize(("language", "text"), [(PYTHON, "while True: pass"), (JAVASCRIPT, "while (true) {}")])
def test_given_a_script_that_is_only_checked_when_read_then_it_does_not_run(
    sandboxes: Sandboxes, language: str, text: str
) -> None:
    assert sandboxes.run(language, Order(text, checks=True)) == Answer()


@pytest.mark.parametrize(
    ("language", "text"),
    [(PYTHON, "raise BpmnError('E1', 'no money')"), (JAVASCRIPT, "throw new BpmnError('E1', 'no money')")],
)
def test_given_a_script_that_throws_a_bpmn_error_when_run_then_code_and_message_come_out(
    sandboxes: Sandboxes, language: str, text: str
) -> None:
    assert given(sandboxes, language, text).error == BusinessError("E1", "no money")


def test_given_two_scripts_when_one_leaves_something_behind_then_the_other_does_not_find_it(
    sandboxes: Sandboxes,
) -> None:
    given(sandboxes, PYTHON, "left = 1\nleft", "by name")
    with pytest.raises(ScriptFailed, match="left"):
        given(sandboxes, PYTHON, "left")
    given(sandboxes, JAVASCRIPT, "globalThis.left = 1; Array.prototype.left = 2")
    assert given(sandboxes, JAVASCRIPT, "[typeof left, [].left === undefined]").value == ["undefined", True]


def test_given_a_child_that_is_killed_when_it_runs_then_only_its_script_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    own = Sandboxes([JAVASCRIPT], limits=Limits(seconds=20))
    made: list[Any] = []
    running, exchange = threading.Event(), pool._Child._exchange

    def begin(child: Any, order: Order) -> Any:
        made.append(child)
        running.set()
        return exchange(child, order)

    def kill() -> None:
        running.wait(30)
        os.kill(made[0]._process.pid, signal.SIGKILL)

    monkeypatch.setattr(pool._Child, "_exchange", begin)
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(SandboxCrashed):
            given(own, JAVASCRIPT, "while (true) {}")
        assert given(own, JAVASCRIPT, "n").value == 3
    finally:
        killer.join()
        own.close()


def test_given_all_sandboxes_in_use_when_another_script_comes_then_it_is_told_after_its_patience() -> None:
    own = Sandboxes([JAVASCRIPT], processes=1)
    own._free[JAVASCRIPT].acquire()
    with pytest.raises(SandboxesBusy):
        own.run(JAVASCRIPT, Order("1"), patience=0)
    own.close()


def test_given_a_language_that_is_switched_off_when_asked_for_then_it_says_so() -> None:
    with pytest.raises(ScriptFailed, match="scripts in python are switched off on this server"):
        Sandboxes([JAVASCRIPT]).run(PYTHON, Order("1"))


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at processes as Linux shows them")
@pytest.mark.parametrize("language", [PYTHON, JAVASCRIPT])
def test_given_a_child_when_looked_at_then_it_has_nothing_of_the_server(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THROUGHLINE_DATABASE_URL", "postgresql://me:secret@db/x")
    own = Sandboxes([language])
    own.run(language, Order("1 + 1"))
    (child,) = own._idle[language]
    process = Path(f"/proc/{child._process.pid}")
    assert b"secret" not in (process / "environ").read_bytes()
    limits = (process / "limits").read_text()
    assert "Max file size             0" in limits
    own.close()
    assert not process.exists()
