"""The simulated machine moves, holds, stops, homes and probes as GRBL 1.1h does."""

from __future__ import annotations

import json
from collections import deque
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from firmware_gcode.motion.estimate import time_program

GREETING = "Grbl 1.1h ['$' for help]"
FAST = {
    "$100": 80, "$101": 80, "$110": 6000, "$111": 6000, "$120": 500, "$121": 500, "$1": 255,
}  # fmt: skip


def test_motion_takes_its_time_and_arrives(bench: Any) -> None:
    bench.ask("G1 X10 F600\n", 0.5)
    assert bench.status().startswith("<Run|MPos:4.8")
    bench.until_idle()
    assert bench.steps == (800, 0, 0)


def test_a_hold_slows_down_stands_and_goes_on(bench: Any) -> None:
    bench.ask("G1 X50 F3000\n", 0.3)
    bench.ask("!", 0.05)
    assert bench.status().startswith("<Hold:1")
    bench.wait(0.3)
    assert bench.status().startswith("<Hold:0")
    where = bench.steps
    assert bench.ask("G1 X0\n", 1.0) == []
    assert bench.steps == where
    assert bench.ask("~", 0.1) == ["ok"]
    bench.until_idle()
    assert bench.steps == (0, 0, 0)


def test_the_clean_stop_keeps_the_position(bench: Any) -> None:
    bench.ask("G1 X50 F3000\nG1 X60\n", 0.4)
    bench.ask("!", 0.5)
    assert bench.ask("\x18", 0.7) == [GREETING]
    report = bench.status()
    assert report.startswith(f"<Idle|MPos:{bench.steps[0] / 80:.3f}")
    assert bench.ask("G1 X0\n") == ["error:22"]  # The feed was forgotten.


def test_a_reset_in_motion_is_an_alarm(bench: Any) -> None:
    bench.ask("G1 X50 F3000\n", 0.4)
    assert bench.ask("\x18", 1.2) == ["ALARM:3", GREETING, "[MSG:'$H'|'$X' to unlock]"]
    assert bench.status().startswith("<Alarm|")


def test_power_on_in_motion_forgets_the_position_but_not_the_place(bench: Any) -> None:
    bench.ask("G1 X50 F3000\n", 0.4)
    bench.machine.power_on()
    assert bench.boot() == [GREETING]
    assert bench.status().startswith("<Idle|MPos:0.000")
    assert bench.steps[0] > 1000


def test_overrides_change_speed_at_once(bench: Any) -> None:
    bench.ask("G1 X200 F1200\n", 0.5)
    bench.ask("\x91\x91", 0.1)
    assert "FS:1440" in bench.status()
    assert "Ov:120,100,100" in bench.status()
    bench.ask("\x92", 0.1)
    assert "FS:1320" in bench.status()
    bench.ask("\x90", 0.1)
    assert "FS:1200" in bench.status()


def test_rapids_have_their_own_override(bench: Any) -> None:
    bench.ask("G0 X300\n\x97", 1.0)
    assert "FS:1500" in bench.status()
    bench.ask("\x95", 0.2)
    assert "FS:6000" in bench.status()


def test_a_jog_is_cancelled_without_alarm(bench: Any) -> None:
    assert bench.ask("$J=G91X50F1500\n") == ["ok"]
    assert bench.status().startswith("<Jog|")
    assert bench.ask("G0X0\n") == ["error:9"]
    bench.ask("\x85", 0.3)
    assert bench.status().startswith("<Idle|")
    assert 0 < bench.steps[0] < 50 * 80


def test_the_door_stops_and_the_machine_goes_on_by_itself(bench: Any) -> None:
    bench.ask("G1 X50 F1500\n")
    assert bench.ask("\x84", 0.6) == ["[MSG:Check Door]"]
    assert bench.status().startswith("<Door:0|")
    bench.ask("~")
    assert bench.status().startswith("<Run|")
    bench.until_idle()
    assert bench.steps == (4000, 0, 0)


