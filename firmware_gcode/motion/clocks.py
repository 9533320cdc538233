"""When a program's motion happens: the processor reads and plans, the motors execute.

The processor reads one line after the other and plans its motion, as long as fewer than 15
blocks wait; the motors execute what it has handed over, up to five slices. Where the motors
are slower, which is nearly always, the time is the sum of the blocks' times, and those follow
from the whole look-ahead: they are worked out for all blocks at once, from sums. Where the
processor is slower, a block sees only what was planned by the time it began, brakes for it,
and is worked out by itself (`dev-circle-segments-fast`: lines of 0.2 mm).

Let S be the sum of 2·a·L along the way, by which v² can change. A corner may be passed at the
least of (limit + S) over the corners behind it, less its own S: that is the pass from the end
backwards. The look-ahead makes it a minimum over 14 corners and the standstill at the end of
the 15th block: with one block less `dev-circle-segments-uneven` comes out 1.5 % long, with one
more 1.3 % short. The pass forwards is the least of (v² - S) so far, plus S.
"""

from __future__ import annotations

import math
from collections import deque
from typing import Any, Final, NamedTuple

import numpy as np

from firmware_gcode.motion import effort, timer
from firmware_gcode.motion.blocks import Array, Floats, Ints
from firmware_gcode.motion.profile import SLICE_S, Profile, ramps
from firmware_gcode.motion.settings import KEEP_ENABLED, MotionSettings
from firmware_gcode.motion.timer import SLOTS
from firmware_gcode.motion.trajectory import CAPACITY

_SAME_SQR: Final = 1e-6


BLOCK: Final = np.dtype(
    [("line", "i8"), ("events", "i8"), ("length", "f8"), ("acceleration", "f8"),
     ("speed", "f8"), ("limit_sqr", "f8"), ("read", "f8")]
)  # fmt: skip
"""A motion: index of its line, step events, mm, mm/s², mm/s that it aims at, the highest v² at
its beginning, and the seconds of reading it and what comes before it."""


class Wait(NamedTuple):
    """A line that waits until all motion has ended, and some seconds more.

    Attributes:
        before: The index of the first block behind it.
        read: As in `BLOCK`.
    """

    line: int
    before: int
    read: float
    seconds: float


