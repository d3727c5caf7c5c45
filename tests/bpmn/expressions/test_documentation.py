"""docs/expressions.md names everything that is supported, and its numbers are those of the code."""

from __future__ import annotations

from pathlib import Path

import pytest

from bpmn.expressions import limits
from bpmn.expressions.feel import BUILTINS
from bpmn.expressions.plain import PLAIN
from bpmn.expressions.syntax import JUEL as JUEL_SYNTAX
from bpmn.expressions.syntax import METHODS

TEXT = (Path(__file__).parents[3] / "docs" / "expressions.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*METHODS, *BUILTINS])
def test_every_method_and_function_is_documented(name: str) -> None:
    assert f"`{name}(" in TEXT


@pytest.mark.parametrize("word", JUEL_SYNTAX.words)
def test_every_word_operator_of_juel_is_documented(word: str) -> None:
    assert word in TEXT


@pytest.mark.parametrize(
    "name", [name for name in vars(limits) if name.startswith("MAX_") and name != "MAX_RESULT_BITS"]
)
def test_every_limit_is_documented(name: str) -> None:
    assert f" {getattr(limits, name):,}" in TEXT


def test_what_can_be_written_can_be_run() -> None:
    assert METHODS.keys() == PLAIN.calls.keys()
