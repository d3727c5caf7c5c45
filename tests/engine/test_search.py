"""Search texts sort like the values that they stand for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine.search import LENGTH, search_text
from app.errors import InvalidRequest
from app.queries.search import VariableFilter
from tests.driver import ONE_TASK, Driver

integers = st.integers(min_value=-(10**LENGTH), max_value=10**LENGTH)
decimals = st.decimals(allow_nan=False, allow_infinity=False)
numbers = integers | decimals | st.integers(-20, 20).map(Decimal)


@given(numbers, numbers)
def test_numbers_sort_exactly_as_they_compare(a: int | Decimal, b: int | Decimal) -> None:
    text_a, text_b = search_text(a), search_text(b)
    assert text_a is not None
    assert text_b is not None
    assert (text_a < text_b, text_a == text_b) == (Decimal(a) < Decimal(b), Decimal(a) == Decimal(b))


def test_numbers_that_differ_beyond_the_compared_digits_are_still_different() -> None:
    assert search_text(10**300 + 1) != search_text(10**300 + 2)


def test_the_search_text_of_any_value_is_short_enough_for_an_index() -> None:
    for value in (10**5000, -(10**5000), "x" * 10_000, Decimal("1e-100000")):
        assert len(search_text(value) or "") < 300


def test_lists_and_objects_cannot_be_searched() -> None:
    assert search_text([1]) is None
    assert search_text({"a": 1}) is None


VALUES: dict[str, Any] = {
    "small": -5,
    "zero": 0,
    "exact": Decimal("0.10"),
    "large": 10**40,
    "text": "Müller",
    "other": "Mayer_1",
    "flag": True,
    "nothing": None,
    "long": "x" * 1000,
    "list": [1],
}


@pytest.mark.parametrize(
    ("operator", "value", "found"),
    [
        ("eq", Decimal("0.1"), {"exact"}),
        ("eq", 10**40, {"large"}),
        ("eq", "Müller", {"text"}),
        ("eq", "x" * 1000, {"long"}),
        ("eq", "x" * 999, set()),
        ("eq", True, {"flag"}),
        ("eq", None, {"nothing"}),
        ("neq", 0, {"small", "exact", "large", "text", "other", "flag", "nothing", "long"}),
        ("gt", 0, {"exact", "large"}),
        ("gteq", 0, {"zero", "exact", "large"}),
        ("lt", Decimal("0.1"), {"small", "zero"}),
        ("lteq", Decimal("0.1"), {"small", "zero", "exact"}),
        ("gt", "Mb", {"text", "long"}),
        ("like", "M%", {"text", "other"}),
        ("like", "m%", set()),
        ("like", "Ma_er\\_1", {"other"}),
    ],
)
def test_instances_are_found_by_the_value_of_a_variable(
    driver: Driver, operator: Any, value: Any, found: set[str]
) -> None:
    driver.deploy(ONE_TASK)
    ids = {driver.start(variables={"v": kept}).id: name for name, kept in VALUES.items()}
    hits = driver.instances(variables=(VariableFilter("v", operator, value),))
    assert {ids[hit.id] for hit in hits} == found


@pytest.mark.parametrize(
    ("operator", "value"), [("eq", [1]), ("gt", True), ("like", 5), ("like", "x" * 201), ("like", "x\\")]
)
def test_a_comparison_without_meaning_is_refused(driver: Driver, operator: Any, value: Any) -> None:
    with pytest.raises(InvalidRequest):
        driver.instances(variables=(VariableFilter("v", operator, value),))
