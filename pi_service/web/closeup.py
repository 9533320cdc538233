"""A drawing's picture cut down to the drawing: a cat of a large sheet seen from near."""

from __future__ import annotations

import re
from itertools import pairwise

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
    near = _VIEW.sub(view, _SIZE.sub("", svg, count=1), count=1)
    return _DATA.sub(lambda data: f' d="{_short(data[1])}"', near)


def _short(data: str) -> str:
    """The same line in steps from point to point, tenths of a millimetre: half as long."""
    points = [(round(10 * float(x)), round(10 * float(y))) for x, y in _PAIR.findall(data)]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points)]
    words = [_joined(step) for step in steps if step != (0, 0)]
    return f"M{_joined(points[0])}" + (f"l{' '.join(words)}" if words else "h0")


def _joined(pair: tuple[int, int]) -> str:
    x, y = (_tenths(value) for value in pair)
    return x + y if y.startswith("-") else f"{x} {y}"


def _tenths(value: int) -> str:
    """12 as 1.2, 10 as 1, -5 as -.5."""
    whole, rest = divmod(abs(value), 10)
    digits = (str(whole) if whole or not rest else "") + (f".{rest}" if rest else "")
    return f"-{digits}" if value < 0 else digits