def test_a_spindle_stopped_in_a_hold_runs_again_before_motion_does(bench: Any) -> None:
    bench.ask("M3 S500\nG1 X20 F1000\n", 0.3)
    bench.ask("!", 0.4)
    bench.ask("\x9e", 0.1)
    assert bench.machine.board.tool.pwm == 0
    assert bench.ask("~", 0.2) == ["[MSG:Restoring spindle]"]
    assert bench.machine.board.tool.pwm == 128
    assert bench.status().startswith("<Run|")


def test_m0_holds_until_cycle_start(bench: Any) -> None:
    assert bench.ask("G1 X1 F600\nM0\nX2\n", 1.0) == ["ok"]
    assert bench.status().startswith("<Hold:0|MPos:1.000")
    assert bench.ask("~") == ["ok", "ok"]
    bench.until_idle()
    assert bench.steps == (160, 0, 0)


def test_a_hold_pauses_a_dwell(bench: Any) -> None:
    bench.ask("G4 P0.5\n", 0.2)
    bench.ask("!", 2.0)
    assert bench.status().startswith("<Hold:0")
    assert bench.ask("~", 0.2) == []
    assert bench.wait(0.3) == ["ok"]


def test_a_hard_limit_stops_everything_until_reset(bench: Any) -> None:
    bench.ask("$21=1\n")
    bench.ask("G1 X50 F1500\n")
    bench.machine.set_pin("limx", True)
    assert bench.wait(1.0) == ["ALARM:1", "[MSG:Reset to continue]"]
    assert bench.ask("?$X\n") == []
    assert bench.ask("\x18", 0.7)[1:] == ["[MSG:Check Limits]", "[MSG:'$H'|'$X' to unlock]"]
    assert "|Pn:X" in bench.status()


def homing_settings() -> dict[str, float]:
    """A machine of 100 x 80 x 30 mm with homing and soft limits."""
    return {
        "$100": 80, "$101": 80, "$102": 80, "$110": 6000, "$111": 6000, "$112": 3000,
        "$120": 500, "$121": 500, "$122": 200, "$130": 100, "$131": 80, "$132": 30,
        "$20": 1, "$22": 1, "$24": 200, "$25": 2000, "$27": 2,
    }  # fmt: skip


def test_homing_finds_the_switches_and_sets_the_machine_space(make_bench: Any) -> None:
    bench = make_bench(settings=homing_settings(), switches=(10.0, 10.0, 10.0))
    bench.boot()
    assert bench.ask("$H\n", 0.5) == []
    assert bench.ask("?", 5.0)[-1] == "ok"
    assert bench.status().startswith("<Idle|MPos:-2.000,-2.000,-2.000")
    assert bench.steps == (640, 640, 640)


@pytest.mark.parametrize(("mask", "corner"), [(0, "-2.000,-2.000"), (3, "-98.000,-78.000")])
def test_homing_goes_to_the_corner_of_the_mask(
    make_bench: Any, mask: int, corner: str
) -> None:
    bench = make_bench(settings=homing_settings() | {"$23": mask}, switches=(30.0, 20.0, 5.0))
    bench.boot()
    assert bench.ask("$H\n", 12.0) == ["ok"]
    assert f"MPos:{corner}" in bench.status()


def test_homing_without_switches_fails(make_bench: Any) -> None:
    bench = make_bench(settings=homing_settings() | {"$132": 5})
    bench.machine.set_pin("limz", False)  # By hand: the simulated switch is off.
    bench.boot()
    answers = bench.ask("$H\n", 8.0)
    assert answers == ["ALARM:9", "ok", GREETING, "[MSG:'$H'|'$X' to unlock]"]


def test_a_reset_ends_homing_with_an_alarm(make_bench: Any) -> None:
    bench = make_bench(settings=homing_settings())
    bench.boot()
    bench.ask("$H\n", 0.05)
    assert bench.ask("\x18", 1.5)[0] == "ALARM:6"


