"""A pen on the Z axis."""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self, cast

import numpy as np

from firmware_gcode.facts import CodedError, Fact, fact
from firmware_gcode.program.pens.pen import (
    Height,
    Pause,
    Pen,
    PenBench,
    PenStep,
    Travelled,
    Trial,
)
from firmware_gcode.program.profile_fields import FEED, PEN_WIDTH, SECONDS, Number, Table
from firmware_gcode.program.prompts import Answer, Prompt, ask_number, choose, nudge
from firmware_gcode.program.wording import rounded
from firmware_gcode.toolpath.ragged import Booleans, Complex, Floats, Places, lengths

ROUNDING_MM = 2e-4
"""GRBL computes in single precision: at 1,000 mm its numbers are 0.00006 mm apart."""
TOUCH_MM = 0.02
"""A pen this near to its drawing height inks."""
DEEPER_MM = 0.1
"""How much a pen is lowered or raised at a time."""
PRESS_MM = 5.0
"""How far below its drawing height a person may take the pen where the paper's height may be
wrong."""
RISE = 0.02
"""How much higher a hop is for each mm that it is longer: paper is not flat everywhere."""
LOW_ABOVE_MM = 0.5
"""How much higher than its clearance a short hop is where a test sheet has found that."""
ARCH = 4.0
"""How much longer than high the quarter of an ellipse at both ends of a hop is."""


class PenHeightError(CodedError):
    """A height of the pen that its axis does not have."""


