"""A drawing as a PNG picture."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from firmware_gcode.drawing.geometry import Drawing, DrawingError, Polyline
from firmware_gcode.drawing.layout import flipped
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.drawing.svg import DEFAULT_PEN_MM

MAX_PIXELS = 16_000_000
"""The largest picture, so that a mistyped resolution does not take the machine's memory."""
_FINEST = 4
"""Drawn at most this much larger and averaged down: smooth edges…"""
_MAX_DRAWN = 80_000_000
"""…as long as the large picture has no more pixels than this."""
_INK, _MOVE, _WHITE = (0, 0, 0), (220, 40, 40), (255, 255, 255)


def png(
    drawing: Drawing | Sequence[Polyline],
    paper: Paper,
    *,
    pixels_per_mm: float = 4.0,
    pen_width: float = DEFAULT_PEN_MM,
    moves: Sequence[Polyline] = (),
) -> bytes:
    """Draw strokes black on white, antialiased, round pen.

    Args:
        drawing: The strokes, mm on the paper, y up; a single point becomes a round dot.
        paper: Gives the picture its shape.
        pixels_per_mm: Resolution, above 0.
        pen_width: Line width in mm.
        moves: Pen-up moves to show as thin red lines; none by default.

    Returns:
        The bytes of the PNG file.

    Raises:
        DrawingError: The picture would have no pixel or more than `MAX_PIXELS`.
    """
    strokes = drawing.strokes if isinstance(drawing, Drawing) else drawing
    size = round(paper.width * pixels_per_mm), round(paper.height * pixels_per_mm)
    if min(size) < 1 or size[0] * size[1] > MAX_PIXELS:
        raise DrawingError(
            f"a picture of {size[0]} x {size[1]} pixels cannot be made; "
            f"it must have at least one and at most {MAX_PIXELS:,} pixels"
        )
    finer = max(1, min(_FINEST, math.isqrt(_MAX_DRAWN // (size[0] * size[1]))))
    zoom = pixels_per_mm * finer
    image = Image.new("RGB", (size[0] * finer, size[1] * finer), _WHITE)
    canvas = ImageDraw.Draw(image)
    for points in moves:
        _stroke(canvas, flipped(points, paper.height) * zoom, pen_width * zoom / 3, _MOVE)
    for points in strokes:
        _stroke(canvas, flipped(points, paper.height) * zoom, pen_width * zoom, _INK)
    buffer = io.BytesIO()
    image.resize(size, Image.Resampling.BOX).save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _stroke(
    canvas: ImageDraw.ImageDraw,
    points: Polyline,
    width: float,
    colour: tuple[int, int, int],
) -> None:
    """One stroke in pixels: lines, and a disc at each point for round joints and ends."""
    pairs = [(float(x), float(y)) for x, y in np.asarray(points)]
    thick = max(1, round(width))
    if len(pairs) > 1:
        canvas.line(pairs, fill=colour, width=thick)
    radius = (thick - 1) / 2  # Pillow's discs and lines include their last pixel
    for x, y in pairs:
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
