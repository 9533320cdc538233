"""A simulated machine on made-up time, for tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from firmware_gcode.grbl.simulator.machine import SimulatedMachine

FAST: Mapping[str, float] = {
    "$100": 80, "$101": 80, "$102": 80, "$110": 6000, "$111": 6000, "$112": 3000,
    "$120": 500, "$121": 500, "$122": 200, "$130": 300, "$131": 300, "$132": 50,
}  # fmt: skip


class Bench:
    """A machine, its clock, and somebody who types lines."""

    def __init__(self, **options: Any) -> None:
        self.time = 0.0
        options.setdefault("settings", FAST)
        self.machine = SimulatedMachine(clock=lambda: self.time, **options)

    def wait(self, seconds: float) -> list[str]:
        """Let time pass; returns the lines that the machine says."""
        self.time += seconds
        said = self.machine.read().decode("latin-1")
        return [line for line in said.replace("\r\n", "\n").split("\n") if line]

    def ask(self, text: str, seconds: float = 0.3) -> list[str]:
        """Type something, wait, and return what the machine says."""
        self.machine.write(text.encode("latin-1"))
        return self.wait(seconds)

    def status(self) -> str:
        """A status report."""
        return self.ask("?", 0.05)[-1]

    def boot(self) -> list[str]:
        """Wait until the machine has greeted."""
        return self.wait(0.6)

    def until_idle(self, limit: float = 120.0) -> None:
        """Wait until it stands still and has nothing more to do."""
        end = self.time + limit
        while self.time < end:
            if self.status().startswith("<Idle"):
                return
        pytest.fail(f"not idle after {limit} s: {self.status()}")

    @property
    def steps(self) -> tuple[int, int, int]:
        """How far the motors really turned."""
        return self.machine.shaft


@pytest.fixture
def make_bench() -> Callable[..., Bench]:
    """Makes benches with any options of the machine."""
    return Bench


@pytest.fixture
def bench() -> Bench:
    """A machine with quick axes that has greeted."""
    fresh = Bench()
    fresh.boot()
    return fresh
