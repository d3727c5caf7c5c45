"""Random models: what is open after every stimulus is what the standard's token game says, saved or not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

import pytest

from tests.fuzz.models import block_model, wild_model
from tests.fuzz.play import play
from tests.fuzz.reference import Graph

CHUNK = 1000
LISTENERS = """<extensionElements xmlns:camunda="http://camunda.org/schema/1.0/bpmn">
    <camunda:executionListener class="A" event="start"/><camunda:executionListener class="A" event="end"/>
    </extensionElements>"""
MAKERS: dict[str, Callable[[int], Graph]] = {"blocks": block_model, "any shape": wild_model}


def run(maker: str, seeds: Iterable[int]) -> Counter[str]:
    """Play a story for each seed; how they went."""
    went: Counter[str] = Counter()
    for seed in seeds:
        try:
            played = play(MAKERS[maker](seed), seed)
        except AssertionError as fault:
            raise AssertionError(f"{maker}, seed {seed}: {fault}") from fault
        went["left out" if played is None else played.outcome or ("stuck" if played.is_stuck else "open")] += 1
        went["stimuli"] += len(played.stimuli) if played else 0
    return went


@pytest.mark.parametrize("chunk", range(2))
def test_given_block_structured_models_when_played_then_each_agrees_with_the_reference(chunk: int) -> None:
    went = run("blocks", range(chunk * 150, chunk * 150 + 150))
    assert went["completed"] > 100
    assert went["left out"] < 15


@pytest.mark.parametrize("chunk", range(2))
def test_given_models_of_any_shape_when_played_then_each_agrees_with_the_reference(chunk: int) -> None:
    went = run("any shape", range(chunk * 250, chunk * 250 + 250))
    assert min(went["completed"], went["terminated"], went["stuck"]) > 10
    assert went["stimuli"] > 1000


@pytest.mark.parametrize("maker", MAKERS)
def test_given_listeners_of_random_processes_when_played_then_the_beginning_and_the_end_are_heard_once(
    maker: str,
) -> None:
    went: Counter[str] = Counter()
    for seed in range(1000, 1150):
        played = play(MAKERS[maker](seed), seed, listeners=LISTENERS)
        if played is not None:
            assert played.heard == (1 if played.outcome is None else 2), f"seed {seed}"
            went[played.outcome or "open"] += 1
    assert went["completed"] > 15


@pytest.mark.fuzz
@pytest.mark.parametrize("chunk", range(20))
@pytest.mark.parametrize("maker", MAKERS)
def test_given_thousands_of_random_models_when_played_then_each_agrees_with_the_reference(
    maker: str, chunk: int
) -> None:
    assert run(maker, range(100_000 + chunk * CHUNK, 100_000 + (chunk + 1) * CHUNK))["stimuli"] > CHUNK
