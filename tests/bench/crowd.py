"""Impolite visitors, in a process of their own: ``python -m tests.bench.crowd PORT KIND…``.

Each kind comes from one address of the loopback range (127.66.0.1), or with ``--spread`` every
visitor from one of its own. Whoever is thrown out comes back at once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import socket
from collections.abc import Awaitable, Callable

TRICKLING, READING, LOOPING = 520, 240, 64
A_BYTE_EVERY_S = 13.0
JOBS = 4
"""Pictures of so many jobs are asked for."""
BACK_AFTER_S = 0.1

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Visit = Callable[[int, str, int], Awaitable[None]]


async def _come(port: int, address: str) -> Streams:
    """A connection from an address, with the smallest buffer to receive that there is."""
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    own.setblocking(False)
    own.bind((address, 0))
    await asyncio.get_running_loop().sock_connect(own, ("127.0.0.1", port))
    return await asyncio.open_connection(sock=own, limit=1024)


async def trickle(port: int, address: str, number: int) -> None:
    """A header that never comes to its end."""
    reader, writer = await _come(port, address)
    try:
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: ")
        await asyncio.sleep(A_BYTE_EVERY_S * (number % 20) / 20)
        while True:
            writer.write(b"a")
            await writer.drain()
            with contextlib.suppress(TimeoutError):
                if not await asyncio.wait_for(reader.read(100), A_BYTE_EVERY_S):
                    return
    finally:
        writer.close()


async def read_slowly(port: int, address: str, number: int) -> None:
    """The longest answer, asked for many times over and read a few bytes a second."""
    del number
    reader, writer = await _come(port, address)
    try:
        writer.write(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n" * 4)
        while await reader.read(64):
            await asyncio.sleep(1.0)
    finally:
        writer.close()


async def loop(port: int, address: str, number: int) -> None:
    """One picture after the other, as fast as they come."""
    reader, writer = await _come(port, address)
    try:
        for job in itertools.cycle(range(1, JOBS + 1)):
            path = f"/api/v1/jobs/{1 + (job + number) % JOBS}.png"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
            await reader.readexactly(int(length or 0))
            if b"connection: close" in head.lower():
                return
    finally:
        writer.close()


KINDS: dict[str, tuple[int, Visit]] = {
    "trickling": (TRICKLING, trickle),
    "reading": (READING, read_slowly),
    "looping": (LOOPING, loop),
}


async def _again(visit: Visit, port: int, address: str, number: int) -> None:
    while True:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            await visit(port, address, number)
        await asyncio.sleep(BACK_AFTER_S)


async def crowd(port: int, kinds: list[str], *, spread: bool) -> None:
    """Be there until the process is ended."""
    visits = []
    for row, kind in enumerate(kinds):
        count, visit = KINDS[kind]
        for number in range(count):
            address = f"127.{66 + row}.0.1"
            if spread:
                address = f"127.{66 + row}.{1 + number // 250}.{1 + number % 250}"
            visits.append(_again(visit, port, address, number))
    await asyncio.gather(*visits)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("kinds", nargs="+", choices=KINDS)
    parser.add_argument("--spread", action="store_true")
    words = parser.parse_args()
    asyncio.run(crowd(words.port, words.kinds, spread=words.spread))


if __name__ == "__main__":
    main()
