"""The controller's one processor: its time, what keeps its program, and what it says."""

from __future__ import annotations

from collections.abc import Generator
from typing import Final, TypeAlias, TypeVar

from firmware_gcode.grbl.dialects.speech import Speech
from firmware_gcode.grbl.simulator.uart import Transmitter

_T = TypeVar("_T")
Work: TypeAlias = Generator[float, None, _T]
"""A part of the program: it yields until when it waits (the time of the machine, seconds), and
is resumed then or, unless it is deaf, at the next event."""

FOREVER: Final = float("inf")


class Restart(Exception):  # noqa: N818 - no error: what a reset does to the program
    """A reset has come: the program drops what it does, and begins anew."""


class Processor:
    """Time, computing, delays, and the line to the host.

    Attributes:
        now: The machine's time, seconds.
        deaf: The program waits without check points: events do not resume it.
        frozen_until: Until when an interrupt's pause after a stop keeps the program.
    """

    def __init__(self, now: float, transmitter: Transmitter, speech: Speech) -> None:
        self.now = now
        self.deaf = False
        self.frozen_until = 0.0
        self._free = 0.0
        self._transmitter = transmitter
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
        until = max(self._free, self._transmitter.blocked_until)
        if until > self.now:
            yield from self.busy(until - self.now)

    def freeze(self, seconds: float) -> None:
        """Keep the program in an interrupt for a while from now on."""
        if seconds:
            self.frozen_until = max(self.frozen_until, self.now + seconds)

    def say(self, *lines: str) -> None:
        """Send lines to the host."""
        for line in lines:
            self._transmitter.send(line.encode("latin-1") + b"\r\n", self.now)

    def message(self, text: str) -> None:
        """Send a feedback message."""
        self.say(self._speech.message.format(text=text))
