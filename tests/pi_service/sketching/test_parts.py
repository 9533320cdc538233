"""The parts of a face, on cats drawn with a ruler."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from pi_service.sketching.parts import NAMES, Parts, parts_of
from pi_service.sketching.stroke import from_polylines

Line = NDArray[np.int64]


def ring(x: float, y: float, across: float, down: float, points: int = 25) -> Line:
    angle = np.linspace(0, 2 * np.pi, points)
    line = np.stack([x + across * np.cos(angle), y + down * np.sin(angle)], axis=1)
    return np.rint(line).astype(np.int64)


def line(*points: tuple[int, int]) -> Line:
    return np.array(points)


HEAD = ring(100, 120, 80, 70)
EYES = [ring(70, 105, 8, 8, 9), ring(130, 105, 8, 8, 9)]
EAR = 0.12
"""How far an ear stands over the head's middle at least, in heights of the face."""
EARS = [line((40, 75), (45, 10), (85, 55)), line((115, 55), (155, 10), (160, 75))]
NOSE = [line((95, 130), (105, 130), (100, 138), (95, 130))]
LEFT = [line((60, 130), (0, 120)), line((60, 140), (0, 145))]
RIGHT = [line((140, 130), (200, 120)), line((140, 140), (200, 145))]
BODY = [ring(230, 260, 150, 70), line((140, 300), (138, 400)), line((300, 310), (302, 400))]


def of(*lines: NDArray[Any]) -> Parts:
    return parts_of(from_polylines(lines))


def test_a_whole_face_is_found() -> None:
    found = of(HEAD, *EARS, *EYES, *NOSE, *LEFT, *RIGHT)
    assert found.both_eyes
    assert found.both_whiskers
    assert not found.has_body
    assert found["eyes"] == pytest.approx(1, abs=0.05)
    assert min(found["left ear"], found["right ear"]) > EAR
    assert found["nose"] > 0.8
    assert found["whiskers left"] == found["whiskers right"] == pytest.approx(2 / 3)
    assert found["closed"] == 1
    assert found["lost"] == 0


@pytest.mark.parametrize(
    "marks",
    [
        [],
        EYES[:1],
        [EYES[0], EYES[0] + [0, 50]],  # one over the other
        [EYES[0], EYES[1] + [0, 60]],  # not level
        [eye - np.array([0, 90]) for eye in EYES],  # over the head
        [EYES[0] + [-5, 0], EYES[0] + [12, 0]],  # both on one side
        [ring(70, 105, 40, 40), ring(130, 105, 6, 6)],  # one as large as half the face
    ],
)
def test_other_marks_are_no_pair_of_eyes(marks: list[Line]) -> None:
    assert not of(HEAD, *EARS, *marks).both_eyes


def test_the_order_of_strokes_and_the_way_round_do_not_matter() -> None:
    strokes = [HEAD, *EARS, *EYES, *NOSE, *LEFT, *RIGHT]
    plain = of(*strokes).measures
    assert of(*(stroke[::-1] for stroke in strokes[::-1])).measures == pytest.approx(plain)


def test_ears_may_be_part_of_the_head() -> None:
    outline = line(
        *((20, 120), (25, 20), (70, 60), (130, 60), (175, 20), (180, 120), (150, 180)),
        *((50, 180), (20, 120)),
    )
    found = of(outline, *EYES)
    assert min(found["left ear"], found["right ear"]) > EAR
    assert found.both_eyes


def test_whiskers_on_one_side_alone_are_not_on_both() -> None:
    assert not of(HEAD, *EYES, *LEFT).both_whiskers
    assert not of(HEAD, *EYES, *RIGHT).both_whiskers
    assert of(HEAD, *EYES, line((-20, 125), (220, 135))).both_whiskers  # through the face


def test_a_body_is_found_beside_the_head() -> None:
    found = of(HEAD, *EARS, *EYES, *BODY)
    assert found.has_body
    assert found.both_eyes
    assert found["legs"] > 0


def test_a_head_may_be_two_strokes() -> None:
    assert of(HEAD[:13], HEAD[12:], *EYES).both_eyes


def test_a_stroke_far_from_all_others_is_lost() -> None:
    found = of(HEAD, *EYES, line((400, 400), (420, 420)))
    assert found["lost"] == 0.5
    assert found["lost ink"] > 0


def test_what_is_no_face_has_no_parts() -> None:
    found = of(line((0, 0), (70, 8), (140, 3), (200, 10)), line((150, 30)))
    assert not found.both_eyes
    assert not found.both_whiskers
    assert not found.has_body
    assert found["head"] == 0


@settings(deadline=None, max_examples=80)
@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(-9, 300), st.integers(-9, 300)), min_size=1, max_size=9
        ),
        min_size=1,
        max_size=8,
    )
)
def test_whatever_is_drawn_gets_finite_numbers(lines: list[list[tuple[int, int]]]) -> None:
    found = of(*(np.array(points) for points in lines)).measures
    assert found.shape == (len(NAMES),)
    assert np.isfinite(found).all()
    assert np.abs(found).max() < 60


def test_size_and_place_do_not_matter() -> None:
    strokes = [HEAD, *EARS, *EYES, *BODY]
    plain = of(*strokes).measures
    moved = of(*(stroke * 3 + [50, -700] for stroke in strokes)).measures
    assert moved == pytest.approx(plain, abs=1e-6)
