"""Trial evaluations: what an expression yields for a context, for people who write diagrams."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.errors import Busy, InvalidRequest
from bpmn import expressions
from bpmn.errors import EvaluationFailed, ExpressionInvalid
from bpmn.expressions import Language, Settings
from bpmn.expressions.feel import normal_names, odd_names
from bpmn.sandbox import Order, SandboxCrashed, Sandboxes, SandboxesBusy, ScriptFailed, ScriptInvalid
from bpmn.scripts import told
from bpmn.texts import is_expression
from bpmn.values import Value

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PATIENCE = 5.0


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The value, and in FEEL why parts of it are null."""

    result: Value
    warnings: tuple[str, ...] = ()


def evaluate(
    language: Language, text: str, context: Mapping[str, Any], settings: Settings, sandboxes: Sandboxes
) -> Evaluated:
    """Evaluate an expression; raises `InvalidRequest`, which says where in the text it goes wrong.

    It may take as long as its budget allows, and needs no transaction. Raises `Busy` where no sandbox is free.
    """
    try:
        return _evaluated(language, text, context, settings, sandboxes)
    except ExpressionInvalid as fault:
        said, where = _described(fault, text)
        raise InvalidRequest(said, code="expression-invalid", details=where) from None
    except EvaluationFailed as fault:
        said, where = _described(fault, text)
        raise InvalidRequest(said, code="evaluation-failed", details=where) from None
    except ScriptInvalid as fault:
        said, where = _in_script(fault)
        raise InvalidRequest(said, code="expression-invalid", details=where) from None
    except ScriptFailed as fault:
        said, where = _in_script(fault)
        raise InvalidRequest(said, code="evaluation-failed", details=where) from None
    except (SandboxesBusy, SandboxCrashed) as problem:
        raise Busy(f"The script was not run: {problem}.") from None


def _evaluated(
    language: Language, text: str, context: Mapping[str, Any], settings: Settings, sandboxes: Sandboxes
) -> Evaluated:
    # A text with ${...} may be put together of several parts; names of the context may have blanks in FEEL.
    template = language is Language.JUEL and is_expression(text)
    names = odd_names(context) if language is Language.FEEL else ()
    if names:
        context = normal_names(context)
    compiled = expressions.compile(text, language, template=template, names=names)
    if compiled.script is not None:
        now = (settings.now() - _EPOCH) // timedelta(milliseconds=1)
        order = Order(text, dict(context), now=now, seed=int(settings.random() * 2**32))
        sandboxes.run(language.value, Order(text, checks=True), patience=_PATIENCE)
        answer = sandboxes.run(language.value, order, patience=_PATIENCE)
        if answer.error is not None:
            raise EvaluationFailed(f"the script throws the BPMN error {answer.error.code!r}, which only tasks may do")
        return Evaluated(answer.value)
    return Evaluated(*compiled.explain(context, settings))


def _in_script(fault: ScriptInvalid | ScriptFailed) -> tuple[str, dict[str, Any]]:
    """What went wrong in a script, and in which line."""
    if fault.line is None:
        return f"{fault}.", {}
    return f"{told(fault)}.", {"position": {"line": fault.line, "column": fault.column}}


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
