"""Many lines at once are read as the interpreter reads them one by one."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.gcode.batch import ROW, read_batch, rows_of_action
from firmware_gcode.gcode.errors import GcodeError
from firmware_gcode.gcode.interpreter import Interpreter

EXAMPLES = 60

number = st.one_of(
    st.integers(-99, 99).map(str),
    st.floats(-400, 400).map(lambda value: f"{value:.3f}"),
    st.sampled_from(
        [".5", "-.25", "+3", "7.", "007.10", "-0", "0.00001", "12345678", "1.2345678"]
    ),
    st.sampled_from(["", ".", "--1", "1.2.3", "1e3", "123456789"]),
)
size = st.integers(0, 3000).map(str)
axis = st.sampled_from("XYZ")


def words(*parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """A line of these words, with blanks or without."""
    return st.tuples(st.sampled_from(["", " "]), *parts).map(lambda p: p[0].join(p[1:]))


def word(letters: str, value: st.SearchStrategy[str] = number) -> st.SearchStrategy[str]:
    """A word or nothing."""
    return st.one_of(st.just(""), st.tuples(st.sampled_from(letters), value).map("".join))


move = words(
    word("N", size),
    st.sampled_from(["", "", "G0", "G1", "g1", "G01", "G1.0"]),
    word("X"), word("Y"), word("Z"), word("F", size), word("S", size),
)  # fmt: skip
ring = st.tuples(st.sampled_from(["G2", "G3"]), st.integers(1, 40)).map(
    lambda p: f"{p[0]} I{p[1]} X0 Y0" if p[1] % 2 else f"{p[0]} X0 J{p[1]}"
)
bow = words(st.sampled_from(["G2", "G3", ""]), word("X"), word("Y"), word("Z"), word("R"))
other = st.one_of(
    words(st.sampled_from(["M3", "M4", "M5", "M05", "M8"]), word("S", size)),
    words(st.just("G4"), word("P", st.sampled_from(["0", "0.05", "1", "-1"]))),
    st.sampled_from(
        [
            "", "(a; comment)", "G1 X1 (b) Y2 ; c", "; only", "G0 X1 (open", "$H", "%", "G20",
            "G21", "G90", "G91", "G93", "G94", "G80", "G92 X1", "G92.1", "G10 L2 P1 X3 Y4",
            "G55", "G54", "G28", "G43.1 Z2", "G49", "G18", "G17", "M2", "G38.2 Z-5 F100",
            "G2 X1 Y1 R3", "G3X-5R-400", "X9 R2 I1",
            "S700", "S0", "F0", "G1", "X1 X2", "G1 G0 X1", "G1 X1 M3",
            "X2 M5", "G1 X1 M3 S9 F7",
            "N10000000 X1", "G1 Q3", "\tG0\tX7", "G1 X5\r", "G0/X3", "X" + "1" * 90,
        ]
    ),
)  # fmt: skip
line = st.one_of(move, move, move, ring, bow, bow, words(word("IJ"), move), other)


def by_one(interpreter: Interpreter, lines: list[str]) -> tuple[list[object], list[object]]:
    """Rows and errors of lines that are read one by one."""
    rows: list[object] = []
    errors: list[object] = []
    for index, text in enumerate(lines):
        start = interpreter.position
        try:
            asked = [] if text[:1] == "$" else interpreter.execute(text)
        except GcodeError as error:
            errors.append((index, error.code))
            continue
        for action in asked:
            rows += rows_of_action(action, start, index)
            start = getattr(action, "target", start)
    return rows, errors


def plain_rows(rows: Any) -> list[tuple[float, ...]]:
    """Rows as numbers; a row that says the same as the one before it is left out."""
    found: list[tuple[float, ...]] = []
    for row in np.array(rows, ROW):
        numbers = tuple(np.hstack([row[name] for name in ROW.names or ()]) + 0.0)
        if not found or numbers != found[-1]:
            found.append(numbers)
    return found


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(line, min_size=1, max_size=25))
def test_both_ways_of_reading_give_the_same(lines: list[str]) -> None:
    one, many = Interpreter(), Interpreter()
    one.position = many.position = (0.1, -0.2, 5.0)
    rows, errors = by_one(one, lines)
    with patch("firmware_gcode.gcode.batch._SHORTEST", 1):  # Arrays for any run of lines.
        found, refused = read_batch(many, lines)
    assert plain_rows(found) == plain_rows(rows)
    assert [(index, error.code) for index, error in refused] == errors
    assert vars(many) == vars(one)


@pytest.mark.parametrize("count", [15, 16, 17, 5000])
def test_any_number_of_lines_is_read(count: int) -> None:
    interpreter = Interpreter()
    rows, _ = read_batch(interpreter, [f"G0 X{index % 7}" for index in range(count)], 100)
    assert len(rows) == count
    assert rows["line"][[0, -1]].tolist() == [100, 99 + count]
    assert interpreter.position == pytest.approx(((count - 1) % 7, 0.0, 0.0))


def test_nothing_is_read_from_nothing() -> None:
    assert len(read_batch(Interpreter(), [])[0]) == 0
