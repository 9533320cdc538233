"""Filled shapes of an SVG drawing: hatched with lines, and hiding what lies under them."""

from __future__ import annotations

import cmath
import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from firmware_gcode.drawing.geometry import MAX_POINTS, DrawingError, Polyline
from firmware_gcode.drawing.svg_in import Area, Mark, SvgDrawing, as_rows
from firmware_gcode.drawing.svg_parts.region import Region, Rings, cut
from firmware_gcode.drawing.svg_parts.values import Points

ANGLE = math.pi / 4
"""Of hatch lines to the x axis."""
_PAPER = "#ffffff"


def hatched(found: SvgDrawing, pitch: float) -> SvgDrawing:
    """The drawing with parallel lines in its filled areas, under the areas' own outlines.

    White areas stay empty.

    Args:
        found: What was read.
        pitch: Distance of the lines, mm of the file.

    Raises:
        DrawingError: More lines than can be drawn.
    """
    lines: list[Polyline] = []
    marks: list[Mark] = []
    areas: list[Area] = []
    at = 0
    for area in found.areas:
        lines += found.polylines[at : area.before]
        marks += found.marks[at : area.before]
        at = area.before
        areas.append(replace(area, before=len(lines)))
        if area.mark.colour == _PAPER:
            continue
        drawn = _hatch(area.rings(), pitch, MAX_POINTS - 2 * len(lines))
        for region in area.within:
            drawn = cut(drawn, region)[0]
        lines += map(as_rows, drawn)
        marks += [replace(area.mark, exact=True)] * len(drawn)
    lines += found.polylines[at:]
    marks += found.marks[at:]
    otherwise = tuple(told for told in found.otherwise if told.code != "svg-area")
    return replace(
        found,
        polylines=tuple(lines),
        marks=tuple(marks),
        areas=tuple(areas),
        otherwise=otherwise,
    )


def _hatch(rings: Rings, pitch: float, most: int) -> list[Points]:
    """Lines inside rings at multiples of the pitch, so that those of neighbours are in line.

    Each line goes in where the winding (or the count of edges crossed) leaves zero.
    """
    turn = cmath.exp(-1j * ANGLE)
    begins, ends = rings.begins * turn, rings.ends * turn
    low = np.ceil(np.minimum(begins.imag, ends.imag) / pitch)
    high = np.ceil(np.maximum(begins.imag, ends.imag) / pitch)  # the upper end does not count
    counts = high - low
    if not counts.sum() < most:
        raise DrawingError("hatch-too-fine", most=MAX_POINTS)
    times = counts.astype(np.intp)
    edge = np.repeat(np.arange(len(times)), times)
    first = np.cumsum(times) - times
    level = low[edge] + (np.arange(len(edge)) - first[edge])
    begin, way = begins[edge], (ends - begins)[edge]
    x = begin.real + way.real * ((level * pitch - begin.imag) / way.imag)
    order = np.lexsort((x, level))
    x, level, upward = x[order], level[order], way.imag[order] > 0
    if rings.even_odd:
        inside = np.arange(1, len(x) + 1) % 2 == 1
    else:
        inside = np.cumsum(np.where(upward, 1, -1)) != 0
    opens = inside & ~np.append(False, inside[:-1])
    closes = ~inside & np.append(False, inside[:-1])
    places = (x + 1j * level * pitch) / turn
    pairs = np.column_stack([places[opens], places[closes]])
    real = pairs[:, 0] != pairs[:, 1]
    spans = np.column_stack([x[opens], x[closes]])[real]
    return _joined(pairs[real], spans, level[opens][real], rings, pitch)


def _joined(
    pairs: NDArray[np.complex128],
    spans: NDArray[np.float64],
    levels: NDArray[np.float64],
    rings: Rings,
    pitch: float,
) -> list[Points]:
    """Neighbouring hatch lines as one line there and back, where their joint is in the area.

    Args:
        pairs: Begin and end of each line, by level and then along it: shape (N, 2).
        spans: The same along the levels: shape (N, 2).
        levels: The level of each: shape (N,).
        rings: The area.
        pitch: Distance of the levels.
    """
    following = _following(spans, levels)
    here = np.flatnonzero(following >= 0)
    way = pairs[:, 1] - pairs[:, 0]
    inward = way / np.abs(way) * np.minimum(0.01 * pitch, np.abs(way) / 3)
    inner = np.column_stack([pairs[:, 0] + inward, pairs[:, 1] - inward])
    joints = [inner[[line, following[line]], side] for line in here for side in (0, 1)]
    parts, sources = cut(joints, Region((rings,)))
    whole = np.zeros(len(joints), dtype=np.bool_)
    for part, source in zip(parts, sources, strict=True):
        whole[source] = part[0] == joints[source][0] and part[-1] == joints[source][1]
    inside = np.zeros((len(pairs), 2), dtype=np.bool_)
    inside[here] = whole.reshape(-1, 2)
    found: list[Points] = []
    used = np.zeros(len(pairs), dtype=np.bool_)
    for first in range(len(pairs)):
        if used[first]:
            continue
        line, side, way_points = first, 1, [pairs[first]]
        used[line] = True
        while inside[line, side] and not used[following[line]]:
            line, side = int(following[line]), 1 - side
            used[line] = True
            way_points.append(pairs[line, ::-1] if side == 0 else pairs[line])
        found.append(np.concatenate(way_points))
    return found


def _following(spans: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.intp]:
    """For each line the first one beside it on the next level; -1 if there is none."""
    begins = np.searchsorted(levels, levels + 1.0, side="left")
    ends = np.searchsorted(levels, levels + 1.0, side="right")
    found = np.full(len(levels), -1, dtype=np.intp)
    for line, (low, high) in enumerate(zip(begins.tolist(), ends.tolist(), strict=True)):
        beside = (spans[low:high, 0] < spans[line, 1]) & (spans[low:high, 1] > spans[line, 0])
        if beside.any():
            found[line] = low + int(beside.argmax())
    return found


def occluded(found: SvgDrawing) -> SvgDrawing:
    """The drawing without what later, solid areas hide."""
    solid = [area for area in found.areas if area.solid and area.runs]
    if not solid:
        return found
    boxes = np.array([_box(np.concatenate(area.runs)) for area in solid])
    before = np.array([area.before for area in solid])
    rings: dict[int, Rings] = {}
    lines: list[Polyline] = []
    marks: list[Mark] = []
    for index, (line, mark) in enumerate(zip(found.polylines, found.marks, strict=True)):
        points = line[:, 0] + 1j * line[:, 1]
        box = _box(points)
        over = (before > index) & (boxes[:, :2] < box[2:]).all(axis=1)
        over &= (boxes[:, 2:] > box[:2]).all(axis=1)
        hiding = np.flatnonzero(over).tolist()
        if not hiding:
            lines.append(line)
            marks.append(mark)
            continue
        for number in hiding:
            if number not in rings:
                rings[number] = solid[number].rings()
        region = Region(tuple(rings[number] for number in hiding))
        seen = cut([points], region, keep_inside=False)[0]
        lines += map(as_rows, seen)
        marks += [mark] * len(seen)
    return replace(found, polylines=tuple(lines), marks=tuple(marks))


def _box(points: Points) -> list[float]:
    """Left, top, right and bottom."""
    x, y = points.real, points.imag
    return [float(x.min()), float(y.min()), float(x.max()), float(y.max())]
