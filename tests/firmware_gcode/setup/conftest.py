"""A simulated machine on a real pty, the link to it, and somebody who sets it up."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.stock import STOCK
from firmware_gcode.grbl.link import Link
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import SHIPPED, Profile
from firmware_gcode.setup.machine import SetupMachine
from firmware_gcode.setup.profile_file import ProfileFile

SPEED = 100.0
QUICK_HOMING = {"$24": 600.0, "$25": 6000.0, "$26": 10.0, "$27": 1.0}


class Workplace:
    """A machine that was set up, and what is behind its port."""

    def __init__(self, machine: SetupMachine, behind: PtyMachine) -> None:
        self.machine, self.behind = machine, behind

    def settings(self) -> Mapping[str, float]:
        """`$$` as the firmware would print it, read past the port."""
        with self.behind.lock:
            printed = list(self.behind.machine.board.settings.printed())
        return {f"${number}": float(value) for number, value in printed}


@contextmanager
def _workplace(
    profile: Profile,
    settings: Mapping[str, float] | None = None,
    *,
    speed: float = SPEED,
    dialect: Dialect = STOCK,
) -> Iterator[Workplace]:
    has = dict(profile.grbl) if settings is None else dict(settings)
    with PtyMachine(settings=has, speed=speed, pen=profile.pen, dialect=dialect) as behind:
        link = Link(lambda: behind.port, profile)
        with SetupMachine(link, profile) as machine:
            link.start()
            try:
                machine.connect()
                yield Workplace(machine, behind)
            finally:
                link.close()


@pytest.fixture
def workplace() -> Callable[..., object]:
    """Opens a machine with its link, as a context: profile first, then other settings."""
    return _workplace


@pytest.fixture
def homing() -> Profile:
    """A Z pen with limit switches and soft limits."""
    shipped = Profile.load("simulated")
    return replace(shipped, home_at_start=False, grbl={**shipped.grbl, **QUICK_HOMING})


@pytest.fixture
def plain() -> Profile:
    """A Z pen without limit switches."""
    shipped = Profile.load("simulated")
    grbl = {**shipped.grbl, "$20": 0.0, "$22": 0.0}
    return replace(shipped, homing=False, home_at_start=False, grbl=grbl)


@pytest.fixture
def servo() -> Profile:
    """A pen on a servo."""
    return Profile.load("servo-pen")


@pytest.fixture
def own_file(tmp_path: Path) -> Callable[[str], ProfileFile]:
    """Makes a person's own profile file, of a shipped one or of the plain machine."""

    def make(name: str) -> ProfileFile:
        text = (SHIPPED / f"{name.removesuffix('-plain')}.toml").read_text()
        if name.endswith("-plain"):
            text = text.replace("homing = true", "homing = false")
            text = text.replace("home_at_start = true", "home_at_start = false")
            text = text.replace('"$20" = 1', '"$20" = 0').replace('"$22" = 1', '"$22" = 0')
        path = tmp_path / "my.toml"
        path.write_text(text)
        return ProfileFile(path)

    return make
