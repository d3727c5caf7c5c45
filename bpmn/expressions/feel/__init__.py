"""FEEL, the whole expression language of DMN 1.5 (chapter 10.3), exact and safe against hostile texts.

    compile("amount > 1000 and approved").evaluate({"amount": 1500, "approved": True})          # True
    compile_unary_tests("[1..10], > 20").evaluate(25, {})                                       # True

A library of its own: texts in, values out; time, chance and limits come in by `Settings`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions.feel.budget import DEFAULTS, Budget, Run, Runtime, Settings, runtime
from bpmn.expressions.feel.builtins import BUILTINS
from bpmn.expressions.feel.compiler import Compiler
from bpmn.expressions.feel.constanttests import Quick, constant_tests
from bpmn.expressions.feel.names import Names, NameSet, is_odd, normal
from bpmn.expressions.feel.nodes import Member, Name, Node, Path, Tests
from bpmn.expressions.feel.parser import Parser
from bpmn.expressions.feel.scope import within
from bpmn.expressions.feel.testing import INPUT
from bpmn.expressions.feel.types import Type
from bpmn.expressions.feel.writing import as_json
from bpmn.expressions.kinds import Unfit
from bpmn.expressions.limits import MAX_TEXT
from bpmn.values import Value, Variables

__all__ = [
    "BUILTINS",
    "Budget",
    "Compiled",
    "Settings",
    "UnaryTests",
    "compile",
    "compile_unary_tests",
    "normal_names",
    "odd_names",
]

_FUNCTIONS = frozenset(BUILTINS)
_NO_TYPES: Mapping[str, Type] = MappingProxyType({})
_LONGEST_KEPT, _MOST_NAMES_KEPT = 200, 50
_SCALARS = frozenset({type(None), bool, int, str})


class Compiled:
    """An expression made ready to be evaluated as often as needed, from any thread."""

    __slots__ = ("_reads", "names", "run", "text")

    def __init__(self, text: str, names: frozenset[str], run: Run, reads: bool) -> None:
        self.text = text
        self.names = names
        """The variables that it reads, as far as the text tells."""
        self.run = run
        self._reads = reads

    def evaluate(self, variables: Variables, settings: Settings | None = None) -> Value:
        """The value as JSON's kinds, temporal values as texts; raises `EvaluationFailed` beyond the budget."""
        made = runtime(settings) if settings is not None else Runtime()
        try:
            value = self.run(variables, made)
        except RecursionError:
            raise EvaluationFailed("the expression is nested too deeply to be evaluated here", 0) from None
        return value if self._reads or type(value) in _SCALARS else _as_value(value, made)

    def evaluate_in(self, variables: Any, made: Runtime) -> Any:
        """The value as FEEL has it, within an evaluation that is under way, which collects the warnings."""
        try:
            return self.run(variables, made)
        except RecursionError:
            raise EvaluationFailed("the expression is nested too deeply to be evaluated here") from None

    def explain(self, variables: Variables, settings: Settings | None = None) -> tuple[Value, tuple[str, ...]]:
        """The value, and why parts of it are null."""
        made = runtime(settings)
        value = _as_value(self.evaluate_in(variables, made), made)
        return value, tuple(made.warnings)


class UnaryTests:
    """The tests of an input entry of a decision table, made ready."""

    __slots__ = ("names", "quick", "run", "text")

    def __init__(self, text: str, names: frozenset[str], run: Run, quick: Quick | None) -> None:
        self.text = text
        self.names = names
        self.run = run
        self.quick = quick
        """The answer for an input alone, where the tests need nothing else."""

    def evaluate(self, value: Any, variables: Variables, settings: Settings | None = None) -> bool | None:
        """Whether the input value meets them; None where that cannot be said; raises `EvaluationFailed`."""
        return self.evaluate_in(value, variables, runtime(settings))

    def evaluate_in(self, value: Any, variables: Any, made: Runtime) -> bool | None:
        """The same within an evaluation that is under way."""
        scope = within(variables)
        scope[INPUT] = value
        try:
            answer: bool | None = self.run(scope, made)
        except RecursionError:
            raise EvaluationFailed("the tests are nested too deeply to be evaluated here") from None
        return answer


def compile(text: str, names: Iterable[str] | Names = (), types: Mapping[str, Type] = _NO_TYPES) -> Compiled:
    """Read an expression; raises `ExpressionInvalid` with the 0-based position of the fault.

    `names` are those of variables and functions in scope; only names that are more than a word, and functions, must be
    among them to be understood. `types` are the ones beyond FEEL's own.
    """
    known = _normal(names)
    return _compile(text, known) if _is_kept(text, known, types) else _compile_now(text, known, types)


