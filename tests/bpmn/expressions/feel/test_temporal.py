"""Dates, times and durations of FEEL."""

from __future__ import annotations

from datetime import date, timedelta
from datetime import datetime as moment
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bpmn.expressions import feel
from bpmn.expressions.feel import reading, temporal
from bpmn.expressions.feel.writing import temporal_text
from bpmn.values import Value
from tests.bpmn.expressions.feel.asking import ask


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2024-01-31" + @"P1M"', "2024-02-29"),
        ('@"2023-01-31" + @"P1M"', "2023-02-28"),
        ('@"2024-03-31" - @"P1M"', "2024-02-29"),
        ('@"P1Y" + @"2024-02-29"', "2025-02-28"),
        ('@"2024-02-28" + @"P2D"', "2024-03-01"),
        ('@"2024-02-28" + @"PT36H"', "2024-02-29"),
        ('@"2024-02-28" - @"PT1H"', "2024-02-27"),
        ('@"2024-03-01" - @"2024-02-28"', "P2D"),
        ('@"2024-01-01T10:00:00" + @"PT15H"', "2024-01-02T01:00:00"),
        ('@"2024-03-01T00:00:00Z" - @"2024-02-29"', "P1D"),
        ('@"2024-01-01T10:00:00Z" - @"2024-01-01T10:00:00+01:00"', "PT1H"),
        ('@"2024-01-01T10:00:00" - @"2024-01-01T10:00:00Z"', None),
        ('@"2024-07-01T12:00:00@Europe/Berlin" - @"2024-07-01T12:00:00Z"', "-PT2H"),
        ('@"2024-01-01T12:00:00@Europe/Berlin" - @"2024-01-01T12:00:00Z"', "-PT1H"),
        ('@"23:30:00" + @"PT1H"', "00:30:00"),
        ('@"00:30:00" - @"23:30:00"', "-PT23H"),
        ('@"P1D" + @"PT12H"', "P1DT12H"),
        ('@"P1D" * 1.5', "P1DT12H"),
        ('0.1 * @"PT0.3S"', "PT0.03S"),
        ('@"P1D" / 24', "PT1H"),
        ('@"P1D" / @"PT1H"', Decimal(24)),
        ('@"P1Y" / @"P5M"', Decimal("2.4")),
        ('@"P1Y6M" / 2', "P9M"),
        ('@"P1Y" * 1.5', "P1Y6M"),
        ('-@"P1D"', "-P1D"),
        ('@"P1D" / 0', None),
        ('@"P1D" + @"P1M"', None),
        ('@"P1D" + 1', None),
        ('@"2024-01-01" + @"2024-01-01"', None),
        ('@"999999999-12-31" + @"P1D"', None),
        ('@"P1D" * 1e40', None),
        ('@"-0044-03-15" + @"P1D"', "-0044-03-16"),
        ('@"0000-02-29" + @"P1Y"', "0001-02-28"),
    ],
)
def test_dates_times_and_durations_are_added_and_subtracted(text: str, expected: Value) -> None:
    assert ask(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2024-01-01" < @"2024-01-02"', True),
        ('@"2024-01-01T10:00:00Z" = @"2024-01-01T11:00:00+01:00"', True),
        ('@"2024-01-01T10:00:00Z" = @"2024-01-01T10:00:00"', False),
        ('@"2024-01-01T10:00:00Z" < @"2024-01-01T10:00:00"', None),
        ('@"2024-01-01" = @"2024-01-01T00:00:00"', None),
        ('@"10:00:00" < @"11:00:00"', True),
        ('@"10:00:00@Europe/Berlin" = @"10:00:00+01:00"', True),
        ('@"P1Y" = @"P12M"', True),
        ('@"P1D" = @"PT24H"', True),
        ('@"P1Y" < @"P400D"', None),
        ('@"P12M" > @"P11M"', True),
        ('is(@"10:00:00Z", @"10:00:00+00:00")', True),
        ('is(@"10:00:00@Etc/UTC", @"10:00:00Z")', False),
        ('@"2024-01-01" in [@"2023-12-31"..@"2024-01-01"]', True),
    ],
)
def test_they_have_an_order_within_their_kind(text: str, expected: Value) -> None:
    assert ask(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('@"2024-05-06".weekday', 1),
        ('@"1969-12-28".weekday', 7),
        ('@"2024-05-06T07:08:09.5".second', Decimal("9.5")),
        ('@"2024-05-06T07:08:09".second', 9),
        ('@"2024-05-06T07:08:09+02:30".time offset', "PT2H30M"),
        ('@"2024-05-06T07:08:09@Asia/Tokyo".timezone', "Asia/Tokyo"),
        ('@"2024-05-06T07:08:09@Asia/Tokyo".time offset', "PT9H"),
        ('@"2024-05-06T07:08:09".timezone', None),
        ('@"P1Y2M".years', 1),
        ('@"-P1Y2M".months', -2),
        ('@"P1DT26H3M4.5S".days', 2),
        ('@"P1DT26H3M4.5S".hours', 2),
        ('@"P1DT26H3M4.5S".seconds', Decimal("4.5")),
        ('@"-PT90S".minutes', -1),
        ('@"P1D".years', None),
        ('[@"2024-05-06", @"2025-05-06"].year', [2024, 2025]),
    ],
)
def test_their_properties(text: str, expected: Value) -> None:
    assert ask(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('string(@"PT0S")', "PT0S"),
        ('string(@"P0M")', "P0M"),
        ('string(@"PT1000H")', "P41DT16H"),
        ('string(@"-P14M")', "-P1Y2M"),
        ('string(@"PT0.000000001S")', "PT0.000000001S"),
        ('string(@"10:00:00.100")', "10:00:00.1"),
        ('string(@"10:00:00-00:00")', "10:00:00Z"),
        ('string(@"2024-01-01T24:00:00")', "2024-01-02T00:00:00"),
        ('string(date and time("2024-01-01"))', "2024-01-01T00:00:00"),
        ('date and time(@"2024-01-01", @"10:00:00Z")', "2024-01-01T10:00:00Z"),
        ('date and time(@"2024-07-01T10:00:00Z", "Europe/Berlin")', "2024-07-01T12:00:00@Europe/Berlin"),
        ("time(10, 30, 1.5)", "10:30:01.5"),
        ('time(10, 30, 0, @"-PT2H")', "10:30:00-02:00"),
        ('time(@"2024-07-01T10:00:00Z")', "10:00:00Z"),
        ('date(@"2024-07-01T10:00:00Z")', "2024-07-01"),
        ("now()", "2025-03-30T12:30:15.25Z"),
        ("today()", "2025-03-30"),
        ('years and months duration(@"2024-01-31", @"2024-02-29")', "P0M"),
        ('years and months duration(@"2024-03-01", @"2024-01-31")', "-P1M"),
        ('week of year(@"2024-12-30")', 1),
        ('week of year(@"2021-01-03")', 53),
        ('day of year(@"2024-12-31")', 366),
    ],
)
def test_they_are_made_and_written(text: str, expected: Value) -> None:
    assert ask(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2024-13-01", "2024-02-30", "24-01-01", "02024-01-01", "2024-1-1", "25:00:00", "10:60:00", "10:00:00+19:00",
        "10:00:00@Nowhere/Here", "10:00:00@../../etc/passwd", "2024-01-01T", "2024-01-01T24:00:01", "P", "PT", "P1S",
        "P1H", "P-1D", "P1W", "", " ", "1", "2024-01-01 ", "٢٠٢٤-01-01",
    ],
)  # fmt: skip
def test_what_is_no_date_time_or_duration_is_null_as_a_literal_with_a_warning(text: str) -> None:
    value, warnings = feel.compile(f'@"{text}"').explain({})
    assert value is None
    assert len(warnings) == 1
    assert reading.read_any(text) is None


