"""Control commands, one a line, for pins, power and faults; README.md lists them.

Every command is answered with `ok`, with what it asked for, or with `error` and a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from firmware_gcode.facts import fact
from firmware_gcode.grbl.simulator.inputs import PINS
from firmware_gcode.grbl.simulator.machine import FAULTS, SimulatedMachine


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
            **{kind: partial(machine.faults.add, kind) for kind in FAULTS},
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
