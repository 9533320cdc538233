"""The percentages by which an operator changes feeds, rapids and spindle while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_STEPS: Final = {
    0x90: ("feed", 0), 0x91: ("feed", 10), 0x92: ("feed", -10), 0x93: ("feed", 1),
    0x94: ("feed", -1), 0x95: ("rapid", 100), 0x96: ("rapid", 50), 0x97: ("rapid", 25),
    0x99: ("spindle", 0), 0x9A: ("spindle", 10), 0x9B: ("spindle", -10),
    0x9C: ("spindle", 1), 0x9D: ("spindle", -1),
}  # fmt: skip
"""Steps in percent of the real-time bytes, by GRBL's "Real-time commands"; 0 is 100 %."""
_LEAST, _MOST = 10, 200


@dataclass(slots=True)
class Due:
    """In how many reports the work offset, and overrides with outputs, are told again."""

    offset: int = 0
    overrides: int = 0


class Overrides:
    """Percentages, and the bytes that ask for others.

    Attributes:
        asked: Bytes that came since the last check point; each counts once.
    """

    def __init__(self, due: Due) -> None:
        self._due = due
        self.asked: set[int] = set()
        self.reset()

    def reset(self) -> None:
        """Everything at 100 %."""
        self.feed = self.rapid = self.spindle = 100
        self._due.overrides = 0
        self.asked.clear()

    def hear(self, byte: int) -> bool:
        """Take a real-time byte, if it is one of these."""
        if byte in _STEPS:
            self.asked.add(byte)
        return byte in _STEPS

    def apply(self) -> tuple[bool, bool]:
        """Do what was asked for; whether motion, and whether the spindle, is to be faster."""
        before = (self.feed, self.rapid), self.spindle
        for byte in sorted(self.asked):
            name, step = _STEPS[byte]
            if name == "rapid" or not step:
                setattr(self, name, step or 100)
            else:
                setattr(self, name, getattr(self, name) + step)
        self.asked.clear()
        self.feed = min(max(self.feed, _LEAST), _MOST)
        self.spindle = min(max(self.spindle, _LEAST), _MOST)
        motion, spindle = before[0] != (self.feed, self.rapid), before[1] != self.spindle
        if motion or spindle:
            self._due.overrides = 0
        return motion, spindle

    def __str__(self) -> str:
        """As in reports."""
        return f"{self.feed},{self.rapid},{self.spindle}"
