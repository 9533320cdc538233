"""A drawing of one's own on a whole sheet, in a real browser on a real service."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import JobState, Request
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.studio.test_artworks import SVG
from tests.pi_service.web.workshop_house import WAIT_MS, House, Open, opened, visits

pytestmark = pytest.mark.browser

PAGE = (
    "<svg xmlns='http://www.w3.org/2000/svg' width='105mm' height='148mm'"
    " viewBox='0 0 105 148'><path stroke='black' fill='none' d='{}'/></svg>"
)
DROP = """(files) => {
  const given = new DataTransfer();
  for (const [name, text] of Object.entries(files))
    given.items.add(new File([text], name, { type: "image/svg+xml" }));
  const how = { dataTransfer: given, bubbles: true, cancelable: true };
  document.querySelector("main").dispatchEvent(new DragEvent("drop", how));
}"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = StudioSettings(columns=2, rows=2, caption=False)
    with opened(tmp_path / "data", speed=40.0, settings=settings) as made:
        yield made


@pytest.fixture
def visit(chromium: Browser, house: House) -> Iterator[Open]:
    with visits(chromium, house) as open_page:
        yield open_page


def drop(page: Page, **files: str) -> None:
    """Have the staff drop files on the page, and choose the whole sheet for them."""
    given = files or {"poster": SVG}
    page.evaluate(DROP, {f"{name}.svg": text for name, text in given.items()})
    expect(page.locator(".artwork-placed")).to_contain_text("Cell", timeout=60_000)
    page.get_by_label("Place", exact=True).select_option("on a whole sheet")
    expect(page.locator(".artwork-placed")).to_contain_text("Sheet", timeout=60_000)


def test_a_file_is_dropped_turned_and_drawn_on_the_whole_sheet(
    visit: Open, house: House
) -> None:
    page = visit("drawing")
    drop(page)
    facts = page.locator(".artwork-placed")
    expect(facts).to_contain_text("85 × 46.9", timeout=60_000)
    bed = page.get_by_role("img", name="Your drawing on the whole sheet.")
    expect(bed).to_be_visible()
    page.get_by_label("Turned, degrees", exact=True).fill("90")
    expect(facts).to_contain_text("× 128 mm", timeout=60_000)
    page.get_by_label("Longer side, mm", exact=True).fill("100")
    page.get_by_label("Middle from below, mm", exact=True).fill("55")
    expect(facts).to_contain_text("below 5, above 23 mm", timeout=60_000)
    expect(facts).not_to_contain_text("This sheet is begun")
    draw = page.get_by_role("button", name="Draw it")
    expect(draw).to_be_enabled(timeout=60_000)
    draw.click()
    expect(page.get_by_text("“poster” is asked for, as job 1.")).to_be_visible()
    jobs = house.service.studio.jobs
    eventually(lambda: jobs.get(1).state is JobState.DONE, timeout=60)
    assert jobs.get(1).whole_sheet
    page.goto(f"{house.url}/gallery")
    page.get_by_role("button", name="Poster").first.click()
    expect(page.get_by_role("dialog")).to_contain_text("Poster", timeout=WAIT_MS)


def test_on_a_begun_sheet_it_waits_and_all_are_told(visit: Open, house: House) -> None:
    studio = house.service.studio
    cat = studio.jobs.request(Request("page"))
    eventually(lambda: studio.jobs.get(cat.id).state is JobState.DONE, timeout=60)
    page = visit("drawing")
    drop(page)
    expect(page.get_by_text("This sheet is begun: the drawing waits")).to_be_visible()
    page.get_by_role("button", name="Draw it").click()
    strip = page.locator("state-strip")
    expect(strip).to_contain_text("“poster” takes a whole sheet, and this one is begun")
    assert strip.get_attribute("data-shown") == "needs_paper"
    page.goto(house.url)
    expect(strip).to_contain_text("this one is begun")
    visitor = page.context.browser.new_page()  # type: ignore[union-attr] # it was opened by one
    visitor.goto(house.url)
    told = visitor.locator("state-strip")
    expect(told).to_contain_text("The next drawing takes a sheet of its own.")
    visitor.close()
    strip.get_by_role("button", name="New paper is in").click()
    poster = studio.jobs.latest(1)[0]
    eventually(lambda: studio.jobs.get(poster.id).state is JobState.DONE, timeout=60)
    expect(strip).to_contain_text("the sheet is full")


def test_files_of_one_drawing_keep_their_size_and_their_register(
    visit: Open, house: House
) -> None:
    page = visit("drawing")
    drop(page, black=PAGE.format("M20 20H60"), red=PAGE.format("M60 20V130"))
    facts = page.locator(".artwork-placed")
    expect(facts).to_contain_text("black: 1 stroke, red: 1 stroke")
    own = page.get_by_label("Its own size, at its place on its page")
    own.check()
    expect(facts).to_contain_text("40 × 110 mm", timeout=60_000)
    expect(facts).to_contain_text("left 10, right 35, below 8, above 10 mm")
    page.get_by_label("Longer side, mm", exact=True).fill("55")
    expect(facts).to_contain_text("20 × 55 mm", timeout=60_000)
    expect(own).not_to_be_checked()
    own.check()
    expect(facts).to_contain_text("40 × 110 mm", timeout=60_000)
    page.get_by_role("button", name="Draw it").click()
    strip, jobs = page.locator("state-strip"), house.service.studio.jobs
    for pen in ("black", "red"):
        expect(strip).to_contain_text(f"Waits for the pen “{pen}”", timeout=WAIT_MS)
        strip.get_by_role("button", name="Go on").click()
    eventually(lambda: jobs.get(1).state is JobState.DONE, timeout=60)
