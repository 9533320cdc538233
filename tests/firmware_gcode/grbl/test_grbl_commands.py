"""Lines that go out are safe, and special ones are recognised."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.gcode.words import number
from firmware_gcode.grbl.commands import (
    LineError,
    RealTime,
    check_feed_override,
    dwell_seconds,
    feed_step,
    jog,
    line_bytes,
    setting,
    writes_eeprom,
)


def test_a_line_goes_out_with_one_newline() -> None:
    assert line_bytes("G1X2") == b"G1X2\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("G1X2(wow! really?)", "'!'"),
        ("G1X2 ; home", "';'"),
        ("G1X2?", "'?'"),
        ("G1~", "'~'"),
        ("G1Xü", "ASCII"),
        ("G1X2\nG1X3", "ASCII"),
        ("G1\x18", "ASCII"),
        ("G1X" + "1" * 77, "79"),
    ],
)
def test_what_grbl_would_misread_is_refused(text: str, why: str) -> None:
    with pytest.raises(LineError, match=why):
        line_bytes(text)


@pytest.mark.parametrize(
    "text",
    ["$110=5", "$N0=G21", "$N1=", "$RST=*", "$I=ME", "G10L20P1X0", "G21 G10 L2 P1", "g28.1"],
)
def test_lines_that_write_the_eeprom_are_known(text: str) -> None:
    assert writes_eeprom(text)


@pytest.mark.parametrize("text", ["$$", "$I", "$N", "$X", "$H", "G1X10", "G28", "$J=G91X1F9"])
def test_other_lines_do_not_write_the_eeprom(text: str) -> None:
    assert not writes_eeprom(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("G4P0", 0.0), ("G4 P1.5", 1.5), ("G04P.25", 0.25), ("G40P9", 0.0), ("G1X4", 0.0)],
)
def test_dwells_are_known(text: str, seconds: float) -> None:
    assert dwell_seconds(text) == seconds


@given(st.floats(-1e4, 1e4))
def test_numbers_are_short_and_exact_to_a_thousandth(value: float) -> None:
    text = number(value)
    assert "e" not in text
    assert text != "-0"
    assert float(text) == pytest.approx(value, abs=5.1e-4)


def test_jogs_and_settings() -> None:
    assert jog(1.5, -2, feed=600) == "$J=G91G21X1.5Y-2F600"
    assert jog(0, 0, 3, feed=60) == "$J=G91G21Z3F60"
    assert setting("$110", 500.0) == "$110=500"
    with pytest.raises(LineError, match="settings"):
        setting("G1", 1.0)


@given(st.integers(10, 200), st.integers(10, 200))
def test_the_feed_override_arrives_where_it_should(now: int, wanted: int) -> None:
    steps = {0x91: 10, 0x92: -10, 0x93: 1, 0x94: -1}
    for _ in range(30):
        taken = feed_step(now, wanted)
        assert len(set(taken)) == len(taken), "two of a kind would count once"
        for byte in taken:
            now = 100 if byte == RealTime.FEED_100 else now + steps[byte]
    assert now == wanted
    assert feed_step(now, wanted) == b""


def test_the_feed_override_has_bounds() -> None:
    check_feed_override(10)
    check_feed_override(200)
    for percent in (9, 201):
        with pytest.raises(LineError, match="10 to 200"):
            check_feed_override(percent)
