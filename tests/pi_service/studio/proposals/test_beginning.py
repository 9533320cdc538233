"""What a visitor begins: any size and place, and what is refused with which words."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pi_service.studio.jobs.picked import SMALLEST_MM, Picked, placement
from pi_service.studio.proposals.beginning import (
    MOST_POINTS,
    MOST_STROKES,
    BeginningError,
    Frame,
    begin,
)

ROOM = (92.0, 54.5)
SQUARE = Frame(1.0, 1.0)
LINE = [[0.2, 0.2], [0.8, 0.3]]


def test_a_unit_square_stands_in_the_middle_of_the_room() -> None:
    begun = begin("cat", [[[0.0, 0.0], [1.0, 1.0]], [[0.5, 0.5]]], SQUARE, ROOM)
    assert begun.strokes[0] == pytest.approx(np.array([[18.75, 0.0], [73.25, 54.5]]))
    assert begun.strokes[1] == pytest.approx(np.array([[46.0, 27.25]]))


@given(
    st.floats(0.05, 1e4),
    st.floats(0.3, 3.0),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=9),
)
def test_there_and_back_again(
    width: float, shape: float, points: list[tuple[float, float]]
) -> None:
    frame = Frame(width, width * shape)
    line = np.array(points) * np.array([frame.width, frame.height])
    back = frame.from_paper(frame.on_paper(line, ROOM), ROOM)
    assert back == pytest.approx(line, abs=1e-9 * max(1.0, width))


def _circle(count: int, radius: float = 0.3) -> list[list[float]]:
    angles = np.linspace(0, math.tau, count)
    circle = 0.5 + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return [[float(x), float(y)] for x, y in circle]


@pytest.mark.parametrize(
    ("strokes", "said"),
    [
        ([], "draw a line first"),
        ([LINE] * (MOST_STROKES + 1), "61 strokes"),
        ([_circle(MOST_POINTS + 1)], "4001 points"),
        ([LINE, [[0.5, 0.5], [1.5, 0.5]]], r"Stroke 2 leaves the paper\."),
        ([LINE, [[0.5, -0.5]]], r"Stroke 2 leaves the paper\."),
        ([[[0.5, math.nan], [0.1, 0.1]]], "something else than pairs of numbers"),
        ([[[0.5, math.inf], [0.1, 0.1]]], "something else than pairs of numbers"),
        ([[[0.5, 0.1, 0.2]]], "something else than pairs of numbers"),
        ([["a", "b"]], "something else than pairs of numbers"),
        ([[[0.5, 0.5]]], "hardly more than a dot"),
        ([[[0.5, 0.5], [0.51, 0.51]]], "hardly more than a dot"),
        ([np.tile(LINE, (80, 1)).tolist()], "5.3 m long"),
    ],
)
def test_what_cannot_be_begun_with_is_refused_with_a_sentence(
    strokes: list[object], said: str
) -> None:
    with pytest.raises(BeginningError, match=said):
        begin("cat", strokes, SQUARE, ROOM)


@pytest.mark.parametrize(
    "size", [(0.0, 1.0), (-1.0, 1.0), (1e6, 1e6), (100.0, 1.0), (math.nan, 1.0)]
)
def test_a_frame_has_a_shape(size: tuple[float, float]) -> None:
    with pytest.raises(BeginningError, match="cannot stand for the paper"):
        Frame(*size)


def _picked(*lines: list[list[float]]) -> Picked:
    given_, added = np.array(lines[0]), tuple(np.array(line) for line in lines[1:])
    return Picked("cat", 7, ROOM, (given_,), added, "model")


def test_its_name_is_that_of_all_it_is_and_it_comes_back_from_text() -> None:
    one = _picked([[1.0, 2.0], [3.0, 4.0005]], [[5.0, 6.0]])
    same = Picked.of(json.loads(one.text))
    assert same.id == one.id
    assert np.array_equal(same.given[0], np.array([[1.0, 2.0], [3.0, 4.0]]))
    other = _picked([[1.0, 2.0], [3.0, 4.1]], [[5.0, 6.0]])
    assert other.id != one.id


def test_it_stands_where_it_was_drawn_if_there_is_room() -> None:
    where = placement([np.array([[10.0, 10.0], [60.0, 40.0]])], ROOM, ROOM)
    assert (where.scale, where.x, where.y) == (1.0, 0.0, 0.0)


def test_what_leads_out_is_made_smaller_as_little_as_is_needed() -> None:
    lines = [np.array([[10.0, 10.0], [60.0, 80.0]])]
    where = placement(lines, ROOM, ROOM)
    assert where.scale == pytest.approx(54.5 / 70.0)
    moved = where.of(lines[0])
    assert moved.min(axis=0)[1] == pytest.approx(0.0, abs=1e-9)
    assert moved.max(axis=0)[1] == pytest.approx(54.5)


@given(
    st.lists(
        st.tuples(st.floats(-200, 300), st.floats(-200, 300)), min_size=2, max_size=6
    ).filter(lambda points: np.ptp(np.array(points), axis=0).max() > 3.0),
    st.tuples(st.floats(30, 300), st.floats(30, 300)),
)
def test_it_always_stands_inside_and_keeps_its_shape(
    points: list[tuple[float, float]], area: tuple[float, float]
) -> None:
    line = np.array(points)
    moved = placement([line], ROOM, area).of(line)
    assert moved.min() >= -1e-6
    assert (moved <= np.array(area) + 1e-6).all()
    size = np.ptp(moved, axis=0)
    assert size.max() >= SMALLEST_MM - 1e-6 or np.isclose(size, area).any()
