"""The same key and request get the same answer; nothing is done twice."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.commands import idempotency, process_instances
from app.commands.idempotency import Answer
from app.engine.work import Work
from app.errors import AlreadyExists, InvalidRequest
from tests.driver import ONE_TASK, Driver


def start_once(tx: Work, key: str = "k", request: str = "r", pause: float = 0) -> bytes:
    """What a door does: the kept answer, or the command and its answer in one transaction."""
    known = idempotency.begin(tx, key=key, caller="anyone", path="/start", request_hash=request)
    if known is not None:
        return known.body
    started = process_instances.start(tx, key="p")
    time.sleep(pause)
    answer = started.id.encode()
    idempotency.keep(tx, key=key, caller="anyone", path="/start", request_hash=request, status=201, body=answer)
    return answer


def test_the_first_answer_is_given_again(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    assert driver.write(start_once) == driver.write(start_once)
    assert len(driver.instances()) == 1


def test_another_request_under_the_same_key_is_refused(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    driver.write(start_once)
    with pytest.raises(AlreadyExists) as refused:
        driver.write(lambda tx: start_once(tx, request="other"))
    assert refused.value.code == "idempotency-key-reused"


def test_a_key_is_forgotten_after_a_day(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    first = driver.write(start_once)
    driver.travel(hours=24)
    assert driver.write(start_once) != first
    driver.travel(hours=25)
    driver.worker.clean_up()
    assert driver.write(lambda tx: start_once(tx, request="other")) != first


def test_what_was_refused_is_not_kept(driver: Driver) -> None:
    def refused(tx: Work) -> Answer | None:
        idempotency.begin(tx, key="k", caller="anyone", path="/start", request_hash="r")
        idempotency.keep(tx, key="k", caller="anyone", path="/start", request_hash="r", status=201, body=b"")
        raise InvalidRequest("no")

    with pytest.raises(InvalidRequest):
        driver.write(refused)
    driver.deploy(ONE_TASK)
    assert driver.write(start_once) != b""


@pytest.mark.parametrize("key", ["", "x" * 256, "a\0b", "a\nb"])
def test_an_impossible_key_is_refused(driver: Driver, key: str) -> None:
    with pytest.raises(InvalidRequest):
        driver.write(lambda tx: start_once(tx, key=key))


def test_a_concurrent_twin_waits_for_the_first_answer(driver: Driver) -> None:
    driver.deploy(ONE_TASK)
    driver.start()
    barrier = threading.Barrier(4)

    def twin() -> bytes:
        barrier.wait()
        return driver.write(lambda tx: start_once(tx, pause=0.05))

    with ThreadPoolExecutor(4) as pool:
        answers = {future.result() for future in [pool.submit(twin) for _ in range(4)]}
    assert len(answers) == 1
    assert len(driver.instances()) == 2
