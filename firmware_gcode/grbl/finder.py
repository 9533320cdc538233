"""Where the plotter is: found among the USB boards, and never mistaken for another one.

A board that has once spoken GRBL is known from then on, over restarts, by its kind, its serial
number and its USB socket. Another board is taken for it only on a person's word. Two alike,
or those with a serial number that all of their kind have, are told apart by their socket.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

from serial.tools import list_ports

from firmware_gcode.facts import Fact, fact
from firmware_gcode.grbl.port import PortError, check_url

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


@dataclass(frozen=True, slots=True)
class Board:
    """By what a board is known again.

    Attributes:
        serial: Its serial number, or None where it has none of its own.
        socket: The USB socket that it sits in, such as ``1-1.2``; None where that is unknown.
    """

    vid: int | None
    pid: int | None
    serial: str | None
    socket: str | None

    @classmethod
    def of(cls, device: SerialDevice) -> Board:
        """A board as it is listed."""
        number = device.serial_number
        own = number if number and len(set(number)) > 2 and len(number) >= OWN_SERIAL else None
        return cls(device.vid, device.pid, own, device.location)

    def is_again(self, other: Board) -> bool:
        """Whether another is this one: by its own serial number, or else by its socket."""
        if (self.vid, self.pid, self.serial) != (other.vid, other.pid, other.serial):
            return False
        return self.serial is not None or self.socket == other.socket

    def told(self) -> Fact:
        """The board for people."""
        kind = USB_IDS.get(self.vid or 0, "USB")
        if self.serial is not None:
            return fact("board-serial", kind=kind, serial=self.serial)
        return fact("board-socket", kind=kind, socket=self.socket or "?")


OWN_SERIAL = 5
"""Characters of a serial number that is a board's own; CP210x have ``0001``."""
_KERNELS = re.compile(r"/dev/(?:tty(?:USB|ACM)\d+|grbl)")
"""Names that another board may have after the next start."""


