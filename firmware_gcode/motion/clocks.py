"""When a program's motion happens: the processor reads and plans, the motors execute.

The processor reads one line after the other and plans its motion, as long as fewer than 15
blocks wait; the motors execute what it has handed over, up to five slices. Where the motors
are slower, which is nearly always, the time is the sum of the blocks' times, and those follow
from the whole look-ahead: they are worked out for all blocks at once, from sums. Where the
processor is slower (`dev-circle-segments-fast`: lines of 0.2 mm), a block sees only what was
planned by the time it began, brakes for it, and is worked out by itself.

Let S be the sum of 2·a·L along the way, by which v² can change. A corner may be passed at the
least of (limit + S) over the corners behind it, less its own S: that is the pass from the end
backwards, and the look-ahead makes it a minimum over 14 corners and the standstill at the end
of the 15th block. The pass forwards is the least of (v² - S) so far, plus S.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from firmware_gcode.motion import effort, timer
from firmware_gcode.motion.blocks import Floats, Ints
from firmware_gcode.motion.profile import SLICE_S, Profile, ramps, ramps_meet
from firmware_gcode.motion.settings import KEEP_ENABLED, MotionSettings
from firmware_gcode.motion.trajectory import CAPACITY

_SAME_SQR: Final = 1e-6
_LAST_SLICES: Final = 250
"""From so many slices before the end of a program its last step is worked out."""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Motions of a program, one an element, as far as their times depend on them.

    Attributes:
        line: Index of the line that asked for it.
        events, length, acceleration: As in `Ways`.
        speed: What it aims at, mm/s.
        limit_sqr: The highest v² at its beginning.
        read: Seconds that the processor needs to read it, and what comes before it.
    """

    line: Ints
    events: Ints
    length: Floats
    acceleration: Floats
    speed: Floats
    limit_sqr: Floats
    read: Floats

    def followed_by(self, more: Blocks, done: int = 0) -> Blocks:
        """Blocks without the first `done` ones, and more behind them."""
        return Blocks(
            *(
                np.concatenate((getattr(self, name)[done:], getattr(more, name)))
                for name in self.__slots__
            )
        )


@dataclass(frozen=True, slots=True)
class Wait:
    """A line that waits until all motion has ended, and some seconds more.

    Attributes:
        before: The index of the first block behind it.
        read: As in `Blocks`.
    """

    line: int
    before: int
    read: float
    seconds: float


_NONE: Final = Blocks(
    *(np.empty(0, np.int64), np.empty(0, np.int64)), *(np.empty(0) for _ in range(5))
)


class _Solution:
    """Speeds and times of blocks that are planned with the whole look-ahead.

    Lists with an element a block: sums of 2·a·L before it (`along`, one more at the end), the
    least limit + S seen from the corner at its beginning (`bound`), v² at both ends, seconds,
    slices, and the last block before it whose beginning no later one can change (`settled`).
    """

    def __init__(self, blocks: Blocks, entry_sqr: float) -> None:
        count = len(blocks.length)
        work = 2.0 * blocks.acceleration * blocks.length
        along = np.append(0.0, np.cumsum(work))
        bound = blocks.limit_sqr + along[:-1]
        ahead = np.append(bound[1:], np.full(CAPACITY, along[-1]))
        for shift in (1, 2, 4, 6):  # The minimum over 1 + 1 + 2 + 4 + 6 = 14 corners.
            ahead = np.minimum(ahead[:-shift], ahead[shift:])
        standstill = along[np.minimum(np.arange(count) + CAPACITY, count)]
        allowed = np.minimum(ahead[:count], standstill) - 2.0 * along[1:]
        energy = np.minimum.accumulate(np.append(entry_sqr, allowed))
        sqr = np.maximum(energy + along, 0.0)
        self.blocks = blocks
        self.along: list[float] = along.tolist()
        self.bound: list[float] = bound.tolist()
        self.at_corner: list[float] = sqr.tolist()
        seconds, stretch = _seconds(blocks, sqr[:-1], sqr[1:], work)
        self.seconds: list[float] = seconds.tolist()
        self.stretch: list[float] = stretch.tolist()
        self.slices: list[int] = _slices(seconds).tolist()
        fixed = np.zeros(count + 1, np.int64)
        settles = np.searchsorted(along, bound)
        settles = np.maximum(settles, np.arange(count) + 1)
        inside = settles <= count
        np.maximum.at(fixed, settles[inside], np.flatnonzero(inside))
        self.settled: list[int] = np.maximum.accumulate(fixed).tolist()
        self.read: list[float] = blocks.read.tolist()
        self.line: list[int] = blocks.line.tolist()
        self.cruise_sqr: list[float] = (blocks.speed**2).tolist()
        self.length: list[float] = blocks.length.tolist()
        self.acceleration: list[float] = blocks.acceleration.tolist()


