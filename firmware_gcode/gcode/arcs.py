"""An arc's centre, from its radius or from its offsets (RS274/NGC, NIST IR 6556, 3.5.3)."""

from __future__ import annotations

import math
from typing import Final

from firmware_gcode.gcode.actions import Arc, Point
from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.modal import PLANES, Modal, Motion
from firmware_gcode.gcode.words import float32

MM_PER_INCH: Final = 25.4
_OFF_CIRCLE_MM: Final = (0.005, 0.5)
"""An end may miss the circle by the first, or by a thousandth of the radius up to the second
(GRBL's documentation of error 33)."""


def resolve_arc(  # noqa: PLR0917 - what an arc is made of
    values: dict[str, float],
    modal: Modal,
    start: Point,
    target: Point,
    feed: float,
    speed: float,
) -> Arc:
    """The arc that a line's words make, from `start` to `target` in machine mm.

    Raises:
        GcodeError: The words do not make an arc (errors 32, 33, 34 and 35).
    """
    axes = PLANES[modal.plane]
    first, second, _ = axes
    if "XYZ"[first] not in values and "XYZ"[second] not in values:
        raise GcodeError(ErrorCode.NO_AXIS_WORDS_IN_PLANE)
    lengths = {
        letter: float32(values[letter] * MM_PER_INCH) if modal.inches else values[letter]
        for letter in "IJKR"
        if letter in values
    }
    chord = (float32(target[first] - start[first]), float32(target[second] - start[second]))
    clockwise = modal.motion is Motion.ARC_CW
    if "R" in lengths:
        if start == target:
            raise GcodeError(ErrorCode.INVALID_TARGET)
        offset, radius = _from_radius(chord, lengths["R"], clockwise=clockwise)
    else:
        letters = "IJK"[first], "IJK"[second]
        if lengths.keys().isdisjoint(letters):
            raise GcodeError(ErrorCode.NO_OFFSETS_IN_PLANE)
        x, y = (lengths.get(letter, 0.0) for letter in letters)
        offset, radius = _from_offsets(chord, (x, y))
    inverse = modal.inverse_time
    return Arc(start, target, offset, radius, axes, clockwise, feed, inverse, speed)


def _from_radius(
    chord: tuple[float, float], radius: float, *, clockwise: bool
) -> tuple[tuple[float, float], float]:
    """The centre on the chord's perpendicular; a negative R takes the longer way round."""
    x, y = chord
    height_sqr = 4.0 * radius * radius - x * x - y * y
    if float32(height_sqr) < 0:
        raise GcodeError(ErrorCode.ARC_RADIUS)
    length = math.hypot(x, y)
    # A chord of no length (a helix of whole turns by R) has no perpendicular.
    across = math.sqrt(max(height_sqr, 0.0)) / length if length else 0.0
    side = across if clockwise == (radius > 0) else -across
    return (0.5 * (x + y * side), 0.5 * (y - x * side)), abs(radius)


def _from_offsets(
    chord: tuple[float, float], offset: tuple[float, float]
) -> tuple[tuple[float, float], float]:
    radius = math.hypot(*offset)
    off = abs(math.hypot(chord[0] - offset[0], chord[1] - offset[1]) - radius)
    always, most = _OFF_CIRCLE_MM
    if off > max(always, min(most, 0.001 * radius)):
        raise GcodeError(ErrorCode.INVALID_TARGET)
    return offset, radius
