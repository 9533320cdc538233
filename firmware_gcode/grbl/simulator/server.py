"""A unix stream socket that takes one command a line."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

_MAX_LINE: Final = 4096


class ControlServer:
    """Listens, reads lines, answers them; driven by somebody else's poll loop."""

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
