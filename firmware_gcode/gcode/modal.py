"""The modes that stay in force from one line to the next."""

from __future__ import annotations

from enum import IntEnum
from typing import Final, NamedTuple


class Motion(IntEnum):
    """Modal group 1: what axis words without a command do."""

    RAPID = 0
    LINE = 1
    ARC_CW = 2
    ARC_CCW = 3
    NONE = 80
    PROBE_TOWARD = 140
    PROBE_TOWARD_NO_ERROR = 141
    PROBE_AWAY = 142
    PROBE_AWAY_NO_ERROR = 143

    @property
    def is_arc(self) -> bool:
        """Whether this is G2 or G3."""
        return self in (Motion.ARC_CW, Motion.ARC_CCW)

    @property
    def is_cutting(self) -> bool:
        """Whether this is G1, G2 or G3: motion at the programmed feed."""
        return self in (Motion.LINE, Motion.ARC_CW, Motion.ARC_CCW)

    @property
    def word(self) -> str:
        """The command as ``$G`` prints it."""
        return f"G38.{self - 138}" if self >= Motion.PROBE_TOWARD else f"G{int(self)}"


class SpindleMode(IntEnum):
    """Modal group 7, by its M number."""

    CW = 3
    CCW = 4
    OFF = 5


PLANES: Final[tuple[tuple[int, int, int], ...]] = ((0, 1, 2), (2, 0, 1), (1, 2, 0))
"""For G17, G18 and G19: first and second axis of the plane and the axis across it."""

COORDINATE_SYSTEMS: Final = 6
"""G54 to G59."""

G28_INDEX: Final = 6
"""Where the position of G28 is stored, behind the coordinate systems."""

G30_INDEX: Final = 7
"""Where the position of G30 is stored."""


class Modal(NamedTuple):
    """The modal state of the parser, as ``$G`` reports it.

    Coordinates 0 to 5 are G54 to G59, planes 0 to 2 G17 to G19; true are G20, G91, G93 and M8.
    """

    motion: Motion = Motion.RAPID
    coordinates: int = 0
    plane: int = 0
    inches: bool = False
    incremental: bool = False
    inverse_time: bool = False
    spindle: SpindleMode = SpindleMode.OFF
    flood: bool = False

    @property
    def words(self) -> str:
        """The state in GRBL's words, such as ``G0 G54 G17 G21 G90 G94 M5 M9``."""
        modes = (54 + self.coordinates, 17 + self.plane, 21 - self.inches)
        more = (90 + self.incremental, 94 - self.inverse_time)
        words = " ".join(f"G{number}" for number in modes + more)
        return f"{self.motion.word} {words} M{int(self.spindle)} M{9 - self.flood}"