def _slices(seconds: Floats) -> Ints:
    return np.maximum(np.ceil(seconds / SLICE_S - 1e-9), 1.0).astype(np.int64)


def _seconds(
    blocks: Blocks, entry_sqr: Floats, exit_sqr: Floats, work: Floats
) -> tuple[Floats, Floats]:
    """How long blocks take, and how much of it the controller's timer adds, as a factor."""
    top_sqr = np.minimum(blocks.speed**2, ramps_meet(entry_sqr, exit_sqr, work))
    top_sqr = np.maximum(top_sqr, exit_sqr)
    entry, top, leave = np.sqrt(entry_sqr), np.sqrt(top_sqr), np.sqrt(exit_sqr)
    on_ramps_s, on_ramps_mm = ramps(blocks.acceleration, entry, top, leave)
    per_mm = blocks.events / blocks.length
    ramp_steps = np.maximum(on_ramps_mm * per_mm, 1e-9)
    cruise_steps = np.maximum(blocks.length - on_ramps_mm, 0.0) * per_mm
    per_step = 1.0 / (top * per_mm)
    seconds: Floats = ramp_steps * timer.mean_step_seconds(on_ramps_s / ramp_steps)
    seconds += cruise_steps * timer.step_seconds(per_step)
    return seconds, seconds / (on_ramps_s + cruise_steps * per_step)


def _step_seconds(profile: Profile, events: int, begin: float) -> Iterator[float]:
    """How long the steps of a block are in each slice from `begin` on, seconds."""
    per_mm = events / profile.length
    time, carried = begin, 0.0
    step = int(profile.at(begin)[0] * per_mm)
    while time < profile.seconds:
        end, way, _ = profile.slice_after(time, per_mm)
        step, per_step, carried = timer.whole_steps(way * per_mm, step, end - time + carried)
        yield per_step
        time = end


