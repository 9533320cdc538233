"""Reads the lines of an SVG file, curves flattened; for data sets such as TU-Berlin's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.svg_in import read_svg as read_drawing

MAX_BYTES = 2_000_000
"""A sketch by a person's hand is never larger."""
SIZE = 100.0
"""Longer side, mm, for which curves are flattened to 0.02 mm: to a five-thousandth of it."""


def read_svg(path: Path) -> list[NDArray[np.float64]]:
    """The strokes of an SVG file, shape (N, 2) each, y down, mm, as viewers draw them.

    A dot is a stroke of two equal points.

    Raises:
        ValueError: It cannot be read, is no SVG, or draws nothing.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES // 1_000_000} MB")
        lines = read_drawing(path, drawn_mm=SIZE).polylines
    except OSError as error:
        raise ValueError(f"it cannot be read: {error}") from error
    return [line if len(line) > 1 else np.repeat(line, 2, axis=0) for line in lines]
