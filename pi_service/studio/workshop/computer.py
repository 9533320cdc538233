"""The plotter's computer: temperature, memory, disk. What it does not tell is None."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import time
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from firmware_gcode.facts import Fact, fact

_THROTTLED = "sys/devices/platform/soc/soc:firmware/get_throttled"
"""The Raspberry Pi's own record of too little voltage and too much heat."""
_TROUBLES = {
    0x1: fact("power-too-little"),
    0x4: fact("power-slowed-down"),
    0x8: fact("power-too-hot"),
}
_SINCE_BOOT = 16
"""So many bits higher stands what was so at any time since it was switched on."""
COMMANDS = {
    "update": "sudo catplotter update NEW-RELEASE",
    "rollback": "sudo catplotter rollback",
    "backup": "sudo catplotter backup cats.tar.gz",
    "log": "journalctl -u catplotter -n 100",
}
"""What is done at the computer itself, with its owner's rights."""


class Computer:
    """Looks at the computer that the service runs on.

    Args:
        data: The service's folder, for the disk that it is on.
    """

    def __init__(self, data: Path, root: Path = Path("/")) -> None:
        self._data = data
        self._root = root

    def view(self) -> dict[str, Any]:
        """The computer now; the fields are those of the web's `ComputerSchema`.

        ``trouble`` is of a Raspberry Pi's power and heat; None where it does not tell.
        """
        now, before = self._trouble()
        return {
            "version": _version(),
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.release()}, {platform.machine()}",
            "model": self._text("proc/device-tree/model").rstrip("\0") or None,
            "temperature_c": self._temperature(),
            "trouble": _texts(now),
            "trouble_facts": _facts(now),
            "trouble_before": _texts(before),
            "trouble_before_facts": _facts(before),
            "memory": self._memory(),
            # PSS counts shared pages by their share.
            "service_memory": self._bytes("proc/self/smaps_rollup", "Pss:"),
            "disk": self._disk(),
            "load": _load(),
            "up_s": _up(),
            "commands": COMMANDS,
        }

    def _text(self, path: str) -> str:
        try:
            return (self._root / path).read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            return ""

    def _temperature(self) -> float | None:
        """The hottest of the zones, °C."""
        found = []
        for path in sorted((self._root / "sys/class/thermal").glob("thermal_zone*/temp")):
            with suppress(OSError, ValueError):
                found.append(int(path.read_text()) / 1000.0)
        sane = [value for value in found if -40.0 < value < 150.0]
        return round(max(sane), 1) if sane else None

    def _trouble(self) -> tuple[list[Fact] | None, list[Fact] | None]:
        text = self._text(_THROTTLED)
        try:
            bits = int(text, 16)
        except ValueError:
            return None, None
        now, before = (
            [told for bit, told in _TROUBLES.items() if part & bit]
            for part in (bits, bits >> _SINCE_BOOT)
        )
        return now, before

    def _memory(self) -> dict[str, int] | None:
        total = self._bytes("proc/meminfo", "MemTotal:")
        available = self._bytes("proc/meminfo", "MemAvailable:")
        if total is None or available is None:
            return None
        return {"total": total, "available": available}

    def _bytes(self, path: str, name: str) -> int | None:
        """A line of a file in kB."""
        for line in self._text(path).splitlines():
            if line.startswith(name):
                with suppress(ValueError, IndexError):
                    return int(line.split()[1]) * 1024
        return None

    def _disk(self) -> dict[str, int] | None:
        try:
            found = shutil.disk_usage(self._data)
        except OSError:
            return None
        return {"total": found.total, "free": found.free}


def _version() -> str:
    try:
        return version("catplotter")
    except PackageNotFoundError:
        return "unknown"


def _load() -> float | None:
    try:
        return round(os.getloadavg()[0], 2)
    except OSError:
        return None


def _up() -> float | None:
    if sys.platform != "linux":
        return None
    return round(time.clock_gettime(time.CLOCK_BOOTTIME))


def _texts(told: list[Fact] | None) -> list[str] | None:
    return None if told is None else list(map(str, told))


def _facts(told: list[Fact] | None) -> list[dict[str, Any]] | None:
    return None if told is None else [each.as_dict() for each in told]
