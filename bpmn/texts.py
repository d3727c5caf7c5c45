"""From the texts of a diagram to things that can be evaluated, with all faults collected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol, TypeAlias

from bpmn import expressions
from bpmn.dialects import Text
from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Expression, Language, Place, Script, language_of, script_language_of
from bpmn.expressions.surroundings import Sets
from bpmn.policy import Policy
from bpmn.sandbox import Order, SandboxCrashed, SandboxesBusy, ScriptFailed, ScriptInvalid
from bpmn.sight import Sight
from bpmn.values import Value

#: Gives a value from what is in sight. Raises `EvaluationFailed`.
Getter: TypeAlias = Callable[[Sight], Value]


_SHOWN = 100
_NO_SCRIPT = "only simple expressions of Python are possible here: comparisons, arithmetic, logic, attributes, items"


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
        self._keys: dict[str, int] = {}

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

    def expression(
        self, element: Located, attribute: str, text: Text | None, *, scripts: bool = False
    ) -> Expression | None:
        """A text that is an expression as a whole, such as a condition; docs/expressions.md says in what language.

        `scripts` says that it may be one that has to be run in a sandbox.
        """
        if text is None:
            return None
        compiled = self._compiled(
            element,
            attribute,
            text.value,
            lambda: language_of(text.language, text.default_language, text.family, text.value),
            replace(element.spot, key=self._key(element, attribute)),
            template=False,
        )
        if compiled is not None and compiled.script is not None and not scripts:
            self.problem(element, attribute, f"{attribute}: {_NO_SCRIPT}")
            return None
        return compiled

    def script(self, element: Located, attribute: str, text: Text, sets: Sets) -> Expression | None:
        """A script in the language that its format, its mark or its family says; `sets` is what it may set."""
        place = replace(element.spot, acts=sets != "nothing", sets=sets, key=self._key(element, attribute))
        language = partial(script_language_of, text.language, text.family, text.value)
        return self._compiled(element, attribute, text.value, language, place, template=False)

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
            compiled = expressions.compile(text, language(), template=template, place=place)
            if compiled.script is not None:
                self._check(compiled.script)
            return compiled
        except ExpressionInvalid as fault:
            hint = "; this is XPath, which is not executed" if any(name in text for name in _XPATH) else ""
            self.problem(element, attribute, f"{attribute}: {fault}{_place(fault.text, fault.position)}{hint}")
        except ScriptInvalid as fault:
            self.problem(element, attribute, f"{attribute}: {fault}{in_line(fault.line)}")
        except (SandboxCrashed, SandboxesBusy, ScriptFailed) as problem:
            self.problem(element, attribute, f"{attribute}: the script cannot be read: {problem}")
        return None

    def _check(self, script: Script) -> None:
        """Have a script read where it would be run; raises what a sandbox raises."""
        if self.policy.sandboxes is not None:
            self.policy.sandboxes.run(script.language, Order(script.text, checks=True))

    def _key(self, element: Located, attribute: str) -> str:
        """What a script is known by: the element, the attribute, and a number where there are several."""
        key = f"{element.bpmn_id} {attribute}"
        number = self._keys[key] = self._keys.get(key, 0) + 1
        return key if number == 1 else f"{key} {number}"


def evaluated(expression: Expression, sight: Sight) -> Value:
    """The value of an expression for what is in sight; raises `EvaluationFailed`, which says where in its text."""
    try:
        return expression.evaluate(sight.variables, sight.settings)
    except EvaluationFailed as fault:
        raise EvaluationFailed(f"{fault}{_place(expression.text, fault.position)}", fault.position) from None


def in_line(line: int | None) -> str:
    """The place of a fault in a script, for people."""
    return "" if line is None else f" (line {line} of the script)"


def _place(text: str, position: int | None) -> str:
    """Where the fault is, for people: characters count from 1."""
    if position is None or not text:
        return ""
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f" (at character {position + 1} of {shown!r})"


def is_expression(text: str) -> bool:
    """Whether an attribute's text is to be evaluated: FEEL begins with `=`, JUEL holds `${` or `#{`."""
    return text.startswith("=") or "${" in text or "#{" in text
