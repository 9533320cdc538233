"""Opening hours and the timetable, as the staff set them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pi_service.studio.access.access import Access
from pi_service.studio.calendar.clock import ClockSigns, WallClock
from pi_service.studio.calendar.hours import Hours
from tests.pi_service.web.open_house import House, open_house, serving

pytestmark = pytest.mark.browser

REFUSED = ("400 (BAD REQUEST)",)


@pytest.fixture
def house(tmp_path: Path, doors: Access) -> Iterator[House]:
    with open_house(tmp_path / "house", doors) as made:
        yield made


@pytest.fixture
def hours(house: House, visit: Callable[..., Any]) -> Page:
    page: Page = visit(url=house.url + "/hours", expected=REFUSED).page
    expect(page.get_by_role("heading", name="Opening hours")).to_be_visible()
    return page


def test_hours_are_set_by_the_day(house: House, hours: Page) -> None:
    save = hours.get_by_role("button", name="Save hours")
    expect(save).to_be_disabled()
    hours.get_by_label("Always open").uncheck()
    hours.get_by_label("Monday, open from").fill("10:00")
    hours.get_by_label("Monday, open until").fill("18:00")
    hours.get_by_role("button", name="Monday: another time").click()
    hours.get_by_label("Monday, open from").nth(1).fill("19:00")
    hours.get_by_label("Monday, open until").nth(1).fill("21:30")
    hours.get_by_role("button", name="Tuesday: take this time out").click()
    expect(hours.get_by_text("Not saved yet.")).to_be_visible()
    save.click()
    expect(hours.get_by_text("Saved.")).to_be_visible()
    kept = house.studio.calendar.hours.as_settings()
    assert kept["mon"] == "10:00-18:00, 19:00-21:30"
    assert "tue" not in kept
    assert kept["wed"] == "00:00-24:00"
    hours.reload()
    expect(hours.get_by_label("Monday, open from").nth(1)).to_have_value("19:00")
    expect(hours.get_by_role("group", name="Tuesday")).to_contain_text("closed")
    hours.get_by_label("Always open").check()
    expect(hours.get_by_role("group", name="Tuesday")).to_be_hidden()
    save.click()
    expect(hours.get_by_text("Saved.")).to_be_visible()
    assert house.studio.calendar.hours == Hours()


def test_hours_of_others_are_not_replaced_without_a_word(house: House, hours: Page) -> None:
    """On two pages, or by a command while the page is open."""
    hours.get_by_label("Always open").uncheck()
    hours.get_by_label("Monday, open from").fill("10:00")
    house.studio.calendar.set_hours({"sat": "12:00-18:00"})
    save = hours.get_by_role("button", name="Save hours")
    save.click()
    expect(hours.get_by_text("Others have saved something else meanwhile.")).to_be_visible()
    assert house.studio.calendar.hours.as_settings()["sat"] == "12:00-18:00"
    save.click()
    expect(hours.get_by_text("Saved.")).to_be_visible()
    kept = house.studio.calendar.hours.as_settings()
    assert (kept["mon"], kept["sat"]) == ("10:00-24:00", "00:00-24:00")


def test_hours_that_are_not_saved_are_not_left_without_a_word(hours: Page) -> None:
    hours.get_by_label("Always open").uncheck()
    hours.get_by_role("button", name="Monday: take this time out").click()
    dialog = hours.get_by_role("dialog")
    hours.get_by_role("link", name="Gallery").click()
    dialog.get_by_role("button", name="No").click()
    expect(hours).to_have_url(re.compile(r"/hours$"))
    hours.get_by_role("button", name="Save hours").click()
    expect(hours.get_by_text("Saved.")).to_be_visible()
    hours.get_by_role("link", name="Gallery").click()
    expect(hours).to_have_url(re.compile(r"/gallery$"))
    hours.go_back()
    hours.get_by_role("button", name="Monday: open").click()
    hours.evaluate("history.forward()")
    expect(dialog).to_be_visible()
    expect(hours).to_have_url(re.compile(r"/hours$"))
    dialog.get_by_role("button", name="Leave").click()
    expect(hours).to_have_url(re.compile(r"/gallery$"))


def test_a_person_says_that_the_time_is_right(
    house: House, visit: Callable[..., Any], tmp_path: Path
) -> None:
    calendar = house.studio.calendar
    signs = ClockSigns(tmp_path, kernel=lambda: False, uptime=lambda: 1.0)
    calendar.clock = WallClock(calendar.clock._database, time.time, signs=signs, patience_s=60)
    page: Page = visit(url=house.url + "/hours").page
    right = page.get_by_role("button", name="The time is right")
    right.click()
    expect(right).to_be_hidden()
    assert calendar.clock.trusted


def test_different_days_and_quiet_times_are_set(house: House, hours: Page) -> None:
    hours.get_by_role("button", name="Add a day").click()
    hours.locator(".exception").get_by_label("Date").fill("2027-12-25")
    hours.get_by_role("button", name="Add a day").click()
    second = hours.locator(".exception").nth(1)
    second.get_by_label("Date").fill("2027-12-24")
    second.get_by_label("That day").select_option("open")
    second.get_by_label("Open, until").fill("13:00")
    hours.get_by_role("button", name="Add a quiet time").click()
    hours.get_by_label("Quiet on").select_option("sun")
    hours.get_by_role("button", name="Save hours").click()
    expect(hours.get_by_text("Saved.")).to_be_visible()
    kept = house.studio.calendar.hours.as_settings()
    assert kept["closed"] == ["2027-12-25"]
    assert kept["dates"] == {"2027-12-24": "10:00-13:00"}
    assert kept["quiet"] == ["sun 13:00-14:00"]


def test_what_is_refused_is_said_where_it_was_written(house: House, hours: Page) -> None:
    hours.get_by_label("Always open").uncheck()
    hours.get_by_label("Friday, open from").fill("18:00")
    hours.get_by_label("Friday, open until").fill("10:00")
    hours.get_by_role("button", name="Save hours").click()
    friday = hours.get_by_role("group", name="Friday")
    expect(friday.get_by_role("alert")).to_contain_text("end before they begin")
    expect(hours.get_by_text("Not saved: see above.")).to_be_visible()
    assert "fri" in house.studio.calendar.hours.as_settings()


def test_rules_are_added_by_choices_paused_and_removed(house: House, hours: Page) -> None:
    hours.get_by_label("At", exact=True).fill("14:00")
    hours.get_by_role("button", name="Add", exact=True).click()
    rule = hours.get_by_role("listitem").filter(has_text="Daily at 14:00")
    expect(rule.get_by_text(re.compile("Next: "))).to_be_visible()
    expect(hours.locator(".run")).to_have_count(5)
    expect(hours.locator(".run").first).to_contain_text("2:00 PM")
    expect(hours.get_by_text("Local time of Europe/Berlin.")).to_be_visible()
    rule.get_by_role("button", name="Pause: ").click()
    expect(rule.get_by_text("Paused.")).to_be_visible()
    expect(hours.locator(".run")).to_have_count(0)
    assert not house.studio.calendar.entries()[0].enabled
    rule.get_by_role("button", name="Go on: ").click()
    expect(hours.locator(".run")).to_have_count(5)
    rule.get_by_role("button", name="Remove: ").click()
    assert len(house.studio.calendar.entries()) == 1
    rule.get_by_role("button", name="Really remove?").click()
    expect(hours.get_by_text("There is no rule yet.")).to_be_visible()
    assert house.studio.calendar.entries() == []


def test_every_kind_of_rule_is_put_together_of_choices(house: House, hours: Page) -> None:
    kind, add = (
        hours.get_by_label("A new rule"),
        hours.get_by_role("button", name="Add", exact=True),
    )
    kind.select_option("every")
    hours.get_by_label("Minutes").fill("45")
    add.click()
    expect(hours.get_by_text("Every 45 minutes")).to_be_visible()
    kind.select_option("days")
    for day in ("Saturday", "Sunday"):
        hours.get_by_role("checkbox", name=day).uncheck()
    add.click()  # the browser says that a day is to be chosen
    hours.get_by_role("checkbox", name="Friday").check()
    add.click()
    expect(hours.get_by_text("On Friday at 14:00")).to_be_visible()
    kind.select_option("date")
    hours.get_by_label("Date").last.fill("2027-12-24")
    hours.get_by_label("At", exact=True).fill("15:30")
    add.click()
    expect(hours.get_by_text("On 2027-12-24 at 15:30")).to_be_visible()
    rules = [entry.rule for entry in house.studio.calendar.entries()]
    assert rules == ["every 45 minutes", "on fri at 14:00", "on 2027-12-24 at 15:30"]


def test_a_restarted_service_is_shown_as_it_is_now(
    house: House, doors: Access, visit: Callable[..., Any]
) -> None:
    lost = ("Failed to load resource", "ERR_")
    page: Page = visit(url=house.url + "/hours", expected=lost).page
    expect(page.get_by_text("There is no rule yet.")).to_be_visible()
    page.get_by_label("Always open").uncheck()
    page.get_by_role("button", name="Monday: take this time out").click()
    port = house.server.port
    house.server.close()
    expect(page.get_by_text("No connection to the plotter.")).to_be_visible()
    page.get_by_role("button", name="Save hours").click()
    # The timetable may say it too: it asks anew whenever it hears the state, the last one too.
    expect(page.locator(".hours-answer")).to_contain_text("does not answer")
    house.studio.calendar.add("daily at 14:00")
    with serving(house, doors, port):
        expect(page.get_by_text("Daily at 14:00")).to_be_visible()
        page.get_by_role("button", name="Save hours").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        assert "mon" not in house.studio.calendar.hours.as_settings()
        page.context.close()


def test_visitors_are_sent_to_the_door(house: House, visit: Callable[..., Any]) -> None:
    page: Page = visit(url=house.url + "/hours", staff=False).page
    expect(page).to_have_url(re.compile(r"/login\?next=%2Fhours$"))
