"""SpiffWorkflow's own parser and engine, to run beside ours on what it handles.

Its script engine is ours: conditions and timers are evaluated by `bpmn.expressions`, since Python's eval understands
neither `${...}` nor a bare duration. Plain and manual tasks, for which the stock engine waits, are passed.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn import BpmnEvent, BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.specs.event_definitions import MessageEventDefinition
from SpiffWorkflow.util.task import TaskState

from bpmn import expressions
from bpmn.expressions import Language
from bpmn.texts import is_expression


class Expressions(PythonScriptEngine):  # type: ignore[misc]
    """Evaluates what stands in a diagram with our expressions."""

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> Any:
        text = expression.strip()
        return evaluated(text, task.data) if is_expression(text) else text


def evaluated(text: str, variables: dict[str, Any]) -> Any:
    language = Language.FEEL if text.startswith("=") else Language.JUEL
    return expressions.compile(text, language, template=True).evaluate(variables)


class Stock:
    """An instance in the stock engine."""

    def __init__(self, xml: bytes, key: str, variables: dict[str, Any]) -> None:
        parser = BpmnParser()
        parser.add_bpmn_xml(etree.fromstring(xml))
        spec = parser.get_spec(key)
        self.workflow = BpmnWorkflow(spec, parser.get_subprocess_specs(key), script_engine=Expressions())
        self.workflow.task_tree.data.update(variables)
        for task in self.workflow.get_tasks(state=TaskState.READY):
            task.data.update(variables)
        self.seen: set[Any] = set()
        self.run()

    def run(self) -> None:
        """Go on to the next wait states."""
        self.workflow.do_engine_steps()
        while passing := [
            task
            for task in self.workflow.get_tasks(state=TaskState.READY, manual=True)
            if type(task.task_spec).__name__ in ("NoneTask", "ManualTask")
        ]:
            passing[0].run()
            self.workflow.do_engine_steps()

    def complete(self, element: str, variables: dict[str, Any]) -> None:
        """A user task or a service task is done."""
        task = next(
            task
            for task in self.workflow.get_tasks(state=TaskState.READY | TaskState.STARTED)
            if task.task_spec.bpmn_id == element
        )
        task.data.update(variables)
        task.run() if task.state == TaskState.READY else task.complete()
        self.run()

    def complete_work(self, elements: set[str], variables: dict[str, Any]) -> None:
        """What the stock engine leaves to others for ever, such as expressions of service tasks, has given this."""
        while left := [
            task
            for task in self.workflow.get_tasks(state=TaskState.STARTED)
            if task.task_spec.bpmn_id in elements and type(task.task_spec).__name__ == "ServiceTask"
        ]:
            left[0].data.update(variables)
            left[0].complete()
            self.run()

    def message(self, name: str) -> None:
        """A message has come."""
        self.workflow.send_event(BpmnEvent(MessageEventDefinition(name), {}))
        self.run()

    def completed(self) -> Counter[str]:
        """The elements that were completed since the last call."""
        new = [task for task in self.workflow.get_tasks(state=TaskState.COMPLETED) if task.id not in self.seen]
        self.seen.update(task.id for task in new)
        return Counter(task.task_spec.bpmn_id for task in new if task.task_spec.bpmn_id is not None)

    @property
    def is_over(self) -> bool:
        return bool(self.workflow.is_completed())
