"""A pen on a servo at the spindle output, and which GRBL builds drive one.

Stock GRBL 1.1 makes 0.98 kHz on its spindle pin (prescaler 1/64 of timer 2, `cpu_map.h`,
`SPINDLE_TCCRB_INIT_MASK`; quoted in github.com/gnea/grbl/issues/1187). A hobby servo wants
about 50 Hz; a prescaler of 1/1024 makes 16 MHz / 1024 / 256 = 61 Hz
(github.com/grbl/grbl/pull/991). `$I` does not say which one was compiled, but:

- the builds in svenhb/GRBL-Plotter (`Firmware/hex_files/README.md`) name their configuration
  in the version, as `1.1h.G_240107`: A, E, I are stock; B, C, F, G, J, K drive a servo;
- any build keeps a text of one's own, stored with `$I=` (`catplotter machine label`).
"""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar, Self

from firmware_gcode.facts import CodedError, Fact, fact
from firmware_gcode.gcode.words import number
from firmware_gcode.program.pens.pen import (
    WAIT_ROUNDING_S,
    MachineWords,
    Pause,
    Pen,
    PenBench,
    PenStep,
    Say,
    Travelled,
    Trial,
)
from firmware_gcode.program.profile_fields import PEN_WIDTH, S_VALUE, SECONDS, Number, Table
from firmware_gcode.program.prompts import Answer, Prompt, nudge

SERVO_LABEL = "servo"
"""The word that marks a board whose build drives a servo."""
FREQUENCY = "$33"
"""Where grblHAL keeps the frequency of its spindle output, Hz (its wiki: settings)."""
FASTEST_SERVO_HZ = 400.0
"""Digital servos take this many pulses a second; all others want about 50."""
LONGEST_TURN = 200.0
"""The largest step of a servo at a time, S."""
_HEX_BUILDS = re.compile(r"1\.1[a-z]\.([A-Z])_\d+")
_HEX_SERVO, _HEX_STOCK = frozenset("BCFGJK"), frozenset("AEI")
_STOCK = re.compile(r"1\.1[a-h]\.20\d{6}")


class Drive(StrEnum):
    """What is known of a build's spindle output."""

    SERVO = "drives a servo"
    STOCK = "stock, 0.98 kHz"
    UNKNOWN = "unknown"


class ServoError(CodedError):
    """Values of a servo pen that cannot be."""


