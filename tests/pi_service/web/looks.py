"""How every page is looked at: in both themes, on every screen, with axe."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize

AXE = Path(__file__).with_name("vendor") / "axe.min.js"  # axe-core 4.14.1, MPL-2.0
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SCREENS: dict[str, ViewportSize] = {
    "phone": {"width": 390, "height": 844},
    "small phone": {"width": 320, "height": 568},
    "tablet": {"width": 820, "height": 1180},
    "desktop": {"width": 1440, "height": 900},
    "wall": {"width": 2560, "height": 1440},
}


def assert_it_fits(page: Page, screens: Iterable[str] = SCREENS) -> None:
    """Nothing is cut off to the right on any of these screens."""
    for screen in screens:
        page.set_viewport_size(SCREENS[screen])
        width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, f"{screen} is too narrow for it"


def assert_axe_finds_nothing(
    page: Page, screens: Iterable[str] = ("phone", "desktop")
) -> None:
    """No rule of accessibility is broken in either theme."""
    page.evaluate(AXE.read_text())
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        for screen in screens:
            page.set_viewport_size(SCREENS[screen])
            found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            violations = [
                (broken["id"], [node["failureSummary"] for node in broken["nodes"]])
                for broken in found["violations"]
            ]
            assert violations == [], f"{theme}, {screen}"
