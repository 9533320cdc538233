"""How the pen is lifted: by the Z axis or by a servo on the spindle output."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, TypeAlias


@dataclass(frozen=True)
class ZPen:
    """A pen on the Z axis. Heights are work coordinates: 0 is the paper, up is positive.

    Attributes:
        width: Line width in mm.
        up: Height while travelling, mm.
        down: Height while drawing, mm (0, or a little below for a springy holder).
        up_feed: Speed of lifting, mm/min; GRBL's rapid where it reaches `$112`.
        down_feed: Speed of lowering down to the landing height, mm/min.
        landing: Height above `down` from which the pen is lowered gently, mm; 0 for none.
        landing_feed: Speed of that last part, mm/min.
        settle_up: Pause after lifting, seconds.
        settle_down: Pause after landing, seconds.
        paper_z: The paper's height in machine coordinates, mm (negative); homed machines only.
    """

    kind: ClassVar[str] = "z"
    width: float
    up: float
    down: float
    up_feed: float
    down_feed: float
    landing: float
    landing_feed: float
    settle_up: float
    settle_down: float
    paper_z: float | None = None

    def brakes_in_time(self, acceleration: float) -> bool:
        """Whether a pen lowered in one move is slow enough within the landing height anyway.

        GRBL brakes to rest at the end of the move: at the landing height the pen then has at
        most the speed sqrt(2 a h). If that is no more than the landing feed (or the whole way
        down is no faster), a move of its own would change nothing.

        Args:
            acceleration: Of the Z axis (`$122`), mm/s^2.
        """
        braking = 60.0 * math.sqrt(2.0 * acceleration * self.landing)
        return min(braking, self.down_feed) <= self.landing_feed + 1e-6


@dataclass(frozen=True)
class ServoPen:
    """A pen on a servo, moved by `M3 S…`.

    Attributes:
        width: Line width in mm.
        up: S value with the pen lifted.
        down: S value while drawing.
        landing_steps: In how many equal steps the pen is lowered, at least 1.
        settle_up: Seconds until the pen is really up.
        settle_down: Seconds until the pen is really down, all steps together.
        build: A word that GRBL's answer to `$I` must contain, so that a build which does not
            drive servos is noticed; "" asks for none.
    """

    kind: ClassVar[str] = "servo"
    width: float
    up: float
    down: float
    landing_steps: int
    settle_up: float
    settle_down: float
    build: str = ""


Pen: TypeAlias = ZPen | ServoPen
