"""The web server with a full house: 50 pages that watch, 20 that stopped reading.

Run with ``python -m tests.bench web``. The service runs in a process of its own, drawing
made-up cats all the time; what is measured is how fast it still answers commands, whether the
drawing keeps its pace, its memory, and how long it takes to end.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from pi_service.studio.jobs.job import Request
from pi_service.web.access import VisitorLimits
from pi_service.web.server import WebServer
from tests.pi_service.web.fake_studio import TICK, FakeStudio, fake_app

WATCHING, STALLED, COMMANDS = 50, 20, 300
ASK_EVERY = 1.5
"""Seconds between two looks of a page without a place in the live stream, as in live.js."""
SETTLE = 14.0
"""Seconds until the server has forgotten who does not read."""


class PacedStudio(FakeStudio):
    """Draws one cat after the other and notes how late every step of it was."""

    def __init__(self) -> None:
        super().__init__(speed=60.0)
        self.late: list[float] = []

    def _run(self) -> None:
        due = time.monotonic()
        while not self._closing.wait(max(0.0, due - time.monotonic())):
            self.late.append(time.monotonic() - due)
            if not self.queue() and self._active() is None:
                self.request(Request("schedule"))
            self.advance(self.speed * TICK)
            due += TICK


def serve() -> None:
    """The process that is measured: says its port, and at its end how late the drawing was."""
    studio = PacedStudio()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    app = fake_app(studio, visitors=VisitorLimits(drawings=10**6))
    with WebServer(app, "127.0.0.1", 0) as server:
        studio.run()
        print(server.port, flush=True)
        ended.wait()
    studio.close()
    late = sorted(studio.late)
    print(json.dumps({"p99": late[int(len(late) * 0.99)], "max": late[-1]}), flush=True)


class Watcher(threading.Thread):
    """One page: listens to the live stream, or asks every few seconds if that is full."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port = port
        self.live = False
        self.heard = 0

    def run(self) -> None:
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            try:
                self._listen(connection)
            except OSError:
                return
            finally:
                self.live = False
                connection.close()
            time.sleep(ASK_EVERY)

    def _listen(self, connection: http.client.HTTPConnection) -> None:
        connection.request("GET", "/api/v1/events")
        response = connection.getresponse()
        self.live = response.status == 200
        while self.live and response.readline():
            self.heard += 1
        response.read()
        connection.request("GET", "/api/v1/state", headers={"Accept-Encoding": "gzip"})
        connection.getresponse().read()


def stall(port: int) -> socket.socket:
    """A phone that asked for the stream and left the Wi-Fi: it never reads again."""
    phone = socket.socket()
    phone.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    phone.connect(("127.0.0.1", port))
    phone.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return phone


def commands(port: int, count: int) -> list[float]:
    """Seconds that each of so many requests to draw takes, connection included."""
    took = []
    for _ in range(count):
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", "/api/v1/jobs", headers={"Idempotency-Key": "bench"})
        connection.getresponse().read()
        connection.close()
        took.append(time.perf_counter() - began)
        time.sleep(0.02)
    return sorted(took)


def report(name: str, took: list[float]) -> None:
    """One row of the table, in ms."""
    p99 = took[int(len(took) * 0.99)]
    middle = statistics.median(took)
    print(f"{name:<44}{middle * 1e3:8.1f}{p99 * 1e3:8.1f}{took[-1] * 1e3:8.1f}")


def memory_mb(pid: int) -> float:
    """Proportional memory of a process in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1e3


def processor_seconds(pid: int) -> float:
    """Processor time that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the table."""
    module = f"{__package__}.{Path(__file__).stem}"
    service = subprocess.Popen(
        [sys.executable, "-c", f"from {module} import serve; serve()"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert service.stdout is not None
    port = int(service.stdout.readline())
    print(f"{'a command is answered in ms':<44}{'median':>8}{'p99':>8}{'max':>8}")
    report("nobody watches", commands(port, COMMANDS))
    alone = memory_mb(service.pid)
    phones = [stall(port) for _ in range(STALLED)]
    watchers = [Watcher(port) for _ in range(WATCHING)]
    for watcher in watchers:
        watcher.start()
    report("50 watch, 20 have stopped reading", commands(port, COMMANDS))
    time.sleep(SETTLE)
    busy = processor_seconds(service.pid)
    began = time.monotonic()
    report("50 watch, the 20 are forgotten", commands(port, COMMANDS))
    spent = processor_seconds(service.pid) - busy
    load = 100 * spent / (time.monotonic() - began)
    live = sum(watcher.live for watcher in watchers)
    full = memory_mb(service.pid)
    print(f"of 50 pages {live} are live, {WATCHING - live} ask every {ASK_EVERY} s")
    print(f"memory (PSS) alone {alone:.1f} MB, with a full house {full:.1f} MB")
    print(f"processor {load:.0f} % of one core with a full house, commands included")
    began = time.monotonic()
    service.terminate()
    late = json.loads(service.stdout.readline())
    service.wait()
    print(f"it ended in {time.monotonic() - began:.2f} s")
    p99, most = late["p99"] * 1e3, late["max"] * 1e3
    print(f"the drawing was late by {p99:.1f} ms (p99), {most:.1f} ms at most")
    for phone in phones:
        phone.close()


if __name__ == "__main__":
    main()
