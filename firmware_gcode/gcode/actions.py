"""What a line of G-code asks the machine to do, in the order in which it is done.

All positions are millimetres in machine coordinates; all feeds millimetres a minute.
"""

from __future__ import annotations

from enum import Enum
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


class Arc(NamedTuple):
    """A circular or helical motion: G2 (`clockwise`) or G3; feed and spindle as in `Move`.

    Attributes:
        offset: From the start to the centre, along the plane's first and second axis.
        axes: The plane's first and second axis and the axis across it (0 X, 1 Y, 2 Z).
    """

    start: Point
    target: Point
    offset: tuple[float, float]
    axes: tuple[int, int, int]
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
    """G10, G28.1 or G30.1: write a position to the EEPROM: 0 to 5 G54 to G59, 6 G28, 7 G30."""

    number: int
    values: Point


class Signal(Enum):
    """What is done without a value."""

    OFFSETS_CHANGED = "the offset from machine to work coordinates is another one now"
    PAUSE = "M0: wait until all motion has ended, then hold until cycle start"
    PROGRAM_END = "M2 or M30: wait likewise, then stop spindle and coolant"


Action: TypeAlias = Move | Arc | Probe | Dwell | Spindle | Coolant | StoreCoordinates | Signal
