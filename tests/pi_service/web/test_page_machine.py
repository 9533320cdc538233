"""The maker's errands in a real browser, on a real service with a simulated plotter."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from gpiozero.pins.mock import MockFactory
from playwright.sync_api import Browser, Page, expect

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.grbl.simulator.pty import PtyMachine
from firmware_gcode.program.profile import Profile
from pi_service.cli.serve_options import listed, settings_options
from pi_service.service import Service, ServiceConfig
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.job import Request
from pi_service.web.access import COOKIE
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.web.looks import assert_axe_finds_nothing, assert_it_fits

pytestmark = pytest.mark.browser

PHRASE = "seven sleepy cats"
WAIT_MS = 15_000.0
"""Within this time the page tells what is so."""
Open = Callable[..., Page]


@click.command()
@settings_options(StudioSettings, "studio")
def options(studio: dict[str, object]) -> None:
    """The part of `catplotter serve` whose settings the studio declares."""


with options.make_context("serve", ["--pen-metres", "250", "--no-caption"]) as context:
    OPTIONS = listed(context)


class House:
    """A service whose machine is ready, and what is behind its port."""

    def __init__(self, service: Service, folder: Path) -> None:
        assert service.access is not None
        assert service.workshop is not None
        assert service.simulated is not None
        self.service, self.folder = service, folder
        self.workshop = service.workshop
        self.plotter: PtyMachine = service.simulated
        service.access.reset_password(PHRASE)
        self.token = service.access.log_in(PHRASE, "127.0.0.1")

    @property
    def place(self) -> tuple[float, float, float]:
        """Where the pen is when nothing moves any more, mm."""
        eventually(lambda: not self._moves(), timeout=20)
        x, y, z = self.workshop.view()["details"]["work"]
        return x, y, z

    def _moves(self) -> bool:
        view = self.workshop.view()
        return bool(view["busy"] or view["details"]["moving"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    config = ServiceConfig(
        data=tmp_path / "data",
        profile=Profile.load("simulated"),
        paper=Paper.named("A6"),
        find_port=None,
        speed=40.0,
        http_port=0,
        pin_factory=MockFactory(),
        listed=OPTIONS,
    )
    with Service(config) as service:
        made = House(service, tmp_path / "data")
        eventually(lambda: made.workshop.view()["state"] == "ready", timeout=30)
        yield made


@pytest.fixture
def visit(chromium: Browser, house: House) -> Iterator[Open]:
    """Open a part of the maker's view; what a page complains about fails the test."""
    contexts, complaints = [], list[str]()

    def open_page(part: str = "", **options: object) -> Page:
        size = {"width": 1440, "height": 900}
        context = chromium.new_context(**{"viewport": size, **options})  # type: ignore[arg-type] # as the caller has it
        contexts.append(context)
        url = house.service.web.url.rstrip("/")
        context.add_cookies([{"name": COOKIE, "value": house.token, "url": url}])
        context.set_default_timeout(WAIT_MS)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{url}/machine" + (f"?show={part}" if part else ""))
        expect(page.locator(".state-word")).to_have_text("ready", timeout=WAIT_MS)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


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
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".state-word")).to_have_text("ready", timeout=WAIT_MS)
    expect(page.get_by_role("button", name="Left", exact=True)).to_be_enabled()


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
    expect(press).to_contain_text("One of auto, stop, sheet, nothing.")
    expect(press.get_by_role("cell")).to_have_text(["auto", "default"])


@pytest.mark.parametrize("part", ["", "calibration", "settings", "computer"])
def test_axe_finds_nothing_and_it_fits(visit: Open, house: House, part: str) -> None:
    house.workshop.console.send("$110=5000", wait_s=10.0)
    page = visit(part, reduced_motion="reduce")
    if part == "settings":
        page.get_by_role("button", name="Compare").click()
        expect(page.get_by_text("1 setting differs.")).to_be_visible()
        page.get_by_text("All settings").first.click()
    if part == "calibration":
        page.get_by_role("button", name="Begin: Where the paper lies").click()
        expect(page.get_by_role("button", name="It is there")).to_be_enabled()
    screens = ("phone", "tablet", "desktop")
    assert_it_fits(page, screens)
    assert_axe_finds_nothing(page, screens)
