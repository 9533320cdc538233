"""Who is served next: threads are shared by lanes, and within a lane by address.

Python runs one thread at a time, so more threads that count answer nobody sooner: they only
keep the one that feeds the plotter from its turn. A few serve the page; those that wait for
something (the live stream, ideas of the model) have threads of their own, and some are kept
back for Stop and for the staff. Nobody's requests take more than their share of a lane, and
those who wait are served in turn, one address after the other.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from waitress.task import ThreadedTaskDispatcher

REMEMBERED = 64
"""Keys and sessions of the staff by which their requests are known at the door."""


@dataclass(frozen=True, slots=True)
class Lane:
    """Some threads, and how many of them serve one address at a time."""

    threads: int
    each: int


LANES: Mapping[str, Lane] = {
    "stop": Lane(2, 1),
    "staff": Lane(6, 4),
    "live": Lane(40, 16),  # more than there are streams: who finds no place is told so
    "previews": Lane(2, 2),  # the second one ends the first
    "ideas": Lane(12, 6),  # likewise
    "login": Lane(5, 2),
    "pictures": Lane(2, 1),
    "page": Lane(4, 2),
}
_RULES = (
    ("stop", re.compile(r"POST .*/machine/stop")),
    ("live", re.compile(r"GET .*/events")),
    ("previews", re.compile(r"POST .*/artworks/preview")),
    ("staff", None),
    ("ideas", re.compile(r"POST .*/proposals(/draw)?")),
    ("login", re.compile(r"POST .*/(session|setup)|PUT .*/password")),
    ("pictures", re.compile(r"(GET|HEAD) .*/(jobs|sheets)/\d+\.(png|gif|gcode|webp)")),
    ("page", re.compile(".*", re.DOTALL)),
)
"""The first that fits; None fits the staff."""
_COOKIES = re.compile(r"catplotter_\w+=[\w-]+")


class Trusted:
    """The keys and cookies that came with requests of the staff's, as their digests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def note(self, headers: Mapping[str, str]) -> None:
        """A request with these headers turned out to be the staff's."""
        with self._lock:
            for secret in _secrets(headers):
                self._known[secret] = None
                self._known.move_to_end(secret)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)

    def __contains__(self, headers: Mapping[str, str]) -> bool:
        """Whether a request with these headers is most likely the staff's."""
        shown = _secrets(headers)
        with self._lock:
            return any(secret in self._known for secret in shown)


def _secrets(headers: Mapping[str, str]) -> list[bytes]:
    """The digests of what a request shows: a key, and cookies of ours."""
    shown = _COOKIES.findall(headers.get("COOKIE", ""))[:4]
    if key := headers.get("AUTHORIZATION"):
        shown.append(key)
    return [hashlib.sha256(secret.encode()).digest() for secret in shown]


def lane_of(method: str, path: str, *, staff: bool) -> str:
    """In which lane a request is served."""
    asked = f"{method} {path}"
    return next(
        name for name, rule in _RULES if (staff if rule is None else rule.fullmatch(asked))
    )


@dataclass(slots=True)
class _Line:
    """Those who wait in a lane, by address, and how many of each are served."""

    lane: Lane
    waiting: OrderedDict[str, deque[Any]] = field(default_factory=OrderedDict)
    served: Counter[str] = field(default_factory=Counter)
    running: int = 0

    def next(self) -> str | None:
        """Whose turn it is."""
        if self.running >= self.lane.threads:
            return None
        may = (asker for asker in self.waiting if self.served[asker] < self.lane.each)
        return next(may, None)


class Turn:
    """One request of a connection, as a task for a thread."""

    def __init__(self, threads: Threads, task: Any, lane: str, asker: str) -> None:
        self._threads = threads
        self._task = task
        self.lane = lane
        self.asker = asker

    def service(self) -> None:
        """Answer it."""
        try:
            self._task.service()
        finally:
            self._threads.over(self)

    def cancel(self) -> None:
        """It is not answered any more."""
        self._task.cancel()


class Turns:
    """The queue of `Threads`: gives out what may be served now, and is empty else."""

    def __init__(self, lanes: Mapping[str, Lane] = LANES) -> None:
        self._lines = {name: _Line(lane) for name, lane in lanes.items()}

    def append(self, turn: Turn) -> None:
        """To the end of its address's line."""
        self._lines[turn.lane].waiting.setdefault(turn.asker, deque()).append(turn)

    def __len__(self) -> int:
        """In how many lanes somebody may be served now."""
        return sum(line.next() is not None for line in self._lines.values())

    def popleft(self) -> Turn:
        """The next one. Raises IndexError if there is none."""
        for line in self._lines.values():
            asker = line.next()
            if asker is not None:
                return self._take(line, asker)
        raise IndexError

    def _take(self, line: _Line, asker: str) -> Turn:
        theirs = line.waiting[asker]
        turn: Turn = theirs.popleft()
        line.waiting.move_to_end(asker)
        if not theirs:
            del line.waiting[asker]
        line.served[asker] += 1
        line.running += 1
        return turn

    def over(self, turn: Turn) -> None:
        """A turn has ended."""
        line = self._lines[turn.lane]
        line.running -= 1
        line.served[turn.asker] -= 1
        if not line.served[turn.asker]:
            del line.served[turn.asker]


class Threads(ThreadedTaskDispatcher):  # type: ignore[misc] # waitress has no types
    """waitress's threads, who serve the lanes: so many that no turn waits for one."""

    def __init__(self) -> None:
        super().__init__()
        self.queue = Turns()
        self.set_thread_count(sum(lane.threads for lane in LANES.values()))

    def over(self, turn: Turn) -> None:
        """A turn has ended, and another may begin."""
        with self.lock:
            self.queue.over(turn)
            self.queue_cv.notify()
