"""A host on a busy computer: it looks at its port late, and hears what the firmware said.

In made-up time: looks come two milliseconds apart and up to some more, by chance. A real
conversation on such a computer is held by `replay`.
"""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from firmware_gcode.grbl.simulator.machine import SimulatedMachine
from firmware_gcode.grbl.simulator.pace import Pace
from tests.firmware_gcode.simulator.conftest import FAST, Bench
from tests.firmware_gcode.simulator.test_sim_transcripts import Replay, lines, same

LOOK_S, LATE_S = 0.002, 0.002
CASES = ("status-idle-cadence", "dwell", "spindle", "feed-overrides", "door")
BUSY = "M3 S100\nG1 X4 F1200\nM5\nG4 P0.3\nG1 X0\nM3 S10\n"
"""What is Idle by its reports and has lines unanswered, time and again."""


class LateHost(Bench):
    """Types and reads as a busy computer lets it."""

    def __init__(self, settings: dict[str, float], seed: int = 3) -> None:
        self.time = 0.0
        self.pace = Pace(lambda: self.time, most=0.04)
        self.machine = SimulatedMachine(clock=self.pace.now, settings=settings)
        self.numbers = random.Random(seed)
        self.unread = b""

    def wait(self, seconds: float) -> list[str]:
        """Look now and then until so much time has passed."""
        end, heard = self.time + seconds, b""
        while self.time < end:
            self._run(self.time + LOOK_S + self.numbers.expovariate(1 / LATE_S))
            heard, self.unread = heard + self.unread, b""
            if self.pace.unread:
                self.pace.looked(lies=False)
        return lines(heard.decode("latin-1"))

    def _run(self, look: float) -> None:
        while (due := self.machine.next_event()) is not None:
            wait = max(self.pace.wait_until(due), 1e-6)
            if self.time + wait > look:
                break
            self.time += wait
            if said := self.machine.read():
                self.unread += said
                self.pace.answered()
                self.pace.looked(lies=True)
        self.time = look

    def ask(self, text: str, seconds: float = 0.3) -> list[str]:
        """Type something and read what comes."""
        if text:
            self.pace.spoken()
        return super().ask(text, seconds)


@pytest.mark.parametrize("name", CASES)
def test_it_hears_what_was_recorded(shared_data: Path, name: str) -> None:
    data = json.loads((shared_data / "grbl" / "transcripts.json").read_text())
    case = next(case for case in data["cases"] if case["id"] == name)
    config = data["meta"]["configs"][case["config"]]
    replay = Replay(LateHost({key: float(value) for key, value in config.items()}), {})
    for step in case["steps"]:
        got, expected = replay.step(step)
        assert len(got) == len(expected), (step, got)
        assert all(same(g, e, 1.0) for g, e in zip(got, expected, strict=True)), (step, got)


def talk(host: Bench) -> list[str]:
    """Ask six times while the machine dwells, turns its spindle, and moves."""
    host.wait(0.8)
    said = host.ask(BUSY, 0.02)
    for _ in range(6):
        said += [line.split("|")[0] for line in host.ask("?", 0.16)]
    return [*said, *host.wait(0.5)]


@pytest.mark.parametrize("seed", range(10))
def test_reports_in_dwells_are_those_of_a_host_that_is_in_time(
    make_bench: Any, seed: int
) -> None:
    """A dwell looks for real-time bytes each 50 ms: who drifts meets another such moment."""
    assert talk(LateHost(dict(FAST), seed)) == talk(make_bench(settings=FAST))
