"""Rules by which drawings are asked for by the clock, as people write them.

``every 20 minutes``, ``every 2 hours`` (while the gallery is open, counted from its opening),
``daily at 14:00 and 16:30`` (on days when it is open at that time),
``on sat, sun at 11:00`` (on these days of the week, if it is open then),
``on 2026-12-24, 2026-12-31 at 15:00`` (on these dates, open or not).
All but the last leave out what falls into quiet times.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from firmware_gcode.facts import CodedError, Fact, chain, fact
from pi_service.studio.calendar.hours import DAYS, WEEKDAYS, Hours, instant

_EVERY = re.compile(
    r"every\s+(?:(\d+)\s+)?(min(?:ute)?|h(?:our)?)s?(?:\s+while\s+open)?", re.IGNORECASE
)
_DAILY = re.compile(r"daily\s+at\s+(.+)", re.IGNORECASE)
_DATES = re.compile(r"on\s+(.+?)\s+at\s+(.+)", re.IGNORECASE)
_AND = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+", re.IGNORECASE)
_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_FULL_NAMES = (
    *("monday", "tuesday", "wednesday", "thursday"),
    *("friday", "saturday", "sunday"),
)


class RuleError(CodedError, ValueError):
    """A rule that cannot be understood."""


@dataclass(frozen=True)
class Rule:
    """When drawings are due.

    Attributes:
        every: Minutes between two drawings while open; 0 for none of these.
        times: Times of the day, in minutes after midnight by the wall clock.
        dates: The dates on which `times` hold; empty: on every day, if open then.
        days: The days of the week on which `times` hold, 0 is Monday; empty: on all.
    """

    every: int = 0
    times: tuple[int, ...] = ()
    dates: tuple[date, ...] = ()
    days: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Rule:
        """Read a rule. Raises RuleError with a sentence that says what can be written."""
        words = text.strip()
        if found := _EVERY.fullmatch(words):
            every = int(found[1] or 1) * (60 if found[2].lower().startswith("h") else 1)
            if not 1 <= every <= 1440:
                raise RuleError("rule-minutes", rule=text)
            return cls(every=every)
        if found := _DAILY.fullmatch(words):
            return cls(times=_times(found[1]))
        if found := _DATES.fullmatch(words):
            days = _days(found[1])
            dates = () if days else _dates(found[1])
            return cls(times=_times(found[2]), dates=dates, days=days)
        raise RuleError("rule-not-understood", rule=text)

    @property
    def told(self) -> Fact:
        """The rule as people are told it."""
        if self.every:
            hours, rest = divmod(self.every, 60)
            if not rest:
                return fact("rule-every-hours", hours=hours)
            return fact("rule-every", minutes=self.every)
        times = ", ".join(f"{time // 60:02d}:{time % 60:02d}" for time in self.times)
        days = [WEEKDAYS[DAYS[day]] for day in self.days]
        days += [fact("text", text=date.isoformat()) for date in self.dates]
        if not days:
            return fact("rule-daily", times=times)
        return fact("rule-on", days=chain("comma", days), times=times)

    def on_day(self, day: date, hours: Hours, zone: ZoneInfo) -> list[float]:
        """The instants of one day at which a drawing is due, seconds since 1970, in order."""
        spans = list(hours.open_between(day, zone))
        if self.every:
            step = self.every * 60
            found = [
                opening + n * step
                for opening, closing in spans
                for n in range(int((closing - opening + step - 1) // step))
            ]
        elif self.dates:
            found = [instant(day, time, zone) for time in self.times if day in self.dates]
        elif self.days and day.weekday() not in self.days:
            found = []
        else:
            dues = [instant(day, time, zone) for time in self.times]
            found = [due for due in dues if any(a <= due < b for a, b in spans)]
        if not self.dates and (quiet := hours.quiet_between(day, zone)):
            found = [due for due in found if not any(a <= due < b for a, b in quiet)]
        return sorted(set(found))

    def between(
        self, after: float, until: float, hours: Hours, zone: ZoneInfo
    ) -> Iterator[float]:
        """The instants after `after`, up to and with `until`, in order."""
        # A day may reach into the next one where the clock changes at midnight.
        day = datetime.fromtimestamp(after, zone).date() - timedelta(days=1)
        last = datetime.fromtimestamp(until, zone).date()
        while day <= last:
            yield from (d for d in self.on_day(day, hours, zone) if after < d <= until)
            day += timedelta(days=1)

    def following(
        self, now: float, count: int, hours: Hours, zone: ZoneInfo, *, days: int = 60
    ) -> list[float]:
        """The next `count` instants after `now`, looking `days` ahead at most.

        Dates are found however far ahead they are.
        """
        if self.dates:
            dues = sorted(
                instant(day, time, zone) for day in self.dates for time in self.times
            )
            return [due for due in dues if due > now][:count]
        found: list[float] = []
        for due in self.between(now, now + days * 86400.0, hours, zone):
            found.append(due)
            if len(found) == count:
                break
        return found


def _times(text: str) -> tuple[int, ...]:
    times = set()
    for part in _AND.split(text):
        found = _TIME.fullmatch(part.strip())
        if not found or int(found[1]) > 23 or int(found[2]) > 59:
            raise RuleError("rule-no-time", text=part.strip())
        times.add(int(found[1]) * 60 + int(found[2]))
    return tuple(sorted(times))


def _days(text: str) -> tuple[int, ...]:
    """Days of the week: sat, saturday or saturdays; none if the first word is no such day."""
    words = [word.strip().lower() for word in _AND.split(text)]
    names = [next((d for d in DAYS if _is_day(word, d)), None) for word in words]
    if names[0] is None:
        return ()
    if None in names:
        wrong = words[names.index(None)]
        raise RuleError("rule-no-weekday", text=str(wrong))
    return tuple(sorted({DAYS.index(name) for name in names if name is not None}))


def _is_day(word: str, day: str) -> bool:
    full = _FULL_NAMES[DAYS.index(day)]
    return word in {day, full, f"{full}s"}


def _dates(text: str) -> tuple[date, ...]:
    try:
        return tuple(sorted({date.fromisoformat(part.strip()) for part in _AND.split(text)}))
    except ValueError as error:
        raise RuleError("rule-no-date", text=text) from error
