"""A stand-in for lgpio where no kernel has pins: put it beside the service as ``lgpio.py``.

gpiozero's own pin layer runs on it, as on a Pi. It reads the levels of inputs from the file
``levels`` in the working directory (such as ``17=0``, one a line; others are pulled up) and
writes those of outputs to the file ``outputs``. As the real one does, it makes a pipe there.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3
SET_PULL_UP, SET_PULL_DOWN, SET_PULL_NONE = 32, 64, 128
IS_OUTPUT = 2
LOOK_S = 0.002

Heard = Callable[[int, int, int, int], None]
_modes: dict[int, int] = {}
_outputs: dict[int, int] = {}
_heard: dict[int, Heard] = {}
_folder = Path.cwd()
os.mkfifo(_folder / f".lgd-nfy{os.getpid()}")


class error(Exception):  # noqa: N801, N818 - its name in lgpio
    """What lgpio raises."""


class Callback:
    """Somebody who is told of a pin's edges."""

    def __init__(self, gpio: int) -> None:
        self._gpio = gpio

    def cancel(self) -> None:
        """Tell no more."""
        _heard.pop(self._gpio, None)


def _levels() -> dict[int, int]:
    """What is written in the file of levels."""
    try:
        pairs = (line.split("=") for line in (_folder / "levels").read_text().split())
        return {int(gpio): int(level) for gpio, level in pairs}
    except (OSError, ValueError):
        return {}


def _listen() -> None:
    """Tell edges, as lgpio's one thread does."""
    before: dict[int, int] = {}
    while True:
        now = _levels()
        for gpio, heard in list(_heard.items()):
            level = now.get(gpio, 1)
            if level != before.get(gpio, 1):
                heard(0, gpio, level, time.monotonic_ns())
        before = now
        time.sleep(LOOK_S)


def gpiochip_open(_chip: int) -> int:
    """A handle."""
    return 0


def gpiochip_close(_handle: int) -> int:
    """Let go of the chip."""
    return 0


def gpio_claim_input(_handle: int, gpio: int, flags: int = 0) -> int:
    """Make a pin an input."""
    _modes[gpio] = flags
    return 0


def gpio_claim_output(_handle: int, gpio: int, level: int = 0, _flags: int = 0) -> int:
    """Make a pin an output."""
    _modes[gpio] = IS_OUTPUT
    return gpio_write(0, gpio, level)


def gpio_claim_alert(_handle: int, gpio: int, _edges: int, flags: int = 0) -> int:
    """Listen to a pin's edges."""
    _modes[gpio] = flags
    return 0


def gpio_free(_handle: int, gpio: int) -> int:
    """Let go of a pin."""
    _modes.pop(gpio, None)
    return 0


def gpio_get_mode(_handle: int, gpio: int) -> int:
    """A pin's flags."""
    return _modes.get(gpio, 0)


def gpio_set_debounce_micros(_handle: int, _gpio: int, _micros: int) -> int:
    """Nothing chatters here."""
    return 0


def gpio_read(_handle: int, gpio: int) -> int:
    """A pin's level."""
    return _outputs[gpio] if gpio in _outputs else _levels().get(gpio, 1)


def gpio_write(_handle: int, gpio: int, level: int) -> int:
    """Set a pin's level."""
    _outputs[gpio] = int(level)
    text = "".join(f"{pin}={value}\n" for pin, value in sorted(_outputs.items()))
    (_folder / "outputs").write_text(text)
    return 0


def callback(
    _handle: int, gpio: int, _edge: int = BOTH_EDGES, func: Heard | None = None
) -> Callback:
    """Have a function told of a pin's edges."""
    if func is not None:
        _heard[gpio] = func
    return Callback(gpio)


threading.Thread(target=_listen, name="pins", daemon=True).start()
