"""The page in a real Chromium: first paint, first use, bytes, and frames while a cat is drawn.

Run with ``python -m tests.bench page``. Each visit begins with an empty cache. A blank page of
the same server is given beside it: what the browser itself takes on this machine.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from pi_service.studio.jobs.job import Request
from pi_service.web.server import WebServer
from tests.pi_service.web.fake_studio import FakeStudio, fake_app

CHROMIUM = Path("/usr/bin/chromium")
VISITS, FRAMES = 5, 240
STROKES, POINTS = 50, 100
READY = "() => document.querySelector('.button-draw')?.disabled === false"
FIRST_PAINT = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime"
FRAME_TIMES = """(count) => new Promise((done) => {
  const times = [];
  const look = (now) => {
    times.push(now);
    if (times.length <= count) requestAnimationFrame(look);
    else done(times.slice(1).map((time, i) => time - times[i]).sort((a, b) => a - b));
  };
  requestAnimationFrame(look);
})"""


def rosette(_: int, width: float, height: float) -> list[list[list[float]]]:
    """A drawing of 5,000 points."""
    middle = (width / 2, height / 2)
    return [
        [
            [
                middle[0] + (10 + ring) * math.cos(ring + math.tau * i / POINTS),
                middle[1] + (10 + ring) * math.sin(ring + math.tau * i / POINTS),
            ]
            for i in range(POINTS)
        ]
        for ring in range(STROKES)
    ]


def main() -> None:
    """Print the table."""
    if not CHROMIUM.exists():
        print(f"No Chromium at {CHROMIUM}: skipped.")
        return
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        print(f"load of the machine, for comparison: {os.getloadavg()[0]:.1f}")
        visits(browser)
        frames(browser)
        browser.close()


def visits(browser: Browser) -> None:
    """First visits to a gallery of twenty cats, the fastest and the middle one."""
    studio = FakeStudio()
    for _ in range(20):
        studio.jobs.request(Request("button"))
        studio.finish_drawing()
    with WebServer(fake_app(studio), "127.0.0.1", 0) as server:
        blank = sorted(visit(browser, server.url + "healthz")[0] for _ in range(VISITS))
        seen = [visit(browser, server.url) for _ in range(VISITS)]
    studio.close()
    print(f"{'ms':<34}{'fastest':>9}{'middle':>9}")
    rows = {
        "first paint of a blank page": blank,
        "first paint of the page": sorted(paint for paint, _, _ in seen),
        "the button can be pressed": sorted(ready for _, ready, _ in seen),
    }
    for name, times in rows.items():
        print(f"{name:<34}{times[0]:9.0f}{times[VISITS // 2]:9.0f}")
    print(f"bytes of a first visit, pictures of twenty cats included: {seen[0][2]:,}")


def visit(browser: Browser, url: str) -> tuple[float, float, int]:
    """First paint and readiness in ms, and bytes over the wire."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sizes: list[float] = []
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    page.goto(url)
    ready = 0.0
    if not url.endswith("healthz"):
        page.wait_for_function(READY, polling=5)
        ready = float(page.evaluate("performance.now()"))
        page.wait_for_timeout(800)  # the pictures
    paint = float(page.wait_for_function(FIRST_PAINT).json_value())
    context.close()
    return paint, ready, int(sum(sizes))


def frames(browser: Browser) -> None:
    """Frames of four seconds while the pen draws 5,000 points."""
    studio = FakeStudio(speed=400, draw=rosette)
    with WebServer(fake_app(studio), "127.0.0.1", 0) as server:
        page: Page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(server.url)
        page.wait_for_function(READY)
        studio.jobs.request(Request("button"))
        studio.run()
        times = page.evaluate(FRAME_TIMES, FRAMES)
        page.close()
    studio.close()
    rate = 1000 * len(times) / sum(times)
    p99 = times[int(len(times) * 0.99)]
    print(f"drawing 5,000 points: {rate:.0f} frames a second, 99 % within {p99:.0f} ms")


if __name__ == "__main__":
    main()
