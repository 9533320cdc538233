"""The motors: they execute segments in time, and count their steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from firmware_gcode.motion.planner import Block, Steps
from firmware_gcode.motion.segments import SLOTS, Segment

_ROUNDING: Final = 1e-6
_NONE: Final[Steps] = (0, 0, 0)


class Motors:
    """Up to five segments in a row, the first being executed.

    Attributes:
        position: What GRBL counts, steps.
        shaft: How far the motors really turned since power-on or `zero_shaft`, steps. GRBL's
            counter is set by homing and resets, the shaft is not.
        locked: Axes that a homing cycle keeps from stepping (the counter runs on).
        on_segment: Called when a segment is taken up.
        events_done: Step events of the present block that are executed.
        on_motion: Called with the segment, the step events before and after, and the time.
        moving: The step interrupt is on.
    """

    def __init__(self) -> None:
        self.position: Steps = (0, 0, 0)
        self.shaft: Steps = (0, 0, 0)
        self.locked: tuple[bool, bool, bool] = (False, False, False)
        self.on_segment: Callable[[Segment], None] | None = None
        self._begun: Segment | None = None
        self.on_motion: Callable[[Segment, int, int, float], None] | None = None
        self._queue: deque[tuple[float, float, Segment]] = deque()
        self.events_done = 0
        self._done: Steps = _NONE
        self.moving = False
        self._end = 0.0

    def head(self) -> tuple[float, float, Segment] | None:
        """The segment being executed and the times of its beginning and end."""
        return self._queue[0] if self.moving and self._queue else None

    @property
    def room(self) -> bool:
        """Whether another segment fits."""
        return len(self._queue) < SLOTS

    @property
    def busy_segments(self) -> int:
        """Segments in the queue."""
        return len(self._queue)

    def start(self, now: float) -> None:
        """Switch the step interrupt on."""
        if not self.moving:
            self.moving = True
            self._end = max(self._end, now)

    def push(self, segment: Segment, now: float) -> None:
        """Queue a segment behind the others."""
        start = max(self._end, now)
        self._end = start + segment.seconds
        self._queue.append((start, self._end, segment))

    def next_event(self) -> float | None:
        """When the present segment ends, or the motors find nothing more to do."""
        if not self.moving:
            return None
        return self._queue[0][1] if self._queue else self._end

    def advance(self, now: float) -> bool:
        """Turn until now; whether the motors came to their end."""
        while self._queue:
            start, end, segment = self._queue[0]
            if end > now:
                if self.moving and start < now:
                    done = segment.count * (now - start) / (end - start)
                    self._turn(segment, segment.first + int(done + _ROUNDING), now)
                return False
            if not self.moving:
                return False
            self._turn(segment, segment.first + segment.count, end)
            self._queue.popleft()
            if segment.ends_block:
                self.events_done, self._done = 0, _NONE
        return self.moving and self._end <= now

    def _turn(self, segment: Segment, events: int, at: float) -> None:
        """Execute a block's step events up to the given count."""
        before, block = self.events_done, segment.block
        if segment is not self._begun:
            self._begun = segment
            if self.on_segment is not None:
                self.on_segment(segment)
        if events > before:
            (x, y, z), (new_x, new_y, new_z) = self._done, block_steps(block, events)
            self.events_done, self._done = events, (new_x, new_y, new_z)
            x, y, z = new_x - x, new_y - y, new_z - z
            at_x, at_y, at_z = self.position
            self.position = (at_x + x, at_y + y, at_z + z)
            locked_x, locked_y, locked_z = self.locked
            at_x, at_y, at_z = self.shaft
            self.shaft = (
                at_x if locked_x else at_x + x,
                at_y if locked_y else at_y + y,
                at_z if locked_z else at_z + z,
            )
            if self.on_motion is not None:
                self.on_motion(segment, before, events, at)

    def stop(self, now: float) -> None:
        """Stand still at once, in the middle of a step if need be, and forget the queue."""
        self.advance(now)
        self.moving = False

    def clear(self) -> None:
        """Forget the queue (a reset of the stepper module)."""
        self._queue.clear()
        self.moving = False
        self.events_done, self._done = 0, _NONE


def block_steps(block: Block, events: int) -> Steps:
    """How far each axis has come after some step events of a block, by Bresenham's rule."""
    total = block.events
    if events >= total:
        return block.steps
    x, y, z = block.steps
    return (_share(x, events, total), _share(y, events, total), _share(z, events, total))


def _share(steps: int, events: int, total: int) -> int:
    if not steps:
        return 0
    count = (2 * events * abs(steps) + total - 1) // (2 * total)
    return count if steps >= 0 else -count
