"""Large values that were read lately are read once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.engine import large
from bpmn.values import to_json


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    large._known.clear()
    yield
    large._known.clear()


def text(mark: str, length: int = 2_000) -> str:
    """The JSON text of a long list, the same at both ends whatever the mark."""
    return to_json([*["x"] * length, mark, *["x"] * length]).decode()


def test_given_a_long_text_when_read_again_then_it_is_the_very_same_value() -> None:
    first = large.read(text("one"))
    assert large.read(text("one")) is first
    assert isinstance(first, list)
    assert first[2_000] == "one"


def test_given_texts_of_the_same_length_and_ends_when_read_then_each_is_itself() -> None:
    for mark in ("one", "two", "one"):
        value = large.read(text(mark))
        assert isinstance(value, list)
        assert value[2_000] == mark


def test_given_a_short_text_when_read_then_nothing_is_remembered() -> None:
    assert large.read("[1]") == [1]
    assert not large._known


def test_given_more_than_is_remembered_when_read_then_the_oldest_is_forgotten() -> None:
    texts = [text("x", length) for length in (150_000, 160_000, 170_000, 180_000, 190_000)]
    for one in texts:
        large.read(one)
    remembered = [length for length, _, _ in large._known]
    assert sum(remembered) <= large._MOST
    assert remembered[-1] == len(texts[-1])
    assert len(texts[0]) not in remembered


def test_given_a_text_longer_than_all_that_is_remembered_when_read_then_it_is_read_nevertheless() -> None:
    value = large.read(text("huge", 600_000))
    assert isinstance(value, list)
    assert len(value) == 1_200_001
    assert not large._known
