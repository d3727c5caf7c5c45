"""Script tasks (BPMN 10.3.3.7): expressions computed at once, scripts run in a sandbox, or work for a worker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bpmn.dialects import Text
from bpmn.elements.base import BusinessError, WaitingElement
from bpmn.elements.work import ExternalWork

if TYPE_CHECKING:
    from bpmn.expressions import Expression
    from bpmn.expressions.surroundings import Sets
    from bpmn.runtime import Runtime
    from bpmn.scopes import Node
    from bpmn.texts import Compiler


_NOT_PYTHON = (
    "nothing says in which language the script is: it was read as Python, as SpiffWorkflow does; "
    "give it a scriptFormat (BPMN 10.3.3)"
)
_WANTS_FORMAT = (
    "nothing says in which language the script is: it is run as Python, as SpiffWorkflow does; "
    "give it a scriptFormat (BPMN 10.3.3)"
)


class ScriptTask(ExternalWork, WaitingElement):
    """Runs the script of the diagram; its result goes into a variable where the diagram names one."""

    is_activity = True
    waits_for = "script"
    #: The script as drawn: its language is the format.
    drawn_script: Text | None = None
    #: Whether nothing says the language, and it is taken for Python as SpiffWorkflow does.
    is_guess = False
    script: Expression | None = None

    def prepare(self, compiler: Compiler) -> None:
        super().prepare(compiler)
        # Camunda 8 writes an expression instead of a script.
        text = self.drawn_script or self.text("script_expression")
        result = self.text("result_variable")
        self.result_variable = result.value if result is not None else None
        if self.topic is not None:
            return
        if text is None:
            compiler.warn(self, "script", "there is no script: it passes as a task of no type does (BPMN 10.3.3)")
        else:
            # Whoever follows Camunda sets variables by the execution, everybody else by their names.
            sets: Sets = "by execution" if text.family == "camunda" else "by name"
            self.script = compiler.script(self, "script", text, sets)
            if self.is_guess and self.script is None:
                compiler.problem(self, "scriptFormat", _NOT_PYTHON)
            elif self.is_guess:
                compiler.warn(self, "scriptFormat", _WANTS_FORMAT)
        if self.flag("auto_store"):
            compiler.problem(self, "autoStoreVariables", "set variables by execution.setVariable, or name a result")

    def begin(self, run: Runtime, node: Node) -> None:
        if self.topic is not None:
            self.offer(run, node)
        else:
            # A step of its own: events attached to the task wait while the script runs.
            run.open_step(node)

    def resume(self, run: Runtime, node: Node) -> None:
        """Run the script, keep what it gives, be done."""
        if self.script is None:
            self.begin(run, node) if self.topic is not None else run.finish_soon(node)
            return
        try:
            value = run.run_script(node, self.script)
        except BusinessError as error:
            run.throw_from(node, error.code, error.message)
            return
        if self.result_variable is not None:
            run.assign(node, {self.result_variable: value})
        run.finish_soon(node)
