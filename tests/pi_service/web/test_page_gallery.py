"""The gallery: all cats, one of them, and all of them in numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from pi_service.studio.access.access import Access
from pi_service.studio.jobs.job import JobState, Request
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.web.open_house import House, open_house, serving

pytestmark = pytest.mark.browser

FAILURES = ("Failed to load resource", "ERR_")


@pytest.fixture
def house(tmp_path: Path, doors: Access) -> Iterator[House]:
    with open_house(tmp_path / "house", doors) as made:
        yield made


@pytest.fixture
def shown(house: House, visit: Callable[..., Any]) -> Callable[..., Page]:
    """Open the gallery."""

    def show(path: str = "/gallery", **options: Any) -> Page:
        page: Page = visit(url=house.url + path, **options).page
        return page

    return show


def hold_history(page: Page) -> list[Route]:
    """Keep what the page asks the history from being answered, until `let_go`."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/v1/history**", hold)
    return held


def let_go(page: Page, held: list[Route]) -> None:
    """Answer what was held back, and all that is asked from now on."""
    while held:
        held.pop().continue_()
    page.unroute("**/api/v1/history**")


def expect_cats(page: Page, *numbers: int) -> None:
    """These hang there and no others, in this order."""
    names = [f"Cat № {number}" for number in numbers]
    expect(page.locator(".cats .cat-name")).to_have_text(names)


def test_all_cats_hang_there_newest_first(house: House, shown: Callable[..., Page]) -> None:
    for _ in range(3):
        house.draw_one()
    page = shown()
    expect(page).to_have_title("Gallery · catplotter")
    expect(page.get_by_text("3 cats")).to_be_visible()
    expect_cats(page, 3, 2, 1)
    house.draw_one()
    expect_cats(page, 4, 3, 2, 1)


def test_a_cat_is_found_by_its_number_and_by_its_day(
    house: House, shown: Callable[..., Page]
) -> None:
    house.draw_on_day(3)
    house.draw_one()
    page = shown()
    page.get_by_label("Number or seed").fill("1")
    expect(page.locator(".cats .cat")).to_have_count(1)
    expect_cats(page, 1)
    expect(page).to_have_url(re.compile(r"/gallery\?number=1$"))
    page.reload()
    expect(page.get_by_label("Number or seed")).to_have_value("1")
    expect(page.locator(".cats .cat")).to_have_count(1)
    page.get_by_role("button", name="Show all").click()
    expect(page.locator(".cats .cat")).to_have_count(2)
    page.get_by_label("Day").fill("2027-01-15")
    expect(page.locator(".cats .cat")).to_have_count(1)
    expect_cats(page, 2)
    page.get_by_label("Day").fill("2020-01-01")
    expect(page.get_by_text("No cat is like that.")).to_be_visible()


def test_the_staff_mark_favourites_draw_again_and_delete(
    house: House, shown: Callable[..., Page]
) -> None:
    house.draw_one()
    house.draw_one()
    page = shown()
    page.get_by_role("button", name="Cat № 1").click()
    window = page.get_by_role("dialog", name="Cat № 1")
    window.get_by_role("button", name="Mark as a favourite").click()
    expect(window.get_by_role("button", name="No favourite any more")).to_be_visible()
    assert house.studio.jobs.get(1).favourite
    window.get_by_role("button", name="Draw it again").click()
    expect(window.get_by_text("It is asked for")).to_be_visible()
    assert house.studio.jobs.get(3).again_of == 1
    window.get_by_role("button", name="Close").click()
    page.get_by_label("Favourites only").check()
    expect(page.locator(".cats .cat")).to_have_count(1)
    page.get_by_role("button", name="Cat № 1, favourite").click()
    window.get_by_role("button", name="Delete …").click()
    window.get_by_role("button", name="No, keep it").click()
    assert not house.studio.jobs.get(1).deleted
    window.get_by_role("button", name="Delete …").click()
    window.get_by_role("button", name="Yes, delete it").click()
    expect(window).to_be_hidden()
    expect(page.get_by_text("No cat is like that.")).to_be_visible()


