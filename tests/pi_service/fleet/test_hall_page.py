"""An errand on a phone: see who needs somebody, stop all, see who fell silent."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from playwright.sync_api import Browser, expect

from pi_service.fleet.hall import Hall
from pi_service.fleet.membership import Broker
from pi_service.web.routes.app import create_hall_app
from pi_service.web.server import WebServer
from tests.conftest import PATIENCE_MS
from tests.pi_service.fleet.broker import RealBroker
from tests.pi_service.fleet.crowd import Crowd
from tests.pi_service.people import PHRASE, with_password
from tests.pi_service.web.looks import assert_axe_finds_nothing, assert_it_fits


def test_the_hall_on_a_phone(chromium: Browser, tmp_path: Path) -> None:
    with (
        RealBroker(tmp_path) as broker,
        closing(Hall(Broker(host="127.0.0.1", port=broker.port))) as hall,
        closing(with_password(tmp_path / "doors")) as doors,
        WebServer(
            create_hall_app(hall, doors, allowed_hosts=["localhost"]), "127.0.0.1", 0
        ) as server,
    ):
        hall.start()
        context = chromium.new_context(viewport={"width": 390, "height": 664})
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(server.url)
        page.get_by_label("Password", exact=True).fill(PHRASE)
        page.get_by_role("button", name="Log in").click()
        with Crowd(broker.port, 3):
            expect(page.locator(".hall-summary")).to_have_text("3 plotters")
            card = page.locator(".hall-card", has_text="north-2")
            expect(card.locator("img")).to_be_visible()
            card.get_by_role("button", name="Draw a cat: north-2").click()
            expect(card.locator(".hall-says")).to_have_text("Drawing.")
            page.get_by_role("button", name="Stop all").click()
            expect(page.locator(".hall-errand")).to_have_text("Stop: 3 of 3 follow it.")
            expect(page.locator(".hall-summary")).to_contain_text("3 need somebody")
            page.get_by_role("button", name="All: Go on").click()
            page.get_by_role("dialog").get_by_role("button", name="Go on").click()
            expect(card.locator(".hall-says")).to_have_text("Ready to draw.")
            assert_axe_finds_nothing(page)
            assert_it_fits(page, ["phone"])
        expect(page.locator(".hall-summary")).to_have_text("3 plotters · 3 are silent")
        expect(card.locator(".hall-says")).to_contain_text("is it switched on?")
        broker.kill()
        expect(page.get_by_role("alert").first).to_contain_text("broker")
        expect(page.get_by_role("button", name="Stop all")).to_be_disabled()
        context.close()
        assert complaints == []
