"""A drawing's picture cut down to the drawing: a cat of a large sheet seen from near."""

from __future__ import annotations

import re

MARGIN = 0.08
"""Of the drawing's longer side, left free around it."""
LEAST_MM = 10.0
"""A dot is not shown larger than this would be."""

_DATA = re.compile(r" d=[\"']([^\"']*)[\"']")
_PAIR = re.compile(r"(-?[\d.]+)[ ,](-?[\d.]+)")
_SIZE = re.compile(r" width=[\"'][^\"']*[\"'] height=[\"'][^\"']*[\"'](?= viewBox)")
_VIEW = re.compile(r"viewBox=([\"'])[^\"']*\1")


def closeup(svg: str) -> str:
    """The same picture with nothing around the drawing but a margin.

    Args:
        svg: A drawing on its paper, mm, in paths of straight lines.

    Returns:
        The SVG with another ``viewBox`` and no size of its own; as given if it is empty.
    """
    pairs = [pair for data in _DATA.findall(svg) for pair in _PAIR.findall(data)]
    if not pairs:
        return svg
    xs = [float(x) for x, _ in pairs]
    ys = [float(y) for _, y in pairs]
    side = max(max(xs) - min(xs), max(ys) - min(ys), LEAST_MM) * MARGIN
    x, y = min(xs) - side, min(ys) - side
    width, height = max(xs) - min(xs) + 2 * side, max(ys) - min(ys) + 2 * side
    view = f'viewBox="{x:.1f} {y:.1f} {width:.1f} {height:.1f}"'
    return _VIEW.sub(view, _SIZE.sub("", svg, count=1), count=1)
