"""Holds what the reader draws against a picture by resvg, a renderer of its own making."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from firmware_gcode.drawing.svg_in import MM_PER_PX, SvgDrawing, read_svg

resvg_py = pytest.importorskip("resvg_py")

SIDE = 300
"""Pixels of the longer side of both pictures."""
NEAR = 3
"""Pixels that an edge of the one may be from the other: half a thin stroke, and rounding."""

STRAY = 2
"""Pixels that may be farther off: ends of dashes, tips."""


def reference(source: str | Path, zoom: float) -> NDArray[np.bool_]:
    """Where resvg's picture has an edge: thin strokes, and the rims of areas."""
    which = {"svg_path": str(source)} if isinstance(source, Path) else {"svg_string": source}
    data = resvg_py.svg_to_bytes(
        **which,
        zoom=zoom,
        dpi=96.0,
        background="#ffffff",
        skip_system_fonts=True,
        languages=["en"],
    )
    shades = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.int16)
    edge = np.zeros(shades.shape[:2], dtype=np.bool_)
    across = np.abs(np.diff(shades, axis=1)).max(axis=2) > 40
    down = np.abs(np.diff(shades, axis=0)).max(axis=2) > 40
    edge[:, 1:] |= across
    edge[:, :-1] |= across
    edge[1:, :] |= down
    edge[:-1, :] |= down
    return edge


def picture(drawing: SvgDrawing, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """The drawing's lines in a picture of that height and width."""
    assert drawing.width is not None
    scale = shape[1] / drawing.width
    image = Image.new("1", (shape[1], shape[0]))
    pen = ImageDraw.Draw(image)
    for line in drawing.polylines:
        places = [(x, y) for x, y in (line * scale - 0.5).tolist()]
        if len(places) == 1:
            pen.point(places, 1)
        else:
            pen.line(places, 1)
    return np.array(image)


def far(one: NDArray[np.bool_], other: NDArray[np.bool_], near: int = NEAR) -> int:
    """Pixels of the one that have none of the other near."""
    wide = np.pad(other, near)
    for axis in (0, 1):
        wide = np.logical_or.reduce(
            [np.roll(wide, shift, axis) for shift in range(-near, near + 1)]
        )
    return int((one & ~wide[near:-near, near:-near]).sum())


def check(source: str | Path, near: int = NEAR) -> SvgDrawing:
    """Read a file, and have every line be where resvg has one, and the other way round."""
    drawing = read_svg(source)
    assert drawing.width is not None
    assert drawing.height is not None
    wanted = reference(source, SIDE * MM_PER_PX / max(drawing.width, drawing.height))
    drawn = picture(drawing, wanted.shape)
    assert wanted.any(), "the reference is empty"
    missing, extra = far(wanted, drawn, near), far(drawn, wanted, near)
    assert missing + extra <= STRAY, f"{missing} px are missing, {extra} px are too many"
    return drawing


__all__ = ["MM_PER_PX", "check", "far", "picture", "reference"]
