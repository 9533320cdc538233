"""A drawing as a PNG picture.

The format is W3C's Portable Network Graphics, https://www.w3.org/TR/png-3/; what is needed of
it is a few lines, and saves the plotter's computer a library for photographs.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.coverage import coverage
from firmware_gcode.drawing.geometry import Drawing, DrawingError, Polyline
from firmware_gcode.drawing.layout import flipped
from firmware_gcode.drawing.paper import Paper
from firmware_gcode.drawing.svg import DEFAULT_PEN_MM

MAX_PIXELS = 16_000_000
"""The largest picture, so that a mistyped resolution does not take the machine's memory."""
_MOVE = (220, 40, 40)
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB = 0, 2
_MM_PER_METRE = 1000


def png(
    drawing: Drawing | Sequence[Polyline],
    paper: Paper,
    *,
    pixels_per_mm: float = 4.0,
    pen_width: float = DEFAULT_PEN_MM,
    moves: Sequence[Polyline] = (),
) -> bytes:
    """Draw strokes (mm, y up) black on white, antialiased, with a round pen, as a PNG file.

    A single point becomes a round dot; pen-up `moves` are thin red lines.

    Raises:
        DrawingError: The picture would have no pixel or more than `MAX_PIXELS`.
    """
    strokes = drawing.strokes if isinstance(drawing, Drawing) else drawing
    size = round(paper.width * pixels_per_mm), round(paper.height * pixels_per_mm)
    if min(size) < 1 or size[0] * size[1] > MAX_PIXELS:
        pixels = f"{size[0]} x {size[1]}"
        raise DrawingError("picture-pixels", pixels=pixels, most=MAX_PIXELS)
    width = pen_width * pixels_per_mm
    bare = coverage(_in_pixels(strokes, paper, pixels_per_mm), size, width)
    np.subtract(1, bare, out=bare)  # in place: a large picture is most of what is in memory
    if not moves:
        bare *= 255
        return _file(_bytes(bare), pixels_per_mm)
    red = coverage(_in_pixels(moves, paper, pixels_per_mm), size, width / 3)
    channels = [bare * (255 - red * (255 - colour)) for colour in _MOVE]
    return _file(_bytes(np.stack(channels, axis=-1)), pixels_per_mm)


def _in_pixels(
    lines: Sequence[Polyline], paper: Paper, pixels_per_mm: float
) -> list[Polyline]:
    return [flipped(points, paper.height) * pixels_per_mm for points in lines]


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.rint(values, out=values).astype(np.uint8)


def _file(pixels: NDArray[np.uint8], pixels_per_mm: float) -> bytes:
    """A PNG file: shape (height, width) is grey, (height, width, 3) is red, green, blue."""
    height, width = pixels.shape[:2]
    rows = np.zeros((height, 1 + pixels[0].size), dtype=np.uint8)  # each begins: no filter
    rows[:, 1:] = pixels.reshape(height, -1)
    kind = _GREY if pixels.ndim == 2 else _RGB
    a_metre = max(1, round(pixels_per_mm * _MM_PER_METRE))
    return b"".join(
        (
            _SIGNATURE,
            _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0)),
            _chunk(b"pHYs", struct.pack(">IIB", a_metre, a_metre, 1)),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + body))
    return struct.pack(">I", len(body)) + kind + body + check
