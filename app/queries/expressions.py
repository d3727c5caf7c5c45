"""Trial evaluations: what an expression yields for a context, for people who write diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import InvalidRequest
from bpmn import expressions
from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Language, Settings
from bpmn.expressions.feel import normal_names, odd_names
from bpmn.texts import is_expression
from bpmn.values import Value


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The value, and in FEEL why parts of it are null."""

    result: Value
    warnings: tuple[str, ...] = ()


def evaluate(language: Language, text: str, context: Mapping[str, Any], settings: Settings) -> Evaluated:
    """Evaluate an expression; raises `InvalidRequest`, which says where in the text it goes wrong.

    It may take as long as the budget of `settings` allows, and needs no transaction.
    """
    try:
        return _evaluated(language, text, context, settings)
    except ExpressionInvalid as fault:
        said, where = _described(fault, text)
        raise InvalidRequest(said, code="expression-invalid", details=where) from None
    except EvaluationFailed as fault:
        said, where = _described(fault, text)
        raise InvalidRequest(said, code="evaluation-failed", details=where) from None


def _evaluated(language: Language, text: str, context: Mapping[str, Any], settings: Settings) -> Evaluated:
    # A text with ${...} may be put together of several parts; names of the context may have blanks in FEEL.
    template = language is Language.JUEL and is_expression(text)
    names = odd_names(context) if language is Language.FEEL else ()
    if names:
        context = normal_names(context)
    compiled = expressions.compile(text, language, template=template, names=names)
    return Evaluated(*compiled.explain(context, settings))


def _described(fault: ExpressionInvalid | EvaluationFailed, text: str) -> tuple[str, dict[str, Any]]:
    """What went wrong and where; `position` counts characters from 0, lines and columns from 1."""
    offset = fault.position
    if offset is None:
        return f"{fault}.", {}
    before = text[:offset]
    line, column = before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
    place = f"line {line}, column {column}"
    position = {"offset": offset, "line": line, "column": column}
    return f"{fault} ({place}).", {"position": position}
