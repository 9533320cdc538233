"""What a mask lets through, for a pen, which has ink or none: what it shows by more than half.

A mask is drawn on black, shape over shape; its luminance times its opacity is what it lets
through. A shape of opacity a and luminance l makes v into a·l + (1 - a)·v: of that more than
half shows wherever a·l > ½, and at most half wherever a·l + (1 - a) ≤ ½; else it changes
nothing. Gradients do so in bands, across their way or around their focus.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple, TypeAlias
from xml.etree.ElementTree import Element

import numpy as np

from firmware_gcode.drawing.svg_parts.clips import Clip
from firmware_gcode.drawing.svg_parts.document import SVG
from firmware_gcode.drawing.svg_parts.library import Library
from firmware_gcode.drawing.svg_parts.outline import Outline, ellipse, flat_runs, polygon
from firmware_gcode.drawing.svg_parts.paint import Ink, reference
from firmware_gcode.drawing.svg_parts.pieces import Piece
from firmware_gcode.drawing.svg_parts.shapes import Measure, rectangle
from firmware_gcode.drawing.svg_parts.stroking import covered
from firmware_gcode.drawing.svg_parts.style import Properties, share
from firmware_gcode.drawing.svg_parts.transforms import transform_in
from firmware_gcode.drawing.svg_parts.values import (
    IDENTITY,
    Frame,
    Matrix,
    Points,
    inverse,
    moved,
    times,
)

_MOST_PERIODS: Final = 200
_FAR: Final = 1e9
"""A gradient that is so much smaller than its shape is none."""
_WHOLE: Final = 1.0 - 1e-6
"""A focus on a gradient's very circle is a little inside of it."""
_Stop: TypeAlias = tuple[float, float, float]
"""Offset, opacity, luminance."""
_Band: TypeAlias = tuple[float, float, bool]
"""From which offset to which, and whether it is let through."""


class Shine(NamedTuple):
    """A part of a mask as `Clip.add` takes it."""

    outline: Outline
    matrix: Matrix
    even_odd: bool
    within: tuple[Clip, ...]
    adds: bool


def room_of(own: Properties, matrix: Matrix, frame: Frame) -> Clip:
    """What a mask is cut to by its own place and size.

    Args:
        own: The properties of the `mask` element.
        matrix: From the units of its `maskUnits` to the page's.
        frame: Theirs.
    """
    measure = Measure(own, frame, 16.0)
    x, y = (
        measure.get("x", "x", -0.1 * frame.width),
        measure.get("y", "y", -0.1 * frame.height),
    )
    width = measure.get("width", "x", 1.2 * frame.width)
    height = measure.get("height", "y", 1.2 * frame.height)
    room = Clip()
    if width > 0.0 and height > 0.0:
        room.add([rectangle(x, y, width, height)], matrix, even_odd=False)
    return room


def shines(
    piece: Piece, within: tuple[Clip, ...], library: Library, *, alpha: bool
) -> list[Shine] | None:
    """What a shape of a mask does; None where that cannot be said.

    Args:
        piece: The shape.
        within: What it is cut to inside of the mask.
        alpha: Whether only its opacity counts.
    """
    fill, stroke, state = piece.fill, piece.stroke, piece.state
    found: list[Shine] = []
    if fill is not None and fill.plain:
        adds = _lets(fill.alpha * state.opacity, 1.0 if alpha else fill.luminance)
        even_odd = state.props["fill-rule"] == "evenodd"
        if adds is not None:
            found.append(Shine(piece.outline, state.matrix, even_odd, within, adds))
    elif fill is not None:
        bands = _banded(piece, within, library, alpha=alpha)
        if bands is None:
            return None
        found += bands
    if stroke is not None and stroke.plain:
        adds = _lets(stroke.alpha * state.opacity, 1.0 if alpha else stroke.luminance)
        if adds is not None:
            found.append(Shine(covered(piece), state.matrix, False, within, adds))
    return found if stroke is None or stroke.plain else None


