"""A whole service with a simulated plotter, for those who work at the machine in a browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import click
from gpiozero.pins.mock import MockFactory
from playwright.sync_api import Browser, BrowserContext, Page, expect

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from pi_service.cli.serve_options import listed, settings_options
from pi_service.service import Service, ServiceConfig
from pi_service.studio.access.access import Access
from pi_service.studio.core.settings import StudioSettings
from pi_service.web.access import COOKIE
from tests.pi_service.people import PHRASE, QuickHasher
from tests.pi_service.studio.gallery import eventually

WAIT_MS = 30_000.0
"""Within this time the page tells what is so."""
Open = Callable[..., Page]
WITH_BED = frozenset({"", "drawing"})
"""Parts of the maker's view that show the bed."""


@click.command()
@settings_options(StudioSettings, "studio")
def options(studio: dict[str, object]) -> None:
    """The part of `catplotter serve` whose settings the studio declares."""


with options.make_context("serve", ["--pen-metres", "250", "--no-caption"]) as parsed:
    OPTIONS = listed(parsed)


class House:
    """A service whose machine is ready, and what is behind its port."""

    def __init__(self, service: Service, folder: Path) -> None:
        assert service.access is not None
        assert service.workshop is not None
        assert service.simulated is not None
        self.service, self.folder = service, folder
        self.workshop = service.workshop
        self.plotter: PtyMachine = service.simulated
        self.url = service.web.url.rstrip("/")
        service.access.reset_password(PHRASE)
        self._token = service.access.log_in(PHRASE, "127.0.0.1")

    @property
    def place(self) -> tuple[float, float, float]:
        """Where the pen is when nothing moves any more, mm."""
        self.stand()
        x, y, z = self.workshop.view()["details"]["work"]
        return x, y, z

    def stand(self) -> None:
        """Wait until nothing moves."""

        def moves() -> bool:
            view = self.workshop.view()
            return bool(view["busy"] or view["details"]["moving"])

        eventually(lambda: not moves(), timeout=20)

    def let_in(self, context: BrowserContext) -> None:
        """Have whoever looks through it be the staff."""
        context.add_cookies([{"name": COOKIE, "value": self._token, "url": self.url}])


@contextmanager
def opened(folder: Path, *, speed: float, **config: Any) -> Iterator[House]:
    """A house whose plotter is homed and ready; `config` as of the service."""
    wanted = ServiceConfig(
        data=folder,
        profile=Profile.load("simulated"),
        paper=Paper.named("A6"),
        find_port=None,
        speed=speed,
        http_port=0,
        pin_factory=MockFactory(),
        listed=OPTIONS,
        **config,
    )
    with patch("pi_service.service.Access", partial(Access, hasher=QuickHasher())):
        made_ready = Service(wanted)
    with made_ready as service:
        made = House(service, folder)
        eventually(lambda: made.workshop.view()["state"] == "ready", timeout=60)
        yield made


@contextmanager
def visits(chromium: Browser, house: House) -> Iterator[Open]:
    """Opens a part of the maker's view; what a page complains about fails the test."""
    contexts, complaints = [], list[str]()

    def open_page(part: str = "", **options: object) -> Page:
        size = {"width": 1440, "height": 900}
        context = chromium.new_context(**{"viewport": size, **options})  # type: ignore[arg-type] # as the caller has it
        contexts.append(context)
        house.let_in(context)
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{house.url}/machine" + (f"?show={part}" if part else ""))
        expect(page.locator(".state-word")).to_have_text("ready", timeout=WAIT_MS)
        if part in WITH_BED:
            page.wait_for_function("() => document.querySelector('bed-view')?.reach != null")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
