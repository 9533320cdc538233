"""Papers, areas, and how a drawing is placed on them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.drawing.geometry import (
    Drawing,
    DrawingError,
    Rectangle,
    as_polyline,
    length,
)
from firmware_gcode.drawing.layout import LayoutError, grid, place
from firmware_gcode.drawing.paper import SIZES, Paper, PaperError

AREA = Rectangle(10.0, 20.0, 110.0, 80.0)
COORDINATE = st.floats(-1e6, 1e6, allow_nan=False)
STROKES = st.lists(
    st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=12),
    min_size=1,
    max_size=6,
)


@pytest.mark.parametrize("name", SIZES)
def test_named_papers_are_upright_or_lying(name: str) -> None:
    upright, lying = Paper.named(name), Paper.named(name.lower(), landscape=True)
    assert upright.width < upright.height
    assert (lying.width, lying.height) == (upright.height, upright.width)
    assert upright.turned() == lying


def test_custom_paper_keeps_its_sides() -> None:
    paper = Paper.named("120 x 80", margin=5.0)
    assert (paper.width, paper.height) == (120.0, 80.0)
    assert paper.drawable == Rectangle(5.0, 5.0, 115.0, 75.0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Paper.named("A99"), "no paper is called 'A99'"),
        (lambda: Paper.named("0x10"), "width is 0 mm"),
        (lambda: Paper.named("9000x10"), "at most 2000 mm"),
        (lambda: Paper(100.0, 60.0, 30.0), "leave no room"),
        (lambda: Paper(100.0, 60.0, -1.0), "margin is -1 mm"),
        (lambda: Paper(math.nan, 60.0), "width is nan mm"),
    ],
)
def test_impossible_papers_say_what_is_wrong(make: object, words: str) -> None:
    assert callable(make)
    with pytest.raises(PaperError, match=words):
        make()


@settings(derandomize=True, deadline=None)
@given(STROKES, st.booleans())
def test_fitted_drawing_stays_inside_with_its_aspect(
    strokes: list[list[tuple[float, float]]], y_down: bool
) -> None:
    drawing = place(strokes, AREA, y_down=y_down)
    assert AREA.contains(np.concatenate(drawing.strokes))
    box = drawing.bounds
    assert box.centre == pytest.approx(AREA.centre, abs=1e-6)
    points = np.concatenate([np.array(stroke) for stroke in strokes])
    extent = points.max(axis=0) - points.min(axis=0)
    if extent.max() > 1e-3:
        assert box.width * extent[1] == pytest.approx(box.height * extent[0], abs=1e-3)
        fills = max(box.width / AREA.width, box.height / AREA.height)
        assert fills == pytest.approx(1.0)


def test_y_grows_upwards_on_paper() -> None:
    drawing = place([[(0, 0), (10, 0)], [(0, 10)]], AREA, y_down=True)
    assert drawing.strokes[0][0, 1] > drawing.strokes[1][0, 1]


def test_fixed_size_is_the_longer_side() -> None:
    drawing = place([[(0, 0), (4, 2)]], AREA, scale=50.0, y_down=False)
    assert (drawing.bounds.width, drawing.bounds.height) == pytest.approx((50.0, 25.0))


@pytest.mark.parametrize("scale", [0.0, -3.0, math.nan, 200.0])
def test_sizes_that_cannot_be_are_refused(scale: float) -> None:
    with pytest.raises(LayoutError, match=r"cannot be drawn|does not fit"):
        place([[(0, 0), (4, 2)]], AREA, scale=scale, y_down=False)


def test_one_dot_stands_in_the_middle() -> None:
    drawing = place([[(7.0, 9.0)]], AREA, y_down=True)
    assert drawing.strokes[0].tolist() == [list(AREA.centre)]


@pytest.mark.parametrize(
    "strokes",
    [[], [[]], [[(0.0, math.nan)]], [[(0.0, math.inf), (1, 1)]], [[(1, 2, 3)]], [["a"]]],
)
def test_bad_drawings_are_refused_with_a_sentence(strokes: list[object]) -> None:
    with pytest.raises(DrawingError, match=r"stroke|empty"):
        place(strokes, AREA, y_down=False)  # type: ignore[arg-type]  # wrong on purpose


def test_grid_cells_tile_the_area() -> None:
    cells = grid(AREA, 3, 2, gap=2.0)
    assert len(cells) == 6
    assert cells[0].x0 == AREA.x0
    assert cells[0].y1 == AREA.y1
    assert cells[-1].x1 == pytest.approx(AREA.x1)
    assert cells[-1].y0 == pytest.approx(AREA.y0)
    assert cells[1].x0 - cells[0].x1 == pytest.approx(2.0)


@pytest.mark.parametrize(("columns", "rows", "gap"), [(0, 1, 0.0), (1, 1, -1.0), (50, 1, 5.0)])
def test_grids_without_room_are_refused(columns: int, rows: int, gap: float) -> None:
    with pytest.raises(LayoutError, match="cell"):
        grid(AREA, columns, rows, gap=gap)


def test_polylines_are_copies_that_nobody_changes() -> None:
    source = np.array([[0.0, 0.0], [3.0, 4.0]])
    drawing = Drawing((source,))
    source[0] = 9.0
    assert drawing.strokes[0][0].tolist() == [0.0, 0.0]
    assert length(drawing.strokes[0]) == 5.0
    with pytest.raises(ValueError, match="read-only"):
        drawing.strokes[0][0, 0] = 1.0


def test_too_many_points_are_refused() -> None:
    with pytest.raises(DrawingError, match="more than"):
        Drawing((np.zeros((2_000_001, 2)),))


def test_single_point_needs_two_axes() -> None:
    with pytest.raises(DrawingError, match=r"shape \(2,\)"):
        as_polyline([1.0, 2.0])


def test_rectangle_inside_out_is_refused() -> None:
    with pytest.raises(DrawingError, match="inside out"):
        Rectangle(1.0, 0.0, 0.0, 1.0)
