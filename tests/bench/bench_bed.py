"""The maker's view in a real Chromium: how soon it answers, and how smoothly the bed is moved.

Run with ``python -m tests.bench bed``. The plotter is simulated in real time, so the machine's
axes are looked at a thousand times a second: when they stand is not what the page believes.
On a busy machine look at the processor time; the frames are those that were to be had.
"""

from __future__ import annotations

import math
import os
import statistics
import tempfile
import threading
import time
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from pi_service.studio.jobs.job import Request
from pi_service.studio.machine.control import Act
from tests.conftest import chromium_path
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.web.workshop_house import House, opened

HOLDS, ANSWERS = 10, 10
STROKES, POINTS = 1000, 101
FRAMES = 180
WATCH = """([event, seen]) => {
  window.answer = new Promise((done) => {
    let at = 0;
    const note = () => { at ||= performance.now(); };
    addEventListener(event, note, { capture: true, once: true });
    const target = document.querySelector(seen);
    const before = target.textContent;
    new MutationObserver((_, watch) => {
      if (!at || target.textContent === before) return;
      watch.disconnect();
      requestAnimationFrame(() => done(performance.now() - at));
    }).observe(target, { childList: true, characterData: true, subtree: true });
  });
}"""
SHOW = """([strokes, points]) => {
  const bed = document.querySelector('bed-view');
  const place = (n, i) => [
    5 + (n % 40) * 7 + 3 * Math.cos(i / 5 + n),
    5 + Math.floor(n / 40) * 11 + 3 * Math.sin(i / 5)];
  const line = (n) => Array.from({ length: points }, (_, i) => place(n, i));
  const all = Array.from({ length: strokes }, (_, n) => line(n));
  bed.show({ strokes: all, pens: [], drawn: -1 });
}"""
PAN = """(count) => new Promise((done) => {
  const canvas = document.querySelector('.bed-canvas');
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const at = (type, n) => canvas.dispatchEvent(new PointerEvent(type, {
    pointerId: 1, button: 0, bubbles: true,
    clientX: left + width / 2 + 90 * Math.sin(n / 20),
    clientY: top + height / 2 + 60 * Math.sin(n / 13) }));
  canvas.setPointerCapture = () => {};
  const times = [];
  at('pointerdown', 0);
  const frame = (now) => {
    times.push(now);
    at('pointermove', times.length);
    if (times.length <= count) return requestAnimationFrame(frame);
    at('pointerup', times.length);
    done(times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b));
  };
  requestAnimationFrame(frame);
})"""


class Axes:
    """Notes when the simulated machine's axes last moved, as seconds since 1970."""

    def __init__(self, house: House) -> None:
        self._plotter = house.plotter
        self.moved_at = 0.0
        self._on = True
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._on = False
        self._thread.join()

    def _look(self) -> None:
        before: object = None
        while self._on:
            with self._plotter.lock:
                now = self._plotter.machine.shaft
            if now != before:
                before, self.moved_at = now, time.time()
            time.sleep(0.001)


def main() -> None:
    """Print the table."""
    path = chromium_path()
    if path is None:
        print("No Chromium is installed: skipped.")
        return
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder), speed=1.0) as house,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        context = browser.new_context(viewport={"width": 1366, "height": 1500})
        house.let_in(context)
        page = context.new_page()
        page.goto(f"{house.url}/machine")
        page.wait_for_function("() => document.querySelector('bed-view')?.reach != null")
        print(f"load of the machine, for comparison: {os.getloadavg()[0]:.1f}")
        panning(page)
        holding(page, house)
        answers(page, house)
        browser.close()


def panning(page: Page) -> None:
    """100,000 segments are shown, zoomed into, and moved."""
    page.evaluate(SHOW, [STROKES, POINTS])
    page.get_by_role("button", name="Nearer").click()
    page.wait_for_timeout(1500)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    before = _tasks(session.send("Performance.getMetrics"))
    times = page.evaluate(PAN, FRAMES)
    spent = (_tasks(session.send("Performance.getMetrics")) - before) / FRAMES * 1000
    rate = 1000 * len(times) / sum(times)
    p50, p99 = statistics.median(times), times[math.floor(len(times) * 0.99)]
    print(
        f"panning {STROKES * (POINTS - 1):,} segments: {rate:.0f} frames a second, half "
        f"within {p50:.1f} ms, 99 % within {p99:.0f} ms; processor {spent:.1f} ms a frame"
    )
    page.evaluate(
        "document.querySelector('bed-view').show({strokes: [], pens: [], drawn: -1})"
    )


def _tasks(told: dict[str, list[dict[str, float]]]) -> float:
    """Processor seconds of the page's thread."""
    found = {str(each["name"]): each["value"] for each in told["metrics"]}
    return found["TaskDuration"]


def holding(page: Page, house: House) -> None:
    """A key is pressed and let go of, again and again."""
    page.get_by_role("button", name="To the middle").click()
    house.stand()
    page.get_by_role("radio", name="while held").check(force=True)
    page.get_by_role("radio", name="fast").check(force=True)
    axes = Axes(house)
    begun, stopped = [], []
    for n in range(HOLDS):
        key = page.get_by_role("button", name=("Left", "Right")[n % 2], exact=True)
        key.hover()
        page.evaluate(WATCH, ["pointerdown", ".maker-jog-card .jog-where"])
        page.evaluate(
            "addEventListener('pointerup', () => { window.letGo = Date.now(); },"
            " { capture: true, once: true })"
        )
        page.mouse.down()
        begun.append(page.evaluate("window.answer"))
        page.wait_for_timeout(400)
        page.mouse.up()
        let_go = page.evaluate("window.letGo") / 1000
        page.wait_for_timeout(600)
        stopped.append((axes.moved_at - let_go) * 1000)
    axes.close()
    _tell("hold: press to the pen seen moving", begun)
    _tell("hold: release to the axes standing", stopped)


def answers(page: Page, house: House) -> None:
    """Stop, override and pause, each until the page shows it."""
    found: dict[str, list[float]] = {"Stop": [], "override": [], "pause": []}
    for n in range(ANSWERS):
        name = ("To the corner", "To the middle")[n % 2]
        page.get_by_role("button", name=name).click()
        page.wait_for_timeout(500)
        found["Stop"].append(_click(page, "Stop", ".state-word"))
        house.stand()
    house.service.studio.machine.act(Act.RESUME)
    house.workshop.done()
    house.service.studio.jobs.request(Request("page"))
    page.get_by_role("button", name="Pause", exact=True).wait_for(timeout=120_000)
    for n in range(ANSWERS):
        name = ("Faster", "Slower")[n % 2]
        found["override"].append(_click(page, name, ".speed-words"))
    for _ in range(ANSWERS // 2):
        page.locator(".state-word", has_text="drawing").wait_for()  # not a pause of before
        found["pause"].append(_click(page, "Pause", ".state-word"))
        eventually(lambda: house.workshop.view()["state"] == "paused", timeout=30)
        page.get_by_role("button", name="Go on").first.click()
        page.get_by_role("button", name="Pause", exact=True).wait_for()
    for name, times in found.items():
        _tell(f"{name}: click to the page showing it", times)


def _click(page: Page, name: str, seen: str) -> float:
    """Milliseconds from a click on a button to other words at a place."""
    page.evaluate(WATCH, ["click", seen])
    page.get_by_role("button", name=name, exact=True).click()
    return float(page.evaluate("window.answer"))


def _tell(what: str, times: list[float]) -> None:
    print(f"{what}: median {statistics.median(times):.0f} ms, worst {max(times):.0f} ms")


if __name__ == "__main__":
    main()
