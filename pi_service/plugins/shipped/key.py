"""A key of a keyboard, or one of those large USB buttons, which are keyboards of one key."""

from __future__ import annotations

import os
import selectors
import struct
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from pi_service.plugins.api import Needs, Option, Wish

_EVENT = struct.Struct("llHHi")
"""Linux's ``struct input_event``: seconds, microseconds, type, code, value."""
KEY, DOWN = 1, 1
MOST_AWAY_S = 5.0
"""How often a keyboard that is gone is looked for."""


class Key:
    """Reads a device of ``/dev/input``. Any key is a wish, or the one with a code."""

    OPTIONS: ClassVar = (
        Option("device", "such as /dev/input/by-id/usb-…-event-kbd", secret=False),
        Option(
            "code", "of the one key that counts, 28 for Enter", secret=False, required=False
        ),
        Option("wish", "draw (usual) or stop", secret=False, required=False),
    )

    def __init__(
        self,
        options: Mapping[str, str],
        /,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._path = Path(options["device"])
        if not self._path.is_absolute():
            raise ValueError("The device must be a path such as /dev/input/by-id/…")
        code = options.get("code")
        if code and not code.isdecimal():
            raise ValueError("The code must be a number; `evtest` shows that of every key.")
        self._code = int(code) if code else None
        self._wish = Wish(options.get("wish") or Wish.DRAW)
        self._clock = clock
        self._sleep = sleep
        self._device: int | None = None

    def needs(self) -> Needs:
        """The keyboards of this computer."""
        return Needs(devices=("char-input",), groups=("input",))

    def wait(self, seconds: float, /) -> Wish | None:
        """Wait for a press; a keyboard that is not there is waited for."""
        until = self._clock() + seconds
        if self._device is None and not self._open():
            self._sleep(seconds)
            return None
        with selectors.DefaultSelector() as selector:
            selector.register(self._device or 0, selectors.EVENT_READ)
            while (left := until - self._clock()) > 0 and selector.select(left):
                try:
                    data = os.read(self._device or 0, _EVENT.size)
                except OSError:
                    data = b""
                if len(data) != _EVENT.size:
                    self._lose()
                    return None
                _, _, kind, code, value = _EVENT.unpack(data)
                if kind == KEY and value == DOWN and self._code in {None, code}:
                    return self._wish
        return None

    def _open(self) -> bool:
        try:
            self._device = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return False
        return True

    def _lose(self) -> None:
        """It was unplugged."""
        if self._device is not None:
            os.close(self._device)
        self._device = None
