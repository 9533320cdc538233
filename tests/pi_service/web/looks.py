"""How every page is looked at: in both themes, on every screen, with axe."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize

AXE = Path(__file__).with_name("vendor") / "axe.min.js"  # axe-core 4.14.1, MPL-2.0
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
SCREENS: dict[str, ViewportSize] = {
    "phone": {"width": 390, "height": 844},
    "short phone": {"width": 390, "height": 664},
    "phone on its side": {"width": 664, "height": 390},
    "small phone": {"width": 320, "height": 568},
    "tablet": {"width": 820, "height": 1180},
    "desktop": {"width": 1440, "height": 900},
    "wall": {"width": 2560, "height": 1440},
    "4K": {"width": 3840, "height": 2160},
    "upright kiosk": {"width": 1080, "height": 1920},
}
ABOUT_COLOURS = ["color-contrast", "link-in-text-block"]
"""The rules of axe, of those that are on, that look at colours (tag ``cat.color``)."""
MOST_SHIFT = 0.05
"""Half of what web.dev calls good."""
TAP_PX = 48
"""What a finger meets (Material Design, web.dev)."""
_SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const each of list.getEntries()) sum += each.hadRecentInput ? 0 : each.value;
  }).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 100);
})"""
_SMALL = """(least) => [...document.querySelectorAll("a, button, input, select, summary")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }))
  .map((each) => [each, (each.closest("label") ?? each).getBoundingClientRect()])
  .filter(([each, { width }]) => width > 1 && !each.closest(".skip, p:not(.cat-links)"))
  .filter(([, { width, height }]) => Math.min(width, height) < least - 0.5)
  .map(([each, { width, height }]) => `${each.outerHTML.slice(0, 80)} ${width} x ${height}`)"""

_CUT_OFF = """() => {
  document.documentElement.style.fontSize = "200%";
  const cutOff = [".mast .button-stop", ".menu-current"].filter((part) => {
    const found = document.querySelector(part);
    const { x, y, right, bottom, width } = found.getBoundingClientRect();
    return x < 0 || y < 0 || right > innerWidth || bottom > innerHeight || width < 40;
  });
  const name = document.querySelector(".menu-current");
  const words = name.textContent.includes(" ");
  if (words && name.scrollWidth > name.clientWidth) cutOff.push("the view's name");
  if (document.documentElement.scrollWidth > innerWidth) cutOff.push("something to the right");
  document.documentElement.style.fontSize = "";
  return cutOff;
}"""


def assert_it_fits(page: Page, screens: Iterable[str] = SCREENS) -> None:
    """Nothing is cut off to the right on any of these screens."""
    for screen in screens:
        page.set_viewport_size(SCREENS[screen])
        width = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert width <= 0, f"{screen} is too narrow for it"


def assert_axe_finds_nothing(
    page: Page, screens: Sequence[str] = ("phone", "desktop")
) -> None:
    """No rule of accessibility is broken in either theme: in the dark one, none about colours.

    Themes have the same words and the same places; only colours are others, and they are the
    same on every screen.
    """
    page.evaluate(AXE.read_text())
    for theme in THEMES:
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        rules = {"runOnly": ABOUT_COLOURS} if theme == "dark" else {}
        for screen in screens[-1:] if rules else screens:
            page.set_viewport_size(SCREENS[screen])
            options = {"resultTypes": ["violations"], **rules}
            found = page.evaluate("(options) => axe.run(document, options)", options)
            violations = [
                (broken["id"], [node["failureSummary"] for node in broken["nodes"]])
                for broken in found["violations"]
            ]
            assert violations == [], f"{theme}, {screen}"


def shift(page: Page) -> float:
    """How much has moved by itself since the page began to load (all layout shifts, added)."""
    return float(page.evaluate(_SHIFT))


def assert_fingers_meet_it(page: Page) -> None:
    """Whatever can be pressed is large enough; links within sentences may be as they are."""
    small = page.evaluate(_SMALL, TAP_PX)
    assert small == [], small


def assert_large_text_is_usable(page: Page) -> None:
    """With text of twice the size all is within the screen, and the menu says where we are."""
    cut_off = page.evaluate(_CUT_OFF)
    assert cut_off == [], cut_off
