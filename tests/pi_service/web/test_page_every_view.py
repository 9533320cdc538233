"""Every view for everybody: axe finds nothing, it fits, in every language too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from firmware_gcode.facts import LANGUAGES
from pi_service.studio.access.access import Access
from pi_service.web.pages import VIEWS
from tests.pi_service.people import with_password
from tests.pi_service.web.looks import (
    MOST_SHIFT,
    SCREENS,
    assert_axe_finds_nothing,
    assert_fingers_meet_it,
    assert_it_fits,
    assert_large_text_is_usable,
    shift,
)
from tests.pi_service.web.open_house import House, open_house

pytestmark = pytest.mark.browser

ADDRESSES = [
    *VIEWS,
    *("/gallery?show=numbers", "/gallery?show=kept", "/gallery?cat=2", "/kiosk?draw"),
]
OTHERS = LANGUAGES[1:]
PARTS = range(len(OTHERS))
"""Of the addresses; a page goes from one of a part to the next, which costs less."""
NO_WORKSHOP = ("404 (NOT FOUND)",)
"""The house of these tests has no workshop for the maker."""


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Access]:
    made = with_password(tmp_path_factory.mktemp("doors"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, doors: Access) -> Iterator[House]:
    """One for all tests: they only look."""
    with open_house(tmp_path_factory.mktemp("house"), doors) as made:
        for _ in range(3):
            made.draw_one()
        made.studio.history.mark(2, favourite=True)
        calendar = made.studio.calendar
        week = dict.fromkeys(("mon", "tue", "sun"), "09:00-12:00, 14:00-24:00")
        calendar.set_hours({**week, "closed": ["2027-12-25"], "quiet": ["sun 10:00-11:00"]})
        calendar.add("daily at 14:00, 16:30")
        calendar.enable(calendar.add("every 2 hours").id, enabled=False)
        yield made


def settled(page: Page) -> Page:
    """The view is there, and what it fetched at once."""
    expect(page.locator("#view > *").first).to_be_visible()
    expect(page.locator("#view[aria-busy]")).to_have_count(0)
    page.wait_for_load_state("load")
    page.wait_for_timeout(200)
    return page


@pytest.mark.parametrize("part", PARTS)
def test_axe_finds_nothing_and_it_fits(
    house: House, visit: Callable[..., Any], part: int
) -> None:
    page = visit(url=house.url, reduced_motion="reduce", expected=NO_WORKSHOP).page
    for address in ADDRESSES[part :: len(PARTS)]:
        page.set_viewport_size(SCREENS["desktop"])
        page.goto(house.url + address)
        assert_it_fits(settled(page))
        assert_axe_finds_nothing(page)


@pytest.mark.parametrize("screen", ["short phone", "phone on its side", "upright kiosk"])
def test_nothing_moves_by_itself_and_fingers_and_large_text_have_room(
    house: House, visit: Callable[..., Any], screen: str
) -> None:
    """The other screens' shifts are in the table of the bench ``page``."""
    page = visit(url=house.url, viewport=SCREENS[screen], expected=NO_WORKSHOP).page
    for address in ADDRESSES:
        page.goto(house.url + address)
        moved = shift(settled(page))
        assert moved < MOST_SHIFT, address
        if screen == "upright kiosk" or "kiosk" in address:
            continue
        if address != "/machine":  # a workbench: for a mouse
            assert_fingers_meet_it(page)
        assert_large_text_is_usable(page)


@pytest.mark.parametrize("part", PARTS, ids=OTHERS)
def test_no_english_is_left_in_another_language_and_it_fits_a_phone(
    house: House, visit: Callable[..., Any], part: int
) -> None:
    phone = {"locale": OTHERS[part], "viewport": SCREENS["phone"]}
    page = visit(url=house.url, expected=NO_WORKSHOP, **phone).page
    for address in ADDRESSES[part :: len(PARTS)]:
        page.goto(house.url + address)
        settled(page)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        text = page.locator("body").inner_text()
        for word in ("the", "and", "with", "your", "draw", "from", "hours", "paper"):
            words = f" {text.lower()} ".replace("\n", " ")
            assert f" {word} " not in words, (address, word)
