"""Every view, the maker's too: by keyboard, without motion, calm as it loads, for fingers."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from pi_service.studio.jobs.job import JobState, Request
from pi_service.web.pages import VIEWS
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.web.looks import (
    MOST_SHIFT,
    SCREENS,
    assert_fingers_meet_it,
    assert_large_text_is_usable,
    shift,
)
from tests.pi_service.web.workshop_house import House, opened

pytestmark = pytest.mark.browser

PARTS = [
    f"/machine?show={part}" for part in ("drawing", "calibration", "settings", "computer")
]
MAKERS = ["/machine", *PARTS]
ADDRESSES = [*VIEWS, *PARTS, "/gallery?show=numbers", "/kiosk?draw"]
PARTED = 3
"""Into so many parts the addresses are: one test of all would end last."""
MOST_STOPS = 80
FOCUSED = """() => {
  const each = document.activeElement;
  if (each === null || each === document.body) return null;
  window.stopped.push(each);
  const own = each.getBoundingClientRect();
  const [left, right] = [Math.max(own.left, 0), Math.min(own.right, innerWidth)];
  const [top, bottom] = [Math.max(own.top, 0), Math.min(own.bottom, innerHeight)];
  const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  const whole = each.closest("label") ?? each.labels?.[0] ?? each;
  const seen = at !== null && (whole.contains(at) || each.contains(at) || at.contains(each));
  const { outlineStyle, outlineWidth } = getComputedStyle(each);
  const ring = outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  return { name: each.outerHTML.slice(0, 90), seen, ring };
}"""
"""What has the focus, and whether it is seen, and so that it has it."""
PLACES = """() => window.stopped.map((each) => {
  if (!each.checkVisibility()) return null;
  const stays = (it) => ["fixed", "sticky"].includes(getComputedStyle(it).position);
  let around = each;
  while (!stays(around) && !around.matches("section, form, nav, dialog, .panel, body"))
    around = around.parentElement;
  let stuck = around;
  while (stuck !== null && !stays(stuck)) stuck = stuck.parentElement;
  const room = [...document.querySelectorAll("*")].indexOf(around);
  const box = (each.closest("label") ?? each).getBoundingClientRect();
  let [x, y] = [box.x, box.y];
  for (let up = each.parentElement; up !== null; up = up.parentElement) {
    x += up.scrollLeft;
    if (up !== document.documentElement || stuck === null) y += up.scrollTop;
  }
  return { room, x, y, width: box.width, height: box.height };
})"""
"""Where what had the focus is in its room, at one moment: the page moves as news comes."""
MOVING = "() => document.getAnimations().map((each) => each.effect.target.outerHTML)"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, plain_model: Path) -> Iterator[House]:
    """One for all tests, with a cat on the wall."""
    folder = tmp_path_factory.mktemp("house") / "data"
    with opened(folder, speed=200.0, model=plain_model) as made:
        jobs = made.service.studio.jobs
        cat = jobs.request(Request("page"))
        eventually(lambda: jobs.get(cat.id).state is JobState.DONE, timeout=60)
        made.stand()
        yield made


@pytest.fixture
def page(chromium: Browser, house: House, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The staff's page on a screen, in which nothing moves."""
    screen = getattr(request, "param", "desktop")
    with chromium.new_context(viewport=SCREENS[screen], reduced_motion="reduce") as context:
        house.let_in(context)
        yield context.new_page()


def at(page: Page, house: House, address: str) -> Page:
    page.goto(house.url + address)
    expect(page.locator("#view > *").first).to_be_visible()
    expect(page.locator("#view[aria-busy]")).to_have_count(0)
    page.wait_for_load_state("load")
    page.wait_for_timeout(200)
    return page


def stops(page: Page) -> list[dict[str, Any]]:
    """What the Tab key comes to, from the top to the end."""
    found: list[dict[str, Any]] = []
    page.evaluate(
        "() => { document.activeElement?.blur(); scrollTo(0, 0); window.stopped = []; }"
    )
    while len(found) < MOST_STOPS:
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            places = page.evaluate(PLACES) if found else []
            pairs = zip(found, places, strict=True)
            return [stop | place for stop, place in pairs if place is not None]
        found.append(focused)
    raise AssertionError("the keyboard does not come to the end of it")


