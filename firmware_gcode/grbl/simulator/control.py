"""Faults on demand, and the commands, one a line, for them, for pins and for power.

README.md lists the commands. Each is answered with `ok`, with what it asked for, or with
`error` and a sentence.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from firmware_gcode.facts import fact
from firmware_gcode.grbl.simulator.inputs import PINS

if TYPE_CHECKING:
    from firmware_gcode.grbl.simulator.machine import SimulatedMachine

KINDS: Final = ("drop", "flip", "garble", "dropok", "doubleok")
"""Bytes to the machine that are lost or have a bit turned, bytes from it that are replaced by
noise, and lines ``ok`` from it that are lost or doubled."""


class Faults:
    """What is to go wrong next."""

    def __init__(self) -> None:
        self._random = random.Random(0)
        self.stalled = False  # The controller hangs: it answers nothing, the motors stand.
        self.unplug_after: int | None = None  # So many more bytes reach the machine.
        self._left = dict.fromkeys(KINDS, 0)

    def add(self, kind: str, count: int) -> None:
        """Have one of the `KINDS` happen to the next `count` bytes or lines."""
        self._left[kind] += count

    def _take(self, kind: str, most: int) -> int:
        count = min(self._left[kind], most)
        self._left[kind] -= count
        return count

    def incoming(self, data: bytes) -> bytes:
        """Bytes as they reach the machine."""
        if self.unplug_after is not None:
            data = data[: self.unplug_after]
            self.unplug_after -= len(data)
        data = data[self._take("drop", len(data)) :]
        count = self._take("flip", len(data))
        return bytes(b ^ 1 << self._random.randrange(7) for b in data[:count]) + data[count:]

    def outgoing(self, data: bytes) -> bytes:
        """Bytes as they reach the host."""
        if self._left["dropok"] or self._left["doubleok"]:
            data = b"".join(map(self._ok_line, data.splitlines(keepends=True)))
        count = self._take("garble", len(data))
        return self._random.randbytes(count) + data[count:]

    def _ok_line(self, line: bytes) -> bytes:
        if line.strip() != b"ok":
            return line
        return b"" if self._take("dropok", 1) else line * (1 + self._take("doubleok", 1))


class Control:
    """Executes control commands on a machine: `plain` ones, and those that end in a number."""

    def __init__(self, machine: SimulatedMachine) -> None:
        self.plain: dict[str, Callable[[], str | None]] = {
            "reset": machine.power_on,
            "erase": machine.erase,
            "zero": machine.zero_shaft,
            "pos": lambda: " ".join(map(str, machine.shaft)),
            "ink": lambda: str(len(machine.ink.strokes)),
        }
        self.counted: dict[str, Callable[[int], None]] = {
            **{kind: partial(machine.faults.add, kind) for kind in KINDS},
            **{f"pin {name}": switched(partial(machine.set_pin, name)) for name in PINS},
            "unplug": partial(setattr, machine.faults, "unplug_after"),
            "alarm": machine.raise_alarm,
            "stall": switched(machine.stall),
            "power": lambda on: machine.power_on() if on else machine.power_off(),
        }

    def execute(self, command: str) -> str:
        """Execute one command; returns the answer, a line without its end."""
        words = command.split()
        if plain := self.plain.get(" ".join(words)):
            return plain() or "ok"
        counted = self.counted.get(" ".join(words[:-1]))
        if counted is not None and words[-1].isdigit():
            counted(int(words[-1]))
            return "ok"
        known = ", ".join([*self.plain, *(f"{name} N" for name in self.counted)])
        return f"error {fact('control-unknown', known=known)}"


def switched(switch: Callable[[bool], None]) -> Callable[[int], None]:
    """A command that switches something on with 1 and off with 0."""
    return lambda number: switch(number > 0)
