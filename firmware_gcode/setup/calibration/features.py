"""The features of the test sheet: plain strokes in mm, each in a rectangle of its own.

Every stroke that is to be measured begins with a lead-in from a known side, longer than any
backlash, so that it does not matter where the pen came from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from firmware_gcode.drawing.caption import caption
from firmware_gcode.drawing.geometry import Polyline, Rectangle

LEAD_MM = 1.3
"""Way on which backlash is taken up before a mark."""
PITCH_MM = 2.6
"""Distance of the teeth of one comb; those of the other are `VERNIER_MM` nearer."""
VERNIER_MM = 0.1
TEETH = 5
"""Teeth on each side of the middle one: backlash is shown up to 0.5 mm either way."""
TOOTH_MM = 4.0
TEXT_MM = 2.2
DASH_MM, GAP_MM = 5.0, 3.0
TICK_GAP_MM = 3.0
LABEL_MM = 19.0
"""Room for a row's number and value."""
CROSS_MM = 4.0


@dataclass(frozen=True)
class Row:
    """One row of a block that tries a value.

    Attributes:
        number: Counted from 1, as written beside it.
        value: What is tried: seconds of settling, mm/min, or when the pen is clear.
        strokes: What is drawn with that value, mm.
    """

    number: int
    value: float
    strokes: tuple[Polyline, ...]


def write(text: str, box: Rectangle, height: float = TEXT_MM) -> list[Polyline]:
    """A line of text in the middle of a box."""
    return list(caption(text, box, height=height).strokes)


def squareness(box: Rectangle) -> list[Polyline]:
    """The largest square in the lower left of a box, with both diagonals."""
    side = min(box.width, box.height)
    x0, y0, x1, y1 = box.x0, box.y0, box.x0 + side, box.y0 + side
    frame = np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1], [x0, y0]])
    return [frame, np.array([[x0, y0], [x1, y1]]), np.array([[x0, y1], [x1, y0]])]


def crosses(area: Rectangle) -> list[Polyline]:
    """A cross in each corner: their distances and diagonals tell scale and squareness.

    Each line of a cross is approached from the left, or from below.
    """
    reach = CROSS_MM / 2
    lines = []
    for x in (area.x0 + reach, area.x1 - reach):
        for y in (area.y0 + reach, area.y1 - reach):
            lines.append(np.array([[x - reach, y], [x + reach, y]]))
            lines.append(np.array([[x, y - reach], [x, y + reach]]))
    return lines


def cross_distances(area: Rectangle) -> tuple[float, float]:
    """How far the crosses of `crosses` are from each other along x and y, mm."""
    return area.width - CROSS_MM, area.height - CROSS_MM


def comb(middle: tuple[float, float], *, upright: bool) -> list[Polyline]:
    """Two combs whose teeth meet end to end, one approached from each side: a vernier.

    Teeth number k (0 in the middle) are in line where the backlash is k tenths of a
    millimetre. The outer comb's teeth are `PITCH_MM` apart, the inner one's `VERNIER_MM` less.

    Args:
        middle: Where the two middle teeth meet, (x, y) in mm.
        upright: Along y (backlash of y) instead of along x.
    """
    strokes = []
    for k in range(-TEETH, TEETH + 1):
        long = TOOTH_MM + (1.5 if k % 5 == 0 else 0.0)
        above = PITCH_MM * k
        strokes.append(np.array([[above - LEAD_MM, long], [above, long], [above, 0.0]]))
    for k in range(TEETH, -TEETH - 1, -1):
        long = TOOTH_MM + (1.5 if k % 5 == 0 else 0.0)
        below = (PITCH_MM - VERNIER_MM) * k
        strokes.append(np.array([[below + LEAD_MM, -long], [below, -long], [below, 0.0]]))
    turned = [stroke[:, ::-1] for stroke in strokes] if upright else strokes
    return [stroke + np.array(middle) for stroke in turned]


def comb_labels(middle: tuple[float, float], *, upright: bool) -> list[Polyline]:
    """The numbers -5, 0 and 5 beside the long teeth, and the axis."""
    strokes = []
    for k in (-5, 0, 5):
        along, across = PITCH_MM * k, TOOTH_MM + 3.6
        x, y = (across + 0.6, along) if upright else (along, across)
        strokes += write(str(k), _around(middle[0] + x, middle[1] + y))
    x, y = (0.0, -PITCH_MM * TEETH - 3.0) if upright else (0.0, -TOOTH_MM - 3.6)
    return strokes + write("y" if upright else "x", _around(middle[0] + x, middle[1] + y))


def _around(x: float, y: float, half: float = 2.4) -> Rectangle:
    return Rectangle(x - half, y - half, x + half, y + half)


def dashes(box: Rectangle) -> list[Polyline]:
    """A row of short strokes from left to right, each lowered and lifted by itself."""
    y = box.centre[1]
    count = int((box.width + GAP_MM) // (DASH_MM + GAP_MM))
    starts = [box.x0 + index * (DASH_MM + GAP_MM) for index in range(count)]
    return [np.array([[x, y], [x + DASH_MM, y]]) for x in starts]


def ticks(box: Rectangle) -> list[Polyline]:
    """A row of upright dashes beside each other, up and down by turns.

    A pen that moves on before it is clear draws a hook at the end of each.
    """
    low, high = box.y0 + 1.0, box.y1 - 1.0
    count = int(box.width // TICK_GAP_MM) + 1
    ends = [(low, high), (high, low)]
    return [
        np.array([[box.x0 + index * TICK_GAP_MM, y] for y in ends[index % 2]])
        for index in range(count)
    ]


def dash_marks(box: Rectangle) -> list[Polyline]:
    """Marks over a block of dashes, where each begins and ends."""
    return [
        np.array([[x, box.y1 - 1.5], [x, box.y1]])
        for dash in dashes(box)
        for x in (float(dash[0, 0]), float(dash[1, 0]))
    ]


def speed_trial(box: Rectangle) -> list[Polyline]:
    """A row that shows what speed spoils: a long line, a zig-zag, a circle, a square."""
    high = box.height * 0.62
    y0, y1 = box.centre[1] - high / 2, box.centre[1] + high / 2
    square = box.x1 - high
    circle = square - 2.0 - high / 2
    zigzag = circle - high / 2 - 2.0
    width = min(24.0, (zigzag - box.x0) * 0.45)
    first = zigzag - width
    xs = np.linspace(first, zigzag, 13)
    ys = np.where(np.arange(13) % 2 == 0, y0, y1)
    turn = np.linspace(0.0, math.tau, 49)
    middle = np.array([circle, box.centre[1]])
    ring = middle + high / 2 * np.column_stack([np.cos(turn), np.sin(turn)])
    return [
        np.array([[box.x0, box.centre[1]], [first - 2.0, box.centre[1]]]),
        np.column_stack([xs, ys]),
        ring,
        np.array([[square, y0], [box.x1, y0], [box.x1, y1], [square, y1], [square, y0]]),
    ]
