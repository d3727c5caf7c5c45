"""Delegating, offering, changing and ending tasks by hand; what people write about them."""

from __future__ import annotations

import pytest

from app.commands import comments, user_tasks
from app.errors import InvalidRequest, InvalidState, NotFound
from app.queries.catalog.criteria import Criterion
from app.queries.catalog.user_tasks import ATTACHMENTS, COMMENTS, OFFERS, TASKS, Task
from tests.driver import ONE_TASK, Driver, chain, process


def started(driver: Driver) -> str:
    """A task of a new instance."""
    driver.deploy(ONE_TASK)
    driver.start()
    return driver.task().id


def seen(driver: Driver, task_id: str) -> Task:
    (found,) = driver.read(lambda tx: TASKS.page(tx, [Criterion("id", "eq", task_id)]))
    return found


def test_given_a_claimed_task_when_delegated_then_it_comes_back_to_its_owner_before_it_is_completed(
    driver: Driver,
) -> None:
    task_id = started(driver)
    driver.write(lambda tx: user_tasks.claim(tx, task_id, user="ada"))
    driver.write(lambda tx: user_tasks.delegate(tx, task_id, user="bob"))
    with pytest.raises(InvalidState, match="delegated to 'bob'"):
        driver.complete(task_id)

    driver.write(lambda tx: user_tasks.resolve(tx, task_id, variables={"found": 1}))

    task = seen(driver, task_id)
    assert (task.assignee, task.owner, task.delegation) == ("ada", "ada", "resolved")
    assert driver.variables(task.instance_id) == {"found": 1}
    assert driver.complete(task_id).status == "completed"


def test_given_a_task_when_offered_and_withdrawn_then_candidates_and_history_say_so(driver: Driver) -> None:
    task_id = started(driver)
    for _ in range(2):
        driver.write(lambda tx: user_tasks.offer(tx, task_id, kind="group", name="sales"))
    driver.write(lambda tx: user_tasks.offer(tx, task_id, kind="user", name="ada"))
    driver.write(lambda tx: user_tasks.withdraw(tx, task_id, kind="group", name="sales"))

    offers = driver.read(lambda tx: OFFERS.page(tx, [Criterion("task", "eq", task_id)]))
    assert [(offer.kind, offer.name) for offer in offers] == [("user", "ada")]
    driver.complete(task_id)
    assert driver.read(lambda tx: OFFERS.page(tx)) == []


def test_given_a_task_when_changed_then_only_what_is_named_changes_and_its_version_grows(driver: Driver) -> None:
    task_id = started(driver)
    version = driver.task().version
    driver.write(lambda tx: user_tasks.change(tx, task_id, {"priority": 80, "documentation": "soon", "owner": "ada"}))

    task = seen(driver, task_id)
    assert (task.name, task.priority, task.documentation, task.owner) == ("Do it", 80, "soon", "ada")
    assert driver.task().version > version
    with pytest.raises(InvalidRequest):
        driver.write(lambda tx: user_tasks.change(tx, task_id, {"assignee": ""}))
    with pytest.raises(NotFound):
        driver.write(lambda tx: user_tasks.change(tx, task_id + "9", {"priority": 1}))


def test_given_a_task_with_an_error_boundary_when_it_ends_in_that_error_then_the_boundary_takes_it(
    driver: Driver,
) -> None:
    driver.deploy(
        process(
            chain('<startEvent id="s"/>', '<userTask id="work"/>', '<endEvent id="e"/>')
            + '<boundaryEvent id="b" attachedToRef="work"><errorEventDefinition errorRef="x"/></boundaryEvent>'
            + '<userTask id="after"/><sequenceFlow id="g" sourceRef="b" targetRef="after"/>',
            outside='<error id="x" errorCode="X"/>',
        )
    )
    driver.start()
    task_id = driver.task().id
    driver.write(lambda tx: user_tasks.bpmn_error(tx, task_id, code="X", variables={"why": "size"}))

    assert [task.element_id for task in driver.tasks()] == ["after"]
    assert driver.variables(driver.task("after").process_instance_id)["why"] == "size"


@pytest.mark.parametrize(("interrupting", "open_after"), [("true", ["after"]), ("false", ["after", "work"])])
def test_given_a_task_with_an_escalation_boundary_when_its_worker_escalates_then_the_boundary_takes_it(
    driver: Driver, interrupting: str, open_after: list[str]
) -> None:
    driver.deploy(
        process(
            chain('<startEvent id="s"/>', '<userTask id="work"/>', '<endEvent id="e"/>')
            + f'<boundaryEvent id="b" attachedToRef="work" cancelActivity="{interrupting}">'
            + '<escalationEventDefinition escalationRef="x"/></boundaryEvent>'
            + '<userTask id="after"/><sequenceFlow id="g" sourceRef="b" targetRef="after"/>',
            outside='<escalation id="x" escalationCode="X"/>',
        )
    )
    instance_id = driver.start().id
    task_id = driver.task().id
    with pytest.raises(InvalidState, match="no event catches the escalation 'Y'"):
        driver.write(lambda tx: user_tasks.escalate(tx, task_id, code="Y", variables={"why": "time"}))
    assert driver.variables(instance_id) == {}

    driver.write(lambda tx: user_tasks.escalate(tx, task_id, code="X", variables={"why": "size"}))

    assert sorted(task.element_id for task in driver.tasks()) == open_after
    assert driver.variables(instance_id)["why"] == "size"


def test_given_comments_and_attachments_when_made_and_removed_then_they_belong_to_task_and_instance(
    driver: Driver,
) -> None:
    task_id = started(driver)
    instance_id = driver.task().process_instance_id
    first = driver.write(lambda tx: comments.add(tx, task_id, "one"), actor="ada")
    driver.write(lambda tx: comments.add(tx, instance_id, "two"))
    driver.write(lambda tx: comments.change(tx, first.id, task_id, "three"))
    attached = driver.write(
        lambda tx: comments.attach(
            tx, task_id, name="n", description=None, kind="text/plain", url=None, content=b"hello"
        )
    )

    rows = driver.read(lambda tx: COMMENTS.page(tx, [Criterion("instance", "eq", instance_id)]))
    assert [(row.message, row.author, row.task_id) for row in rows] == [
        ("three", "ada", task_id),
        ("two", None, None),
    ]
    driver.complete(task_id)
    driver.write(lambda tx: comments.remove(tx, first.id, task_id))
    driver.write(lambda tx: comments.detach(tx, attached.id, task_id))
    assert driver.read(lambda tx: COMMENTS.count(tx)) == 1
    assert driver.read(lambda tx: ATTACHMENTS.count(tx)) == 0
    driver.write(lambda tx: comments.remove_all(tx, instance_id))
    assert driver.read(lambda tx: COMMENTS.count(tx)) == 0
    with pytest.raises(NotFound):
        driver.write(lambda tx: comments.remove(tx, first.id, task_id))
    with pytest.raises(InvalidRequest):
        driver.write(lambda tx: comments.add(tx, task_id, ""))
