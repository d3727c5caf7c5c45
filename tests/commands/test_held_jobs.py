"""Jobs that operators hold back, do by hand, or freeze by definition."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import queue
from app.clock import from_millis, to_millis
from app.commands import job_definitions, jobs, process_definitions
from app.errors import InvalidState
from tests.driver import Driver, chain, process

TIMER = process(
    chain(
        '<startEvent id="s"/>',
        '<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>PT1H</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>",
        '<endEvent id="e"/>',
    )
)


def waiting(driver: Driver) -> tuple[str, str, str]:
    """Definition, instance and timer of a new instance."""
    definition = driver.deploy(TIMER).definitions[0].id
    instance_id = driver.start().id
    (job,) = driver.jobs(process_instance_id=instance_id)
    return definition, instance_id, job.id


def test_given_a_held_job_when_due_then_it_is_not_done_until_it_is_released(driver: Driver) -> None:
    _, instance_id, job_id = waiting(driver)
    driver.write(lambda tx: jobs.suspend(tx, job_id))
    driver.travel(hours=2)
    assert driver.instance(instance_id).status == "active"
    driver.write(lambda tx: jobs.resume(tx, job_id))
    driver.work_off()
    assert driver.instance(instance_id).status == "completed"


def test_given_a_held_job_when_done_by_hand_before_it_is_due_then_the_instance_goes_on(driver: Driver) -> None:
    _, instance_id, job_id = waiting(driver)
    driver.write(lambda tx: jobs.suspend(tx, job_id))
    claimed = driver.write(lambda tx: jobs.claim(tx, job_id))
    with pytest.raises(InvalidState, match="worked on"):
        driver.write(lambda tx: jobs.claim(tx, job_id))
    driver.runtime.perform(claimed)
    assert driver.instance(instance_id).status == "completed"


def test_given_a_frozen_job_that_a_worker_has_claimed_when_done_by_hand_then_only_that_counts(driver: Driver) -> None:
    definition = driver.deploy(TIMER).definitions[0].id
    driver.write(lambda tx: job_definitions.freeze(tx, definition))
    instance_id = driver.start().id
    (job,) = driver.jobs(process_instance_id=instance_id)
    now = to_millis(driver.clock.now() + timedelta(hours=2))
    (claimed,) = driver.write(lambda tx: queue.claim(tx, now=now, lease_end=now, owner="other", limit=1))
    by_hand = driver.write(lambda tx: jobs.claim(tx, job.id))
    driver.runtime.perform(claimed)
    assert driver.instance(instance_id).status == "active"
    driver.runtime.perform(by_hand)
    assert driver.instance(instance_id).status == "completed"


def test_given_a_timer_that_is_not_due_when_its_retries_are_set_then_it_stays_where_it_is(driver: Driver) -> None:
    _, instance_id, job_id = waiting(driver)
    driver.write(lambda tx: jobs.retry(tx, job_id, retries=5))
    driver.work_off()
    assert driver.instance(instance_id).status == "active"
    driver.write(lambda tx: jobs.retry(tx, job_id, retries=5, due_millis=tx.millis))
    driver.work_off()
    assert driver.instance(instance_id).status == "completed"


@pytest.mark.parametrize("element_id", [None, "wait"])
def test_given_a_frozen_definition_when_a_timer_is_due_then_it_waits_until_it_is_thawed(
    driver: Driver, element_id: str | None
) -> None:
    definition, instance_id, _ = waiting(driver)
    driver.write(lambda tx: job_definitions.freeze(tx, definition, element_id=element_id, with_jobs=True))
    later = driver.start().id
    driver.travel(hours=2)
    assert {driver.instance(one).status for one in (instance_id, later)} == {"active"}
    driver.write(lambda tx: job_definitions.thaw(tx, definition, element_id=element_id, with_jobs=True))
    driver.work_off()
    assert {driver.instance(one).status for one in (instance_id, later)} == {"completed"}


def test_given_another_element_that_is_frozen_when_a_timer_is_due_then_it_is_done(driver: Driver) -> None:
    definition, instance_id, _ = waiting(driver)
    driver.write(lambda tx: job_definitions.freeze(tx, definition, element_id="other", with_jobs=True))
    driver.travel(hours=2)
    assert driver.instance(instance_id).status == "completed"


def test_given_a_suspension_for_later_when_its_time_comes_then_all_versions_of_the_key_rest(driver: Driver) -> None:
    _, instance_id, _ = waiting(driver)
    noon = driver.clock.now() + timedelta(minutes=30)
    driver.write(
        lambda tx: process_definitions.suspend(tx, key="p", with_instances=True, at_millis=to_millis(noon)),
    )
    newer = driver.deploy(TIMER).definitions[0].id
    assert driver.instance(instance_id).status == "active"
    driver.travel(minutes=30)
    assert driver.instance(instance_id).status == "suspended"
    with pytest.raises(InvalidState, match="suspended"):
        driver.start()

    driver.write(lambda tx: process_definitions.resume(tx, newer, at_millis=to_millis(noon + timedelta(hours=3))))
    driver.travel(hours=4)
    driver.start()
    assert driver.instance(instance_id).status == "suspended"


def test_given_a_freeze_for_later_when_made_by_a_job_then_timers_that_come_after_it_rest(driver: Driver) -> None:
    definition, instance_id, _ = waiting(driver)
    soon = to_millis(driver.clock.now() + timedelta(minutes=30))
    driver.write(lambda tx: job_definitions.freeze(tx, definition, with_jobs=True, at_millis=soon))
    driver.travel(minutes=30)
    driver.travel(hours=2)
    assert driver.instance(instance_id).status == "active"
    driver.write(lambda tx: job_definitions.thaw(tx, definition, with_jobs=True, at_millis=tx.millis))
    driver.work_off()
    assert driver.instance(instance_id).status == "completed"


def test_given_a_planned_change_when_its_definition_is_so_already_or_gone_then_nothing_happens(driver: Driver) -> None:
    definition, _, _ = waiting(driver)
    soon = to_millis(driver.clock.now() + timedelta(minutes=10))
    driver.write(lambda tx: process_definitions.suspend(tx, definition, at_millis=soon))
    driver.write(lambda tx: process_definitions.suspend(tx, "gone", at_millis=soon))
    driver.write(lambda tx: process_definitions.suspend(tx, definition))
    driver.travel(minutes=10)
    assert [job.kind for job in driver.jobs()] == ["timer"]


CYCLE = "<timerEventDefinition><timeCycle>R3/PT1H</timeCycle></timerEventDefinition>"
BESIDE = process(
    chain('<startEvent id="s"/>', '<userTask id="t"/>', '<endEvent id="e"/>')
    + f'<boundaryEvent id="b" attachedToRef="t" cancelActivity="false">{CYCLE}</boundaryEvent>'
    + '<endEvent id="e2"/><sequenceFlow id="x" sourceRef="b" targetRef="e2"/>'
)
STARTS = process(chain(f'<startEvent id="s">{CYCLE}</startEvent>', '<userTask id="t"/>'))


@pytest.mark.parametrize("diagram", [BESIDE, STARTS])
@pytest.mark.parametrize(("cascade", "second"), [(True, "09:30"), (False, "11:00")])
def test_given_a_cycle_when_its_first_timer_is_moved_then_the_others_follow_it_only_where_that_is_wanted(
    driver: Driver, diagram: bytes, cascade: bool, second: str
) -> None:
    driver.deploy(diagram)
    if diagram is BESIDE:
        driver.start()
    (job,) = driver.jobs()
    half_past_eight = to_millis(driver.clock.now() - timedelta(minutes=30))
    for _ in range(2):
        driver.write(lambda tx: jobs.set_due(tx, job.id, due_millis=half_past_eight, cascade=cascade))
    driver.work_off()

    (job,) = driver.jobs()
    assert f"{from_millis(job.due_at):%H:%M}" == second
