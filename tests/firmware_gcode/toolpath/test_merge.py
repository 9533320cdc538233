"""Which strokes become one, and that nothing is lost by it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.drawing.geometry import Polyline, distances
from firmware_gcode.toolpath.merge import Merged, merge

PEN = 0.4
ANGLES = np.linspace(0.0, 2.0 * np.pi, 25)
COORDINATE = st.integers(0, 12).map(float)
STROKES = st.lists(
    st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=5),
    min_size=1,
    max_size=14,
)


def line(*points: tuple[float, float]) -> Polyline:
    """A polyline from its points."""
    return np.array(points, dtype=np.float64)


def circle(x: float, y: float, radius: float) -> Polyline:
    """A closed circle that begins at its right."""
    points = np.column_stack([x + radius * np.cos(ANGLES), y + radius * np.sin(ANGLES)])
    points[-1] = points[0]
    return points


def check_ink(strokes: list[Polyline], merged: list[Merged]) -> None:
    """Every stroke is in one result, all its ink is drawn, and hardly any other."""
    assert sorted(s for item in merged for s in item.source) == list(range(len(strokes)))
    for item in merged:
        for index in item.source:
            assert distances(strokes[index], item.points).max() <= PEN
        sources = [strokes[index] for index in item.source]
        off = np.min([distances(item.points, source) for source in sources], axis=0)
        assert off.max() <= PEN


@settings(max_examples=150, derandomize=True, deadline=None)
@given(STROKES)
def test_all_ink_is_drawn_and_no_other(strokes: list[list[tuple[float, float]]]) -> None:
    polylines = [line(*stroke) for stroke in strokes]
    merged = merge(polylines, PEN)
    assert len(merged) <= len(strokes)
    check_ink(polylines, merged)


def test_pieces_of_a_line_come_together_in_any_direction() -> None:
    pieces = [line((0, 0), (5, 1)), line((9, 3), (5, 1.1)), line((9, 3.2), (20, 3))]
    merged = merge(pieces, PEN)
    assert len(merged) == 1
    assert sorted(merged[0].source) == [0, 1, 2]


def test_a_junction_of_four_needs_two_strokes() -> None:
    arms = [line((10, 10), (x, y)) for x, y in ((0, 10), (20, 10), (10, 0), (10, 20))]
    assert len(merge(arms, PEN)) == 2


def test_the_house_of_st_nicholas_is_one_stroke() -> None:
    a, b, c, d, roof = (0, 0), (10, 0), (10, 10), (0, 10), (5, 15)
    edges = [(a, b), (b, c), (c, d), (d, a), (a, c), (b, d), (d, roof), (roof, c)]
    strokes = [line(*edge) for edge in edges]
    merged = merge(strokes, PEN)
    check_ink(strokes, merged)
    assert len(merged) == 1


def test_a_ring_is_drawn_on_the_way() -> None:
    strokes = [line((0, 5), (10, 5)), circle(15, 5, 5), circle(15, 12, 2)]
    merged = merge(strokes, PEN)
    assert [item.source for item in merged] in ([(0, 1), (2,)], [(0, 1, 2)])
    check_ink(strokes, merged)


def test_rings_in_rings_are_walked() -> None:
    strokes = [circle(5, 5, 5), circle(14, 5, 4), circle(20, 5, 2)]
    merged = merge(strokes, PEN)
    assert len(merged) == 1
    check_ink(strokes, merged)


def test_nearly_closed_lines_close() -> None:
    (item,) = merge([line((0, 0), (10, 0), (10, 10), (0.1, 0.1))], PEN)
    assert item.points[0].tolist() == item.points[-1].tolist()


def test_strokes_drawn_twice_are_drawn_once() -> None:
    wave = line(*((x, np.sin(x)) for x in np.linspace(0.0, 20.0, 40)))
    strokes = [
        wave,
        wave[::-1],
        wave[5:15] + 0.02,
        line((30, 0), (40, 0)),
        line((32, 0), (35, 0)),
    ]
    merged = merge(strokes, PEN)
    assert [sorted(item.source) for item in merged] == [[0, 1, 2], [3, 4]]
    assert len(merged[0].points) == len(wave)


def test_lines_that_only_run_side_by_side_stay_two() -> None:
    strokes = [line((0, 0), (20, 0)), line((3, 0.3), (17, 0.3))]
    assert len(merge(strokes, PEN)) == 2


def test_dots_stay_dots() -> None:
    merged = merge([line((5, 5)), line((9, 9))], PEN)
    assert [len(item.points) for item in merged] == [1, 1]


@pytest.mark.parametrize(("size", "before"), [(30, [10, 12, 12, 9, 11]), (300, [98, 97, 102])])
def test_cut_strokes_come_back(shared_data: Path, size: int, before: list[int]) -> None:
    """Each had 30 points before it was cut, but for the last, which was cut short."""
    with gzip.open(shared_data / "paths" / "drawings.json.gz", "rt") as file:
        drawings = json.load(file)
    found = []
    for name, strokes in drawings.items():
        if name.startswith(f"touch-{size}-"):
            pieces = [np.array(stroke) for stroke in strokes]
            merged = merge(pieces, 0.05)
            points = [1 + sum(len(pieces[i]) - 1 for i in item.source) for item in merged]
            assert sum(count != 30 for count in points) <= 1
            found.append(len(merged))
    assert found == before
