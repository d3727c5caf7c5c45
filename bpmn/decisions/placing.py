"""Where in a file something was evaluated, in what it says."""

from __future__ import annotations

from typing import Any

from bpmn.decisions.model import Place
from bpmn.errors import EvaluationFailed
from bpmn.expressions.feel.budget import Run, Runtime


def placed(run: Run, place: Place) -> Run:
    """The same, with its place in the file in what it warns of and fails with."""
    mark = f" [{place.type}{f' {place.id}' if place.id else ''}, line {place.line}]"

    def evaluate(variables: Any, runtime: Runtime) -> Any:
        warned = len(runtime.warnings)
        try:
            value = run(variables, runtime)
        except EvaluationFailed as failed:
            raise EvaluationFailed(_marked(str(failed), mark), failed.position) from None
        if len(runtime.warnings) > warned:
            runtime.warnings = [
                *runtime.warnings[:warned],
                *(_marked(warning, mark) for warning in runtime.warnings[warned:]),
            ]
        return value

    return evaluate


def _marked(message: str, mark: str) -> str:
    return message if message.endswith("]") and ", line " in message else message + mark
