"""Faults on demand: bytes lost or changed, answers lost or doubled, a hung controller."""

from __future__ import annotations

import random


class Faults:
    """What is to go wrong next.

    Attributes:
        stalled: The controller hangs: it answers nothing and the motors stand.
        unplug_after: The cable is pulled after so many more bytes to the machine; None: never.
    """

    def __init__(self, seed: int = 0) -> None:
        self._random = random.Random(seed)
        self.stalled = False
        self.unplug_after: int | None = None
        self._drop = 0
        self._flip = 0
        self._garble = 0
        self._drop_oks = 0
        self._double_oks = 0

    def drop(self, count: int) -> None:
        """Lose the next bytes on their way to the machine."""
        self._drop += count

    def flip(self, count: int) -> None:
        """Turn one bit of each of the next bytes on their way to the machine."""
        self._flip += count

    def garble(self, count: int) -> None:
        """Replace the next bytes that the machine says by noise."""
        self._garble += count

    def drop_oks(self, count: int) -> None:
        """Lose the next ``ok`` lines."""
        self._drop_oks += count

    def double_oks(self, count: int) -> None:
        """Say the next ``ok`` lines twice."""
        self._double_oks += count

    def incoming(self, data: bytes) -> bytes:
        """Bytes as they reach the machine."""
        if self.unplug_after is not None:
            data = data[: self.unplug_after]
            self.unplug_after -= len(data)
        if self._drop:
            lost = min(self._drop, len(data))
            self._drop -= lost
            data = data[lost:]
        if self._flip and data:
            count = min(self._flip, len(data))
            self._flip -= count
            flipped = bytes(byte ^ 1 << self._random.randrange(7) for byte in data[:count])
            data = flipped + data[count:]
        return data

    def outgoing(self, data: bytes) -> bytes:
        """Bytes as they reach the host."""
        if data and (self._drop_oks or self._double_oks):
            data = b"".join(map(self._ok_line, data.splitlines(keepends=True)))
        if data and self._garble:
            count = min(self._garble, len(data))
            self._garble -= count
            noise = bytes(self._random.randrange(256) for _ in range(count))
            data = noise + data[count:]
        return data

    def _ok_line(self, line: bytes) -> bytes:
        if line.strip() != b"ok":
            return line
        if self._drop_oks:
            self._drop_oks -= 1
            return b""
        if self._double_oks:
            self._double_oks -= 1
            return line * 2
        return line