def test_a_visitor_looks_and_takes_home_and_nothing_else(
    house: House, shown: Callable[..., Page]
) -> None:
    house.draw_one()
    page = shown(staff=False, timezone_id="Asia/Tokyo")
    expect(page.get_by_text("Times are those of the plotter: Europe/Berlin.")).to_be_visible()
    expect(page.locator(".cat-facts").first).to_contain_text("9:00 AM")
    small = page.locator(".cat img").bounding_box()
    page.get_by_role("button", name="Cat № 1").click()
    window = page.get_by_role("dialog", name="Cat № 1")
    large, image = window.locator("img").bounding_box(), window.locator("img")
    assert small
    assert large
    assert large["width"] > 2 * small["width"]
    expect(image).to_have_attribute("src", re.compile("&closeup$"))
    window.get_by_role("button", name="Whole sheet").click()
    expect(image).not_to_have_attribute("src", re.compile("closeup"))
    window.get_by_role("button", name="Replay").click()
    expect(image).to_be_hidden()
    expect(window.locator(".replay path").first).to_be_attached()
    window.get_by_role("button", name="Whole sheet").click()
    expect(image).to_be_visible()
    expect(window.locator(".replay")).to_have_count(0)
    expect(window.get_by_role("link", name="Cat № 1 as SVG")).to_be_visible()
    for name in ("Mark as a favourite", "Draw it again", "Delete …"):
        expect(window.get_by_role("button", name=name)).to_be_hidden()
    expect(page.get_by_role("link", name="Hours")).to_have_count(0)


