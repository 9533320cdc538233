"""Ask me first in real browsers: a visitor's phone, the staff's, and what each is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from firmware_gcode.grbl.events import LinkState
from pi_service.studio.access.access import Access
from pi_service.studio.core.settings import StudioSettings
from pi_service.web.server import WebServer
from tests.pi_service.studio.proposals.drawing_artist import DrawingArtist
from tests.pi_service.web.co_drawing import by_mouse, head, on_screen
from tests.pi_service.web.looks import assert_axe_finds_nothing, assert_it_fits
from tests.pi_service.web.open_house import House, serving

pytestmark = pytest.mark.browser

PHONE = {"width": 390, "height": 664}
Shown = Callable[..., Page]


@pytest.fixture
def house(tmp_path: Path, doors: Access) -> Iterator[House]:
    place = House(tmp_path)
    place.artist = DrawingArtist()
    place.settings = StudioSettings(columns=2, rows=2, caption=False, ask_first=True)
    place.open()
    with serving(place, doors):
        yield place
    place.close()


@pytest.fixture
def server(house: House) -> WebServer:
    return house.server


@pytest.fixture
def shown(visit: Callable[..., Any], house: House) -> Shown:
    def opened(path: str, *, staff: bool) -> Page:
        how = {"staff": staff, "viewport": PHONE, "reduced_motion": "reduce"}
        page: Page = visit(url=f"{house.url}{path}", **how).page
        return page

    return opened


def draw_together(page: Page) -> None:
    """Draw a head, take the first idea, and ask for it."""
    by_mouse(page, on_screen(page, head()))
    page.get_by_role("button", name="Draw this").click()
    expect(page.locator("state-strip")).to_contain_text("Your drawing is with the staff.")


def test_a_visitor_asks_and_the_staff_say_yes_by_a_key(house: House, shown: Shown) -> None:
    house.machine.become(LinkState.ABSENT)
    visitor, staff = shown("/draw", staff=False), shown("/", staff=True)
    draw_together(visitor)
    assert house.studio.jobs.latest() == []
    visitor.reload()
    expect(visitor.locator("state-strip")).to_contain_text("Your drawing is with the staff.")
    staff.get_by_role("link", name="Look at drawings").click()
    expect(staff.get_by_text("1 drawing waits.")).to_be_visible()
    picture = staff.get_by_role("img", name="drawn by a visitor and the machine")
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    assert_it_fits(staff)
    assert_axe_finds_nothing(staff)
    staff.keyboard.press("a")
    expect(staff.get_by_text("Nothing waits.")).to_be_visible()
    expect(visitor.locator("state-strip")).to_contain_text("Yours waits.")
    assert [job.source for job in house.studio.jobs.queue()] == ["visitor drawing"]


def test_a_refusal_is_kind_and_the_switch_is_at_hand(house: House, shown: Shown) -> None:
    visitor, staff = shown("/draw", staff=False), shown("/approvals", staff=True)
    draw_together(visitor)
    staff.get_by_role("button", name="Rather not").click()
    expect(visitor.locator("state-strip")).to_contain_text("a cat with very long whiskers")
    expect(staff.get_by_text("0 drawn so far, 1 refused.")).to_be_visible()
    staff.get_by_text("Limits", exact=True).click()
    staff.get_by_label("Lines at most").fill("3")
    staff.get_by_role("button", name="Keep the limits").click()
    expect(staff.get_by_text("Kept.")).to_be_visible()
    assert house.studio.approvals.rules.most_strokes == 3
    staff.get_by_label("Ask the staff before").uncheck()
    expect(staff.get_by_text("goes to the pen at once")).to_be_visible()
    assert not house.studio.approvals.rules.on


def test_limits_of_others_are_not_replaced_without_a_word(house: House, shown: Shown) -> None:
    staff = shown("/approvals", staff=True)
    switch = staff.get_by_label("Ask the staff before")
    expect(switch).to_be_checked()
    staff.get_by_text("Limits", exact=True).click()
    staff.get_by_label("Lines at most").fill("3")
    house.studio.approvals.decide(on=False, most_strokes=7)
    expect(switch).not_to_be_checked()
    save = staff.get_by_role("button", name="Keep the limits")
    save.click()
    expect(staff.get_by_text("Others have saved something else meanwhile.")).to_be_visible()
    assert house.studio.approvals.rules.most_strokes == 7
    save.click()
    expect(staff.get_by_text("Kept.")).to_be_visible()
    assert house.studio.approvals.rules.most_strokes == 3


def test_everybody_reads_what_is_kept(shown: Shown) -> None:
    page = shown("/gallery?show=numbers", staff=False)
    page.get_by_role("link", name="What is kept, and what is not").click()
    expect(page.get_by_text("Names, accounts and cookies of visitors.")).to_be_visible()
