"""Copies are found."""

from __future__ import annotations

import numpy as np
import pytest

from model_training.judge.copying import (
    GRID_PIXELS,
    feature_distances,
    ink_distances,
    nearest,
    nearest_of_some,
)
from model_training.judge.raster import SIDE, Images, render_sketches
from pi_service.sketching.stroke import from_polylines


def _bar(column: int) -> Images:
    image = np.zeros((1, SIDE, SIDE), dtype=np.uint8)
    image[0, :, column] = 9
    return image


def test_a_copy_is_at_no_distance_mirrored_or_not() -> None:
    rng = np.random.default_rng(0)
    known = (rng.random((5, SIDE, SIDE)) < 0.1).astype(np.uint8) * 9
    for copy in (known[2:3], known[2:3, :, ::-1]):
        apart = ink_distances(copy, known)[0]
        assert apart.argmin() == 2
        assert apart[2] == pytest.approx(0, abs=1e-4)
        assert np.delete(apart, 2).min() > 1


def test_lines_side_by_side_are_as_far_as_they_lie_apart() -> None:
    known = np.concatenate([_bar(3), _bar(30)])
    found = nearest(ink_distances(np.concatenate([_bar(10), _bar(29)]), known))
    assert found == pytest.approx([7 * GRID_PIXELS, 1 * GRID_PIXELS], rel=1e-5)


def test_many_known_drawings_are_compared_as_a_few_are() -> None:
    rng = np.random.default_rng(1)
    known = (rng.random((300, SIDE, SIDE)) < 0.02).astype(np.uint8) * 9
    apart = ink_distances(known[:2], known)
    again = np.concatenate([ink_distances(known[:2], known[k::3]) for k in range(3)], axis=1)
    order = np.concatenate([np.arange(k, 300, 3) for k in range(3)])
    assert np.allclose(apart[:, order], again, atol=1e-4)


def test_the_distance_is_the_one_written_out() -> None:
    rng = np.random.default_rng(3)
    a, b = ((rng.random((2, 1, SIDE, SIDE)) < 0.02) * 9).astype(np.uint8)
    wanted = []
    for image in (b[0], b[0, :, ::-1]):
        places = [np.argwhere(a[0]), np.argwhere(image)]
        apart = np.linalg.norm(places[0][:, None] - places[1], axis=2)
        wanted.append((apart.min(axis=0).mean() + apart.min(axis=1).mean()) / 2)
    assert ink_distances(a, b)[0] == pytest.approx(min(wanted) * GRID_PIXELS, rel=1e-4)


def test_an_empty_page_is_far_from_everything() -> None:
    empty = np.zeros((1, SIDE, SIDE), dtype=np.uint8)
    assert ink_distances(empty, _bar(5))[0, 0] > 100


def test_distances_in_features_take_the_nearer_of_the_two_ways_round() -> None:
    known, turned = np.array([[0.0, 0.0], [10.0, 0.0]]), np.array([[3.0, 3.0], [50.0, 0.0]])
    apart = feature_distances(np.array([[3.0, 4.0]]), known, turned)
    assert apart[0] == pytest.approx([1, 65**0.5])


def test_nearest_of_some_lies_between_nearest_and_typical() -> None:
    rng = np.random.default_rng(2)
    apart = rng.random((50, 200)) + 1
    some = nearest_of_some(apart, 20, rng)
    assert (nearest(apart) <= some).all()
    assert some.mean() < apart.mean()
    assert np.allclose(nearest_of_some(apart, 999, rng), nearest(apart))


def test_a_drawing_is_at_no_distance_from_itself() -> None:
    rng = np.random.default_rng(4)
    lines = [[rng.integers(0, 256, (n, 2))] for n in (1, 2, 3, 9)]
    images = render_sketches([from_polylines(line) for line in lines])
    assert np.diag(ink_distances(images, images)) == pytest.approx(0, abs=1e-4)
