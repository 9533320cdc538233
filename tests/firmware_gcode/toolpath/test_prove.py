"""The cheapest order is proved, and no cheaper one is missed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.toolpath.ordering.bounds import between, priced, trees
from firmware_gcode.toolpath.ordering.cost import Millimetres, Seconds
from firmware_gcode.toolpath.ordering.order import order, proved
from firmware_gcode.toolpath.ordering.prove import prove, shortest
from firmware_gcode.toolpath.ordering.ways import Places, Strokes, Visit, Ways

COORDINATE = st.integers(0, 30).map(float)
POINT = st.tuples(COORDINATE, COORDINATE)
SHAPES = st.lists(
    st.tuples(st.lists(POINT, min_size=1, max_size=4), st.booleans()), min_size=2, max_size=7
)
HOME = (0.0, 0.0)
PLACES: tuple[Places, ...] = ((0j, 0j), (0j, 30 + 0j), (None, None), (5j, None))


@settings(max_examples=60, derandomize=True, deadline=None)
@given(SHAPES, st.sampled_from(PLACES), st.booleans())
def test_a_proof_finds_what_trying_everything_finds(
    shapes: list[tuple[list[tuple[float, float]], bool]], places: Places, timed: bool
) -> None:
    lines = [np.array([*points, points[0]] if ring else points) for points, ring in shapes]
    strokes = Strokes.of(lines, choose_seams=True)
    cost = Seconds(100.0, (100.0, 50.0), (1000.0, 500.0)) if timed else Millimetres()
    ways, visits = Ways.of(strokes, places, cost)
    best = strokes.travel([visits[way] for way in shortest(ways)], places, cost)
    in_file_order = strokes.travel([Visit(i) for i in range(len(lines))], places, cost)
    for known in (best, in_file_order):
        assert priced(ways, known).bound <= best + 1e-6
        found = prove(ways, known)
        assert found is not None
        chosen = [visits[way] for way in found]
        assert sorted(visit.stroke for visit in chosen) == list(range(len(lines)))
        assert strokes.travel(chosen, places, cost) == pytest.approx(best, abs=1e-6)


def test_trees_of_subsets_are_the_shortest() -> None:
    places = np.array([0.0, 1.0, 3.0, 7.0])
    gaps = np.abs(places[:, None] - places[None, :])
    left = np.array([[True, True, True, False], [True, False, True, True]])
    assert trees(gaps, left).tolist() == [3.0, 7.0]


def test_between_takes_the_nearest_ends() -> None:
    lines = [np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([[11.0, 0.0], [30.0, 0.0]])]
    ways, _ = Ways.of(Strokes.of(lines, choose_seams=True), (0j, 0j), Millimetres())
    assert between(ways)[0, 1] == between(ways)[1, 0] == 1.0


def test_the_order_of_more_strokes_is_proved() -> None:
    generator = np.random.default_rng(8)
    lines = [generator.uniform(0.0, 100.0, (2, 2)) for _ in range(17)]
    known = order(lines, HOME, HOME)
    strokes = Strokes.of(lines, choose_seams=True)
    cost = Millimetres()
    best = proved(strokes, (0j, 0j), cost, known, most_states=20_000)
    assert best is not None
    assert strokes.travel(best, (0j, 0j), cost) == pytest.approx(
        strokes.travel(known, (0j, 0j), cost)
    )


def test_a_proof_that_would_take_too_long_is_given_up() -> None:
    generator = np.random.default_rng(9)
    lines = [generator.uniform(0.0, 100.0, (2, 2)) for _ in range(14)]
    worst = [Visit(index) for index in range(14)]
    strokes = Strokes.of(lines, choose_seams=True)
    assert proved(strokes, (0j, 0j), Millimetres(), worst, most_states=3) is None
