"""When the gallery is open, by the clock on its wall."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of the week as they are written in the settings, in `date.weekday` order."""

_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})")

Span: TypeAlias = tuple[int, int]
"""Opening and closing in minutes after midnight; 1440 is the end of the day."""


class HoursError(ValueError):
    """Opening hours that cannot be understood."""


@dataclass(frozen=True)
class Hours:
    """Opening hours of a week, and the days on which the gallery is closed.

    Attributes:
        week: For each weekday (0 is Monday) its opening spans, ordered, not overlapping.
        closed: Days on which it stays closed.
    """

    week: tuple[tuple[Span, ...], ...] = (((0, 1440),),) * 7
    closed: frozenset[date] = frozenset()

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> Hours:
        """Read hours as people write them.

        Args:
            settings: ``{"mon": "10:00-12:00, 14:00-18:00", …, "closed": ["2026-12-25"]}``. A
                weekday that is not named is closed.

        Raises:
            HoursError: With a sentence that names what is wrong.
        """
        unknown = settings.keys() - {*DAYS, "closed"}
        if unknown:
            raise HoursError(
                f"Opening hours have no day {min(unknown)!r}; the days are {', '.join(DAYS)}."
            )
        week = tuple(_spans(day, str(settings.get(day, ""))) for day in DAYS)
        return cls(week, frozenset(_date(text) for text in settings.get("closed", ())))

    def as_settings(self) -> dict[str, Any]:
        """The hours as people write them; the inverse of `from_settings`."""
        written: dict[str, Any] = {
            day: ", ".join(f"{_clock(a)}-{_clock(b)}" for a, b in spans)
            for day, spans in zip(DAYS, self.week, strict=True)
            if spans
        }
        return {**written, "closed": sorted(day.isoformat() for day in self.closed)}

    def spans(self, day: date) -> tuple[Span, ...]:
        """When it is open on a day, in minutes after midnight by the wall clock."""
        return () if day in self.closed else self.week[day.weekday()]

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


def instant(day: date, minutes: int, zone: ZoneInfo) -> float:
    """The instant when the wall clock shows a time, seconds since 1970.

    A time that comes twice, in autumn, is the first of the two. A time that the clock leaves
    out, in spring, is as much later: 02:30 becomes 03:30.

    Args:
        day: The date.
        minutes: After midnight; 1440 is the next midnight.
        zone: The gallery's time zone.
    """
    days, rest = divmod(minutes, 1440)
    wall = datetime.combine(
        day + timedelta(days=days), time(rest // 60, rest % 60), tzinfo=zone
    )
    return wall.timestamp()


def _spans(day: str, text: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        found = _SPAN.fullmatch(part)
        numbers = [int(number) for number in found.groups()] if found else []
        if len(numbers) != 4 or numbers[1] > 59 or numbers[3] > 59:
            raise HoursError(
                f"The opening hours {part!r} of {day} cannot be understood; write 10:00-18:00."
            )
        span = (numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3])
        if not span[0] < span[1] <= 1440:
            raise HoursError(
                f"The opening hours {part!r} of {day} end before they begin, or after 24:00."
            )
        spans.append(span)
    spans.sort()
    if any(first[1] > second[0] for first, second in pairwise(spans)):
        raise HoursError(f"The opening hours of {day} overlap: {text!r}.")
    return tuple(spans)


def _date(text: object) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise HoursError(
            f"The closed day {text!r} is not a date; write it as 2026-12-25."
        ) from error


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
