"""A day of drawing one after the other, in made-up time: nothing drifts and nothing piles up.

`CATPLOTTER_LONG_HOURS` sets how many simulated hours.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path

from firmware_gcode.grbl.events import LinkState, ProgramEnded
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from tests.firmware_gcode.virtual_time import VirtualTimeLink

HOURS = float(os.environ.get("CATPLOTTER_LONG_HOURS", "0.05"))
WARM_DRAWINGS = 10
"""After these nothing new should stay in memory."""


def memory_mb() -> float:
    """What the process holds now, not what it once held."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def test_hours_of_drawing(
    profile: Profile,
    tmp_path: Path,
    make_ready: Callable[..., VirtualTimeLink],
    make_program: Callable[..., Program],
) -> None:
    rehearsal = make_ready(profile, tmp_path / "journal")
    programs = [make_program(profile, strokes=10, points=6, seed=seed) for seed in range(5)]
    parked, began = rehearsal.machine.shaft, rehearsal.now
    drawn, warm, late = 0, 0.0, 0.0
    end = rehearsal.now + HOURS * 3600.0
    while rehearsal.now < end:
        program, start = programs[drawn % len(programs)], rehearsal.now
        rehearsal.session.draw(program)
        assert rehearsal.run(300.0, lambda: rehearsal.session.state is LinkState.READY)
        late = max(late, rehearsal.now - start - program.seconds)
        ended = [event for event in rehearsal.events if isinstance(event, ProgramEnded)]
        assert ended == [ProgramEnded("done", 10)]
        assert len(rehearsal.machine.ink.strokes) == 10
        assert rehearsal.machine.shaft == parked  # The motors, not what anybody believes.
        assert rehearsal.session.position == (0.0, 0.0)
        rehearsal.events.clear()
        rehearsal.machine.ink.strokes.clear()
        drawn += 1
        if drawn == WARM_DRAWINGS:
            warm = memory_mb()
    grown = memory_mb() - warm
    hours = (rehearsal.now - began) / 3600.0
    print(f"{drawn} drawings in {hours:.2f} h, 0 steps of drift, memory {grown:+.2f} MB")
    assert drawn > WARM_DRAWINGS
    assert grown < 2.0
    assert late < 1.0  # Confirming each stroke costs a report; it does not pile up.
