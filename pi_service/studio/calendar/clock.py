"""Whether the clock on the wall is right: a computer without a battery starts in the past.

After a boot the clock is trusted once the kernel says that it is kept by a time server, if a
battery-backed clock agrees with it, or if a person says that it is right. Where nobody does,
it is believed after a while, so that a gallery without a network opens at all; but no date is
written on paper by a clock that is only believed.
"""

from __future__ import annotations

import ctypes
import json
import threading
import time
from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import tzlocal

from firmware_gcode.facts import Fact, fact
from pi_service.studio.core.database import Database, StoreError

CLOCK_IS_SET_AFTER = 1_767_225_600.0
"""2026-01-01 in seconds since 1970: an earlier time is certainly wrong."""
CLOCK_NOT_SET = fact("clock-not-set")
AGREE_S = 60.0
"""A battery-backed clock that differs by more from the system's is none that was set."""
TIME_ERROR = 5
"""What adjtimex(2) returns where the clock is not synchronised."""


class ClockSigns:
    """By what the computer shows that its clock is right.

    Args:
        root: The root of its file system; another folder in tests.
        clock: Seconds since 1970.
        kernel: Whether the kernel says that the clock is synchronised.
        uptime: Seconds since the boot.
    """

    def __init__(
        self,
        root: Path = Path("/"),
        *,
        clock: Callable[[], float] = time.time,
        kernel: Callable[[], bool] | None = None,
        uptime: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
    ) -> None:
        self._root = root
        self._clock = clock
        self._kernel = kernel or kernel_synchronised
        self.uptime = uptime

    def kept(self) -> bool:
        """Whether a time server or a battery keeps the clock right."""
        synchronised = self._root / "run/systemd/timesync/synchronized"
        return synchronised.exists() or self._kernel() or self._battery()

    def boot(self) -> str:
        """A name for the time since the computer was switched on."""
        try:
            return (self._root / "proc/sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return ""

    def _battery(self) -> bool:
        """Whether the clock was set from one that runs on, and that still agrees."""
        for rtc in (self._root / "sys/class/rtc").glob("rtc*"):
            try:
                used = (rtc / "hctosys").read_text().strip() == "1"
                shown = float((rtc / "since_epoch").read_text())
            except (OSError, ValueError):
                continue
            if used and abs(shown - self._clock()) <= AGREE_S:
                return True
        return False


def kernel_synchronised() -> bool:
    """What the kernel says; False where a sandbox keeps it from being asked."""
    try:
        answer = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(512))
    except (OSError, AttributeError):
        return False
    return 0 <= int(answer) < TIME_ERROR


class WallClock:
    """The time, and how far it can be relied on.

    Args:
        clock: Seconds since 1970.
        signs: Of the computer; None: the clock is right.
        patience_s: So long after the boot the clock is believed, whatever the signs say.
        say: Told once that it is believed so.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], float],
        *,
        signs: ClockSigns | None = None,
        patience_s: float = 0.0,
        say: Callable[[Fact], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._signs = signs
        self._patience_s = patience_s
        self._say = say
        self._trusted = signs is None
        self._said = False

    @property
    def trusted(self) -> bool:
        """Whether the time is right: a date may be written on paper."""
        if self._clock() < CLOCK_IS_SET_AFTER:
            return False
        signs = self._signs
        if not self._trusted and signs is not None:
            boot = signs.boot()
            self._trusted = signs.kept() or (boot != "" and self._vouched_for() == boot)
        return self._trusted

    def fault(self) -> Fact | None:
        """Why nothing may go by the clock; None if it is trusted, or believed."""
        now = self._clock()
        if now < CLOCK_IS_SET_AFTER:
            return CLOCK_NOT_SET
        if self.trusted or self._signs is None:
            return None
        left = self._patience_s - self._signs.uptime()
        minutes = round(self._patience_s / 60)
        if left > 0:
            return fact("clock-unsure", minutes=minutes)
        if not self._said:
            self._said = True
            self._say(fact("clock-believed", minutes=minutes))
        return None

    def vouch(self) -> None:
        """Note a person's word that the time is right; it holds until the next boot.

        Raises:
            StoreError: If it cannot be kept.
        """
        boot = "" if self._signs is None else self._signs.boot()
        with self._database.write() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO settings (name, value) VALUES ('clock', ?)",
                (json.dumps({"boot": boot}),),
            )
        self._trusted = True

    def _vouched_for(self) -> str | None:
        """The boot for which a person gave their word."""
        try:
            with self._database.read() as connection:
                row = connection.execute(
                    "SELECT value FROM settings WHERE name = 'clock'"
                ).fetchone()
        except StoreError:
            return None
        return None if row is None else str(json.loads(row[0])["boot"])


class LocalZone:
    """The computer's time zone, whenever it changes.

    Args:
        mark: What changes with the zone's files.
        find: Reads the zone from them.
    """

    def __init__(
        self,
        *,
        mark: Callable[[], object] = lambda: zone_files(Path("/etc")),
        find: Callable[[], tzinfo] = tzlocal.reload_localzone,
    ) -> None:
        self._mark = mark
        self._find = find
        self._seen = mark()
        self._zone = cast(ZoneInfo, find())
        self._lock = threading.Lock()

    def now(self) -> ZoneInfo:
        """The zone that holds now; the one before where the files say nothing sensible."""
        with self._lock:
            if (seen := self._mark()) != self._seen:
                self._seen = seen
                try:
                    self._zone = cast(ZoneInfo, self._find())
                    time.tzset()
                except (OSError, LookupError, ValueError):
                    return self._zone
            return self._zone


def zone_files(folder: Path) -> list[Any]:
    """What tells whether the files with the zone are others than before."""
    found: list[Any] = []
    for name in ("localtime", "timezone"):
        path = folder / name
        try:
            status = path.lstat()
            link = str(path.readlink()) if path.is_symlink() else ""
            found.append((status.st_ino, status.st_mtime_ns, link))
        except OSError:
            found.append(None)
    return found
