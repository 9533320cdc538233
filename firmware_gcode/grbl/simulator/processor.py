"""The controller's one processor: its time, what keeps its program, and its serial line.

Bytes arrive one after the other at the line's speed. Real-time bytes are taken out by the
receive interrupt; all others go into a ring (GRBL's has 128 bytes), and what does not fit is
lost without a word, as is what arrives while writing to the EEPROM keeps the interrupts off.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Generator
from typing import Final, TypeAlias, TypeVar

from firmware_gcode.grbl.dialects.speech import RING_BYTES, Speech

BYTE_S: Final = 10.0 / 117_647.0
"""Time of one byte: 10 bits at the rate that 16 MHz makes of 115,200 baud."""

REALTIME: Final = frozenset(b"?!~\x18") | frozenset(range(0x80, 0x100))
_NOTABLE: Final = REALTIME | frozenset(b"\n\r")
_FIFO: Final = 2
_ROUNDING_S: Final = 1e-10


class Receiver:
    """From the wire to the ring."""

    def __init__(self, size: int = RING_BYTES) -> None:
        self.on_realtime: Callable[[int], None] = lambda _: None
        self._size = size
        self._wire: deque[tuple[float, int, bool]] = deque()
        self._line_free = self._masked_until = 0.0
        self._fifo: list[int] = []
        self.ring: deque[int] = deque()  # Bytes that the program has not read.
        self.draining = False  # It is reading: they do not pile up.
        self.highest = self.lost_to_ring = 0  # Bytes in the ring at most, lost as it was full,
        self.lost_to_uart = 0  # and lost because the interrupts were off.

    @property
    def free(self) -> int:
        """Bytes that still fit in the ring, as status reports show."""
        return max(self._size - len(self.ring), 0)

    @property
    def backlog(self) -> int:
        """Bytes that were sent and have not arrived yet."""
        return len(self._wire)

    def send(self, data: bytes, now: float) -> None:
        """Put bytes on the wire at a moment; they arrive one by one after it."""
        start = max(now, self._line_free)
        self._line_free = start + len(data) * BYTE_S
        for count, byte in enumerate(data, 1):
            notable = count == len(data) or byte in _NOTABLE
            self._wire.append((start + count * BYTE_S, byte, notable))

    def mask(self, now: float, seconds: float) -> None:
        """Keep the interrupts off for a while from now on."""
        self.deliver(now)
        self._masked_until = now + seconds

    def next_event(self) -> float:
        """When a line end or real-time byte arrives, or the last of a write; else infinity."""
        return next((at for at, _, notable in self._wire if notable), math.inf)

    def deliver(self, now: float) -> bool:
        """Take from the wire what has arrived by now; whether that was anything."""
        before = len(self._wire)
        while self._wire and self._wire[0][0] <= now + _ROUNDING_S:
            at, byte, _ = self._wire.popleft()
            if at >= self._masked_until:
                self._release()
                self._store(byte)
                continue
            if len(self._fifo) > _FIFO:  # The byte in the shift register is overwritten.
                self._fifo.pop()
                self.lost_to_uart += 1
            self._fifo.append(byte)
        if now >= self._masked_until:
            self._release()
        return len(self._wire) != before

    def _release(self) -> None:
        fifo, self._fifo = self._fifo, []
        for byte in fifo:
            self._store(byte)

    def _store(self, byte: int) -> None:
        if byte in REALTIME:
            self.on_realtime(byte)
        elif self.draining or len(self.ring) < self._size:
            self.ring.append(byte)
            if not self.draining:
                self.highest = max(self.highest, len(self.ring))
        else:
            self.lost_to_ring += 1


_T = TypeVar("_T")
Work: TypeAlias = Generator[float, None, _T]
"""A part of the program: it yields until when it waits (the time of the machine, seconds), and
is resumed then or, unless it is deaf, at the next event."""

FOREVER: Final = float("inf")
_UNSENT_BYTES: Final = 104
"""So many may wait to be sent before the program has to wait."""


class Restart(Exception):  # noqa: N818 - no error: what a reset does to the program
    """A reset has come: the program drops what it does, and begins anew."""


class Processor:
    """Time, computing, delays, and the line to the host."""

    def __init__(self, now: float, speech: Speech) -> None:
        self.now = now  # The machine's time, seconds.
        self.deaf = False  # The program waits without check points: events do not resume it.
        self.frozen_until = 0.0  # An interrupt's pause after a stop keeps the program.
        self._free = self._line_free = 0.0
        self._said: deque[tuple[float, bytes]] = deque()
        self._speech = speech

    def busy(self, seconds: float) -> Work[None]:
        """Delay: nothing is noticed meanwhile."""
        until = self.now + seconds
        while self.now < until:
            self.deaf = True
            yield until
            self.deaf = False

    def compute(self, seconds: float) -> None:
        """Note computing time that the next `pay` waits for, unless it has passed by then."""
        self._free = max(self._free, self.now) + seconds

    def pay(self, seconds: float = 0.0) -> Work[None]:
        """Spend computing time, and wait while the send buffer is full."""
        self.compute(seconds)
        until = max(self._free, self._line_free - _UNSENT_BYTES * BYTE_S)
        if until > self.now:
            yield from self.busy(until - self.now)

    def freeze(self, seconds: float) -> None:
        """Keep the program in an interrupt for a while from now on."""
        if seconds:
            self.frozen_until = max(self.frozen_until, self.now + seconds)

    def say(self, *lines: str) -> None:
        """Send lines to the host, byte by byte at the line's speed."""
        for line in lines:
            data = line.encode("latin-1") + b"\r\n"
            self._line_free = max(self._line_free, self.now) + len(data) * BYTE_S
            self._said.append((self._line_free, data))

    def message(self, text: str) -> None:
        """Send a feedback message."""
        self.say(self._speech.message.format(text=text))

    def next_said(self) -> float:
        """When the next line will be out; infinity: there is none."""
        return self._said[0][0] if self._said else FOREVER

    def take(self) -> bytes:
        """What has been sent by now and was not taken yet."""
        sent = b""
        while self.next_said() <= self.now:
            sent += self._said.popleft()[1]
        return sent
