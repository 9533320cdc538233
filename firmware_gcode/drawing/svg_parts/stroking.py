"""The area that a stroke covers, as rings that may overlap: masks may be drawn so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from firmware_gcode.drawing.svg_parts.dashes import dashed
from firmware_gcode.drawing.svg_parts.outline import Outline, Run, ellipse, flat_runs, polygon
from firmware_gcode.drawing.svg_parts.pieces import Piece
from firmware_gcode.drawing.svg_parts.style import Properties
from firmware_gcode.drawing.svg_parts.values import IDENTITY, Points, length, number

_FINE = 5000.0
"""Into so many parts of its size a curve is divided at most."""


def covered(piece: Piece) -> Outline:
    """The rings that a shape's stroke covers, all turning the same way, in user units."""
    props, frame = piece.state.props, piece.state.frame
    width = length(props["stroke-width"], frame, float(props["font-size"]), "o")
    half = (1.0 if width is None else width) / 2.0
    fine = max(float(abs(run.corners()).max()) for run in piece.outline) / _FINE
    lines = flat_runs(piece.outline, IDENTITY, fine or 1.0)
    closed = [run.closed for run in piece.outline]
    if piece.dashes is not None:
        round_pen = props["stroke-linecap"] != "butt"
        parts = dashed(lines, piece.dashes, piece.offset, dots=round_pen)
        if parts is not None:
            lines, closed = parts, [False] * len(parts)
    return [
        ring
        for line, is_closed in zip(lines, closed, strict=True)
        for ring in _rings(line, half, props, closed=is_closed)
    ]


def _rings(line: Points, half: float, props: Properties, *, closed: bool) -> Iterator[Run]:
    """The rings of one line: its segments, what joins them, and its ends."""
    places = line[np.append(True, line[1:] != line[:-1])]
    ways = np.diff(places)
    ways = ways / np.abs(ways)
    sides = 1j * ways * half
    cap = props["stroke-linecap"]
    before = np.zeros(len(ways), dtype=np.complex128)
    after = before.copy()
    if not len(ways):
        if cap == "round":
            yield ellipse(complex(places[0]), half, half)
        elif cap == "square":
            yield _turned([places[0] + half * 1j**k * (1 + 1j) for k in range(4)])
        return
    if cap == "square" and not closed:
        before[0], after[-1] = -ways[0] * half, ways[-1] * half
    for a, b, side, x, y in zip(places, places[1:], sides, before, after, strict=False):
        yield _turned([a + x + side, b + y + side, b + y - side, a + x - side])
    joints = list(zip(places[1:], pairwise(sides), strict=False))
    if closed:
        joints.append((places[0], (sides[-1], sides[0])))
    elif cap == "round":
        yield ellipse(complex(places[0]), half, half)
        yield ellipse(complex(places[-1]), half, half)
    limit = number(props["stroke-miterlimit"]) or 4.0
    for place, (coming, going) in joints:
        yield _joint(place, coming, going, props["stroke-linejoin"], limit)


def _joint(place: complex, coming: complex, going: complex, join: str, limit: float) -> Run:
    """What joins two segments whose sides are so far off."""
    if join == "round":
        return ellipse(complex(place), abs(coming), abs(coming))
    if (np.conj(coming) * going).imag > 0.0:
        coming, going = -coming, -going
    middle = coming + going
    # Half the angle between the segments has this sine; its inverse is the miter's length.
    sine = abs(middle) / (2.0 * abs(coming))
    if join == "bevel" or sine * limit < 1.0:
        return _turned([place, place + coming, place + going])
    tip = middle / abs(middle) * abs(coming) / sine
    return _turned([place, place + coming, place + tip, place + going])


def _turned(corners: Sequence[complex]) -> Run:
    """A ring through corners that turns as ellipses do."""
    z = np.array(corners)
    area = float((np.conj(z) * np.roll(z, -1)).imag.sum())
    return polygon([complex(c) for c in (z if area >= 0.0 else z[::-1])])
