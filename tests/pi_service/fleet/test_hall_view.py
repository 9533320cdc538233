"""All plotters of a real broker as one picture, and what they are told from there."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from flask.testing import FlaskClient
from paho.mqtt.enums import CallbackAPIVersion

from pi_service.fleet import hall as halls
from pi_service.fleet.hall import Hall
from pi_service.fleet.membership import Broker
from pi_service.studio.core.errors import StudioError
from pi_service.web.routes.app import create_hall_app
from tests.pi_service.fleet.broker import Curator, RealBroker
from tests.pi_service.fleet.crowd import Crowd
from tests.pi_service.people import staff_client, with_password


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RealBroker]:
    with RealBroker(tmp_path) as running:
        yield running


@pytest.fixture
def hall(broker: RealBroker) -> Iterator[Hall]:
    with closing(Hall(Broker(host="127.0.0.1", port=broker.port), pulse_s=0.02)) as made:
        made.start()
        yield made


@pytest.fixture
def client(hall: Hall, tmp_path: Path) -> Iterator[FlaskClient]:
    with closing(with_password(tmp_path / "doors")) as doors:
        yield staff_client(create_hall_app(hall, doors, allowed_hosts=["localhost"]), doors)


def seen(
    hall: Hall, condition: Callable[[dict[str, Any]], object], within_s: float = 10
) -> dict[str, Any]:
    """The hall, once it looks as it should."""
    until = time.monotonic() + within_s
    while not condition(view := hall.view()):
        assert time.monotonic() < until, view
        hall.events.read(hall.events.last_id, timeout=0.05)
    return view


def named(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in view["plotters"]}


def whole(view: dict[str, Any], count: int) -> bool:
    """Whether so many plotters are there, each with its picture."""
    there = [each for each in view["plotters"] if each["online"] and each["picture"]]
    return len(there) == count


def test_plotters_are_seen_told_and_missed(
    broker: RealBroker, hall: Hall, client: FlaskClient
) -> None:
    with Crowd(broker.port, 3) as crowd:
        view = seen(hall, lambda view: whole(view, 3))
        first = named(view)["north-1"]
        assert (first["shown"], first["needs"], first["places_left"]) == ("ready", False, 6)
        assert first["url"] == "http://north-1.local:8080/"
        picture = client.get("/api/v1/hall/plotters/north-1/picture.svg")
        assert picture.mimetype == "image/svg+xml"
        assert "sandbox" in picture.headers["Content-Security-Policy"]
        body = {"command": "stop", "to": None}
        errand = client.post("/api/v1/hall/commands", json=body)
        assert (errand.status_code, errand.get_json()["asked"]) == (202, 3)
        view = seen(hall, lambda view: view["errands"][0]["done"] == 3)
        assert all(each.told == ["stop"] for each in crowd.plotters)
        seen(hall, lambda view: all(each["needs"] for each in view["plotters"]))
        one = {"command": "draw", "to": ["north-2"]}
        assert client.post("/api/v1/hall/commands", json=one).status_code == 202
        seen(hall, lambda view: view["errands"][0]["done"] == 1)
        assert [each.told for each in crowd.plotters] == [["stop"], ["stop", "draw"], ["stop"]]
        refused = client.delete("/api/v1/hall/plotters/north-2")
        assert (refused.status_code, refused.get_json()["code"]) == (409, "hall-still-there")
    view = seen(hall, lambda view: not any(each["online"] for each in view["plotters"]))
    assert all(each["silent_at"] for each in view["plotters"])
    assert not any(each["needs"] for each in view["plotters"])
    assert client.delete("/api/v1/hall/plotters/north-2").status_code == 200
    seen(hall, lambda view: list(named(view)) == ["north-1", "north-3"])


def test_it_listens_only_while_somebody_looks(broker: RealBroker) -> None:
    where = Broker(host="127.0.0.1", port=broker.port)
    with closing(Hall(where, pulse_s=0.02, idle_s=0.2)) as hall, Crowd(broker.port, 1):
        hall.start()
        assert not hall._client.is_connected()
        leave = hall.watch()
        eventually(lambda: whole(hall_of(hall), 1))
        time.sleep(0.5)
        assert hall._client.is_connected(), "somebody watches"
        leave()
        eventually(lambda: not hall._client.is_connected())
        assert not hall_of(hall)["broker"]["connected"]
        seen(hall, lambda view: view["broker"]["connected"] and whole(view, 1))


def eventually(condition: Callable[[], object], within_s: float = 20) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def hall_of(hall: Hall) -> dict[str, Any]:
    """The hall without a look that would keep it listening."""
    with hall._lock:
        return {"plotters": [*hall._views.values()], **hall._rest()}


def test_only_the_staff_see_and_tell(hall: Hall, client: FlaskClient) -> None:
    visitor = client.application.test_client()
    assert visitor.get("/hall").status_code == 200  # the page's own files, with the way in
    for method, path in (
        ("GET", ""),
        ("GET", "/events"),
        ("POST", "/commands"),
        ("GET", "/plotters/x/picture.svg"),
        ("DELETE", "/plotters/x"),
    ):
        assert visitor.open(f"/api/v1/hall{path}", method=method, json={}).status_code == 401


def test_a_broker_that_goes_and_comes_is_told(
    broker: RealBroker, hall: Hall, client: FlaskClient
) -> None:
    with Crowd(broker.port, 1):
        seen(hall, lambda view: whole(view, 1))
    broker.kill()
    view = seen(hall, lambda view: not view["broker"]["connected"])
    assert view["broker"]["fact"]["code"] in {"hall-broker-gone", "mqtt-nobody"}
    assert list(named(view)) == ["north-1"], "what was heard last stays in sight"
    refused = client.post("/api/v1/hall/commands", json={"command": "stop"})
    assert refused.status_code == 409
    broker.start()
    seen(hall, lambda view: view["broker"]["connected"])


def test_what_is_not_answered_is_sent_again_and_told(broker: RealBroker) -> None:
    now = [1_795_000_000.0]
    where = Broker(host="127.0.0.1", port=broker.port)
    with closing(Hall(where, clock=lambda: now[0], pulse_s=0.02)) as hall:
        hall.start()
        person = Curator(broker.port)
        heard = threading.Event()
        person._client.message_callback_add("catplotter/mute/command", lambda *_: heard.set())
        person._client.publish("catplotter/mute/availability", "online", qos=1, retain=True)
        seen(hall, lambda view: "mute" in named(view))
        hall.command("draw", ["mute"])
        assert heard.wait(10)
        heard.clear()
        now[0] += 4
        assert heard.wait(10)
        now[0] += 60
        view = seen(hall, lambda view: view["errands"][0]["waiting"] == 0)
        assert view["errands"][0]["silent"] == ["mute"]
        person.close()


NONSENSE: dict[str, bytes] = {
    "deep": b"[" * 100_000,
    "bytes": b"\xff\xfe\x00",
    "number": b"1e999",
    "list": b"[1, 2]",
    "word": b'{"shown": "dancing"}',
    "wrong kinds": json.dumps(
        {"shown": "ready", "fact": {"code": 7, "params": []}, "queue": "many", "problems": 3}
        | {"url": "javascript:alert(1)", "places_left": -5, "interrupted": {}, "last": "cat"}
    ).encode(),
}


def test_nonsense_is_told_and_piles_up_nowhere(
    broker: RealBroker, hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(halls, "MOST_PLOTTERS", 50)
    stranger = mqtt.Client(CallbackAPIVersion.VERSION2)
    stranger.connect("127.0.0.1", broker.port)
    stranger.loop_start()
    say = stranger.publish
    with Crowd(broker.port, 1) as crowd:
        seen(hall, lambda view: whole(view, 1))
        for name, payload in NONSENSE.items():
            for kind in ("state", "image", "availability", "answer"):
                say(f"catplotter/{name.replace(' ', '-')}/{kind}", payload, qos=1)
                say(f"catplotter/north-1/{kind}", payload, qos=1)
        say("catplotter/north-1/image", b"<svg>" + b"x" * 4_000_000, qos=1)
        say("catplotter/a b/state", b"{}", qos=1)
        say("catplotter/north-1/owner", NONSENSE["deep"], qos=1)
        for number in range(300):
            say(f"catplotter/stranger-{number}/availability", b"online", qos=1)
        view = seen(hall, lambda view: view["turned_away"] == 50)
        assert len(view["plotters"]) <= 50
        found = named(seen(hall, lambda view: named(view)["north-1"]["url"] is None))
        state = found["north-1"]
        assert (state["queue"], state["nonsense"], state["problems"]) == (0, True, [])
        assert "wrong-kinds" in found
        hall.command("draw", ["north-1"])
        seen(hall, lambda view: view["errands"][0]["done"] == 1)
        assert crowd.plotters[0].told == ["draw"]
    stranger.disconnect()
    stranger.loop_stop()


def test_a_name_that_nobody_has_is_refused(hall: Hall) -> None:
    seen(hall, lambda view: view["broker"]["connected"])
    with pytest.raises(StudioError, match="No plotter called x"):
        hall.command("draw", ["x"])
