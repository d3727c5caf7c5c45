"""docs/expressions.md names everything that is supported, and its numbers are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bpmn.expressions import limits
from bpmn.expressions.feel import BUILTINS
from bpmn.expressions.juel import JUEL
from bpmn.expressions.methods import METHODS
from bpmn.expressions.syntax import JUEL as JUEL_SYNTAX

TEXT = (Path(__file__).parents[3] / "docs" / "expressions.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*METHODS, *BUILTINS])
def test_every_method_and_function_is_documented(name: str) -> None:
    assert f"`{name}(" in TEXT


def last_part(name: str) -> str:
    """`get` of `variables:get`, `getId` of `execution.getId`."""
    return re.split("[:.]", name)[-1]


@pytest.mark.parametrize("name", sorted({last_part(name) for name in (*JUEL.methods, *JUEL.functions)}))
def test_every_method_and_function_of_juel_is_documented(name: str) -> None:
    assert re.search(rf"(?<![A-Za-z]){name}(?![A-Za-z])", TEXT.partition("## JUEL")[2].partition("## ")[0])


@pytest.mark.parametrize("word", JUEL_SYNTAX.words)
def test_every_word_operator_of_juel_is_documented(word: str) -> None:
    assert word in TEXT


@pytest.mark.parametrize(
    "name", [name for name in vars(limits) if name.startswith("MAX_") and name != "MAX_RESULT_BITS"]
)
def test_every_limit_is_documented(name: str) -> None:
    assert f" {getattr(limits, name):,}" in TEXT
