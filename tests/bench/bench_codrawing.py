"""Drawing with the machine: from lifting the finger to the first proposal on the screen.

Run with ``python -m tests.bench codrawing``: a service in a process of its own, as it is
installed, with the shipped model; a real Chromium draws a head and lifts the mouse. The page
notes when the finger was lifted and when the first proposal was painted. What the service's
processor took is beside it, since the computer may be busy with something else.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from pi_service.sketching.sketcher import IDEAS_KEPT
from tests.conftest import chromium_path

DRAWINGS = 8
HEAD = [-1.8 + 6.1 * i / 59 for i in range(60)]
VISITORS = 3
FIRST = """() => {
  const last = (name) => performance.getEntriesByName(name).at(-1)?.startTime;
  return last("draw:shown") - last("draw:lifted");
}"""
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Print the table."""
    chromium = chromium_path()
    if chromium is None:
        print("There is no Chromium: skipped.")
        return
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright, running() as (url, process):
        print(f"load of the machine, for comparison: {os.getloadavg()[0]:.1f}")
        by_wire(url, process)
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        on_screen(browser, url)
        browser.close()
        meanwhile(url)


@contextmanager
def running() -> Iterator[tuple[str, int]]:
    """A service with a simulated plotter; gives its address and its process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-m",
            "pi_service",
            "serve",
            "--simulate-missing",
            "--data",
            folder,
        ]
        options = ["--listen", "127.0.0.1:0", "--landscape"]
        process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            assert process.stdout is not None
            said = next(line for line in process.stdout if "http://" in line)
            url = "http://" + said.split("http://")[1].split()[0].rstrip("/.") + "/"
            yield url, process.pid
        finally:
            process.terminate()
            process.wait(timeout=30)


def head(width: float, height: float) -> list[list[float]]:
    """A head in the middle of something."""
    return [
        [
            round(width * (0.5 + 0.2 * math.cos(a)), 2),
            round(height * (0.5 + 0.3 * math.sin(a)), 2),
        ]
        for a in HEAD
    ]


def processor_s(process: int) -> float:
    """Seconds of processor time that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def by_wire(url: str, process: int) -> None:
    """From sending the strokes to the first and the last proposal, without a browser."""
    body = {
        "class": "cat",
        "strokes": [head(190, 128)],
        "frame": {"width": 190, "height": 128},
        "count": 6,
    }
    firsts, lasts, took = [], [], []
    for seed in range(DRAWINGS):
        began, cpu = time.perf_counter(), processor_s(process)
        data = json.dumps({**body, "seed": IDEAS_KEPT * seed}).encode()
        request = urllib.request.Request(
            url + "api/v1/proposals", data, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.readline()
            firsts.append(1e3 * (time.perf_counter() - began))
            answer.read()
        lasts.append(1e3 * (time.perf_counter() - began))
        took.append(1e3 * (processor_s(process) - cpu))
    _print("first proposal over the wire", firsts)
    _print("all six", lasts)
    _print("processor time for all six", took)


def on_screen(browser: Browser, url: str) -> None:
    """From lifting the mouse to the first proposal painted."""
    page: Page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(url + "draw")
    page.get_by_text("Draw a line, or choose a beginning.").wait_for()
    times: list[float] = []
    for _ in range(DRAWINGS):
        box: Any = page.locator("drawing-pad canvas").bounding_box()
        places = [(box["x"] + x, box["y"] + y) for x, y in head(box["width"], box["height"])]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()
        page.locator("drawing-pad[data-shown]").wait_for()
        times.append(float(page.evaluate(FIRST)))
        page.locator(".choice").nth(5).wait_for()
        page.get_by_role("button", name="Clear").click()
    _print("lifting the finger to the first proposal on the screen", times)


def meanwhile(url: str) -> None:
    """What the plotter takes for a cat beyond its motion model, alone and beside visitors."""
    alone = _late(url)
    ends = threading.Event()
    visitors = [
        threading.Thread(target=_visitor, args=(url, n, ends)) for n in range(VISITORS)
    ]
    for visitor in visitors:
        visitor.start()
    beside = _late(url)
    ends.set()
    for visitor in visitors:
        visitor.join()
    print(
        f"a cat on the plotter, beyond the motion model: alone {alone:+.1f} %, "
        f"while {VISITORS} visitors draw all the time {beside:+.1f} %"
    )


def _late(url: str) -> float:
    """How much longer a cat took than the motion model says, percent."""
    job = _ask(url, "jobs", {"class": "cat", "seed": 7})
    while job["state"] != "done":
        time.sleep(0.5)
        job = _ask(url, f"jobs/{job['id']}")
    return 100.0 * (float(job["seconds_drawn"]) / float(job["seconds_estimated"]) - 1)


def _visitor(url: str, number: int, ends: threading.Event) -> None:
    """Asks for proposals all the time."""
    while not ends.is_set():
        body = {"class": "cat", "strokes": [head(190, 128)], "visitor": f"visitor {number}"}
        frame = {"width": 190, "height": 128}
        _ask(url, "proposals", {**body, "frame": frame}, lines=True)


def _ask(url: str, path: str, body: Any = None, *, lines: bool = False) -> Any:
    """One request to the API."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{url}api/v1/{path}", data, headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        text = answer.read()
    return None if lines else json.loads(text)


def _print(name: str, times: list[float]) -> None:
    ordered = sorted(times)
    middle = ordered[len(ordered) // 2]
    print(
        f"{name:<56}{ordered[0]:7.0f} ms fastest{middle:7.0f} middle{ordered[-1]:7.0f} worst"
    )


if __name__ == "__main__":
    main()
