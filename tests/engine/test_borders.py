"""Tokens at transaction borders have jobs; where such a token is ended, its job is gone in the same transaction."""

from __future__ import annotations

import pytest

from app.commands import jobs
from app.engine import jobs as engine_jobs
from app.queue import Claimed
from tests.driver import Driver, chain, process

BRANCHES = "".join(
    f'<userTask id="wait{number}" camunda:asyncBefore="true"/>'
    f'<sequenceFlow id="to{number}" sourceRef="is" targetRef="wait{number}"/>'
    for number in (1, 2)
)
INTERRUPTED = process(
    chain(
        '<startEvent id="s"/>', f'<subProcess id="w"><startEvent id="is"/>{BRANCHES}</subProcess>', '<endEvent id="e"/>'
    )
    + '<boundaryEvent id="b" attachedToRef="w"><messageEventDefinition messageRef="m"/></boundaryEvent>'
    + '<userTask id="late"/><sequenceFlow id="l" sourceRef="b" targetRef="late"/>',
    outside='<message id="m" name="stop"/>',
)
TERMINATED = process(
    '<startEvent id="s"/><userTask id="later" camunda:asyncBefore="true"/><userTask id="now"/><endEvent id="e">'
    '<terminateEventDefinition/></endEvent><sequenceFlow id="a" sourceRef="s" targetRef="later"/>'
    '<sequenceFlow id="b" sourceRef="s" targetRef="now"/><sequenceFlow id="c" sourceRef="now" targetRef="e"/>'
)


def borders(driver: Driver) -> list[str]:
    return sorted(job.element_id or "" for job in driver.jobs() if job.kind == "continue")


def claim(driver: Driver, job_id: str) -> Claimed:
    return driver.write(lambda tx: jobs.claim(tx, job_id))


def test_given_tokens_at_borders_when_their_scope_is_interrupted_then_their_jobs_are_gone(driver: Driver) -> None:
    driver.deploy(INTERRUPTED)
    driver.start()
    assert borders(driver) == ["wait1", "wait2"]
    driver.correlate("stop")
    assert (borders(driver), [task.element_id for task in driver.tasks()]) == ([], ["late"])
    assert driver.differences() == []


def test_given_a_job_of_a_border_that_gave_up_when_its_token_is_ended_then_the_incident_is_over(driver: Driver) -> None:
    driver.deploy(INTERRUPTED)
    driver.start()
    for job in driver.jobs():
        for _ in range(job.retries):
            claimed = claim(driver, job.id)
            driver.write(lambda tx, claimed=claimed: engine_jobs.failed(tx, claimed, "no luck"))  # type: ignore[misc]
    assert len(driver.incidents()) == 2
    driver.correlate("stop")
    assert (borders(driver), driver.incidents()) == ([], [])


@pytest.mark.parametrize("ends", ["terminate", "cancel"])
def test_given_a_token_at_a_border_when_its_instance_ends_then_its_job_is_gone(driver: Driver, ends: str) -> None:
    driver.deploy(TERMINATED)
    started = driver.start()
    assert borders(driver) == ["later"]
    if ends == "cancel":
        driver.cancel(started.id)
    else:
        driver.complete(driver.task("now").id)
    assert borders(driver) == []
    assert driver.differences() == []


@pytest.mark.parametrize("which", [0, 1])
def test_given_a_token_that_ends_its_scope_by_its_own_job_when_others_wait_there_then_theirs_are_gone(
    driver: Driver, which: int
) -> None:
    inside = (
        '<startEvent id="is"/><endEvent id="t" camunda:asyncBefore="true"><terminateEventDefinition/></endEvent>'
        '<sequenceFlow id="one" sourceRef="is" targetRef="t"/><sequenceFlow id="two" sourceRef="is" targetRef="t"/>'
    )
    driver.deploy(
        process(chain('<startEvent id="s"/>', f'<subProcess id="w">{inside}</subProcess>', '<userTask id="z"/>'))
    )
    driver.start()
    assert borders(driver) == ["t", "t"]
    claimed = claim(driver, driver.jobs()[which].id)
    driver.write(lambda tx: engine_jobs.perform(tx, claimed))
    assert (borders(driver), [task.element_id for task in driver.tasks()]) == ([], ["z"])


def test_given_a_border_behind_an_end_event_when_reached_then_the_instance_is_over_when_its_job_is_done(
    driver: Driver,
) -> None:
    driver.deploy(process(chain('<startEvent id="s"/>', '<endEvent id="e" camunda:asyncAfter="true"/>')))
    started = driver.start()
    assert (borders(driver), driver.instance(started.id).status) == (["e"], "active")
    assert driver.differences() == []
    driver.work_off()
    assert (borders(driver), driver.instance(started.id).status) == ([], "completed")
