"""Captions in single strokes."""

from __future__ import annotations

import string
import unicodedata

import numpy as np
import pytest

from firmware_gcode.drawing.caption import CaptionError, caption, caption_strip, letter
from firmware_gcode.drawing.geometry import Rectangle, bounds

AREA = Rectangle(10.0, 5.0, 110.0, 15.0)


def test_text_stands_centred_in_its_area() -> None:
    drawing = caption("No. 27, 22 Nov 2026", AREA, height=5.0)
    assert AREA.contains(np.concatenate(drawing.strokes), 1e-9)
    assert drawing.bounds.centre[0] == pytest.approx(60.0)
    assert drawing.bounds.height == pytest.approx(5.0, abs=1.0)


def test_every_printable_sign_is_drawn_and_letters_differ() -> None:
    seen = set()
    for sign in string.ascii_letters + string.digits + "äöüÄÖÜß":
        drawing = caption(sign, AREA)
        assert AREA.contains(np.concatenate(drawing.strokes), 1e-9)
        seen.add(tuple(tuple(map(tuple, stroke.tolist())) for stroke in drawing.strokes))
    assert len(seen) == len(string.ascii_letters) + 10 + 7


@pytest.mark.parametrize("word", ["éèê", "ñãõ", "çÇ", "åÅ", "žčš", "ÉÈÊ"])
def test_letters_have_their_accents(word: str) -> None:
    for sign in word:
        plain = unicodedata.normalize("NFD", sign)[0]
        with_accent, without = letter(sign), letter(plain)
        assert with_accent is not None
        assert without is not None
        strokes, step = with_accent
        assert step == without[1]
        base, whole = bounds(without[0]), bounds(strokes)
        if sign in "çÇ":
            assert whole.y0 < base.y0
        else:
            assert whole.y1 > base.y1
    dotless = letter("ï")
    assert dotless is not None
    assert len(dotless[0]) == 3  # the stem and two dots
    assert letter("猫") is None
    assert letter("a\u20dd") is None


def test_long_text_becomes_smaller() -> None:
    drawing = caption("a rather long caption for a small card", AREA, height=6.0)
    assert AREA.contains(np.concatenate(drawing.strokes), 1e-9)


@pytest.mark.parametrize("text", ["", "   ", "x" * 500])
def test_text_that_cannot_be_written_is_refused(text: str) -> None:
    with pytest.raises(CaptionError, match="caption"):
        caption(text, AREA)


def test_unknown_signs_become_question_marks() -> None:
    strange, question = caption("猫", AREA), caption("?", AREA)
    for one, other in zip(strange.strokes, question.strokes, strict=True):
        assert np.array_equal(one, other)


def test_a_cell_has_room_for_a_line_of_text_below() -> None:
    cell = Rectangle(0.0, 0.0, 60.0, 40.0)
    above, below = caption_strip(cell, 3.0)
    assert (below.width, below.height) == pytest.approx((60.0, 7.8))
    assert (above.width, above.y0, above.y1) == pytest.approx((60.0, 7.8, 40.0))
    assert below.contains(np.concatenate(caption("cat 7", below, height=3.0).strokes))
    with pytest.raises(CaptionError, match="too little"):
        caption_strip(cell, 15.0)
