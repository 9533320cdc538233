"""Reads an SVG file as viewers draw it: what shows, where it shows, cut to what it is cut to.

The tree of the document is walked by our own reader (`svg_parts`); CSS is read by tinycss2 and
cssselect2, XML by expat. Curves stay curves until it is known how large the drawing is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.drawing.svg_parts.document import SvgError, read_text, read_tree
from firmware_gcode.drawing.svg_parts.inker import Area, Inker, Mark
from firmware_gcode.drawing.svg_parts.page import MM_PER_PX, PAGE, entered, page_of
from firmware_gcode.drawing.svg_parts.pieces import State
from firmware_gcode.drawing.svg_parts.values import Frame, Points
from firmware_gcode.drawing.svg_parts.walker import Walker
from firmware_gcode.facts import Fact, fact, listed

__all__ = [
    "MM_PER_PX",
    "Area",
    "Mark",
    "SvgDrawing",
    "SvgError",
    "by_pen",
    "read_svg",
    "read_text",
]

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class SvgDrawing:
    """What an SVG file draws: lines in mm, y down; the page's size in mm if it says.

    Attributes:
        polylines: Shape (N, 2) each, in drawing order; one point is a dot.
        marks: Where each polyline comes from.
        areas: The filled shapes, in drawing order.
        left: What was left out: facts with a `count`.
        otherwise: What is drawn in another way than viewers draw it, likewise.
    """

    polylines: tuple[Polyline, ...]
    width: float | None
    height: float | None
    marks: tuple[Mark, ...] = ()
    areas: tuple[Area, ...] = ()
    left: tuple[Fact, ...] = ()
    otherwise: tuple[Fact, ...] = ()

    @property
    def told(self) -> tuple[Fact, ...]:
        """What a person must know of the reading: sentences that make one line, or none."""
        left = [fact("svg-told-left", what=listed(self.left))] if self.left else []
        other = (
            [fact("svg-told-otherwise", what=listed(self.otherwise))] if self.otherwise else []
        )
        return (*left, *other)


def read_svg(source: Path | str, *, drawn_mm: float | None = 400.0) -> SvgDrawing:
    """Read an SVG file, given by its path or as a text that begins with "<".

    A shape is drawn along its stroke, or around its area if that alone shows. Curves are
    flattened to 0.02 mm at the size at which they are drawn (up to 0.16 mm where there are
    millions of points); points on arcs lie on them.

    Args:
        source: The file.
        drawn_mm: Longer side, mm, at which the drawing will be drawn at most; None: as large
            as it says itself.

    Raises:
        SvgError: Not readable, not SVG, nothing to draw, or more than can be drawn.
    """
    root = read_tree(source)
    try:
        walker = Walker(root)
        page = page_of(walker, root)
        around = State(walker.library.initial, PAGE, (), Frame(*page.size, page.size))
        state = entered(walker, root, page, around)
        for child in root:
            walker.walk(child, state)
        width, height = (
            None if side is None else side * MM_PER_PX for side in (page.width, page.height)
        )
        inker = Inker(walker.notes, (width, height))
        inker.ink(walker.pieces, drawn_mm)
    except (RecursionError, MemoryError) as error:
        raise SvgError("svg-too-involved") from error
    left = walker.notes.left()
    if not inker.drawn.lines:
        raise (
            SvgError("svg-no-line-but", left=listed(left)) if left else SvgError("svg-no-line")
        )
    return SvgDrawing(
        tuple(map(as_rows, inker.drawn.lines)),
        width,
        height,
        tuple(inker.drawn.marks),
        tuple(inker.drawn.areas),
        left,
        walker.notes.otherwise(),
    )


def by_pen(
    strokes: Sequence[T],
    marks: Sequence[Mark],
    passes: Literal["layer", "colour"] | None,
) -> dict[tuple[str, bool], list[T]]:
    """Strokes, or what stands for them, by layer or colour ("" for all), as these come first.

    Of each come those first that are drawn exactly as they are: hatch, under its outlines.
    """
    found: dict[str, dict[bool, list[T]]] = {}
    for stroke, mark in zip(strokes, marks, strict=True):
        name = {"layer": mark.layer, "colour": mark.colour}.get(passes or "", "")
        found.setdefault(name, {True: [], False: []})[mark.exact].append(stroke)
    return {
        (name, exact): lines
        for name, both in found.items()
        for exact, lines in both.items()
        if lines
    }


def as_rows(line: Points) -> Polyline:
    """Points x + iy as an array of shape (N, 2)."""
    return np.ascontiguousarray(line).view(np.float64).reshape(-1, 2)