def _banded(
    piece: Piece, within: tuple[Clip, ...], library: Library, *, alpha: bool
) -> list[Shine] | None:
    """What a shape that is filled with a gradient does; None for a pattern."""
    gradient = _Gradient.of(piece, library, alpha=alpha)
    if gradient is None:
        return None
    state = piece.state
    shape_alone = Clip(within)
    shape_alone.add(
        piece.outline, state.matrix, even_odd=state.props["fill-rule"] == "evenodd"
    )
    return [
        Shine(outline, times(state.matrix, gradient.matrix), True, (shape_alone,), adds)
        for outline, adds in gradient.bands()
    ]


def _lets(opacity: float, luminance: float) -> bool | None:
    """Whether a shape is let through, or makes a hole; None if it changes nothing."""
    if opacity * luminance > 0.5:
        return True
    return False if opacity * luminance + 1.0 - opacity <= 0.5 else None


@dataclass(frozen=True)
class _Gradient:
    """A gradient as it fills a shape.

    Attributes:
        ends: Of a linear one: where its offset is 0 and 1. Of a radial one: focus and centre.
        radius: Of a radial one; None for a linear one.
        matrix: From its units to the shape's.
        places: Points of the shape, in the gradient's units.
    """

    stops: list[_Stop]
    spread: str
    ends: tuple[complex, complex]
    radius: float | None
    matrix: Matrix
    places: Points

    @classmethod
    def of(cls, piece: Piece, library: Library, *, alpha: bool) -> _Gradient | None:
        """The gradient of a shape's area; None if it is a pattern, or has no size."""
        chain = _chain(piece, library)
        if not chain or chain[0].tag == f"{SVG}pattern":
            return None
        said = library.paints.said(chain)
        frame, matrix = piece.state.frame, IDENTITY
        fine = max(float(abs(run.corners()).max()) for run in piece.outline) / 5000.0
        places = np.concatenate(flat_runs(piece.outline, IDENTITY, fine or 1.0))
        if said.get("gradientUnits") != "userSpaceOnUse":
            frame = Frame(1.0, 1.0, frame.page, frame.root_font)
            x, y = float(places.real.min()), float(places.imag.min())
            wide, high = float(np.ptp(places.real)), float(np.ptp(places.imag))
            matrix = (wide, 0.0, 0.0, high, x, y)
        try:
            turned = transform_in(said, frame, 16.0, attribute="gradientTransform")
            matrix = times(matrix, turned)
        except ValueError:
            return None
        back = inverse(matrix)
        stops = _stops(
            chain,
            library,
            alpha=alpha,
            opacity=piece.state.opacity * share(piece.state.props["fill-opacity"]),
        )
        if back is None or not stops:
            return None
        ends, radius = _geometry(chain[0].tag, said, frame)
        places = moved(places, back)
        size = abs(ends[1] - ends[0]) if radius is None else radius
        if not size > 0.0 or not float(np.abs(places - ends[0]).max()) / size < _FAR:
            return None
        spread = said.get("spreadMethod", "pad")
        return cls(stops, spread, ends, radius, matrix, places)

    def bands(self) -> Iterator[tuple[Outline, bool]]:
        """Bands in the gradient's units, and whether they are let through."""
        begin, end = self.ends
        if self.radius is None:
            way = end - begin
            along = ((self.places - begin) * np.conj(way)).real / abs(way) ** 2
            aside = np.abs(((self.places - begin) * np.conj(way)).imag).max() / abs(way) ** 2
            side = 1j * way * (float(aside) + 1.0)
            for low, high, adds in self._within(float(along.min()), float(along.max())):
                a, b = begin + low * way, begin + high * way
                yield [polygon([a - side, b - side, b + side, a + side])], adds
            return
        shift = end - begin
        far = float(np.abs(self.places - begin).max())
        for low, high, adds in self._within(0.0, far / (self.radius - abs(shift))):
            rings = [
                ellipse(begin + at * shift, at * self.radius, at * self.radius)
                for at in (low, high)
                if at > 0.0
            ]
            yield rings, adds

    def _within(self, low: float, high: float) -> Iterator[_Band]:
        """The bands between two offsets, or a little more."""
        first, last = self.stops[0], self.stops[-1]
        whole = list(_bands(self.stops))
        if self.spread not in ("reflect", "repeat"):
            edges = [(low - 1.0, 0.0, _lets(*first[1:])), (1.0, high + 1.0, _lets(*last[1:]))]
            yield from ((a, b, adds) for a, b, adds in edges if adds is not None and a < b)
            yield from whole
            return
        for period in range(
            math.floor(low), min(math.ceil(high), math.floor(low) + _MOST_PERIODS)
        ):
            turned = self.spread == "reflect" and period % 2 == 1
            for a, b, adds in whole:
                yield (
                    (period + 1 - b, period + 1 - a, adds)
                    if turned
                    else (period + a, period + b, adds)
                )