def compile_unary_tests(
    text: str, names: Iterable[str] | Names = (), types: Mapping[str, Type] = _NO_TYPES
) -> UnaryTests:
    """Read the tests of an input entry, such as `-`, `< 5`, `"a", "b"` or `not([1..3])`; raises `ExpressionInvalid`."""
    known = _normal(names)
    return _compile_tests(text, known) if _is_kept(text, known, types) else _compile_tests_now(text, known, types)


def _is_kept(text: str, names: NameSet, types: Mapping[str, Type]) -> bool:
    """Whether a text is kept when it is read: not where many of its kind would fill the memory."""
    return types is _NO_TYPES and len(text) <= _LONGEST_KEPT and len(names) <= _MOST_NAMES_KEPT


def _normal(names: Iterable[str] | Names) -> NameSet:
    """The names with single blanks; a frozenset is taken to have them already."""
    return names if isinstance(names, frozenset | Names) else frozenset(normal(name) for name in names)


def odd_names(value: Any) -> set[str]:
    """The names of variables, and of what they hold, that must be given to `compile` to be understood."""
    found: set[str] = set()
    level = [value]
    for _ in range(100):
        level = [inner for one in level for inner in (one.values() if isinstance(one, dict) else one)]
        keyed = [one for one in level if isinstance(one, dict)]
        found.update(
            key for one in (*keyed, *([value] if isinstance(value, dict) else [])) for key in one if is_odd(key)
        )
        level = [one for one in level if isinstance(one, dict | list)]
        if not level:
            break
    return found


def normal_names(value: Any, depth: int = 100) -> Any:
    """The value with blanks in the names of its maps as FEEL has them: single ones, and none at the ends."""
    if isinstance(value, dict) and depth:
        return {normal(name): normal_names(inner, depth - 1) for name, inner in value.items()}
    if isinstance(value, list) and depth:
        return [normal_names(inner, depth - 1) for inner in value]
    return value


def _compile_now(text: str, names: NameSet, types: Mapping[str, Type]) -> Compiled:
    try:
        parser = _parser(text, names, types)
        node = parser.whole()
        return Compiled(text, frozenset(parser.read - _FUNCTIONS), _run_of(text, node), _only_reads(node))
    except RecursionError:
        raise ExpressionInvalid("the expression is nested too deeply to be read here", text, 0) from None


def _compile_tests_now(text: str, names: NameSet, types: Mapping[str, Type]) -> UnaryTests:
    try:
        tests, parser = _negated_tests(text, names, types)
        if tests is None:
            parser = _parser(text, names, types)
            tests = parser.whole_tests()
        return UnaryTests(text, frozenset(parser.read - _FUNCTIONS), _run_of(text, tests), constant_tests(tests))
    except RecursionError:
        raise ExpressionInvalid("the tests are nested too deeply to be read here", text, 0) from None


def _negated_tests(text: str, names: NameSet, types: Mapping[str, Type]) -> tuple[Tests | None, Parser]:
    parser = _parser(text, names, types)
    try:
        return parser.negated_tests(), parser
    except ExpressionInvalid:
        return None, parser  # it may be an expression that begins with the function not()


_compile = lru_cache(maxsize=5_000)(lambda text, names: _compile_now(text, names, _NO_TYPES))
_compile_tests = lru_cache(maxsize=5_000)(lambda text, names: _compile_tests_now(text, names, _NO_TYPES))


def _parser(text: str, names: NameSet, types: Mapping[str, Type]) -> Parser:
    if len(text) > MAX_TEXT:
        raise ExpressionInvalid(f"the expression is longer than {MAX_TEXT:,} characters", text, MAX_TEXT)
    start = len(text) - len(text.lstrip())
    return Parser(text, start, names, _FUNCTIONS, types)


def _run_of(text: str, node: Node) -> Run:
    try:
        return Compiler(BUILTINS).of(node)
    except ExpressionInvalid as invalid:
        raise ExpressionInvalid(str(invalid), text, invalid.position) from None


def _only_reads(node: Node) -> bool:
    """Whether the value is a variable or part of one, which is JSON already and returned as it is."""
    if isinstance(node, Path):
        return _only_reads(node.base) and all(isinstance(step, Member) for step in node.steps)
    return isinstance(node, Name) and node.name not in _FUNCTIONS


def _as_value(value: Any, made: Runtime) -> Value:
    try:
        return as_json(value, made)  # type: ignore[no-any-return]
    except Unfit as unfit:
        raise EvaluationFailed(f"the {'list' if isinstance(value, list) else 'result'} {unfit}", 0) from None


assert DEFAULTS.budget.steps == Runtime.left
