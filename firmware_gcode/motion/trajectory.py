"""Planned motion on its way to the motors, one block and one slice after the other.

The motion of a block is its `Profile` from the present speed to the speed that the blocks
behind it allow at its end. The controller hands it to the motors in slices, up to five ahead;
what is handed over is fixed, and everything behind it follows anew from the present place and
speed whenever the plan changes: another block, an override, a hold.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

import numpy as np

from firmware_gcode.gcode.actions import Move
from firmware_gcode.motion import timer
from firmware_gcode.motion.blocks import Ints, Ways, corner_sqr, speed_asked, to_steps
from firmware_gcode.motion.profile import Profile
from firmware_gcode.motion.settings import MotionSettings
from firmware_gcode.motion.timer import CAPACITY

Steps: TypeAlias = tuple[int, int, int]
"""A position or a distance in motor steps."""

_WHOLE: Final = 1e-6
"""How near to a whole step is a whole step."""


def _steps(column: Ints) -> Steps:
    x, y, z = column[:, 0].tolist()
    return (x, y, z)


@dataclass(slots=True, eq=False)
class Block:
    """One straight motion."""

    ways: Ways  # Its geometry, arrays of one element,
    steps: Steps  # and the same as numbers.
    events: int
    length: float
    acceleration: float
    move: Move  # What was asked for.
    corner_sqr: float = 0.0  # The highest v² at its beginning by geometry alone.
    speed: float = 0.0  # What it aims at, mm/s, with overrides.
    limit_sqr: float = 0.0  # The highest v² at its beginning.


@dataclass(slots=True, eq=False)
class Slice:
    """Some steps of a block at constant speed."""

    block: Block
    first: int  # Step events of the block that were done before.
    count: int  # Step events in this slice.
    seconds: float
    speed: float  # At its end, mm/s.
    ends_block: bool = False
    pwm: int = 0  # For the spindle output while it is executed; for the caller's use.


class Trajectory:
    """Blocks that are planned, and the slice that comes next."""

    def __init__(self, settings: MotionSettings) -> None:
        self.settings = settings  # Others may be set for the blocks to come.
        self.blocks: deque[Block] = deque()  # What is planned and not wholly handed over.
        self.feed_factor = self.rapid_factor = 1.0  # On feeds and on rapids: 1.0 for 100 %.
        self.replanned = 0  # How many blocks the last `plan` could still change.
        self.drop((0, 0, 0))

    def drop(self, position: Steps) -> None:
        """Forget all motion; the machine stands at `position`."""
        self.blocks.clear()
        self.position = position  # Where the last planned block ends.
        self.halt()

    def halt(self) -> None:
        """Forget what is being executed; what is planned remains."""
        self.speed = 0.0  # At the end of the last slice, mm/s.
        self.braking = self._over = False  # To standstill, whatever was planned; at its end.
        self._begin_block()

    def _begin_block(self) -> None:
        self._profile: Profile | None = None
        self._from_mm = 0.0  # Where in the block its profile begins,
        self._time = self._way = 0.0  # and how far along it what is handed over ends.
        self._events = 0
        self._carried = 0.0  # Seconds of a step that was begun.

    @property
    def full(self) -> bool:
        """Whether there is no room for another block."""
        return len(self.blocks) >= CAPACITY

    # Planning.

    def plan(self, move: Move) -> Block | None:
        """Add a straight motion, for which there is room; None if it is less than a step."""
        goal = to_steps(np.array(move.target)[:, None], self.settings)
        way = goal - np.array(self.position)[:, None]
        if not way.any():
            return None
        ways = Ways.along(way, self.settings)
        length, acceleration = float(ways.length[0]), float(ways.acceleration[0])
        block = Block(ways, _steps(way), int(ways.events[0]), length, acceleration, move)
        last = self.blocks[-1] if self.blocks else None
        if last is not None:
            before, after = last.ways.unit, block.ways.unit
            block.corner_sqr = float(corner_sqr(before, after, self.settings)[0])
        self._aim(block, last)
        self.replanned = self._look_back()[1] + 1 if last else 0
        self.position = _steps(goal)
        self.blocks.append(block)
        if len(self.blocks) > 1:
            self._reconsider()
        return block

    def _aim(self, block: Block, before: Block | None) -> None:
        """Set the speed that a block aims at, and the limit at its beginning."""
        move = block.move
        feed = move.feed / 60.0 * (block.length if move.inverse_time else 1.0)
        factor = 1.0 if move.jog else self.feed_factor
        rate = float(block.ways.rate[0])
        block.speed = float(speed_asked(move.rapid, feed, rate, factor, self.rapid_factor))
        slower = min(block.speed, before.speed if before else math.inf)
        block.limit_sqr = min(slower * slower, block.corner_sqr)

    def override(self, feed: float, rapid: float) -> None:
        """Apply other factors to feeds and rapids, of what is planned as well."""
        self.feed_factor, self.rapid_factor = feed, rapid
        for before, block in zip((None, *self.blocks), self.blocks, strict=False):
            self._aim(block, before)
        self._reconsider()

    def _look_back(self) -> tuple[float, int]:
        """The highest v² at the end of the first block: the last one ends at standstill.

        And how many blocks lie behind the last corner that is taken at its own limit.
        """
        allowed, unsettled = 0.0, len(self.blocks) - 1
        for behind, block in enumerate(islice(reversed(self.blocks), len(self.blocks) - 1)):
            allowed += 2.0 * block.acceleration * block.length  # So much v² can change.
            if block.limit_sqr <= allowed:
                allowed, unsettled = block.limit_sqr, min(unsettled, behind)
        return allowed, unsettled

    # Executing.

    def _reconsider(self) -> None:
        """The plan has changed: go on from the present place and speed."""
        self._profile = None
        self._from_mm += self._way
        self._time = self._way = 0.0

    def hold(self) -> None:
        """Brake to standstill from where the next slice begins."""
        self._reconsider()
        self.braking = True
        self._over = False

    def settle(self) -> None:
        """The motors have come to the end of a hold."""
        self._reconsider()
        self.braking = False

    def release(self) -> None:
        """Go on with what is planned."""
        self.settle()
        self._over = False

    def next_slice(self) -> Slice | None:
        """What the motors do next; None if nothing is planned or a hold has ended."""
        if self._over or not self.blocks:
            return None
        block, profile = self.blocks[0], self._profile
        if profile is None:
            profile = self._profile = self._follow(block)
        per_mm = block.events / block.length
        begin = self._time
        self._time, self._way, self.speed = profile.slice_after(begin, per_mm)
        place = (self._from_mm + self._way) * per_mm
        return self._cut(block, profile, place, self._time - begin)

    def _follow(self, block: Block) -> Profile:
        left = block.length - self._from_mm
        entry_sqr = self.speed * self.speed
        if self.braking:
            return Profile.braking(left, block.acceleration, entry_sqr)
        cruise_sqr = block.speed * block.speed
        limits = entry_sqr, cruise_sqr, self._look_back()[0]
        return Profile.between(left, block.acceleration, *limits)

    def _cut(
        self, block: Block, profile: Profile, place: float, seconds: float
    ) -> Slice | None:
        """End a slice with its last whole step; the rest of its time goes to the next one."""
        at_end = self._time >= profile.seconds
        whole = at_end and self._from_mm + profile.length >= block.length * (1.0 - 1e-12)
        place = float(block.events) if whole else place
        first, seconds = self._events, seconds + self._carried
        self._events = int(place + _WHOLE)
        per_step = seconds / (place - first) if place > first else 0.0
        self._carried = max(place - self._events, 0.0) * per_step
        if at_end and not whole:
            self._over = True
        count = self._events - first
        if count == 0 and self.braking and not whole:
            return None
        lasts = count * timer.step_seconds(per_step)
        cut = Slice(block, first, count, lasts, self.speed, whole)
        if whole:
            self.blocks.popleft()
            self._begin_block()
        return cut
