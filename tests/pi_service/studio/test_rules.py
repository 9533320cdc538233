"""What people write about hours and schedules, and the instants that follow from it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from firmware_gcode.facts import sentence
from pi_service.studio.calendar.hours import Hours, HoursError, instant
from pi_service.studio.calendar.rules import Rule, RuleError

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
WEEK = Hours.from_settings(
    {"tue": "10:00-12:00, 14:00-18:00", "sat": "10:00-18:00", "closed": ["2026-11-28"]}
)
TUESDAY, SATURDAY, CLOSED_SATURDAY = (
    date(2026, 11, 24),
    date(2026, 11, 21),
    date(2026, 11, 28),
)


def shown(rule: str, day: date, hours: Hours | None = None) -> list[str]:
    """The times of a day at which a rule fires, with their offset where it is not winter's."""
    dues = Rule.parse(rule).on_day(day, hours or Hours(), BERLIN)
    return [datetime.fromtimestamp(due, BERLIN).strftime("%H:%M%z") for due in dues]


def plain(rule: str, day: date, hours: Hours | None = None) -> list[str]:
    return [text[:5] for text in shown(rule, day, hours)]


def test_daily_times() -> None:
    assert plain("daily at 16:30, 14:00", TUESDAY) == ["14:00", "16:30"]


def test_daily_only_while_open() -> None:
    assert plain("daily at 9:00, 11:00, 12:00, 17:59", TUESDAY, WEEK) == ["11:00", "17:59"]
    assert plain("daily at 11:00", CLOSED_SATURDAY, WEEK) == []


def test_every_n_minutes_from_the_opening_on() -> None:
    assert plain("every 45 minutes", TUESDAY, WEEK) == [
        *("10:00", "10:45", "11:30"),
        *("14:00", "14:45", "15:30", "16:15", "17:00", "17:45"),
    ]
    assert plain("every 60 minutes while open", date(2026, 11, 25), WEEK) == []


def test_certain_dates_hold_even_when_closed() -> None:
    rule = "on 2026-11-28, 2026-12-24 at 15:00"
    assert plain(rule, CLOSED_SATURDAY, WEEK) == ["15:00"]
    assert plain(rule, TUESDAY, WEEK) == []


def test_a_time_that_comes_twice_in_autumn_is_taken_once() -> None:
    assert shown("daily at 02:30", AUTUMN) == ["02:30+0200"]


def test_a_time_that_is_left_out_in_spring_is_taken_later() -> None:
    assert shown("daily at 02:30", SPRING) == ["03:30+0200"]


def test_every_20_minutes_runs_on_through_both_clock_changes() -> None:
    for day, hours in ((SPRING, 23), (AUTUMN, 25)):
        dues = Rule.parse("every 20 minutes").on_day(day, Hours(), BERLIN)
        assert len(dues) == hours * 3
        assert {b - a for a, b in pairwise(dues)} == {1200.0}


def test_between_takes_what_is_after_and_up_to() -> None:
    rule = Rule.parse("daily at 14:00")
    at = instant(TUESDAY, 14 * 60, BERLIN)
    assert list(rule.between(at - 1, at, Hours(), BERLIN)) == [at]
    assert list(rule.between(at, at + 86399, Hours(), BERLIN)) == []
    assert list(rule.between(at, at + 86400, Hours(), BERLIN)) == [at + 86400]


def test_the_next_runs_can_be_shown() -> None:
    now = instant(SATURDAY, 17 * 60, BERLIN)
    runs = Rule.parse("every 240 minutes").following(now, 3, WEEK, BERLIN)
    assert [datetime.fromtimestamp(run, BERLIN).isoformat()[:16] for run in runs] == [
        "2026-11-24T10:00",
        "2026-11-24T14:00",
        "2026-12-01T10:00",
    ]
    assert Rule.parse("on 2020-01-01 at 10:00").following(now, 3, WEEK, BERLIN) == []


@pytest.mark.parametrize(
    "rule",
    [
        *("", "sometimes", "every 0 minutes", "every 1441 minutes", "daily at 25:00"),
        *(
            "daily at 12:60",
            "daily at noon",
            "on 2026-02-30 at 10:00",
            "on sat, noon at 10:00",
        ),
    ],
)
def test_rules_that_cannot_be_understood(rule: str) -> None:
    with pytest.raises(RuleError):
        Rule.parse(rule)


