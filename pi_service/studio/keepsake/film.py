"""A drawing that draws itself, as a short film."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.coverage import coverage
from firmware_gcode.drawing.geometry import Polyline, arc_lengths
from firmware_gcode.drawing.layout import flipped
from pi_service.studio.keepsake.gif import CLEAR, Colour, Frame, film
from pi_service.studio.keepsake.scene import Scene

LONGER_PX = 2048
"""The film's longer side, as the picture's."""
PICTURES = 56
SHOWN, POSTER, END = 7, 60, 260
"""How long each picture, the first and the last are shown, 1/100 s."""
PAPER: Colour = (253, 251, 246)
INKS: dict[str, Colour] = {"machine": (28, 43, 85), "human": (165, 55, 31)}
"""The machine's ink, which writes the caption too, and the visitor's."""
SHADES = 7
"""Of each ink between paper and full."""


def drawing_itself(scene: Scene) -> bytes:
    """The film as a GIF.

    It begins with the whole drawing, which is what stands still where films are not played,
    and then with bare paper.
    """
    scale = LONGER_PX / max(scene.paper.width, scene.paper.height)
    size = round(scene.paper.width * scale), round(scene.paper.height * scale)
    return film(size, _palette(), _frames(scene, scale, size))


def _palette() -> list[Colour]:
    colours = [PAPER]
    for ink in INKS.values():
        for shade in range(1, SHADES + 1):
            mixed = (
                round(p + (i - p) * shade / SHADES) for p, i in zip(PAPER, ink, strict=True)
            )
            red, green, blue = mixed
            colours.append((red, green, blue))
    return colours


def _frames(scene: Scene, scale: float, size: tuple[int, int]) -> Iterator[Frame]:
    lines = [flipped(line, scene.paper.height) * scale for line in scene.strokes]
    width = max(scene.pen_width * scale, 1.6)
    shown = np.zeros((size[1], size[0]), dtype=np.uint8)
    whole = shown.copy()
    for hand, line in zip(scene.hands, lines, strict=True):
        _ink(whole, line, hand, width)
    yield Frame(whole, 0, 0, POSTER)
    yield Frame(shown.copy(), 0, 0, 4 * SHOWN)
    parts = list(_parts(lines, scene.hands))
    for number, part in enumerate(parts, 1):
        before = shown.copy()
        for hand, line in part:
            _ink(shown, line, hand, width)
        yield _change(before, shown, END if number == len(parts) else SHOWN)


def _ink(shown: NDArray[np.uint8], line: Polyline, hand: str, width: float) -> None:
    """Put ink on, and look at no more than where it is; the darker shade counts."""
    corner = np.maximum(np.floor(line.min(axis=0) - width), 0.0).astype(int)
    end = np.ceil(line.max(axis=0) + width).astype(int) + 1
    part = shown[corner[1] : end[1], corner[0] : end[0]]
    size = part.shape[1], part.shape[0]
    shades = np.rint(coverage([line - corner], size, width) * SHADES).astype(np.uint8)
    first = SHADES if hand == "human" else 0
    darker = shades > np.where(part > SHADES, part - SHADES, part)
    np.copyto(part, shades + np.uint8(first), where=darker)


def _change(before: NDArray[np.uint8], after: NDArray[np.uint8], hundredths: int) -> Frame:
    changed = before != after
    rows, columns = np.flatnonzero(changed.any(axis=1)), np.flatnonzero(changed.any(axis=0))
    if len(rows) == 0:
        return Frame(np.full((1, 1), CLEAR, dtype=np.uint8), 0, 0, hundredths)
    top, bottom, left, right = rows[0], rows[-1] + 1, columns[0], columns[-1] + 1
    indices = np.where(changed, after, np.uint8(CLEAR))[top:bottom, left:right]
    return Frame(np.ascontiguousarray(indices), int(left), int(top), hundredths)


def _parts(
    lines: list[Polyline], hands: tuple[str, ...]
) -> Iterator[list[tuple[str, Polyline]]]:
    """The strokes cut into parts of the same length of ink, each a picture's."""
    along = [arc_lengths(line) for line in lines]
    total = sum(float(marks[-1]) for marks in along)
    step = max(total / PICTURES, 1e-9)
    part: list[tuple[str, Polyline]] = []
    left = step
    for hand, line, marks in zip(hands, lines, along, strict=True):
        at, length = 0.0, float(marks[-1])
        while length - at > left:
            part.append((hand, _cut(line, marks, at, at + left)))
            at += left
            yield part
            part, left = [], step
        part.append((hand, _cut(line, marks, at, length)))
        left -= length - at
    if part:
        yield part


def _cut(line: Polyline, marks: NDArray[np.float64], begin: float, end: float) -> Polyline:
    """The part of a line between two lengths along it."""
    if len(line) == 1:
        return line
    inner = line[(marks > begin) & (marks < end)]
    ends = [
        [float(np.interp(at, marks, line[:, axis])) for axis in (0, 1)] for at in (begin, end)
    ]
    return np.vstack([ends[:1], inner, ends[1:]])