def _chain(piece: Piece, library: Library) -> list[Element]:
    """The element that paints a shape, and those that it takes the rest from."""
    linked = reference(piece.state.props["fill"])
    return library.paints.servers(linked[0] if linked else "")


def _geometry(
    tag: str, said: Properties, frame: Frame
) -> tuple[tuple[complex, complex], float | None]:
    measure = Measure(said, frame, 16.0)
    if tag == f"{SVG}linearGradient":
        begin = complex(measure.get("x1", "x"), measure.get("y1", "y"))
        return (
            begin,
            complex(measure.get("x2", "x", frame.width), measure.get("y2", "y")),
        ), None
    radius = measure.get("r", "o", frame.share("o") / 2.0)
    centre = complex(
        measure.get("cx", "x", frame.width / 2.0), measure.get("cy", "y", frame.height / 2.0)
    )
    focus = complex(measure.get("fx", "x", centre.real), measure.get("fy", "y", centre.imag))
    off = abs(focus - centre)
    if off > radius * _WHOLE:
        focus = centre + (focus - centre) * (radius * _WHOLE / off)
    return (focus, centre), radius


def _stops(
    chain: list[Element], library: Library, *, alpha: bool, opacity: float
) -> list[_Stop]:
    """The stops of the first of a chain that has any."""
    for element in chain:
        found: list[_Stop] = []
        for stop in element.iter(f"{SVG}stop"):
            own = library.sheets.own(stop)
            ink = Ink.of(own.get("stop-color", "black"), own.get("color", "black"))
            seen = opacity * share(own.get("stop-opacity")) * ink.alpha
            offset = max(share(own.get("offset", "0")), found[-1][0] if found else 0.0)
            found.append((offset, seen, 1.0 if alpha else ink.luminance))
        if found:
            return [(0.0, *found[0][1:]), *found, (1.0, *found[-1][1:])]
    return []


def _bands(stops: list[_Stop]) -> Iterator[_Band]:
    """What is let through and what is a hole between offsets 0 and 1."""
    for (begin, opacity, light), (end, opacity1, light1) in pairwise(stops):
        if end <= begin:
            continue
        fades, turns = opacity1 - opacity, light1 - light
        square, slope = fades * turns, opacity * turns + light * fades
        level = opacity * light - 0.5
        cuts = _roots(square, slope, level)  # where `_lets` changes its mind
        cuts += _roots(square, slope - fades, level + 1.0 - opacity)
        for low, high in pairwise(sorted((0.0, *cuts, 1.0))):
            middle = (low + high) / 2.0
            adds = _lets(opacity + middle * fades, light + middle * turns)
            if adds is not None and low < high:
                yield begin + low * (end - begin), begin + high * (end - begin), adds


def _roots(square: float, slope: float, level: float) -> list[float]:
    """Where square·u² + slope·u + level is zero, u between 0 and 1."""
    if abs(square) < 1e-12:
        found = [-level / slope] if slope else []
    else:
        under = slope * slope - 4.0 * square * level
        root = math.sqrt(max(under, 0.0))
        found = (
            [(-slope + sign * root) / (2.0 * square) for sign in (-1, 1)] if under >= 0 else []
        )
    return [u for u in found if 0.0 < u < 1.0]
