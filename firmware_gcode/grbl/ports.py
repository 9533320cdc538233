"""Finds the plotter among the serial ports, also when it comes back under another name."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from serial.tools import list_ports

from firmware_gcode.grbl.port import PortError

USB_IDS: dict[int, str] = {
    0x2341: "Arduino",
    0x2A03: "Arduino",
    0x1A86: "CH340 (most Arduino copies)",
    0x0403: "FTDI",
    0x10C4: "CP210x",
    0x067B: "PL2303",
    0x303A: "ESP32",
    0x0483: "STM32",
    0x1D50: "OpenMoko (several open boards)",
}
"""USB vendors whose adapters sit on boards that run GRBL."""

_BY_ID = re.compile(r"([0-9a-fA-F]{4}):([0-9a-fA-F]{4})")


class SerialDevice(Protocol):
    """One port as pyserial lists it."""

    device: str
    vid: int | None
    pid: int | None
    serial_number: str | None
    location: str | None


class PlotterFinder:
    """Tells where the plotter is now; give it to `Link` as `find_port`.

    Args:
        wanted: A port (`/dev/ttyUSB0`, a path under `/dev/serial/by-id`, a pty), a USB id such
            as `1a86:7523`, or None for whatever looks like a GRBL board, if it is the only
            one.
        devices: Lists the ports there are.
    """

    def __init__(
        self,
        wanted: str | None = None,
        *,
        devices: Callable[[], Sequence[SerialDevice]] = list_ports.comports,
    ) -> None:
        self._wanted = wanted
        self._devices = devices
        self._last: tuple[object, ...] | None = None

    def __call__(self) -> str | None:
        """The plotter's port, or None while there is none.

        Raises:
            PortError: The named port does not exist, or there are several to choose from.
        """
        wanted = self._wanted
        if wanted is None:
            return self._only(self._usb(), "boards that could be the plotter")
        if found := _BY_ID.fullmatch(wanted):
            vendor, product = int(found[1], 16), int(found[2], 16)
            fitting = [d for d in self._devices() if (d.vid, d.pid) == (vendor, product)]
            return self._only(fitting, f"boards with the USB id {wanted}")
        return self._named(wanted)

    def _usb(self) -> list[SerialDevice]:
        return [device for device in self._devices() if device.vid in USB_IDS]

    def _only(self, devices: list[SerialDevice], what: str) -> str | None:
        """The one that is there, or the one among several that was the plotter before."""
        if len(devices) > 1:
            same = [device for device in devices if _identity(device) == self._last]
            if len(same) != 1:
                names = ", ".join(sorted(device.device for device in devices))
                raise PortError(
                    f"There are several {what} ({names}). Name the plotter's port."
                )
            devices = same
        if not devices:
            return None
        self._last = _identity(devices[0])
        return devices[0].device

    def _named(self, path: str) -> str:
        """The named port; if it is gone, the same board under its new name."""
        devices = list(self._devices())
        if Path(path).exists():
            real = str(Path(path).resolve())
            known = [device for device in devices if device.device in {path, real}]
            self._last = _identity(known[0]) if known else None
            return path
        same = [d for d in devices if self._last is not None and _identity(d) == self._last]
        if len(same) == 1:
            return same[0].device
        raise PortError(
            f"There is no port {path}. Plug the plotter in, or name another port"
            f"{_suggestion(self._usb())}."
        )


def _identity(device: SerialDevice) -> tuple[object, ...]:
    """What a board keeps over a replug: its serial number, or else its USB socket."""
    return device.vid, device.pid, device.serial_number or device.location


def _suggestion(devices: Sequence[SerialDevice]) -> str:
    if not devices:
        return ""
    return " (there is " + ", ".join(sorted(device.device for device in devices)) + ")"


def describe_ports(
    devices: Callable[[], Sequence[SerialDevice]] = list_ports.comports,
) -> list[str]:
    """One line for people about each port that could be a plotter."""
    return [
        f"{device.device}: {USB_IDS[device.vid]}"
        for device in devices()
        if device.vid is not None and device.vid in USB_IDS
    ]
