"""A cat is drawn while impolite visitors do their worst; see `tests.bench.crowd`.

Load, service and plotter are a process each and share this machine's cores. Every load is
measured against the same cat drawn undisturbed right before.
"""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import math
import os
import select
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pi_service.service import SWITCH_S
from tests.bench.bench_service import pss_mb
from tests.bench.crowd import JOBS, KINDS

SEED = 7
SPEED = 2.0
"""Times real speed: harder for the link than a real plotter."""
WATCHDOG_S = 8.0
FED_EVERY_S = WATCHDOG_S / 4
STOPS = 4
TURNS_S = 4.0
PATIENCE_S = 120.0
"""A drawing that is not done after so many seconds never will be."""
STOP = "/api/v1/machine/stop"
ELSEWHERE = "127.200.0.9"
"""Where somebody stops the plotter and looks at the page."""
LOADS = [
    *([kind] for kind in KINDS),
    list(KINDS),
]


@dataclass
class Feedings:
    """When systemd's watchdog was fed, as its socket hears it."""

    folder: str
    at: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.path = f"{self.folder}/notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            if b"WATCHDOG=1" in self._socket.recv(4096):
                self.at.append(time.monotonic())

    def longest(self, since: float) -> float:
        """Seconds of the longest pause from an instant until now."""
        times = [since, *(at for at in self.at if at > since), time.monotonic()]
        return max(after - before for before, after in itertools.pairwise(times))


@contextlib.contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _start(*words: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *words], stdout=subprocess.PIPE, text=True, **options
    )


def _url(service: subprocess.Popen[str]) -> str:
    assert service.stdout is not None
    return next(line for line in service.stdout if "http://" in line).split()[-1]


def _key(data: str) -> str:
    """The staff's, which lies beside the database."""
    return str(json.loads(Path(data, "local.key").read_text())["secret"])


def request(
    url: str, path: str, key: str | None = None, *, body: Any = None, patience: float = 10.0
) -> float:
    """Seconds until somebody is answered; the staff with their key, else someone elsewhere."""
    began = time.monotonic()
    host, _, port = url.strip("/").rpartition("/")[2].partition(":")
    source = "127.0.0.1" if key else ELSEWHERE
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    connection = http.client.HTTPConnection(
        host, int(port), timeout=patience, source_address=(source, 0)
    )
    try:
        if body is None:
            connection.request("GET", path, headers=headers)
        else:
            headers["Content-Type"] = "application/json"
            connection.request("POST", path, json.dumps(body), headers)
        answer = connection.getresponse()
        answer.read()
    except OSError:
        return math.inf
    finally:
        connection.close()
    return time.monotonic() - began if answer.status < 300 else math.inf


def prepare(data: str) -> None:
    """Draw the cats of which pictures are asked for."""
    words = [
        "--simulate-missing",
        "--speed",
        "1000",
        "--grid",
        "3x4",
        "--data",
        data,
        "--listen",
    ]
    with ended(
        _start("pi_service", "serve", *words, "127.0.0.1:0", stderr=subprocess.DEVNULL)
    ) as service:
        url = _url(service)
        for seed in range(JOBS):
            begin_drawing(url, data, seed)
            drawn(data)


def begin_drawing(url: str, data: str, seed: int = SEED) -> None:
    """Have a cat drawn."""
    assert request(url, "/api/v1/jobs", _key(data), body={"seed": seed}) < math.inf


def newest(data: str) -> tuple[str, float, float]:
    """State, begin and end of the newest job, from the database: never through the page."""
    with contextlib.closing(
        sqlite3.connect(f"file:{data}/catplotter.db?mode=ro", uri=True)
    ) as d:
        row = d.execute("SELECT state, started_at, ended_at FROM jobs ORDER BY id DESC")
        state, began, end = row.fetchone()
        return str(state), began or 0.0, end or 0.0


def drawn(data: str) -> float:
    """Wait for the newest job's end; the seconds that it took from its start."""
    until = time.monotonic() + PATIENCE_S
    while (found := newest(data))[0] != "done":
        if time.monotonic() > until or found[0] in {"failed", "cancelled", "interrupted"}:
            raise RuntimeError(f"the drawing is {found[0]}")
        time.sleep(0.1)
    return found[2] - found[1]


@dataclass
class Looks:
    """Somebody elsewhere who looks at the page every half second, and how long that took."""

    url: str
    took: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._end = threading.Event()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while not self._end.wait(0.5):
            self.took.append(request(self.url, "/api/v1/state"))

    def close(self) -> None:
        self._end.set()


