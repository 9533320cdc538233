"""The box around an element, to which `objectBoundingBox` and `fill-box` are relative."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias
from xml.etree.ElementTree import Element

import numpy as np

from firmware_gcode.drawing.svg_parts.document import SVG
from firmware_gcode.drawing.svg_parts.library import Library
from firmware_gcode.drawing.svg_parts.outline import Outline, flat_runs
from firmware_gcode.drawing.svg_parts.paint import href
from firmware_gcode.drawing.svg_parts.pieces import Piece, State
from firmware_gcode.drawing.svg_parts.shapes import SHAPES, Measure, ShapeError, outline
from firmware_gcode.drawing.svg_parts.style import Properties
from firmware_gcode.drawing.svg_parts.values import IDENTITY, Frame, Points, moved

BOXING: Final = "box"
"""Among the open names while a box is measured: every shape counts, uncut, in any ink."""
Box: TypeAlias = tuple[float, float, float, float]
"""x, y, width and height."""
Collector: TypeAlias = Callable[[list[tuple[Element, State]]], list[Piece]]
"""Finds what elements show."""


def box_of(
    element: Element, frame: Frame, library: Library, collected: Collector
) -> Box | None:
    """The box of an element in its own units, its own transform not applied."""
    tag = element.tag[len(SVG) :]
    found = (
        _shape(tag, library.sheets.own(element), frame)
        if tag in SHAPES
        else _group(
            tag, element, State(library.initial, IDENTITY, (), frame), library, collected
        )
    )
    return box_around(found) if found else None


def box_around(lines: list[Points]) -> Box:
    """The box around points."""
    z = np.concatenate(lines)
    x, y = float(z.real.min()), float(z.imag.min())
    return x, y, float(z.real.max()) - x, float(z.imag.max()) - y


def _shape(tag: str, own: Properties, frame: Frame) -> list[Points]:
    """The points of a shape."""
    try:
        runs, _ = outline(tag, Measure(own, frame, 16.0))
    except ShapeError:
        return []
    return flat_enough(runs)


def _group(
    tag: str, element: Element, state: State, library: Library, collected: Collector
) -> list[Points]:
    """Points around what is in a group, or in what a `use` refers to."""
    state.open = frozenset((BOXING,))
    state.props = library.props_of(element, state.frame)
    children = list(element)
    if tag == "use":
        target = library.named.get(href(element) or "")
        if target is None or library.holds(target, element):
            return []
        children = [target]
    return [
        moved(_corners(np.concatenate(flat_enough(piece.outline))), piece.state.matrix)
        for piece in collected([(child, state) for child in children])
    ]


def flat_enough(runs: Outline) -> list[Points]:
    """Points along an outline, close enough to it for a box."""
    fine = max((float(abs(run.corners()).max()) for run in runs), default=1.0) / 5000.0
    return flat_runs(runs, IDENTITY, fine or 1.0)


def _corners(z: Points) -> Points:
    """The corners of the box around points: what counts is the box that a shape has itself."""
    low, high = (complex(side(z.real), side(z.imag)) for side in (np.min, np.max))
    return np.array([low, complex(low.real, high.imag), high, complex(high.real, low.imag)])
