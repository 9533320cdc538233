"""The interpreter keeps GRBL's modes, refuses what GRBL refuses, and says what to do."""

from __future__ import annotations

import string
from copy import deepcopy

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware_gcode.gcode.actions import (
    Arc,
    Coolant,
    Dwell,
    Motion,
    Move,
    Probe,
    Signal,
    Spindle,
    SpindleMode,
    StoreCoordinates,
)
from firmware_gcode.gcode.errors import ERROR_CODES, GcodeError
from firmware_gcode.gcode.interpreter import Interpreter


def refused(interpreter: Interpreter, line: str) -> int:
    """The error number of a line that must be refused."""
    with pytest.raises(GcodeError) as error:
        interpreter.execute(line)
    return error.value.code


def last_move(interpreter: Interpreter, line: str) -> Move:
    """The last action of a line, which must be a straight motion."""
    action = interpreter.execute(line)[-1]
    assert isinstance(action, Move)
    return action


def reads(interpreter: Interpreter) -> tuple[float, ...]:
    """Where the last commanded motion ends, in work coordinates."""
    pairs = zip(interpreter.position, interpreter.work_offset, strict=True)
    return tuple(place - offset for place, offset in pairs)


# Errors.


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("1", 1), ("%", 1), ("#1=5", 1), ("G0 X0 \x7f", 1), ("G1 X1.2.3 F100", 1),
        ("G", 2), ("G1X", 2), ("G1 X-", 2), ("G0 X[1+2]", 2),
        ("F-100", 4), ("T-1", 4), ("S-5", 4), ("N-1 G0X0", 4), ("G4 P-1", 4),
        ("G5", 20), ("G41", 20), ("G64", 20), ("G90.1", 20), ("G92.2", 20), ("G61.1", 20),
        ("M7", 20), ("M6", 20), ("M98", 20), ("A5", 20), ("Q1", 20), ("G1 X1e3 F100", 20),
        ("G10 P1 X1", 20), ("G10 L3 P1 X1", 20), ("G10 L2 P1 R1 X0", 20),
        ("M3 M5", 21), ("G21 G20", 21), ("G17 G18", 21), ("G90 G91", 21), ("G54 G55", 21),
        ("G1 X1", 22), ("G1 X1 F0", 22), ("G1", 22), ("G38.2", 22), ("G93 G1 X1", 22),
        ("G1.5 X1", 23), ("M3.5", 23), ("G2.1 X1", 23), ("G59.1", 23), ("G256 X1", 23),
        ("G0 G1 X1", 24), ("G28 G92", 24), ("G0 G92 X1", 24), ("G49 G0 X1", 24),
        ("G0 X1 X2", 25), ("F100 F200", 25),
        ("G2 I1 F100", 26), ("G92", 26), ("G10", 26), ("G38.2 F100", 26),
        ("N99999999", 27), ("G4", 28), ("G10 X1", 28), ("G10 L2 P9 X0", 29),
        ("G53 G2 X1 I1 F100", 30), ("G80 X1", 31),
        ("G2 Z1 I1 F100", 32), ("G2 X10 Y0 I1 J0 F100", 33), ("G2 X0 Y0 R5 F100", 33),
        ("G38.2 X0 F100", 33), ("G2 X10 R1 F100", 34), ("G2 X1 F100", 35),
        ("P1", 36), ("R1", 36), ("L1", 36), ("I1", 36), ("G0 X1 K5", 36), ("G4 P1 X1 I1", 36),
        ("G43.1 X1", 37), ("T300", 38),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_with_grbls_number(line: str, code: int) -> None:
    assert refused(Interpreter(), line) == code


def test_an_error_speaks_in_words() -> None:
    with pytest.raises(GcodeError, match="error:20, the command is not supported"):
        Interpreter().execute("G5")
    assert set(range(1, 18)) | set(range(20, 39)) == set(ERROR_CODES)


@given(
    st.lists(
        st.text(st.sampled_from("GMXYZIJKFSPLNRT0123456789.-+ "), max_size=24)
        | st.sampled_from(["G1F100", "G2X1I1", "G91", "G20", "M3S5", "G93", "G10L2P2X1"]),
        max_size=6,
    )
)
@example(["G2 X0 Y0 Z1 R1 F1"])
@example(["G18 F1", "G2 Z0 R0 X0"])
def test_a_refused_line_changes_nothing(lines: list[str]) -> None:
    interpreter = Interpreter()
    for line in lines:
        before = deepcopy(vars(interpreter))
        try:
            interpreter.execute(line)
        except GcodeError:
            after = vars(interpreter)
            assert {k: v for k, v in before.items() if k != "modal"} == {
                k: v for k, v in after.items() if k != "modal"
            }
            assert before["modal"] == after["modal"]


