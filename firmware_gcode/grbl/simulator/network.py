"""Who is connected beside the port: senders over TCP, and whoever controls the machine.

Every sender's bytes go to the machine, and what it says goes to every one of them: that is
what plain bridges do, and the hardest case for whoever draws. Connecting resets nothing.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

_CHUNK: Final = 4096


class Clients:
    """All that are connected to a listening socket; none of its methods waits.

    Attributes:
        sockets: The one that listens, and those that are connected.
    """

    def __init__(self, listener: socket.socket) -> None:
        listener.setblocking(False)
        self.sockets = [listener]

    def hear(self, ready: Iterable[object]) -> Iterator[tuple[socket.socket, bytes]]:
        """Let new clients in; gives what others say, nothing at all when they leave."""
        for each in [each for each in self.sockets if each in ready]:
            if each is self.sockets[0]:
                client, _ = each.accept()
                client.setblocking(False)
                self.sockets.append(client)
                continue
            said = b""
            with contextlib.suppress(OSError):
                said = each.recv(_CHUNK)
            yield each, said
            if not said and each in self.sockets:
                self.sockets.remove(each)
                each.close()

    def cut(self) -> None:
        """End every connection."""
        while len(self.sockets) > 1:
            self.sockets.pop().close()

    def close(self) -> None:
        """End every connection, and listen no more."""
        self.cut()
        self.sockets[0].close()


class Bridge(Clients):
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
        super().__init__(listener)
        self.address: tuple[str, int] = listener.getsockname()[:2]
        self.mute = False

    def exchange(self, ready: Iterable[object], said: bytes) -> bytes:
        """Pass on what the machine has `said`; returns what comes for the machine.

        Who does not read what is said loses it.
        """
        heard = b"".join(text for _, text in self.hear(ready))
        if self.mute:
            return b""
        for client in self.sockets[1:]:
            with contextlib.suppress(OSError):
                client.sendall(said)
        return heard


class ControlSocket(Clients):
    """A unix stream socket that takes one command a line."""

    def __init__(self, path: Path) -> None:
        """Begin to listen on a socket of this path; one left over there is replaced.

        Raises:
            OSError: The socket cannot be made.
        """
        self._path = path
        if path.is_socket():
            path.unlink()
        super().__init__(socket.create_server(str(path), family=socket.AF_UNIX))
        self._begun: dict[socket.socket, bytes] = {}

    def serve(self, ready: Iterable[object], execute: Callable[[str], str]) -> None:
        """Have the commands executed that have come, and answer them."""
        for client, said in self.hear(ready):
            *lines, rest = (self._begun.pop(client, b"") + said).split(b"\n")
            if said:
                self._begun[client] = rest
            elif rest:
                lines = [rest]
            for line in lines:
                answer = execute(line.decode("utf-8", "replace"))
                with contextlib.suppress(OSError):
                    client.sendall(answer.encode() + b"\n")

    def close(self) -> None:
        """Stop listening and remove the socket."""
        super().close()
        self._path.unlink(missing_ok=True)
