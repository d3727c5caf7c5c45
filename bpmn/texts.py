"""From the texts of a diagram to things that can be evaluated, with all faults collected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeAlias

from bpmn import expressions
from bpmn.dialects import Text
from bpmn.errors import ExpressionInvalid
from bpmn.expressions import Expression, Language, language_of
from bpmn.policy import Policy
from bpmn.values import Value, Variables

#: Gives a value from the variables in sight. Raises `EvaluationFailed`.
Getter: TypeAlias = Callable[[Variables], Value]


_SHOWN = 100


class Located(Protocol):
    """Something of the diagram that a fault can be reported at."""

    @property
    def bpmn_id(self) -> str: ...


class Judge(Protocol):
    """Who gets what is found out about elements."""

    def problem(self, element: Located, attribute: str, message: str) -> None:
        """A fault, at an attribute or the element itself."""

    def lack(self, element: Located, message: str) -> None:
        """Something that is missing in a diagram that is executed, and may be in one that only documents (10.2)."""

    def warn(self, element: Located, attribute: str, message: str) -> None:
        """Something that is executed otherwise than it may be meant."""


class Compiler:
    """Compiles the texts of one process; `problem`, `lack` and `warn` are those of a `Judge`."""

    def __init__(self, judge: Judge, policy: Policy) -> None:
        self.problem = judge.problem
        self.lack = judge.lack
        self.warn = judge.warn
        self.policy = policy

    def value(self, element: Located, attribute: str, text: Text | None) -> Getter | None:
        """An attribute's text: an expression where it is written as one, otherwise just the text."""
        if text is None:
            return None
        if not is_expression(text.value):
            literal = text.value
            return lambda variables: literal
        language = Language.FEEL if text.value.startswith("=") else Language.JUEL
        compiled = self._compiled(element, attribute, text.value, lambda: language, template=True)
        return compiled.evaluate if compiled is not None else None

    def expression(self, element: Located, attribute: str, text: Text | None) -> Expression | None:
        """A text that is an expression as a whole, such as a condition; docs/expressions.md says in what language."""
        if text is None:
            return None
        return self._compiled(
            element,
            attribute,
            text.value,
            lambda: language_of(text.language, text.default_language, text.family, text.value),
            template=False,
        )

    def _compiled(
        self, element: Located, attribute: str, text: str, language: Callable[[], Language], *, template: bool
    ) -> Expression | None:
        try:
            return expressions.compile(text, language(), template=template)
        except ExpressionInvalid as fault:
            self.problem(element, attribute, f"{attribute}: {fault}{_place(fault)}")
            return None


def _place(fault: ExpressionInvalid) -> str:
    """Where the fault is, for people: characters count from 1."""
    if fault.position is None or not fault.text:
        return ""
    shown = fault.text if len(fault.text) <= _SHOWN else f"{fault.text[:_SHOWN]}..."
    return f" (at character {fault.position + 1} of {shown!r})"


def is_expression(text: str) -> bool:
    """Whether an attribute's text is to be evaluated: FEEL begins with `=`, JUEL holds `${` or `#{`."""
    return text.startswith("=") or "${" in text or "#{" in text
