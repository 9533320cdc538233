"""The simulated machine behind a pseudo-terminal that any G-code sender can open."""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import termios
import threading
import time
import tty
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from socket import socket
from typing import Final

from firmware_gcode.facts import CodedError
from firmware_gcode.grbl.dialects.dialect import Dialect
from firmware_gcode.grbl.dialects.stock import STOCK
from firmware_gcode.grbl.simulator.control import Control
from firmware_gcode.grbl.simulator.ink import Pen, Stroke
from firmware_gcode.grbl.simulator.machine import SimulatedMachine
from firmware_gcode.grbl.simulator.network import Bridge, ControlSocket
from firmware_gcode.grbl.simulator.pace import Pace

_BOOTLOADER_S: Final = 1.0
_CLOSED_POLL_S: Final = 0.025
_IDLE_S: Final = 1.0
_CHUNK: Final = 1024
_MAX_UNREAD: Final = 65536
_MOST_BEHIND_S: Final = 0.04
"""In real time the machine is never further behind the clock."""
_URGENT: Final = -10
_MODEST_SPEED: Final = 10.0
_UNREAD_POLL_S: Final = 0.0005
"""Between two looks whether the host has read an answer."""


class PtyError(CodedError, OSError):
    """The port's path, the control socket or the TCP port cannot be made."""