def wrong_way(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether within a room the focus goes back: up in a column, or to the left in a row."""
    if one["room"] != other["room"]:
        return False
    above = other["y"] + other["height"] <= one["y"] + 1
    before = other["x"] + other["width"] <= one["x"] + 1
    beside = other["y"] < one["y"] + one["height"] / 2
    return bool((above and other["x"] < one["x"] + one["width"] - 1) or (before and beside))


@pytest.mark.parametrize("part", range(PARTED))
def test_the_keyboard_goes_as_the_eye_does_and_is_seen(
    page: Page, house: House, part: int
) -> None:
    """On any screen; and for whoever wants no motion nothing moves."""
    for address in ADDRESSES[part::PARTED]:
        assert at(page, house, address).evaluate(MOVING) == [], address
        for screen in ("short phone", "phone on its side", "desktop"):
            page.set_viewport_size(SCREENS[screen])
            where, found = (address, screen), stops(page)
            assert len(found) > 1 or "kiosk" in address, where
            assert [each["name"] for each in found if not each["ring"]] == [], where
            assert [each["name"] for each in found if not each["seen"]] == [], where
            assert [each["name"] for each in found if each["width"] < 8] == [], where
            pairs = pairwise(found)
            back = [(one["name"], two["name"]) for one, two in pairs if wrong_way(one, two)]
            assert back == [], where


@pytest.mark.parametrize("page", ["short phone", "tablet", "upright kiosk"], indirect=True)
def test_the_makers_view_loads_calmly_and_is_for_fingers(page: Page, house: House) -> None:
    for address in MAKERS:
        assert shift(at(page, house, address)) < MOST_SHIFT, address
        assert_fingers_meet_it(page)
        if page.viewport_size == SCREENS["short phone"]:
            assert_large_text_is_usable(page)


def test_dialogs_keep_the_focus_and_give_it_back(page: Page, house: House) -> None:
    at(page, house, "/gallery")
    cat = page.locator(".cat-open").first
    cat.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    for _ in range(25):
        page.keyboard.press("Tab")
        focused = "document.activeElement.closest('dialog') ?? document.activeElement"
        assert page.evaluate(f"({focused}).matches('dialog, body')")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(cat).to_be_focused()
    house.service.studio.sheets.new_sheet()  # with places that are free
    at(page, house, "/")
    page.get_by_text("Paper, pen, checks").click()
    paper = page.get_by_role("button", name="New paper is in").last
    paper.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="No", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    expect(paper).to_be_focused()


def test_a_drawing_moves_nothing_for_whoever_wants_no_motion(page: Page, house: House) -> None:
    """While a cat is drawn the camera is there at once, and each stroke of a replay."""
    jobs = house.service.studio.jobs
    house.service.studio.sheets.new_sheet()
    at(page, house, "/kiosk")
    page.evaluate("""() => {
      window.moved = [];
      for (const kind of ["transitionrun", "animationstart"])
        document.addEventListener(kind, (event) => window.moved.push(event.target.outerHTML));
    }""")
    cat = jobs.request(Request("page"))
    near = "() => document.querySelector('.sheet-seen').style.getPropertyValue('--near') > 1"
    page.wait_for_function(near)
    eventually(lambda: jobs.get(cat.id).state is JobState.DONE, timeout=60)
    page.wait_for_function(
        "() => document.querySelector('.sheet-seen').style.translate[0] === '0'"
    )
    assert page.evaluate("window.moved") == []
    at(page, house, "/gallery")
    page.locator(".cat-open").first.click()
    page.get_by_role("button", name="Replay").click()
    page.wait_for_function("() => document.getAnimations().length > 0")
    easings = "() => document.getAnimations().map((each) => each.effect.getTiming().easing)"
    assert set(page.evaluate(easings)) == {"steps(1, start)"}, "each stroke is there at once"
