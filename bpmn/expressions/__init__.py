"""Expressions and scripts of diagrams, in all languages: one `compile`, one `evaluate`; see docs/expressions.md.

FEEL is a library of its own, `bpmn.expressions.feel`; the others share one grammar and differ by tables.

Texts are hostile: they can read variables, compute and call a fixed list of read-only methods, and nothing else.
Nothing of Python is reachable from them, since no name in a text is ever looked up on a Python object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import feel
from bpmn.expressions.closures import Closures
from bpmn.expressions.feel import Budget, Settings, compile_unary_tests
from bpmn.expressions.feel.budget import Runtime, runtime
from bpmn.expressions.juel import JUEL
from bpmn.expressions.kinds import kind, without_dates
from bpmn.expressions.language import Language, language_of, script_language_of
from bpmn.expressions.limits import MAX_SCRIPT, MAX_TEXT
from bpmn.expressions.plain import PLAIN
from bpmn.expressions.python import PYTHON
from bpmn.expressions.scripts import SCRIPTED, Scripted
from bpmn.expressions.semantics import Semantics
from bpmn.expressions.surroundings import NOWHERE, Instance, Place, Reply, Script, Surroundings
from bpmn.expressions.templates import Read, feel_part, read_juel, read_plain, read_python
from bpmn.values import Value, Variables

__all__ = [
    "Budget",
    "Expression",
    "Instance",
    "Language",
    "Place",
    "Reply",
    "Script",
    "Settings",
    "Surroundings",
    "as_condition",
    "compile",
    "compile_unary_tests",
    "language_of",
    "script_language_of",
]

T = TypeVar("T")
_Evaluate: TypeAlias = Callable[[Variables, Settings | None], Value]
_Explain: TypeAlias = Callable[[Variables, Settings | None], tuple[Value, tuple[str, ...]]]

_LANGUAGES: Mapping[Language, tuple[Callable[..., Read], Semantics]] = {
    Language.JUEL: (read_juel, JUEL),
    Language.PLAIN: (read_plain, PLAIN),
}


@dataclass(frozen=True, slots=True)
class Expression:
    """A text made ready to be evaluated as often as needed, from any thread; `names` are the variables it reads."""

    text: str
    language: Language
    names: frozenset[str]
    _evaluate: _Evaluate = field(repr=False, compare=False)
    _explain: _Explain | None = field(default=None, repr=False, compare=False)
    script: Script | None = None
    """What is run elsewhere; None for what is computed here."""

    @property
    def is_constant(self) -> bool:
        """Whether it reads no variable."""
        return not self.names

    def evaluate(self, variables: Variables, settings: Settings | None = None) -> Value:
        """The value for these variables; raises `EvaluationFailed`, also beyond the budget.

        A variable that is read is returned as it is and not as a copy. `settings` bring time, chance and the budget
        in, and as `Surroundings` the process instance.
        """
        return self._evaluate(variables, settings)

    def explain(self, variables: Variables, settings: Settings | None = None) -> tuple[Value, tuple[str, ...]]:
        """The value, and in FEEL why parts of it are null; raises `EvaluationFailed`."""
        return self._explain(variables, settings) if self._explain else (self.evaluate(variables, settings), ())


def compile(
    text: str, language: Language, *, template: bool = False, names: Iterable[str] = (), place: Place = NOWHERE
) -> Expression:
    """Read an expression; raises `ExpressionInvalid` with the message, the text and the 0-based position of the fault.

    By default the text is an expression: in JUEL exactly one `${...}` or `#{...}`, in FEEL with or without `=`.
    A `template` is a text that may hold expressions: JUEL puts text and `${...}` together (a single `${...}` keeps its
    value's type), FEEL and plain are text as a whole where no `=` (FEEL only) begins it. `names` are variables that
    FEEL must know to understand them, see `feel.odd_names`; `place` is what JUEL tells of the element.
    """
    longest = MAX_SCRIPT if language in SCRIPTED else MAX_TEXT
    if len(text) > longest:
        raise ExpressionInvalid(f"the expression is longer than {longest:,} characters", text, longest)
    if language is Language.FEEL:
        return _feel(text, template, names)
    if language in SCRIPTED:
        return _scripted(text, language, place)
    read, semantics = _LANGUAGES[language]
    return _of_tree(text, language, read(text, template=template, place=place), semantics)


def _scripted(text: str, language: Language, place: Place) -> Expression:
    """A script; what is simple enough in Python is computed here, with the same result."""
    if language is Language.PYTHON and len(text) <= MAX_TEXT:
        try:
            return _of_tree(text, language, read_python(text), PYTHON)
        except ExpressionInvalid:
            pass  # not simple: it may be any Python
    # In JavaScript, what is assigned is not what becomes a variable, whoever drew the diagram.
    sets = "by execution" if language is Language.JAVASCRIPT and place.sets == "by name" else place.sets
    script = Script(place.key, language.value, text, sets)
    return Expression(text, language, frozenset(), Scripted(script).evaluate, script=script)


def _of_tree(text: str, language: Language, read: Read, semantics: Semantics) -> Expression:
    try:
        run = Closures(semantics).of(read.node)
    except ExpressionInvalid as invalid:
        raise ExpressionInvalid(str(invalid), text, invalid.position) from None

    def evaluate(variables: Variables, settings: Settings | None) -> Any:
        return run(variables, runtime(settings) if settings is not None else Runtime())

    def evaluate_to_json(variables: Variables, settings: Settings | None) -> Value:
        value: Value = without_dates(evaluate(variables, settings))
        return value

    return Expression(text, language, read.names, evaluate_to_json if read.calls else evaluate)


def _feel(text: str, template: bool, names: Iterable[str]) -> Expression:
    part = feel_part(text, template=template)
    if part is None:
        return Expression(text, Language.FEEL, frozenset(), lambda _variables, _settings: text)
    offset, expression = part
    try:
        compiled = feel.compile(expression, names)
    except ExpressionInvalid as invalid:
        raise ExpressionInvalid(str(invalid), text, (invalid.position or 0) + offset) from None
    evaluate, explain = compiled.evaluate, compiled.explain
    if offset:
        evaluate, explain = _moved(evaluate, offset), _moved(explain, offset)
    return Expression(text, Language.FEEL, compiled.names, evaluate, explain)


def _moved(evaluate: Callable[[Variables, Settings | None], T], offset: int) -> Callable[..., T]:
    """The same, with positions of faults in the whole text and not behind its `=`."""

    def moved(variables: Variables, settings: Settings | None) -> T:
        try:
            return evaluate(variables, settings)
        except EvaluationFailed as failed:
            if failed.position is not None:
                failed.position += offset
            raise

    return moved


def as_condition(value: Value, language: Language) -> bool:
    """What the value of a condition decides; raises `EvaluationFailed` where it is neither true nor false.

    JUEL takes the texts "true" and "false" as well; in Python everything is true or false. In FEEL null is neither, as
    in Camunda 8: a condition about what is not there decides nothing.
    """
    if isinstance(value, bool):
        return value
    if language is Language.JUEL and value in ("true", "false"):
        return value == "true"
    if language is Language.PYTHON:
        return bool(value)
    raise EvaluationFailed(f"a condition must be true or false, but this one is {_named(value)}")


def _named(value: Value) -> str:
    return "null" if value is None else f"a {kind(value)}"
