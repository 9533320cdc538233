"""The motors: they execute slices of motion in time, and count their steps."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from firmware_gcode.motion.timer import SLOTS
from firmware_gcode.motion.trajectory import Block, Slice, Steps

_ROUNDING: Final = 1e-6
_NONE: Final[Steps] = (0, 0, 0)


class Motors:
    """Up to five slices in a row, the first being executed.

    Attributes:
        position: What GRBL counts, steps.
        shaft: How far the motors really turned since power-on or `zero_shaft`, steps. GRBL's
            counter is set by homing and resets, the shaft is not.
        locked: Axes that a homing cycle keeps from stepping (the counter runs on).
        moving: The step interrupt is on.
        events_done: Step events of the present block that are executed.
        on_slice: Called when a slice is taken up.
        on_motion: Called after steps, with the slice and the time.
    """

    def __init__(self) -> None:
        self.position: Steps = _NONE
        self.shaft: Steps = _NONE
        self.locked: tuple[bool, bool, bool] = (False, False, False)
        self.on_slice: Callable[[Slice], None] = lambda _: None
        self.on_motion: Callable[[Slice, float], None] = lambda _slice, _at: None
        self._queue: deque[tuple[float, float, Slice]] = deque()
        self._begun: Slice | None = None
        self._end = 0.0
        self.clear()

    def clear(self) -> None:
        """Forget the queue (a reset of the stepper module)."""
        self._queue.clear()
        self.moving = False
        self.events_done, self._done = 0, _NONE

    @property
    def waiting(self) -> int:
        """Slices in the queue."""
        return len(self._queue)

    @property
    def room(self) -> bool:
        """Whether another slice fits."""
        return len(self._queue) < SLOTS

    def head(self) -> tuple[float, float, Slice] | None:
        """The slice being executed and the times of its beginning and end."""
        return self._queue[0] if self.moving and self._queue else None

    def start(self, now: float) -> None:
        """Switch the step interrupt on."""
        if not self.moving:
            self.moving = True
            self._end = max(self._end, now)

    def push(self, piece: Slice, now: float) -> None:
        """Queue a slice behind the others."""
        begin = max(self._end, now)
        self._end = begin + piece.seconds
        self._queue.append((begin, self._end, piece))

    def next_event(self) -> float | None:
        """When the present slice ends, or the motors find nothing more to do."""
        if not self.moving:
            return None
        return self._queue[0][1] if self._queue else self._end

    def advance(self, now: float) -> bool:
        """Turn until now; whether the motors came to their end."""
        if not self.moving:
            return False
        while self._queue:
            begin, end, piece = self._queue[0]
            if end > now:
                if begin < now:
                    share = piece.count * (now - begin) / (end - begin)
                    self._turn(piece, piece.first + int(share + _ROUNDING), now)
                return False
            self._turn(piece, piece.first + piece.count, end)
            self._queue.popleft()
            if piece.ends_block:
                self.events_done, self._done = 0, _NONE
        return self._end <= now

    def _turn(self, piece: Slice, events: int, at: float) -> None:
        """Make the steps of a block up to the given number of step events."""
        if piece is not self._begun:
            self._begun = piece
            self.on_slice(piece)
        if events <= self.events_done:
            return
        (x, y, z), (new_x, new_y, new_z) = self._done, block_steps(piece.block, events)
        self.events_done, self._done = events, (new_x, new_y, new_z)
        self.position = _moved(self.position, new_x - x, new_y - y, new_z - z)
        lock_x, lock_y, lock_z = self.locked
        self.shaft = _moved(
            self.shaft,
            0 if lock_x else new_x - x,
            0 if lock_y else new_y - y,
            0 if lock_z else new_z - z,
        )
        self.on_motion(piece, at)

    def stop(self, now: float) -> None:
        """Stand still at once, in the middle of a step if need be."""
        self.advance(now)
        self.moving = False


def _moved(place: Steps, x: int, y: int, z: int) -> Steps:
    return (place[0] + x, place[1] + y, place[2] + z)


def block_steps(block: Block, events: int) -> Steps:
    """How far each axis has come after some step events of a block, in whole steps."""
    total = block.events
    if events >= total:
        return block.steps
    x, y, z = block.steps
    return (_share(x, events, total), _share(y, events, total), _share(z, events, total))


def _share(steps: int, events: int, total: int) -> int:
    """The axis's part of the way, rounded; a half is rounded towards the beginning."""
    if steps < 0:
        return -_share(-steps, events, total)
    return (2 * events * steps + total - 1) // (2 * total) if steps else 0
