"""The maker's errands in a real browser, on a real service with a simulated plotter."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from firmware_gcode.facts import fact
from pi_service.studio.jobs.job import Request
from pi_service.studio.machine.standstill import STAFF
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.web.looks import TAP_PX, assert_axe_finds_nothing, assert_it_fits
from tests.pi_service.web.workshop_house import OPTIONS, WAIT_MS, House, Open, opened, visits

pytestmark = pytest.mark.browser


@pytest.fixture
def house(tmp_path: Path, plain_model: Path) -> Iterator[House]:
    with opened(tmp_path / "data", speed=40.0, model=plain_model) as made:
        yield made


@pytest.fixture
def visit(chromium: Browser, house: House) -> Iterator[Open]:
    with visits(chromium, house) as open_page:
        yield open_page


def test_the_pen_is_moved_by_buttons_and_arrow_keys(visit: Open, house: House) -> None:
    page = visit()
    page.get_by_role("button", name="To the middle").click()
    expect(page.get_by_text("x 52.50 y 74.00 z 3.00 mm").first).to_be_visible()
    page.get_by_role("button", name="Left", exact=True).click()
    eventually(lambda: house.place[0] == pytest.approx(42.5, abs=0.02), timeout=10)
    page.locator("label").filter(has_text="0.1").click()
    page.get_by_role("group", name="Jog pad").focus()
    page.keyboard.press("ArrowUp")
    eventually(lambda: house.place[1] == pytest.approx(74.1, abs=0.02), timeout=10)
    page.keyboard.press("PageDown")
    eventually(lambda: house.place[2] == pytest.approx(2.9, abs=0.02), timeout=10)
    expect(page.get_by_text("You have the machine: the queue waits.")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_be_enabled()
    page.get_by_role("button", name="Let it draw").click()
    expect(page.get_by_text("You have the machine")).to_be_hidden()


def test_the_end_of_the_travel_is_said(visit: Open, house: House) -> None:
    page = visit()
    page.get_by_role("button", name="To the corner").click()
    expect(page.get_by_text("x 0.00 y 0.00").first).to_be_visible()
    before = house.place
    page.get_by_role("button", name="Left", exact=True).click()
    expect(page.get_by_text("out of the machine's travel of 300 x 300 mm")).to_be_visible()
    assert house.place == before


def test_a_pen_height_is_tried_and_kept(visit: Open, house: House) -> None:
    page = visit()
    keep = page.get_by_role("button", name="Keep in the profile")
    expect(keep).to_be_disabled()
    page.get_by_label("Pen lifted mm").fill("2.2")
    page.get_by_role("button", name="Lift and see").click()
    expect(page.get_by_text("kept: 3", exact=True)).to_be_visible()
    assert house.place[2] == pytest.approx(2.2, abs=0.02)
    keep.click()
    expect(page.get_by_text("profile.toml is changed")).to_be_visible()
    written = tomllib.loads((house.folder / "profile.toml").read_text())
    assert written["pen"]["up"] == 2.2
    expect(keep).to_be_disabled()
    page.get_by_role("button", name="Pen lifted: more").click()
    page.get_by_role("button", name="Lift and see").click()
    expect(page.get_by_text("kept: 2.2", exact=True)).to_be_visible()
    page.get_by_role("button", name="As it was").click()
    expect(page.get_by_text("kept: 2.2", exact=True)).to_be_hidden()
    assert house.place[2] == pytest.approx(2.2, abs=0.02)
    page.get_by_label("Pen lifted mm").fill("30")
    page.get_by_role("button", name="Lift and see").click()
    expect(page.get_by_text("That is above the top of the Z axis")).to_be_visible()


def test_the_console_asks_and_remembers(visit: Open, house: House) -> None:
    page = visit()
    line = page.get_by_label("A line for GRBL")
    line.fill("$$")
    line.press("Enter")
    log = page.get_by_role("log")
    expect(log).to_contain_text("$110=8000.000")
    expect(page.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    line.fill("G0 X900")
    line.press("Enter")
    expect(log).to_contain_text("out of the machine's travel")
    line.press("ArrowUp")
    expect(line).to_have_value("G0 X900")
    line.press("ArrowUp")
    expect(line).to_have_value("$$")
    page.get_by_role("button", name="$I", exact=True).click()
    expect(log).to_contain_text("VER:1.1h")
    line.fill("$RST=*")
    line.press("Enter")
    expect(page.get_by_text("It would wipe settings.")).to_be_visible()


def test_a_line_that_is_not_sent_says_why_and_stays(visit: Open, house: House) -> None:
    page, over = visit(), threading.Event()
    line = page.get_by_label("A line for GRBL")
    house.workshop._session.tasks.begin(fact("task-line"), over.wait)
    expect(page.get_by_role("button", name="$$", exact=True)).to_be_disabled()
    line.fill("?")
    line.press("Enter")
    expect(page.get_by_text("The machine is still busy")).to_be_visible()
    expect(line).to_have_value("?")
    over.set()
    house.stand()
    line.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("<Idle")
    expect(line).to_have_value("")


def test_a_difference_is_seen_and_written(visit: Open, house: House) -> None:
    house.workshop.console.send("$110=5000", wait_s=10.0)
    page = visit("settings")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("1 setting differs.")).to_be_visible()
    row = page.get_by_role("row").filter(has_text="$110").first
    expect(row).to_contain_text("highest speed, x")
    expect(row).to_contain_text("5000")
    page.get_by_role("button", name="Write $110 into the machine").click()
    expect(page.get_by_text("Written: $110=8000.")).to_be_visible()
    expect(page.get_by_text("The machine is as the profile says.")).to_be_visible()
    expect(page.locator(".backup")).to_have_count(2)
    page.get_by_label("Speed of drawing").fill("2500")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("profile.toml is changed")).to_be_visible()
    eventually(lambda: house.service.studio.machine.profile.draw_feed == 2500.0, timeout=10)


def test_the_first_steps_of_the_calibration(visit: Open, house: House) -> None:
    page = visit("calibration")
    page.get_by_role("button", name="Begin: Where the paper lies").click()
    question = page.get_by_role("region", name="Question")
    expect(question).to_contain_text("Take it over the corner of the paper")
    nudge = page.get_by_role("button", name="x +1", exact=True)
    nudge.press("Enter")
    expect(page.get_by_role("button", name="It is there")).to_be_enabled()
    expect(nudge).to_be_focused()
    eventually(lambda: house.place[0] == pytest.approx(1.0, abs=0.02), timeout=10)
    page.get_by_role("button", name="It is there").click()
    expect(question).to_contain_text("[5.0, 5.0] -> [6.0, 5.0]. Save it?")
    page.get_by_role("button", name="Yes").click()
    expect(question).to_contain_text("profile.toml is changed")
    studio = house.service.studio
    eventually(lambda: studio.machine.profile.paper_origin == (6.0, 5.0), timeout=10)
    begin_pen = "Begin: How high the pen is lifted, how deep it presses"
    page.get_by_role("button", name=begin_pen).click()
    expect(question).to_contain_text("Lower it until it just touches")
    page.get_by_role("button", name="End this step").click()
    expect(question).to_contain_text("Cancelled.")


def test_an_unplugged_machine_is_told_at_once(visit: Open, house: House) -> None:
    page = visit()
    house.plotter.unplug()
    expect(page.locator(".state-word")).to_have_text("not connected")
    expect(page.get_by_role("button", name="Left", exact=True)).to_be_disabled()
    expect(page.get_by_role("button", name="Send")).to_be_disabled()
    house.plotter.plug()
    expect(page.locator(".state-word")).not_to_have_text("not connected", timeout=WAIT_MS)
    home = page.get_by_role("button", name="Home", exact=True)
    expect(home).to_be_enabled(timeout=WAIT_MS)
    home.click()
    expect(page.locator(".state-word")).to_have_text("ready", timeout=WAIT_MS)


def test_while_a_cat_is_drawn_nothing_is_moved_by_hand(visit: Open, house: House) -> None:
    page = visit()
    house.service.studio.jobs.request(Request("page"))
    expect(page.locator(".state-word")).to_have_text("drawing", timeout=WAIT_MS)
    for name in ("Left", "Lift pen", "Lift and see", "Send", "Home"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
    why = page.locator(".maker-jog-card").get_by_text("A drawing is on the paper.")
    expect(why).to_be_hidden()
    page.get_by_role("group", name="Jog pad").focus()
    page.keyboard.press("ArrowLeft")
    expect(why).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".state-word")).to_have_text("stopped", timeout=WAIT_MS)
    expect(why).to_be_hidden()
    expect(page.get_by_role("button", name="Left", exact=True)).to_be_enabled()


def test_a_ready_machine_is_told_of_as_in_the_strip(visit: Open, house: House) -> None:
    page, studio = visit(), house.service.studio
    word, told = page.locator(".state-word"), page.locator(".state-sentence")
    strip = page.locator(".strip-text")

    def both(text: str) -> None:
        expect(strip).to_contain_text(text)
        expect(told).to_have_text(strip.inner_text())

    both("Ready to draw.")
    studio.machine.stop(STAFF)
    expect(word).to_have_text("stopped")
    both("Nothing begins until the staff let it go on.")
    assert "Ready to draw" not in str(studio.snapshot())
    page.locator(".maker-buttons").get_by_role("button", name="Go on").click()
    both("Ready to draw.")
    expect(word).to_have_text("ready")
    studio.calendar.set_hours({})
    both("Waits: the gallery is closed.")
    assert "Ready to draw" not in str(studio.snapshot())


def test_a_pad_that_cannot_move_the_pen_says_why(visit: Open, house: House) -> None:
    page, over = visit(), threading.Event()
    left = page.get_by_role("button", name="Left", exact=True)
    busy = page.locator(".maker-jog-card").get_by_text("The machine is still busy: ")
    before = house.place
    for way in ("10", "while held"):
        page.locator(".jog-step").filter(has_text=way).click()
        over.clear()
        house.workshop._session.tasks.begin(fact("task-line"), over.wait)
        expect(left).to_be_disabled()
        left.click(force=True)
        expect(busy).to_be_visible()
        over.set()
        expect(left).to_be_enabled()
        expect(busy).to_be_hidden()
    assert house.place == before


JOG_KEYS = """() => [...document.querySelectorAll(".jog-key")].map((key) => {
  const { x, y, width, height } = key.getBoundingClientRect();
  const under = document.elementFromPoint(x + width / 2, y + height / 2);
  return [under === key, Math.round(Math.min(width, height))];
})"""


@pytest.mark.parametrize("width", [320, 360, 390])
def test_every_key_of_the_pad_has_its_place_and_room_for_a_finger(
    visit: Open, width: int
) -> None:
    page = visit(viewport={"width": width, "height": 664})
    for size in (100, 200):
        page.evaluate(f"document.documentElement.style.fontSize = '{size}%'")
        page.locator(".jog-pad").evaluate("(pad) => pad.scrollIntoView({ block: 'center' })")
        keys = page.evaluate(JOG_KEYS)
        assert len(keys) == 6
        assert all(seen for seen, _ in keys)
        if (width, size) != (320, 200):
            assert min(side for _, side in keys) >= TAP_PX


def test_computer_log_and_backup(visit: Open, house: House) -> None:
    page = visit("computer")
    expect(page.get_by_text("Memory free")).to_be_visible()
    expect(page.get_by_text("sudo catplotter update")).to_be_visible()
    expect(page.get_by_text("Sheet 1 is on the bed.")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download a backup").click()
    assert download.value.suggested_filename.startswith("catplotter-")
    assert Path(download.value.path()).read_bytes()[:2] == b"\x1f\x8b"


def test_the_services_own_settings_are_listed_and_explained(visit: Open) -> None:
    page = visit("settings")
    table = page.locator("table.options")
    expect(table.locator("tbody tr")).to_have_count(len(OPTIONS))
    pen = table.get_by_role("row").filter(has_text="pen-metres")
    expect(pen).to_contain_text("How far a pen's ink goes; you are told before it runs dry.")
    expect(pen).to_contain_text("At least 1\u00a0m.")
    expect(pen.get_by_role("cell")).to_have_text(
        ["250\u00a0mdefault: 400\u00a0m", "command line"]
    )
    press = table.get_by_role("row").filter(has_text="long-press")
    expect(press).to_contain_text("One of auto, stop, sheet, approve, nothing.")
    expect(press.get_by_role("cell")).to_have_text(["auto", "default"])


def test_axe_finds_nothing_and_it_fits(visit: Open, house: House) -> None:
    house.workshop.console.send("$110=5000", wait_s=10.0)
    screens = ("phone", "tablet", "desktop")
    for part in ("", "drawing", "settings", "computer", "calibration"):
        page = visit(part, reduced_motion="reduce")
        if part == "settings":
            page.get_by_role("button", name="Compare").click()
            expect(page.get_by_text("1 setting differs.")).to_be_visible()
            page.get_by_text("All settings").first.click()
        if part == "calibration":
            page.get_by_role("button", name="Begin: Where the paper lies").click()
            expect(page.get_by_role("button", name="It is there")).to_be_enabled()
        assert_it_fits(page, screens)
        assert_axe_finds_nothing(page)
        page.context.close()