@dataclass(frozen=True)
class ZPen(Pen):
    """A pen on the Z axis. Heights are work coordinates: 0 is the paper, up is positive.

    Attributes:
        down: Height while drawing, mm (0, or a little below for a springy holder).
        clearance: Height above the paper from which on X and Y may move, mm.
        low: Height of a short hop, mm; a longer one is higher, up to `up`.
        up_feed: Speed of lifting, mm/min; GRBL's rapid where it reaches `$112`.
        down_feed: Speed of lowering down to the landing height, mm/min.
        landing: Height above `down` from which the pen is lowered gently, mm; 0 for none.
        landing_feed: Speed of that last part, mm/min.
        settle_up: Pause after lifting, seconds; `settle_down` that after landing.
        paper_z: The paper's height in machine coordinates, mm (negative); homed machines only.
    """

    kind: ClassVar[str] = "z"
    fields: ClassVar[Mapping[str, Number]] = {
        "width": PEN_WIDTH._replace(title="pen-width"),
        "up": Number(0.1, 50.0, " mm", title="pen-up"),
        "down": Number(-10.0, 10.0, " mm", default=0.0, title="pen-down"),
        "clearance": Number(0.05, 20.0, " mm", default=0.5, title="pen-clearance"),
        "low": Number(0.1, 50.0, " mm", title="pen-low-hop"),
        "paper_z": Number(-500.0, 0.0, " mm", title="pen-paper-z"),
        "landing": Number(0.0, 10.0, " mm", default=0.0, title="pen-landing"),
        "up_feed": FEED._replace(title="pen-up-feed"),
        "down_feed": FEED._replace(title="pen-down-feed"),
        "landing_feed": FEED._replace(title="pen-landing-feed"),
        "settle_up": SECONDS._replace(title="pen-settle-up"),
        "settle_down": SECONDS._replace(title="pen-settle-down"),
    }
    by_height: ClassVar[bool] = True
    settle_tries: ClassVar[tuple[float, ...]] = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3)
    clear_tries: ClassVar[tuple[float, ...]] = (0.1, 0.2, 0.3, 0.5, 0.8)
    clear_unit: ClassVar[str] = "mm"
    calm_s: ClassVar[float] = 0.1
    width: float
    up: float
    down: float
    clearance: float
    low: float
    up_feed: float
    down_feed: float
    landing: float
    landing_feed: float
    settle_up: float
    settle_down: float
    paper_z: float | None = None

    @classmethod
    def from_table(cls, table: Table) -> Self:
        table.check_keys(("kind", *cls.fields))
        values: dict[str, float] = {
            key: table.number(key, rule)
            for key, rule in cls.fields.items()
            if key in table.values or key not in {"paper_z", "low"}
        }
        values.setdefault("low", values["up"])
        if values["down"] + values["landing"] > values["up"]:
            raise table.error("up", fact("pen-up-below-landing"))
        return cls(**values)

    def check(self, machine: Travelled, top: Table) -> None:
        if self.fastest_feed > machine.grbl["$112"]:
            raise top.error("pen", fact("pen-too-fast", feed=self.fastest_feed))
        if machine.homing and self.paper_z is None:
            raise top.error("pen.paper_z", fact("pen-paper-z-missing"))

    def check_top(self, machine: Travelled) -> None:
        """Refuse to be lifted above the top of the Z axis, where soft limits stop it.

        Raises:
            PenHeightError: Says how high it can be lifted.
        """
        if self.paper_z is not None and machine.homing:
            top = _top(machine) - self.paper_z
            if self.up > top + 1e-6:
                raise PenHeightError("pen-above-axis", most=round(top, 1))

    def lift_steps(self) -> Sequence[PenStep]:
        rise = Height(self.up, self.up_feed)
        return (rise, Pause(self.settle_up)) if self.settle_up > 0.0 else (rise,)

    def lower_steps(self, grbl: Mapping[str, float]) -> Sequence[PenStep]:
        gently = self.landing > 0.0 and not self.brakes_in_time(grbl["$122"])
        last = self.landing_feed if gently else self.down_feed
        steps: list[PenStep] = [Height(self.down, last, down=True)]
        if gently:
            steps.insert(0, Height(self.down + self.landing, self.down_feed))
        if self.settle_down > 0.0:
            steps.append(Pause(self.settle_down, down=True))
        return steps

    @property
    def clear_z(self) -> float:
        """The height from which on X and Y may move."""
        return min(self.up, max(self.down, 0.0) + self.clearance)

    def leave_steps(self) -> Sequence[PenStep]:
        rise = Height(self.clear_z, self.up_feed)
        return (rise, Pause(self.settle_up)) if self.settle_up > 0.0 else (rise,)

    def hops(
        self,
        heres: Complex,
        goals: Complex,
        grbl: Mapping[str, float],
        *,
        rises: Booleans,
        falls: bool,
    ) -> tuple[Floats, Places]:
        """A quarter of an ellipse up, level, and another one down, as chords.

        At both ends it is upright, where the pen stands; a short hop is a low one.
        """
        way = lengths(goals - heres)
        both = rises & falls
        low = np.maximum(rounded(self.low + RISE * way, 2) / 100.0, self.clear_z)
        top = np.where(both, np.minimum(self.up, low), self.up)
        longest = np.where(both, way / 2.0, way)
        chords = chords_of(grbl["$11"])
        gently = self.landing > 0.0 and not self.brakes_in_time(grbl["$122"])
        foot = np.minimum(
            max(self.clear_z, self.down + self.landing if gently else self.down), top
        )
        clear = np.full(len(way), self.clear_z)
        up, climbs = _arches(heres, goals, low=clear, top=top, longest=longest, chords=chords)
        down, sinks = _arches(goals, heres, low=foot, top=top, longest=longest, chords=chords)
        last = np.stack([goals.real, goals.imag, foot if falls else top], axis=1)
        places = np.concatenate([up, down[:, ::-1], last[:, None]], axis=1)
        real = ~(both & (way == 0.0)) & (self.clear_z < self.up)
        shown = np.repeat(
            np.stack([real & rises & climbs, real & falls & sinks, real], axis=1),
            (chords, chords, 1),
            axis=1,
        )
        return places[shown], shown.sum(axis=1)

    def climb_feed(self, way: float) -> float:
        return self.up_feed if way > 0.0 else self.down_feed

    def brakes_in_time(self, acceleration: float) -> bool:
        """Whether a pen lowered in one move is slow enough within the landing height anyway.

        GRBL brakes to rest at the end of the move: at the landing height the pen then has at
        most the speed sqrt(2 a h), with a the Z axis's `$122` in mm/s^2. If that is no more
        than the landing feed (or the whole way down is no faster), a move of its own would
        change nothing.
        """
        braking = 60.0 * math.sqrt(2.0 * acceleration * self.landing)
        return min(braking, self.down_feed) <= self.landing_feed + 1e-6

    @property
    def lift_mm(self) -> float:
        return self.up - self.down

    @property
    def lift_feed(self) -> float:
        return min(self.up_feed, self.down_feed, self.landing_feed)

    @property
    def fastest_feed(self) -> float:
        return max(self.up_feed, self.down_feed, self.landing_feed)

    @property
    def lifted_z(self) -> float:
        return self.up

    @property
    def paper_height(self) -> float:
        return self.paper_z or 0.0

    def is_down(self, z: float, spindle: float) -> bool:
        return z < self.clear_z - ROUNDING_MM

    def inks(self, z: float, spindle: float | None) -> bool:
        return z < self.touch_height

    @property
    def touch_height(self) -> float:
        return self.down + TOUCH_MM

    def is_up(self, value: float) -> bool:
        return value >= self.up - ROUNDING_MM

    def is_clear(self, value: float, waited: float) -> bool:
        return value >= self.clear_z - ROUNDING_MM

    def height_fault(self, z: float) -> Fact | None:
        if self.down - ROUNDING_MM <= z <= self.up + ROUNDING_MM:
            return None
        return fact("program-height", z=z, low=self.down, high=self.up)

    def spindle_fault(self, speed: float) -> Fact | None:
        return fact("program-spindle")

    def heights(self, machine: Travelled, *, by_hand: bool) -> tuple[float, float] | None:
        travel = machine.grbl["$132"]
        if machine.homing:
            low, top = -travel - self.paper_height, _top(machine) - self.paper_height
        else:
            low = self.down - PRESS_MM
            top = low + travel
        return (low if by_hand else max(low, self.down)), max(top, self.up)

    def settled(self, seconds: float) -> Self:
        return replace(self, settle_up=seconds, settle_down=seconds)

    def clear_values(self, tried: float) -> Mapping[str, float]:
        return {"clearance": tried, "low": tried + LOW_ABOVE_MM}

    def cleared(self, tried: float) -> Self:
        return replace(self, **self.clear_values(tried))

    # Calibration.

    def calibrate(self, bench: PenBench) -> Generator[Prompt, Answer, Trial]:
        trial: Trial = {}
        homing = bench.profile.homing
        if homing and self.paper_z is not None:
            # The paper may be higher than the profile has it: stay at the top.
            top = _top(bench.profile) - self.paper_z
            bench.try_pen(replace(self, up=max(top, self.up)))
        yield from bench.over_paper()
        if homing:
            yield from bench.by_hand(fact("ask-paper-height"), ("z",))
            trial["pen", "paper_z"] = round(bench.machine.machine_height(), 2)
            _must(bench.try_out(trial))
            bench.machine.pen_up()
        yield from _try_lift(bench, trial)
        pen = _z_of(bench)
        trial["pen", "landing"] = yield from ask_number(
            fact("ask-landing", now=pen.landing),
            unit="mm",
            low=0.0,
            high=pen.up - pen.down,
            default=f"{pen.landing:g}",
        )
        _must(bench.try_out(trial))
        yield from _try_pressure(bench, trial)
        return trial