@dataclass
class Bench:
    """The service that is measured."""

    url: str
    data: str
    pid: int
    fed: Feedings

    def under(self, kinds: list[str], *, spread: bool) -> None:
        """Print a row of the table."""
        begin_drawing(self.url, self.data)
        quiet = drawn(self.data)
        port = self.url.strip("/").rpartition(":")[2]
        words = [port, *kinds, *(["--spread"] if spread else [])]
        begin_drawing(self.url, self.data)
        with ended(_start("tests.bench.crowd", *words)):
            began, looks = time.monotonic(), Looks(self.url)
            loaded = drawn(self.data)
            memory = pss_mb(self.pid)
            staff = request(self.url, "/api/v1/jobs", _key(self.data), body={"seed": SEED})
            time.sleep(2.0)
            stops = [request(self.url, STOP, body={}) for _ in range(STOPS)]
            looks.close()
            hungry = self.fed.longest(began)
        recovered = self.recovered()
        name = " + ".join(kinds) + (", an address each" if spread else ", one address")
        slow = sorted(looks.took)[int(0.95 * len(looks.took))] if looks.took else 0.0
        figures = (quiet, loaded, loaded / quiet, max(stops), staff, slow, hungry, recovered)
        row = "".join(f"{figure:7.2f}" for figure in figures)
        print(f"{name:<48}{row}{memory:7.0f}", flush=True)

    def recovered(self) -> float:
        """Seconds after the crowd has left until the page answers at once, thrice."""
        began, good = time.monotonic(), 0
        while good < 3:
            good = good + 1 if request(self.url, "/", patience=1.0) < 0.2 else 0
        return time.monotonic() - began


@contextlib.contextmanager
def running(drawn_before: str) -> Iterator[Bench]:
    """Service and plotter, each in a process of its own; some cats were drawn before."""
    with tempfile.TemporaryDirectory(prefix="catplotter-bench-") as folder:
        port, data = f"{folder}/plotter", f"{folder}/data"
        shutil.copytree(drawn_before, data)
        fed = Feedings(folder)
        environment = {
            **os.environ,
            "NOTIFY_SOCKET": fed.path,
            "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6)),
        }
        simulate = ["pi_service", "simulate", "--speed", f"{SPEED}", "--port", port]
        serve = ["pi_service", "serve", "--data", data, "--listen", "127.0.0.1:0"]
        with ended(_start(*simulate)) as plotter, Path(folder, "log").open("w") as log:
            assert plotter.stdout is not None
            plotter.stdout.readline()
            words = ["--port", port, "--profile", "simulated"]
            service = _start(*serve, *words, env=environment, stderr=log)
            with ended(service):
                url = _url(service)
                while request(url, "/readyz") == math.inf:
                    time.sleep(0.1)
                time.sleep(1.0)
                begin_drawing(url, data)  # the first one has the longest way to its cell
                drawn(data)
                yield Bench(url, data, service.pid, fed)


def lateness(interval: float, threads: int) -> tuple[float, float, float]:
    """How late a thread comes that wakes a hundred times a second, while others count.

    Returns:
        Median and 99th percentile, ms; and how far all others counted, millions a second.
    """
    ended, counted = threading.Event(), [0] * threads

    def count(number: int) -> None:
        while not ended.is_set():
            for _ in range(200):
                counted[number] += 1

    usual = sys.getswitchinterval()
    sys.setswitchinterval(interval)
    counting = [threading.Thread(target=count, args=(n,)) for n in range(threads)]
    for thread in counting:
        thread.start()
    late, began, before = list[float](), time.monotonic(), sum(counted)
    while not late or time.monotonic() - began < TURNS_S:
        due = time.monotonic() + 0.01
        for wait in (0.01, 0.0, 0.0):  # a turn of the link lets go of the interpreter thrice
            select.select([], [], [], wait)
        late.append(1e3 * (time.monotonic() - due))
    ended.set()
    for thread in counting:
        thread.join()
    sys.setswitchinterval(usual)
    late.sort()
    speed = (sum(counted) - before) / (time.monotonic() - began) / 1e6
    return late[len(late) // 2], late[int(len(late) * 0.99)], speed


def turns() -> None:
    """Print why the service's switch interval is what it is."""
    print(f"{'a thread comes late by ms':<34}{'median':>8}{'p99':>8}{'others: M/s':>13}")
    for threads in (1, 6, 48):
        for interval in (0.005, 0.001, SWITCH_S, 0.0001):
            middle, p99, speed = lateness(interval, threads)
            name = f"{threads} count, interval {1e3 * interval:.1f} ms"
            print(f"{name:<34}{middle:8.1f}{p99:8.1f}{speed:13.1f}", flush=True)


def main() -> None:
    """Print the tables."""
    turns()
    heads = ("alone", "under", "ratio", "stop", "staff", "look", "unfed", "again", "MB")
    print(f"{'seconds':<48}" + "".join(f"{head:>7}" for head in heads), flush=True)
    with tempfile.TemporaryDirectory(prefix="catplotter-bench-") as data:
        prepare(data)
        for spread in (False, True):
            for kinds in LOADS:
                try:
                    with running(data) as bench:
                        bench.under(kinds, spread=spread)
                except RuntimeError as error:  # a busy machine starves the plotter itself
                    print(f"{' + '.join(kinds)}: {error}", flush=True)


if __name__ == "__main__":
    main()
