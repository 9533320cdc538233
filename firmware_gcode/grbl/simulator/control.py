"""The control socket: one command a line, for pins, power and faults; README.md lists them.

Every command is answered with `ok`, with what it asked for, or with `error` and a sentence.
"""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, Protocol, cast

from firmware_gcode.facts import CodedError
from firmware_gcode.grbl.simulator.faults import KINDS
from firmware_gcode.grbl.simulator.inputs import PINS
from firmware_gcode.grbl.simulator.machine import SimulatedMachine

_MAX_LINE: Final = 4096
_POLL_S: Final = 0.05


class ControlError(CodedError):
    """A control command that does not exist or is not complete."""


class Plug(Protocol):
    """What can be pulled out and put in again."""

    def unplug(self) -> None:
        """Take the port away."""

    def plug(self) -> None:
        """Put the port back."""


class Control:
    """Executes control commands on a machine."""

    def __init__(self, machine: SimulatedMachine, plug: Plug) -> None:
        self._machine = machine
        self._plain: dict[str, Callable[[], str | None]] = {
            "reset": machine.power_on,
            "erase": machine.erase,
            "zero": machine.zero_shaft,
            "pos": lambda: " ".join(map(str, machine.shaft)),
            "unplug": plug.unplug,
            "plug": plug.plug,
            "ink": lambda: str(len(machine.strokes)),
        }
        self._counted: dict[str, Callable[[int], None]] = {
            **{kind: partial(machine.faults.add, kind) for kind in KINDS},
            "alarm": machine.raise_alarm,
            "stall": self._stall,
            "unplug": self._unplug_after,
            "power": self._power,
        }

    def execute(self, command: str) -> str:
        """Execute one command; returns the answer, a line without its end."""
        try:
            return self._execute(command.split()) or "ok"
        except ControlError as error:
            return f"error {error}"

    def _execute(self, words: list[str]) -> str | None:
        match words:
            case ["pin", name, "0" | "1" as active]:
                if name not in PINS:
                    raise ControlError("control-no-input", name=name, known=", ".join(PINS))
                self._machine.set_pin(name, active == "1")
                return None
            case [name] if name in self._plain:
                return self._plain[name]()
            case [name, count] if name in self._counted and count.isdigit():
                self._counted[name](int(count))
                return None
        known = ["pin NAME 0|1", *self._plain, *(f"{name} N" for name in self._counted)]
        raise ControlError("control-unknown", known=", ".join(known))

    def _stall(self, on: int) -> None:
        self._machine.stall(bool(on))

    def _unplug_after(self, count: int) -> None:
        self._machine.faults.unplug_after = count

    def _power(self, on: int) -> None:
        if on:
            self._machine.power_on()
        else:
            self._machine.power_off()


class _Client(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        """Answer one command a line."""
        server = cast(ControlServer, self.server)
        with contextlib.suppress(OSError):
            while line := self.rfile.readline(_MAX_LINE):
                answer = server.execute(line.decode("utf-8", "replace"))
                self.wfile.write(answer.encode() + b"\n")


class ControlServer(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """A unix stream socket, one command a line; each client has a thread."""

    daemon_threads = True

    def __init__(self, path: Path, execute: Callable[[str], str]) -> None:
        """Begin to listen on a socket of this path; one left over there is replaced.

        Raises:
            OSError: The socket cannot be made.
        """
        self._path = path
        self.execute = execute
        if path.is_socket():
            path.unlink()
        super().__init__(str(path), _Client)
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": _POLL_S}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening and remove the socket."""
        self.shutdown()
        self.server_close()
        self._path.unlink(missing_ok=True)
