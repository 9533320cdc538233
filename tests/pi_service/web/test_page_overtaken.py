"""Answers of the service that come late: what was told or asked since then is newer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from firmware_gcode.grbl.events import LinkState
from pi_service.studio.access.access import Access
from pi_service.studio.jobs.job import JobState, Request
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.web.held import Held
from tests.pi_service.web.open_house import House, open_house

pytestmark = pytest.mark.browser

Shown = Callable[[str], Page]


@pytest.fixture
def house(tmp_path: Path, doors: Access) -> Iterator[House]:
    with open_house(tmp_path / "house", doors) as made:
        yield made


@pytest.fixture
def shown(house: House, visit: Callable[..., Any]) -> Shown:
    def show(path: str) -> Page:
        page: Page = visit(url=house.url + path, expected=("Failed to load", "ERR_")).page
        expect(page.get_by_text("Ready to draw.").first).to_be_visible()
        return page

    return show


def heard_all(house: House, page: Page) -> None:
    """Everything that was told so far has reached the page."""
    house.machine.become(LinkState.ABSENT)
    expect(page.locator("state-strip")).to_contain_text("No plotter is connected.")


def words_of(page: Page, place: str) -> Callable[[], list[str]]:
    """What is written in a place from now on, each in its turn."""
    page.locator(place).evaluate("""place => {
        window.written = [];
        new MutationObserver(() => window.written.push(place.textContent))
            .observe(place, { childList: true, subtree: true, characterData: true });
    }""")
    return lambda: list(page.evaluate("window.written"))


def test_a_drawing_that_was_taken_out_is_not_put_back(house: House, shown: Shown) -> None:
    page = shown("/")
    house.machine.become(LinkState.ABSENT)
    answer = Held(page, "**/api/v1/jobs", "POST")
    page.get_by_role("button", name="Draw a cat").click()
    answer.wait()
    expect(page.locator(".line-item")).to_have_count(1)
    house.studio.jobs.cancel(1)
    expect(page.locator(".line-item")).to_have_count(0)
    answer.let_go()
    expect(page.locator(".line-item")).to_have_count(0)


def test_the_sheet_is_that_which_was_put_in_last(house: House, shown: Shown) -> None:
    page = shown("/")
    answer = Held(page, "**/api/v1/state")
    house.draw_one()
    answer.wait()
    house.studio.sheets.new_sheet()
    expect(page.locator("studio-care")).to_contain_text("Sheet 2: 49 places")
    answer.let_go()
    expect(page.locator("studio-care")).to_contain_text("Sheet 2: 49 places")


def test_the_rules_of_approval_are_those_asked_for_last(house: House, shown: Shown) -> None:
    page = shown("/approvals")
    switch = page.get_by_label("Ask the staff before")
    expect(switch).not_to_be_checked()
    answer = Held(page, "**/api/v1/approvals", when=lambda found: found["rules"]["on"])
    house.studio.approvals.decide(on=True)
    answer.wait()
    house.studio.approvals.decide(on=False, minutes=7)
    expect(page.locator("#limit-minutes")).to_have_value("7")
    answer.let_go()
    assert not switch.is_checked()
    assert page.locator("#limit-minutes").input_value() == "7"


def test_the_rules_of_the_clock_are_those_asked_for_last(house: House, shown: Shown) -> None:
    page = shown("/hours")
    answer = Held(page, "**/api/v1/schedules", when=lambda found: found["schedules"])
    add = page.get_by_role("button", name="Add", exact=True)
    add.click()
    answer.wait()
    add.click()
    expect(page.locator(".rule")).to_have_count(2)
    answer.let_go()
    expect(page.locator(".rule")).to_have_count(2)


def test_the_numbers_are_of_the_days_chosen_last(house: House, shown: Shown) -> None:
    house.draw_on_day(20)
    page = shown("/gallery?show=numbers")
    answer = Held(page, "**/api/v1/statistics?days=7")
    page.get_by_text("7 days", exact=True).click()
    answer.wait()
    page.get_by_text("90 days", exact=True).click()
    expect(page.locator(".numbers-table tbody tr")).to_have_count(90)
    answer.let_go()
    expect(page.locator(".numbers-table tbody tr")).to_have_count(90)


def test_another_cat_that_is_opened_meanwhile_stays_open(house: House, shown: Shown) -> None:
    for _ in range(2):
        house.draw_one()
    page = shown("/gallery?cat=2")
    answer = Held(page, "**/favourite", "POST")
    page.get_by_role("button", name="Mark as a favourite").click()
    answer.wait()
    page.get_by_role("button", name="Older").click()
    expect(page.get_by_role("dialog", name="Cat № 1")).to_be_visible()
    answer.let_go()
    expect(page.get_by_role("dialog", name="Cat № 1")).to_be_visible()


@pytest.mark.parametrize("deleted", [False, True])
def test_the_cats_are_as_they_were_told_last(
    house: House, shown: Shown, *, deleted: bool
) -> None:
    house.draw_one()
    page = shown("/")
    answer = Held(page, "**/api/v1/history?**")
    page.get_by_role("link", name="Gallery").first.click()
    answer.wait()
    if deleted:
        house.studio.history.delete(1)
    else:
        house.studio.history.mark(1, favourite=True)
    heard_all(house, page)
    answer.let_go()
    names = [] if deleted else ["★ Cat № 1"]
    expect(page.locator(".cats .cat-name")).to_have_text(names)


def test_the_speed_is_that_which_was_asked_for_last(house: House, shown: Shown) -> None:
    page = shown("/")
    house.wait_for(house.studio.jobs.request(Request("page")), JobState.DRAWING)
    answer = Held(page, "**/machine/feed", "POST")
    faster = page.get_by_role("button", name="Faster")
    faster.click()
    answer.wait()
    faster.click()
    eventually(lambda: house.machine.feed_percent == 120)
    said = words_of(page, ".speed-words")
    answer.let_go()
    assert "Speed: 110 %" not in said()
    faster.click()
    eventually(lambda: house.machine.feed_percent == 130)


def test_a_line_that_is_back_is_believed_rather_than_an_answer(
    house: House, shown: Shown
) -> None:
    """The stream fails, the state is asked for, and the stream is back before the answer."""
    page = shown("/")
    cut: list[Route] = []

    def once(route: Route) -> None:
        if cut:
            route.fallback()
        else:
            cut.append(route)
            route.abort()

    page.route("**/api/v1/events", once)
    answer = Held(page, "**/api/v1/state")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    answer.wait()
    page.evaluate("window.dispatchEvent(new Event('online'))")
    house.machine.become(LinkState.ABSENT)
    expect(page.locator("state-strip")).to_contain_text("No plotter is connected.")
    said = words_of(page, "state-strip")
    answer.let_go()
    assert not [text for text in said() if "Ready" in text]
