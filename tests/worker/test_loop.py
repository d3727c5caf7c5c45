"""The worker's thread: wakes for new work, keeps due times, stops when asked, outlives failures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from app.clock import SystemClock
from app.config import Settings
from app.engine.runtime import Runtime
from app.worker.loop import Worker
from tests.driver import Driver, chain, process

SOON = process(
    chain(
        '<startEvent id="s"/>',
        '<intermediateCatchEvent id="wait"><timerEventDefinition><timeDuration>PT1S</timeDuration>'
        "</timerEventDefinition></intermediateCatchEvent>",
        '<userTask id="work"/>',
        '<endEvent id="e"/>',
    )
)


def wait_for(what: Callable[[], bool], seconds: float = 10) -> float:
    """Seconds until it is so."""
    begun = time.monotonic()
    while not what():
        assert time.monotonic() - begun < seconds
        time.sleep(0.01)
    return time.monotonic() - begun


@pytest.fixture
def live(database_url: str) -> Iterator[Driver]:
    """A server whose clock goes by itself, with a worker at work."""
    driver = Driver(database_url)
    driver.runtime.close()
    driver.runtime = Runtime(driver.settings, clock=SystemClock())
    driver.worker = Worker(driver.runtime)
    driver.worker.start()
    yield driver
    driver.worker.stop()
    driver.close()


def test_a_due_timer_fires_within_a_second_on_an_idle_server(live: Driver) -> None:
    live.deploy(SOON)
    live.start()
    taken = wait_for(lambda: len(live.tasks()) == 1)
    assert 0.9 < taken < 2


def test_a_timer_that_another_process_left_is_found(live: Driver) -> None:
    live.deploy(SOON)
    other = Driver(live.settings.database_url)
    other.clock.set(SystemClock().now() - timedelta(seconds=2))
    other.start()
    other.runtime.close()
    assert wait_for(lambda: len(live.tasks()) == 1) < 2


def test_a_stopped_worker_does_nothing_more(live: Driver) -> None:
    live.deploy(SOON)
    live.worker.stop()
    live.start()
    time.sleep(1.3)
    assert live.tasks() == []


def test_a_failing_round_does_not_end_the_worker(live: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    live.deploy(SOON)
    failures = []

    def fail() -> None:
        failures.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(live.worker, "_round", fail)
    live.start()
    wait_for(lambda: bool(failures))
    monkeypatch.undo()
    wait_for(lambda: len(live.tasks()) == 1)


def test_a_signal_is_delivered_soon_after_it_was_thrown(live: Driver) -> None:
    hears = process(
        chain(
            '<startEvent id="s"/>',
            '<intermediateCatchEvent id="wait"><signalEventDefinition signalRef="sig"/></intermediateCatchEvent>',
            '<userTask id="work"/>',
        ),
        outside='<signal id="sig" name="alarm"/>',
    )
    live.deploy(hears)
    live.start()
    live.signal("alarm")
    assert wait_for(lambda: len(live.tasks()) == 1) < 1


def test_expired_answers_and_messages_are_forgotten(driver: Driver) -> None:
    driver.publish("paid", "nobody", ttl=1000, message_id="1")
    driver.travel(seconds=2)
    driver.worker.clean_up()
    assert driver.publish("paid", "nobody", ttl=1000, message_id="1") == "buffered"


def test_the_settings_of_the_worker_have_sound_defaults() -> None:
    settings = Settings(database_url="sqlite:///x")
    assert settings.worker_poll_seconds <= 0.5
    assert settings.job_lease_seconds > settings.return_seconds
