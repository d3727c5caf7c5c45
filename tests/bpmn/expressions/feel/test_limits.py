"""Whatever an expression asks for: it is stopped within its budget, and takes time and chance from outside."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Budget, Language, Settings, compile
from tests.bpmn.expressions.feel.asking import ask

LONG = "x" * 900_000
LIST = list(range(100_000))
LISTS = [list(range(1_000)) for _ in range(300)]
VARIABLES: dict[str, Any] = {"s": LONG, "l": LIST, "ll": LISTS, "n": 10**3_000, "d": {str(i): i for i in range(2_000)}}


@pytest.mark.parametrize(
    "text",
    [
        "count(for i in 1..100000000 return i)",
        "for i in 1..100000, j in 1..100000 return 1",
        "for i in 1..10000 return for j in 1..10000 return 1",
        "some i in 1..100000000 satisfies false",
        "every i in [1..100000000] satisfies true",
        'for i in 1..500000 return s + "a"',
        "for i in 1..400000 return upper case(s)",
        "for i in 1..400000 return substring(s, 2)",
        "for i in 1..400000 return n * n + i",
        "for i in 1..100000 return [" + ",".join("1" * 3_000) + "]",
        "for i in 1..100000 return ll = [ll, i]",
        "for i in 1..100000 return string(ll)",
        "for i in 1..100000 return to json(ll)",
        "for i in 1..100000 return ll instance of list<list<number>>",
        "for i in 1..100000 return l[item > i]",
        "for i in 1..100000 return list contains(l, -1)",
        "for i in 1..100000 return sum(l)",
        'for i in 1..100000 return context put(d, "a", 1)',
        "for i in 1..100000 return d[a = 1]",
        'for i in 1..100000 return contains(s, "y")',
        'for i in 1..100000 return matches(s, "y")',
        "for i in 1..50000 return partial",
        "distinct values(l)",
        "duplicate values(l)",
        "concatenate(l, l, l, l, l, l, l, l, l, l, l)",
        'string join(for i in 1..200000 return "abcdefghij")',
        "s + s",
        'replace(s, "x", "yy")',
        "{f: function(n) f(n + 1)}.f(1)",
        "{f: function(n) if n = 0 then 1 else f(n - 1) + f(n - 1)}.f(50)",
        'for i in @"0001-01-01"..@"999999999-01-01" return i',
        "for x in ll return for y in ll return x",
        "sort(l, function(a, b) sum(l) > 1)",
        "list replace(l, function(a, b) sum(l) > 1, 2)",
    ],
)
def test_an_expression_that_asks_for_too_much_fails_in_time(text: str) -> None:
    expression = compile(text, Language.FEEL)
    began = time.process_time()
    with pytest.raises(EvaluationFailed) as failed:
        expression.evaluate(VARIABLES, Settings(budget=Budget(steps=60_000, seconds=0.5)))
    assert time.process_time() - began < 10
    assert failed.value.position in range(len(text))


@pytest.mark.parametrize(
    "text", ["n ** n", "10 ** 6144 * 10", "exp(14999)", "9 ** 99999", "product(for i in 1..9000 return 10)"]
)
def test_a_number_that_is_too_large_is_null(text: str) -> None:
    assert ask(text, VARIABLES) is None


def test_the_budget_is_given_from_outside() -> None:
    small = Settings(budget=Budget(steps=100))
    assert compile("count(for i in 1..50 return i)", Language.FEEL).evaluate({}, small) == 50
    with pytest.raises(EvaluationFailed, match="more than 100 steps"):
        compile("count(for i in 1..101 return i)", Language.FEEL).evaluate({}, small)
    slow = Settings(budget=Budget(steps=10**9, seconds=0.1))
    began = time.process_time()
    with pytest.raises(EvaluationFailed, match=r"longer than 0\.1 seconds"):
        compile("count(for i in 1..100000000 return i)", Language.FEEL).evaluate({}, slow)
    assert time.process_time() - began < 10


def test_one_evaluation_does_not_use_up_the_budget_of_the_next() -> None:
    expression = compile("count(for i in 1..300000 return i)", Language.FEEL)
    assert [expression.evaluate({}) for _ in range(3)] == [300_000] * 3


def test_the_time_comes_from_outside() -> None:
    berlin = Settings(now=lambda: datetime(2025, 7, 1, 8, 0, tzinfo=ZoneInfo("Europe/Berlin")))
    east = Settings(now=lambda: datetime(2025, 7, 1, 8, 0, tzinfo=timezone(timedelta(hours=3))))
    now = compile("now()", Language.FEEL)
    assert now.evaluate({}, berlin) == "2025-07-01T08:00:00@Europe/Berlin"
    assert now.evaluate({}, east) == "2025-07-01T08:00:00+03:00"
    assert compile("today()", Language.FEEL).evaluate({}, east) == "2025-07-01"


def test_chance_comes_from_outside_or_not_at_all() -> None:
    chance = compile("random number()", Language.FEEL)
    assert chance.evaluate({}, Settings(random=lambda: 0.5)) == Decimal("0.5")
    with pytest.raises(EvaluationFailed, match="no source of chance"):
        chance.evaluate({})


HOSTILE = [
    "(" * 4_000,
    "[" * 4_000,
    "{a:" * 3_000,
    "a[" * 4_000,
    "-" * 9_000 + "1",
    "if " * 3_000,
    "for x in " * 1_000,
    "some a " * 1_400,
    "every every " * 800,
    "f(" * 4_000,
    "a " * 4_999,
    "a." * 4_999,
    "[1.." * 2_000,
    "]1.." * 2_000,
    "x in (" * 1_600,
    "x in y " * 1_400,
    "a instance of list<" * 500,
    "x instance of " + "list<" * 1_900,
    "`" * 9_999,
    "not(" * 2_400,
    "function(a) " * 800,
    "/*" * 4_900,
    "@" * 9_999,
    "'" * 9_999,
    '"' + "\\u0041" * 1_600,
    "a" + " " * 9_998,
    "count(" + "a b " * 2_000,
    "{" + "a b " * 2_000,
    "1 < " * 2_400 + "1",
    "{a b" * 2_000,
    "for " + "a in [1], " * 900 + "b in [1] return 1",
    "for " + "a b " * 2_400,
    "a between " * 900,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
def test_a_hostile_text_is_read_or_refused_at_once(text: str) -> None:
    began = time.process_time()
    with suppress(ExpressionInvalid, EvaluationFailed):
        compile(text, Language.FEEL).evaluate({})
    assert time.process_time() - began < 10
