"""Thousands of strokes: neighbours on a grid, exchanges at many places, seams all at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_gcode.toolpath.cells import Cells, sampled
from firmware_gcode.toolpath.ordering.cost import Millimetres, Seconds
from firmware_gcode.toolpath.ordering.neighbours import greedy, nearest
from firmware_gcode.toolpath.ordering.order import order
from firmware_gcode.toolpath.ordering.tour import Tour

PLACES: dict[str, Callable[[np.random.Generator], NDArray[np.float64]]] = {
    "even": lambda chance: chance.uniform(0.0, 200.0, (900, 2)),
    "crowded": lambda chance: chance.normal(0.0, 1.0, (900, 2)) ** 5,
    "on a grid": lambda chance: chance.integers(0, 12, (900, 2)).astype(float),
    "in a line": lambda chance: np.stack([np.zeros(900), chance.uniform(0, 9, 900)], axis=1),
    "at one place": lambda _: np.zeros((900, 2)),
}


def points_of(kind: str) -> NDArray[np.complex128]:
    """Ends of 450 strokes, x + iy."""
    places = PLACES[kind](np.random.default_rng(1))
    return np.asarray(places[:, 0] + 1j * places[:, 1])


@pytest.mark.parametrize("kind", PLACES)
def test_the_nearest_are_those_of_a_full_table(kind: str) -> None:
    points = points_of(kind)
    near = nearest(points, np.arange(len(points)) ^ 1, 5)
    table = np.abs(points[:, None] - points[None, :])
    found = np.take_along_axis(table, near, 1)
    rows = np.arange(len(points))
    table[rows, rows] = table[rows, rows ^ 1] = np.inf
    right = np.isclose(found, np.sort(table, axis=1)[:, :5], atol=1e-12)
    assert right.mean() >= (0.97 if kind == "crowded" else 1.0)
    assert (near != rows[:, None]).all()
    assert (near != (rows ^ 1)[:, None]).all()


def test_pairs_within_a_distance_are_all_found() -> None:
    points = points_of("crowded")
    pairs = [np.stack(part) for part in Cells(points, 0.3).near(points[:200], 0.3)]
    found = {(int(a), int(b)) for a, b in np.concatenate(pairs, axis=1).T}
    table = np.abs(points[:200, None] - points[None, :])
    assert found == {(int(a), int(b)) for a, b in np.argwhere(table <= 0.3)}


def test_lines_are_sampled_at_their_points_and_between() -> None:
    lines = [np.array([[0.0, 0.0], [3.0, 4.0], [3.0, 4.4]]), np.array([[9.0, 9.0]])]
    owners, along, places = sampled(lines, 2.0)
    assert owners.tolist() == [0, 0, 0, 0, 0, 1]
    np.testing.assert_allclose(along, [0.0, 5 / 3, 10 / 3, 5.0, 5.4, 0.0])
    np.testing.assert_allclose(places[[0, 3, 4, 5]], [0j, 3 + 4j, 3 + 4.4j, 9 + 9j])


@pytest.mark.parametrize("kind", PLACES)
def test_exchanges_leave_one_ring_and_a_shorter_one(kind: str) -> None:
    points = points_of(kind)
    near = nearest(points, np.arange(len(points)) ^ 1)
    first = greedy(points, near)[::2]

    def way(entries: list[int]) -> float:
        pairs = itertools.pairwise([*entries, entries[0]])
        return float(sum(abs(points[one ^ 1] - points[other]) for one, other in pairs))

    tour = Tour(points, first, near, Millimetres())
    tour.improve(lambda: False)
    found = tour.entries.tolist()
    assert sorted(node >> 1 for node in found) == list(range(len(points) // 2))
    assert way(found) <= way(first) * (0.95 if kind == "even" else 1.0) + 1e-6


@pytest.mark.parametrize("kind", ["even", "crowded", "hatched"])
def test_a_fresh_look_from_everywhere_finds_next_to_nothing(kind: str) -> None:
    if kind == "hatched":
        rows = 0.7 * np.arange(15)[:, None] + np.array([0.0, 9.0j])
        corners = np.random.default_rng(1).uniform(0.0, 150.0, (30, 2)) @ (1.0, 1j)
        points = (corners[:, None, None] + 1j * rows).ravel()
    else:
        points = points_of(kind)
    near = nearest(points, np.arange(len(points)) ^ 1, 16)
    ways = []
    entries = greedy(points, near)[::2]
    for _ in range(2):
        tour = Tour(points, entries, near, Millimetres())
        tour.improve(lambda: False)
        entries = tour.entries.tolist()
        ways.append(
            sum(abs(points[a ^ 1] - points[b]) for a, b in itertools.pairwise(entries))
        )
    assert ways[1] > 0.999 * ways[0]


def test_hundreds_of_strokes_fast_and_well_with_seams() -> None:
    chance = np.random.default_rng(2)
    turns = np.linspace(0.0, 2.0 * np.pi, 9)
    circle = np.column_stack([np.cos(turns), np.sin(turns)]) * 4.0
    circle[-1] = circle[0]
    strokes = [circle + chance.uniform(5, 195, 2) for _ in range(200)]
    strokes += [
        chance.uniform(0.0, 200.0, 2) + chance.normal(0, 3, (2, 2)) for _ in range(200)
    ]
    cost = Seconds(100.0, (100.0, 100.0), (500.0, 500.0))
    seconds = []
    for fast, seams in ((True, True), (False, False), (False, True)):
        visits = order(strokes, (0, 0), (0, 0), cost=cost, fast=fast, choose_seams=seams)
        assert sorted(visit.stroke for visit in visits) == list(range(len(strokes)))
        here, moves = 0j, []
        for visit in visits:
            begin, end = strokes[visit.stroke][[0, -1]] @ np.array([1.0, 1j])
            if visit.seam:
                begin = end = complex(*strokes[visit.stroke][visit.seam])
            begin, end = (end, begin) if visit.backwards else (begin, end)
            moves.append(begin - here)
            here = end
        seconds.append(cost.of(np.array([*moves, -here])).sum())
    assert seconds[2] < 0.95 * seconds[1]
    assert seconds[2] < 0.95 * seconds[0]
