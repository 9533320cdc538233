"""What the link's tests share: profiles, programs, and a machine that is connected."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.stock import STOCK
from firmware_gcode.program.profile import Profile
from firmware_gcode.program.program import Program
from firmware_gcode.program.writer import write_program
from firmware_gcode.toolpath.plan import Stroke, Toolpath
from firmware_gcode.toolpath.segments import straight
from tests.firmware_gcode.virtual_time import VirtualTimeLink

QUICK_HOMING = {"$24": 600.0, "$25": 3000.0, "$26": 10.0, "$27": 1.0}


@pytest.fixture
def profile() -> Profile:
    """A Z pen without limit switches: a person sets the zero."""
    shipped = Profile.load("simulated")
    grbl = {**shipped.grbl, "$20": 0.0, "$22": 0.0}
    return replace(shipped, homing=False, home_at_start=False, grbl=grbl)


@pytest.fixture
def homing_profile() -> Profile:
    """A Z pen with limit switches and soft limits, which homes on request."""
    shipped = Profile.load("simulated")
    return replace(shipped, home_at_start=False, grbl={**shipped.grbl, **QUICK_HOMING})


@pytest.fixture
def servo_profile() -> Profile:
    """A pen on a servo."""
    return Profile.load("servo-pen")


def _toolpath(
    profile: Profile, *, strokes: int = 4, points: int = 6, seed: int = 1
) -> Toolpath:
    """Strokes here and there, in the order they were made; planning is not tested here."""
    numbers = random.Random(seed)
    drawn = []
    for index in range(strokes):
        first = [40 * numbers.random() + 5, 40 * numbers.random() + 5]
        steps = [[8 * numbers.random(), 8 * numbers.random() - 3] for _ in range(points - 1)]
        line = np.cumsum([first, *steps], axis=0).round(2).clip(0.0)  # on the machine
        drawn.append(Stroke((index,), straight(line)))
    return Toolpath(tuple(drawn), profile.park, profile.park)


@pytest.fixture
def make_toolpath() -> Callable[..., Toolpath]:
    """Makes a small toolpath: `make_toolpath(profile, strokes=…, points=…, seed=…)`."""
    return _toolpath


@pytest.fixture
def make_program() -> Callable[..., Program]:
    """Makes a small program: `make_program(profile, strokes=…, points=…, seed=…)`."""
    return lambda profile, **how: write_program(_toolpath(profile, **how), profile)


def _ready(
    profile: Profile, journal: Path | None = None, dialect: Dialect = STOCK
) -> VirtualTimeLink:
    rehearsal = VirtualTimeLink(profile, journal=journal, dialect=dialect)
    rehearsal.plug()
    assert rehearsal.run(
        10.0, lambda: rehearsal.session.state.value in {"unreferenced", "locked"}
    )
    if profile.homing:
        rehearsal.session.home()
    else:
        rehearsal.session.set_zero()
    assert rehearsal.run(60.0, lambda: rehearsal.session.state.value == "ready"), (
        rehearsal.events
    )
    rehearsal.machine.ink.strokes.clear()
    rehearsal.events.clear()
    return rehearsal


@pytest.fixture
def make_ready() -> Callable[..., VirtualTimeLink]:
    """A connected machine, ready to draw: `make_ready(profile, journal=…, dialect=…)`."""
    return _ready
