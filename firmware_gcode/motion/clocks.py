"""When a program's motion happens: the processor reads and plans, the motors execute.

The processor reads one line after the other and plans its motion, as long as fewer than 15
blocks wait; the motors execute what it has handed over, up to five slices. Where the motors
are slower, which is nearly always, the blocks' times follow from the whole look-ahead: they
are worked out for all blocks at once, from sums. Where the processor is late, a block sees
only what was planned by the time it began, brakes for it, and is worked out by itself
(`dev-circle-segments-fast`: lines of 0.2 mm).

Let S be the sum of 2·a·L along the way, by which v² can change. A corner may be passed at the
least of (limit + S) over the corners behind it, less its own S: that is the pass from the end
backwards. The look-ahead makes it a minimum over 14 corners and the standstill at the end of
the 15th block: with one block less `dev-circle-segments-uneven` comes out 1.5 % long, with one
more 1.3 % short. The pass forwards is the least of (v² - S) so far, plus S.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

from firmware_gcode.motion import timer
from firmware_gcode.motion.blocks import Array, Floats, Ints
from firmware_gcode.motion.profile import SLICE_S, Profile, ramps
from firmware_gcode.motion.settings import KEEP_ENABLED, MotionSettings
from firmware_gcode.motion.timer import CAPACITY, SLOTS

_SAME_SQR: Final = 1e-6
_AHEAD_S: Final = SLOTS * SLICE_S

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
    """Acts as they are done where the processor is never late: arrays, an element an act."""

    def __init__(self, acts: Array, entry_sqr: float, lock_s: float, *, starts: bool) -> None:
        self.acts, wait, read, index = acts, acts["wait"], acts["read"], np.arange(len(acts))
        work = 2.0 * acts["acceleration"] * acts["length"]
        # Sums of 2·a·L before it, one more at the end,
        self.along = np.append(0.0, np.cumsum(work))
        # the least limit + S seen from the corner at its beginning, and v² there.
        self.bound = acts["limit_sqr"] + self.along[:-1]
        self.at_corner = self._corners(entry_sqr)
        # The last act before it whose beginning it and later ones cannot change.
        self.settled = self._settled()
        stands = np.append(starts, wait)[:-1]  # Behind a wait.
        waits = np.flatnonzero(wait)
        next_wait = np.append(waits, len(acts))[np.searchsorted(waits, index)]
        # Up to which other one acts are planned before it is handed over,
        self.until = np.minimum(index + CAPACITY, next_wait)
        replans = np.where(stands, 0, np.minimum(index - self.settled, CAPACITY - 1))
        plan = np.where(wait, 0.0, timer.MOVE_S + timer.REPLAN_S * replans)
        # and the processor's work up to each of them, that one read.
        self.planned = np.append(0.0, np.cumsum(read + plan)) + np.append(read, 0.0)
        # At standstill it is read before it, or the motors are switched off.
        self.pause = np.where(stands, read, lock_s)
        self.lasts = np.where(wait, acts["dwell"] + self.pause, self._times(work))
        # Up to which other one acts must be planned, for it to end at its speed.
        needed = np.searchsorted(self.along, self.along[1:] + self.at_corner[1:] - _SAME_SQR)
        self.needed = np.minimum(np.maximum(needed, index + 1), self.until)

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

    def lists(self, stop: int) -> tuple[list[list[Any]], Iterator[tuple[Any, ...]]]:
        """What is asked of any act, and what each is asked for: quicker than arrays there."""
        read = np.append(self.acts["read"], 0.0)
        found = self.along, self.bound, self.at_corner, self.settled, self.planned, read
        kinds = self.acts["wait"], self.until, self.needed, self.pause, self.lasts
        ways = self.acts["length"], self.acts["acceleration"], self.acts["speed"] ** 2
        own = zip(*(each[:stop].tolist() for each in (*kinds, *ways)), strict=True)
        return [each.tolist() for each in found], own

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
        self._ends = [0.0] * SLOTS  # When the last five acts ended.
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
        plan = _Plan(acts, self._sqr, self._lock_s, starts=self._starts)
        waits = np.flatnonzero(acts["wait"])
        full = max(len(acts) - CAPACITY, int(waits[-1]) + 1 if len(waits) else 0)
        stop = len(acts) if final else full
        ends = self._follow(plan, stop)
        if stop:
            self._see_pulses(plan, ends)
            self._starts = bool(acts["wait"][stop - 1])
        self._acts = acts[stop:]
        self._tail -= stop
        return acts["line"][:stop], ends

    def _follow(self, plan: _Plan, stop: int) -> Floats:
        """Do some acts, as planned or, where the processor is late, slower; when they end."""
        found, own = plan.lists(stop)
        along, bound, corner, settled, planned, read = found
        now, tail, sqr, ends = self._now, self._tail, self._sqr, self._ends
        cut_s, move_s, replan_s = timer.CUT_S, timer.MOVE_S, timer.REPLAN_S
        for index, act in enumerate(own):
            waits, limit, needed, pause, lasts, length, acceleration, cruise = act
            last = ends[-1]
            if waits:
                now, tail, sqr = last + lasts, index + 1, 0.0
                ends.append(now)
                continue
            if tail == index:  # At standstill, until the plan is full.
                now = max(now, last) + pause + planned[limit] - planned[index]
                last, tail = now + cut_s, limit
            start = last if last > now + cut_s else now + cut_s
            room = ends[-SLOTS]
            known = -_SAME_SQR <= sqr - corner[index] <= _SAME_SQR
            while True:  # Its speeds are those that are planned by then.
                while tail < limit and now < room:
                    first = settled[tail]
                    now += move_s + replan_s * (tail - (first if first > index else index))
                    tail += 1
                    now += read[tail]
                if known and tail >= needed:
                    leave_sqr, seconds = corner[index + 1], lasts
                else:
                    allowed = min((along[tail], *bound[index + 1 : tail])) - along[index + 1]
                    limits = sqr, cruise, max(allowed, 0.0)
                    way = Profile.between(length, acceleration, *limits)
                    leave_sqr, seconds = way.leave * way.leave, way.seconds
                    plan.at_corner[index + 1] = leave_sqr
                end = start + seconds
                room = end - _AHEAD_S if end - _AHEAD_S > room else room
                if tail >= limit or now >= room:
                    break
            now, sqr = (now if now > room else room) + cut_s, leave_sqr
            ends.append(end)
        self._now, self._tail, self._sqr, self._ends = now, tail, sqr, ends[-SLOTS:]
        return np.array(ends[SLOTS:])

    def _see_pulses(self, plan: _Plan, ends: Floats) -> None:
        """Note when the motors made their first step, and their last one so far."""
        blocks = np.flatnonzero(~plan.acts["wait"][: len(ends)])
        for index in blocks[[0, -1]].tolist() if len(blocks) else ():
            profile, end = plan.profile(index), float(ends[index])
            per_mm = float(plan.acts["events"][index]) / profile.length
            if not self._pulses:
                time, way, _ = profile.slice_after(0.0, per_mm)
                per_step = time / (way * per_mm)
                begin = end - float(plan.lasts[index])
                self._pulses.append(begin + timer.pulse_phase(per_step) * per_step)
            begin = max(profile.seconds - SLICE_S, 0.0)
            steps = (profile.length - profile.at(begin)[0]) * per_mm
            per_step = (profile.seconds - begin) / max(steps, 1.0)
            last = end - (1.0 - timer.pulse_phase(per_step)) * per_step
            self._pulses[1:] = [last]
