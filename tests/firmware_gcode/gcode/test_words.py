"""Lines and numbers are read as GRBL reads them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.words import decimal, float32, strip_line, words_of


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
    ("text", "value"),
    [("12.5", 12.5), ("-3", -3.0), ("+.5", 0.5), ("1.", 1.0), ("123456789", 123456780.0)],
)
def test_numbers(text: str, value: float) -> None:
    assert decimal(text) == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize("text", ["", "-", "."])
def test_a_number_needs_a_digit(text: str) -> None:
    with pytest.raises(GcodeError) as refused:
        decimal(text)
    assert refused.value.code == 2


@given(st.decimals(min_value=-9999, max_value=9999, places=3))
def test_three_decimals_come_back_to_single_precision(value: object) -> None:
    number = decimal(str(value))
    assert number == pytest.approx(float(str(value)), rel=3e-7, abs=1e-9)
    assert number == float32(number)


@pytest.mark.parametrize(
    ("line", "code"), [("X1.2.3", 1), ("X1E", 2), ("X+-1", 2), ("X[1]", 2), ("1", 1)]
)
def test_what_is_no_word_is_refused(line: str, code: int) -> None:
    with pytest.raises(GcodeError) as refused:
        list(words_of(line))
    assert refused.value.code == code


def test_words_come_in_order_and_stop_at_what_is_no_letter() -> None:
    words = words_of("G1X2*")
    assert next(words) == ("G", 1.0)
    assert next(words) == ("X", 2.0)
    with pytest.raises(GcodeError) as refused:
        next(words)
    assert refused.value.code == 1
