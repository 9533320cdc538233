"""Pictures of every page in every size and theme, of a real service with real cats.

Run with ``python -m tests.pi_service.web.screenshots FOLDER``; ``--only gallery`` takes one
page, ``--language fr`` another language. The cats are the model's, drawn by a simulated
plotter; the days on which they were drawn are made up, for the statistics.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from gpiozero.pins.mock import MockFactory
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.service import Service, ServiceConfig
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import JobState, Request
from pi_service.web.access import COOKIE
from tests.conftest import CHROMIUMS
from tests.pi_service.web.looks import SCREENS

THEMES = ("light", "dark")
OTHERS = ("owl", "fish", "bicycle")
ON_THE_SHEET, BEING_DRAWN = (3, 26), (25, 24)
"""Seeds of the cats that are seen large."""
SEEDS = [*(set(range(28)) - {*ON_THE_SHEET, *BEING_DRAWN}), *ON_THE_SHEET]
PASSWORD = "nine lives, nine pens"  # noqa: S105 (of a service that lives for a minute)
SETTLE_MS = 900


def pictured() -> dict[str, tuple[str, Callable[[Page], None]]]:
    """Name of each picture, its address, and what is done before it is taken."""
    return {
        "live": ("/", lambda page: page.wait_for_selector(".track:not([hidden]), .cat img")),
        "draw": ("/draw", begin_to_draw),
        "gallery": ("/gallery", lambda page: page.wait_for_selector(".cat img")),
        "cat": ("/gallery", open_first_cat),
        "numbers": ("/gallery?show=numbers", lambda page: page.wait_for_selector(".chart")),
        "hours": ("/hours", settle),
        "machine": ("/machine", meet_the_machine),
        **{
            f"machine-{part}": (f"/machine?show={part}", meet_the_machine)
            for part in ("drawing", "calibration", "settings", "computer")
        },
        "login": ("/login", settle),
        "kiosk": ("/kiosk", settle),
    }


def settle(page: Page) -> None:
    """Nothing in particular is waited for."""


def meet_the_machine(page: Page) -> None:
    page.wait_for_selector(".state-word:not(:empty)")


def begin_to_draw(page: Page) -> None:
    page.locator(".draw-beginning").first.click()
    page.wait_for_selector(".choice >> nth=1")


def open_first_cat(page: Page) -> None:
    page.locator(".cat-open").first.click()
    page.wait_for_selector("dialog[open] img")


def main() -> None:
    """Take them all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="append", choices=list(pictured()))
    parser.add_argument("--language", default="en")
    parser.add_argument("--size", action="append", choices=list(SCREENS))
    parser.add_argument("--gallery", type=Path, help="keep the cats here for the next time")
    words = parser.parse_args()
    words.folder.mkdir(parents=True, exist_ok=True)
    chromium = next(path for path in CHROMIUMS if Path(path).exists())
    with exhibition(words.gallery) as service, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        sizes = words.size or list(SCREENS)
        for name in words.only or pictured():
            for path in take(browser, service, name, sizes, words.language):
                path.replace(words.folder / path.name)
                print(words.folder / path.name)
        browser.close()


@contextmanager
def exhibition(kept: Path | None) -> Iterator[Service]:
    """A service with cats on the wall, one on the paper, hours and a timetable."""
    with tempfile.TemporaryDirectory() as folder:
        past = Path(folder) / "past" if kept is None else kept
        if not past.exists():
            with Service(config(past, speed=200.0)) as service:
                draw_many(service)
            spread_over_days(past / "catplotter.db")
        shutil.copytree(past, Path(folder) / "now")
        with Service(config(Path(folder) / "now", speed=1.0)) as service:
            furnish(service)
            yield service


def config(folder: Path, speed: float) -> ServiceConfig:
    return ServiceConfig(
        data=folder,
        profile=Profile.load("simulated"),
        paper=Paper.named("A5", landscape=True),
        find_port=None,
        speed=speed,
        http_port=0,
        pin_factory=MockFactory(),
        settings=StudioSettings(columns=2, rows=2, caption=False),
    )


