"""Sketches as pictures."""

from __future__ import annotations

import numpy as np
import pytest

from pi_service.sketching.picture import picture
from pi_service.sketching.stroke import from_polylines


def test_a_line_leaves_its_ink_where_it_is() -> None:
    level = picture(from_polylines([np.array([[0, 7], [300, 7]])]), 32, 4)
    assert level.sum() == pytest.approx(24, rel=0.02)
    assert level[15:17].sum() == pytest.approx(level.sum())
    assert np.abs(level[15] - level[16]).max() < 1e-6
    assert level[:, :3].sum() == 0


def test_size_and_place_do_not_matter() -> None:
    shape = np.array([[0, 0], [100, 20], [60, 80]])
    one = picture(from_polylines([shape]), 40, 3)
    other = picture(from_polylines([shape * 3 + 1000]), 40, 3)
    assert one == pytest.approx(other, abs=1e-6)


def test_the_way_between_strokes_leaves_nothing() -> None:
    lines = [np.array([[0, 0], [0, 100]]), np.array([[100, 0], [100, 100]])]
    assert picture(from_polylines(lines), 40, 3)[:, 8:32].sum() == 0


@pytest.mark.parametrize("points", [[[5, 5]], [[5, 5], [5, 5]]])
def test_a_dot_is_seen_or_nothing_but_never_an_error(points: list[list[int]]) -> None:
    seen = picture(from_polylines([np.array(points)]), 40, 3)
    assert seen.shape == (40, 40)
    assert 0 <= seen.sum() <= 1


def test_no_pixel_is_darker_than_black() -> None:
    lines = [np.array([[0, 0], [100, 100]])] * 9
    seen = picture(from_polylines(lines), 40, 3)
    assert seen.max() == 1
    assert seen.dtype == np.float32
