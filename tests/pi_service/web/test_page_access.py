"""The page for everybody: axe finds nothing, it fits every screen, and it fetches nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pi_service.studio.jobs.job import Request
from pi_service.web.server import WebServer
from tests.pi_service.web.fake_studio import FakeStudio
from tests.pi_service.web.looks import AXE, SCREENS, assert_axe_finds_nothing, assert_it_fits

pytestmark = pytest.mark.browser

AXE_SHA256 = "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c"


def idle(studio: FakeStudio) -> None:
    """Nothing was drawn yet."""


def drawing(studio: FakeStudio) -> None:
    """One cat is done, one is half drawn, two wait."""
    for source in ("button", "page", "schedule", "button"):
        studio.jobs.request(Request(source))
    studio.finish_drawing()
    studio.advance(200)


def trouble(studio: FakeStudio) -> None:
    """A cat broke off, the machine is locked, the paper is full."""
    studio.jobs.request(Request("button"))
    studio.advance(200)
    studio.break_off("The plotter was unplugged.")
    studio.set_machine("locked", "The plotter is locked. Press Home.")
    studio.problems.append("There is no model file; nothing new can be drawn.")


SCENES = [idle, drawing, trouble]


def settled(page: Page) -> Page:
    expect(page.get_by_role("button", name="Draw a cat")).to_be_enabled()
    return page


def test_axe_is_the_one_we_know() -> None:
    assert hashlib.sha256(AXE.read_bytes()).hexdigest() == AXE_SHA256


@pytest.mark.parametrize("scene", SCENES)
def test_axe_finds_nothing_and_it_fits_every_screen(
    visit: Callable[..., Any], studio: FakeStudio, scene: Callable[[FakeStudio], None]
) -> None:
    scene(studio)
    page = settled(visit(reduced_motion="reduce").page)
    assert_axe_finds_nothing(page)
    for screen in SCREENS:
        assert_it_fits(page, [screen])
        assert_buttons_are_at_hand(page)


def assert_buttons_are_at_hand(page: Page) -> None:
    page.mouse.wheel(0, -5000)
    for name in ("Draw a cat", "Pause", "Stop"):
        button = page.get_by_role("button", name=name, exact=True)
        expect(button).to_be_in_viewport(ratio=1)
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    page.mouse.wheel(0, 5000)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("screen", ["phone", "desktop"])
def test_the_last_cat_is_not_hidden_behind_the_buttons(
    visit: Callable[..., Any], studio: FakeStudio, screen: str
) -> None:
    drawing(studio)
    page = settled(visit(viewport=SCREENS[screen]).page)
    link = page.get_by_role("link", name="Cat № 1 as G-code")
    link.focus()
    with page.expect_download():
        link.click()


def test_nothing_is_fetched_from_outside(
    visit: Callable[..., Any], studio: FakeStudio, server: WebServer
) -> None:
    drawing(studio)
    page = visit().page
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    settled(page)
    expect(page.locator(".cat img")).to_have_count(1)
    assert len(asked) > 15
    assert [url for url in asked if not url.startswith(server.url)] == []


def test_the_paper_has_the_shape_of_the_paper(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    studio.paper = (148.0, 210.0)
    page = settled(visit().page)
    for screen in SCREENS.values():
        page.set_viewport_size(screen)
        box = page.locator(".sheet-paper").bounding_box()
        assert box is not None
        assert box["width"] / box["height"] == pytest.approx(148 / 210, abs=0.01)
        assert box["height"] <= screen["height"]
