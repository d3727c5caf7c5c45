"""Scripts as expressions: compiled here, run elsewhere.

A script in Python or JavaScript runs in a sandbox, and never while somebody holds a process instance: whoever evaluates
brings `Surroundings.replies`, which know what the script gave or stop the step until it is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from bpmn.errors import EvaluationFailed
from bpmn.expressions.feel.budget import Settings
from bpmn.expressions.language import Language
from bpmn.expressions.surroundings import Script, Surroundings
from bpmn.values import Value, Variables

SCRIPTED = frozenset({Language.PYTHON, Language.JAVASCRIPT})


@dataclass(frozen=True, slots=True)
class Scripted:
    """A script that yields a value."""

    script: Script

    def evaluate(self, variables: Variables, settings: Settings | None) -> Value:
        """What the script gave; raises `EvaluationFailed`, and whatever stops a step to have the script run."""
        if not isinstance(settings, Surroundings) or settings.replies is None:
            raise EvaluationFailed(f"scripts in {self.script.language} are run in processes only", 0)
        reply = settings.replies.reply(self.script, variables)
        if reply.error is not None:
            raise EvaluationFailed(
                f"the script throws the BPMN error {reply.error!r}, which only script tasks may do", 0
            )
        return reply.value