class Clocks:
    """The clock of the processor and that of the motors, which wait for each other.

    Attributes:
        now: The processor's time, seconds.
        last: When the motors end what they were given.
        lines, times: What was done so far, in order: the lines and when they were done.
    """

    def __init__(self, settings: MotionSettings) -> None:
        lock = settings.idle_lock_ms
        self._lock_s = 0.0 if lock == KEEP_ENABLED else lock / 1000.0
        self.now = self.last = 0.0
        self.lines: list[int] = []
        self.times: list[float] = []
        self._first_pulse = 0.0
        self._ending: tuple[Profile, int] | None = None
        self._waiting: Blocks | None = None
        self._running = False
        self._sqr = 0.0  # v² where the next slice begins.
        self._rest: float | None = None  # What is left of a block that was begun, mm.
        self._ends = deque([-math.inf] * timer.SLOTS, timer.SLOTS)
        """When the last five slices end."""

    def execute(self, blocks: Blocks, waits: list[Wait]) -> None:
        """Read and plan some more blocks; what is still planned then waits for more."""
        behind = len(self._waiting.length) if self._waiting else 0
        if self._waiting:
            blocks = self._waiting.followed_by(blocks)
        self._plan = _Solution(blocks, self._sqr)
        self._head, self._tail = 0, behind
        for wait in waits:
            self._read_blocks(wait.before + behind)
            self._wait(wait)
        self._read_blocks(len(blocks.length))
        self._keep_last()
        if self._rest is not None:
            share = self._rest / blocks.length[self._head]
            blocks.length[self._head] *= share
            blocks.events[self._head] = max(round(blocks.events[self._head] * share), 1)
            self._rest = None
        self._waiting = blocks.followed_by(_NONE, self._head)

    def finish(self) -> None:
        """Execute all that is still planned."""
        self.execute(_NONE, [])
        self._drain()
        self._keep_last()

    def _read_blocks(self, stop: int) -> None:
        """Let the processor read and plan blocks up to the given one."""
        plan, ends = self._plan, self._ends
        read, settled, along = plan.read, plan.settled, plan.along
        for tail in range(self._tail, stop):
            self.now += read[tail]
            if self._running and ends[0] <= self.now:
                self._feed_motors()
            if tail - self._head == CAPACITY:
                if not self._running:
                    self._start()
                self._hand_over()
            head = self._head
            if head == tail:
                plan.bound[tail] = along[tail]  # Nothing before it: it begins at standstill.
            fixed = max(settled[tail], head)
            if tail - fixed > 1:
                fixed = self._out_of_reach(tail, fixed)
            self.now += effort.MOVE_S + effort.REPLAN_S * (tail - fixed)
            self._tail = tail + 1
            if self._running and ends[0] <= self.now:
                self._feed_motors()

    def _keep_last(self) -> None:
        """Keep the last block that was handed over: its last pulse may be the program's."""
        last, plan = self._head - 1, self._plan
        if last >= 0:
            entry_sqr, exit_sqr = plan.at_corner[last : last + 2]
            profile = Profile.between(
                plan.length[last],
                plan.acceleration[last],
                entry_sqr,
                plan.cruise_sqr[last],
                exit_sqr,
            )
            self._ending = (profile, int(plan.blocks.events[last]))

    @property
    def seconds(self) -> float:
        """From the first pulse of a motor to the last one so far."""
        if self._ending is None:
            return 0.0
        profile, events = self._ending
        begin = max(round(profile.seconds / SLICE_S) - _LAST_SLICES, 0) * SLICE_S
        *_, per_step = _step_seconds(profile, events, begin)
        return self.last - (1.0 - timer.pulse_phase(per_step)) * per_step - self._first_pulse

    def _out_of_reach(self, tail: int, fixed: int) -> int:
        """The last block before `tail` that full acceleration does not bring to its limit.

        Given the last one whose limit is `fixed`: where speeding up from there and braking for
        the end of what is planned meet.
        """
        plan, head = self._plan, self._head
        along = plan.along
        rising = self._sqr - along[head]
        if self._rest is not None:
            rising -= 2.0 * plan.acceleration[head] * (plan.length[head] - self._rest)
        if fixed > head:
            rising = min(rising, plan.bound[fixed] - 2.0 * along[fixed])
        middle = 0.5 * (along[tail] - rising)
        return max(bisect_left(along, middle, fixed + 1, tail) - 1, fixed)

    def _start(self) -> None:
        """Motion begins: the first slice is cut."""
        self._running = True
        self.last = max(self.last, self.now + effort.SLICE_S)
        if self._ending is None and not self._first_pulse:
            events = int(self._plan.blocks.events[self._head])
            per_step = next(_step_seconds(self._profile(), events, 0.0))
            self._first_pulse = self.last + timer.pulse_phase(per_step) * per_step

    def _hand_over(self) -> None:
        """Give the motors all that is left of the first block.

        Its last slice is cut when the fifth slice before it has ended.
        """
        head, plan, ends = self._head, self._plan, self._ends
        same = self._rest is None and abs(self._sqr - plan.at_corner[head]) <= _SAME_SQR
        if same:
            seconds, slices = plan.seconds[head], plan.slices[head]
            self._sqr = plan.at_corner[head + 1]
        else:
            profile = self._profile()
            seconds, self._sqr = profile.seconds * plan.stretch[head], profile.leave**2
            slices = max(math.ceil(seconds / SLICE_S - 1e-9), 1)
            self._rest = None
        begin = max(self.last, self.now + effort.SLICE_S)
        if slices <= timer.SLOTS:
            room = ends[slices - 1]
        else:
            room = begin + (slices - timer.SLOTS) * SLICE_S
        self.now = max(self.now, room) + effort.SLICE_S
        end = begin + (slices - 1) * SLICE_S
        for index in range(min(slices, timer.SLOTS) - 1, 0, -1):
            ends.append(end - (index - 1) * SLICE_S)
        self._done(begin + seconds)

    def _done(self, end: float) -> None:
        """The first block is handed over; the motors end it at `end`."""
        self.last = end
        self._ends.append(end)
        self.lines.append(self._plan.line[self._head])
        self.times.append(end)
        self._head += 1

    def _profile(self) -> Profile:
        """What is left of the first block, as far as it is planned by now."""
        head, tail, plan = self._head, self._tail, self._plan
        least = min(plan.along[tail], *plan.bound[head + 1 : tail], math.inf)
        length = plan.length[head] if self._rest is None else self._rest
        exit_sqr = max(least - plan.along[head + 1], 0.0)
        return Profile.between(
            length, plan.acceleration[head], self._sqr, plan.cruise_sqr[head], exit_sqr
        )

    def _feed_motors(self) -> None:
        """Cut slices as long as there is room."""
        ends, plan = self._ends, self._plan
        while ends[0] <= self.now:
            head = self._head
            if head == self._tail:
                if ends[-1] <= self.now:
                    self._running = False
                    self.now += self._lock_s
                return
            profile = self._profile()
            self.now += effort.SLICE_S
            begin = max(self.last, self.now)
            if profile.seconds <= SLICE_S:
                self._sqr, self._rest = profile.leave**2, None
                self._done(begin + profile.seconds * plan.stretch[head])
                continue
            way, speed = profile.at(SLICE_S)
            self._sqr, self._rest = speed * speed, profile.length - way
            self.last = begin + SLICE_S * plan.stretch[head]
            ends.append(self.last)

    def _wait(self, wait: Wait) -> None:
        self.now += wait.read
        self._drain()
        self.now += wait.seconds
        self.lines.append(wait.line)
        self.times.append(self.now)

    def _drain(self) -> None:
        """Wait until all motion has ended."""
        if self._head < self._tail and not self._running:
            self._start()
        while self._head < self._tail:
            self._hand_over()
        if self._running:
            self._running = False
            self.now = max(self.now, self.last) + self._lock_s
