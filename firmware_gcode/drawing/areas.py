"""Filled shapes of an SVG drawing: hatched with lines, and hiding what lies under them."""

from __future__ import annotations

import cmath
import math
from dataclasses import replace

import numpy as np

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
        marks += [area.mark] * len(drawn)
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
    return [pair for pair in pairs if pair[0] != pair[1]]


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
