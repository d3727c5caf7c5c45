"""Scripts on the server: run between two transactions, once more where something dies, never at a worker's cost."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app import queue
from app.commands import incidents, jobs, process_instances
from app.engine.work import Work
from app.errors import InvalidModel
from bpmn.sandbox import Answer, Order, SandboxCrashed, SandboxesBusy, pool
from tests.driver import Driver, chain, process

START, END = '<startEvent id="s"/>', '<endEvent id="e"/>'
WORK = '<userTask id="work"/>'


def script(text: str, form: str = "python", element: str = "calc") -> str:
    return (
        f'<scriptTask id="{element}" scriptFormat="{form}" camunda:resultVariable="{element}">'
        f"<script>{text}</script></scriptTask>"
    )


SUMS = process(chain(START, script("sum([n, 1])"), WORK, END))
COUNTS = process(chain(START, script("execution.setVariable('n', n + 1)"), WORK, END))


def stands_in(driver: Driver, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Order], Answer]) -> list[Order]:
    """Let something else than a sandbox answer; what was asked."""
    asked: list[Order] = []

    def run(language: str, order: Order, *, patience: float | None = None) -> Answer:
        asked.append(order)
        return answer(order)

    monkeypatch.setattr(driver.runtime.sandboxes, "run", run)
    return asked


def crash(_order: Order) -> Answer:
    raise SandboxCrashed("the sandbox broke off")


@pytest.mark.parametrize(
    ("form", "text"), [("python", "sum([n, 1])"), ("javascript", "[n, 1].reduce((a, b) => a + b)")]
)
def test_given_a_script_task_when_started_then_its_caller_finds_what_comes_after_it(
    driver: Driver, form: str, text: str
) -> None:
    driver.deploy(process(chain(START, script(text.replace(">", "&gt;"), form), WORK, END)))
    started = driver.start(variables={"n": 41})
    assert driver.task().element_id == "work"
    assert driver.variables(started.id) == {"n": 41, "calc": 42}
    assert driver.jobs() == []
    told = [entry.kind for entry in driver.history(started.id, "script-due", "script-over")]
    assert told == ["script-due", "script-over"]


def test_given_a_script_that_runs_when_somebody_else_wants_the_instance_then_nobody_holds_it(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.deploy(SUMS)
    instance: list[str] = []

    def answer(order: Order) -> Answer:
        (row,) = driver.instances()
        driver.set_variables(row.id, {"seen": order.variables["n"]})
        instance.append(row.id)
        return Answer(7)

    stands_in(driver, monkeypatch, answer)
    driver.start(variables={"n": 1})
    assert driver.variables(instance[0]) == {"n": 1, "seen": 1, "calc": 7}


def test_given_a_script_when_what_it_sets_is_set_meanwhile_then_it_runs_again_and_nothing_is_lost(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.deploy(COUNTS)

    def answer(order: Order) -> Answer:
        number = order.variables["n"]
        assert isinstance(number, int)
        if number == 1:
            (row,) = driver.instances()
            driver.set_variables(row.id, {"n": 10})
        return Answer(assigned={"n": number + 1})

    asked = stands_in(driver, monkeypatch, answer)
    started = driver.start(variables={"n": 1})
    driver.work_off()
    assert driver.variables(started.id)["n"] == 11
    assert len(asked) == 2


def test_given_a_sandbox_that_crashes_when_tried_again_and_again_then_it_is_one_incident_and_can_be_retried(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.deploy(SUMS)
    with monkeypatch.context() as broken:
        stands_in(driver, broken, crash)
        started = driver.start(variables={"n": 1})
        assert driver.incidents() == []
        driver.travel(hours=1)
        driver.travel(hours=1)
        (incident,) = driver.incidents()
        (job,) = driver.jobs()
    assert (incident.kind, incident.element_id, job.retries) == ("retries-exhausted", "calc", 0)
    assert "the sandbox broke off" in incident.message
    driver.write(lambda tx: jobs.retry(tx, str(job.id)))
    driver.work_off()
    assert (driver.incidents(), driver.jobs(), driver.variables(started.id)["calc"]) == ([], [], 2)


def test_given_a_script_that_fails_when_the_cause_is_mended_then_resolving_runs_it_again(driver: Driver) -> None:
    driver.deploy(process(chain(START, script("sum([1]) / n"), WORK, END)))
    started = driver.start(variables={"n": 0})
    (incident,) = driver.incidents()
    assert (incident.kind, incident.message) == (
        "script-failed",
        "ZeroDivisionError: division by zero (line 1 of the script)",
    )
    assert driver.jobs() == []
    driver.set_variables(started.id, {"n": 4})
    driver.write(lambda tx: incidents.resolve(tx, str(incident.id)))
    assert str(driver.variables(started.id)["calc"]) == "0.25"


def test_given_a_runaway_script_when_killed_from_outside_then_the_job_is_tried_again_and_the_worker_lives(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.deploy(process(chain(START, script("while True: pass"), END)), name="endless")
    started: list[Any] = []
    made: list[Any] = []
    beginning, exchange = threading.Event(), pool._Child._exchange

    def begin(child: Any, order: Order) -> Any:
        made.append(child)
        if not order.checks:
            beginning.set()
        return exchange(child, order)

    monkeypatch.setattr(pool._Child, "_exchange", begin)
    caller = threading.Thread(target=lambda: started.append(driver.start()))
    caller.start()
    assert beginning.wait(30)
    os.kill(made[-1]._process.pid, signal.SIGKILL)
    caller.join(30)
    (job,) = driver.jobs()
    assert (job.kind, job.retries, driver.incidents()) == ("script", 2, [])
    driver.cancel(started[0].id)
    assert driver.jobs() == []


def test_given_a_server_that_dies_while_a_script_runs_when_its_lease_ends_then_another_runs_it(driver: Driver) -> None:
    driver.deploy(SUMS)

    def claim_and_die(tx: Work) -> None:
        process_instances.start(tx, key="p", variables={"n": 1})
        tx.at_once.clear()

    driver.write(claim_and_die)
    (row,) = driver.instances()
    assert driver.work_off() == 0
    driver.travel(seconds=driver.settings.job_lease_seconds + 1)
    assert driver.variables(row.id) == {"n": 1, "calc": 2}


def test_given_an_answer_that_comes_after_somebody_took_over_when_brought_then_it_changes_nothing(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.deploy(SUMS)

    def slow(order: Order) -> Answer:
        if len(asked) == 1:
            driver.travel(seconds=driver.settings.job_lease_seconds + 1)
        return Answer(len(asked))

    asked = stands_in(driver, monkeypatch, slow)
    started = driver.start(variables={"n": 1})
    assert driver.variables(started.id)["calc"] == 2
    assert len(driver.tasks()) == 1


def test_given_a_suspended_instance_when_its_script_is_due_then_it_rests_until_resumed(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.deploy(SUMS)

    def suspend(_order: Order) -> Answer:
        (row,) = driver.instances()
        driver.write(lambda tx: process_instances.suspend(tx, row.id))
        return Answer(5)

    with monkeypatch.context() as once:
        stands_in(driver, once, suspend)
        started = driver.start(variables={"n": 1})
    assert "calc" not in driver.variables(started.id)
    assert driver.travel(hours=1) == 0
    driver.write(lambda tx: process_instances.resume(tx, started.id))
    driver.work_off()
    assert driver.variables(started.id)["calc"] == 2


def test_given_an_instance_that_is_canceled_while_its_script_runs_when_answered_then_nothing_happens(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.deploy(SUMS)

    def cancel(_order: Order) -> Answer:
        (row,) = driver.instances()
        driver.cancel(row.id)
        return Answer(5)

    stands_in(driver, monkeypatch, cancel)
    started = driver.start(variables={"n": 1})
    assert driver.instance(started.id).status == "canceled"
    assert driver.jobs() == []


def test_given_no_free_sandbox_when_a_script_is_due_then_a_worker_runs_it_later(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.deploy(SUMS)

    def busy(_order: Order) -> Answer:
        raise SandboxesBusy("all sandboxes are in use")

    with monkeypatch.context() as once:
        stands_in(driver, once, busy)
        started = driver.start(variables={"n": 1})
    assert [(job.kind, job.retries) for job in driver.jobs()] == [("script", 3)]
    driver.work_off()
    assert driver.variables(started.id)["calc"] == 2


def test_given_many_scripts_at_once_when_started_then_all_run(driver: Driver) -> None:
    loop = "<multiInstanceLoopCharacteristics><loopCardinality>9</loopCardinality></multiInstanceLoopCharacteristics>"
    text = "execution.setVariable('n', n + 1)"
    drawn = f'<scriptTask id="calc" scriptFormat="javascript">{loop}<script>{text}</script></scriptTask>'
    driver.deploy(process(chain(START, drawn, WORK, END)))
    started = driver.start(variables={"n": 0})
    driver.work_off()
    assert driver.variables(started.id) == {"n": 9}
    assert driver.task().element_id == "work"


def test_given_workers_with_lanes_when_they_claim_then_each_takes_its_own(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    timer = (
        '<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>PT1S</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>"
    )
    driver.deploy(process(chain(START, timer, END), key="slow"), SUMS)
    stands_in(driver, monkeypatch, crash)
    driver.start("slow")
    started = driver.start(variables={"n": 1})
    driver.clock.advance(timedelta(hours=1))

    def claim(tx: Work, lane: queue.Lane) -> list[str]:
        taken = queue.claim(tx, now=tx.millis, lease_end=tx.millis, owner=lane.value, limit=10, lane=lane)
        return [job.kind for job in taken]

    assert driver.write(lambda tx: claim(tx, queue.Lane.SCRIPTS)) == ["script"]
    assert driver.write(lambda tx: claim(tx, queue.Lane.OTHERS)) == ["timer"]
    assert driver.read(lambda tx: queue.next_ready(tx, queue.Lane.SCRIPTS)) is not None
    driver.cancel(started.id)


@pytest.mark.parametrize(
    ("form", "text", "said"),
    [
        ("python", "x = 1\nif x:\n  y = (", "'(' was never closed (line 3 of the script)"),
        ("python", "def f():\n  yield 1\nx = f()", "does not yet support yield expressions (line 2 of the script)"),
        ("javascript", "var a;\nlet b = ;", "SyntaxError: unexpected token in expression: ';' (line 2 of the script)"),
    ],
)
def test_given_a_script_that_cannot_be_read_when_deployed_then_its_line_is_named(
    driver: Driver, form: str, text: str, said: str
) -> None:
    with pytest.raises(InvalidModel) as refused:
        driver.deploy(process(chain(START, script(text, form), END)))
    (entry,) = refused.value.report.refused
    assert entry.element_id == "calc"
    assert said in entry.message


def test_given_a_language_that_is_switched_off_when_deployed_then_its_scripts_are_refused(sqlite_url: str) -> None:
    only = Driver(sqlite_url, script_languages=["javascript"])
    try:
        only.deploy(process(chain(START, script("[1].length", "javascript"), END)))
        with pytest.raises(InvalidModel) as refused:
            only.deploy(SUMS)
    finally:
        only.close()
    assert "scripts in python are switched off on this server" in refused.value.report.refused[0].message


def test_given_a_language_that_is_switched_off_later_when_a_script_is_due_then_it_is_an_incident(
    sqlite_url: str,
) -> None:
    before = Driver(sqlite_url)
    before.deploy(SUMS)
    before.close()
    after = Driver(sqlite_url, script_languages=[])
    after.start(variables={"n": 1})
    assert [incident.kind for incident in after.incidents()] == ["script-failed"]
    after.close()
