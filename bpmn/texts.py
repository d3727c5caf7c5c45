"""From the texts of a diagram to things that can be evaluated, with all faults collected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from bpmn import expressions
from bpmn.dialects import Text
from bpmn.errors import ExpressionInvalid
from bpmn.expressions import Expression
from bpmn.values import Value, Variables

#: Gives a value from the variables in sight. Raises `EvaluationFailed`.
Getter: TypeAlias = Callable[[Variables], Value]


class Located(Protocol):
    """Something of the diagram that a fault can be reported at."""

    @property
    def bpmn_id(self) -> str: ...


class Compiler:
    """Compiles the texts of one process; `problem(element, attribute, message)` gets every fault."""

    def __init__(self, problem: Callable[[Located, str, str], None]) -> None:
        self.problem = problem

    def value(self, element: Located, attribute: str, text: Text | None) -> Getter | None:
        """An attribute's text: an expression where it is written as one, otherwise just the text."""
        if text is None:
            return None
        if not is_expression(text.value):
            literal = text.value
            return lambda variables: literal
        compiled = self.expression(element, attribute, text, template=not text.value.startswith("="))
        return compiled.evaluate if compiled is not None else None

    def expression(
        self, element: Located, attribute: str, text: Text | None, *, template: bool = False
    ) -> Expression | None:
        """A text that is an expression as a whole, such as a condition."""
        if text is None:
            return None
        try:
            language = language_of(text)
            return expressions.compile(text.value, language, template=template)
        except ExpressionInvalid as fault:
            self.problem(element, attribute, f"{attribute}: {fault}")
            return None


def is_expression(text: str) -> bool:
    """Whether an attribute's text is to be evaluated: FEEL begins with `=`, JUEL holds `${` or `#{`."""
    return text.startswith("=") or "${" in text or "#{" in text


def language_of(text: Text) -> expressions.Language:
    """The language of a text; see docs/expressions.md. Raises `ExpressionInvalid`."""
    if text.language is None:
        if text.value.startswith("="):
            return expressions.Language.FEEL
        if "${" in text.value or "#{" in text.value:
            return expressions.Language.JUEL
    return expressions.language_of(text.language, text.default_language, text.family)
