"""The page in a real Chromium: paints, bytes, slow networks, layout shifts, frames.

Run with ``python -m tests.bench page``. Each visit begins with an empty cache. A blank page of
the same server is given beside it: what the browser itself takes on this machine.
"""

from __future__ import annotations

import math
import os
import tempfile
from itertools import product
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from pi_service.studio.jobs.job import Request
from pi_service.web.access import COOKIE
from pi_service.web.server import WebServer
from tests.conftest import chromium_path
from tests.pi_service.people import staff_token, with_password
from tests.pi_service.web.fake_studio import FakeStudio, fake_app
from tests.pi_service.web.looks import SCREENS, shift
from tests.pi_service.web.open_house import House, open_house

SLOW = {"offline": False, "latency": 150, "downloadThroughput": 5e4, "uploadThroughput": 5e4}
"""400 kbit/s each way, bytes a second; ms to the answer's first byte."""
VIEWS = ("/", "/draw", "/gallery", "/gallery?show=numbers", "/hours", "/login", "/kiosk")
PAGES = ("/", "/draw", "/gallery", "/kiosk", "/login", "/machine")
USEFUL = "() => document.querySelector('.strip-text')?.textContent && performance.now()"
VIEW = """() => {
  const { ariaBusy, childElementCount } = document.querySelector("#view");
  return ariaBusy === null && childElementCount > 0 && performance.now();
}"""
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
    path = chromium_path()
    if path is None:
        print("No Chromium: skipped.")
        return
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        print(f"load of the machine, for comparison: {os.getloadavg()[0]:.1f}")
        visits(browser)
        with tempfile.TemporaryDirectory() as folder:
            doors = with_password(Path(folder) / "doors")
            with open_house(Path(folder) / "house", doors) as house:
                for _ in range(20):
                    house.draw_one()
                token = staff_token(doors)
                slow_network(browser, house, token)
                shifts(browser, house, token)
            doors.close()
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


def slow_network(browser: Browser, house: House, token: str) -> None:
    """First visits to a page that says how the plotter is, and then has its view."""
    names = ("useful, s", "view, s", "requests", "kB")
    print(f"{'at 400 kbit/s, 150 ms':<24}" + "".join(f"{name:>10}" for name in names))
    for language, view in product(("en", "ja"), PAGES):  # the fewest bytes, and the most
        with browser.new_context(locale=language, viewport=SCREENS["short phone"]) as context:
            if view == "/machine":
                context.add_cookies([{"name": COOKIE, "value": token, "url": house.url}])
            useful, view_at, sizes = slow_visit(context, house.url + view)
            figures = f"{useful / 1e3:10.1f}{view_at / 1e3:10.1f}{len(sizes):10}"
            print(f"{language} {view:<21}{figures}{sum(sizes) / 1e3:10.0f}")


def slow_visit(context: BrowserContext, url: str) -> tuple[float, float, list[float]]:
    """How many ms until it is useful and until its view stands, and the bytes of the first."""
    page = context.new_page()
    sizes: list[float] = []
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", SLOW)
    devtools.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    page.goto(url, wait_until="commit")
    useful = float(page.wait_for_function(USEFUL, polling=20).json_value())
    needed = list(sizes)
    return useful, float(page.wait_for_function(VIEW, polling=20).json_value()), needed


def shifts(browser: Browser, house: House, token: str) -> None:
    """Layout shifts of every view that the staff have, on every screen."""
    print(f"{'layout shifts':<24}" + "".join(f"{name:>19}" for name in SCREENS))
    for view in VIEWS:
        row = ""
        for size in SCREENS.values():
            with browser.new_context(viewport=size) as context:
                context.add_cookies([{"name": COOKIE, "value": token, "url": house.url}])
                page = context.new_page()
                page.goto(house.url + view)
                page.wait_for_timeout(800)
                row += f"{shift(page):19.3f}"
        print(f"{view:<24}{row}")


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
