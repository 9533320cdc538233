"""Prints and the exhibition, from a real history, as the staff take them away."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser

from pi_service.__main__ import cli
from pi_service.studio.access.access import Access
from pi_service.studio.access.caller import Role
from pi_service.studio.prints.prints import Prints
from pi_service.web.routes.app import create_app
from pi_service.web.server import WebServer
from tests.pi_service.people import staff_client
from tests.pi_service.web.contract import Contract
from tests.pi_service.web.open_house import House, serving


@pytest.fixture
def full(tmp_path: Path, doors: Access) -> Iterator[House]:
    """Two cats of today, one of yesterday, and one that was deleted."""
    house = House(tmp_path)
    house.open()
    for days_ago in (1, 0, 0):
        house.draw_on_day(days_ago)
    house.studio.history.delete(house.draw_one().id)
    with serving(house, doors):
        yield house
    house.close()


@pytest.fixture
def app(full: House, doors: Access) -> Flask:
    return create_app(full.studio, doors=doors, allowed_hosts=["localhost"])


@pytest.fixture
def staff(app: Flask, doors: Access) -> FlaskClient:
    return staff_client(app, doors)


def test_contact_sheets_and_labels(full: House, staff: FlaskClient, app: Flask) -> None:
    contract = Contract(app)
    today = full.studio.calendar.now().date().isoformat()
    for path in (
        "contact.pdf",
        f"contact.pdf?day={today}&paper=letter",
        "contact.pdf?sheet=1",
        *(f"labels.pdf?stock={name}&first=3" for name in ("l7160", "l7163", "l7651", "5160")),
        "labels.pdf?job=2&stock=5163&first=10",
    ):
        answer = staff.get(f"/api/v1/prints/{path}")
        assert answer.status_code == 200, path
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF-1.7")
        assert answer.data.rstrip().endswith(b"%%EOF")
    for path, status in {
        "contact.pdf?day=2001-01-01": 409,
        "contact.pdf?day=never": 400,
        "labels.pdf?stock=5163&first=11": 409,
        "labels.pdf?stock=unknown": 400,
        "labels.pdf?job=4": 409,  # deleted
    }.items():
        assert staff.get(f"/api/v1/prints/{path}").status_code == status, path
    assert app.test_client().get("/api/v1/prints/contact.pdf").status_code == 401
    assert contract.broken == []


def run(server: WebServer, *words: str) -> Result:
    return CliRunner().invoke(cli, ["prints", "--url", server.url, *words])


def test_an_exhibition_opens_from_its_folder(
    full: House,
    doors: Access,
    tmp_path: Path,
    chromium: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, secret = doors.keys.add("cli", Role.STAFF)
    monkeypatch.setenv("CATPLOTTER_API_KEY", secret)
    folder = tmp_path / "shown"
    done = run(full.server, "exhibition", str(folder), "--language", "de")
    assert done.exit_code == 0, done.output
    assert "there already" in run(full.server, "exhibition", str(folder)).output
    again = run(full.server, "exhibition", str(folder), "--language", "de", "--replace")
    assert again.exit_code == 0, again.output
    assert [path.name for path in tmp_path.glob(".shown*")] == []
    context = chromium.new_context(locale="de-DE", viewport={"width": 390, "height": 664})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((folder / "index.html").as_uri())
    assert page.locator("#cats li").count() == 3
    assert page.locator("#count").inner_text() == "Zeichnungen: 3"
    assert page.locator("img").first.evaluate("image => image.decode().then(() => true)")
    page.locator("#words").fill("2")
    assert page.locator(".name").all_inner_texts() == ["Katze № 2"]
    page.locator("#words").fill("")
    page.locator("#until").fill(
        full.studio.calendar.now().date().replace(year=2000).isoformat()
    )
    assert page.locator("#count").inner_text() == "Nichts passt dazu."
    assert {url.partition(":")[0] for url in asked} == {"file"}
    context.close()


def test_an_exhibition_that_breaks_off_leaves_nothing(
    full: House, doors: Access, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = doors.keys.add("cli", Role.STAFF)
    monkeypatch.setenv("CATPLOTTER_API_KEY", secret)
    whole = b"".join(full.studio.prints.exhibition("en"))

    def cut(*_: object, **__: object) -> Iterator[bytes]:
        yield whole[: len(whole) // 2]

    monkeypatch.setattr(Prints, "exhibition", cut)
    folder = tmp_path / "shown"
    done = run(full.server, "exhibition", str(folder))
    assert done.exit_code == 1
    assert not folder.exists()
    assert list(tmp_path.glob(".shown*")) == []


def test_the_table_of_an_exhibition(full: House) -> None:
    packed = b"".join(
        full.studio.prints.exhibition(
            "ja",
            named=lambda _: "猫",
            photo=lambda job: b"\xff\xd8" if job == 1 else None,
            photographed=lambda job: job == 1,
        )
    )
    zipped = zipfile.ZipFile(io.BytesIO(packed))
    assert zipped.testzip() is None
    names = {name.removeprefix("exhibition/") for name in zipped.namelist()}
    assert {"index.html", "page.css", "page.js", "cats.js", "photos/1.jpg"} < names
    assert {f"cats/{n}.svg" for n in (1, 2, 3)} < names
    table = zipped.read("exhibition/cats.js").decode()
    rows = json.loads(
        table.removeprefix("const CATS = ").rstrip().rstrip(";").replace(",\n]", "\n]")
    )
    assert [(row[0], row[2], row[5]) for row in rows] == [
        (1, "猫", 1),
        (2, "猫", 0),
        (3, "猫", 0),
    ]
    assert "{" not in zipped.read("exhibition/index.html").decode().replace("{n}", "")
