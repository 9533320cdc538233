"""Who is connected beside the port: senders over TCP, and whoever controls the machine.

Every sender's bytes go to the machine, and what it says goes to every one of them: that is
what plain bridges do, and the hardest case for whoever draws. Connecting resets nothing.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

_CHUNK: Final = 4096


class Clients:
    """All that are connected to a listening socket; none of its methods waits."""

    def __init__(self, listener: socket.socket) -> None:
        listener.setblocking(False)
        self.listener = listener
        self._connected: list[socket.socket] = []

    @property
    def readers(self) -> list[socket.socket]:
        """What is readable when there is something to be heard."""
        return [self.listener, *self._connected]

    def hear(self, ready: Iterable[object]) -> Iterator[tuple[socket.socket, bytes]]:
        """Let new clients in; gives what others say, nothing at all when they leave."""
        for each in self.readers:
            if each not in ready:
                continue
            if each is self.listener:
                client, _ = self.listener.accept()
                client.setblocking(False)
                self._connected.append(client)
                continue
            try:
                said = each.recv(_CHUNK)
            except BlockingIOError:
                continue
            except OSError:
                said = b""
            yield each, said
            if not said and each in self._connected:
                self._connected.remove(each)
                each.close()

    def tell(self, said: bytes) -> None:
        """Send something to all of them; who does not read loses it."""
        for client in self._connected:
            with contextlib.suppress(OSError):
                client.sendall(said)

    def cut(self) -> None:
        """End every connection."""
        while self._connected:
            self._connected.pop().close()

    def close(self) -> None:
        """End every connection, and listen no more."""
        self.cut()
        self.listener.close()


class Bridge:
    """The senders on a TCP port.

    Attributes:
        address: Where it listens: host and port.
        mute: Nothing passes, all is lost, connections stay: half open.
    """

    def __init__(self, host: str, port: int) -> None:
        """Begin to listen; port 0 takes a free one.

        Raises:
            OSError: The address cannot be listened on.
        """
        listener = socket.create_server((host, port))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.clients = Clients(listener)
        self.address: tuple[str, int] = listener.getsockname()[:2]
        self.mute = False

    def exchange(self, ready: Iterable[object], said: bytes) -> bytes:
        """Pass on what the machine has `said`; returns what comes for the machine."""
        heard = b"".join(text for _, text in self.clients.hear(ready))
        if self.mute:
            return b""
        self.clients.tell(said)
        return heard


class ControlSocket:
    """A unix stream socket that takes one command a line."""

    def __init__(self, path: Path) -> None:
        """Begin to listen on a socket of this path; one left over there is replaced.

        Raises:
            OSError: The socket cannot be made.
        """
        self._path = path
        if path.is_socket():
            path.unlink()
        self.clients = Clients(socket.create_server(str(path), family=socket.AF_UNIX))
        self._begun: dict[socket.socket, bytes] = {}

    def commands(self, ready: Iterable[object]) -> Iterator[tuple[socket.socket, str]]:
        """The commands that have come, and who waits for their answers."""
        for client, said in self.clients.hear(ready):
            *lines, rest = (self._begun.pop(client, b"") + said).split(b"\n")
            if said:
                self._begun[client] = rest
            elif rest:
                lines = [rest]
            for line in lines:
                yield client, line.decode("utf-8", "replace")

    def close(self) -> None:
        """Stop listening and remove the socket."""
        self.clients.close()
        self._path.unlink(missing_ok=True)