class _Solution:
    """Speeds and times of blocks that are planned with the whole look-ahead.

    Lists with an element a block: the fields of `BLOCK`, sums of 2·a·L before it (`along`, one
    more at the end), the least limit + S seen from the corner at its beginning (`bound`), v²
    at both ends, seconds, and the last block before it whose beginning no later one
    can change (`settled`).
    """

    def __init__(self, blocks: Array, entry_sqr: float) -> None:
        work = 2.0 * blocks["acceleration"] * blocks["length"]
        along = np.append(0.0, np.cumsum(work))
        bound = blocks["limit_sqr"] + along[:-1]
        sqr = self._corners(along, bound, entry_sqr)
        seconds = self._times(blocks, sqr[:-1], sqr[1:], work)
        settled = self._settled(along, bound)
        self.at_corner, self.seconds, self.settled = _lists(sqr, seconds, settled)
        self.along, self.bound, self.cruise_sqr = _lists(along, bound, blocks["speed"] ** 2)
        fields = [blocks[name] for name in BLOCK.names or ()]
        self.line, self.events, self.length, self.acceleration, *rest = _lists(*fields)
        self.read = rest[-1]

    @staticmethod
    def _corners(along: Floats, bound: Floats, entry_sqr: float) -> Floats:
        """v² at the beginning of each block, and at the end of the last one."""
        count = len(bound)
        ahead, corners = np.append(bound[1:], np.full(CAPACITY, along[-1])), 1
        while corners < CAPACITY - 1:  # The least of so many from each one on.
            more = min(corners, CAPACITY - 1 - corners)
            ahead, corners = np.minimum(ahead[:-more], ahead[more:]), corners + more
        standstill = along[np.minimum(np.arange(count) + CAPACITY, count)]
        allowed = np.minimum(ahead[:count], standstill) - 2.0 * along[1:]
        energy = np.minimum.accumulate(np.append(entry_sqr, allowed))
        return np.maximum(energy + along, 0.0)

    @staticmethod
    def _settled(along: Floats, bound: Floats) -> Ints:
        """Up to which earlier corner no block from here on makes a difference."""
        count = len(bound)
        fixed = np.zeros(count + 1, np.int64)
        settles = np.maximum(np.searchsorted(along, bound), np.arange(count) + 1)
        inside = settles <= count
        np.maximum.at(fixed, settles[inside], np.flatnonzero(inside))
        return np.maximum.accumulate(fixed)

    @staticmethod
    def _times(blocks: Array, entry_sqr: Floats, exit_sqr: Floats, work: Floats) -> Floats:
        """How long blocks take, the ticks of the controller's timer included."""
        top_sqr = np.minimum(blocks["speed"] ** 2, 0.5 * (entry_sqr + exit_sqr + work))
        entry, leave = np.sqrt(entry_sqr), np.sqrt(exit_sqr)
        top = np.maximum(np.sqrt(top_sqr), leave)
        on_ramps_s, on_ramps_mm = ramps(blocks["acceleration"], entry, top, leave)
        per_mm = blocks["events"] / blocks["length"]
        ramp_steps = np.maximum(on_ramps_mm * per_mm, 1e-9)
        cruise_steps = np.maximum(blocks["length"] - on_ramps_mm, 0.0) * per_mm
        per_step = 1.0 / (top * per_mm)
        seconds: Floats = ramp_steps * timer.mean_step_seconds(on_ramps_s / ramp_steps)
        seconds += cruise_steps * timer.step_seconds(per_step)
        return seconds