WHEN = st.datetimes(moment.fromisoformat("1900-01-01"), moment.fromisoformat("2100-01-01"))
DATES = st.dates(min_value=date(1, 1, 1), max_value=date(9999, 12, 31))


@given(day=DATES, days=st.integers(-400_000, 400_000))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_days_are_counted_as_python_counts_them(day: date, days: int) -> None:
    mine = temporal.Date(day.year, day.month, day.day)
    assert mine.number == day.toordinal() - date(1970, 1, 1).toordinal()
    assert temporal.date_of(mine.number) == mine
    try:
        later = day + timedelta(days=days)
    except OverflowError:
        return
    assert temporal_text(temporal.date_of(mine.number + days)) == later.isoformat()


@given(number=st.integers(-300_000_000_000, 300_000_000_000))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_every_number_of_days_is_one_date(number: int) -> None:
    assert temporal.date_of(number).number == number


@given(when=WHEN, seconds=st.integers(-(10**9), 10**9))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_times_pass_as_python_lets_them_pass(when: moment, seconds: int) -> None:
    text = when.isoformat(timespec="microseconds")
    expected = reading.read_date_time((when + timedelta(seconds=seconds)).isoformat(timespec="microseconds"))
    assert expected is not None
    assert ask(f'@"{text}" + duration("{"-" if seconds < 0 else ""}PT{abs(seconds)}S")') == temporal_text(expected)


TEMPORAL = st.one_of(
    st.builds(lambda day: f"{day.isoformat()}", DATES),
    st.builds(lambda at: at.isoformat(), st.times()),
    st.builds(lambda at: at.isoformat(), st.datetimes()),
    st.builds(lambda nanos: temporal_text(temporal.DaysDuration(nanos)), st.integers(-(10**20), 10**20)),
    st.builds(lambda months: temporal_text(temporal.MonthsDuration(months)), st.integers(-(10**9), 10**9)),
)


@given(text=TEMPORAL)
@settings(max_examples=200, deadline=None, derandomize=True)
def test_what_is_written_can_be_read_again(text: str) -> None:
    value = reading.read_any(text)
    assert value is not None
    assert reading.read_any(temporal_text(value)) == value
