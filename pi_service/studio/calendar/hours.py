"""When the gallery is open, by the clock on its wall."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise, takewhile
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from firmware_gcode.facts import CodedError, Fact, fact

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of the week as they are written in the settings, in `date.weekday` order."""

WEEKDAYS: Mapping[object, Fact] = {
    "mon": fact("day-mon"),
    "tue": fact("day-tue"),
    "wed": fact("day-wed"),
    "thu": fact("day-thu"),
    "fri": fact("day-fri"),
    "sat": fact("day-sat"),
    "sun": fact("day-sun"),
}
"""The days of the week, to be told."""
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")
_EXAMPLES = {"closed": "2026-12-25", "quiet": "13:00-14:00"}
LONGEST_LOOK_DAYS = 60
"""Nobody asks for more than this."""

Span: TypeAlias = tuple[int, int]
"""Opening and closing in minutes after midnight; 1440 is the end of the day."""


class HoursError(CodedError, ValueError):
    """Opening hours that cannot be understood; the fact's ``field`` names the setting."""


@dataclass(frozen=True)
class Quiet:
    """A time in which nothing is drawn although the gallery is open: a talk, a concert.

    Attributes:
        day: The weekday (0 is Monday) or the date; None for every day.
        span: From when until when, minutes after midnight.
    """

    day: int | date | None
    span: Span

    def is_on(self, day: date) -> bool:
        """Whether it holds on a date."""
        return self.day is None or self.day in (day, day.weekday())

    def __str__(self) -> str:
        """The quiet time as people write it."""
        day = DAYS[self.day] if isinstance(self.day, int) else self.day
        return f"{'' if day is None else f'{day} '}{_written(self.span)}"


@dataclass(frozen=True)
class Hours:
    """Opening hours of a week, exceptions of them, and quiet times.

    Attributes:
        week: For each weekday (0 is Monday) its opening spans, ordered, not overlapping.
        dates: Dates with hours of their own, in place of the week's.
    """

    week: tuple[tuple[Span, ...], ...] = (((0, 1440),),) * 7
    closed: frozenset[date] = frozenset()
    dates: tuple[tuple[date, tuple[Span, ...]], ...] = ()
    quiet: tuple[Quiet, ...] = ()

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Hours:
        """Read hours as people write them.

        Args:
            settings: ``{"mon": "10:00-12:00, 14:00-18:00", …, "closed": ["2026-12-25"],
                "dates": {"2026-12-24": "10:00-14:00"},
                "quiet": ["13:00-14:00", "sun 10:00-11:00", "2026-12-24 12:00-13:00"]}``. A
                weekday that is not named is closed.

        Raises:
            HoursError: With a sentence that names what is wrong.
        """
        unknown = settings.keys() - {*DAYS, "closed", "dates", "quiet"}
        if unknown:
            raise HoursError(
                "hours-no-such-day", field=min(unknown), day=min(unknown), days=", ".join(DAYS)
            )
        dates = settings.get("dates", {})
        if not isinstance(dates, Mapping):
            raise HoursError("hours-dates", field="dates")
        return cls(
            tuple(_spans(day, str(settings.get(day, ""))) for day in DAYS),
            frozenset(_date(text, "closed") for text in _list(settings, "closed")),
            tuple(
                sorted((_date(day, "dates"), _spans(day, str(dates[day]))) for day in dates)
            ),
            tuple(_quiet(str(text)) for text in _list(settings, "quiet")),
        )

    def as_settings(self) -> dict[str, Any]:
        """The hours as people write them; the inverse of `from_settings`."""
        written: dict[str, Any] = {
            day: ", ".join(map(_written, spans))
            for day, spans in zip(DAYS, self.week, strict=True)
            if spans
        }
        written["closed"] = sorted(day.isoformat() for day in self.closed)
        if self.dates:
            written["dates"] = {
                day.isoformat(): ", ".join(map(_written, spans)) for day, spans in self.dates
            }
        if self.quiet:
            written["quiet"] = [str(quiet) for quiet in self.quiet]
        return written

    def spans(self, day: date) -> tuple[Span, ...]:
        """When it is open on a day, in minutes after midnight by the wall clock."""
        if day in self.closed:
            return ()
        return next((spans for d, spans in self.dates if d == day), self.week[day.weekday()])

    def open_between(self, day: date, zone: ZoneInfo) -> Iterator[tuple[float, float]]:
        """The opening spans of a day as instants, seconds since 1970."""
        for opening, closing in self.spans(day):
            yield instant(day, opening, zone), instant(day, closing, zone)

    def closing_after(self, now: float, zone: ZoneInfo) -> float | None:
        """When the gallery closes next, seconds since 1970; None if it is closed now.

        Spans that meet at midnight count as one; after a week of them there is no end in sight
        and the end of that week is given.
        """
        day = datetime.fromtimestamp(now, zone).date()
        spans = [
            span
            for offset in range(-1, 8)
            for span in self.open_between(day + timedelta(days=offset), zone)
        ]
        closing = next((end for start, end in spans if start <= now < end), None)
        for start, end in spans:
            if start == closing:
                closing = end
        return closing

    def quiet_between(self, day: date, zone: ZoneInfo) -> list[tuple[float, float]]:
        """The quiet times of a day as instants, seconds since 1970, in order."""
        return sorted(
            (instant(day, quiet.span[0], zone), instant(day, quiet.span[1], zone))
            for quiet in self.quiet
            if quiet.is_on(day)
        )

    def quiet_until(self, now: float, zone: ZoneInfo) -> float | None:
        """When it need not be quiet any more, seconds since 1970; None if it need not now."""
        until = None
        for start, end in self._quiet_around(now, zone):
            if start <= (until or now) < end:
                until = end
        return until

    def quiet_after(self, now: float, zone: ZoneInfo) -> float | None:
        """When it is to be quiet next, seconds since 1970; None if not until tomorrow."""
        return next((a for a, _ in self._quiet_around(now, zone) if a > now), None)

    def open_seconds(self, since: float, until: float, zone: ZoneInfo) -> float:
        """For how long it was open between two instants, seconds; at most over 60 days."""
        since = max(since, until - LONGEST_LOOK_DAYS * 86400.0)
        spans = takewhile(lambda span: span[0] < until, self._open_from(since, zone))
        return sum(max(0.0, min(end, until) - max(start, since)) for start, end in spans)

    def after_open_seconds(self, now: float, seconds: float, zone: ZoneInfo) -> float | None:
        """The instant by which it will have been open for so long; None if not in 60 days."""
        for start, end in self._open_from(now, zone):
            room = max(0.0, end - max(start, now))
            if seconds <= room:
                return max(start, now) + seconds
            seconds -= room
        return None

    def _open_from(self, now: float, zone: ZoneInfo) -> Iterator[tuple[float, float]]:
        day = datetime.fromtimestamp(now, zone).date()
        for offset in range(-1, LONGEST_LOOK_DAYS + 2):
            yield from self.open_between(day + timedelta(days=offset), zone)

    def _quiet_around(self, now: float, zone: ZoneInfo) -> list[tuple[float, float]]:
        if not self.quiet:
            return []
        day = datetime.fromtimestamp(now, zone).date()
        days = (day + timedelta(days=offset) for offset in (-1, 0, 1))
        return [span for each in days for span in self.quiet_between(each, zone)]