def _lists(*arrays: Array) -> list[list[Any]]:
    return [each.tolist() for each in arrays]


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
        self._waiting = np.empty(0, BLOCK)
        self._running = False
        self._sqr = 0.0  # v² where the next slice begins.
        self._rest: float | None = None  # What is left of a block that was begun, mm.
        self._ends = deque([-math.inf] * SLOTS, SLOTS)
        """When the last five slices end."""

    def execute(self, blocks: Array, waits: list[Wait]) -> None:
        """Read and plan some more blocks; what is still planned then waits for more."""
        planned = len(self._waiting)
        blocks = np.concatenate((self._waiting, blocks))
        self._plan = _Solution(blocks, self._sqr)
        self._head, self._tail = 0, planned
        for wait in waits:
            self._read_blocks(wait.before + planned)
            self._wait(wait)
        self._read_blocks(len(blocks))
        self._keep_last()
        self._waiting = blocks[self._head :]
        if self._rest is not None:
            begun = self._waiting[0]
            begun["events"] = max(round(begun["events"] * self._rest / begun["length"]), 1)
            begun["length"] = self._rest
            self._rest = None

    def finish(self) -> None:
        """Execute all that is still planned."""
        self.execute(np.empty(0, BLOCK), [])
        self._drain()
        self._keep_last()

    def _read_blocks(self, stop: int) -> None:
        """Let the processor read and plan blocks up to the given one."""
        plan, ends = self._plan, self._ends
        read, settled = plan.read, plan.settled
        now, move_s, replan_s = self.now, effort.MOVE_S, effort.REPLAN_S
        for tail in range(self._tail, stop):
            self._tail = tail
            now += read[tail]
            if ends[0] <= now and self._running:
                now = self._feed_motors(now)
            if tail - self._head == CAPACITY:
                if not self._running:
                    self._start(now)
                now = self._hand_over(now)
            head = self._head
            if head == tail:
                plan.bound[tail] = plan.along[tail]  # After a standstill.
            now += move_s + replan_s * (tail - max(settled[tail], head))
            if ends[0] <= now and self._running:
                self._tail = tail + 1
                now = self._feed_motors(now)
        self.now, self._tail = now, stop

    def _keep_last(self) -> None:
        """Keep the last block that was handed over: its last pulse may be the program's."""
        last, plan = self._head - 1, self._plan
        if last >= 0:
            entry_sqr, exit_sqr = plan.at_corner[last : last + 2]
            way = plan.length[last], plan.acceleration[last]
            profile = Profile.between(*way, entry_sqr, plan.cruise_sqr[last], exit_sqr)
            self._ending = (profile, plan.events[last])

    @property
    def seconds(self) -> float:
        """From the first pulse of a motor to the last one so far."""
        if self._ending is None:
            return 0.0
        profile, events = self._ending
        begin = max(profile.seconds - SLICE_S, 0.0)
        steps = (profile.length - profile.at(begin)[0]) * events / profile.length
        per_step = (profile.seconds - begin) / max(steps, 1.0)
        return self.last - (1.0 - timer.pulse_phase(per_step)) * per_step - self._first_pulse

    def _start(self, now: float) -> None:
        """Motion begins: the first slice is cut."""
        self._running = True
        self.last = max(self.last, now + effort.SLICE_S)
        if self._ending is None and not self._first_pulse:
            per_mm = self._plan.events[self._head] / self._plan.length[self._head]
            end, way, _ = self._profile().slice_after(0.0, per_mm)
            per_step = end / (way * per_mm)
            self._first_pulse = self.last + timer.pulse_phase(per_step) * per_step

    def _hand_over(self, now: float) -> float:
        """Give the motors all that is left of the first block; returns when that is done.

        Its last slice is cut when the fifth slice before it has ended.
        """
        head, plan, ends = self._head, self._plan, self._ends
        corners = plan.at_corner
        if self._rest is None and abs(self._sqr - corners[head]) <= _SAME_SQR:
            seconds, self._sqr = plan.seconds[head], corners[head + 1]
        else:
            profile = self._profile()
            seconds = profile.seconds
            self._sqr, self._rest = profile.leave**2, None
        slices = max(math.ceil(seconds / SLICE_S - 1e-9), 1)
        begin = max(self.last, now + effort.SLICE_S)
        room = ends[slices - 1] if slices <= SLOTS else begin + (slices - SLOTS) * SLICE_S
        for index in range(max(slices - SLOTS, 0) + 1, slices):
            ends.append(begin + index * SLICE_S)
        self._done(begin + seconds)
        return max(now, room) + effort.SLICE_S

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
        least = plan.along[tail]
        least = min(least, min(plan.bound[head + 1 : tail], default=least))
        length = plan.length[head] if self._rest is None else self._rest
        speeds = self._sqr, plan.cruise_sqr[head], max(least - plan.along[head + 1], 0.0)
        return Profile.between(length, plan.acceleration[head], *speeds)

    def _feed_motors(self, now: float) -> float:
        """Cut slices as long as there is room; returns when that is done."""
        ends = self._ends
        while ends[0] <= now:
            head = self._head
            if head == self._tail:
                if ends[-1] > now:
                    break
                self._running = False
                return now + self._lock_s
            profile = self._profile()
            now += effort.SLICE_S
            begin = max(self.last, now)
            if profile.seconds <= SLICE_S:
                self._sqr, self._rest = profile.leave**2, None
                self._done(begin + profile.seconds)
            else:
                way, speed = profile.at(SLICE_S)
                self._sqr, self._rest = speed * speed, profile.length - way
                self.last = begin + SLICE_S
                ends.append(self.last)
        return now

    def _wait(self, wait: Wait) -> None:
        self.now += wait.read
        self._drain()
        self.now += wait.seconds
        self.lines.append(wait.line)
        self.times.append(self.now)

    def _drain(self) -> None:
        """Wait until all motion has ended."""
        if self._head < self._tail and not self._running:
            self._start(self.now)
        while self._head < self._tail:
            self.now = self._hand_over(self.now)
        if self._running:
            self._running = False
            self.now = max(self.now, self.last) + self._lock_s
