"""The strip: how the plotter is, in a sentence for whoever looks, true at every moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pi_service.studio.jobs.display import Shown
from pi_service.studio.jobs.job import Request
from pi_service.studio.machine.control import Act
from tests.pi_service.web.fake_studio import FakeStudio

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 664}
SENTENCES = """async (words) => {
  const main = document.querySelector("script[src$='main.js']").src;
  const { sentence } = await import(main.replace("main.js", "state.js"));
  await (await import(main.replace("main.js", "i18n.js"))).everySentence();
  const { store } = await import(main.replace("main.js", "store.js"));
  const fact = { code: "machine-unreferenced", params: {} };
  return words.map((state) => [false, true].map((staff) =>
    sentence({ state: { ...store.state, shown: { state, fact } }, link: "live" }, { staff })));
}"""
JARGON = ("Home", "zero", "GPIO", "Press")


def test_only_the_staff_read_what_only_the_staff_can_do(visit: Callable[..., Any]) -> None:
    page: Page = visit(staff=False).page
    held = [Shown.PAUSED, Shown.STOPPED, Shown.NEEDS_PAPER, Shown.NEEDS_SOMEBODY, Shown.FAULT]
    for visitors, staff in page.evaluate(SENTENCES, [str(each) for each in held]):
        assert "Press Home" in staff
        assert not any(word in visitors for word in JARGON), visitors


def test_the_first_screen_of_a_phone_says_how_it_is(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    """What is true stands under the head at every moment, whatever the own drawing does."""
    page: Page = visit(staff=False, viewport=PHONE).page
    text = page.locator(".strip-text")
    expect(text).to_have_text("Ready to draw.")
    page.get_by_role("button", name="Draw a cat").click()
    expect(text).to_have_text("Yours is next: the pen is on its way.")
    studio.advance(20)
    expect(text).to_have_text("Yours is being drawn now.")
    expect(page.locator(".strip-left")).to_contain_text("Stroke 1 of 14")
    studio.act(Act.PAUSE)
    expect(text).to_have_text("A short pause. The pen goes on soon. Yours is on the paper.")
    studio.act(Act.RESUME)
    studio.finish_drawing()
    expect(text).to_have_text("Yours: Cat № 1")
    expect(page.locator("state-strip")).to_be_in_viewport()
    expect(page.get_by_role("link", name="Keep it")).to_have_attribute(
        "href", "/gallery?cat=1"
    )


def test_the_state_comes_with_the_page(visit: Callable[..., Any], studio: FakeStudio) -> None:
    """Also where nothing that the page asks for is answered."""
    studio.jobs.request(Request("button", class_name="owl"))
    studio.advance(20)
    page: Page = visit(staff=False, expected=("Failed to load", "ERR_")).page
    page.route("**/api/**", lambda route: route.abort())
    page.reload()
    expect(page.get_by_role("heading", name="Owl № 1", level=2)).to_be_visible()


def test_a_phone_has_the_views_behind_a_button(visit: Callable[..., Any]) -> None:
    page: Page = visit(staff=False, viewport=PHONE, expected=("404",)).page
    more = page.get_by_role("button", name="Pages Live")
    more.click()
    page.keyboard.press("Escape")
    expect(more).to_be_focused()
    expect(page.get_by_role("link", name="Gallery", exact=True)).to_be_hidden()
    more.click()
    page.get_by_role("link", name="Gallery", exact=True).click()
    expect(page.get_by_role("button", name="Pages Gallery")).to_be_visible()
    expect(page.get_by_role("link", name="Draw with it")).to_be_hidden()


def test_new_paper_asks_while_places_are_free(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    page: Page = visit(expected=("404",)).page
    page.get_by_text("Paper, pen, checks").click()
    page.get_by_role("button", name="New paper is in").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("One place on the sheet is still free.")
    question.get_by_role("button", name="No").click()
    expect(page.get_by_text("Sheet 1: one place is free.")).to_be_visible()
    page.get_by_role("button", name="New paper is in").click()
    question.get_by_role("button", name="New paper is in").click()
    expect(page.get_by_text("Sheet 2: one place is free.")).to_be_visible()
