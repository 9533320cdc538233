"""The page when network or service go away: it tells the truth and needs no reload."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from pi_service.studio.jobs.job import Request
from pi_service.web.server import WebServer
from pi_service.web.streaming import streams_of
from tests.pi_service.web.fake_studio import FakeStudio, fake_app
from tests.pi_service.web.sse import Listening, wait_for

pytestmark = pytest.mark.browser

LOST = "No connection to the plotter."
FAILURES = ("Failed to load resource", "ERR_")


def seeds(page: Page) -> list[str]:
    return [
        text.rpartition("seed ")[2] for text in page.locator(".cat-facts").all_inner_texts()
    ]


@pytest.fixture
def watching(visit: Callable[..., Any]) -> Page:
    """A page that will lose its service, marked so that a reload would show."""
    page: Page = visit(expected=FAILURES).page
    expect(page.get_by_text("Ready to draw.")).to_be_visible()
    page.evaluate("window.sameForAllTheTime = true")
    return page


def test_a_restarted_service_is_shown_as_it_is_now(
    app: Flask, visit: Callable[..., Any]
) -> None:
    old = WebServer(app, "127.0.0.1", 0)
    old.start()
    port = old.port
    page = visit(expected=FAILURES, url=old.url).page
    expect(page.get_by_text("Ready to draw.")).to_be_visible()
    page.evaluate("window.sameForAllTheTime = true")
    old.close()
    expect(page.get_by_text(LOST)).to_be_visible()
    expect(page.get_by_role("button", name="Draw a cat")).to_be_disabled()
    expect(page.get_by_role("button", name="Stop")).to_be_enabled()
    after = FakeStudio()
    after.request(Request("button", seed=77))
    after.finish_drawing()
    after.request(Request("schedule"))
    after.advance(60)
    with WebServer(fake_app(after), "127.0.0.1", port):
        expect(page.get_by_role("heading", name="Cat № 2", level=2)).to_be_visible()
        expect(page.locator(".cat")).to_have_count(1)
        assert seeds(page) == ["77"]
        expect(page.get_by_role("button", name="Draw a cat")).to_be_enabled()
        assert page.evaluate("window.sameForAllTheTime")
        page.context.close()
    after.close()


def test_a_lost_network_is_said_and_comes_back(watching: Page, studio: FakeStudio) -> None:
    watching.context.set_offline(True)
    expect(watching.get_by_text(LOST)).to_be_visible()
    studio.jobs.request(Request("button"))
    studio.advance(100)
    watching.context.set_offline(False)
    expect(watching.get_by_role("heading", name="Cat № 1", level=2)).to_be_visible()
    watching.wait_for_function("() => document.querySelector('live-sheet')?.shownInk > 99.9")
    expect(watching.get_by_text(LOST)).to_be_hidden()
    assert watching.evaluate("window.sameForAllTheTime")


def test_the_pen_does_not_move_on_while_nothing_is_heard(
    watching: Page, studio: FakeStudio
) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(50)
    watching.wait_for_function("() => document.querySelector('live-sheet')?.shownInk > 49.9")
    watching.context.set_offline(True)
    expect(watching.get_by_text(LOST)).to_be_visible()
    studio.advance(200)
    assert watching.evaluate("document.querySelector('live-sheet')?.shownInk") < 50.1
    expect(watching.locator(".strip-left")).not_to_contain_text("left")


def test_a_page_without_a_place_in_the_stream_asks_instead(
    studio: FakeStudio, visit: Callable[..., Any]
) -> None:
    app = fake_app(studio, max_streams=1)
    with WebServer(app, "127.0.0.1", 0) as full:
        with Listening(full.port) as first:
            first.next()
            page = visit(expected=FAILURES, url=full.url).page
            expect(page.get_by_text("Ready to draw.")).to_be_visible()
            page.get_by_role("button", name="Draw a cat").click()
            expect(page.get_by_text("The pen is on its way.")).to_be_visible()
            studio.advance(80)
            expect(page.get_by_role("heading", name="Cat № 1", level=2)).to_be_visible()
            expect(page.get_by_text(LOST)).to_be_hidden()
        page.context.close()


def test_a_page_that_nobody_sees_gives_its_place_back(
    app: Flask, chromium: Browser, server: WebServer, studio: FakeStudio
) -> None:
    page = chromium.new_page()
    page.clock.install()
    page.goto(server.url)
    wait_for(lambda: streams_of(app).open == 1)
    page.evaluate("""() => {
      Object.defineProperty(document, 'hidden', {value: true, configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    }""")
    page.clock.run_for(20_000)
    wait_for(lambda: streams_of(app).open == 0)
    studio.jobs.request(Request("button"))
    page.evaluate("""() => {
      Object.defineProperty(document, 'hidden', {value: false, configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    }""")
    expect(page.get_by_role("heading", name="Waiting for the pen")).to_be_visible()
    page.close()


def test_a_request_into_the_void_is_said(watching: Page) -> None:
    watching.route("**/api/v1/jobs", lambda route: route.abort())
    watching.get_by_role("button", name="Draw a cat").click()
    expect(watching.get_by_text("The plotter's computer does not answer.")).to_be_visible()


def test_repeating_a_request_that_got_lost_makes_one_cat(
    watching: Page, studio: FakeStudio
) -> None:
    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    watching.route("**/api/v1/jobs", lose_the_answer)
    watching.get_by_role("button", name="Draw a cat").click()
    expect(watching.get_by_text("does not answer")).to_be_visible()
    watching.unroute("**/api/v1/jobs")
    watching.get_by_role("button", name="Draw a cat").click()
    expect(watching.get_by_text("The pen is on its way.")).to_be_visible()
    assert len(studio.asked) == 2
    assert len(studio.jobs.latest()) == 1
