"""GRBL 1.1's look-ahead planner: how fast each block may begin and end.

After `planner.c` of gnea/grbl: up to 15 blocks; junction speeds from the junction deviation;
a backward and a forward pass over the blocks that a new one can still change. Distances are
millimetres, speeds mm/s, accelerations mm/s².
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from firmware_gcode.gcode.words import float32
from firmware_gcode.motion.settings import Axes, MotionSettings

Steps: TypeAlias = tuple[int, int, int]
"""A position or a distance in motor steps."""

CAPACITY: Final = 15
"""Blocks that the planner holds (one of GRBL's sixteen stays free)."""

_STRAIGHT: Final = 0.999999
_UNLIMITED: Final = 1.0e38
_MIN_FEED: Final = 1.0 / 60.0
_INT32: Final = 2**31


@dataclass(slots=True, eq=False)
class Block:
    """One straight motion in the planner.

    Attributes:
        events: The steps of the axis with the most of them.
        millimeters: What is left of its length.
        acceleration: Limit along its direction, mm/s².
        rapid_rate: Limit of speed along its direction, mm/s.
        programmed_rate: The feed asked for, mm/s.
        fixed_feed: Feed overrides do not apply.
        entry_sqr: Planned speed at its beginning, squared.
        max_entry_sqr: Highest allowed `entry_sqr`.
        max_junction_sqr: The same from geometry alone, without the feeds.
        tag: The caller's mark, such as the number of the line.
    """

    origin: Steps
    steps: Steps
    events: int
    millimeters: float
    acceleration: float
    rapid_rate: float
    programmed_rate: float = 0.0
    rapid: bool = False
    fixed_feed: bool = False
    entry_sqr: float = 0.0
    max_entry_sqr: float = 0.0
    max_junction_sqr: float = 0.0
    spindle_speed: float = 0.0
    tag: int = 0


class Planner:
    """The ring of planned blocks; the first is the one being executed.

    Attributes:
        position: Where the last block ends, steps.
        feed_override: Factor on feeds, 1.0 for 100 %; `rapid_override` that on rapids.
        effort: How many blocks the last call of `add` had to plan anew.
        on_replan: Called before the plan of the first block may change, so that whoever
            executes it can write its present speed into ``entry_sqr``.
    """

    def __init__(self, settings: MotionSettings) -> None:
        self.settings = settings
        self.blocks: list[Block] = []
        self.position: Steps = (0, 0, 0)
        self.feed_override = 1.0
        self.rapid_override = 1.0
        self.effort = 0
        self.on_replan: Callable[[], None] = lambda: None
        self.configure(settings)
        self.reset()

    def configure(self, settings: MotionSettings) -> None:
        """Take other settings for the blocks to come."""
        self.settings = settings
        rates = settings.max_rate
        self._rates: Axes = (rates[0] / 60.0, rates[1] / 60.0, rates[2] / 60.0)
        per_mm = settings.steps_per_mm
        self._per_mm: Axes = (float32(per_mm[0]), float32(per_mm[1]), float32(per_mm[2]))

    def reset(self) -> None:
        """Forget all blocks and the direction of the last one; the position remains."""
        self.blocks.clear()
        self._planned = 0
        self._previous_unit: Axes = (0.0, 0.0, 0.0)
        self._previous_nominal = 0.0

    @property
    def full(self) -> bool:
        """Whether there is no room for another block."""
        return len(self.blocks) >= CAPACITY

    def to_steps(self, target: Axes) -> Steps:
        """Convert machine millimetres to whole steps, rounding as GRBL does."""
        kx, ky, kz = self._per_mm
        return (
            _round(float32(target[0] * kx)),
            _round(float32(target[1] * ky)),
            _round(float32(target[2] * kz)),
        )

    def add(
        self,
        target: Axes,
        feed: float,
        *,
        rapid: bool = False,
        inverse_time: bool = False,
        fixed_feed: bool = False,
        spindle_speed: float = 0.0,
        tag: int = 0,
    ) -> Block | None:
        """Plan a straight motion to machine mm; None if it is shorter than a step.

        The caller has made sure that there is room. The feed is mm/min, or 1/min with
        `inverse_time` (G93), and not used by a rapid; overrides do not apply to a `fixed_feed`
        (jogs, probing).
        """
        goal = self.to_steps(target)
        block, unit = self._geometry(self.position, goal)
        if block is None:
            return None
        block.rapid = rapid
        block.fixed_feed = fixed_feed
        block.spindle_speed = spindle_speed
        block.tag = tag
        feed = feed / 60.0
        block.programmed_rate = feed * block.millimeters if inverse_time else feed
        if self.blocks:
            block.max_junction_sqr = self._junction_sqr(unit)
        nominal = self.nominal_speed(block)
        _limit_entry(block, nominal, self._previous_nominal)
        self._previous_nominal = nominal
        self._previous_unit = unit
        self.position = goal
        self.blocks.append(block)
        self._recalculate()
        return block

    def system_block(self, origin: Steps, target: Axes, feed: float) -> Block | None:
        """Make a block outside the plan, from standstill to standstill, for homing."""
        block, _ = self._geometry(origin, self.to_steps(target))
        if block is not None:
            block.programmed_rate = feed / 60.0
            block.fixed_feed = True
        return block

    def _geometry(self, origin: Steps, goal: Steps) -> tuple[Block | None, Axes]:
        dx, dy, dz = goal[0] - origin[0], goal[1] - origin[1], goal[2] - origin[2]
        events = max(abs(dx), abs(dy), abs(dz))
        if events == 0:
            return None, (0.0, 0.0, 0.0)
        kx, ky, kz = self.settings.steps_per_mm
        x, y, z = dx / kx, dy / ky, dz / kz
        length = math.sqrt(x * x + y * y + z * z)
        unit = (x / length, y / length, z / length)
        acceleration = _limit(self.settings.acceleration, unit)
        rapid_rate = _limit(self._rates, unit)
        return Block(origin, (dx, dy, dz), events, length, acceleration, rapid_rate), unit

    def _junction_sqr(self, unit: Axes) -> float:
        """Highest speed around the corner, squared (0 for a reversal).

        The corner is rounded by a circle that leaves it by no more than the junction
        deviation; the speed is the one whose centripetal acceleration is allowed.
        """
        px, py, pz = self._previous_unit
        ux, uy, uz = unit
        cosine = -px * ux - py * uy - pz * uz
        if cosine > _STRAIGHT:
            return 0.0
        if cosine < -_STRAIGHT:
            return _UNLIMITED
        x, y, z = ux - px, uy - py, uz - pz
        length = math.sqrt(x * x + y * y + z * z)
        acceleration = _limit(self.settings.acceleration, (x / length, y / length, z / length))
        half_sine = math.sqrt(0.5 * (1.0 - cosine))
        deviation = self.settings.junction_deviation
        return acceleration * deviation * half_sine / (1.0 - half_sine)

    def nominal_speed(self, block: Block) -> float:
        """The speed that a block aims at under the present overrides, mm/s."""
        if block.rapid:
            speed = block.rapid_rate * self.rapid_override
        else:
            speed = block.programmed_rate
            if not block.fixed_feed:
                speed *= self.feed_override
            speed = min(speed, block.rapid_rate)
        return max(speed, _MIN_FEED)

    def exit_sqr(self) -> float:
        """Planned speed at the end of the first block, squared."""
        return self.blocks[1].entry_sqr if len(self.blocks) > 1 else 0.0

    def discard(self) -> None:
        """Drop the first block; it is done."""
        if self.blocks:
            del self.blocks[0]
            self._planned = max(self._planned - 1, 0)

    def set_overrides(self, feed: float, rapid: float) -> None:
        """Apply other override factors to all blocks and plan anew."""
        self.feed_override, self.rapid_override = feed, rapid
        previous = _UNLIMITED
        for block in self.blocks:
            nominal = self.nominal_speed(block)
            _limit_entry(block, nominal, previous)
            previous = nominal
        self._previous_nominal = previous
        self.replan()

    def replan(self) -> None:
        """Plan all blocks anew, the first one from its present speed."""
        self.on_replan()
        self._planned = 0
        self._recalculate()

    def _recalculate(self) -> None:
        blocks = self.blocks
        last = len(blocks) - 1
        self.effort = last - self._planned
        if last <= self._planned:
            return
        self._backward(last)
        planned = self._planned
        current = blocks[planned]
        for index in range(planned + 1, last + 1):
            following = blocks[index]
            if current.entry_sqr < following.entry_sqr:
                reachable = (
                    current.entry_sqr + 2.0 * current.acceleration * current.millimeters
                )
                if reachable < following.entry_sqr:
                    following.entry_sqr = reachable
                    planned = index
            if following.entry_sqr == following.max_entry_sqr:
                planned = index
            current = following
        self._planned = planned

    def _backward(self, last: int) -> None:
        """From the last block, which ends at standstill, back to the planned ones."""
        blocks, planned = self.blocks, self._planned
        block = blocks[last]
        limit = 2.0 * block.acceleration * block.millimeters
        entry = block.entry_sqr = min(block.max_entry_sqr, limit)
        for index in range(last - 1, planned, -1):
            block = blocks[index]
            if block.entry_sqr != block.max_entry_sqr:
                entry += 2.0 * block.acceleration * block.millimeters
                entry = min(entry, block.max_entry_sqr)
                block.entry_sqr = entry
            else:
                entry = block.entry_sqr
        if planned == 0:
            self.on_replan()


def _round(value: float) -> int:
    """Round to the nearest whole number, halves away from zero, as C's ``lround``.

    What does not fit in 32 bits becomes the most negative number, as on the AVR.
    """
    if not -_INT32 < value < _INT32:
        return -_INT32
    return int(value + 0.5) if value >= 0.0 else -int(0.5 - value)


def _limit(limits: Axes, unit: Axes) -> float:
    """The largest value along a direction that exceeds no axis's limit."""
    along = [abs(limit / part) for limit, part in zip(limits, unit, strict=True) if part]
    return min(along, default=_UNLIMITED)


def _limit_entry(block: Block, nominal: float, previous: float) -> None:
    slower = min(nominal, previous)
    block.max_entry_sqr = min(slower * slower, block.max_junction_sqr)
