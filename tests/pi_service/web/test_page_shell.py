"""What stands around every view: menu, Stop, state, language; and the way between views."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from playwright.sync_api import Request as PageRequest

from pi_service.studio.jobs.job import Request
from pi_service.web.pages import VIEWS
from pi_service.web.server import WebServer
from pi_service.web.streaming import streams_of
from tests.pi_service.web.fake_studio import FakeStudio, fake_app

pytestmark = pytest.mark.browser

NOT_THERE = ("404 (NOT FOUND)",)
"""The made-up studio has neither history nor hours."""


def test_going_between_views_keeps_the_page_and_its_line(
    visit: Callable[..., Any], studio: FakeStudio, app: Flask
) -> None:
    page: Page = visit(expected=NOT_THERE).page
    expect(page.get_by_text("Ready to draw.")).to_be_visible()
    page.evaluate("window.sameForAllTheTime = true")
    page.get_by_role("link", name="Gallery", exact=True).click()
    expect(page).to_have_title("Gallery · catplotter")
    expect(page.get_by_role("heading", name="Gallery", level=1)).to_be_focused()
    current = page.get_by_role("navigation").locator("[aria-current=page]")
    expect(current).to_have_text("Gallery")
    studio.jobs.request(Request("button"))
    studio.advance(100)
    expect(page.locator(".strip-text")).to_have_text("Drawing.")
    assert streams_of(app).open == 1
    page.go_back()
    expect(page.get_by_role("heading", name="Cat № 1", level=2)).to_be_visible()
    page.wait_for_function("() => document.querySelector('live-sheet').shownInk > 99.9")
    expect(page).to_have_title("Cat № 1 · catplotter")
    assert page.evaluate("window.sameForAllTheTime")
    assert streams_of(app).open == 1


@pytest.mark.parametrize("path", [path for path in VIEWS if path != "/kiosk"])
def test_stop_is_one_press_on_every_view(
    visit: Callable[..., Any], studio: FakeStudio, server: Any, path: str
) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(100)
    url = server.url.rstrip("/") + path
    page: Page = visit(url=url, staff=False, expected=NOT_THERE).page
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    assert studio.jobs.get(1).state == "interrupted"


def test_a_visitor_has_what_visitors_may_do(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    page: Page = visit(staff=False).page
    expect(page.locator(".menu-link")).to_have_text(["Live", "Draw with it", "Gallery"])
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    studio.jobs.request(Request("button"))
    studio.jobs.request(Request("page"))
    studio.advance(40)
    expect(page.get_by_role("button", name="Draw a cat")).to_be_enabled()
    expect(page.get_by_role("button", name="Stop")).to_be_enabled()
    expect(page.locator("waiting-line li")).to_have_count(1)
    for name in ("Pause", "Take out A cat, job 2"):
        expect(page.get_by_role("button", name=name)).to_be_hidden()


def test_the_browsers_language_counts_until_one_is_chosen(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    page: Page = visit(locale="fr-CH").page
    expect(page.get_by_role("button", name="Dessiner un chat")).to_be_enabled()
    expect(page.get_by_text("Prêt à dessiner.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.get_by_role("link", name="Galerie", exact=True)).to_be_visible()
    page.get_by_label("Langue").select_option("English")
    expect(page.get_by_role("button", name="Draw a cat")).to_be_enabled()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.reload()
    expect(page.get_by_role("button", name="Draw a cat")).to_be_enabled()
    expect(page.get_by_label("Language")).to_have_value("en")


@pytest.mark.parametrize(
    "missing", ["js/views/gallery.js", "js/gallery/cats.js", "css/gallery.css"]
)
def test_a_view_that_cannot_be_fetched_is_said_and_tried_again(
    visit: Callable[..., Any], missing: str
) -> None:
    """Whatever is missing, and also by a browser that asks once in a page's life for it."""
    page: Page = visit(expected=(*NOT_THERE, "Failed to load", "ERR_")).page
    expect(page.get_by_text("Ready to draw.")).to_be_visible()
    loaded: list[PageRequest] = []
    page.on("request", lambda r: loaded.append(r) if r.is_navigation_request() else None)
    page.route(f"**/{missing}", lambda r: r.continue_() if loaded else r.abort())
    page.get_by_role("link", name="Gallery", exact=True).click()
    expect(page.get_by_text("This page could not be loaded.")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Gallery", level=1)).to_be_focused()
    expect(page.get_by_text("This page could not be loaded.")).to_be_visible()
    page.context.set_offline(False)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_label("Number or seed")).to_be_visible()


def test_the_kiosk_shows_and_asks_for_nothing(
    visit: Callable[..., Any], studio: FakeStudio, server: Any
) -> None:
    studio.jobs.request(Request("button"))
    studio.finish_drawing()
    studio.jobs.request(Request("button"))
    studio.advance(100)
    page: Page = visit(url=server.url + "kiosk", staff=False).page
    expect(page.get_by_role("heading", name="Cat № 2", level=1)).to_be_visible()
    expect(page.get_by_text("Press the button. The next cat will be yours.")).to_be_visible()
    expect(page.locator(".kiosk-cat")).to_have_text(["Cat № 1"])
    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("link")).to_have_count(0)
    page.goto(server.url + "kiosk?draw")
    page.get_by_role("button", name="Draw a cat").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    assert len(studio.asked) == 3


def test_the_kiosks_camera_follows_the_drawing_and_a_code_leads_phones_here(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    page: Page
    app = fake_app(studio, url=lambda: "http://gallery.local:8080/")
    studio._draw = lambda *_: [[[20.0, 20.0], [60.0, 20.0]], [[60.0, 20.0], [60.0, 50.0]]]
    with WebServer(app, "127.0.0.1", 0) as server:
        gone = ("Failed to load", "ERR_")  # the server, at the end
        page = visit(url=server.url + "kiosk", staff=False, expected=gone).page
        expect(page.locator(".kiosk-door")).to_contain_text("gallery.local:8080")
        studio.jobs.request(Request("button"))
        studio.advance(10)
        near = "Number(document.querySelector('.sheet-seen').style.getPropertyValue('--near'))"
        page.wait_for_function(f"() => {near} > 2.9")
        ends = page.evaluate("""() => {
          const paper = document.querySelector('.sheet-paper').getBoundingClientRect();
          const seen = document.querySelector('.sheet-seen').getBoundingClientRect();
          return [seen.left <= paper.left, seen.bottom >= paper.bottom];
        }""")
        assert ends == [True, True]  # never beside the paper
        studio.finish_drawing()
        page.wait_for_function(f"() => {near} === 1")


def test_a_kiosk_of_weeks_remembers_a_few_cats_only(
    visit: Callable[..., Any], studio: FakeStudio, server: Any
) -> None:
    studio.speed = 5000
    page: Page = visit(url=server.url + "kiosk", staff=False).page
    expect(page.get_by_text(re.compile("Press the button"))).to_be_visible()
    for _ in range(60):
        studio.jobs.request(Request("button"))
        studio.finish_drawing()
    expect(page.get_by_role("heading", name="Cat № 60", level=1)).to_be_visible()
    store = page.evaluate("""async () => {
      const main = document.querySelector('script[type=module]').src;
      const {store} = await import(main.replace('main.js', 'store.js'));
      return [store.state.history.length, document.querySelectorAll('.kiosk-cat').length];
    }""")
    assert store == [24, 6]
