"""What a line of G-code asks the machine to do, and the modes that it leaves in force.

All positions are millimetres in machine coordinates; all feeds millimetres a minute.
"""

from __future__ import annotations

from enum import Enum, IntEnum
from typing import Final, NamedTuple, TypeAlias

Point: TypeAlias = tuple[float, float, float]
"""X, Y and Z in millimetres."""

ORIGIN: Final[Point] = (0.0, 0.0, 0.0)

# The modes.


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

PLACES: Final = ("G54", "G55", "G56", "G57", "G58", "G59", "G28", "G30")
"""What has a position in the EEPROM, in the order in which positions are counted."""


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


# What is asked for: the actions of a line come in the order in which they are done.


class Move(NamedTuple):
    """A straight motion: G0 (`rapid`), G1, a leg of G28 or G30, or a jog.

    With `inverse_time` (G93) it lasts 1/feed minutes; overrides do not apply to a jog.
    """

    target: Point
    feed: float
    rapid: bool = False
    inverse_time: bool = False
    spindle_speed: float = 0.0
    jog: bool = False


class Arc(NamedTuple):
    """A circular or helical motion: G2 (`clockwise`) or G3; feed and spindle as in `Move`."""

    start: Point
    target: Point
    offset: tuple[float, float]  # From the start to the centre, along the first two of
    axes: tuple[int, int, int]  # the plane's axes and the one across it (0 X, 1 Y, 2 Z).
    clockwise: bool
    feed: float
    inverse_time: bool = False
    spindle_speed: float = 0.0


class Probe(NamedTuple):
    """A motion that ends where the probe closes (or opens): G38.2 to G38.5."""

    start: Point
    target: Point
    feed: float
    away: bool
    no_error: bool
    inverse_time: bool = False


class Dwell(NamedTuple):
    """G4: wait until all motion has ended, then this many seconds more."""

    seconds: float


class Spindle(NamedTuple):
    """M3, M4, M5 or a new S: wait until all motion has ended, then set the output."""

    mode: SpindleMode
    speed: float


class Coolant(NamedTuple):
    """M8 or M9: wait until all motion has ended, then switch."""

    flood: bool


class StoreCoordinates(NamedTuple):
    """G10, G28.1 or G30.1: write a position to the EEPROM, by its number in `PLACES`."""

    number: int
    values: Point


class Signal(Enum):
    """What is done without a value."""

    OFFSETS_CHANGED = "the offset from machine to work coordinates is another one now"
    PAUSE = "M0: wait until all motion has ended, then hold until cycle start"
    PROGRAM_END = "M2 or M30: wait likewise, then stop spindle and coolant"


Action: TypeAlias = Move | Arc | Probe | Dwell | Spindle | Coolant | StoreCoordinates | Signal
