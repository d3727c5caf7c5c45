"""Deployments, and what they start."""

from __future__ import annotations

import pytest

from app.commands import deployments, process_definitions
from app.errors import InvalidModel, InvalidRequest, InvalidState, NotFound, TooLarge
from app.queries import deployments as queries
from app.queries import process_definitions as definition_queries
from tests.driver import ALL, ONE_TASK, Driver, chain, process

MESSAGE = '<message id="m" name="paid"/>'
BY_MESSAGE = '<startEvent id="s"><messageEventDefinition messageRef="m"/></startEvent>'
EVERY_HOUR = (
    '<startEvent id="s"><timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition></startEvent>'
)


def by_message(*, with_start: bool = True) -> bytes:
    start = BY_MESSAGE if with_start else '<startEvent id="s"/>'
    return process(chain(start, '<userTask id="work"/>'), outside=MESSAGE)


def test_versions_of_a_key_count_up(driver: Driver) -> None:
    first = driver.deploy(ONE_TASK)
    second = driver.deploy(ONE_TASK)
    assert [deployed.definitions[0].version for deployed in (first, second)] == [1, 2]


def test_the_same_content_under_the_same_name_is_deployed_once_where_that_is_wanted(driver: Driver) -> None:
    first = driver.deploy(ONE_TASK, filter_duplicates=True)
    again = driver.deploy(ONE_TASK, filter_duplicates=True)
    other = driver.deploy(ONE_TASK, name="other", filter_duplicates=True)
    assert (again.id, again.duplicate, again.definitions) == (first.id, True, first.definitions)
    assert (other.duplicate, other.definitions[0].version) == (False, 2)


def test_a_deployment_keeps_its_files_and_its_report(driver: Driver) -> None:
    files = {"a.bpmn": ONE_TASK, "table.csv": b"<definitions/>", "note.txt": b"\0\1"}
    prepared = deployments.prepare(files, driver.settings)
    deployed = driver.write(lambda tx: deployments.create(tx, prepared, name="mixed", source="test"))
    details = driver.read(lambda tx: queries.get(tx, deployed.id))
    assert (details.resources, details.source) == (("a.bpmn", "table.csv", "note.txt"), "test")
    assert '"work"' in details.report
    assert driver.read(lambda tx: queries.content(tx, deployed.id, "note.txt")) == b"\0\1"
    assert driver.read(lambda tx: definition_queries.xml(tx, deployed.definitions[0].id)) == ONE_TASK
    with pytest.raises(NotFound):
        driver.read(lambda tx: queries.content(tx, deployed.id, "ghost.txt"))


def test_a_deployment_with_one_unusable_diagram_changes_nothing(driver: Driver) -> None:
    broken = process(
        '<startEvent id="s"/><scriptTask id="x" scriptFormat="ruby"><script>1</script></scriptTask>', key="broken"
    )
    with pytest.raises(InvalidModel) as refused:
        driver.deploy(ONE_TASK, broken)
    assert "x" in {entry.element_id for entry in refused.value.report.refused}
    assert driver.read(lambda tx: queries.list_deployments(tx, ALL)).items == []


@pytest.mark.parametrize("files", [{}, {"": b""}, {"a\0b": b""}, {"x" * 256: b""}])
def test_a_deployment_with_impossible_files_is_refused(driver: Driver, files: dict[str, bytes]) -> None:
    with pytest.raises(InvalidRequest):
        deployments.prepare(files, driver.settings)


def test_a_file_above_the_limit_is_refused(driver: Driver) -> None:
    with pytest.raises(TooLarge):
        deployments.prepare({"big.txt": b"x" * (driver.settings.max_resource_bytes + 1)}, driver.settings)


def test_a_new_version_takes_over_the_message_start_and_its_deletion_gives_it_back(driver: Driver) -> None:
    first = driver.deploy(by_message())
    second = driver.deploy(by_message())
    assert driver.instance(driver.correlate("paid").process_instance_id).version == 2
    driver.write(lambda tx: deployments.delete(tx, second.id, cascade=True))
    assert driver.instances() == []
    assert driver.instance(driver.correlate("paid").process_instance_id).definition_id == first.definitions[0].id


def test_a_new_version_without_message_start_ends_the_start(driver: Driver) -> None:
    driver.deploy(by_message())
    driver.deploy(by_message(with_start=False))
    with pytest.raises(NotFound):
        driver.correlate("paid")


def test_a_timer_start_repeats_and_moves_to_the_new_version(driver: Driver) -> None:
    diagram = process(chain(EVERY_HOUR, '<userTask id="work"/>'))
    driver.deploy(diagram)
    driver.travel(hours=1)
    assert [instance.version for instance in driver.instances()] == [1]
    driver.deploy(diagram)
    assert len(driver.jobs(kind="timer-start")) == 1
    for _ in range(5):
        driver.travel(hours=1)
    assert sorted(instance.version for instance in driver.instances()) == [1, 2, 2, 2]
    assert driver.jobs() == []