def test_one_goes_from_cat_to_cat_by_the_keys(
    house: House, shown: Callable[..., Page]
) -> None:
    for _ in range(3):
        house.draw_one()
    page = shown("/gallery?cat=2")
    window = page.get_by_role("dialog")
    expect(window.get_by_role("button", name="Older")).to_be_enabled()
    page.keyboard.press("ArrowRight")
    expect(window.get_by_role("heading", name="Cat № 1")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(window.get_by_role("heading", name="Cat № 3")).to_be_visible()
    page.keyboard.press("Escape")
    expect(window).to_be_hidden()


def test_a_cat_that_is_named_has_those_beside_it_however_late_the_list_comes(
    house: House, shown: Callable[..., Page]
) -> None:
    for _ in range(3):
        house.draw_one()
    page = shown("/hours")
    held = hold_history(page)
    page.goto(f"{house.url}/gallery?cat=2")
    window = page.get_by_role("dialog")
    expect(window.get_by_role("heading", name="Cat № 2")).to_be_visible()
    for name in ("Older", "Newer"):
        expect(window.get_by_role("button", name=name)).to_be_disabled()
    let_go(page, held)
    for name in ("Older", "Newer"):
        expect(window.get_by_role("button", name=name)).to_be_enabled()


def test_a_replay_is_in_sight_on_a_phone(house: House, shown: Callable[..., Page]) -> None:
    house.draw_one()
    page = shown("/gallery?cat=1", viewport={"width": 390, "height": 664})
    window = page.get_by_role("dialog")
    picture, replay = window.locator(".cat-picture").first, window.get_by_text("Replay")
    replay.evaluate("button => button.scrollIntoView({ block: 'start' })")
    expect(picture).not_to_be_in_viewport(ratio=0.9)
    replay.click()
    expect(picture).to_be_in_viewport(ratio=0.99)


def test_stop_is_one_press_above_an_open_cat_too(
    house: House, shown: Callable[..., Page]
) -> None:
    house.draw_one()
    page = shown("/gallery?cat=1")
    window = page.get_by_role("dialog")
    expect(window.get_by_role("button", name="Stop")).to_be_disabled()
    job = house.studio.jobs.request(Request("button"))
    house.wait_for(job, JobState.DRAWING)
    window.get_by_role("button", name="Stop").click()
    eventually(lambda: "stop" in house.machine.calls)


def test_more_cats_come_as_one_scrolls_and_past_the_end_of_the_page(
    house: House, shown: Callable[..., Page]
) -> None:
    for _ in range(45):
        house.draw_one()
    page = shown("/hours")
    held = hold_history(page)
    page.goto(f"{house.url}/gallery")
    expect(page.get_by_text("Ready to draw.")).to_be_visible()
    expect(page.get_by_role("button", name="Show earlier cats")).to_be_hidden()
    let_go(page, held)
    expect(page.locator(".cats .cat").first).to_be_visible()
    page.mouse.wheel(0, 20_000)
    expect(page.locator(".cats .cat")).to_have_count(45)
    expect(page.get_by_text("45 cats")).to_be_visible()
    page.goto(f"{house.url}/gallery?cat=6")  # the fortieth from the newest
    window = page.get_by_role("dialog")
    expect(window.get_by_role("button", name="Older")).to_be_enabled()
    page.keyboard.press("ArrowRight")
    expect(window.get_by_role("heading", name="Cat № 5")).to_be_visible()


def test_what_broke_off_is_named_above_its_bar(
    house: House, shown: Callable[..., Page]
) -> None:
    house.draw_one()
    for strokes in (1, 0):
        job = house.studio.jobs.request(Request("button"))
        house.wait_for(job, JobState.DRAWING)
        house.machine.end("stopped", strokes)
        house.wait_for(job, JobState.INTERRUPTED)
        house.studio.jobs.cancel(job.id)
    page = shown()
    expect_cats(page, 2, 1)
    expect(page.locator(".cats-count")).to_contain_text("1 cat, 1 broken off.")
    page.goto(f"{house.url}/")
    expect(page.locator(".gallery-grid img")).to_have_count(2)
    page.goto(f"{house.url}/gallery?show=numbers")
    expect(page.get_by_text(re.compile(r"^One cat since .*, 1 broken off\."))).to_be_visible()
    chart = page.get_by_role("img", name="Cats a day: 1 cat, 1 broken off")
    expect(chart).to_be_visible()
    expect(chart.locator(".chart-over")).to_have_count(1)


def test_the_numbers_are_charts_and_a_table(house: House, shown: Callable[..., Page]) -> None:
    house.draw_on_day(1)
    house.draw_one()
    page = shown("/gallery?show=numbers")
    expect(page.get_by_text(re.compile(r"^2 cats since"))).to_be_visible()
    expect(page.get_by_role("img", name="Cats a day: 2 cats")).to_be_visible()
    assert page.locator(".chart-bar").count() >= 30
    page.get_by_text("The same as a table").click()
    expect(page.get_by_role("row")).to_have_count(31)
    page.get_by_label("7 days").check()
    expect(page.get_by_role("row")).to_have_count(8)


def test_two_browsers_see_the_same(house: House, shown: Callable[..., Page]) -> None:
    house.draw_one()
    house.draw_one()
    one, two = shown("/gallery?cat=1"), shown(staff=False)
    expect(two.locator(".cats .cat")).to_have_count(2)
    window = one.get_by_role("dialog")
    window.get_by_role("button", name="Mark as a favourite").click()
    expect(two.get_by_role("button", name="Cat № 1, favourite")).to_be_visible()
    window.get_by_role("button", name="Delete …").click()
    window.get_by_role("button", name="Yes, delete it").click()
    expect(two.locator(".cats .cat")).to_have_count(1)


def test_a_cut_network_is_said_and_comes_back(
    house: House, shown: Callable[..., Page]
) -> None:
    page = shown(expected=FAILURES)
    expect(page.get_by_text("Every cat that is drawn will hang here.")).to_be_visible()
    page.context.set_offline(True)
    expect(page.get_by_text("No connection to the plotter.")).to_be_visible()
    house.draw_one()
    page.context.set_offline(False)
    expect(page.locator(".cats .cat")).to_have_count(1)
    expect(page.get_by_text("No connection to the plotter.")).to_be_hidden()


def test_a_lost_and_restarted_service_is_said_and_shown(
    house: House, doors: Access, shown: Callable[..., Page]
) -> None:
    house.draw_one()
    page = shown(expected=FAILURES)
    expect(page.locator(".cats .cat")).to_have_count(1)
    page.evaluate("window.sameForAllTheTime = true")
    port = house.server.port
    house.server.close()
    expect(page.get_by_text("No connection to the plotter.")).to_be_visible()
    house.draw_one()
    with serving(house, doors, port):
        expect(page.locator(".cats .cat")).to_have_count(2)
        expect(page.get_by_text("No connection to the plotter.")).to_be_hidden()
        assert page.evaluate("window.sameForAllTheTime")
        page.context.close()
