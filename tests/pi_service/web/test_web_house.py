"""History, hours, pen and preflight through the API, over the real studio."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import APIResponse, Page, Route, expect

from firmware_gcode.facts import fact
from pi_service.studio.access.access import Access
from pi_service.studio.core.database import StoreError
from pi_service.studio.jobs.job import JobState
from pi_service.web.routes.app import create_app
from pi_service.web.server import WebServer
from tests.pi_service.people import staff_client
from tests.pi_service.studio.gallery import Gallery, eventually
from tests.pi_service.web.fake_studio import FakeStudio


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    place = Gallery(tmp_path)
    place.open()
    yield place
    place.close()


@pytest.fixture
def client(gallery: Gallery, doors: Access) -> FlaskClient:
    app = create_app(
        gallery.studio,
        doors=doors,
        allowed_hosts=["localhost"],
    )
    return staff_client(app, doors)


def says(answer: Any, status: int, text: str) -> None:
    assert answer.status_code == status
    assert text in answer.get_json(force=True)["detail"]


def test_the_history_is_searched_and_marked(gallery: Gallery, client: FlaskClient) -> None:
    for _ in range(3):
        gallery.draw_one()
    page = client.get("/api/v1/history?limit=2&drawn=true").get_json()
    assert [job["id"] for job in page["jobs"]] == [3, 2]
    assert page["before"] == 2
    assert client.post("/api/v1/jobs/2/favourite").get_json()["favourite"] is True
    found = client.get("/api/v1/history?favourite=true&class=cat&state=done").get_json()
    assert [job["id"] for job in found["jobs"]] == [2]
    client.post("/api/v1/jobs/2/favourite", json={"favourite": False})
    assert client.get("/api/v1/history?favourite=true").get_json()["jobs"] == []
    assert client.delete("/api/v1/jobs/2").status_code == 200
    says(client.get("/api/v1/jobs/2"), 404, "it was deleted")
    says(client.delete("/api/v1/jobs/2"), 404, "it was deleted")
    day = client.get("/api/v1/statistics?days=1").get_json()["days"][0]
    assert (day["drawn"], day["asked"]) == (2, 3)


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("history?state=asleep", "“state” must be one of"),
        ("history?favourite=maybe", "“favourite” must be true or false"),
        ("history?day=soon", "'soon' is not a date"),
        ("history?limit=0", "“limit” must be a whole number"),
        ("statistics?days=93", "“days” must be a whole number from 1 to 92"),
    ],
)
def test_wrong_questions_are_refused(client: FlaskClient, address: str, text: str) -> None:
    says(client.get(f"/api/v1/{address}"), 400, text)


def test_drawing_again_and_a_size(gallery: Gallery, client: FlaskClient) -> None:
    job = gallery.draw_one()
    again = client.post("/api/v1/jobs/1/again", json={"size_mm": 20, "source": "cli"})
    assert again.status_code == 201
    made = again.get_json()
    assert (made["again_of"], made["size_mm"], made["source"]) == (1, 20.0, "cli")
    assert made["seed"] == job.seed
    says(client.post("/api/v1/jobs/9/again"), 404, "There is no job 9")
    says(client.post("/api/v1/jobs/1/again", json={"size_mm": -1}), 400, "above 0")
    says(client.post("/api/v1/jobs", json={"source": "button"}), 400, "“source” must be")


def test_everything_is_taken_away_in_one_file(gallery: Gallery, client: FlaskClient) -> None:
    gallery.draw_one()
    answer = client.get("/api/v1/export.zip")
    assert answer.headers["Content-Disposition"].endswith("filename=catplotter.zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as found:
        assert found.testzip() is None
        assert found.namelist()[0] == "jobs.csv"
        assert found.namelist()[1].startswith("drawings/cat-0001-seed-")
    assert client.get("/api/v1/export.csv").text.count("\r\n") == 2


def test_the_caretakers_wishes(gallery: Gallery, client: FlaskClient) -> None:
    assert all(check["ok"] for check in client.get("/api/v1/preflight").get_json()["checks"])
    assert client.post("/api/v1/pens", json={"metres": 12}).get_json()["limit_m"] == 12.0
    assert client.get("/api/v1/pen").get_json()["id"] == 2
    says(client.post("/api/v1/pens", json={"metres": "much"}), 400, "above 0")
    says(client.post("/api/v1/pens/keep"), 409, "not near its end")
    sheet = client.post("/api/v1/sheets", json={"columns": 1, "rows": 3, "caption": True})
    assert (sheet.get_json()["rows"], sheet.get_json()["caption"]) == (3, True)
    says(client.post("/api/v1/sheets", json={"rows": 0}), 400, "“rows” must be")
    says(client.post("/api/v1/sheets", json={"caption": 1}), 400, "true or false")
    eventually(lambda: client.get("/api/v1/log").get_json()["entries"])


def test_hours_and_rules_are_set(gallery: Gallery, client: FlaskClient) -> None:
    hours = {"mon": "10:00-18:00", "closed": ["2026-12-25"], "quiet": ["13:00-14:00"]}
    assert client.put("/api/v1/hours", json=hours).get_json()["hours"] == hours
    assert client.get("/api/v1/hours").get_json()["zone"] == "Europe/Berlin"
    says(client.put("/api/v1/hours", json={"mon": "noon"}), 400, "cannot be understood")
    says(client.put("/api/v1/hours", json={"closed": "now"}), 400, "must be a list")
    says(client.put("/api/v1/hours", json={"dates": ["x"]}), 400, "“dates” must be like")
    many = {"closed": ["2026-12-25"] * 401}
    says(client.put("/api/v1/hours", json=many), 400, "“closed” must have at most 400 entries")
    rule = {"rule": "daily at 14:00", "catch_up_minutes": 30}
    made = client.post("/api/v1/schedules", json=rule).get_json()
    assert made["catch_up_minutes"] == 30
    rests = client.post(f"/api/v1/schedules/{made['id']}/disable").get_json()
    assert (rests["enabled"], rests["next_runs"]) == (False, [])
    assert client.post(f"/api/v1/schedules/{made['id']}/enable").get_json()["enabled"]
    says(client.post("/api/v1/schedules/77/enable"), 404, "no schedule 77")
    late = {**rule, "catch_up_minutes": -1}
    says(client.post("/api/v1/schedules", json=late), 400, "from 0 to 1440")
    assert client.get("/api/v1/schedules/runs").get_json() == {"runs": []}


def test_a_full_disk_is_told_and_not_taken_for_a_fault_of_ours(
    gallery: Gallery, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(gallery.studio.calendar, "set_hours", full)
    says(client.put("/api/v1/hours", json={"mon": "10:00-18:00"}), 409, "The disk is full.")


@pytest.mark.browser
def test_the_page_offers_a_new_pen_before_it_runs_dry(
    gallery: Gallery, client: FlaskClient, visit: Any
) -> None:
    with WebServer(client.application, "127.0.0.1", 0) as server:
        page = visit(url=server.url, expected=("Failed to load",)).page
        with gallery.store.transaction() as connection:
            connection.execute("UPDATE pens SET used_mm = 390000")
        gallery.studio.supplies.look()
        expect(page.get_by_text("The pen has drawn most of its 400 m")).to_be_visible()
        page.get_by_role("button", name="A new pen is in").click()
        expect(page.get_by_text("The pen has drawn")).to_be_hidden()
        assert gallery.studio.supplies.pen().id == 2


@pytest.mark.browser
def test_the_page_says_why_a_press_was_refused(page: Page, studio: FakeStudio) -> None:
    expect(page.get_by_role("button", name="Draw a cat")).to_be_enabled()
    told = fact("job-failed", job=3, class_name="cat", why=fact("text", text="Too small."))
    shown = page.get_by_text("Job 3 (cat) failed. Too small.")

    def heard() -> bool:  # a page hears of it from when it listens
        studio.say(told)
        return shown.is_visible()

    eventually(heard)


@pytest.mark.browser
def test_what_is_deleted_leaves_the_page(
    gallery: Gallery, client: FlaskClient, visit: Any
) -> None:
    gallery.draw_one()
    with WebServer(client.application, "127.0.0.1", 0) as server:
        page = visit(url=server.url, expected=("Failed to load",)).page
        card = page.get_by_role("listitem").filter(has_text="Cat № 1")
        expect(card).to_be_visible()
        assert gallery.studio.jobs.get(1).state is JobState.DONE
        gallery.studio.history.delete(1)
        expect(card).to_be_hidden()


@pytest.mark.browser
@pytest.mark.parametrize("late", ["**/api/v1/events", "**/api/v1/jobs?limit=20"])
def test_what_is_deleted_while_a_page_asks_does_not_stay(
    gallery: Gallery, client: FlaskClient, visit: Any, late: str
) -> None:
    """Deleted before the page listens, or while the answer with it is on its way."""
    gallery.draw_one()
    with WebServer(client.application, "127.0.0.1", 0) as server:
        page = visit(url=server.url, expected=("Failed to load",)).page
        page.goto("about:blank")
        held: list[Route] = []
        bodies: list[APIResponse] = []

        def hold(route: Route) -> None:
            if not late.endswith("events"):
                bodies.append(route.fetch())
            held.append(route)

        page.route(late, hold)
        page.goto(server.url)
        card = page.get_by_role("listitem").filter(has_text="Cat № 1")
        expect(card).to_be_visible()
        while not held:
            page.wait_for_timeout(20)
        assert gallery.studio.jobs.get(1).state is JobState.DONE
        gallery.studio.history.delete(1)
        if bodies:
            expect(card).to_be_hidden()
            held[0].fulfill(response=bodies[0])
            page.wait_for_timeout(200)
        else:
            held[0].continue_()
        expect(card).to_be_hidden()
