"""When a program's motion happens: the processor reads and plans, the motors execute.

The processor reads one line after the other and plans its motion, as long as fewer than 15
blocks wait; the motors execute what it has handed over, up to five slices. Where the motors
are slower, which is nearly always, the time is the sum of the blocks' times, and those follow
from the whole look-ahead: they are worked out for all blocks at once, from sums, and so is the
proof that the processor was never late. Where it is, a block sees only what was planned by the
time it began, brakes for it, and is worked out by itself (`dev-circle-segments-fast`: lines of
0.2 mm).

Let S be the sum of 2·a·L along the way, by which v² can change. A corner may be passed at the
least of (limit + S) over the corners behind it, less its own S: that is the pass from the end
backwards. The look-ahead makes it a minimum over 14 corners and the standstill at the end of
the 15th block: with one block less `dev-circle-segments-uneven` comes out 1.5 % long, with one
more 1.3 % short. The pass forwards is the least of (v² - S) so far, plus S.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, Final

import numpy as np

from firmware_gcode.motion import timer
from firmware_gcode.motion.blocks import Array, Floats, Ints
from firmware_gcode.motion.profile import SLICE_S, Profile, quickest, ramps
from firmware_gcode.motion.settings import KEEP_ENABLED, MotionSettings
from firmware_gcode.motion.timer import CAPACITY, SLOTS

_SAME_SQR: Final = 1e-6
_SPANS: Final = (64, 16)
"""How many acts are tried together, and how many are done by themselves after one was late;"""
_LARGEST: Final = 2048
"""twice as many each time up to this, as long as that is right."""

ACT: Final = np.dtype(
    [("line", "i8"), ("wait", "?"), ("events", "i8"), ("length", "f8"),
     ("acceleration", "f8"), ("speed", "f8"), ("limit_sqr", "f8"), ("read", "f8"),
     ("dwell", "f8")]
)  # fmt: skip
"""A motion, or a wait until all motion has ended and `dwell` seconds more.

Index of its line, step events, mm, mm/s², mm/s that it aims at, the highest v² at its
beginning (0 for a wait, whose length and so on are any positive numbers), and the seconds of
reading it and what comes before it."""


class _Plan:
    """Acts as they are done where the processor is never late; arrays with an element an act.

    Attributes:
        along: Sums of 2·a·L before it, one more at the end.
        bound: The least limit + S seen from the corner at its beginning.
        at_corner: v² there, one more at the end.
        settled: The last act before it whose beginning it and later ones cannot change.
        starts: Whether it begins at standstill, behind a wait.
        until: Up to which other one acts are planned before it is handed over,
        reading: and how long the processor works on that since the one before it.
        planned: The processor's work up to each act, one more at the end, that one read.
        needed: Up to which other one acts must be planned, for it to end at its speed.
        lasts: Seconds from the end of the one before it to its end.
    """

    def __init__(self, acts: Array, entry_sqr: float, lock_s: float, *, starts: bool) -> None:
        self.acts, self.wait = acts, acts["wait"]
        work = 2.0 * acts["acceleration"] * acts["length"]
        self.along = np.append(0.0, np.cumsum(work))
        self.bound = acts["limit_sqr"] + self.along[:-1]
        self.at_corner = self._corners(entry_sqr)
        self.settled = self._settled()
        self.starts = np.append(starts, self.wait)[:-1]
        self._prepare(self._times(work), lock_s)

    def _corners(self, entry_sqr: float) -> Floats:
        """v² at the beginning of each act, and at the end of the last one."""
        along, bound, count = self.along, self.bound, len(self.bound)
        ahead, corners = np.append(bound[1:], np.full(CAPACITY, along[-1])), 1
        while corners < CAPACITY - 1:  # The least of so many from each one on.
            more = min(corners, CAPACITY - 1 - corners)
            ahead, corners = np.minimum(ahead[:-more], ahead[more:]), corners + more
        standstill = along[np.minimum(np.arange(count) + CAPACITY, count)]
        allowed = np.minimum(ahead[:count], standstill) - 2.0 * along[1:]
        energy = np.minimum.accumulate(np.append(entry_sqr, allowed))
        sqr: Floats = np.maximum(energy + along, 0.0)
        return sqr

    def _settled(self) -> Ints:
        count = len(self.bound)
        fixed = np.zeros(count + 1, np.int64)
        settles = np.maximum(np.searchsorted(self.along, self.bound), np.arange(count) + 1)
        inside = settles <= count
        np.maximum.at(fixed, settles[inside], np.flatnonzero(inside))
        return np.maximum.accumulate(fixed)[:count]

    def _times(self, work: Floats) -> Floats:
        """How long motions take, the ticks of the controller's timer included."""
        acts, entry_sqr, exit_sqr = self.acts, self.at_corner[:-1], self.at_corner[1:]
        top_sqr = np.minimum(acts["speed"] ** 2, 0.5 * (entry_sqr + exit_sqr + work))
        entry, leave = np.sqrt(entry_sqr), np.sqrt(exit_sqr)
        top = np.maximum(np.sqrt(top_sqr), leave)
        on_ramps_s, on_ramps_mm = ramps(acts["acceleration"], entry, top, leave)
        per_mm = acts["events"] / acts["length"]
        ramp_steps = np.maximum(on_ramps_mm * per_mm, 1e-9)
        cruise_steps = np.maximum(acts["length"] - on_ramps_mm, 0.0) * per_mm
        per_step = 1.0 / (top * per_mm)
        seconds: Floats = ramp_steps * timer.mean_step_seconds(on_ramps_s / ramp_steps)
        seconds += cruise_steps * timer.step_seconds(per_step)
        return seconds

    def _prepare(self, seconds: Floats, lock_s: float) -> None:
        wait, read, index = self.wait, self.acts["read"], np.arange(len(self.wait))
        waits = np.flatnonzero(wait)
        stretch = np.searchsorted(waits, index)
        self.begin = np.append(0, waits + 1)[stretch]
        self.until = np.minimum(index + CAPACITY, np.append(waits, len(wait))[stretch])
        replans = np.minimum(index - np.maximum(self.settled, self.begin), CAPACITY - 1)
        plan = np.where(wait, 0.0, timer.MOVE_S + timer.REPLAN_S * replans)
        before = np.append(0.0, np.cumsum(read + plan))
        self.planned = before + np.append(read, 0.0)
        since = np.where(self.starts, before[:-1], self.planned[np.append(0, self.until)[:-1]])
        self.reading = self.planned[self.until] - since
        stops = self.acts["dwell"] + np.where(self.starts, self.reading, lock_s)
        moves = seconds + np.where(self.starts, self.reading + timer.CUT_S, 0.0)
        self.lasts = np.where(wait, stops, moves)
        needed = np.searchsorted(self.along, self.along[1:] + self.at_corner[1:] - _SAME_SQR)
        self.needed = np.minimum(np.maximum(needed, index + 1), self.until)

    @cached_property
    def lists(self) -> list[list[Any]]:
        """What is needed of each act by itself, which is quicker than arrays there."""
        acts, read = self.acts, np.append(self.acts["read"], 0.0)
        found = self.along, self.bound, self.at_corner, self.settled, read
        kinds = self.wait, self.starts, self.until, self.reading, self.lasts
        own = acts["length"], acts["acceleration"], acts["speed"] ** 2
        return [each.tolist() for each in (*found, *kinds, *own)]

    def profile(self, index: int) -> Profile:
        """The motion of a block, between the speeds at its ends."""
        act, (entry_sqr, exit_sqr) = self.acts[index], self.at_corner[index : index + 2]
        way = float(act["length"]), float(act["acceleration"])
        return Profile.between(*way, float(entry_sqr), act["speed"] ** 2, float(exit_sqr))