class PlotterFinder:
    """Tells where the plotter is now; give it to `Link` as `find_port`.

    Args:
        wanted: A port (`/dev/ttyUSB0`, a path under `/dev/serial/by-id`, a pty), a URL such as
            `socket://192.168.4.1:23`, a USB id such as `1a86:7523`, or None for
            whatever looks like a GRBL board, if it is the only one.
        devices: Lists the serial ports.
        usb: Lists the USB devices that the kernel knows.

    Attributes:
        memory: The file in which the plotter is remembered over restarts; None for none.
    """

    def __init__(
        self,
        wanted: str | None = None,
        *,
        devices: Callable[[], Sequence[SerialDevice]] = list_ports.comports,
        usb: Path = Path("/sys/bus/usb/devices"),
    ) -> None:
        self._wanted = wanted
        self._devices = devices
        self._usb_devices = usb
        self._offered: Board | None = None
        self._met: Board | None = None
        self.memory: Path | None = None

    def remember_in(self, memory: Path) -> None:
        """Know the plotter of the last time, from a file that is written from now on."""
        self.memory = memory
        with suppress(OSError, ValueError, TypeError, KeyError):
            said = json.loads(memory.read_text(encoding="utf-8"))
            if said["wanted"] == self._wanted:
                self._met = Board(**said["board"])

    def met(self) -> None:
        """What was found last speaks GRBL: it is the plotter from now on."""
        if self._offered is None or self._offered == self._met:
            return
        self._met = self._offered
        if self.memory is not None:
            text = json.dumps({"wanted": self._wanted, "board": asdict(self._met)})
            with suppress(OSError):  # a card that takes nothing is told by others
                self.memory.write_text(f"{text}\n", encoding="utf-8")

    def doubt(self) -> None:
        """What was found last speaks no GRBL: unless it once did, another one may be it."""
        if self._offered != self._met:
            self._offered = None

    @property
    def _known(self) -> Board | None:
        """The plotter; before any has spoken GRBL, what was named last."""
        return self._met or self._offered

    def forget(self) -> None:
        """Take whatever board is there next for the plotter: a person said so."""
        self._met = self._offered = None
        if self.memory is not None:
            with suppress(OSError):
                self.memory.unlink(missing_ok=True)

    def __call__(self) -> str | None:
        """The plotter's port, or None while there is none.

        Raises:
            PortError: The named port does not exist, there are several to choose from, or what
                is there is another board than the plotter.
        """
        wanted = self._wanted
        if wanted is not None and "://" in wanted:
            check_url(wanted)
            return wanted
        if wanted is None:
            return self._only(self._usb(), fact("boards-plotters"))
        if found := _BY_ID.fullmatch(wanted):
            vendor, product = int(found[1], 16), int(found[2], 16)
            fitting = [d for d in self._devices() if (d.vid, d.pid) == (vendor, product)]
            return self._only(fitting, fact("boards-with-id", id=wanted))
        return self._named(wanted)

    def _usb(self) -> list[SerialDevice]:
        return [device for device in self._devices() if device.vid in USB_IDS]

    def _only(self, devices: list[SerialDevice], what: Fact) -> str | None:
        """The plotter, or before it is known the only one that is there."""
        if (again := self._again(devices)) is not None:
            return self._offer(again)
        if not devices:
            self._check_ports_taken()
            return None
        names = ", ".join(sorted(device.device for device in devices))
        if self._known is not None:
            raise PortError("board-is-another", board=self._known.told(), ports=names)
        if len(devices) > 1:
            raise PortError("boards-several", boards=what, ports=names)
        return self._offer(devices[0])

    def _again(self, devices: Sequence[SerialDevice]) -> SerialDevice | None:
        """The known plotter among some; of several with its number, that in its socket."""
        known = self._known
        if known is None:
            return None
        same = [device for device in devices if known.is_again(Board.of(device))]
        here = [device for device in same if device.location == known.socket]
        return next(iter(here or same), None)

    def _offer(self, device: SerialDevice) -> str:
        self._offered = Board.of(device)
        return device.device

    def _named(self, path: str) -> str:
        """The named port; if it is gone or another board's, the same board elsewhere."""
        devices = list(self._devices())
        there = Path(path).exists()
        real = str(Path(path).resolve()) if there else path
        named = next((d for d in devices if d.device in {path, real}), None)
        again = self._again(devices)
        loose = _KERNELS.fullmatch(path) is not None or not there
        if loose and again is not None and (named is None or not there or named is not again):
            return self._offer(again)
        if there and named is not None and loose and self._known is not None and again is None:
            raise PortError("board-is-another", board=self._known.told(), ports=path)
        if there:
            self._offered = None if named is None else Board.of(named)
            return path
        if others := ", ".join(sorted(device.device for device in self._usb())):
            raise PortError("port-missing-among", port=path, others=others)
        self._check_ports_taken()
        raise PortError("port-missing-plug", port=path)

    def _check_ports_taken(self) -> None:
        """See whether a board is plugged in whose port somebody took away.

        Raises:
            PortError: There is one: brltty takes CH340 and CP210x for Braille displays.
        """
        for device in sorted(self._usb_devices.glob("*/idVendor")):
            with suppress(OSError, ValueError):
                vendor = int(device.read_text(), 16)
                ports = [*device.parent.glob("*/ttyUSB*"), *device.parent.glob("*/tty*/tty*")]
                if vendor in TAKEN_BY_BRLTTY and not ports:
                    raise PortError("board-without-port", board=USB_IDS[vendor])


TAKEN_BY_BRLTTY = frozenset({0x1A86, 0x10C4, 0x0403, 0x067B})
"""USB vendors of plain serial adapters, which the kernel always gives a port."""


def describe_ports(
    devices: Callable[[], Sequence[SerialDevice]] = list_ports.comports,
) -> list[str]:
    """One line for people about each port that could be a plotter."""
    return [
        f"{device.device}: {USB_IDS[device.vid]}"
        for device in devices()
        if device.vid is not None and device.vid in USB_IDS
    ]


def held_by(port: str, processes: Path = Path("/proc")) -> list[str]:
    """The programs that have a port open, as far as this user may see them."""
    real, found = str(Path(port).resolve()), set()
    for descriptor in processes.glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if str(descriptor.readlink()) == real:
                found.add((descriptor.parents[1] / "comm").read_text().strip())
    return sorted(found)
