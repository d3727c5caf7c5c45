"""From the texts of a diagram to things that can be evaluated, with all faults collected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol, TypeAlias

from bpmn import expressions
from bpmn.dialects import Text
from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Expression, Language, Place, language_of
from bpmn.policy import Policy
from bpmn.sight import Sight
from bpmn.values import Value

#: Gives a value from what is in sight. Raises `EvaluationFailed`.
Getter: TypeAlias = Callable[[Sight], Value]


_SHOWN = 100


#: What only expressions in XPath call (BPMN 10.4.3).
_XPATH = ("getDataObject(", "getDataInput(", "getDataOutput(", "getProcessProperty(", "getActivityProperty(")


class Located(Protocol):
    """Something of the diagram that a fault can be reported at."""

    @property
    def bpmn_id(self) -> str: ...

    @property
    def spot(self) -> Place:
        """What its expressions are told of where they stand."""
        ...


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

    def value(self, element: Located, attribute: str, text: Text | None, *, acts: bool = False) -> Getter | None:
        """An attribute's text: an expression where it is written as one, otherwise just the text.

        One that `acts` may set variables.
        """
        if text is None:
            return None
        if not is_expression(text.value):
            literal = text.value
            return lambda sight: literal
        language = Language.FEEL if text.value.startswith("=") else Language.JUEL
        place = replace(element.spot, acts=True) if acts else element.spot
        compiled = self._compiled(element, attribute, text.value, lambda: language, place, template=True)
        return None if compiled is None else lambda sight: evaluated(compiled, sight)

    def expression(self, element: Located, attribute: str, text: Text | None) -> Expression | None:
        """A text that is an expression as a whole, such as a condition; docs/expressions.md says in what language."""
        if text is None:
            return None
        return self._compiled(
            element,
            attribute,
            text.value,
            lambda: language_of(text.language, text.default_language, text.family, text.value),
            element.spot,
            template=False,
        )

    def _compiled(
        self,
        element: Located,
        attribute: str,
        text: str,
        language: Callable[[], Language],
        place: Place,
        *,
        template: bool,
    ) -> Expression | None:
        try:
            return expressions.compile(text, language(), template=template, place=place)
        except ExpressionInvalid as fault:
            hint = "; this is XPath, which is not executed" if any(name in text for name in _XPATH) else ""
            self.problem(element, attribute, f"{attribute}: {fault}{_place(fault.text, fault.position)}{hint}")
            return None


def evaluated(expression: Expression, sight: Sight) -> Value:
    """The value of an expression for what is in sight; raises `EvaluationFailed`, which says where in its text."""
    try:
        return expression.evaluate(sight.variables, sight.settings)
    except EvaluationFailed as fault:
        raise EvaluationFailed(f"{fault}{_place(expression.text, fault.position)}", fault.position) from None


def _place(text: str, position: int | None) -> str:
    """Where the fault is, for people: characters count from 1."""
    if position is None or not text:
        return ""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f" (at character {position + 1} of {shown!r})"


def is_expression(text: str) -> bool:
    """Whether an attribute's text is to be evaluated: FEEL begins with `=`, JUEL holds `${` or `#{`."""
    return text.startswith("=") or "${" in text or "#{" in text