@given(st.text(st.sampled_from(string.printable), max_size=60))
def test_any_line_is_interpreted_or_refused(line: str) -> None:
    code = 1
    try:
        Interpreter().execute(line)
    except GcodeError as error:
        code = error.code
    assert code in ERROR_CODES


# Motion and modes.


def test_axis_words_alone_repeat_the_last_motion() -> None:
    interpreter = Interpreter()
    assert last_move(interpreter, "X10").rapid
    move = last_move(interpreter, "G1 Y5 F600")
    assert (move.rapid, move.feed, move.target) == (False, 600.0, (10.0, 5.0, 0.0))
    assert last_move(interpreter, "X1").target == (1.0, 5.0, 0.0)


def test_incremental_distances_add_up() -> None:
    interpreter = Interpreter()
    interpreter.execute("G91 G0 X1 Y2")
    assert last_move(interpreter, "X1").target == (2.0, 2.0, 0.0)
    assert last_move(interpreter, "G90 X0").target == (0.0, 2.0, 0.0)


def test_inches_are_converted_and_feeds_too() -> None:
    move = last_move(Interpreter(), "G20 G1 X1 F10")
    assert move.target[0] == pytest.approx(25.4, abs=1e-5)
    assert move.feed == pytest.approx(254.0, abs=1e-4)


def test_inverse_time_needs_f_on_each_line_and_forgets_it() -> None:
    interpreter = Interpreter()
    assert last_move(interpreter, "G93 G1 X1 F2").inverse_time
    assert refused(interpreter, "X2") == 22
    assert refused(interpreter, "G94 X2") == 22
    assert last_move(interpreter, "G94 X2 F100").feed == 100.0


def test_g80_takes_no_axis_words_until_a_motion_is_chosen() -> None:
    interpreter = Interpreter()
    assert interpreter.execute("G80") == []
    assert refused(interpreter, "X1") == 31
    assert refused(interpreter, "G43.1 Z1") == 31
    assert last_move(interpreter, "G0 X1").target[0] == 1.0


def test_motion_words_without_axes_only_change_the_mode() -> None:
    interpreter = Interpreter()
    assert interpreter.execute("G1 F100") == []
    assert interpreter.modal.motion is Motion.LINE


# Coordinates.


def test_work_coordinates_shift_targets_and_g53_ignores_them() -> None:
    interpreter = Interpreter()
    stored = interpreter.execute("G10 L2 P1 X3 Y4")
    assert stored == [StoreCoordinates(0, (3.0, 4.0, 0.0)), Signal.OFFSETS_CHANGED]
    assert last_move(interpreter, "G0 X0 Y0").target == (3.0, 4.0, 0.0)
    assert last_move(interpreter, "G53 X0").target == (0.0, 4.0, 0.0)
    assert reads(interpreter) == (-3.0, 0.0, 0.0)


def test_g10_l20_and_g92_make_the_present_place_read_as_given() -> None:
    interpreter = Interpreter()
    interpreter.execute("G0 X10 Y5")
    interpreter.execute("G10 L20 P0 X0")
    assert reads(interpreter) == (0.0, 5.0, 0.0)
    interpreter.execute("G92 Y1")
    assert reads(interpreter) == (0.0, 1.0, 0.0)
    interpreter.execute("G92.1")
    assert reads(interpreter) == (0.0, 5.0, 0.0)


def test_another_system_stores_without_moving_the_present_one() -> None:
    interpreter = Interpreter()
    assert interpreter.execute("G10 L2 P3 X7") == [StoreCoordinates(2, (7.0, 0.0, 0.0))]
    assert interpreter.execute("G56") == [Signal.OFFSETS_CHANGED]
    assert interpreter.work_offset == (7.0, 0.0, 0.0)


def test_g28_goes_by_way_of_the_point_given() -> None:
    interpreter = Interpreter()
    interpreter.execute("G0 X5 Y6 Z7")
    assert interpreter.execute("G28.1") == [StoreCoordinates(6, (5.0, 6.0, 7.0))]
    interpreter.execute("G0 X0 Y0 Z0")
    by_way, home = interpreter.execute("G28 Z9")
    assert isinstance(by_way, Move)
    assert isinstance(home, Move)
    assert by_way.target == (0.0, 0.0, 9.0)
    assert home.target == (0.0, 0.0, 7.0)
    (straight,) = interpreter.execute("G28")
    assert isinstance(straight, Move)
    assert straight.target == interpreter.position == (5.0, 6.0, 7.0)


def test_a_tool_length_shifts_z_until_g49() -> None:
    interpreter = Interpreter()
    assert interpreter.execute("G43.1 Z2") == [Signal.OFFSETS_CHANGED]
    assert last_move(interpreter, "G0 Z0").target == (0.0, 0.0, 2.0)
    assert interpreter.execute("G49") == [Signal.OFFSETS_CHANGED]
    assert interpreter.execute("G49") == []


# Arcs.


