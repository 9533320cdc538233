"""Who is connected beside the port: senders over TCP, and whoever controls the machine.

Every sender's bytes go to the machine, and what it says goes to every one of them: that is
what plain bridges do, and the hardest case for whoever draws. Connecting resets nothing.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

_CHUNK: Final = 4096


class Bridge:
    """The senders on a TCP port; none of its methods waits."""

    def __init__(self, host: str, port: int) -> None:
        """Begin to listen; port 0 takes a free one; OSError if that cannot be done."""
        listener = socket.create_server((host, port))
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.setblocking(False)
        self.sockets = [listener]  # And those that are connected.
        self.address: tuple[str, int] = listener.getsockname()[:2]
        self.mute = False  # Nothing passes, all is lost, connections stay: half open.

    def exchange(self, ready: Iterable[object], said: bytes) -> bytes:
        """Pass on what the machine has `said`; returns what comes for the machine.

        New clients are let in. Who does not read what is said loses it.
        """
        heard = b""
        for each in [each for each in self.sockets if each in ready]:
            if each is self.sockets[0]:
                client, _ = each.accept()
                client.setblocking(False)
                self.sockets.append(client)
                continue
            text = b""
            with contextlib.suppress(OSError):
                text = each.recv(_CHUNK)
            heard += text
            if not text:
                self.sockets.remove(each)
                each.close()
        for client in self.sockets[1:] if said and not self.mute else ():
            with contextlib.suppress(OSError):
                client.sendall(said)
        return b"" if self.mute else heard

    def cut(self) -> None:
        """End every connection."""
        while len(self.sockets) > 1:
            self.sockets.pop().close()

    def close(self) -> None:
        """End every connection, and listen no more."""
        self.cut()
        self.sockets[0].close()


class _Commands(socketserver.StreamRequestHandler):
    server: ControlSocket

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            for line in self.rfile:
                answer = self.server.execute(line.decode("utf-8", "replace"))
                self.wfile.write(answer.encode() + b"\n")


class ControlSocket(socketserver.ThreadingUnixStreamServer):
    """A unix stream socket that takes one command a line, each client in a thread."""

    timeout = 0
    daemon_threads, block_on_close = True, False

    def __init__(self, path: Path, execute: Callable[[str], str]) -> None:
        """Listen on a path, in place of one left over; OSError if that cannot be done."""
        if path.is_socket():
            path.unlink()
        self.execute = execute
        super().__init__(str(path), _Commands)

    def close(self) -> None:
        """Stop listening and remove the socket."""
        self.server_close()
        Path(str(self.server_address)).unlink(missing_ok=True)
