"""Asks the studio for drawings by the clock.

The rules are in the studio's table, which is the only truth; what is due is worked out from
them and the wall clock at each look. APScheduler only makes the looks happen, from memory: if
it were late, or the service was down, the next look still finds what was missed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from firmware_gcode.facts import Fact, fact
from pi_service.studio.calendar.hours import Hours
from pi_service.studio.calendar.rules import Rule, RuleError
from pi_service.studio.calendar.schedules import Firing, ScheduleEntry
from pi_service.studio.core.database import StoreError
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import Request

if TYPE_CHECKING:
    from pi_service.studio.studio import Studio

logger = logging.getLogger(__name__)

LOOK_S = 2.0
"""How often the table is looked at."""
LONGEST_GAP_S = 7 * 86400.0
"""Runs that were missed before this are not even counted."""
LONGEST_REST_S = 3600.0
"""However far the next run is, a rule is looked at this often."""


@dataclass(frozen=True, slots=True)
class _Rest:
    """While hours and zone are the same and the clock is between these, a rule is not due."""

    hours: Hours
    zone: ZoneInfo
    since: float
    until: float


class Schedule:
    """Follows the rules.

    Args:
        clock: Seconds since 1970.
        look_s: Seconds between two looks at the table.
    """

    def __init__(
        self,
        studio: Studio,
        *,
        clock: Callable[[], float] = time.time,
        look_s: float = LOOK_S,
    ) -> None:
        self._calendar = studio.calendar
        self._studio = studio
        self._clock = clock
        self._look_s = look_s
        self._rests: dict[ScheduleEntry, _Rest] = {}
        self._scheduler: BackgroundScheduler | None = None
        self.last_turn = time.monotonic()
        """When the rules were last looked at, in monotonic seconds."""

    def start(self) -> None:
        """Look at the rules from now on."""
        self._scheduler = BackgroundScheduler(
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone="UTC",
        )
        self._scheduler.add_job(self._look, "interval", seconds=self._look_s)
        self._scheduler.start()

    def close(self) -> None:
        """Stop looking; harmless when it was never started."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=True)
            self._scheduler = None

    def tick(self) -> list[Firing]:
        """See to every run that is due by the clock; gives what was seen to just now.

        Raises:
            StoreError: If the table cannot be read or written.
        """
        self._calendar.look()
        now, hours = self._clock(), self._calendar.hours
        entries = [entry for entry in self._calendar.entries() if entry.enabled]
        why = self._calendar.clock.fault() if entries else None
        waits = None if why is None else fact("schedule-waits", why=why)
        self._studio.problems.report("schedule", waits)
        if waits is not None:
            return []
        return [firing for entry in entries for firing in self._see_to(entry, now, hours)]

    def _look(self) -> None:
        """A look that never raises: whatever happens, the next one follows."""
        self.last_turn = time.monotonic()
        try:
            self.tick()
        except StoreError as error:
            logger.warning("the schedule waits: %s", error)
        except Exception:
            logger.exception("the schedule goes on after an unexpected error")

    def _see_to(self, entry: ScheduleEntry, now: float, hours: Hours) -> list[Firing]:
        """Ask for the newest run that is due; older ones are counted as missed with it."""
        rest = self._rests.get(entry)
        zone = self._calendar.zone
        same = rest is not None and (rest.hours, rest.zone) == (hours, zone)
        if rest is not None and same and rest.since <= now < rest.until:
            return []
        dues = self._due(entry, now, hours)
        if not dues:
            self._rests[entry] = self._rest(entry, now, hours)
            return []
        due = dues[-1]
        scheduled_for = datetime.fromtimestamp(due, zone).isoformat()
        if self._calendar.fired(entry.id, scheduled_for):
            return []
        if now - due > entry.catch_up_minutes * 60:
            job: int | None = None
            why: Fact | None = fact("run-missed", count=len(dues))
        else:
            job, why = self._ask(entry, scheduled_for)
        firing = Firing(entry.id, scheduled_for, due, now, job, why)
        return [firing] if self._calendar.record(firing) else []

    def _rest(self, entry: ScheduleEntry, now: float, hours: Hours) -> _Rest:
        """Until when a rule need not be looked at, if nobody changes anything."""
        zone = self._calendar.zone
        try:
            following = Rule.parse(entry.rule).following(now, 1, hours, zone, days=1)
        except RuleError:
            following = []
        return _Rest(hours, zone, now, min([*following, now + LONGEST_REST_S]))

    def _due(self, entry: ScheduleEntry, now: float, hours: Hours) -> list[float]:
        try:
            rule = Rule.parse(entry.rule)
        except RuleError as error:
            self._studio.problems.report("schedule", error.fact)
            return []
        last = self._calendar.last_due(entry.id, now)
        since = entry.created_at if last is None else max(last, entry.created_at)
        if since > now:  # kept while the clock was wrong
            since = now - entry.catch_up_minutes * 60
        after = max(since, now - LONGEST_GAP_S)
        return list(rule.between(after, now, hours, self._calendar.zone))

    def _ask(self, entry: ScheduleEntry, scheduled_for: str) -> tuple[int | None, Fact | None]:
        """Ask under a key of its own: asking again after a crash gives the same job."""
        try:
            job = self._studio.jobs.request(
                Request(
                    "schedule",
                    class_name=entry.class_name,
                    request_key=f"schedule {entry.id} {scheduled_for}",
                )
            )
        except StudioError as error:
            return None, error.fact
        return job.id, None
