"""Short ways: exact for few strokes, near the best known for many, the same for a seed."""

from __future__ import annotations

import gzip
import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.drawing.geometry import Polyline
from firmware_gcode.toolpath.ordering.order import order
from firmware_gcode.toolpath.ordering.ways import Visit

COORDINATE = st.floats(-50.0, 50.0).map(lambda value: round(value, 1))
POINT = st.tuples(COORDINATE, COORDINATE)
HOME = (0.0, 0.0)


def travel(strokes: list[Polyline], visits: list[Visit]) -> float:
    """Pen-up way from home through all visits to home, mm."""
    total, here = 0.0, np.zeros(2)
    for visit in visits:
        points = strokes[visit.stroke]
        begin, end = points[0], points[-1]
        if visit.seam:
            begin = end = points[visit.seam]
        if visit.backwards:
            begin, end = end, begin
        total += math.dist(here, begin)
        here = end
    return total + math.dist(here, HOME)


def brute_force(strokes: list[Polyline]) -> float:
    """The shortest way, by trying everything."""
    ways: list[list[Visit]] = []
    for index, points in enumerate(strokes):
        if len(points) > 2 and (points[0] == points[-1]).all():
            ways.append([Visit(index, seam=seam) for seam in range(len(points) - 1)])
        else:
            ways.append([Visit(index), Visit(index, backwards=True)])
    return min(
        travel(strokes, [chosen[index] for index in permutation])
        for permutation in itertools.permutations(range(len(strokes)))
        for chosen in itertools.product(*ways)
    )


@settings(max_examples=40, derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.lists(POINT, min_size=1, max_size=3), st.booleans()), max_size=4))
def test_few_strokes_are_ordered_as_short_as_can_be(
    shapes: list[tuple[list[tuple[float, float]], bool]],
) -> None:
    strokes = [np.array([*points, points[0]] if ring else points) for points, ring in shapes]
    visits = order(strokes, HOME, HOME)
    assert sorted(visit.stroke for visit in visits) == list(range(len(strokes)))
    if strokes:
        assert travel(strokes, visits) == pytest.approx(brute_force(strokes), abs=1e-6)


@settings(max_examples=15, derandomize=True, deadline=None)
@given(st.lists(st.lists(POINT, min_size=1, max_size=4), min_size=14, max_size=60))
def test_many_strokes_are_all_drawn_once(lines: list[list[tuple[float, float]]]) -> None:
    strokes = [np.array(points) for points in lines]
    visits = order(strokes, HOME, HOME)
    assert sorted(visit.stroke for visit in visits) == list(range(len(strokes)))
    in_file_order = [Visit(index) for index in range(len(strokes))]
    assert travel(strokes, visits) <= travel(strokes, in_file_order) + 1e-6


def test_same_seed_same_order() -> None:
    generator = np.random.default_rng(3)
    strokes = [generator.uniform(0.0, 100.0, (2, 2)) for _ in range(40)]
    first = order(strokes, HOME, HOME, seed=1)
    assert order(strokes, HOME, HOME, seed=1) == first
    assert travel(strokes, order(strokes, HOME, HOME, seed=2)) > 0.0


def test_without_home_the_way_is_shorter_still() -> None:
    generator = np.random.default_rng(4)
    for count in (6, 40):
        strokes = [generator.uniform(100.0, 200.0, (2, 2)) for _ in range(count)]
        visits = order(strokes, None, None)
        assert sorted(visit.stroke for visit in visits) == list(range(count))


def test_a_budget_ends_the_search_early() -> None:
    generator = np.random.default_rng(5)
    strokes = [generator.uniform(0.0, 100.0, (2, 2)) for _ in range(60)]
    visits = order(strokes, HOME, HOME, stop=lambda: True)
    assert sorted(visit.stroke for visit in visits) == list(range(60))


@pytest.fixture(scope="module")
def inputs(shared_data: Path) -> dict[str, tuple[list[Polyline], float]]:
    """Strokes, and the best known travel home to home, by name."""
    best: dict[str, Any] = json.loads((shared_data / "paths" / "best_known.json").read_text())
    with gzip.open(shared_data / "paths" / "drawings.json.gz", "rt") as file:
        drawings = json.load(file)
    return {
        name: ([np.array(stroke) for stroke in strokes], best[name]["best_known"]["home"])
        for name, strokes in drawings.items()
    }


@pytest.mark.parametrize("kind", ["walk", "uniform", "mixed"])
def test_thirty_strokes_are_as_short_as_the_best_known(
    inputs: dict[str, tuple[list[Polyline], float]], kind: str
) -> None:
    for name, (strokes, best) in inputs.items():
        if name.startswith(f"{kind}-30-"):
            found = travel(strokes, order(strokes, HOME, HOME))
            assert found <= best * 1.0005, name


def test_beginnings_of_closed_strokes_are_worth_choosing(
    inputs: dict[str, tuple[list[Polyline], float]],
) -> None:
    ratios = []
    for name, (strokes, best) in inputs.items():
        if name.startswith("mixed-30-"):
            ratios.append(travel(strokes, order(strokes, HOME, HOME)) / best)
    assert np.mean(ratios) < 0.92


def test_hundreds_of_strokes_come_near_the_best_known(
    inputs: dict[str, tuple[list[Polyline], float]],
) -> None:
    strokes, best = inputs["walk-300-s0"]
    assert travel(strokes, order(strokes, HOME, HOME)) <= best * 1.02
