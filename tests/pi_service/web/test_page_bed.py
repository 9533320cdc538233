"""The bed in a real browser: the pen sent somewhere and held, own drawings put on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from pi_service.studio.jobs.job import JobState, Request
from pi_service.studio.machine.standstill import STAFF
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.studio.test_artworks import CORNER, SVG
from tests.pi_service.web.looks import SCREENS
from tests.pi_service.web.workshop_house import WAIT_MS, House, Open, opened, visits

pytestmark = pytest.mark.browser

STAR: FilePayload = {
    "name": "star.svg",
    "mimeType": "image/svg+xml",
    "buffer": SVG.replace("</svg>", "<image href='x' width='9' height='9'/></svg>").encode(),
}


@pytest.fixture
def house(tmp_path: Path, plain_model: Path) -> Iterator[House]:
    with opened(tmp_path / "data", speed=10.0, model=plain_model) as made:
        yield made


@pytest.fixture
def visit(chromium: Browser, house: House) -> Iterator[Open]:
    with visits(chromium, house) as open_page:
        yield open_page


def click_at(page: Page, x: float, y: float) -> None:
    """Click on the bed's picture, by parts of its width and height."""
    canvas = page.locator(".bed-canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])


def test_a_click_sends_the_pen_there(visit: Open, house: House) -> None:
    page = visit()
    click_at(page, 0.5, 0.5)
    eventually(lambda: house.place[:2] == pytest.approx((145.0, 145.0), abs=2.0), timeout=20)
    before = house.place
    click_at(page, 0.02, 0.5)
    expect(page.get_by_text("out of the machine's travel of 300 x 300 mm")).to_be_visible()
    assert house.place == before


def test_the_pen_moves_while_it_is_held_and_no_longer(visit: Open, house: House) -> None:
    page = visit()
    page.get_by_role("radio", name="while held").check(force=True)
    left = page.get_by_role("button", name="Left", exact=True)
    for by in ("mouse", "key", "space"):
        page.get_by_role("button", name="To the middle").click()
        expect(page.get_by_text("x 52.50 y 74.00 z 3.00 mm").first).to_be_visible()
        if by == "mouse":
            left.hover()
            page.mouse.down()
        elif by == "key":
            page.get_by_role("group", name="Jog pad").focus()
            page.keyboard.down("ArrowLeft")
        else:
            left.focus()
            page.keyboard.down("Space")
        eventually(lambda: house.workshop.view()["position"][0] < 50.0, timeout=20)
        page.mouse.up()
        page.keyboard.up("ArrowLeft")
        page.keyboard.up("Space")
        x, y, _ = house.place
        assert x < 50.0, by
        assert y == pytest.approx(74.0, abs=0.02)
        assert house.place[0] == x


def test_a_click_that_was_meant_before_a_stop_moves_nothing(visit: Open, house: House) -> None:
    page = visit()
    before = house.place

    def late(route: Route) -> None:
        house.service.studio.machine.stop(STAFF)
        route.continue_()

    page.route("**/machine/point", late)
    click_at(page, 0.5, 0.5)
    expect(page.get_by_text("Somebody has pressed Stop meanwhile")).to_be_visible()
    assert house.place == before


def test_the_drawing_at_work_is_seen_paused_and_sped_up(visit: Open, house: House) -> None:
    page = visit()
    house.service.studio.jobs.request(Request("page"))
    faster = page.get_by_role("button", name="Faster")
    faster.click()
    expect(page.locator(".speed-words")).to_have_text("Speed: 110 %")
    eventually(lambda: house.workshop.view()["feed_percent"] == 110, timeout=20)
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.locator(".state-word")).to_have_text("paused", timeout=WAIT_MS)
    click_at(page, 0.5, 0.5)  # a person's hands set it aside
    eventually(lambda: house.workshop.view()["state"] == "ready", timeout=20)


def test_settings_are_found_by_name_and_lines_by_their_words(visit: Open) -> None:
    page = visit()
    page.get_by_label("Find lines").fill("highest speed, x")
    page.get_by_role("button", name="$110 highest speed, x").click()
    line = page.get_by_label("A line for GRBL")
    expect(line).to_have_value("$110=8000")
    page.get_by_label("Find lines").fill("")
    line.fill("$$")
    line.press("Enter")
    log = page.get_by_role("log")
    expect(log).to_contain_text("$132=50.000")
    page.get_by_label("Find lines").fill("$110")
    expect(log).to_contain_text("$110=8000.000")
    expect(log).not_to_contain_text("$132")


