"""What workers report, told as errors of the diagram: Camunda's error definitions of external tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bpmn.dialects import Text
from bpmn.errors import EvaluationFailed
from bpmn.expressions import Expression, as_condition
from bpmn.sight import Sight, over
from bpmn.texts import evaluated

if TYPE_CHECKING:
    from bpmn.elements.base import Element
    from bpmn.texts import Compiler
    from bpmn.values import Variables


@dataclass(frozen=True, slots=True)
class DrawnRule:
    """An error definition of an external task as drawn: the code of the error, and when a report is one."""

    code: str | None
    condition: Text | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A report for which the condition holds is the error of this code."""

    code: str
    condition: Expression


def compile_rules(compiler: Compiler, element: Element, drawn: list[DrawnRule]) -> list[Rule]:
    """The rules in order; faults are the element's."""
    rules = []
    for raw in drawn:
        if raw.code is None or raw.condition is None:
            compiler.problem(element, _WHERE, "an error of an external task needs an errorRef and an expression")
            continue
        condition = compiler.expression(element, _WHERE, raw.condition)
        if condition is not None:
            rules.append(Rule(raw.code, condition))
    return rules


_WHERE = "errorEventDefinition"


def error_of(rules: list[Rule], sight: Sight, reported: Variables) -> str | None:
    """The code of the error that a report is by the first rule that holds; None where it is none.

    The rules see what was reported before the variables of the task. Raises `EvaluationFailed`.
    """
    seen = over(reported, sight)
    for rule in rules:
        try:
            if as_condition(evaluated(rule.condition, seen), rule.condition.language):
                return rule.code
        except EvaluationFailed as fault:
            raise EvaluationFailed(f"the rule of error {rule.code!r}: {fault}", fault.position) from None
    return None
