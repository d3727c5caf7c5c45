"""Short ways to say what an expression yields, for the tests of all languages."""

from __future__ import annotations

import pytest

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Language, compile
from bpmn.values import Value


def value_of(
    text: str, language: Language, variables: dict[str, Value] | None = None, *, template: bool = False
) -> Value:
    return compile(text, language, template=template).evaluate(variables or {})


def refusal_of(text: str, language: Language, *, template: bool = False) -> ExpressionInvalid:
    """The refusal to compile; every one says where it is in the text that was given."""
    with pytest.raises(ExpressionInvalid) as caught:
        compile(text, language, template=template)
    refusal = caught.value
    assert refusal.text == text
    assert refusal.position in range(len(text) + 1)
    return refusal


def failure_of(text: str, language: Language, variables: dict[str, Value] | None = None) -> EvaluationFailed:
    """The failure to evaluate; every one says where in the text it came from."""
    expression = compile(text, language)
    with pytest.raises(EvaluationFailed) as caught:
        expression.evaluate(variables or {})
    assert caught.value.position in range(len(text) + 1)
    return caught.value