def test_a_file_is_put_on_the_bed_turned_and_drawn(visit: Open, house: House) -> None:
    page = visit("drawing")
    page.locator("#artwork-file").set_input_files(STAR)
    facts = page.locator(".artwork-placed")
    expect(facts).to_contain_text("Left out: 1 picture.", timeout=60_000)
    size = page.get_by_label("Longer side, mm", exact=True)
    size.fill("40")
    page.get_by_label("Turned, degrees", exact=True).fill("90")
    page.get_by_label("Pens", exact=True).select_option("colour")
    expect(facts).to_contain_text("× 40 mm", timeout=60_000)
    expect(facts).to_contain_text("#ff0000: 3 strokes")
    page.get_by_label("Middle from the left, mm", exact=True).fill("1")
    expect(page.get_by_text("would go beyond its room")).to_be_visible(timeout=60_000)
    page.get_by_label("Middle from the left, mm", exact=True).fill("30")
    draw = page.get_by_role("button", name="Draw it")
    expect(draw).to_be_enabled(timeout=60_000)
    draw.click()
    expect(page.get_by_text("“star” is asked for, as job 1.")).to_be_visible()
    job = house.service.studio.jobs.get(1)
    assert job.class_name == "star"
    strip = page.locator("state-strip")
    for pen in ("#ff0000", "#0000ff", "#00ff00"):
        expect(strip).to_contain_text(f"Waits for the pen “{pen}”", timeout=WAIT_MS)
        strip.get_by_role("button", name="Go on").click()
    eventually(lambda: house.service.studio.jobs.get(1).state is JobState.DONE, timeout=30)
    page.goto(f"{house.url}/gallery")
    expect(page.get_by_text("Star").first).to_be_visible(timeout=WAIT_MS)


def test_a_file_is_dragged_and_fills_its_cell_again(visit: Open) -> None:
    page = visit("drawing")
    page.locator("#artwork-file").set_input_files(STAR)
    size = page.get_by_label("Longer side, mm", exact=True)
    expect(size).not_to_have_value("", timeout=60_000)
    size.fill("30")
    middle = page.get_by_label("Middle from below, mm", exact=True)
    expect(page.locator(".artwork-placed")).to_contain_text("30 ×", timeout=60_000)
    before = float(middle.input_value())
    box = page.locator(".bed-canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 - 40, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "() => !document.querySelector('bed-view').hasAttribute('aria-busy')"
    )
    assert float(middle.input_value()) > before + 3.0
    page.get_by_role("button", name="Fill the cell").click()
    expect(page.locator(".artwork-placed")).not_to_contain_text("30 ×", timeout=60_000)


def test_gcode_and_what_is_none(visit: Open) -> None:
    page = visit("drawing")
    file = page.locator("#artwork-file")
    file.set_input_files({**STAR, "name": "a.gcode", "buffer": CORNER.encode()})
    expect(page.locator(".artwork-placed")).to_contain_text("30 × 20 mm", timeout=60_000)
    expect(page.get_by_text("at this plotter’s own speeds")).to_be_visible()
    expect(page.get_by_label("Pens", exact=True)).to_be_hidden()
    file.set_input_files({**STAR, "name": "b.gcode", "buffer": b"$H\n"})
    expect(page.get_by_text("line 1")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Draw it")).to_be_disabled()


def test_the_setup_says_what_was_done_and_when(visit: Open, house: House) -> None:
    page = visit()
    page.goto(f"{house.url}/machine?show=calibration")
    items = page.locator(".setup-item")
    expect(items).to_have_count(6)
    expect(items.filter(has_text="backed up")).to_contain_text("never")
    expect(items.filter(has_text="where the pen is")).to_have_attribute("data-done", "true")


def test_fingers_find_what_they_press(visit: Open) -> None:
    for part in ("", "drawing"):
        page = visit(part, has_touch=True, is_mobile=True)
        page.set_viewport_size({**SCREENS["phone"], "height": 664})
        small = page.evaluate(
            """() => [...document.querySelectorAll('.bed-tool, .jog-key, .jog-step,'
               + ' .artwork-drop, .maker-bed-card .button, .maker-artwork-card .button')]
              .filter((each) => each.checkVisibility())
              .map((each) => [each.className, each.getBoundingClientRect()])
              .filter(([, box]) => Math.min(box.width, box.height) < 47.5)
              .map(([name]) => name)"""
        )
        assert small == [], part
