"""The page for whoever looks after the machine: pause, stop, trouble, the queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pi_service.studio.jobs.job import Request
from pi_service.studio.machine.control import Act
from tests.pi_service.web.fake_studio import FakeStudio

pytestmark = pytest.mark.browser


def test_pause_and_go_on(page: Page, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(40)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused, the pen is up.")).to_be_visible()
    assert studio.machine_state == "paused"
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("Drawing.", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_enabled()


def test_a_refusal_is_said_in_the_studios_words(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    page = visit(expected=("409",)).page
    studio.full_at = 0
    page.get_by_role("button", name="Draw a cat").click()
    expect(
        page.get_by_text("The queue is full; try again when a cat is done.")
    ).to_be_visible()


def test_the_queue_shows_places_and_lets_go(page: Page, studio: FakeStudio) -> None:
    for source in ("button", "schedule", "page"):
        studio.jobs.request(Request(source))
    studio.advance(10)
    places = page.locator("waiting-line li")
    expect(places).to_have_count(2)
    expect(places.first).to_contain_text("from the timetable")
    page.get_by_role("button", name="Draw a cat").click()
    expect(page.get_by_text("Yours is 3rd in line.")).to_be_visible()
    page.get_by_role("button", name="Take out A cat, job 3").click()
    expect(page.get_by_text("Yours is 2nd in line.")).to_be_visible()
    expect(places).to_have_count(2)


def test_no_plotter_is_said_plainly(page: Page, studio: FakeStudio) -> None:
    sentence = "No plotter is connected. Plug it in and switch it on."
    studio.set_machine("absent", sentence)
    expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.get_by_role("button", name="Draw a cat")).to_be_enabled()
    studio.machine.act(Act.HOME)
    expect(page.get_by_text(sentence)).to_be_hidden()
    expect(page.get_by_text("Ready to draw.")).to_be_visible()


@pytest.mark.parametrize("button", ["Home", "Unlock"])
def test_a_locked_machine_is_freed_from_the_page(
    page: Page, studio: FakeStudio, button: str
) -> None:
    studio.set_machine("locked", "The plotter is locked. Press Home.")
    page.get_by_role("button", name=button).click()
    expect(page.get_by_text("Ready to draw.")).to_be_visible()
    expect(page.get_by_role("button", name=button)).to_have_count(0)


def test_every_problem_has_its_place(page: Page, studio: FakeStudio) -> None:
    studio.trouble("There is no model file; run make train.", "The button is not connected.")
    for problem in studio.problems:
        expect(page.get_by_text(problem)).to_be_visible()


def test_a_broken_off_cat_is_finished_or_let_go(page: Page, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(350)
    studio.break_off("The plotter was unplugged.")
    notice = page.get_by_text("Cat № 1 broke off after 1 of 14 strokes. The plotter was")
    expect(notice).to_be_visible()
    page.get_by_role("button", name="Finish it").click()
    expect(notice).to_be_hidden()
    assert studio.jobs.get(1).state == "waiting"
    studio.advance(10)
    studio.break_off("Again.")
    page.get_by_role("button", name="Let it go").click()
    expect(page.get_by_text("Again.")).to_be_hidden()
    assert studio.jobs.get(1).state == "cancelled"


def test_status_is_announced_but_not_every_stroke(page: Page, studio: FakeStudio) -> None:
    live = page.locator("[role=status], [aria-live=polite]")
    studio.jobs.request(Request("button"))
    studio.advance(40)
    expect(page.get_by_text("Stroke 1 of 14")).to_be_visible()
    assert "Stroke" not in "".join(live.all_inner_texts())
    assert "Drawing." in "".join(live.all_inner_texts())
