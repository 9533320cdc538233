"""Every view for everybody: axe finds nothing, it fits, in every language too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from firmware_gcode.facts import LANGUAGES
from pi_service.studio.access.access import Access
from pi_service.web.pages import VIEWS
from tests.pi_service.people import with_password
from tests.pi_service.web.looks import SCREENS, assert_axe_finds_nothing, assert_it_fits
from tests.pi_service.web.open_house import House, open_house

pytestmark = pytest.mark.browser

ADDRESSES = [*VIEWS, "/gallery?show=numbers", "/gallery?cat=2", "/kiosk?draw"]
IN_LANGUAGES = list(zip(ADDRESSES, cycle(LANGUAGES[1:]), strict=False))
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


@pytest.mark.parametrize("address", ADDRESSES)
def test_axe_finds_nothing_and_it_fits(
    house: House, visit: Callable[..., Any], address: str
) -> None:
    page = settled(
        visit(url=house.url + address, reduced_motion="reduce", expected=NO_WORKSHOP).page
    )
    assert_it_fits(page)
    assert_axe_finds_nothing(page)


@pytest.mark.parametrize(("address", "language"), IN_LANGUAGES)
def test_no_english_is_left_in_another_language_and_it_fits_a_phone(
    house: House, visit: Callable[..., Any], address: str, language: str
) -> None:
    page = settled(
        visit(
            url=house.url + address,
            locale=language,
            viewport=SCREENS["phone"],
            expected=NO_WORKSHOP,
        ).page
    )
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    text = page.locator("body").inner_text()
    for word in ("the", "and", "with", "your", "draw", "from", "hours", "paper"):
        assert f" {word} " not in f" {text.lower()} ".replace("\n", " "), word