def test_hours_are_written_as_they_were_read() -> None:
    written = WEEK.as_settings()
    assert written["tue"] == "10:00-12:00, 14:00-18:00"
    assert written["closed"] == ["2026-11-28"]
    assert Hours.from_settings(written) == WEEK


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"Monday": "10:00-18:00"}, "no day 'Monday'"),
        ({"mon": "ten to six"}, "of Monday cannot be understood"),
        ({"mon": "10:00-18:60"}, "cannot be understood"),
        ({"mon": "18:00-10:00"}, "end before they begin"),
        ({"mon": "10:00-25:00"}, "after 24:00"),
        ({"mon": "10:00-14:00, 13:00-18:00"}, "overlap"),
        ({"closed": ["Christmas"]}, "is not a date"),
        ({"closed": "2026-12-25"}, "must be a list"),
        ({"dates": ["2026-12-24"]}, "must be like"),
        ({"dates": {"Christmas": "10:00-14:00"}}, "is not a date"),
        ({"dates": {"2026-12-24": "14:00-10:00"}}, "of 2026-12-24 end before"),
        ({"quiet": ["sun 11:00-10:00"]}, "quiet hours 'sun 11:00-10:00' end"),
        ({"quiet": ["some day 10:00-11:00"]}, "is not a date"),
    ],
)
def test_hours_that_cannot_be_understood(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(HoursError, match=says) as caught:
        Hours.from_settings(settings)
    assert caught.value.fact.params["field"] == next(iter(settings)), "where it is written"


@pytest.mark.parametrize(
    ("rule", "english", "french"),
    [
        ("every 20 min", "every 20 minutes", "toutes les 20 minutes"),
        ("every hour", "every hour", "chaque heure"),
        ("every 2 h", "every 2 hours", "toutes les 2 heures"),
        ("daily at 9:05", "daily at 09:05", "chaque jour à 09:05"),
        (
            "on sat, sunday at 11:00 and 16:30",
            "on Saturday, Sunday at 11:00, 16:30",
            "le samedi, dimanche à 11:00, 16:30",
        ),
        ("on 2026-12-24 at 15:00", "on 2026-12-24 at 15:00", "le 2026-12-24 à 15:00"),
    ],
)
def test_a_rule_is_told_in_both_languages(rule: str, english: str, french: str) -> None:
    told = Rule.parse(rule).told
    assert (sentence(told), sentence(told, "fr")) == (english, french)


def test_when_it_closes() -> None:
    at = instant(TUESDAY, 11 * 60, BERLIN)
    assert WEEK.closing_after(at, BERLIN) == instant(TUESDAY, 12 * 60, BERLIN)
    assert WEEK.closing_after(instant(TUESDAY, 12 * 60, BERLIN), BERLIN) is None


def test_midnight_does_not_close_a_gallery_that_is_open_around_it() -> None:
    night = Hours.from_settings({"fri": "20:00-24:00", "sat": "0:00-3:00"})
    friday = date(2026, 11, 27)
    closing = night.closing_after(instant(friday, 22 * 60, BERLIN), BERLIN)
    assert closing == instant(SATURDAY, 3 * 60, BERLIN) + 7 * 86400
    always = Hours().closing_after(0.0, BERLIN)
    assert always is not None
    assert always > 6 * 86400


def test_midnight_after_the_clock_change() -> None:
    assert instant(SPRING, 1440, BERLIN) - instant(SPRING, 0, BERLIN) == 23 * 3600
    assert datetime.fromtimestamp(instant(AUTUMN, 1440, BERLIN), UTC).hour == 23


def wall(rule: str, day: date, hours: Hours) -> list[str]:
    """The times of a winter's day at which a rule fires."""
    return [text[:5] for text in shown(rule, day, hours)]


@pytest.mark.parametrize(
    ("rule", "tuesday", "saturday"),
    [
        ("daily at 14:00 and 16:30", ["14:00", "16:30"], ["14:00", "16:30"]),
        ("daily at 10:00, 11:00, and 14:30", ["10:00", "11:00", "14:30"], None),
        ("on saturdays at 11:00", [], ["11:00"]),
        ("on tue and sat at 10:00, 13:00", ["10:00"], ["10:00", "13:00"]),
        ("on 2026-11-21 and 2026-11-24 at 20:00", ["20:00"], ["20:00"]),
        ("every 2 hours", ["10:00", "14:00", "16:00"], ["10:00", "12:00", "14:00", "16:00"]),
        (
            "every hour while open",
            ["10:00", "11:00", "14:00", "15:00", "16:00", "17:00"],
            None,
        ),
    ],
)
def test_rules_as_people_say_them(
    rule: str, tuesday: list[str], saturday: list[str] | None
) -> None:
    assert wall(rule, TUESDAY, WEEK) == tuesday
    if saturday is not None:
        assert wall(rule, SATURDAY, WEEK) == saturday


def test_quiet_times_leave_out_what_falls_into_them() -> None:
    quiet = Hours.from_settings(
        {"tue": "10:00-14:00", "quiet": ["tue 11:00-12:00", "2026-11-21 0:00-24:00"]}
    )
    rule = "every 20 minutes"
    assert wall(rule, TUESDAY, quiet) == [
        *("10:00", "10:20", "10:40"),
        *("12:00", "12:20", "12:40", "13:00", "13:20", "13:40"),
    ]
    at = instant(TUESDAY, 11 * 60 + 30, BERLIN)
    assert quiet.quiet_until(at, BERLIN) == instant(TUESDAY, 12 * 60, BERLIN)
    assert quiet.quiet_until(at - 3600, BERLIN) is None
    assert quiet.quiet_after(at - 3600, BERLIN) == instant(TUESDAY, 11 * 60, BERLIN)
    assert Hours.from_settings(quiet.as_settings()) == quiet


def test_a_date_may_have_hours_of_its_own() -> None:
    hours = Hours.from_settings({"tue": "10:00-14:00", "dates": {"2026-11-24": "9:00-11:00"}})
    assert wall("every 60 minutes", TUESDAY, hours) == ["09:00", "10:00"]
    assert Hours.from_settings(hours.as_settings()) == hours
