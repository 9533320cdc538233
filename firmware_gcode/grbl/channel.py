"""Bytes to the machine: character counting, so that its receive buffer is full and never over.

GRBL answers every line exactly once and in order. A line's bytes, newline included, count as
in the buffer until its answer came; real-time bytes never enter the buffer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from firmware_gcode.grbl.commands import RealTime, line_bytes, writes_eeprom
from firmware_gcode.grbl.protocol import Error, Ok

SMALLEST_BUFFER = 128
"""The receive buffer of GRBL 1.1 on an Uno; used until `$I` has said how large it is."""


@dataclass
class Sent:
    """A line on its way.

    Attributes:
        tag: The sender's own number for it, such as its index in a program.
        alone: Whether nothing else may be sent before the answer.
    """

    text: str
    tag: int | None
    alone: bool
    answer: Ok | Error | None = None

    @property
    def size(self) -> int:
        """Bytes that it takes of the receive buffer."""
        return len(self.text) + 1


class Channel:
    """What was sent and not answered yet, and what is to be written next.

    Args:
        size: Bytes that the machine's receive buffer holds.
        judge: Raises for a line that may not be sent.

    Attributes:
        fullest: The most bytes that were ever in flight.
    """

    def __init__(
        self,
        size: int = SMALLEST_BUFFER,
        *,
        judge: Callable[[str], None] = lambda _line: None,
    ) -> None:
        self._judge = judge
        self.size = size
        self.fullest = 0
        self._waiting: deque[Sent] = deque()
        self._in_flight = 0
        self._out = bytearray()

    @property
    def in_flight(self) -> int:
        """Bytes sent and not yet answered."""
        return self._in_flight

    @property
    def outstanding(self) -> int:
        """Lines sent and not yet answered."""
        return len(self._waiting)

    @property
    def oldest(self) -> Sent | None:
        """The line whose answer comes next."""
        return self._waiting[0] if self._waiting else None

    @property
    def listening(self) -> bool:
        """Whether bytes may be sent: not before a line that goes alone is answered."""
        return not (self._waiting and self._waiting[-1].alone)

    def fits(self, text: str, spare: int = 0) -> bool:
        """Whether the line may be sent now so that `spare` bytes stay free."""
        if not self._waiting:
            return True
        if not self.listening or writes_eeprom(text):
            return False
        return self._in_flight + len(text) + 1 + spare <= self.size

    def send(self, text: str, tag: int | None = None) -> Sent:
        """Send a line that `fits`.

        Raises:
            LineError: GRBL could misread the line; see `commands.line_bytes`.
            TravelError: The line may not be sent; see `travel.Travel`.
            BufferError: The line does not fit now.
        """
        data = line_bytes(text)
        if not self.fits(text):
            raise BufferError(f"The line {text!r} does not fit into the machine's buffer now.")
        self._judge(text)
        sent = Sent(text, tag, alone=writes_eeprom(text))
        self._waiting.append(sent)
        self._in_flight += sent.size
        self.fullest = max(self.fullest, self._in_flight)
        self._out += data
        return sent

    def realtime(self, command: RealTime) -> None:
        """Send a real-time byte, ahead of nothing and counted nowhere."""
        self._out += command.byte

    def raw(self, data: bytes) -> None:
        """Send real-time bytes as `commands.feed_step` makes them."""
        self._out += data

    def answered(self, answer: Ok | Error) -> Sent | None:
        """Take an answer in; gives the line it belongs to, or None if nothing was waiting."""
        if not self._waiting:
            return None
        sent = self._waiting.popleft()
        self._in_flight -= sent.size
        sent.answer = answer
        return sent

    def forget(self) -> None:
        """Forget all that was sent: a reset empties the machine's buffer without answers."""
        self._waiting.clear()
        self._in_flight = 0
        self._out.clear()

    def take(self) -> bytes:
        """The bytes to write now."""
        data = bytes(self._out)
        self._out.clear()
        return data
