"""The page while a cat is drawn: what a visitor sees and does."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pi_service.studio.jobs.job import Request
from tests.pi_service.web.fake_studio import FakeStudio

pytestmark = pytest.mark.browser

DRAW = "Draw a cat"


def watch_ink(page: Page) -> None:
    """Keep every length of ink that is shown from now on in `window.seen`."""
    page.evaluate("""() => {
      window.seen = new Set();
      const sheet = document.querySelector('live-sheet');
      const look = () => { window.seen.add(sheet.shownInk); requestAnimationFrame(look); };
      look();
    }""")


def shown_ink(page: Page) -> float:
    return float(page.evaluate("document.querySelector('live-sheet')?.shownInk ?? 0"))


def inked_pixels(page: Page) -> int:
    script = """() => {
      const canvas = document.querySelector('live-sheet canvas');
      const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let count = 0;
      for (let i = 3; i < data.length; i += 4) count += data[i] > 40;
      return count;
    }"""
    return int(page.evaluate(script))


def wait_for_ink(page: Page, mm: float) -> None:
    page.wait_for_function(
        "mm => document.querySelector('live-sheet')?.shownInk >= mm - 0.01", arg=mm
    )


def test_an_empty_gallery_says_what_will_come(page: Page) -> None:
    expect(page.get_by_role("heading", name="A blank sheet")).to_be_visible()
    expect(page.get_by_text("The next cat appears here.")).to_be_visible()
    expect(page.get_by_text("Every cat that is drawn will hang here.")).to_be_visible()
    expect(page.get_by_text("Ready to draw.")).to_be_visible()
    expect(page.get_by_role("button", name="Pause")).to_be_disabled()
    expect(page.get_by_role("button", name="Stop")).to_be_disabled()


def test_one_press_and_a_cat_is_drawn_and_hangs_on_the_wall(
    page: Page, studio: FakeStudio
) -> None:
    page.get_by_role("button", name=DRAW).click()
    expect(page.get_by_text("The pen is on its way.")).to_be_visible()
    studio.advance(20)
    expect(page.get_by_text("Yours is being drawn now.")).to_be_visible()
    expect(page.get_by_role("heading", name="Cat № 1", level=2)).to_be_visible()
    expect(page.get_by_text(re.compile(r"Stroke \d+ of 14"))).to_be_visible()
    studio.speed = 900
    studio.run()
    card = page.get_by_role("listitem").filter(has_text="Cat № 1")
    expect(card).to_be_visible()
    expect(card).to_contain_text("seed 1001")
    expect(page.get_by_text("Waits for paper: the sheet is full.")).to_be_visible()
    assert [asked[:3] for asked in studio.asked] == [("page", "cat", None)]
    assert inked_pixels(page) > 2000


def test_its_files_can_be_kept(page: Page, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button", seed=7))
    studio.finish_drawing()
    for label, suffix, text in (
        ("SVG", "svg", studio.history.svg(1)),
        ("G-code", "gcode", studio.history.gcode(1)),
    ):
        with page.expect_download() as download:
            page.get_by_role("link", name=f"Cat № 1 as {label}").click()
        assert download.value.suggested_filename == f"cat-0001-seed-7.{suffix}"
        assert download.value.path().read_text() == text


def test_the_button_works_from_the_keyboard(page: Page, studio: FakeStudio) -> None:
    expect(page.get_by_role("button", name=DRAW)).to_be_enabled()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to “Draw a cat”")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=DRAW)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("The pen is on its way.")).to_be_visible()
    assert len(studio.asked) == 1


def test_the_ink_follows_the_pen_and_never_leads(page: Page, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button"))
    reported = 0.0
    for _ in range(12):
        studio.advance(25)
        reported += 25
        for _ in range(3):
            assert shown_ink(page) <= reported + 0.01
    wait_for_ink(page, reported)
    assert shown_ink(page) == pytest.approx(reported, abs=0.05)


def test_between_two_reports_the_ink_moves_smoothly(page: Page, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(1)
    wait_for_ink(page, 1)
    watch_ink(page)
    studio.advance(40)
    wait_for_ink(page, 41)
    assert int(page.evaluate("window.seen.size")) >= 3


def test_without_motion_the_ink_appears_report_by_report(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    page = visit(reduced_motion="reduce").page
    studio.jobs.request(Request("button"))
    studio.advance(1)
    wait_for_ink(page, 1)
    watch_ink(page)
    studio.advance(40)
    wait_for_ink(page, 41)
    assert int(page.evaluate("window.seen.size")) <= 2


def test_a_page_opened_in_the_middle_shows_what_is_on_the_paper(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(150)
    page = visit().page
    wait_for_ink(page, 150)
    assert inked_pixels(page) > 300


def test_ink_stays_when_the_window_changes(page: Page, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button"))
    studio.advance(200)
    wait_for_ink(page, 200)
    before = inked_pixels(page)
    page.set_viewport_size({"width": 700, "height": 900})
    page.wait_for_function("() => document.querySelector('live-sheet canvas').width < 700")
    wait_for_ink(page, 200)
    assert inked_pixels(page) > before / 4


def test_a_finished_cat_is_still_there_after_a_reload(page: Page, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button"))
    studio.finish_drawing()
    page.reload()
    picture = page.locator("live-sheet img")
    expect(picture).to_have_attribute("alt", "Cat № 1")
    expect(page.get_by_role("heading", name="Cat № 1", level=2)).to_be_visible()
    page.wait_for_function("() => document.querySelector('live-sheet img').naturalWidth > 0")


def test_new_paper_is_blank(page: Page, studio: FakeStudio) -> None:
    studio.jobs.request(Request("button"))
    studio.finish_drawing()
    page.get_by_role("button", name="New paper is in").click()
    expect(page.get_by_role("heading", name="A blank sheet")).to_be_visible()
    assert inked_pixels(page) == 0
    expect(page.locator("live-sheet img")).to_have_count(0)
    expect(page.get_by_role("button", name="New paper is in")).to_have_count(0)


def test_the_time_left_is_said(page: Page, studio: FakeStudio) -> None:
    studio.speed = 10
    studio.jobs.request(Request("button"))
    studio.advance(10)
    expect(
        page.get_by_text(re.compile(r"about \d minutes left|about \d+ seconds left"))
    ).to_be_visible()


def test_a_double_press_makes_one_cat(page: Page, studio: FakeStudio) -> None:
    page.get_by_role("button", name=DRAW).dblclick()
    expect(page.get_by_text("The pen is on its way.")).to_be_visible()
    assert len(studio.asked) == 1


def test_two_browsers_see_the_same(visit: Callable[..., Any], studio: FakeStudio) -> None:
    one, two = visit().page, visit().page
    one.get_by_role("button", name=DRAW).click()
    expect(two.get_by_role("heading", name="Waiting for the pen")).to_be_visible()
    expect(one.get_by_text("from you")).to_be_visible()
    expect(two.get_by_text("from a page")).to_be_visible()
    studio.advance(60)
    wait_for_ink(one, 60)
    wait_for_ink(two, 60)


def test_earlier_cats_are_fetched_when_asked_for(
    visit: Callable[..., Any], studio: FakeStudio
) -> None:
    for _ in range(30):
        studio.jobs.request(Request("schedule"))
        studio.finish_drawing()
    page = visit().page
    cats = page.locator(".cat")
    expect(cats).to_have_count(20)
    page.get_by_role("button", name="Show earlier cats").click()
    expect(cats).to_have_count(30)
    expect(page.get_by_role("button", name="Show earlier cats")).to_be_hidden()
    names = [name.split()[-1] for name in page.locator(".cat-name").all_inner_texts()]
    assert names == [str(number) for number in range(30, 0, -1)]
