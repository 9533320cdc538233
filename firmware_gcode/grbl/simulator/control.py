r"""The control socket: one command a line, for pins, power and faults.

| command | what it does |
|---|---|
| `pin NAME 0\|1` | an input: limx limy limz reset hold start probe; 1 = active |
| `reset` | power-on, as a DTR reset does |
| `power 0\|1` | cut the power, switch it on |
| `erase` | make the EEPROM blank, as on a new board, and switch on |
| `zero` | count the turns of the motors from here |
| `pos` | answers how far the motors turned since, in steps |
| `unplug`, `plug` | pull the USB plug, put it in again |
| `unplug N` | pull it after the next N bytes that are sent to the machine |
| `drop N`, `flip N` | lose, or damage, the next N bytes that are sent to the machine |
| `garble N` | replace the next N bytes that it says by noise |
| `dropok N`, `doubleok N` | lose, or double, its next N answers `ok` |
| `stall 0\|1` | it hangs and moves no more |
| `alarm N` | stop with ALARM:N |
| `ink` | answers how many strokes are drawn |

Every command is answered with `ok`, with what it asked for, or with `error` and a sentence.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from firmware_gcode.facts import CodedError
from firmware_gcode.grbl.simulator.faults import KINDS
from firmware_gcode.grbl.simulator.inputs import PINS
from firmware_gcode.grbl.simulator.machine import SimulatedMachine

_MAX_LINE: Final = 4096


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


class ControlServer:
    """A unix stream socket, one command a line; driven by somebody else's poll loop."""

    def __init__(self, path: Path, execute: Callable[[str], str]) -> None:
        """Begin to listen on a socket of this path; one left over there is replaced.

        Raises:
            OSError: The socket cannot be made.
        """
        self._path = path
        self._execute = execute
        self._clients: dict[int, tuple[socket.socket, bytearray]] = {}
        if path.is_socket():
            path.unlink()
        self._listener = socket.socket(socket.AF_UNIX)
        try:
            self._listener.bind(str(path))
        except OSError:
            self._listener.close()
            raise
        self._listener.listen()
        self._listener.setblocking(False)

    def descriptors(self) -> Iterator[int]:
        """File descriptors to wait for."""
        yield self._listener.fileno()
        yield from self._clients

    def owns(self, descriptor: int) -> bool:
        """Whether a descriptor is one of `descriptors`."""
        return descriptor == self._listener.fileno() or descriptor in self._clients

    def serve(self, descriptor: int) -> None:
        """Do what is due on a descriptor that became readable."""
        if descriptor == self._listener.fileno():
            client, _ = self._listener.accept()
            client.settimeout(1.0)
            self._clients[client.fileno()] = (client, bytearray())
            return
        client, buffer = self._clients[descriptor]
        try:
            data = client.recv(_MAX_LINE)
            buffer += data
            self._answer(client, buffer)
        except OSError:
            data = b""
        if not data or len(buffer) > _MAX_LINE:
            del self._clients[descriptor]
            client.close()

    def _answer(self, client: socket.socket, buffer: bytearray) -> None:
        while b"\n" in buffer:
            line, _, rest = bytes(buffer).partition(b"\n")
            buffer[:] = rest
            answer = self._execute(line.decode("utf-8", "replace"))
            client.sendall(answer.encode() + b"\n")

    def close(self) -> None:
        """Stop listening and remove the socket."""
        for client, _ in self._clients.values():
            client.close()
        self._clients.clear()
        self._listener.close()
        self._path.unlink(missing_ok=True)
