"""What the server makes of elements that touch more than one instance, or that people and messages drive."""

from __future__ import annotations

from tests.bpmn.diagrams import definitions, diagram
from tests.driver import Driver


def test_given_a_global_user_task_of_another_deployment_when_called_then_it_is_an_instance_of_its_own(
    driver: Driver,
) -> None:
    driver.deploy(definitions('<globalUserTask id="ask" name="Ask" camunda:assignee="kermit"/>'), name="library")
    driver.deploy(diagram('start s; call c [calledElement="ask"]; end e; s -> c -> e'))
    started = driver.start()
    task = driver.task("ask")
    assert (task.definition_key, task.assignee, task.process_instance_id == started.id) == ("ask", "kermit", False)
    driver.complete(task.id)
    assert driver.instance(started.id).status == "completed"