def chords_of(deviation: float) -> int:
    """How many chords a quarter of an ellipse has, for a junction deviation (`$11`, mm).

    GRBL takes a corner of a small angle at a speed of about sqrt(8 a d) over the angle: half
    as many chords do with four times the deviation.
    """
    return min(12, max(4, math.ceil(1.0 / math.sqrt(deviation) - 1e-6)))


def _arches(
    feet: Complex, goals: Complex, *, low: Floats, top: Floats, longest: Floats, chords: int
) -> tuple[Floats, Booleans]:
    """Quarters of ellipses from places towards and up to goals, upright at first; mm.

    The feet themselves are left out; each arch is at most `longest` long. With t = tan(a/2) an
    angle a has the sine 2t/(1+t²) and the cosine (1-t²)/(1+t²): no library's sine rounds
    otherwise on another processor. Equal steps of t from the level end on are smaller at the
    steep one, where the pen is slowest.

    Returns:
        The places, shape (n, chords, 3), and where there is an arch.
    """
    way, rise = lengths(goals - feet), top - low
    arched = (way > 0.0) & (rise > 0.0)
    t = np.arange(chords - 1, -1, -1) / chords
    sine, cosine = 2.0 * t / (1.0 + t * t), (1.0 - t * t) / (1.0 + t * t)
    half = np.minimum(ARCH * rise, longest) / np.where(arched, way, 1.0)
    share = half[:, None] * (1.0 - sine)
    x, y = (
        foot[:, None] + share * (goal - foot)[:, None]
        for foot, goal in ((feet.real, goals.real), (feet.imag, goals.imag))
    )
    z = low[:, None] + cosine * rise[:, None]
    places = np.stack([rounded(part, 2) / 100.0 for part in (x, y, z)], axis=2)
    places[:, :, 2] = np.clip(places[:, :, 2], low[:, None], top[:, None])
    places[:, -1, 2] = top
    return places, arched


def _top(machine: Travelled) -> float:
    """The highest place of a homed Z axis, machine mm."""
    return -machine.grbl.get("$27", 0.0)


def _must(fault: Fact | None) -> None:
    if fault is not None:
        raise PenHeightError(fault)


def _z_of(bench: PenBench) -> ZPen:
    return cast(ZPen, bench.profile.pen)


def _try_lift(bench: PenBench, trial: Trial) -> Generator[Prompt, Answer, None]:
    """How high the pen is lifted: enough everywhere, and no more, for each mm takes time."""
    said: Fact | None = None
    while True:
        up = _z_of(bench).up
        bench.machine.pen_up()
        asked = fact("ask-lift", up=round(up, 1))
        move = yield from nudge(asked, ("z",), 10.0, after=said)
        if move is None:
            return
        said = _changed(bench, trial, "up", up + move.amount)


def _try_pressure(bench: PenBench, trial: Trial) -> Generator[Prompt, Answer, None]:
    """Lower and lift the pen until the dot that it makes is right."""
    said: Fact | None = fact("dot-will-be-made")
    while True:
        down = _z_of(bench).down
        asked = fact("ask-pressure", down=down, step=DEEPER_MM)
        answer = yield from choose(asked, ("dot", "deeper", "lighter", "good"), after=said)
        if answer == "good":
            return
        said = None
        if answer != "dot":
            way = -DEEPER_MM if answer == "deeper" else DEEPER_MM
            if said := _changed(bench, trial, "down", down + way):
                continue
        bench.machine.pen_down()
        bench.machine.pen_up()


def _changed(bench: PenBench, trial: Trial, key: str, value: float) -> Fact | None:
    """Try another value; one that cannot be is put back, and what is wrong is returned."""
    wanted = {**trial, ("pen", key): round(value, 2)}
    fault = bench.try_out(wanted)
    if fault is None:
        trial.update(wanted)
    return fault
