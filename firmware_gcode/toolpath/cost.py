"""What a pen-up move costs: millimetres, or the seconds that the machine takes for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.motion.settings import MotionSettings


class Cost(Protocol):
    """A price on moves that never rises by going straight."""

    def of(self, moves: NDArray[np.complex128]) -> NDArray[np.float64]:
        """The cost of each move, given as dx + i dy in mm: any shape."""

    def of_one(self, move: complex) -> float:
        """The same of a single move, for the inner loops."""


@dataclass(frozen=True)
class Millimetres:
    """Moves cost their length."""

    def of(self, moves: NDArray[np.complex128]) -> NDArray[np.float64]:
        """Lengths in mm."""
        return np.abs(moves)

    def of_one(self, move: complex) -> float:
        """Length in mm."""
        return abs(move)


@dataclass(frozen=True)
class Seconds:
    """Moves cost the seconds from standstill to standstill, each axis within its limits.

    A move is as fast as its feed and the slowest axis of its direction allow, and gains speed
    as its weakest axis does; that is how GRBL 1.1 limits them (`limit_value_by_axis_maximum`).

    Attributes:
        feed: Highest speed along the move, mm/s; infinite for rapid moves.
        speeds: Highest speed of x and y, mm/s.
        accelerations: Of x and y, mm/s².
    """

    feed: float
    speeds: tuple[float, float]
    accelerations: tuple[float, float]

    @classmethod
    def of_machine(cls, motion: MotionSettings, travel_feed: float, *, rapid: bool) -> Seconds:
        """The cost on a machine.

        Args:
            motion: Its GRBL settings.
            travel_feed: Feed of pen-up moves, mm/min.
            rapid: Whether they go as fast as the axes can (`G0`) whatever the feed.
        """
        x, y, _ = motion.max_rate
        along_x, along_y, _ = motion.acceleration
        feed = math.inf if rapid else travel_feed / 60.0
        return cls(feed, (x / 60.0, y / 60.0), (along_x, along_y))

    def of(self, moves: NDArray[np.complex128]) -> NDArray[np.float64]:
        """Seconds of each move."""
        x, y = np.abs(moves.real), np.abs(moves.imag)
        axes = np.maximum(x / self.speeds[0], y / self.speeds[1])
        cruise = np.maximum(np.abs(moves) / self.feed, axes)
        ramps = np.maximum(x / self.accelerations[0], y / self.accelerations[1])
        short = cruise * cruise < ramps
        with_ramps = cruise + ramps / np.where(cruise > 0.0, cruise, 1.0)
        return np.where(short, 2.0 * np.sqrt(ramps), with_ramps)

    def of_one(self, move: complex) -> float:
        """Seconds of one move."""
        x, y = abs(move.real), abs(move.imag)
        cruise = max(abs(move) / self.feed, x / self.speeds[0], y / self.speeds[1])
        ramps = max(x / self.accelerations[0], y / self.accelerations[1])
        if cruise * cruise <= ramps:
            return 2.0 * math.sqrt(ramps)
        return cruise + ramps / cruise
