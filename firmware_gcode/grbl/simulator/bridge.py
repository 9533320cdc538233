r"""The simulated machine on the network: a TCP port before its serial one.

Every client's bytes go to the machine, and what it says goes to every client: that is what
plain bridges do, and the hardest case for whoever draws. Connecting resets nothing.

| control command | what it does |
|---|---|
| `net cut` | end every connection |
| `net mute 0\|1` | nothing passes, all is lost, connections stay: half open |
| `net hold 0\|1` | nothing passes for now; it all comes later, in order |
| `net clients` | answers how many are connected |
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import tty
from typing import Final

_CHUNK: Final = 4096
_LOOK_S: Final = 0.2
"""Between looks for a serial port that is not there."""


class Bridge:
    """Passes bytes between a serial port and the clients of a TCP port, in its own thread.

    Attributes:
        address: Where it listens: host and port.
    """

    def __init__(self, serial_path: str, host: str, port: int) -> None:
        """Begin to listen; port 0 takes a free one.

        Raises:
            OSError: The address cannot be listened on.
        """
        self._path = serial_path
        self._listener = socket.create_server((host, port))
        self._listener.setblocking(False)
        name = self._listener.getsockname()
        self.address: tuple[str, int] = (name[0], name[1])
        self._clients: list[socket.socket] = []
        self._serial: int | None = None
        self._mute = self._hold = False
        self._held: list[tuple[bool, bytes]] = []
        self._lock = threading.Lock()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="bridge", daemon=True)
        self._thread.start()

    def control(self, command: str) -> str:
        """Execute a control command; returns the answer, a line without its end."""
        with self._lock:
            match command.split()[1:]:
                case ["cut"]:
                    self._cut()
                case ["mute", "0" | "1" as on]:
                    self._mute = on == "1"
                case ["hold", "0" | "1" as on]:
                    self._hold = on == "1"
                    self._release()
                case ["clients"]:
                    return str(len(self._clients))
                case _:
                    return "error net cut, net mute 0|1, net hold 0|1, net clients"
        return "ok"

    def close(self) -> None:
        """End every connection and stop."""
        self._stopping = True
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._open_serial()
                readers: list[socket.socket | int] = [self._listener, *self._clients]
                if self._serial is not None:
                    readers.append(self._serial)
                try:
                    ready, _, _ = select.select(readers, [], [], _LOOK_S)
                except (OSError, ValueError):
                    ready = []  # A client was cut meanwhile.
                with self._lock:
                    for each in ready:
                        self._serve(each)
        finally:
            self._cut()
            self._listener.close()
            if self._serial is not None:
                os.close(self._serial)

    def _open_serial(self) -> None:
        if self._serial is not None:
            return
        with contextlib.suppress(OSError):
            self._serial = os.open(self._path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            tty.setraw(self._serial)

    def _serve(self, ready: socket.socket | int) -> None:
        if ready is self._listener:
            client, _ = self._listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.setblocking(False)
            self._clients.append(client)
        elif isinstance(ready, int):
            self._from_machine(ready)
        elif ready in self._clients:
            self._from_client(ready)

    def _from_machine(self, serial: int) -> None:
        try:
            data = os.read(serial, _CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:  # Unplugged, or switched off.
            os.close(serial)
            self._serial = None
            self._cut()
            return
        self._pass(data, to_machine=False)

    def _from_client(self, client: socket.socket) -> None:
        try:
            data = client.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._clients.remove(client)
            client.close()
            return
        self._pass(data, to_machine=True)

    def _pass(self, data: bytes, *, to_machine: bool) -> None:
        if self._mute:
            return
        if self._hold:
            self._held.append((to_machine, data))
            return
        with contextlib.suppress(OSError):
            if to_machine and self._serial is not None:
                os.write(self._serial, data)
            elif not to_machine:
                for client in self._clients:
                    client.sendall(data)

    def _release(self) -> None:
        held, self._held = self._held, []
        for to_machine, data in held:
            self._pass(data, to_machine=to_machine)

    def _cut(self) -> None:
        for client in self._clients:
            client.close()
        self._clients.clear()
        self._held.clear()