def instant(day: date, minutes: int, zone: ZoneInfo) -> float:
    """The instant when the wall clock shows a time, seconds since 1970.

    A time that comes twice, in autumn, is the first of the two. A time that the clock leaves
    out, in spring, is as much later: 02:30 becomes 03:30.

    Args:
        minutes: After midnight; 1440 is the next midnight.
    """
    days, rest = divmod(minutes, 1440)
    wall = datetime.combine(
        day + timedelta(days=days), time(rest // 60, rest % 60), tzinfo=zone
    )
    return wall.timestamp()


def _spans(day: object, text: str) -> tuple[Span, ...]:
    field = str(day) if day in WEEKDAYS else "dates"
    name = WEEKDAYS.get(day, str(day))
    parts = filter(None, (piece.strip() for piece in text.split(",")))
    spans = sorted(
        _span(part, fact("hours-of-day", text=part, day=name), field) for part in parts
    )
    if any(first[1] > second[0] for first, second in pairwise(spans)):
        raise HoursError("hours-overlap", field=field, day=name, text=text)
    return tuple(spans)


def _span(text: str, what: Fact, field: str) -> Span:
    found = _SPAN.fullmatch(text)
    numbers = [int(number) for number in found.groups()] if found else []
    if len(numbers) != 4 or numbers[1] > 59 or numbers[3] > 59:
        raise HoursError("hours-not-understood", field=field, what=what)
    span = (numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3])
    if not span[0] < span[1] <= 1440:
        raise HoursError("hours-end-early", field=field, what=what)
    return span


def _quiet(text: str) -> Quiet:
    day, _, span = text.strip().rpartition(" ")
    found = _span(span, fact("hours-quiet", text=text), "quiet")
    if not day:
        return Quiet(None, found)
    return Quiet(
        DAYS.index(day.lower()) if day.lower() in DAYS else _date(day, "quiet"), found
    )


def _list(settings: Mapping[str, Any], name: str) -> Sequence[object]:
    found = settings.get(name, ())
    if isinstance(found, str) or not isinstance(found, Sequence):
        raise HoursError("hours-list", field=name, name=name, example=_EXAMPLES[name])
    return found


def _date(text: object, field: str) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise HoursError("hours-no-date", field=field, day=str(text)) from error


def _written(span: Span) -> str:
    return f"{_clock(span[0])}-{_clock(span[1])}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
