"""Faults on demand: bytes lost or changed, answers lost or doubled, a hung controller."""

from __future__ import annotations

import random
from typing import Final

KINDS: Final = ("drop", "flip", "garble", "dropok", "doubleok")
"""Bytes to the machine that are lost or have a bit turned, bytes from it that are replaced by
noise, and lines ``ok`` from it that are lost or doubled."""


class Faults:
    """What is to go wrong next.

    Attributes:
        stalled: The controller hangs: it answers nothing and the motors stand.
        unplug_after: The cable is pulled after so many more bytes to the machine; None: never.
    """

    def __init__(self) -> None:
        self._random = random.Random(0)
        self.stalled = False
        self.unplug_after: int | None = None
        self._left = dict.fromkeys(KINDS, 0)

    def add(self, kind: str, count: int) -> None:
        """Have one of the `KINDS` happen to the next `count` bytes or lines."""
        self._left[kind] += count

    def _take(self, kind: str, most: int) -> int:
        count = min(self._left[kind], most)
        self._left[kind] -= count
        return count

    def incoming(self, data: bytes) -> bytes:
        """Bytes as they reach the machine."""
        if self.unplug_after is not None:
            data = data[: self.unplug_after]
            self.unplug_after -= len(data)
        data = data[self._take("drop", len(data)) :]
        count = self._take("flip", len(data))
        return bytes(b ^ 1 << self._random.randrange(7) for b in data[:count]) + data[count:]

    def outgoing(self, data: bytes) -> bytes:
        """Bytes as they reach the host."""
        if self._left["dropok"] or self._left["doubleok"]:
            data = b"".join(map(self._ok_line, data.splitlines(keepends=True)))
        count = self._take("garble", len(data))
        return self._random.randbytes(count) + data[count:]

    def _ok_line(self, line: bytes) -> bytes:
        if line.strip() != b"ok":
            return line
        return b"" if self._take("dropok", 1) else line * (1 + self._take("doubleok", 1))
