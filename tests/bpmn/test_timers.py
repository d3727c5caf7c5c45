"""Timers: ISO 8601 dates, durations and repeating intervals, and cron (BPMN 10.5.5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bpmn import timers
from bpmn.errors import EvaluationFailed

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2030-01-31T09:00:00Z", datetime(2030, 1, 31, 9, tzinfo=UTC)),
        ("2030-01-31T09:00:00+02:00", datetime(2030, 1, 31, 7, tzinfo=UTC)),
        ("2030-01-31T09:00:00.250-05:30", datetime(2030, 1, 31, 14, 30, 0, 250_000, tzinfo=UTC)),
        ("2030-01-31T09:00", datetime(2030, 1, 31, 9, tzinfo=UTC)),
        (" 2030-01-31 ", datetime(2030, 1, 31, tzinfo=UTC)),
        ("2024-02-29", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_given_a_date_when_read_then_it_is_that_moment_in_utc(text: str, moment: datetime) -> None:
    assert timers.parse_date(text) == moment
    assert timers.parse_date(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["", "soon", "2023-02-29", "2030-13-01", "0000-01-01", "0001-01-01T00:00:00+14:00", "P1D"]
)
def test_given_no_date_when_read_then_it_is_said(text: str) -> None:
    with pytest.raises(EvaluationFailed, match="is no ISO 8601 date"):
        timers.parse_date(text)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PT0S", NOW),
        ("PT15M", NOW + timedelta(minutes=15)),
        ("PT0.5S", NOW + timedelta(milliseconds=500)),
        ("P1W", NOW + timedelta(weeks=1)),
        ("P1M", datetime(2026, 4, 2, 9, tzinfo=UTC)),
        ("P1Y2M3DT4H5M6S", datetime(2027, 5, 5, 13, 5, 6, tzinfo=UTC)),
    ],
)
def test_given_a_duration_when_counted_from_now_then_it_is_due_then(text: str, due: datetime) -> None:
    assert timers.after(NOW, text) == due


def test_given_a_month_that_is_shorter_when_a_month_is_added_then_it_is_its_last_day() -> None:
    assert timers.after(datetime(2026, 1, 31, tzinfo=UTC), "P1M") == datetime(2026, 2, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "1H", "-PT1H", "PT-1H", "P-1D", "PT1H2", "P1H", "PT1e3S", "P1D1Y", "PT١H", "P" + "9" * 500 + "D"],
)
def test_given_no_duration_when_counted_then_it_is_said(text: str) -> None:
    with pytest.raises(EvaluationFailed):
        timers.after(NOW, text)


@pytest.mark.parametrize("text", ["P9999Y", "P99999999D", "PT99999999999999999H", "P99999999999999999999Y"])
def test_given_a_duration_beyond_the_calendar_when_counted_then_it_is_said(text: str) -> None:
    with pytest.raises(EvaluationFailed):
        timers.after(NOW, text)


def all_due(text: str, most: int = 5) -> list[datetime]:
    cycle, due, previous = timers.parse_cycle(text), [], NOW
    for repetition in range(1, most + 1):
        moment = cycle.due(previous, repetition)
        if moment is None:
            break
        due.append(moment)
        previous = moment
    return due


def test_given_a_cycle_of_three_when_followed_then_it_is_due_three_times() -> None:
    assert all_due("R3/PT10M") == [NOW + timedelta(minutes=10 * n) for n in (1, 2, 3)]


def test_given_a_cycle_without_a_number_when_followed_then_it_goes_on() -> None:
    assert len(all_due("R/PT10M", most=50)) == 50


def test_given_a_cycle_with_a_start_when_followed_then_it_begins_there() -> None:
    start = datetime(2030, 1, 31, 9, tzinfo=UTC)
    assert all_due("R2/2030-01-31T09:00:00Z/P1D") == [start, start + timedelta(days=1)]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("*/5 * * * *", datetime(2026, 3, 2, 9, 5, tzinfo=UTC)),
        ("0 12 * * 1-5", datetime(2026, 3, 2, 12, 0, tzinfo=UTC)),
        ("0 0 29 2 *", datetime(2028, 2, 29, tzinfo=UTC)),
        ("0 0 9 ? * MON-FRI", datetime(2026, 3, 3, 9, 0, tzinfo=UTC)),
    ],
)
def test_given_a_cron_expression_when_followed_then_it_is_due_at_the_next_fit(text: str, due: datetime) -> None:
    assert all_due(text, most=1) == [due]


@pytest.mark.parametrize(
    "text",
    ["", "R", "R/", "R3/", "R3/PT0S", "R/PT0.001S", "R0/PT1H", "R-1/PT1H", "R3/soon/PT1H", "R3/PT1H/PT1H",
     "R3/2030-01-01", "99 * * * *", "* * *", "* * * * * * * *", "@daily;x", "R" + "9" * 150 + "/PT1H/x"],
)  # fmt: skip
def test_given_no_cycle_when_read_then_it_is_said(text: str) -> None:
    with pytest.raises(EvaluationFailed):
        timers.parse_cycle(text)


def test_given_a_cron_expression_that_never_fits_when_read_then_it_is_said_in_good_time() -> None:
    with pytest.raises(EvaluationFailed):
        timers.parse_cycle("0 0 31 2 *").due(NOW, 1)


def test_given_a_cycle_that_was_missed_often_when_the_next_is_looked_for_then_the_missed_ones_are_passed_over() -> None:
    cycle = timers.parse_cycle("R/PT1S")
    begin = datetime(2020, 1, 1, tzinfo=UTC)
    now = begin + timedelta(days=400, milliseconds=300)
    due = cycle.due(cycle.caught_up(begin, now), 2)
    assert due == begin + timedelta(days=400, seconds=1)
    assert cycle.caught_up(now, now) == now
