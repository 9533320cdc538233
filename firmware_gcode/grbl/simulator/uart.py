"""The serial line and both buffers of the controller.

Bytes arrive one after the other at the line's speed. Real-time bytes are taken out by the
receive interrupt; all others go into a ring (GRBL's has 128 bytes), and what does not fit is
lost without a word, as is what arrives while writing to the EEPROM keeps the interrupts off.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from typing import Final

from firmware_gcode.grbl.dialects.speech import RING_BYTES

TX_BYTES: Final = 104
"""Bytes that wait to be sent before the program has to wait."""

BYTE_S: Final = 10.0 / 117_647.0
"""Time of one byte: 10 bits at the rate that 16 MHz makes of 115,200 baud."""

REALTIME: Final = frozenset(b"?!~\x18") | frozenset(range(0x80, 0x100))
_NOTABLE: Final = REALTIME | frozenset(b"\n\r")
_FIFO: Final = 2
_ROUNDING_S: Final = 1e-10


class Receiver:
    """From the wire to the ring.

    Attributes:
        on_realtime: Called with each real-time byte.
        ring: Received bytes that the program has not read.
        draining: The program is reading: bytes do not pile up in the ring.
        lost_to_ring: Bytes lost because the ring was full.
        lost_to_uart: Bytes lost because the interrupts were off.
        highest: Highest fill of the ring.
    """

    def __init__(self, size: int = RING_BYTES) -> None:
        self.on_realtime: Callable[[int], None] = lambda _: None
        self._size = size
        self._wire: deque[tuple[float, int, bool]] = deque()
        self._line_free = self._masked_until = 0.0
        self._fifo: list[int] = []
        self.ring: deque[int] = deque()
        self.draining = False
        self.lost_to_ring = self.lost_to_uart = self.highest = 0

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


class Transmitter:
    """What the controller says, byte by byte at the line's speed."""

    def __init__(self) -> None:
        self._pending: deque[tuple[float, bytes]] = deque()
        self._line_free = 0.0

    def send(self, data: bytes, now: float) -> None:
        """Say something from a moment on."""
        self._line_free = max(self._line_free, now) + len(data) * BYTE_S
        self._pending.append((self._line_free, data))

    @property
    def blocked_until(self) -> float:
        """Until when the program must wait because the send buffer is full."""
        return self._line_free - TX_BYTES * BYTE_S

    def next_event(self) -> float:
        """When the next piece will be out; infinity: there is none."""
        return self._pending[0][0] if self._pending else math.inf

    def take(self, now: float) -> bytes:
        """What has been sent by now and was not taken yet."""
        sent = b""
        while self._pending and self._pending[0][0] <= now:
            sent += self._pending.popleft()[1]
        return sent
