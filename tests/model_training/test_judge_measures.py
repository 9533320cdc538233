"""What drawings are like, and which failed."""

from __future__ import annotations

import numpy as np
import pytest

from model_training.data.dataset import DataError
from model_training.judge.measures import Drawn, Usual, measure
from pi_service.sketching.stroke import EMPTY_SKETCH, Sketch, from_polylines


def _boxes(sides: tuple[int, ...]) -> Sketch:
    lines = [np.array([[0, 0], [s, 0], [s, s], [0, s], [0, 0]]) for s in sides]
    return from_polylines(lines)


HUMANS = measure([_boxes((250, k)) for k in range(20, 120)])
USUAL = Usual.of(HUMANS)


def test_strokes_points_ink_and_aspect() -> None:
    wide = from_polylines([np.array([[0, 0], [200, 0]]), np.array([[0, 50], [0, 100]])])
    assert measure([wide, EMPTY_SKETCH]).tolist() == [[2, 4, 250, 2], [0, 0, 0, 1]]


def test_every_way_to_fail_has_its_name() -> None:
    good = _boxes((250, 60))
    assert USUAL.failure(Drawn(good)) is None
    assert USUAL.failure(Drawn(good, ended=False)) == "never ends"
    assert USUAL.failure(Drawn(_boxes((400, 60)))) == "off the canvas"
    assert USUAL.failure(Drawn(_boxes((60, 60)))) == "scribble"
    assert USUAL.failure(Drawn(_boxes((250,)))) == "scribble"
    assert USUAL.failure(Drawn(_boxes((250, 60, 60)))) == "unusual"
    assert USUAL.failure(Drawn(EMPTY_SKETCH)) == "scribble"


def test_where_humans_make_do_with_one_stroke_it_is_no_scribble() -> None:
    usual = Usual.of(measure([_boxes((250,))] * 50 + [_boxes((250, 60))] * 50))
    assert usual.failure(Drawn(_boxes((250,)))) is None


def test_without_humans_nothing_is_usual() -> None:
    with pytest.raises(DataError, match="no drawing"):
        Usual.of(np.zeros((0, 4)))
