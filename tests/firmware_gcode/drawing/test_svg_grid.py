"""Where lines cross edges, and how often edges run around places."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_gcode.drawing.svg_in import read_svg
from firmware_gcode.drawing.svg_parts import grid
from firmware_gcode.drawing.svg_parts.values import Points


def rings(seed: int, *, whole: bool) -> tuple[Points, Points]:
    """Edges of closed rings of all sizes; at whole places many of them touch."""
    chance = np.random.default_rng(seed)
    begins, ends = [], []
    for size in 10.0 ** chance.uniform(-1.5, 1.5, 60):
        corners = chance.normal(0.0, size, (9, 2)) + chance.uniform(0.0, 40.0, 2)
        ring = (np.round(corners) if whole else corners) @ [1.0, 1j]
        begins.append(ring)
        ends.append(np.roll(ring, -1))
    first, second = np.concatenate(begins), np.concatenate(ends)
    real = first != second
    return first[real], second[real]


def turns(places: Points, c: Points, d: Points) -> NDArray[np.intp]:
    """Every edge looked at for every place."""
    y, x = places.imag[:, None], places.real[:, None]
    up, down = (c.imag <= y) & (d.imag > y), (c.imag > y) & (d.imag <= y)
    side = (d.real - c.real) * (y - c.imag) - (x - c.real) * (d.imag - c.imag)
    found: NDArray[np.intp] = (up & (side > 0)).sum(1) - (down & (side < 0)).sum(1)
    return found


@pytest.mark.parametrize("whole", [False, True])
def test_turns_are_those_of_all_edges(*, whole: bool) -> None:
    c, d = rings(1, whole=whole)
    places = np.random.default_rng(2).uniform(-60.0, 100.0, (2000, 2)) @ np.array([1.0, 1j])
    places = np.concatenate([places, np.round(places), (c + d) / 2 + 1e-6])
    assert (grid.Turns(c, d).around(places) == turns(places, c, d)).all()


@pytest.mark.parametrize("whole", [False, True])
def test_crossings_are_those_of_all_pairs(
    monkeypatch: pytest.MonkeyPatch, *, whole: bool
) -> None:
    c, d = rings(1, whole=whole)
    a, b = rings(2, whole=whole)
    sparse = grid.crossings(a, b, c, d)
    monkeypatch.setattr(grid, "_FEW_PAIRS", len(a) * len(c))
    every = grid.crossings(a, b, c, d)
    assert len(every[0]) > 1000
    assert all((one == other).all() for one, other in zip(sparse, every, strict=True))


def test_one_path_of_many_shapes_is_little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shapes in a row are at one height: as many pairs as edges squared."""
    row = "".join(f"M{x} 20h3v3h-3z" for x in range(0, 800, 2))
    head = '<svg width="810mm" height="40mm" viewBox="0 0 810 40">'
    source = f'{head}<path fill="red" d="{row}"/></svg>'
    monkeypatch.setattr(grid, "_MOST_WORK", 50_000)
    lines = read_svg(source, drawn_mm=None).polylines
    length = sum(np.hypot(*np.diff(line, axis=0).T).sum() for line in lines)
    assert length == pytest.approx(2 * (801 + 3), abs=1e-3), "only the rim of the row is seen"