def test_a_deployment_in_use_is_deleted_with_cascade_only(driver: Driver) -> None:
    deployed = driver.deploy(ONE_TASK)
    started = driver.start(variables={"a": 1})
    with pytest.raises(InvalidState) as refused:
        driver.write(lambda tx: deployments.delete(tx, deployed.id))
    assert refused.value.code == "deployment-in-use"
    driver.write(lambda tx: deployments.delete(tx, deployed.id, cascade=True))
    assert driver.tasks() == []
    with pytest.raises(NotFound):
        driver.instance(started.id)
    with pytest.raises(NotFound):
        driver.start()


def test_no_instance_of_a_suspended_definition_starts(driver: Driver) -> None:
    definition = driver.deploy(ONE_TASK).definitions[0].id
    driver.write(lambda tx: process_definitions.suspend(tx, definition))
    with pytest.raises(InvalidState) as refused:
        driver.start()
    assert refused.value.code == "process-definition-suspended"
    driver.write(lambda tx: process_definitions.resume(tx, definition))
    assert driver.start().status == "active"


def test_a_definition_is_suspended_and_resumed_with_its_instances(driver: Driver) -> None:
    definition = driver.deploy(ONE_TASK).definitions[0].id
    started = driver.start()
    driver.write(lambda tx: process_definitions.suspend(tx, definition, with_instances=True))
    assert driver.instance(started.id).status == "suspended"
    with pytest.raises(InvalidState):
        driver.complete(driver.task().id)
    driver.write(lambda tx: process_definitions.resume(tx, definition, with_instances=True))
    assert driver.complete(driver.task().id).status == "completed"


def test_a_timer_start_that_fell_due_while_suspended_fires_when_resumed(driver: Driver) -> None:
    definition = driver.deploy(process(chain(EVERY_HOUR, '<userTask id="work"/>'))).definitions[0].id
    driver.write(lambda tx: process_definitions.suspend(tx, definition))
    driver.travel(hours=1)
    assert driver.instances() == []
    driver.write(lambda tx: process_definitions.resume(tx, definition))
    driver.work_off()
    assert len(driver.instances()) == 1


def test_definitions_are_listed_by_key_and_newest_version(driver: Driver) -> None:
    driver.deploy(ONE_TASK, process('<startEvent id="s"/>', key="a"))
    driver.deploy(ONE_TASK)
    listed = driver.read(lambda tx: definition_queries.list_definitions(tx, ALL)).items
    assert [(row.key, row.version) for row in listed] == [("a", 1), ("p", 2), ("p", 1)]
    newest = definition_queries.Filters(latest=True)
    listed = driver.read(lambda tx: definition_queries.list_definitions(tx, ALL, newest)).items
    assert [(row.key, row.version) for row in listed] == [("a", 1), ("p", 2)]


JAVA = process(
    chain('<startEvent id="s"/>', '<serviceTask id="x" camunda:class="org.example.Archive"/>', '<endEvent id="e"/>')
)


def restarted(driver: Driver, **settings: str) -> Driver:
    """The same database under another server with other settings."""
    return Driver(driver.settings.database_url, **settings)


def test_java_code_is_work_for_whoever_asks_for_its_class(driver: Driver) -> None:
    driver.deploy(JAVA)
    started = driver.start()
    (fetched,) = driver.fetch("org.example.Archive")
    driver.finish(fetched.id)
    assert driver.instance(started.id).status == "completed"


def test_java_code_can_be_refused_and_what_was_deployed_before_stays_usable(driver: Driver) -> None:
    driver.deploy(JAVA)
    strict = restarted(driver, foreign_work="refuse")
    with pytest.raises(InvalidModel, match="cannot run here"):
        strict.deploy(JAVA)
    started = strict.start()
    (fetched,) = strict.fetch("org.example.Archive")
    strict.finish(fetched.id)
    assert strict.instance(started.id).status == "completed"
    strict.close()


def test_java_code_can_count_as_done(driver: Driver) -> None:
    driver.deploy(JAVA)
    waiting = driver.start()
    trying = restarted(driver, foreign_work="pass")
    assert trying.instance(trying.start().id).status == "completed"
    (fetched,) = trying.fetch("org.example.Archive")
    trying.finish(fetched.id)
    assert trying.instance(waiting.id).status == "completed"
    trying.close()


def test_listeners_can_be_ignored_and_what_was_deployed_with_them_stays_usable(driver: Driver) -> None:
    heard = '<extensionElements><camunda:taskListener class="a.B" event="create"/></extensionElements>'
    diagram = process(chain('<startEvent id="s"/>', f'<userTask id="work">{heard}</userTask>'))
    strict = restarted(driver, listeners="refuse")
    with pytest.raises(InvalidModel, match="create listener of 'work'"):
        strict.deploy(diagram)
    strict.close()
    tolerant = restarted(driver, listeners="ignore")
    tolerant.deploy(diagram)
    tolerant.close()
    strict = restarted(driver, listeners="refuse")
    strict.start()
    assert strict.task().element_id == "work"
    strict.close()
