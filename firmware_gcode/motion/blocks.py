"""Straight motions in motor steps: their lengths, limits along the way, and corner speeds.

Places and directions are arrays with a row an axis and a column a motion; the simulated
machine has one column. Speeds are mm/s.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.motion.settings import Axes, MotionSettings

Array: TypeAlias = NDArray[Any]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]
Some: TypeAlias = Floats | float

_MIN_SPEED: Final = 1.0 / 60.0
"""No motion is slower than 1 mm/min."""
_STRAIGHT: Final = 2e-6**0.5
"""Directions that differ by less make no corner, whatever the deviation."""
_INT32: Final = 2**31


def _column(values: Axes) -> Floats:
    return np.array(values)[:, None]


def to_steps(places: Floats, settings: MotionSettings) -> Ints:
    """Machine millimetres as whole steps: halves away from zero, in single precision.

    What does not fit in 32 bits becomes the most negative number, as on the AVR.
    """
    single = (places * _column(settings.steps_per_mm).astype(np.float32)).astype(np.float32)
    exact = single.astype(np.float64)
    exact = np.trunc(exact + np.copysign(0.5, exact))
    return np.where(np.abs(exact) < _INT32, exact, -_INT32).astype(np.int64)


class Ways(NamedTuple):
    """Straight motions without speeds."""

    events: Ints  # The steps of the axis with the most of them.
    length: Floats
    unit: Floats  # Direction, a row an axis, and the limits along it:
    acceleration: Floats  # mm/s²
    rate: Floats

    @classmethod
    def along(cls, steps: Ints, settings: MotionSettings) -> Ways:
        """Work out what the axes' settings mean for motions of some steps, none of them 0."""
        way = steps / _column(settings.steps_per_mm)
        length = np.sqrt((way * way).sum(axis=0))
        unit = way / length
        share = np.abs(unit)
        acceleration = 1.0 / (share / _column(settings.acceleration)).max(axis=0)
        rate = 1.0 / (share * 60.0 / _column(settings.max_rate)).max(axis=0)
        return cls(np.abs(steps).max(axis=0), length, unit, acceleration, rate)


def speed_asked(
    rapid: Bools | bool, feed: Some, rate: Some, of_feed: float = 1.0, of_rapid: float = 1.0
) -> Floats:
    """What motions aim at: feeds and rapids with their overrides, within the axes' rates."""
    wanted = np.where(rapid, rate * of_rapid, np.minimum(feed * of_feed, rate))
    limited: Floats = np.maximum(wanted, _MIN_SPEED)
    return limited


def corner_sqr(before: Floats, after: Floats, settings: MotionSettings) -> Floats:
    """The highest v² around the corners between some directions; 0 for a reversal.

    Junction deviation (Jeon, 2011): a circle that touches both lines and leaves the corner by
    δ is taken at the centripetal acceleration that the axes allow, v² = a·δ·s/(1-s), where s
    is the sine of half the angle between the lines: half the length of the sum of the
    directions. The centripetal acceleration has the direction of their difference d, and
    1-s is (d/2)²/(1+s), so that nothing is lost where the lines are nearly straight.
    """
    difference = after - before
    sine = 0.5 * np.sqrt(((before + after) ** 2).sum(axis=0))
    bend = np.sqrt((difference**2).sum(axis=0))
    strain = (np.abs(difference) / _column(settings.acceleration)).max(axis=0)
    allowed = 4.0 * settings.junction_deviation * sine * (1.0 + sine)
    straight = bend < _STRAIGHT
    return np.where(straight, np.inf, allowed / np.where(straight, 1.0, bend * strain))
