"""The camera on the page: switched by the staff, seen by visitors, kept in the gallery."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

from pi_service.__main__ import cli
from pi_service.studio.access.access import Access
from pi_service.studio.access.caller import Role
from pi_service.studio.camera import camera as part
from pi_service.studio.camera.camera import FOLDER, Camera
from pi_service.studio.camera.source import Address
from pi_service.web.routes.app import create_app
from pi_service.web.server import WebServer
from tests.pi_service.people import staff_client
from tests.pi_service.studio.camera.streamer import Streamer, jpeg, stream
from tests.pi_service.studio.gallery import eventually
from tests.pi_service.web.conftest import Visitor
from tests.pi_service.web.contract import Contract
from tests.pi_service.web.open_house import House

PHONE = {"width": 390, "height": 664}


def say() -> Iterator[bytes]:
    """Shades of grey, one after the other."""

    def pictures() -> Iterator[bytes]:
        for shade in itertools.cycle(range(0, 250, 5)):
            time.sleep(0.02)
            yield jpeg((shade, shade, shade), (320, 180))

    return stream(pictures())


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setattr(part, "SETTLE_S", 0.0)
    house, streamer = House(tmp_path), Streamer(say)
    studio = house.open()
    studio.camera = Camera(
        Address.parse(streamer.url),
        database=house.store.database,
        events=studio.events,
        problems=studio.problems,
        folder=tmp_path / FOLDER,
        keep_mb=10.0,
    )
    studio.camera.start()
    yield house
    studio.events.close()  # what the camera waits for
    studio.camera.close()
    house.close()
    streamer.close()


@pytest.fixture
def app(watched: House, doors: Access) -> Flask:
    return create_app(watched.studio, doors=doors, allowed_hosts=["localhost"])


def test_the_api_of_the_camera(watched: House, app: Flask, doors: Access) -> None:
    contract = Contract(app)
    visitor, staff = app.test_client(), staff_client(app, doors)
    assert visitor.get("/api/v1/camera").status_code == 401
    assert visitor.put("/api/v1/camera", json={"on": True}).status_code == 401
    assert visitor.get("/api/v1/camera.jpg").json["code"] == "camera-off"  # type: ignore[index]
    assert visitor.get("/api/v1/state").json["camera"] == {"on": False}  # type: ignore[index]
    staff.put("/api/v1/camera", json={"on": True, "masks": [[0, 0, 0.1, 0.1]]})
    eventually(lambda: visitor.get("/api/v1/camera.jpg").status_code == 200)
    shot = visitor.get("/api/v1/camera.jpg?viewer=b")
    assert shot.mimetype == "image/jpeg"
    assert shot.headers["Cache-Control"] == "no-store"
    for masks in ([[0, 0, 2, 1]], [[0, 0, 1]], "none", [[0.5, 0.5, 0.6, 0.6]]):
        answer = staff.put("/api/v1/camera", json={"masks": masks})
        assert answer.status_code in {400, 409}, masks
    job = watched.draw_one()
    address = f"/api/v1/jobs/{job.id}"
    eventually(lambda: visitor.get(f"{address}/photos").json["photo"])  # type: ignore[index]
    assert visitor.get(f"{address}.jpg").data[:2] == b"\xff\xd8"
    assert visitor.get("/api/v1/jobs/999.jpg").status_code == 404
    assert visitor.get(f"/api/v1/sheets/{job.sheet}.webp").status_code in {200, 404}
    assert staff.delete("/api/v1/camera/pictures").json["photos"] == 0  # type: ignore[index]
    assert visitor.get(f"{address}.jpg").json["code"] == "camera-no-photo"  # type: ignore[index]
    assert contract.broken == []


def test_the_camera_by_the_command_line(
    app: Flask, doors: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, secret = doors.keys.add("cli", Role.STAFF)
    monkeypatch.setenv("CATPLOTTER_API_KEY", secret)
    with WebServer(app, "127.0.0.1", 0) as server:
        said = [
            CliRunner().invoke(cli, ["camera", "--url", server.url, *words]).output
            for words in ([], ["on"], ["mask", "0", "0", "20", "100"], ["unmask"], ["off"])
        ]
    assert "off" in said[0]
    assert "on, " in said[1]
    assert "0 0 20 100" in said[2]
    assert "Mask" not in said[3]
    assert said[4] == said[0]


@pytest.mark.browser
def test_staff_switch_it_on_and_visitors_watch(
    watched: House, server: WebServer, visit: Callable[..., Visitor]
) -> None:
    no_workshop = ("404",)
    staff = visit(url=f"{server.url}machine?show=settings", expected=no_workshop).page
    staff.get_by_role("button", name="Switch the camera on").click()
    staff.locator(".maker-camera-card live-camera").evaluate("it => it.scrollIntoView()")
    staff.locator(".maker-camera-card img").wait_for()
    staff.get_by_role("button", name="Add a mask").click()
    assert watched.studio.camera is not None
    watched.studio.camera.decide(masks=[(0.0, 0.0, 0.1, 0.1)])
    staff.get_by_role("button", name="Keep the masks").click()
    staff.get_by_text("Others have saved something else meanwhile.").wait_for()
    staff.get_by_role("button", name="Keep the masks").click()
    staff.get_by_text("nobody sees what is masked").wait_for()
    job = watched.draw_one()
    page = visit(staff=False, viewport=PHONE).page
    page.locator("live-camera").scroll_into_view_if_needed()
    picture = page.locator("live-camera img")
    picture.wait_for()
    assert picture.evaluate("image => image.naturalWidth") == 320
    camera = watched.studio.camera
    assert camera is not None
    eventually(lambda: camera.photo(job.id))
    page.goto(f"{server.url}gallery?cat={job.id}")
    page.locator(".details-photo").scroll_into_view_if_needed()
    staff.get_by_role("button", name="Switch the camera off").click()
    page.goto(server.url)
    page.locator("wall-label").wait_for()
    assert page.locator("live-camera").is_hidden()
