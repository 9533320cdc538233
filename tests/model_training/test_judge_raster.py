"""Drawings as small images."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from model_training.data.dataset import gather
from model_training.judge.raster import (
    CHUNK,
    FINE,
    INSIDE,
    SIDE,
    as_ink,
    chunks,
    render,
    render_set,
    render_sketches,
)
from pi_service.sketching.stroke import Sketch, from_polylines

POINTS = st.lists(st.tuples(st.integers(0, 255), st.integers(0, 255)), min_size=1, max_size=12)
LINES = st.lists(POINTS, min_size=1, max_size=5)


def _sketch(*lines: list[tuple[int, int]]) -> Sketch:
    return from_polylines([np.array(line) for line in lines])


def test_a_line_has_the_stated_width_and_length() -> None:
    image = render_sketches([_sketch([(0, 100), (255, 100)])])[0]
    ink = image.sum() / FINE**2  # pixels
    assert abs(ink - (5 / 3) * (INSIDE + 5 / 3)) < 1
    rows = np.flatnonzero(image.any(axis=1))
    assert rows.min() >= SIDE // 2 - 2
    assert rows.max() <= SIDE // 2 + 1


def test_a_dot_is_round_and_in_the_middle() -> None:
    image = render_sketches([_sketch([(31, 200)])])[0]
    assert image.sum() == 21  # five fine pixels wide, without corners
    assert image[SIDE // 2 - 1 : SIDE // 2 + 1, SIDE // 2 - 1 : SIDE // 2 + 1].sum() == 21


def test_pen_lifts_leave_no_ink() -> None:
    apart = render_sketches([_sketch([(0, 0), (0, 255)], [(255, 255), (255, 0)])])[0]
    joined = render_sketches([_sketch([(0, 0), (0, 255), (255, 255), (255, 0)])])[0]
    assert apart[:, SIDE // 2].sum() == 0
    assert joined[:, SIDE // 2].sum() > 0


@settings(max_examples=40, deadline=None)
@given(LINES, st.integers(-500, 500), st.integers(2, 4))
def test_place_and_size_do_not_count(
    lines: list[list[tuple[int, int]]], shift: int, times: int
) -> None:
    drawn = _sketch(*lines)
    moved = drawn.copy()
    moved[0, :2] += shift
    assert np.array_equal(render_sketches([drawn]), render_sketches([moved]))
    larger = drawn.copy()
    larger[:, :2] *= times
    if np.ptp(np.cumsum(drawn[:, :2], axis=0), axis=0).max() > 0:
        off = as_ink(render_sketches([drawn])) - as_ink(render_sketches([larger]))
        assert np.abs(off).mean() < 0.01  # rounding alone


@settings(max_examples=40, deadline=None)
@given(LINES)
def test_all_ink_is_on_the_page_and_none_is_negative(
    lines: list[list[tuple[int, int]]],
) -> None:
    image = render_sketches([_sketch(*lines)])[0]
    assert image.sum() > 0
    assert image.max() <= FINE**2
    assert image[0].sum() == image[-1].sum() == image[:, 0].sum() == image[:, -1].sum() == 0


@settings(max_examples=20, deadline=None)
@given(LINES)
def test_a_mirrored_drawing_is_a_mirrored_image(lines: list[list[tuple[int, int]]]) -> None:
    drawn = _sketch(*lines)
    turned = drawn.copy()
    turned[:, 0] *= -1
    plain, mirrored = as_ink(render_sketches([drawn, turned]))
    assert np.abs(plain[:, ::-1] - mirrored).mean() < 0.02  # half a fine pixel to one side


def test_many_are_rendered_as_one_by_one() -> None:
    rng = np.random.default_rng(0)
    sketches = [
        _sketch([(int(x), int(y)) for x, y in rng.integers(0, 256, (n, 2))])
        for n in rng.integers(1, 30, CHUNK + 5)
    ]
    together = render_sketches(sketches)
    assert np.array_equal(together, np.concatenate([render_sketches([s]) for s in sketches]))
    drawings = gather([("cat", s) for s in sketches], 100)
    assert np.array_equal(together, render_set(drawings))
    assert np.array_equal(together[[3, 1]], render_set(drawings, np.array([3, 1])))
    assert np.array_equal(together, np.concatenate(list(chunks(together, 7))))


def test_a_drawing_without_points_is_an_empty_page() -> None:
    images = render([np.zeros((0, 3), dtype=np.int32), np.array([[1, 1, 1]], dtype=np.int32)])
    assert images[0].sum() == 0
    assert images[1].sum() > 0
