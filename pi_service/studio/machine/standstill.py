"""After a person's Stop nothing begins by itself, until the staff let it go on.

What holds is what this process remembers, at once and whatever the disk does; what is kept is
for the next start. It is kept twice: in the database, and in a small file beside it that is
written in place, which a full disk or a damaged database does not keep from being written.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware_gcode.facts import Fact, fact, sentence
from pi_service.studio.core.database import Database, StoreError
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.events import EventStream

logger = logging.getLogger(__name__)

BUTTON = fact("by-button")
PIN = fact("by-pin")
FLEET = fact("by-fleet")
STAFF = fact("by-staff")
SOMEBODY = fact("by-somebody")
HERE = fact("by-this-computer")
ROOM = 4096
"""Bytes of the file, whatever it says: what is written over needs no new room on the disk."""


def visitor(network: str) -> Fact:
    """A visitor, as who did something."""
    return fact("by-visitor", network=network)


def unnamed(told: Fact) -> Fact:
    """The same without the address of a visitor, as it is kept on the disk."""
    if told.code == "by-visitor":
        return fact("by-a-visitor")
    params = {
        name: unnamed(value) if isinstance(value, Fact) else value
        for name, value in told.params.items()
    }
    return Fact(told.code, params)


def key(name: str) -> Fact:
    """The owner of an API key, as who did something."""
    return fact("by-key", name=name)


def stopped_by(who: Fact) -> Fact:
    """Who stopped, as a sentence."""
    return fact("stopped-by", who=who)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A person's Stop.

    Attributes:
        at: When, seconds since 1970.
        who: Who stopped, as the end of "Stopped by …". The address of a visitor's phone is in
            memory alone: the staff read it while the Stop holds, the disk never has it.
    """

    at: float
    who: Fact

    @property
    def told(self) -> Fact:
        """Who stopped, as a sentence."""
        return stopped_by(self.who)

    def as_dict(self) -> dict[str, Any]:
        """The Stop ready for JSON: ``at``, ``sentence``, ``fact``."""
        return {"at": self.at, "sentence": sentence(self.told), "fact": self.told.as_dict()}


class Standstill:
    """Whether a person has stopped the plotter, from any thread.

    Args:
        clock: Seconds since 1970.

    Attributes:
        stopped: The Stop that still holds, or None.
        gate: Held by whoever looks at it and begins something; never while waiting for a disk.
    """

    def __init__(
        self, database: Database, *, events: EventStream, clock: Callable[[], float]
    ) -> None:
        self._database = database
        self._file = _KeptFile(database.path.with_name("standstill"))
        self._events = events
        self._clock = clock
        self._lock = threading.Lock()
        self.gate = threading.Lock()
        self.stopped: Stopped | None = None

    def start(self) -> None:
        """Take up what was kept; whichever of the two places knows of a Stop is believed."""
        kept = self._file.read()
        with suppress(StoreError), self._database.read() as connection:
            row = connection.execute("SELECT stopped_at, who FROM standstill").fetchone()
            kept = kept if row is None else (row["stopped_at"], row["who"])
        if kept is not None and self.stopped is None:
            self.stopped = Stopped(kept[0], Fact.from_json(kept[1]))

    def begin(self, who: Fact) -> Stopped:
        """Note that somebody stops, in memory alone: it holds from now on."""
        with self.gate:
            self.stopped = stopped = Stopped(self._clock(), who)
        return stopped

    def keep(self) -> Fact | None:
        """Keep it for the next start, and tell everybody; gives why it could not be kept."""
        stopped = self.stopped
        if stopped is None:
            return None
        logger.warning("%s", unnamed(stopped.told))
        self._tell(stopped.told)
        why: list[Fact] = []
        with self._lock:
            row = (stopped.at, unnamed(stopped.who).as_json())
            try:
                self._file.write(row)
            except OSError as error:
                why.append(fact("text", text=error.strerror or str(error)))
            try:
                with self._database.write() as connection:
                    connection.execute(
                        "INSERT OR REPLACE INTO standstill VALUES (1, ?, ?)", row
                    )
            except StoreError as error:
                why.append(error.fact)
        for each in why:
            logger.warning("the Stop could not be kept: %s", each)
        return why[-1] if len(why) == 2 else None

    def check(self, seen: float | None) -> None:
        """Refuse what was asked for before a Stop.

        Args:
            seen: When the last Stop was that the asker knows of, 0 for none; None: any.

        Raises:
            StudioError: Another one holds.
        """
        if seen is not None and self.stopped is not None and self.stopped.at != seen:
            raise StudioError("stopped-meanwhile")

    def end(self, who: Fact, seen: float | None = None) -> None:
        """Let it go on; one that begins meanwhile holds. `seen` as of `check`.

        Raises:
            StudioError: It was stopped meanwhile.
            StoreError: It cannot be kept that it goes on: then the Stop still holds.
        """
        with self._lock:
            self.check(seen)
            ended = self.stopped
            if ended is None:
                return
            with self._database.write() as connection:
                connection.execute("DELETE FROM standstill")
            try:
                self._file.write(None)
            except OSError as error:
                why = error.strerror or str(error)
                raise StoreError(
                    "standstill-stays", path=str(self._file.path), why=why
                ) from error
            with self.gate:
                self.check(ended.at)
                self.stopped = None
        told = fact("let-go-on", who=who)
        logger.info("%s", told)
        self._tell(told)

    def view(self) -> dict[str, Any]:
        """The Stop as in `Studio.snapshot`: ``stopped``."""
        stopped = self.stopped
        return {"stopped": None if stopped is None else stopped.as_dict()}

    def _tell(self, told: Fact) -> None:
        self._events.publish("stopped", {**self.view(), "fact": told.as_dict()})


class _KeptFile:
    """The file beside the database: JSON and blanks, always of the same size."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> tuple[float, str] | None:
        """When and by whom it was stopped, or None; makes the file where there is none."""
        try:
            found = json.loads(self.path.read_bytes() or b"null")
            return None if found is None else (float(found[0]), str(found[1]))
        except FileNotFoundError:
            with suppress(OSError):
                self.write(None)
        except (OSError, ValueError, TypeError, IndexError) as error:
            logger.warning("%s is not read: %s", self.path, error)
        return None

    def write(self, row: tuple[float, str] | None) -> None:
        """Write it, and see it on the disk. Raises OSError."""
        handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.pwrite(handle, json.dumps(row).encode().ljust(ROOM), 0)
            os.fsync(handle)
        finally:
            os.close(handle)
