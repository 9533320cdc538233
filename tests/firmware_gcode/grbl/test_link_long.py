"""Hours of drawing one after the other, in made-up time: nothing drifts and nothing piles up.

`CATPLOTTER_LONG_HOURS` sets how many simulated hours.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path

from firmware_gcode.grbl.events import LinkState, ProgramEnded
from firmware_gcode.grbl.rehearsal import Rehearsal
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program

HOURS = float(os.environ.get("CATPLOTTER_LONG_HOURS", "0.06"))


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_hours_of_drawing(
    profile: Profile,
    tmp_path: Path,
    make_ready: Callable[..., Rehearsal],
    make_program: Callable[..., Program],
) -> None:
    rehearsal = make_ready(profile, tmp_path / "journal")
    programs = [make_program(profile, strokes=10, points=6, seed=seed) for seed in range(5)]
    parked = rehearsal.machine.shaft
    drawn, warm = 0, 0.0
    end = rehearsal.now + HOURS * 3600.0
    while rehearsal.now < end:
        rehearsal.session.draw(programs[drawn % len(programs)])
        assert rehearsal.run(300.0, lambda: rehearsal.session.state is LinkState.READY)
        ended = [event for event in rehearsal.events if isinstance(event, ProgramEnded)]
        assert ended == [ProgramEnded("done", 10, "")]
        assert len(rehearsal.machine.ink.strokes) == 10
        rehearsal.events.clear()
        rehearsal.machine.ink.clear()
        drawn += 1
        if drawn == 10:
            warm = memory_mb()
    assert drawn > 10
    assert memory_mb() - warm < 4.0
    assert rehearsal.session.position == (0.0, 0.0)
    assert abs(rehearsal.machine.shaft[0] - parked[0]) <= 1
    assert abs(rehearsal.machine.shaft[1] - parked[1]) <= 1
