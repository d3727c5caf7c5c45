"""Asking: steps that need scripts, which are run while nobody holds the instance.

A step that comes to a script whose reply is not known is undone as a whole, and its node waits, like one that has
failed. When the script has been run, the step is taken again from its beginning, at the moment and with the chance of
the first time, and finds the reply; another script in it is asked for in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import TYPE_CHECKING

from bpmn import facts as f
from bpmn.elements.base import BusinessError, ScriptNeeded, StepFailure
from bpmn.errors import EvaluationFailed
from bpmn.journal import Journal
from bpmn.scopes import Asked
from bpmn.texts import evaluated
from bpmn.values import same

if TYPE_CHECKING:
    from bpmn.context import Context
    from bpmn.expressions import Expression, Reply, Script
    from bpmn.scopes import Node
    from bpmn.sight import Sight
    from bpmn.values import Value, Variables


class Found(Exception):
    """The script that a step waits for, looked for by taking the step."""

    def __init__(self, needed: ScriptNeeded) -> None:
        self.needed = needed
        super().__init__(needed.script.key)


class Asking(Journal):
    """What a step knows of the scripts that were run for it."""

    context: Context

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        #: The activity whose script is looked for, and not to be run yet; 0 is the process.
        self.probed: int | None = None
        #: Of the step under way, if it was taken before: what it asked for, and its chance.
        self.asked: Asked | None = None
        self._chance: Callable[[], float] | None = None

    @property
    def moment(self) -> datetime:
        """When the step under way was taken first."""
        return self.context.now if self.asked is None else self.asked.now

    @property
    def chance(self) -> Callable[[], float]:
        """The chance of the step under way, the same each time that it is taken."""
        return self.context.chance if self._chance is None else self._chance

    def sight(self, node: Node, *, acts: bool = False) -> Sight:
        """What an expression sees from a node; one that `acts` may set variables."""
        raise NotImplementedError

    def reply(self, script: Script, variables: Variables) -> Reply:
        """What a script gave that was run for the step under way. Raises `ScriptNeeded`."""
        asked = self.asked
        found = None if asked is None else asked.replies.get(script.key)
        if asked is None or found is None:
            raise ScriptNeeded(script, dict(variables))  # what the step has set so far is about to be taken back
        if asked.saw is not None and asked.saw[0] == script.key and not _still_seen(asked.saw[1], found, variables):
            # Somebody has set what the script set: it is run again, and sees that.
            del asked.replies[script.key]
            raise ScriptNeeded(script, dict(variables))
        return found

    def run_script(self, node: Node, script: Expression) -> Value:
        """What a script gives, with what it sets. Raises `StepFailure`, and `BusinessError` for one of the diagram."""
        sight = self.sight(node, acts=True)
        try:
            if script.script is None:
                return evaluated(script, sight)
            reply = self.reply(script.script, sight.variables)
        except EvaluationFailed as fault:
            raise StepFailure("script-failed", str(fault)) from None
        if reply.error is not None:
            raise BusinessError(reply.error, reply.error_message)
        self.assign(node, reply.assigned)
        return reply.value

    def run_beside(self, node: Node, script: Expression) -> None:
        """Run a script before or after an activity, for what it sets. Raises `StepFailure`."""
        try:
            self.run_script(node, script)
        except BusinessError as error:
            message = f"a script throws the BPMN error {error.code!r}; only those of script tasks may"
            raise StepFailure("script-failed", message) from None

    def _take_again(self, asked: Asked | None) -> Asked | None:
        """Begin or end a step, perhaps one that was taken before; what was under way until now."""
        before, self.asked = self.asked, asked
        self._chance = None if asked is None else Random(asked.seed).random
        return before

    def _ask(self, node: Node, needed: ScriptNeeded) -> None:
        """Let a script be run; the step has been undone and is taken again after that."""
        if self.probed == node.number:
            raise Found(needed)
        if node.asked is None:
            now = self.context.now
            moment = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as exact as what is saved
            node.asked = Asked(moment, _seed(self.context), "", {})
        node.asked.key, node.asked.saw = needed.script.key, None
        assert node.element is not None
        self.record(f.ScriptDue(node.number, node.element.bpmn_id, needed.script.key, needed.script.language))


def _seed(context: Context) -> int:
    """What the chance of a step begins with that may be taken again."""
    try:
        return int(context.chance() * 2**32)
    except EvaluationFailed:
        return 0


def _still_seen(saw: Variables, reply: Reply, variables: Variables) -> bool:
    """Whether the variables that a script set are still what it saw before."""
    return all(
        (name in saw) == (name in variables) and same(saw.get(name), variables.get(name)) for name in reply.assigned
    )
