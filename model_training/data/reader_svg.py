"""Reads the lines of an SVG file, curves flattened; for data sets such as TU-Berlin's.

The library svgelements does the reading. What could keep it busy for ever is refused before:
declared entities and `use` elements, both of which can multiply.
"""

from __future__ import annotations

import io
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import svgelements
from numpy.typing import NDArray

MAX_BYTES = 2_000_000
PIECE = 1 / 128
"""A curve is cut into lines about this long, as a part of the whole drawing's size."""
MOST_PIECES = 64


def read_svg(path: Path) -> list[NDArray[np.float64]]:
    """The strokes of an SVG file, shape (N, 2) each, y down, in the file's own unit.

    Lines, polylines, polygons, Béziers, arcs and shapes are read, whatever their colour.

    Raises:
        ValueError: It cannot be read, is no SVG, or draws nothing.
    """
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"it cannot be read: {error}") from error
    text = data.decode("utf-8-sig", "replace")
    lowered = text.lower()
    if len(data) > MAX_BYTES or "<svg" not in lowered:
        raise ValueError(f"it is no SVG file of at most {MAX_BYTES // 1_000_000} MB")
    if "<!entity" in lowered or "<use" in lowered:
        raise ValueError("it has entities or copies, which are not read")
    try:
        document = svgelements.SVG.parse(io.StringIO(text), reify=True)
        paths = [
            svgelements.Path(shape)
            for shape in document.elements()
            if isinstance(shape, svgelements.Shape)
        ]
    except Exception as error:  # the library raises whatever happens to go wrong inside it
        raise ValueError(f"something in it cannot be read: {error}") from error
    piece = max((_extent(shape) for shape in paths), default=0.0) * PIECE
    strokes = [stroke for shape in paths for stroke in _strokes(shape, piece)]
    if not strokes:
        raise ValueError("it draws no line")
    return strokes


def _extent(path: svgelements.Path) -> float:
    """The longer side of a path's box."""
    box = path.bbox()
    return 0.0 if box is None else float(max(box[2] - box[0], box[3] - box[1]))


def _strokes(path: svgelements.Path, piece: float) -> list[NDArray[np.float64]]:
    """The continuous parts of a path."""
    strokes: list[list[tuple[float, float]]] = []
    for segment in path:
        if isinstance(segment, svgelements.Move):
            strokes.append([])
        if segment.end is None:
            continue
        straight = isinstance(segment, svgelements.Move | svgelements.Line | svgelements.Close)
        count = 1 if straight else _pieces(segment, piece)
        ends = [segment.point(k / count) for k in range(1, count)] + [segment.end]
        if not strokes:
            strokes.append([])
        strokes[-1] += [(float(p.x), float(p.y)) for p in ends]
    return [np.array(stroke) for stroke in strokes if len(stroke) > 1]


def _pieces(segment: svgelements.PathSegment, piece: float) -> int:
    """Into how many lines a curve is cut, by the length of its control polygon."""
    if isinstance(segment, svgelements.Arc):
        radius = max(float(segment.rx), float(segment.ry))
        length = abs(float(segment.sweep)) * radius
    else:
        names = ("start", "control", "control1", "control2", "end")
        given = [getattr(segment, name, None) for name in names]
        corners = [complex(point.x, point.y) for point in given if point is not None]
        length = sum(abs(b - a) for a, b in pairwise(corners))
    if not math.isfinite(length):
        raise ValueError("it has a number that is not finite")
    return max(1, min(MOST_PIECES, math.ceil(length / max(piece, 1e-9))))