@contextlib.contextmanager
def _told(code: str, **where: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PtyError(code, why=error.strerror, **where) from error


class PtyMachine:
    """Runs a `SimulatedMachine` behind a pty, in a thread of its own.

    Use it as a context manager, or call `close`. All methods may be called from any thread;
    touch `machine` only while holding `lock`.
    """

    bridge: Bridge | None = None
    _control: ControlSocket | None = None
    _master: int | None = None
    _slave_path = ""
    _open = False
    _unsent = b""

    def __init__(
        self,
        *,
        settings: Mapping[str, float] | None = None,
        speed: float = 1.0,
        eeprom_path: Path | None = None,
        pen: Pen | None = None,
        dialect: Dialect = STOCK,
        link_path: Path | None = None,
        control_path: Path | None = None,
        listen: tuple[str, int] | None = None,
        reset_on_open: bool = False,
        urgent: bool = False,
    ) -> None:
        """Power the machine on, as `SimulatedMachine` does, and open its port.

        A symbolic link to the pty and a unix socket for control commands are made where their
        paths are given, a TCP port where it shall `listen` (see `network`). `reset_on_open`:
        opening the port resets the board, as DTR does on an Uno, and its boot loader runs for
        a second. An `urgent` thread goes before others, where it may. PtyError: the link, the
        socket or the TCP port cannot be made.
        """
        self._pace = Pace(time.monotonic, most=None if speed > 1.0 else _MOST_BEHIND_S)
        self.lock = threading.RLock()
        self.machine = SimulatedMachine(
            settings=settings,
            clock=self._pace.now,
            speed=speed,
            eeprom_path=eeprom_path,
            pen=pen,
            dialect=dialect,
        )
        self._link_path = link_path
        self._reset_on_open = reset_on_open
        self._commands = Control(self.machine)
        self._commands.plain |= {"unplug": self.unplug, "plug": self.plug}
        self._wakes = os.eventfd(0, os.EFD_NONBLOCK)
        self._stopping = False
        self._thread = threading.Thread(
            target=self._run, args=[urgent], name="simulated-machine", daemon=True
        )
        try:
            if control_path is not None:
                with _told("control-socket-not-made", path=str(control_path)):
                    self._control = ControlSocket(control_path, self.control)
            if listen is not None:
                with _told("cannot-listen", where="{}:{}".format(*listen)):
                    self.bridge = Bridge(*listen)
                self._commands.plain["net cut"] = self.bridge.cut
                self._commands.counted["net mute"] = partial(setattr, self.bridge, "mute")
            self.plug()
        except PtyError:
            self.close()
            raise
        self._thread.start()

    def __enter__(self) -> PtyMachine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What the outside sees.

    @property
    def port(self) -> str:
        """Path to open: the link if there is one, else the pty itself."""
        return str(self._link_path) if self._link_path is not None else self._slave_path

    @property
    def ink(self) -> list[Stroke]:
        """The strokes drawn so far, in work coordinates, mm; a copy."""
        with self.lock:
            self.machine.advance()
            return [list(stroke) for stroke in self.machine.ink.strokes]

    def control(self, command: str) -> str:
        """Execute a control command, as the socket does; see `control`."""
        with self.lock:
            answer = self._commands.execute(command)
        self._wake()
        return answer

    def close(self) -> None:
        """Stop, and take port, link and socket away."""
        if self._stopping:
            return
        self._stopping = True
        self._wake()
        if self._thread.is_alive():
            self._thread.join()
        self.unplug()
        for clients in (self._control, self.bridge):
            if clients is not None:
                clients.close()
        wakes, self._wakes = self._wakes, -1  # Whoever is still on the socket wakes nobody.
        os.close(wakes)

    def unplug(self) -> None:
        """Pull the USB plug: the port vanishes; the machine runs on."""
        with self.lock:
            if self._master is None:
                return
            os.close(self._master)
            self._master, self._open = None, False
            if self.bridge is not None:
                self.bridge.cut()
            if self._link_path is not None and self._link_path.is_symlink():
                self._link_path.unlink()
        self._wake()

    def plug(self) -> None:
        """Put the plug in again: a new port, under the same link."""
        with self.lock:
            if self._master is not None:
                return
            master, slave = os.openpty()
            tty.setraw(slave)
            self._slave_path = os.ttyname(slave)
            os.close(slave)
            os.set_blocking(master, False)
            self._master, self._unsent = master, b""
            if (path := self._link_path) is not None:
                if path.exists() and not path.is_symlink():
                    raise PtyError("pty-path-taken", path=str(path))
                with _told("pty-link-not-made", path=str(path)):
                    path.unlink(missing_ok=True)
                    path.symlink_to(self._slave_path)
        self._wake()

    # The thread.

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # Closed.
            os.eventfd_write(self._wakes, 1)

    def _run(self, urgent: bool) -> None:
        if urgent:
            _hurry(self.machine.speed)
        while not self._stopping:
            self._turn()

    def _turn(self) -> None:
        """Wait until something is due, and do it."""
        with self.lock:
            if self._pace.unread:
                self._pace.looked(lies=self._lies_unread())
            self._send()
            reads, writes, timeout = self._wait_for()
        try:
            ready, _, _ = select.select(reads, writes, [], timeout)
        except (OSError, ValueError):
            return  # The port was unplugged, or a client cut, meanwhile.
        if self._wakes in ready:
            os.eventfd_read(self._wakes)
        if self._control is not None and self._control in ready:
            self._control.handle_request()
        with self.lock:
            if self._master in ready or not self._open:
                self._receive()
            if self.bridge is not None:
                self._hear(self.bridge.exchange(ready, b""))

    def _wait_for(self) -> tuple[list[int | socket | ControlSocket], list[int], float]:
        """What to read and write, and the seconds until the machine has to run on."""
        waits = [_IDLE_S]
        if (due := self.machine.next_event()) is not None:
            waits.append(self._pace.wait_until(due))
        if self._pace.unread:
            waits.append(_UNREAD_POLL_S)
        reads: list[int | socket | ControlSocket] = [self._wakes]
        if self._control is not None:
            reads.append(self._control)
        if self.bridge is not None and not self._is_full:
            reads += self.bridge.sockets
        if self._master is None:
            return reads, [], min(waits)
        if not self._open:
            waits.append(_CLOSED_POLL_S)
        elif not self._is_full:
            reads.append(self._master)
        return reads, [self._master] if self._unsent else [], min(waits)

    @property
    def _is_full(self) -> bool:
        """Whether the line carries so much already that the host has to wait."""
        return self.machine.board.receiver.backlog >= _CHUNK

    def _lies_unread(self) -> bool:
        """Whether something that was sent lies unread at the port."""
        try:
            port = os.open(self._slave_path, os.O_RDONLY | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError:
            return False
        try:
            return any(fcntl.ioctl(port, termios.FIONREAD, bytes(4)))
        finally:
            os.close(port)

    def _receive(self) -> None:
        """Take what the host wrote, and notice when it opens or closes the port."""
        if self._master is None or self._is_full:
            return
        try:
            data = os.read(self._master, _CHUNK)
        except BlockingIOError:
            data = b""
        except OSError:
            self._open = False
            return
        if not self._open and self._reset_on_open:
            self.machine.power_on(bootloader_s=_BOOTLOADER_S)
        self._open = True
        if data:
            self._pace.spoken()
            self._hear(data)

    def _hear(self, data: bytes) -> None:
        if self._master is not None:
            self.machine.write(data)
        if self.machine.faults.unplug_after == 0:
            self.machine.faults.unplug_after = None
            self.unplug()

    def _send(self) -> None:
        """Pass on what the machine says; nobody hears it while the port is closed."""
        said = self.machine.read()
        if self._master is None:
            return
        if self.bridge is not None:
            self._hear(self.bridge.exchange((), said))
        if not self._open:
            self._unsent = b""
            return
        self._unsent = (self._unsent + said)[-_MAX_UNREAD:]
        if self._unsent:
            with contextlib.suppress(OSError):  # Full, or closed a moment ago.
                self._unsent = self._unsent[os.write(self._master, self._unsent) :]
                self._pace.answered()


def _hurry(speed: float) -> None:
    """Have this thread run before others; at a high speed it would leave them nothing."""
    thread = threading.get_native_id()
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, thread, _URGENT)
    if speed <= _MODEST_SPEED:
        with contextlib.suppress(OSError):
            os.sched_setscheduler(thread, os.SCHED_RR, os.sched_param(1))
