"""Stroke-3 and absolute polylines are two ways to write the same thing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pi_service.sketching.stroke import (
    Points,
    SketchError,
    bounds,
    check_sketch,
    from_polylines,
    to_polylines,
)

PIXEL = st.integers(-1000, 1000)
LINE = st.lists(st.tuples(PIXEL, PIXEL), min_size=1, max_size=12)
LINES = st.lists(LINE, max_size=6)


def _arrays(lines: list[list[tuple[int, int]]]) -> list[Points]:
    return [np.array(line, dtype=np.int32) for line in lines]


@given(LINES)
def test_polylines_survive_the_way_through_stroke_3(
    lines: list[list[tuple[int, int]]],
) -> None:
    back = to_polylines(from_polylines(_arrays(lines)))
    assert [line.tolist() for line in back] == [[list(p) for p in line] for line in lines]


@given(st.lists(st.tuples(PIXEL, PIXEL, st.integers(0, 1)), max_size=30))
def test_stroke_3_survives_the_way_through_polylines(rows: list[tuple[int, int, int]]) -> None:
    sketch = np.array(rows, dtype=np.int32).reshape(-1, 3)
    sketch[-1:, 2] = 1
    assert np.array_equal(from_polylines(to_polylines(sketch)), sketch)


def test_the_pen_is_lifted_after_the_last_point_of_each_stroke() -> None:
    sketch = from_polylines(_arrays([[(3, 4), (5, 4)], [(0, 0)]]))
    assert sketch.tolist() == [[3, 4, 0], [2, 0, 1], [-5, -4, 1]]


def test_a_sketch_without_strokes_is_empty() -> None:
    assert from_polylines([]).shape == (0, 3)
    assert to_polylines(from_polylines([])) == []
    assert bounds(from_polylines([])) == (0, 0, 0, 0)


def test_bounds_are_those_of_the_absolute_points() -> None:
    assert bounds(from_polylines(_arrays([[(3, 4), (-5, 9)], [(0, 0)]]))) == (-5, 0, 3, 9)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (np.zeros((2, 2)), "rows of"),
        (np.array([[1, 2.5, 1]]), "whole numbers"),
        (np.array([[1, np.nan, 1]]), "whole numbers"),
        (np.array([["a", "b", "c"]]), "whole numbers"),
        (np.array([[1, 2, 3]]), "pen"),
        (np.array([[1, 2, 0]]), "last point"),
        (np.array([[10**9, 2, 1]]), "million"),
    ],
)
def test_what_is_no_sketch_is_refused_in_words(rows: NDArray[np.generic], words: str) -> None:
    with pytest.raises(SketchError, match=words):
        check_sketch(rows)


@pytest.mark.parametrize("line", [np.zeros((0, 2)), np.zeros(3), np.zeros((2, 3))])
def test_a_stroke_of_the_wrong_shape_is_named(line: NDArray[np.float64]) -> None:
    with pytest.raises(SketchError, match="stroke 2"):
        from_polylines([np.zeros((1, 2)), line])
