"""Thinning a finger's strokes to the density of the training data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pi_service.sketching.simplify import TOLERANCE, Line, simplify


def test_a_straight_line_keeps_its_ends() -> None:
    line = np.stack([np.linspace(0, 100, 300), np.linspace(5, 55, 300)], axis=1)
    assert simplify(line) == pytest.approx(np.array([[0, 5], [100, 55]]))


def test_a_corner_stays() -> None:
    line = np.array([[0.0, 0.0], [50.0, 0.0], [50.0, 40.0]])
    assert simplify(line) == pytest.approx(line, abs=1e-9)


def test_a_dot_stays_a_dot() -> None:
    assert simplify(np.full((7, 2), 3.5)) == pytest.approx(np.array([[3.5, 3.5]]))


def test_a_closed_ring_does_not_collapse() -> None:
    angle = np.linspace(0, 2 * np.pi, 500)
    ring = simplify(100 * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    assert 10 <= len(ring) <= 24
    assert np.ptp(ring, axis=0) == pytest.approx([200, 200], rel=0.05)


coordinates = st.floats(-300, 300)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=25))
def test_no_point_is_farther_from_the_thinned_line_than_the_tolerance(
    points: list[tuple[float, float]],
) -> None:
    line = np.array(points)
    thin = simplify(line)
    assert thin[0] == pytest.approx(line[0])
    assert thin[-1] == pytest.approx(line[-1])
    assert max(_distance(point, thin) for point in line) <= TOLERANCE + 1.1


def _distance(point: Line, line: Line) -> float:
    """From a point to the nearest of a polyline."""
    if len(line) == 1:
        return float(np.hypot(*(point - line[0])))
    begin, way = line[:-1], np.diff(line, axis=0)
    square = np.maximum((way**2).sum(axis=1), 1e-12)
    part = np.clip(((point - begin) * way).sum(axis=1) / square, 0, 1)
    return float(np.hypot(*(begin + part[:, None] * way - point).T).min())
