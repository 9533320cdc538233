"""The staff set up who is told, on the page; what they typed as a secret is seen no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from pi_service.plugins.settings import Rules
from tests.pi_service.plugins.sinks import web_sink
from tests.pi_service.web.looks import assert_axe_finds_nothing, assert_it_fits
from tests.pi_service.web.workshop_house import WAIT_MS, opened, visits

pytestmark = pytest.mark.browser


def test_a_webhook_is_set_up_tested_switched_off_and_removed(
    chromium: Browser, tmp_path: Path, plain_model: Path
) -> None:
    with (
        web_sink() as sink,
        opened(tmp_path, speed=50, model=plain_model) as house,
        visits(chromium, house) as visit,
    ):
        page = visit("messages", viewport={"width": 390, "height": 664})
        page.get_by_text("Set up another").click()
        kind = page.get_by_label("Which")
        label = page.locator("option", has_text="webhook").text_content()
        kind.select_option(label=label)
        page.get_by_label("url", exact=True).fill(sink.url)
        page.get_by_label("Name").fill("office")
        assert_axe_finds_nothing(page)
        assert_it_fits(page)
        page.get_by_role("button", name="Set up", exact=True).click()
        row = page.locator(".plugin")
        expect(row.locator(".plugin-state")).to_have_text("at work", timeout=WAIT_MS)
        row.get_by_role("button", name="Send a test message").click()
        taken = page.get_by_text("The test message was taken by “office”.")
        expect(taken).to_be_visible(timeout=WAIT_MS)
        assert sink.told() == [("test", "test")]
        sink.status = 500
        row.get_by_role("button", name="Send a test message").click()
        state = row.locator(".plugin-state")
        expect(state).to_contain_text("The server answers 500", timeout=WAIT_MS)
        row.get_by_role("button", name="Switch off").click()
        expect(state).to_have_text("switched off", timeout=WAIT_MS)
        assert "T0P5ECRET" not in page.content()
        page.get_by_label("Quiet").fill("22:00-08:00")
        page.locator(".maker-notify-card").get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved.")).to_be_visible(timeout=WAIT_MS)
        assert house.service.plugins.view()["rules"]["quiet"] == "22:00-08:00"
        house.service.plugins.set_rules(Rules(language="fr"))
        page.get_by_label("Quiet").fill("23:00-08:00")
        page.locator(".maker-notify-card").get_by_role("button", name="Save").click()
        told = page.get_by_text("Others have saved something else meanwhile.")
        expect(told).to_be_visible(timeout=WAIT_MS)
        assert house.service.plugins.view()["rules"]["language"] == "fr"
        page.locator(".maker-notify-card").get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved.")).to_be_visible(timeout=WAIT_MS)
        rules = house.service.plugins.view()["rules"]
        assert (rules["language"], rules["quiet"]) == ("en", "23:00-08:00")
        row.get_by_role("button", name="Remove office").click()
        row.get_by_role("button", name="Really remove?").click()
        expect(row).to_have_count(0)
