"""Lines and numbers are read as GRBL reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.words import float32, read_number, strip_line, words_of


@pytest.mark.parametrize(
    ("raw", "stripped"),
    [
        ("  g0  x 2 . 5  y0", "G0X2.5Y0"),
        ("G0 X1 (a) Y1 ; b", "G0X1Y1"),
        ("/G0 X3", "G0X3"),
        ("(unclosed G0 X9", ""),
        ("(a(b)c)", "C)"),
        ("G0\tX1\x00\x01Y2", "G0X1Y2"),
        ("; (only a comment", ""),
        ("", ""),
    ],
)
def test_blanks_comments_and_slashes_are_taken_out(raw: str, stripped: str) -> None:
    assert strip_line(raw) == stripped


def test_79_characters_fit_and_80_do_not() -> None:
    assert len(strip_line("G1X1." + "0" * 74)) == 79
    with pytest.raises(GcodeError) as refused:
        strip_line("G1X1." + "0" * 75)
    assert refused.value.code == 11


def test_blanks_and_comments_do_not_count_towards_the_length() -> None:
    assert strip_line("G0 X1" + " " * 90 + "(" + "c" * 90 + ") Y1") == "G0X1Y1"


@pytest.mark.parametrize(
    ("text", "value", "end"),
    [
        ("12.5Y", 12.5, 4),
        ("-3", -3.0, 2),
        ("+.5", 0.5, 3),
        ("1.", 1.0, 2),
        ("123456789", 123456780.0, 9),
        ("1.2.3", 1.2, 3),
        ("1e3", 1.0, 1),
    ],
)
def test_numbers(text: str, value: float, end: int) -> None:
    number, place = read_number(text, 0)
    assert number == pytest.approx(value, rel=1e-7)
    assert place == end


@pytest.mark.parametrize("text", ["", "-", ".", "X", "+-1"])
def test_a_number_needs_a_digit(text: str) -> None:
    with pytest.raises(GcodeError) as refused:
        read_number(text, 0)
    assert refused.value.code == 2


@given(st.decimals(min_value=-9999, max_value=9999, places=3))
def test_three_decimals_come_back_to_single_precision(value: object) -> None:
    number, _ = read_number(str(value), 0)
    assert number == pytest.approx(float(str(value)), rel=3e-7, abs=1e-9)
    assert number == float32(number)


def test_words_come_in_order_and_stop_at_what_is_no_letter() -> None:
    words = words_of("G1X2*")
    assert next(words) == ("G", 1.0)
    assert next(words) == ("X", 2.0)
    with pytest.raises(GcodeError) as refused:
        next(words)
    assert refused.value.code == 1
