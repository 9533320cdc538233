"""What a line of G-code asks the machine to do, in the order in which it is done.

All positions are millimetres in machine coordinates; all feeds millimetres a minute.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from firmware_gcode.gcode.modal import SpindleMode

Point: TypeAlias = tuple[float, float, float]
"""X, Y and Z in millimetres."""


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


@dataclass(frozen=True, slots=True)
class Arc:
    """A circular or helical motion: G2 (`clockwise`) or G3; feed and spindle as in `Move`.

    Attributes:
        offset: From the start to the centre, along the plane's first and second axis.
        radius: In millimetres, positive.
        axes: The plane's first and second axis and the axis across it (0 X, 1 Y, 2 Z).
    """

    start: Point
    target: Point
    offset: tuple[float, float]
    radius: float
    axes: tuple[int, int, int]
    clockwise: bool
    feed: float
    inverse_time: bool = False
    spindle_speed: float = 0.0


@dataclass(frozen=True, slots=True)
class Probe:
    """A motion that ends where the probe closes (or opens): G38.2 to G38.5."""

    start: Point
    target: Point
    feed: float
    away: bool
    no_error: bool
    inverse_time: bool = False


@dataclass(frozen=True, slots=True)
class Dwell:
    """G4: wait until all motion has ended, then this many seconds more."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Spindle:
    """M3, M4, M5 or a new S: wait until all motion has ended, then set the output."""

    mode: SpindleMode
    speed: float


@dataclass(frozen=True, slots=True)
class Coolant:
    """M8 or M9: wait until all motion has ended, then switch."""

    flood: bool


@dataclass(frozen=True, slots=True)
class StoreCoordinates:
    """G10, G28.1 or G30.1: write a position to the EEPROM: 0 to 5 G54 to G59, 6 G28, 7 G30."""

    index: int
    values: Point


@dataclass(frozen=True, slots=True)
class OffsetsChanged:
    """The offset from machine to work coordinates is another one now."""


@dataclass(frozen=True, slots=True)
class Pause:
    """M0: wait until all motion has ended, then hold until cycle start."""


@dataclass(frozen=True, slots=True)
class ProgramEnd:
    """M2 or M30: wait until all motion has ended, then stop spindle and coolant."""


Stop: TypeAlias = Dwell | Spindle | Coolant | Pause | ProgramEnd
Action: TypeAlias = Move | Arc | Probe | StoreCoordinates | OffsetsChanged | Stop
