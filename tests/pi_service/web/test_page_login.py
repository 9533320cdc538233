"""The staff's way in, in a real browser: the first password, logging in, what is then open."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from pi_service.studio.access.access import Access
from pi_service.studio.jobs.job import Request
from pi_service.web.server import WebServer
from tests.pi_service.people import PHRASE, QuickHasher
from tests.pi_service.web.fake_studio import FakeStudio, fake_app
from tests.pi_service.web.looks import assert_axe_finds_nothing, assert_it_fits

pytestmark = pytest.mark.browser

REFUSED = ("401", "403", "404", "409", "400")


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Access]:
    """No password was set yet. Name it before ``visit``: it is served until that ends."""
    made = Access(tmp_path / "fresh", hasher=QuickHasher())
    yield made
    made.close()


@pytest.fixture
def fresh_server(studio: FakeStudio, fresh: Access) -> Iterator[WebServer]:
    app: Flask = fake_app(studio, doors=fresh)
    with WebServer(app, "127.0.0.1", 0) as running:
        yield running


def looked_at(page: Page) -> None:
    page.emulate_media(reduced_motion="reduce")
    assert_it_fits(page)
    assert_axe_finds_nothing(page)


def test_the_first_run_ends_with_a_password(
    fresh_server: WebServer, fresh: Access, visit: Callable[..., Any]
) -> None:
    url = f"{fresh_server.url}login?token={fresh.setup_token}"
    page: Page = visit(url=url, staff=False, expected=REFUSED).page
    expect(page.get_by_role("heading", name="Choose a password")).to_be_visible()
    expect(page).to_have_url(f"{fresh_server.url}login")  # nobody finds the token later
    looked_at(page)
    field = page.get_by_label("New password")
    expect(field).to_be_focused()
    field.fill("password")
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_role("alert").get_by_text("first to be tried")).to_be_visible()
    page.get_by_label("Show what I type").check()
    expect(field).to_have_attribute("type", "text")
    field.fill(PHRASE)
    field.press("Enter")
    expect(page.get_by_role("heading", name="Next: name your plotter")).to_be_focused()
    expect(page.get_by_text("--profile z-pen")).to_be_visible()
    looked_at(page)
    page.get_by_role("link", name="To the page", exact=True).click()
    expect(page).to_have_url(fresh_server.url)
    expect(page.get_by_role("link", name="Machine")).to_be_visible()
    assert fresh.log_in(PHRASE, "")


def test_without_the_link_the_token_is_asked_for(
    fresh_server: WebServer, fresh: Access, visit: Callable[..., Any]
) -> None:
    url = f"{fresh_server.url}machine"
    page: Page = visit(url=url, staff=False, expected=REFUSED).page
    expect(page.get_by_text("catplotter access token")).to_be_visible()
    looked_at(page)
    page.get_by_label("Set-up token").fill("guessed")
    page.get_by_label("New password").fill(PHRASE)
    page.get_by_role("button", name="Set the password").click()
    expect(page.get_by_text("That is not the set-up token.")).to_be_visible()
    page.get_by_label("Set-up token").fill(f" {fresh.setup_token}\n")
    page.get_by_label("New password").fill(PHRASE)
    page.get_by_role("button", name="Set the password").click()
    page.get_by_role("link", name="To the page", exact=True).click()
    expect(page).to_have_url(f"{fresh_server.url}machine")


def test_who_wants_in_comes_where_they_wanted_to(
    visit: Callable[..., Any], server: WebServer
) -> None:
    page: Page = visit(url=f"{server.url}hours", staff=False, expected=REFUSED).page
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    looked_at(page)
    field = page.get_by_label("Password", exact=True)
    field.fill("guessed")
    field.press("Enter")
    expect(page.get_by_text("That is not the password.")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    field.fill(PHRASE)
    field.press("Enter")
    expect(page).to_have_url(f"{server.url}hours")


def test_a_link_leads_nowhere_else_after_logging_in(
    visit: Callable[..., Any], server: WebServer
) -> None:
    page: Page = visit(staff=False).page
    for next_ in ("https://evil.example/", "//evil.example", "javascript:1", "/login"):
        page.context.clear_cookies()
        page.goto(f"{server.url}login?next={next_}")
        page.get_by_label("Password", exact=True).fill(PHRASE)
        page.get_by_role("button", name="Log in").click()
        expect(page).to_have_url(re.compile(f"^{server.url}(?!login)"))
        expect(page.get_by_role("button", name="Draw a cat")).to_be_visible()


def test_visitors_are_offered_what_they_may_do(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(40)
    page: Page = visit(staff=False).page
    expect(page.get_by_role("button", name="Draw a cat")).to_be_enabled()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    expect(page.get_by_role("link", name="Machine")).to_have_count(0)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("stopped after").first).to_be_visible()
    expect(page.get_by_role("button", name="Go on")).to_have_count(0)
    assert studio.jobs.get(1).state == "interrupted"


def test_a_session_that_is_over_leads_to_the_way_in_and_back(
    visit: Callable[..., Any], studio: FakeStudio, doors: Access
) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(40)
    page: Page = visit(expected=REFUSED).page
    expect(page.get_by_role("button", name="Pause")).to_be_enabled()
    doors.log_out_everywhere()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    page.get_by_role("link", name="Log in").click()
    page.get_by_label("Password", exact=True).fill(PHRASE)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("button", name="Pause")).to_be_enabled()


def test_the_account(visit: Callable[..., Any], server: WebServer, doors: Access) -> None:
    page: Page = visit(expected=REFUSED).page
    page.get_by_role("link", name="Account").click()
    expect(page.get_by_role("heading", name="You are logged in")).to_be_visible()
    page.get_by_label("Name", exact=True).fill("Home Assistant")
    page.get_by_role("button", name="Make a key").click()
    secret = page.locator(".key-secret").inner_text()
    owner = doors.keys.owner(secret)
    assert owner is not None
    assert owner.is_staff
    looked_at(page)
    page.get_by_role("button", name="Revoke Home Assistant").click()
    expect(page.get_by_text("There is none yet.")).to_be_visible()
    expect(page.locator(".key-secret")).to_have_count(0)
    assert doors.keys.owner(secret) is None
    page.get_by_label("Password until now").fill(PHRASE)
    page.get_by_label("New password").fill("eight sleepy cats")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The password is changed.")).to_be_visible()
    assert doors.log_in("eight sleepy cats", "")
    page.get_by_role("button", name="Log out everywhere").click()
    expect(page).to_have_url(server.url)
    expect(page.get_by_role("link", name="Log in")).to_be_visible()


def test_it_is_in_french_too(visit: Callable[..., Any], server: WebServer) -> None:
    url = f"{server.url}login"
    page: Page = visit(url=url, staff=False, locale="fr-FR", expected=REFUSED).page
    page.get_by_label("Mot de passe", exact=True).fill("deviné")
    page.get_by_role("button", name="Se connecter").click()
    expect(page.get_by_text("Ce n’est pas le mot de passe.")).to_be_visible()