def draw_many(service: Service) -> None:
    """Cats, with a few other things among them."""
    studio = service.studio
    kinds = ["cat"] * len(SEEDS)
    for i, other in enumerate(OTHERS):
        kinds[5 + 8 * i] = other
    for number, (kind, seed) in enumerate(zip(kinds, SEEDS, strict=True)):
        sheet = studio.snapshot()["sheet"]
        if sheet is None or sheet["free"] == 0:
            studio.sheets.new_sheet()
        source = ("button", "page", "schedule")[number % 3]
        job = studio.jobs.request(Request(source, class_name=kind, seed=seed))
        wait_until(partial(is_done, service, job.id))
        if number in {2, 9, 17, 24}:
            studio.history.mark(job.id, favourite=True)


def is_done(service: Service, job_id: int) -> bool:
    return service.studio.jobs.get(job_id).state == JobState.DONE


def spread_over_days(path: Path) -> None:
    """Move what was drawn in this minute over the days of a month."""
    hand = random.Random(4)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        jobs = database.execute("SELECT id FROM jobs ORDER BY id DESC").fetchall()
        past = 600.0
        for (job,) in jobs:
            past += hand.choice((1500.0, 4000.0, 20_000.0, 90_000.0, 170_000.0))
            took = hand.uniform(45, 160)
            database.execute(
                "UPDATE jobs SET requested_at = requested_at - ?, started_at = started_at - ?,"
                " ended_at = started_at - ? + ?, seconds_drawn = ? WHERE id = ?",
                (past, past, past, took, took, job),
            )


def furnish(service: Service) -> None:
    """Hours, a timetable, and a cat that is being drawn while another waits."""
    assert service.access is not None
    service.access.reset_password(PASSWORD)
    calendar = service.studio.calendar
    week = dict.fromkeys(("tue", "wed", "thu", "fri", "sat"), "09:00-24:00")
    calendar.set_hours(
        {
            **week,
            "mon": "00:00-24:00",
            "sun": "00:00-24:00",
            "closed": ["2026-12-25"],
            "dates": {"2026-12-24": "10:00-14:00"},
            "quiet": ["sun 10:00-11:00"],
        }
    )
    calendar.add("daily at 14:00, 16:30")
    calendar.add("every 20 minutes", class_name="owl")
    calendar.add("on sat, sun at 11:00")
    for seed in BEING_DRAWN:
        service.studio.jobs.request(Request("page", seed=seed))


def wait_until(is_so: Callable[[], bool], within_s: float = 120.0) -> None:
    end = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError("The simulated plotter is too slow.")
        time.sleep(0.02)


def take(
    browser: Browser, service: Service, name: str, sizes: list[str], language: str
) -> Iterator[Path]:
    """Pictures of one page; they lie in a folder for passing use."""
    address, prepare = pictured()[name]
    for size in sizes:
        with browser.new_context(viewport=SCREENS[size], locale=language) as context:
            page = signed_in(context, service)
            page.goto(service.web.url.rstrip("/") + address)
            prepare(page)
            for theme in THEMES:
                page.emulate_media(color_scheme="light" if theme == "light" else "dark")
                page.wait_for_timeout(SETTLE_MS)
                picture = f"{name}-{size}-{theme}.png".replace(" ", "-")
                path = Path(tempfile.gettempdir()) / picture
                page.screenshot(path=path)
                yield path


def signed_in(context: BrowserContext, service: Service) -> Page:
    """A page of the staff's."""
    context.set_default_timeout(120_000)
    assert service.access is not None
    token = service.access.log_in(PASSWORD, "127.0.0.1")
    context.add_cookies([{"name": COOKIE, "value": token, "url": service.web.url}])
    return context.new_page()


if __name__ == "__main__":
    main()
