"""Stop on the page: said everywhere; the staff go on, from the stroke they choose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pi_service.studio.access.access import Access
from pi_service.studio.jobs.job import Job, JobState, Request
from pi_service.studio.machine.standstill import STAFF, visitor
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.web.open_house import House, open_house

pytestmark = pytest.mark.browser

Visit = Callable[..., Any]


@pytest.fixture
def house(tmp_path: Path, doors: Access) -> Iterator[House]:
    with open_house(tmp_path / "house", doors) as made:
        yield made


def drawing(house: House) -> Job:
    """A cat on the paper, half drawn, and two that wait."""
    job, *_ = [house.studio.jobs.request(Request("page")) for _ in range(3)]
    house.wait_for(job, JobState.DRAWING)
    house.machine.draw_strokes(2)
    eventually(lambda: house.studio.jobs.get(job.id).strokes_drawn == 2)
    return job


def test_stop_says_what_came_of_it_and_the_staff_let_it_go_on(
    house: House, visit: Visit
) -> None:
    job = drawing(house)
    page: Page = visit(url=house.url).page
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("stop-button")).to_contain_text("Nothing begins until the staff")
    expect(page.locator(".strip-text")).to_have_text(
        "Stopped by the staff. 2 drawings wait until the staff let it go on."
    )
    notice = page.locator("studio-notices .notice").filter(has_text="Cat № 1")
    expect(notice).to_contain_text("stopped after 2 of 4 strokes. Stopped by the staff.")
    page.get_by_role("button", name="Go on").click()
    expect(page.locator(".strip-text")).to_contain_text("a drawing was interrupted")
    notice.get_by_role("button", name="Finish it").click()
    expect(notice).to_be_hidden()
    house.wait_for(job, JobState.DRAWING)
    assert house.machine.programs[-1].first_stroke == 2


def test_it_goes_on_from_the_stroke_that_is_typed(house: House, visit: Visit) -> None:
    job = drawing(house)
    house.studio.machine.stop(visitor("10.0.0.7"))
    page: Page = visit(url=house.url).page
    notice = page.locator("studio-notices .notice").filter(has_text="Cat № 1")
    notice.get_by_text("From another stroke …").click()
    box = notice.get_by_role("spinbutton")
    expect(box).to_have_value("3")
    box.fill("2")
    notice.get_by_role("button", name="Draw from there").click()
    house.wait_for(job, JobState.DRAWING)
    assert house.machine.programs[-1].first_stroke == 1
    assert house.studio.standstill.stopped is None


def test_strokes_of_a_done_cat_are_drawn_again_from_the_gallery(
    house: House, visit: Visit
) -> None:
    cat = house.draw_one()
    page: Page = visit(url=house.url + "/gallery").page
    page.locator(".cat-open").first.click()
    page.get_by_text("Draw its strokes again …").click()
    page.get_by_role("dialog").get_by_role("spinbutton").fill("4")
    page.get_by_role("button", name="Draw from there").click()
    house.wait_for(cat, JobState.DRAWING)
    assert house.machine.programs[-1].first_stroke == 3


def test_visitors_and_the_kiosk_are_told_and_may_not_let_it_go_on(
    house: House, visit: Visit
) -> None:
    house.studio.machine.stop(STAFF)
    page: Page = visit(url=house.url, staff=False).page
    stopped = "The plotter was stopped. It goes on when the staff let it."
    expect(page.get_by_text(stopped)).to_be_visible()
    expect(page.get_by_role("button", name="Go on")).to_have_count(0)
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()
    page.get_by_role("button", name="Draw a cat").click()
    expect(page.locator(".strip-text")).to_contain_text("Yours waits.")
    kiosk: Page = visit(url=house.url + "/kiosk", staff=False).page
    expect(kiosk.locator(".kiosk-status")).to_have_text(stopped)


def test_the_speed_is_changed_while_it_draws(house: House, visit: Visit) -> None:
    page: Page = visit(url=house.url).page
    slower = page.get_by_role("button", name="Slower")
    expect(slower).to_be_hidden()
    drawing(house)
    slower.click()
    expect(page.get_by_text("Speed: 90 %")).to_be_visible()
    slower.click()
    expect(page.get_by_text("Speed: 80 %")).to_be_visible()
    eventually(lambda: house.machine.feed_percent == 80)


def test_the_makers_pad_moves_a_paused_machine(house: House, visit: Visit) -> None:
    house.studio.machine.stop(STAFF)
    page: Page = visit(url=house.url + "/machine", expected=("404",)).page
    expect(page.get_by_text("Stopped by the staff")).to_be_visible()