class Clocks:
    """The clock of the processor and that of the motors, which wait for each other."""

    def __init__(self, settings: MotionSettings) -> None:
        lock = settings.idle_lock_ms
        self._lock_s = 0.0 if lock == KEEP_ENABLED else lock / 1000.0
        self._acts = np.empty(0, ACT)
        self._starts = True
        self._now = 0.0  # The processor's time,
        self._tail = 0  # and up to which act it has planned.
        self._sqr = 0.0  # v² where the next act begins.
        self._ends = np.zeros(SLOTS)  # When the last five acts ended.
        self._pulses: list[float] = []  # The first and the last of the motors.

    @property
    def seconds(self) -> float:
        """From the first pulse of a motor to the last one so far."""
        return self._pulses[-1] - self._pulses[0] if self._pulses else 0.0

    def execute(self, acts: Array, *, final: bool = False) -> tuple[Ints, Floats]:
        """Read and plan some more acts; what is still planned then waits for more.

        Returns the lines of those that were done, in order, and when they were.
        """
        acts = np.concatenate((self._acts, acts))
        self._plan = plan = _Plan(acts, self._sqr, self._lock_s, starts=self._starts)
        waits = np.flatnonzero(plan.wait)
        full = max(len(acts) - CAPACITY, int(waits[-1]) + 1 if len(waits) else 0)
        stop = len(acts) if final else full
        self._ends = np.append(self._ends[-SLOTS:], np.empty(stop))
        at, (span, singly) = 0, _SPANS
        while at < stop:
            end = min(at + span, stop)
            done = self._together(at, end)
            at, span = at + done, min(2 * span, _LARGEST)
            if at < end:
                span = max(2 * done, _SPANS[0])
                singly = min(2 * singly, _LARGEST) if done == 0 else _SPANS[1]
                at = self._one_by_one(at, min(at + singly, stop), stop)
        if stop:
            self._see_pulses(stop)
            self._starts = bool(plan.wait[stop - 1])
        self._acts = acts[stop:]
        self._tail -= stop
        return acts["line"][:stop], self._ends[SLOTS:]

    def _together(self, begin: int, end: int) -> int:
        """Do acts as planned, up to the first for which the processor is late; how many."""
        plan, part = self._plan, slice(begin, end)
        starts, wait, reading = plan.starts[part], plan.wait[part], plan.reading[part].copy()
        if not starts[0]:
            reading[0] = plan.planned[plan.until[begin]] - plan.planned[self._tail]
        done = self._ends[SLOTS + begin : SLOTS + end]
        fifth, before = self._ends[part], self._ends[SLOTS - 1 + begin : SLOTS - 1 + end]
        np.cumsum(plan.lasts[part], out=done)
        done += before[0]
        # When the processor can go on, by its own work and by that of the motors.
        room = np.maximum(fifth, done - SLOTS * SLICE_S)
        room = np.where(starts, np.maximum(room, before + reading), room) + timer.CUT_S
        room = np.where(wait, done, room)
        spent = np.cumsum(np.where(wait | starts, 0.0, reading + timer.CUT_S))
        free = spent + np.maximum.accumulate(np.append(self._now, room - spent))[1:]
        ready = np.where(starts, before, np.append(self._now, free[:-1])) + reading
        late = ready + timer.CUT_S > before
        needed = plan.needed[part]
        by = np.maximum(needed - CAPACITY - begin, 0)
        cut = np.maximum(fifth, before - (SLOTS - 1) * SLICE_S)
        late |= (needed > np.maximum(plan.begin[part] + CAPACITY, self._tail)) & (
            ready[by] > cut
        )
        late &= ~(starts | wait)
        count = int(np.argmax(late)) if late.any() else end - begin
        if count:
            self._now = float(free[count - 1])
            self._tail = int(plan.until[begin + count - 1])
            self._sqr = float(plan.at_corner[begin + count])
        return count

    def _one_by_one(self, begin: int, end: int, stop: int) -> int:
        """Do acts that may be late, and on until one begins as planned; returns which."""
        plan, lists = self._plan, self._plan.lists
        along, bound, corner, settled, read = lists[:5]
        wait, starts, until, reading, lasts, length, acceleration, cruise_sqr = lists[5:]
        now, tail, sqr = self._now, self._tail, self._sqr
        ends, leaves = self._ends[begin : begin + SLOTS].tolist(), []
        cut_s, move_s, replan_s = timer.CUT_S, timer.MOVE_S, timer.REPLAN_S
        for index in range(begin, stop):
            if index >= end and abs(sqr - corner[index]) <= _SAME_SQR:
                break
            last = ends[-1]
            if wait[index]:
                now, tail, sqr = last + lasts[index], index + 1, 0.0
                ends.append(now)
                leaves.append(sqr)
                continue
            limit = until[index]
            if starts[index] or tail == index:  # At standstill, until the plan is full.
                again = self._lock_s + float(plan.planned[limit] - plan.planned[tail])
                now = max(now, last) + (reading[index] if starts[index] else again)
                last, tail = now + cut_s, limit
            start, room, ahead = max(last, now + cut_s), ends[-SLOTS], True
            while ahead:  # Its speeds are those that are planned by then.
                while tail < limit and now < room:
                    now += move_s + replan_s * (tail - max(settled[tail], index))
                    tail += 1
                    now += read[tail]
                leave_sqr = min((along[tail], *bound[index + 1 : tail])) - along[index + 1]
                way = length[index], acceleration[index], sqr, cruise_sqr[index]
                _, _, leave, seconds = quickest(*way, max(leave_sqr, 0.0))
                room = max(room, start + seconds - SLOTS * SLICE_S)
                ahead = tail < limit and now < room
            now = max(now, room) + cut_s
            ends.append(start + seconds)
            sqr = leave * leave
            leaves.append(sqr)
        end = begin + len(leaves)
        self._ends[SLOTS + begin : SLOTS + end] = ends[SLOTS:]
        plan.at_corner[begin + 1 : end + 1] = leaves
        self._now, self._tail, self._sqr = now, tail, sqr
        return end

    def _see_pulses(self, stop: int) -> None:
        """Note when the motors made their first step, and their last one so far."""
        plan = self._plan
        blocks = np.flatnonzero(~plan.wait[:stop])
        for index in blocks[[0, -1]].tolist() if len(blocks) else ():
            profile, end = plan.profile(index), float(self._ends[SLOTS + index])
            per_mm = float(plan.acts["events"][index]) / profile.length
            if not self._pulses:
                time, way, _ = profile.slice_after(0.0, per_mm)
                per_step = time / (way * per_mm)
                begin = end + timer.CUT_S - float(plan.lasts[index] - plan.reading[index])
                self._pulses.append(begin + timer.pulse_phase(per_step) * per_step)
            begin = max(profile.seconds - SLICE_S, 0.0)
            steps = (profile.length - profile.at(begin)[0]) * per_mm
            per_step = (profile.seconds - begin) / max(steps, 1.0)
            last = end - (1.0 - timer.pulse_phase(per_step)) * per_step
            self._pulses[1:] = [last]
