"""What may be switched on costs: start, memory and idle processor time, of none and of all.

All is: every plug-in that comes along, with notifiers whose servers never answer; a camera of
15 pictures a second with a mask and somebody who looks at it; a broker and the hall's page;
drawings with visitors that wait for a yes.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from pi_service.plugins.settings import FILE
from pi_service.studio.access.tokens import LocalKey
from tests.bench.bench_service import pss_mb
from tests.pi_service.fleet.broker import RealBroker
from tests.pi_service.studio.camera.streamer import Streamer, jpeg, stream

DRAWS_S = 10.0
IDLE_S = 20.0
SQUARE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h7v7h-7z"/></svg>'
)


@dataclass(frozen=True)
class Costs:
    """What one service takes: seconds, those of its processor, MB of PSS, % of a core."""

    ready_s: float
    start_s: float
    own_mb: float
    others_mb: float
    idle: float


def main() -> None:
    """Print a line for each."""
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,  # takes a connection, says nothing
        tempfile.TemporaryDirectory() as scratch,
        RealBroker(Path(scratch)) as broker,
        contextlib.closing(Streamer(lambda: stream(_pictures()))) as camera,
    ):
        plugins = mute.getsockname()[1]
        for name, port, words in (
            ("nothing switched on", None, ()),
            ("plug-ins", plugins, ()),
            (
                "everything",
                plugins,
                (
                    *("--camera", camera.url, "--ask-first"),
                    *("--mqtt", f"127.0.0.1:{broker.port}", "--name", "bench"),
                ),
            ),
        ):
            found = costs(port, words)
            print(
                f"{name}: ready in {found.ready_s:.2f} s ({found.start_s:.2f} s of a core); "
                f"drawing {found.own_mb:.0f} MB PSS, "
                f"processes of plug-ins {found.others_mb:.0f} MB; idle {found.idle:.1f} % "
                "of a core"
            )


def costs(mute: int | None, more: Sequence[str]) -> Costs:
    """Start a service, have it draw, let it rest.

    Args:
        mute: The port of a server that never answers; None: no plug-in is set up.
        more: Further words of the command line.
    """
    with tempfile.TemporaryDirectory(prefix="catplotter-bench-") as scratch:
        folder = Path(scratch)
        if mute is not None:
            set_up(folder, mute)
        words = ["--simulate-missing", "--data", scratch, "--listen", "127.0.0.1:0", *more]
        started = time.monotonic()
        with subprocess.Popen(
            [sys.executable, "-m", "pi_service", "serve", *words, "--speed", "20"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdin is not None
            url = next(line for line in process.stdout if "http://" in line).split()[-1]
            with urlopen(f"{url}healthz", timeout=10):
                ready = time.monotonic() - started
            start = ticks(process.pid) / os.sysconf("SC_CLK_TCK")
            if more:
                watched(url, folder)
            process.stdin.write("\n")
            process.stdin.flush()
            for _ in range(int(DRAWS_S)):
                look(url, folder, more)
            own = pss_mb(process.pid)
            others = sum(pss_mb(pid) for pid in children(process.pid))
            time.sleep(DRAWS_S)
            before = ticks(process.pid)
            time.sleep(IDLE_S)
            used = (ticks(process.pid) - before) / os.sysconf("SC_CLK_TCK")
            process.terminate()
    return Costs(ready, start, own, others, 100 * used / IDLE_S)


def watched(url: str, folder: Path) -> None:
    """Switch the camera on, with a mask."""
    with ask(url, folder, "camera", {"on": True, "masks": [[0.0, 0.0, 0.3, 0.3]]}):
        pass


def look(url: str, folder: Path, more: Sequence[str]) -> None:
    """For a second, somebody looks at the camera's picture and the hall, if there are any."""
    until = time.monotonic() + 1
    for path in ("camera.jpg", "hall") if more else ():
        with contextlib.suppress(HTTPError), ask(url, folder, path) as answer:
            answer.read()
    time.sleep(max(0.0, until - time.monotonic()))


def ask(url: str, folder: Path, path: str, body: object = None) -> HTTPResponse:
    """What the API answers to the command line of this machine."""
    key = LocalKey.read(folder)
    assert key is not None
    answer: HTTPResponse = urlopen(
        Request(
            f"{url}api/v1/{path}",
            None if body is None else json.dumps(body).encode(),
            {"Authorization": f"Bearer {key.secret}", "Content-Type": "application/json"},
            method="GET" if body is None else "PUT",
        ),
        timeout=10,
    )
    return answer


def _pictures() -> Iterator[bytes]:
    while True:
        yield jpeg(size=(1280, 720))
        time.sleep(1 / 15)


def set_up(folder: Path, mute: int) -> None:
    """Every plug-in that comes along; nobody answers the notifiers."""
    (folder / "drawings").mkdir()
    (folder / "drawings/square.svg").write_text(SQUARE)
    os.mkfifo(folder / "key")
    there = {
        "notifiers/webhook": {"url": f"http://127.0.0.1:{mute}/"},
        "notifiers/ntfy": {"topic": "x", "server": f"http://127.0.0.1:{mute}"},
        "notifiers/apprise": {"url": f"json://127.0.0.1:{mute}/"},
        "triggers/key": {"device": str(folder / "key")},
        "drawing_sources/folder": {"folder": str(folder / "drawings")},
    }
    uses = [
        {
            "id": number,
            "name": kind,
            "group": kind.partition("/")[0],
            "kind": kind.partition("/")[2],
            "options": options,
        }
        for number, (kind, options) in enumerate(there.items(), 1)
    ]
    rules = {"after_s": 0, "few_cells": 5}
    (folder / FILE).write_text(json.dumps({"plugins": uses, "rules": rules}))


def children(pid: int) -> list[int]:
    """The processes that it has started and that are there."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return [int(each) for task in tasks for each in (task / "children").read_text().split()]


def ticks(pid: int) -> int:
    """Processor time of a process and of what it has started, ended or not."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, fields[11:15]))  # utime, stime, and those of ended children
    return own + sum(ticks(each) for each in children(pid))


if __name__ == "__main__":
    main()
