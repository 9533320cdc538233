"""Copies are found."""

from __future__ import annotations

import numpy as np
import pytest

from model_training.judge.copying import (
    GRID_PIXELS,
    mirrored,
    nearest_features,
    nearest_ink,
)
from model_training.judge.raster import SIDE, Images


def _bar(column: int) -> Images:
    image = np.zeros((1, SIDE, SIDE), dtype=np.uint8)
    image[0, :, column] = 9
    return image


def test_a_copy_is_at_no_distance_mirrored_or_not() -> None:
    rng = np.random.default_rng(0)
    known = (rng.random((5, SIDE, SIDE)) < 0.1).astype(np.uint8) * 9
    assert nearest_ink(known[2:3], known)[0] == pytest.approx(0, abs=1e-4)
    assert nearest_ink(known[2:3, :, ::-1], known)[0] > 1
    assert nearest_ink(known[2:3, :, ::-1], mirrored(known))[0] == pytest.approx(0, abs=1e-4)


def test_lines_side_by_side_are_as_far_as_they_lie_apart() -> None:
    known = np.concatenate([_bar(3), _bar(30)])
    found = nearest_ink(np.concatenate([_bar(10), _bar(29)]), known, rows=1)
    assert found == pytest.approx([7 * GRID_PIXELS, 1 * GRID_PIXELS], rel=1e-5)


def test_the_distance_is_the_one_written_out() -> None:
    rng = np.random.default_rng(3)
    a, b = ((rng.random((2, 1, SIDE, SIDE)) < 0.02) * 9).astype(np.uint8)
    places = [np.argwhere(image[0]) for image in (a, b)]
    apart = np.linalg.norm(places[0][:, None] - places[1], axis=2)
    wanted = (apart.min(axis=0).mean() + apart.min(axis=1).mean()) / 2 * GRID_PIXELS
    assert nearest_ink(a, b)[0] == pytest.approx(wanted, rel=1e-4)


def test_an_empty_page_is_far_from_everything() -> None:
    empty = np.zeros((1, SIDE, SIDE), dtype=np.uint8)
    assert nearest_ink(empty, _bar(5))[0] > 100


def test_nearest_in_features() -> None:
    known = np.array([[0.0, 0.0], [10.0, 0.0]])
    assert nearest_features(np.array([[3.0, 4.0], [10.0, 1.0]]), known) == pytest.approx(
        [5, 1]
    )