def test_an_arc_knows_centre_and_direction() -> None:
    (arc,) = Interpreter().execute("G2 X10 Y0 I5 J0 F3000")
    assert isinstance(arc, Arc)
    assert (arc.offset, arc.clockwise) == ((5.0, 0.0), True)
    assert (arc.start, arc.target) == ((0.0, 0.0, 0.0), (10.0, 0.0, 0.0))


@pytest.mark.parametrize(("radius", "centre_y"), [(13.0, -12.0), (-13.0, 12.0)])
def test_a_radius_chooses_the_shorter_or_the_longer_way(
    radius: float, centre_y: float
) -> None:
    (arc,) = Interpreter().execute(f"G2 X10 Y0 R{radius} F100")
    assert isinstance(arc, Arc)
    assert arc.offset[0] == pytest.approx(5.0)
    assert arc.offset[1] == pytest.approx(centre_y, abs=1e-4)


def test_an_arc_in_another_plane() -> None:
    (arc,) = Interpreter().execute("G18 G3 X0 Z4 I0 K2 F100")
    assert isinstance(arc, Arc)
    assert arc.axes == (2, 0, 1)
    assert arc.offset == (2.0, 0.0)


def test_an_arc_end_may_miss_the_circle_by_little() -> None:
    Interpreter().execute("G2 X10 Y0.004 I5 J0 F100")
    assert refused(Interpreter(), "G2 X10 Y0 I5.01 J0 F100") == 33


# Everything else.


def test_spindle_coolant_dwell_and_motion_come_in_grbls_order() -> None:
    interpreter = Interpreter()
    actions = interpreter.execute("G1 X1 F100 M3 S500 M8")
    assert actions[:2] == [Spindle(SpindleMode.CW, 500.0), Coolant(True)]
    assert isinstance(actions[2], Move)
    assert interpreter.execute("S250 G4 P0.5") == [Spindle(SpindleMode.CW, 250.0), Dwell(0.5)]
    assert interpreter.execute("M5") == [Spindle(SpindleMode.OFF, 250.0)]
    assert interpreter.execute("S100") == []


def test_in_laser_mode_s_rides_on_the_motion() -> None:
    interpreter = Interpreter()
    interpreter.laser_mode = True
    interpreter.execute("M4 S500")
    (move,) = interpreter.execute("G1 X1 F100 S200")
    assert isinstance(move, Move)
    assert move.spindle_speed == 200.0
    (rapid,) = interpreter.execute("G0 X2")
    assert isinstance(rapid, Move)
    assert rapid.spindle_speed == 0.0


def test_program_end_puts_some_modes_back() -> None:
    interpreter = Interpreter()
    interpreter.execute("G20 G91 G55 G18 G93 M3 M8")
    actions = interpreter.execute("M30")
    assert actions == [Signal.OFFSETS_CHANGED, Signal.PROGRAM_END]
    assert interpreter.modal.words == "G1 G54 G17 G20 G90 G94 M5 M9"
    assert Interpreter().execute("M0") == [Signal.PAUSE]
    assert Interpreter().execute("M1") == []


def test_probing_says_where_to_and_how() -> None:
    (probe,) = Interpreter().execute("G38.5 Z-5 F60")
    assert probe == Probe((0.0, 0.0, 0.0), (0.0, 0.0, -5.0), 60.0, away=True, no_error=True)


def test_the_tool_number_is_forgotten_with_the_next_line() -> None:
    interpreter = Interpreter()
    interpreter.execute("T3")
    assert interpreter.tool == 3
    interpreter.execute("G0 X1")
    assert interpreter.tool == 0


# Jogs.


def test_a_jog_leaves_the_modes_alone() -> None:
    interpreter = Interpreter()
    interpreter.execute("G1 F300")
    (jog,) = interpreter.execute("$J=G91 X-5 F3000")
    assert jog == Move((-5.0, 0.0, 0.0), 3000.0, jog=True)
    assert interpreter.modal.words == "G1 G54 G17 G21 G90 G94 M5 M9"
    assert interpreter.feed == 300.0


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("$J=X5", 22), ("$J=", 22), ("$J=X1F0", 22), ("$J=G0X1F100", 16), ("$J=G55X1F100", 16),
        ("$J=X1F100M3", 16), ("$J=X1F100S5", 36), ("$J=A1F100", 20), ("$J=G4P1X1F1", 16),
    ],
)  # fmt: skip
def test_a_bad_jog_is_refused(line: str, code: int) -> None:
    assert refused(Interpreter(), line) == code


def test_a_jog_stays_within_the_travel_if_soft_limits_are_on() -> None:
    interpreter = Interpreter()
    interpreter.jog_limits = (100.0, 80.0, 30.0)
    assert refused(interpreter, "$J=G91 X5 F100") == 15
    assert refused(interpreter, "$J=G53 Y-81 F100") == 15
    assert interpreter.execute("$J=G53 X-10 F100")
    assert interpreter.position == (-10.0, 0.0, 0.0)
