"""Expressions of diagrams in JUEL, FEEL and plain form: one `compile`, one `evaluate`; see docs/expressions.md.

Texts are hostile: they can read variables, compute and call a fixed list of read-only methods, and nothing else.
Nothing of Python is reachable from them, since no name in a text is ever looked up on a Python object.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions.closures import Closures
from bpmn.expressions.feel import FEEL
from bpmn.expressions.juel import JUEL
from bpmn.expressions.kinds import Run, kind
from bpmn.expressions.language import Language, language_of
from bpmn.expressions.limits import MAX_TEXT
from bpmn.expressions.nodes import Node
from bpmn.expressions.plain import PLAIN
from bpmn.expressions.semantics import Semantics
from bpmn.expressions.templates import read_feel, read_juel, read_plain
from bpmn.values import Value, Variables

__all__ = ["Expression", "Language", "as_condition", "compile", "language_of"]

_LANGUAGES: Mapping[Language, tuple[Callable[..., tuple[Node, frozenset[str]]], Semantics]] = {
    Language.JUEL: (read_juel, JUEL),
    Language.FEEL: (read_feel, FEEL),
    Language.PLAIN: (read_plain, PLAIN),
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A text made ready to be evaluated as often as needed, from any thread; `names` are the variables it reads."""

    text: str
    language: Language
    names: frozenset[str]
    _run: Run = field(repr=False, compare=False)

    @property
    def is_constant(self) -> bool:
        """Whether it reads no variable."""
        return not self.names

    def evaluate(self, variables: Variables) -> Value:
        """The value for these variables; raises `EvaluationFailed`.

        A variable that is read is returned as it is and not as a copy.
        """
        return self._run(variables)


def compile(text: str, language: Language, *, template: bool = False) -> Expression:
    """Read an expression; raises `ExpressionInvalid` with the message, the text and the 0-based position of the fault.

    By default the text is an expression: in JUEL exactly one `${...}` or `#{...}`, in FEEL with or without `=`.
    A `template` is a text that may hold expressions: JUEL puts text and `${...}` together (a single `${...}` keeps its
    value's type), FEEL and plain are text as a whole where no `=` (FEEL only) begins it.
    """
    if len(text) > MAX_TEXT:
        raise ExpressionInvalid(f"the expression is longer than {MAX_TEXT:,} characters", text, MAX_TEXT)
    read, semantics = _LANGUAGES[language]
    node, names = read(text, template=template)
    try:
        return Expression(text, language, names, Closures(semantics).of(node))
    except ExpressionInvalid as invalid:
        raise ExpressionInvalid(str(invalid), text, invalid.position) from None


def as_condition(value: Value, language: Language) -> bool:
    """What the value of a condition decides; raises `EvaluationFailed` where it is neither true nor false.

    JUEL takes the texts "true" and "false" as well; in FEEL, null is false.
    """
    if isinstance(value, bool):
        return value
    if language is Language.JUEL and value in ("true", "false"):
        return value == "true"
    if language is Language.FEEL and value is None:
        return False
    raise EvaluationFailed(f"a condition must be true or false, but this one is {_named(value)}")


def _named(value: Value) -> str:
    return "null" if value is None else f"a {kind(value)}"
