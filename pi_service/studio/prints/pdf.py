"""Pages of a PDF in millimetres, y up: strokes, text in single strokes, and QR codes.

All of it is lines and areas: nothing depends on a font, and a print shop can enlarge it.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from enum import StrEnum
from itertools import groupby

import numpy as np
import pydyf
import segno

from firmware_gcode.drawing.caption import CaptionError, caption
from firmware_gcode.drawing.geometry import Polyline, Rectangle, bounds

POINT_MM = 25.4 / 72
HAIR_MM = 0.2
"""Width of the lines that text is written with."""
QUIET = 4
"""Modules that stay white around a QR code (ISO/IEC 18004)."""


class Format(StrEnum):
    """A size of paper."""

    A4 = "a4"
    LETTER = "letter"

    @property
    def size(self) -> tuple[float, float]:
        """Width and height, mm."""
        return (210.0, 297.0) if self is Format.A4 else (215.9, 279.4)


class Book:
    """A PDF that is filled page by page."""

    def __init__(self, paper: Format) -> None:
        self.width, self.height = paper.size
        self._pdf = pydyf.PDF()
        self._page: pydyf.Stream | None = None

    def page(self) -> None:
        """Begin the next page."""
        self._end_page()
        self._page = pydyf.Stream(compress=True)
        scale = 1 / POINT_MM
        self._page.set_matrix(scale, 0, 0, scale, 0, 0)
        self._page.set_line_cap(1)
        self._page.set_line_join(1)

    def strokes(self, strokes: Sequence[Polyline], width: float) -> None:
        """Draw lines of so many mm; a single point is a dot."""
        page = self._begun()
        page.set_line_width(round(width, 3))
        for line in strokes:
            points = np.round(line, 2).tolist()
            page.move_to(*points[0])
            for point in points[1:] or points:
                page.line_to(*point)
        page.stroke()

    def text(self, words: str, area: Rectangle, height: float, *, left: bool = False) -> None:
        """Write a line in an area, capitals so many mm high; nothing where it has no room.

        Args:
            left: From the area's left, not in its middle.
        """
        try:
            written = list(caption(words, area, height=height).strokes)
        except CaptionError:
            return
        if left:
            shift = np.array([area.x0 - bounds(written).x0, 0.0])
            written = [line + shift for line in written]
        box = bounds(written)
        self.strokes(written, min(HAIR_MM, 0.1 * box.height))

    def fitted(
        self,
        strokes: Sequence[Polyline],
        area: Rectangle,
        width: float,
        text: Sequence[Polyline] = (),
    ) -> None:
        """Draw lines as large as an area allows, in its middle; `width` before that.

        Args:
            text: What is written beside them; in fine lines, or it could not be read.
        """
        box = bounds([*strokes, *text])
        scale = min(area.width / max(box.width, 1.0), area.height / max(box.height, 1.0))
        for lines, wide in ((strokes, max(width * scale, 0.1)), (text, 0.3 * scale)):
            placed = [(line - box.centre) * scale + area.centre for line in lines]
            self.strokes(placed, min(wide, width))

    def qr(self, text: str, x: float, y: float, side: float) -> None:
        """A QR code with its quiet zone, of so many mm, its lower left corner at `x`, `y`."""
        page = self._begun()
        rows = segno.make(text, error="m", micro=False).matrix
        step = side / (len(rows) + 2 * QUIET)
        for up, row in enumerate(reversed(rows), QUIET):
            at = QUIET
            for dark, run in groupby(row):
                long = len(list(run))
                if dark:
                    place = (x + at * step, y + up * step, long * step, step)
                    page.rectangle(*(round(value, 4) for value in place))
                at += long
        page.fill()

    def finished(self) -> bytes:
        """The file."""
        self._end_page()
        made = io.BytesIO()
        self._pdf.write(made, identifier=False)
        return made.getvalue()

    def _begun(self) -> pydyf.Stream:
        if self._page is None:
            self.page()
        assert self._page is not None  # noqa: S101 - for the type checker
        return self._page

    def _end_page(self) -> None:
        if self._page is None:
            return
        self._pdf.add_object(self._page)
        size = [round(self.width / POINT_MM, 2), round(self.height / POINT_MM, 2)]
        self._pdf.add_page(
            pydyf.Dictionary(
                {
                    "Type": "/Page",
                    "Parent": self._pdf.pages.reference,
                    "MediaBox": pydyf.Array([0, 0, *size]),
                    "Contents": self._page.reference,
                    "Resources": pydyf.Dictionary(),
                }
            )
        )
        self._page = None
