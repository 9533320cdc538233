"""Who tries too often has to wait: for passwords, and for drawings."""

from __future__ import annotations

import ipaddress
import math
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from firmware_gcode.facts import CodedError, Fact, fact

T = TypeVar("T")

FREE_TRIES = 5
"""Wrong passwords that cost no waiting, from one address."""
LONGEST_WAIT_S = 900.0
FORGIVEN_AFTER_S = 3600.0
FREE_TRIES_OF_ALL = 20
"""The same for all addresses together. From then on those who have tried twice or more wait a
little for each other; the first tries from an address, and those from where the staff have
been, wait for nobody: whoever tries from a thousand addresses must not lock the staff out."""
FIRST_TRIES = 2
LONGEST_WAIT_OF_ALL_S = 5.0
REMEMBERED = 1000
"""Addresses that are remembered, in each of the two books."""


class TooOftenError(CodedError, RuntimeError):
    """Somebody tries too often."""

    def __init__(self, wait_s: float) -> None:
        super().__init__("tries-too-many", wait=spoken(wait_s))
        self.wait_s = wait_s


def spoken(seconds: float) -> Fact:
    """A time to wait, rounded up to seconds or minutes."""
    if seconds <= 90:
        return fact("seconds", n=max(1, math.ceil(seconds)))
    return fact("minutes", n=math.ceil(seconds / 60))


def network_of(address: str) -> str:
    """What counts as one asker: an IPv4 address, or the /64 in which an IPv6 address is."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


@dataclass(slots=True)
class _Tries:
    failed: int = 0
    last_at: float = -math.inf

    def wait_s(self, now: float, free: int, longest: float) -> float:
        """Seconds to wait: from the first try too many on 1, 2, 4 … since the last one."""
        if self.failed < free:
            return 0.0
        pause = min(longest, 2.0 ** min(self.failed - free, 20))
        return max(0.0, self.last_at + pause - now)

    def note(self, now: float) -> None:
        if now - self.last_at > FORGIVEN_AFTER_S:
            self.failed = 0
        self.failed += 1
        self.last_at = now


class LoginLimiter:
    """Lets everybody mistype, and nobody guess.

    A try counts as wrong from its beginning until it is said to have been right, so that many
    at once are worth no more than one after the other.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._tries: OrderedDict[str, _Tries] = OrderedDict()
        self._of_all = _Tries()

    def begin(self, who: str, *, known: bool = False) -> None:
        """Note that a password is tried.

        Args:
            who: Where; see `network_of`.
            known: Whether the staff have been there.

        Raises:
            TooOftenError: If it has to wait; then nothing was noted.
        """
        with self._lock:
            now = self._clock()
            tries = self._tries.get(who) or _Tries()
            wait = tries.wait_s(now, FREE_TRIES, LONGEST_WAIT_S)
            if not known and tries.failed >= FIRST_TRIES:
                of_all = self._of_all.wait_s(now, FREE_TRIES_OF_ALL, LONGEST_WAIT_OF_ALL_S)
                wait = max(wait, of_all)
            if wait > 0:
                raise TooOftenError(wait)
            tries.note(now)
            self._of_all.note(now)
            _remember(self._tries, who, tries)

    def succeed(self, who: str) -> None:
        """Note that the last try from there was right."""
        with self._lock:
            self._tries.pop(who, None)
            self._of_all.failed = max(0, self._of_all.failed - 1)


class Allowance:
    """So many within a time, for everybody the same.

    Args:
        most: How many one asker has within `within_s`; 0 for none at all.
        clock: Monotonic seconds.
    """

    def __init__(self, most: int, within_s: float, clock: Callable[[], float]) -> None:
        self.most = most
        self.within_s = within_s
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: OrderedDict[str, deque[tuple[float, str | None]]] = OrderedDict()

    def take(self, asker: str, key: str | None = None) -> Callable[[], None]:
        """Take one; the returned function gives it back.

        Args:
            key: What was asked for; the same again costs nothing.

        Raises:
            TooOftenError: If there is none left; it says when there will be one.
        """
        with self._lock:
            now = self._clock()
            taken = self._taken.get(asker) or deque()
            while taken and now - taken[0][0] >= self.within_s:
                taken.popleft()
            if key is not None and any(key == known for _, known in taken):
                return lambda: None
            if len(taken) >= self.most:
                since = now - taken[0][0] if taken else 0.0
                raise TooOftenError(self.within_s - since)
            entry = (now, key)
            taken.append(entry)
            _remember(self._taken, asker, taken)
        return lambda: self._give_back(asker, entry)

    def left(self, asker: str) -> int:
        """How many an asker may still take now."""
        with self._lock:
            now = self._clock()
            taken = self._taken.get(asker, ())
            return self.most - sum(now - at < self.within_s for at, _ in taken)

    def _give_back(self, asker: str, entry: tuple[float, str | None]) -> None:
        with self._lock:
            taken = self._taken.get(asker, deque())
            if entry in taken:
                taken.remove(entry)


def _remember(book: OrderedDict[str, T], who: str, what: T) -> None:
    """Keep it as the newest, and let go of the oldest where there are too many."""
    book[who] = what
    book.move_to_end(who)
    if len(book) > REMEMBERED:
        book.popitem(last=False)
