"""What may go on paper."""

from __future__ import annotations

import numpy as np
import pytest

from pi_service.sketching.limits import Limits, ink_length, what_is_wrong
from pi_service.sketching.stroke import EMPTY_SKETCH, Sketch, from_polylines

USUAL = Limits(strokes=(1, 2), points=(3, 6), ink=(300.0, 700.0))


def _square(side: int, *more: tuple[int, int]) -> Sketch:
    corners = [(0, 0), (side, 0), (side, side), (0, side), *more]
    return from_polylines([np.array(corners)])


def test_ink_is_what_the_pen_draws_not_what_it_travels() -> None:
    lines = [np.array([[0, 0], [3, 4]]), np.array([[100, 100]]), np.array([[0, 0], [0, 10]])]
    assert ink_length(from_polylines(lines)) == pytest.approx(15.0)


def test_a_usual_drawing_is_fine() -> None:
    assert what_is_wrong(_square(200), USUAL) is None
    assert what_is_wrong(_square(200), None) is None


@pytest.mark.parametrize(
    ("sketch", "words"),
    [
        (EMPTY_SKETCH, "empty"),
        (_square(20), "blot"),
        (_square(400), "canvas"),
        (from_polylines([np.array([[0, 0], [200, 200]])]), "too few points"),
        (_square(200, (0, 1), (0, 2), (0, 3)), "too many points"),
        (_square(200, (0, 0), (200, 200)), "too many pixels of ink"),
        (_square(130)[1:], "too few pixels of ink"),
        (
            from_polylines([np.array([[k, 0], [200, 100]]) for k in (1, 2, 3)]),
            "too many strokes",
        ),
    ],
)
def test_a_failure_is_named(sketch: Sketch, words: str) -> None:
    found = what_is_wrong(sketch, USUAL)
    assert found is not None
    assert words in str(found)