def test_soft_limits_stop_before_the_edge(make_bench: Any) -> None:
    bench = make_bench(settings=homing_settings())
    bench.boot()
    bench.ask("$H\n", 12.0)
    assert bench.ask("$J=G53X1F100\n") == ["error:15"]
    answers = bench.ask("G53 G0 X-50\nG53 G0 X-101\n", 1.5)
    assert answers == ["ok", "ALARM:2", "[MSG:Reset to continue]"]
    assert bench.ask("\x18", 0.7)[0] == "ok"
    assert bench.status().startswith("<Alarm|")


def test_probing_stops_where_the_probe_closes(bench: Any) -> None:
    bench.ask("G38.2 Z-10 F100\n", 0.8)
    bench.machine.set_pin("probe", True)
    prb, ok = bench.wait(0.5)
    assert prb.startswith("[PRB:0.000,0.000,-1.3")
    assert prb.endswith(":1]")
    assert ok == "ok"
    assert bench.ask("G38.2 Z-20\n", 0.7) == ["ALARM:4", "ok"]


def test_a_probe_that_never_closes_is_an_alarm_unless_told_otherwise(bench: Any) -> None:
    assert bench.ask("G38.3 Z-1 F600\n", 1.0)[0] == "[PRB:0.000,0.000,-1.000:0]"
    assert bench.ask("G38.2 Z-2 F600\n", 1.5)[0] == "ALARM:5"


def stream(bench: Any, lines: list[str]) -> None:
    """Send a program so that the receive buffer stays full, and wait for its end."""
    waiting, in_flight = deque(line.encode() + b"\n" for line in lines), deque[int]()
    machine, said = bench.machine, b""
    while waiting or in_flight or machine.supervisor.phase.word != "Idle":
        while waiting and sum(in_flight) + len(waiting[0]) <= 127:
            in_flight.append(len(waiting[0]))
            machine.write(waiting.popleft())
        due = machine.next_event()
        bench.time = max(bench.time + 1e-4, bench.time if due is None else due)
        said += machine.read()
        *answers, said = said.split(b"\r\n")
        for answer in answers:
            assert answer == b"ok"
            in_flight.popleft()


def test_recorded_programs_take_the_recorded_time(shared_data: Path, make_bench: Any) -> None:
    folder = shared_data / "grbl" / "motion"
    times = json.loads((folder / "times.json").read_text())
    errors = {}
    for program in times["programs"]:
        bench = make_bench(settings=times["settings"][program["settings"]])
        bench.boot()
        moments: list[float] = []
        motors = bench.machine.board.drive
        motors.on_motion = lambda _piece, at, seen=moments: seen.append(at)
        before = bench.time
        stream(bench, (folder / f"{program['name']}.gcode").read_text().splitlines())
        first = min(moment for moment in moments if moment > before) - 0.01
        errors[program["name"]] = (moments[-1] - first) / program["motion_s"] - 1.0
        assert list(bench.steps) == program["end_steps"]
    assert len(errors) == 28
    assert {name: error for name, error in errors.items() if abs(error) > 0.005} == {}


@given(
    st.lists(
        st.tuples(
            st.integers(0, 400), st.integers(0, 400), st.sampled_from(["", "F600", "F5000"])
        ),
        min_size=5,
        max_size=40,
    ),
    st.sampled_from([0, 7, 3]),
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # Each example makes its own.
)
def test_any_program_takes_the_time_that_the_motion_model_predicts(
    make_bench: Any, points: list[tuple[int, int, str]], dwell_every: int
) -> None:
    lines = ["G21 G90", "G1 F2000"]
    for index, (x, y, feed) in enumerate(points):
        lines.append(f"X{x / 20} Y{y / 20} {feed}")
        if dwell_every and index % dwell_every == 1:
            lines.append("G4 P0.05")
    lines.append("G4 P0.05")
    bench = make_bench(settings=FAST)
    bench.boot()
    before = bench.time
    stream(bench, lines)
    predicted = time_program(lines, bench.machine.board.settings.motion())
    assert bench.time - before == pytest.approx(predicted.total_seconds, rel=0.01, abs=0.02)
