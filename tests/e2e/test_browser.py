"""A visitor in a real browser, the real service, a simulated plotter: the main job, whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from gpiozero.pins.mock import MockFactory
from playwright.sync_api import expect

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.service import Service, ServiceConfig

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
FINISH_MS = 60_000


def test_a_visitor_presses_watches_and_keeps_the_cat(
    chromium: Browser, tmp_path: Path
) -> None:
    config = ServiceConfig(
        data=tmp_path,
        profile=Profile.load("simulated"),
        paper=Paper.named("A5"),
        find_port=None,
        speed=8.0,
        http_port=0,
        pin_factory=MockFactory(),
    )
    with Service(config) as service, chromium.new_context(accept_downloads=True) as context:
        page = context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(service.web.url)
        expect(page.get_by_text("Ready to draw.")).to_be_visible(timeout=FINISH_MS)
        page.get_by_role("button", name="Draw a cat").click()
        page.wait_for_function(
            "() => document.querySelector('live-sheet').shownInk > 5", timeout=FINISH_MS
        )
        page.wait_for_selector("cat-gallery .cat-links", timeout=FINISH_MS)
        for name, suffix, begins in (("SVG", ".svg", "<svg"), ("G-code", ".gcode", "G")):
            with page.expect_download() as download:
                page.get_by_role("link", name=f" as {name}").click()
            assert download.value.path().read_text().startswith(begins)
            assert download.value.suggested_filename.endswith(suffix)
        assert wrong == []
        assert [job.state for job in service.studio.jobs.latest()] == ["done"]
