"""The centre of an arc, from its radius or its offsets, with GRBL's checks."""

from __future__ import annotations

import math
from typing import Final

from firmware_gcode.gcode.block import Block
from firmware_gcode.gcode.errors import ErrorCode, GcodeError
from firmware_gcode.gcode.modal import PLANES, Motion
from firmware_gcode.gcode.words import float32

MM_PER_INCH: Final = 25.4
_RADIUS_TOLERANCE: Final = 0.005
_RADIUS_TOLERANCE_MAX: Final = 0.5
_RADIUS_TOLERANCE_RELATIVE: Final = 0.001


def resolve_arc(
    block: Block, start: tuple[float, ...], target: tuple[float, ...]
) -> tuple[tuple[float, float], float]:
    """Find an arc's offset from start to centre along its plane's axes, and its radius, in mm.

    Start and target are machine mm; the words used are struck off the block's unused ones.

    Raises:
        GcodeError: The words do not make an arc (errors 26, 32, 33, 34 and 35).
    """
    if not block.has_axes:
        raise GcodeError(ErrorCode.NO_AXIS_WORDS)
    first, second, _ = PLANES[block.modal.plane]
    if block.axis(first) is None and block.axis(second) is None:
        raise GcodeError(ErrorCode.NO_AXIS_WORDS_IN_PLANE)
    chord = (
        float32(target[first] - start[first]),
        float32(target[second] - start[second]),
    )
    if "R" in block.values:
        block.unused.discard("R")
        if start == target:
            raise GcodeError(ErrorCode.INVALID_TARGET)
        return _centre_from_radius(block, chord)
    return _centre_from_offsets(block, chord)


def _length(block: Block, letter: str) -> float:
    value = block.values.get(letter, 0.0)
    return float32(value * MM_PER_INCH) if block.modal.inches else value


def _centre_from_radius(
    block: Block, chord: tuple[float, float]
) -> tuple[tuple[float, float], float]:
    """Put the centre on the chord's perpendicular; a negative R takes the longer way round."""
    x, y = chord
    radius = _length(block, "R")
    height = 4.0 * radius * radius - x * x - y * y
    if float32(height) < 0:
        raise GcodeError(ErrorCode.ARC_RADIUS)
    distance = math.hypot(x, y)
    # A chord of no length has no perpendicular (GRBL divides by zero there).
    ratio = -math.sqrt(max(height, 0.0)) / distance if distance else 0.0
    if block.modal.motion is Motion.ARC_CCW:
        ratio = -ratio
    if radius < 0:
        ratio = -ratio
    return (0.5 * (x - y * ratio), 0.5 * (y + x * ratio)), abs(radius)


def _centre_from_offsets(
    block: Block, chord: tuple[float, float]
) -> tuple[tuple[float, float], float]:
    first, second, _ = PLANES[block.modal.plane]
    if "IJK"[first] not in block.values and "IJK"[second] not in block.values:
        raise GcodeError(ErrorCode.NO_OFFSETS_IN_PLANE)
    block.unused -= {"I", "J", "K"}
    offset = (_length(block, "IJK"[first]), _length(block, "IJK"[second]))
    radius = math.hypot(*offset)
    error = abs(math.hypot(chord[0] - offset[0], chord[1] - offset[1]) - radius)
    too_far = error > _RADIUS_TOLERANCE_MAX or error > _RADIUS_TOLERANCE_RELATIVE * radius
    if error > _RADIUS_TOLERANCE and too_far:
        raise GcodeError(ErrorCode.INVALID_TARGET)
    return offset, radius