@dataclass(frozen=True)
class ServoPen(Pen):
    """A pen on a servo, moved by `M3 S…` between the S values `up` and `down`.

    Attributes:
        landing_steps: In how many equal steps the pen is lowered, at least 1.
        clear_time: Seconds after which a pen that is being lifted is clear of the paper: X and
            Y may move then.
        settle_up: Seconds until the pen is really up.
        settle_down: Seconds until the pen is really down, all steps together.
        build: A word that GRBL's answer to `$I` must contain, so that a build which does not
            drive servos is noticed; "" asks for none.
    """

    kind: ClassVar[str] = "servo"
    fields: ClassVar[Mapping[str, Number]] = {
        "width": PEN_WIDTH._replace(title="pen-width"),
        "up": S_VALUE._replace(title="pen-up"),
        "down": S_VALUE._replace(title="pen-down"),
        "landing_steps": Number(1, 20, whole=True, default=1, title="pen-landing-steps"),
        "clear_time": SECONDS._replace(default=None, title="pen-clear-time"),
        "settle_up": SECONDS._replace(title="pen-settle-up"),
        "settle_down": SECONDS._replace(title="pen-settle-down"),
    }
    by_height: ClassVar[bool] = False
    settle_tries: ClassVar[tuple[float, ...]] = (0.0, 0.1, 0.15, 0.2, 0.3, 0.4)
    clear_tries: ClassVar[tuple[float, ...]] = (0.0, 0.05, 0.1, 0.15, 0.2)
    clear_unit: ClassVar[str] = "s"
    calm_s: ClassVar[float] = 0.3
    output_settings: ClassVar[frozenset[str]] = frozenset({"$30", "$31", "$32"})
    refresh: ClassVar[str] = "M5"
    width: float
    up: float
    down: float
    landing_steps: int
    clear_time: float
    settle_up: float
    settle_down: float
    build: str = ""

    @classmethod
    def from_table(cls, table: Table) -> Self:
        table.check_keys(("kind", "build", *cls.fields))
        numbers = {
            key: table.number(key, rule)
            for key, rule in cls.fields.items()
            if key in table.values or key != "clear_time"
        }
        numbers.setdefault("clear_time", numbers["settle_up"])
        if numbers["up"] == numbers["down"]:
            raise table.error("up", fact("pen-up-is-down"))
        steps = int(numbers.pop("landing_steps"))
        build = table.words("build") if "build" in table.values else ""
        return cls(**numbers, landing_steps=steps, build=build)

    def check(self, machine: Travelled, top: Table) -> None:
        low, high = _span(machine)
        for key in ("up", "down"):
            if not low <= getattr(self, key) <= high:
                raise top.error(f"pen.{key}", fact("pen-outside-s", low=low, high=high))
        if machine.grbl.get("$32", 0.0) != 0.0:
            raise top.error("grbl.$32", fact("laser-mode-switches-servo"))

    def lift_steps(self) -> Sequence[PenStep]:
        return (_turn(self.up, down=False), Pause(self.settle_up))

    def leave_steps(self) -> Sequence[PenStep]:
        """It goes on rising while X and Y move."""
        return (_turn(self.up, down=False), Pause(min(self.clear_time, self.settle_up)))

    def lower_steps(self, grbl: Mapping[str, float]) -> Sequence[PenStep]:
        """Small steps with pauses between soften the landing."""
        pause = Pause(self.settle_down / self.landing_steps, down=True)
        steps: list[PenStep] = []
        for step in range(1, self.landing_steps + 1):
            value = self.up + (self.down - self.up) * step / self.landing_steps
            steps += [_turn(round(value), down=True), pause]
        return steps

    def is_down(self, z: float, spindle: float) -> bool:
        return spindle > 0 and abs(spindle - self.down) < abs(spindle - self.up)

    def inks(self, z: float, spindle: float | None) -> bool:
        return spindle is not None and abs(spindle - self.down) < abs(spindle - self.up)

    def is_up(self, value: float) -> bool:
        return abs(value - self.up) < 0.01

    def is_clear(self, value: float, waited: float) -> bool:
        wanted = min(self.clear_time, self.settle_up) - WAIT_ROUNDING_S
        return self.is_up(value) and waited >= wanted

    def height_fault(self, z: float) -> Fact | None:
        return fact("program-moves-z")

    def spindle_fault(self, speed: float) -> Fact | None:
        low, high = sorted((self.up, self.down))
        if low - 0.5 <= speed <= high + 0.5:
            return None
        return fact("program-servo", value=speed, low=low, high=high)

    def settled(self, seconds: float) -> Self:
        return replace(
            self,
            clear_time=seconds,
            settle_up=seconds,
            settle_down=seconds,
            landing_steps=1,
        )

    def clear_values(self, tried: float) -> Mapping[str, float]:
        return {"clear_time": tried}

    def cleared(self, tried: float) -> Self:
        return replace(self, clear_time=tried)

    def warnings(self, machine: MachineWords) -> list[Fact]:
        """Compare with the machine's build; `build` wants that word in its answer to `$I`."""
        found = []
        if told := self._doubt(machine):
            found.append(told)
        if machine.settings.get("$32") == 1.0:
            found.append(fact("servo-laser-mode"))
        return found

    def _doubt(self, machine: MachineWords) -> Fact | None:
        """Why the build's output may drive no servo; None where it is known to."""
        said = f"[VER:{machine.version}:{machine.label}]"
        if self.build:
            missing = self.build.lower() not in said.lower()
            return (
                fact("servo-build-missing", build=self.build, said=said) if missing else None
            )
        drive = drive_of(machine)
        if drive is Drive.SERVO:
            return None
        if (frequency := machine.settings.get(FREQUENCY)) is not None:
            slow = frequency <= FASTEST_SERVO_HZ
            return (
                None if slow else fact("servo-frequency", key=FREQUENCY, frequency=frequency)
            )
        if "FluidNC" in machine.version:
            return fact("servo-in-file", firmware="FluidNC")
        if not machine.version:
            return fact("servo-build-unsaid")
        code = "servo-stock-build" if drive is Drive.STOCK else "servo-build-unknown"
        return fact(code, said=said)

    def calibrate(self, bench: PenBench) -> Generator[Prompt, Answer, Trial]:
        """Turn the servo until the pen is lifted, then until it draws."""
        up = yield from self._turned(bench, self.up, fact("servo-goal-up"))
        down = yield from self._turned(bench, self.down, fact("servo-goal-down"))
        trial: Trial = {("pen", "up"): up, ("pen", "down"): down}
        if fault := bench.try_out(trial):
            raise ServoError(fault)
        bench.machine.pen_up()
        return trial

    def _turned(
        self, bench: PenBench, value: float, goal: Fact
    ) -> Generator[Prompt, Answer, float]:
        low, high = _span(bench.profile)
        said: Fact | None = None
        while True:
            bench.machine.say(_turn(value, down=value != self.up))
            asked = fact("ask-servo", value=value, goal=goal)
            move = yield from nudge(asked, ("s",), LONGEST_TURN, after=said)
            if move is None:
                return value
            said = None
            if low <= value + move.amount <= high:
                value = round(value + move.amount, 1)
            else:
                said = fact("servo-span", low=low, high=high)


def drive_of(found: MachineWords) -> Drive:
    """What `$I` tells of the spindle output."""
    if build := _HEX_BUILDS.fullmatch(found.version):
        if build[1] in _HEX_SERVO:
            return Drive.SERVO
        if build[1] in _HEX_STOCK:
            return Drive.STOCK
    if SERVO_LABEL in found.label.lower() or SERVO_LABEL in found.version.lower():
        return Drive.SERVO
    return Drive.STOCK if _STOCK.fullmatch(found.version) else Drive.UNKNOWN


def _turn(value: float, *, down: bool) -> Say:
    return Say(f"M3S{number(value)}", down=down)


def _span(machine: Travelled) -> tuple[float, float]:
    return machine.grbl.get("$31", 0.0), machine.grbl.get("$30", 1000.0)
