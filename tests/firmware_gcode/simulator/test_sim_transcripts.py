"""Every recorded conversation with the real firmware, held again with the simulated machine.

In made-up time, so that each byte is sent exactly as long after the one before as it was in
the recording. Numbers in reports of a moving machine are not compared, and the position of a
machine that was stopped while moving may differ by what it moves in two milliseconds.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from firmware_gcode.grbl.simulator.control import Control

MOVING = re.compile(r"^<(Run|Jog|Hold:1|Home)")
NUMBER = re.compile(r"-?\d+\.\d+")
BY_HAND = ("homing-ok", "dtr-reset", "boot-blank-eeprom", "planner-fill")
"""Cases with hardware that the recordings describe in words; they have tests of their own."""


class Replay:
    """Holds one recorded conversation."""

    def __init__(self, bench: Any, config: dict[str, str]) -> None:
        self.bench = bench
        self.control = Control(bench.machine)
        bench.boot()
        for name, value in config.items():
            assert bench.ask(f"{name}={value}\n", 0.5) == ["ok"]
        self.control.execute("reset")
        bench.boot()

    def step(self, step: dict[str, Any]) -> tuple[list[str], list[str]]:
        """Do one step; what the machine says, and what the firmware said."""
        if "wait_ms" in step:
            self.bench.time += step["wait_ms"] / 1000
        elif "hardware" in step:
            command = step["hardware"]
            assert self.control.execute("reset" if command == "power-on" else command) == "ok"
        elif "poll" in step:
            self.bench.until_idle()
            return [self.bench.status()], lines(step["last"])[-1:]
        elif "send" in step:
            said = self.bench.ask(step["send"], step.get("dur_ms", 200) / 1000)
            return said, lines(step["recv"])
        return [], []


def lines(text: str) -> list[str]:
    """The lines of a recorded answer."""
    return [line for line in text.replace("\r\n", "\n").split("\n") if line]


def same(got: str, recorded: str, within: float = 0.1) -> bool:
    """Whether two lines agree, numbers that depend on the moment aside."""
    if MOVING.match(recorded):
        return bool(MOVING.match(got))
    plain = [re.sub(r"\|(WCO|Ov|A):[^|>]*", "", line) for line in (got, recorded)]
    if plain[0] == plain[1]:
        return True
    if NUMBER.sub("#", plain[0]) != NUMBER.sub("#", plain[1]):
        return False
    numbers = [[float(n) for n in NUMBER.findall(line)] for line in plain]
    return all(abs(a - b) <= within for a, b in zip(*numbers, strict=True))


def ids() -> list[str]:
    """Names of the recorded cases, so that each is a test; they need no data to be listed."""
    return [
        "boot", "status-idle-cadence", "help", "settings", "parameters", "gcode-state",
        "build-info", "startup-lines", "unlock-idle", "home-disabled", "soft-reset-idle",
        "restore-settings", "setting-write", "comments", "line-length", "errors",
        "move-reports", "buffer-field", "rx-overflow", "feed-hold", "reset-in-motion",
        "reset-in-hold", "reset-in-dwell", "dwell", "arcs", "spindle", "coolant",
        "feed-overrides", "spindle-overrides", "jog", "power-cycle-in-motion", "g92", "g10",
        "check-mode", "sleep", "door", "laser-mode", "pins", "hard-limit", "homing-fail",
        "probe",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> dict[str, Any]:
    """The recordings."""
    data: dict[str, Any] = json.loads((shared_data / "grbl" / "transcripts.json").read_text())
    return data


def test_no_recorded_case_is_left_out(recorded: dict[str, Any]) -> None:
    assert {case["id"] for case in recorded["cases"]} == {*ids(), *BY_HAND}


@pytest.mark.parametrize("case_id", ids())
def test_the_machine_answers_as_the_firmware_did(
    recorded: dict[str, Any], make_bench: Any, case_id: str
) -> None:
    case = next(case for case in recorded["cases"] if case["id"] == case_id)
    replay = Replay(make_bench(settings=None), recorded["meta"]["configs"][case["config"]])
    for index, step in enumerate(case["steps"]):
        got, expected = replay.step(step)
        agree = len(got) == len(expected) and all(map(same, got, expected))
        assert agree, f"step {index}: {step.get('send')!r} got {got}, firmware {expected}"
        if "step_pins" in step:
            off = [
                abs(a - b) for a, b in zip(replay.bench.steps, step["step_pins"], strict=True)
            ]
            assert max(off) <= 8
        if "pwm" in step.get("emulator", {}):
            pwm = replay.bench.machine.board.tool.pwm
            assert (pwm or -1) == int(step["emulator"]["pwm"])


def test_a_full_planner_answers_one_line_for_each_finished_motion(
    recorded: dict[str, Any], make_bench: Any
) -> None:
    case = next(case for case in recorded["cases"] if case["id"] == "planner-fill")
    step = next(step for step in case["steps"] if "lines" in step)
    bench = make_bench(settings=None)
    bench.boot()
    for name, value in recorded["meta"]["configs"][case["config"]].items():
        bench.ask(f"{name}={value}\n", 0.5)
    started, answered = bench.time, list[float]()
    waiting = [line.encode() for line in step["lines"]]
    in_flight: list[int] = []
    while len(answered) < len(step["lines"]):
        while waiting and sum(in_flight) + len(waiting[0]) <= 127:
            in_flight.append(len(waiting[0]))
            bench.machine.write(waiting.pop(0))
        for _ in range(len(bench.wait(0.001))):
            answered.append(bench.time - started)
            in_flight.pop(0)
    firmware = [moment / 1000 for moment, kind, *_ in step["events"] if kind == "ok"]
    assert len(firmware) == len(answered)
    late = [abs(ours - theirs) for ours, theirs in zip(answered, firmware, strict=True)]
    assert max(late) < 0.03
