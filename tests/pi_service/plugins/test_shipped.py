"""A key, a folder of drawings, and mail: what comes with catplotter at work."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from pi_service.plugins.api import Group, Wish
from pi_service.plugins.plugins import Plugins
from pi_service.plugins.shipped.key import Key
from pi_service.studio.jobs.job import Request
from tests.pi_service.studio.gallery import Gallery, eventually

SQUARE = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M1 1h7v7h-7z"/></svg>'
)
SECRET = "seven-sleepy-cats"  # noqa: S105 - of a made-up mail server


class Post:
    """Takes every mail."""

    def __init__(self) -> None:
        self.got: list[Message] = []

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.got.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def post() -> Iterator[tuple[Post, int]]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    handler = Post()
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    yield handler, port
    server.stop()


def test_apprise_sends_a_mail_to_a_real_server(
    plugins: Plugins, post: tuple[Post, int]
) -> None:
    handler, port = post
    url = f"mailto://127.0.0.1:{port}?from=cat@north.example&to=us@north.example&name={SECRET}"
    made = plugins.add(Group.NOTIFIER, "apprise", "mail", {"url": url})
    assert made["options"] == {"url": None}
    assert plugins._kept.uses[0].needs["hosts"] == ("127.0.0.1",)
    assert plugins.test(made["id"]).code == "notify-test-sent"
    (mail,) = handler.got
    assert mail["To"] == "us@north.example"
    assert "north-3: look in soon" in str(mail["Subject"])
    assert "messages from north-3 arrive" in mail.as_string()


def key_event(code: int, value: int) -> bytes:
    return struct.pack("llHHi", 0, 0, 1, code, value) + struct.pack("llHHi", 0, 0, 0, 0, 0)


def test_a_key_is_a_press_and_a_keyboard_may_come_and_go(tmp_path: Path) -> None:
    device = tmp_path / "event-kbd"
    key = Key({"device": str(device), "code": "28"}, sleep=lambda _: None)
    assert key.wait(0.0) is None  # there is no such keyboard yet
    os.mkfifo(device)
    assert key.wait(0.0) is None
    keyboard = os.open(device, os.O_WRONLY)
    os.write(keyboard, key_event(30, 1) + key_event(28, 1) + key_event(28, 0))
    assert key.wait(5.0) is Wish.DRAW
    assert key.wait(0.05) is None  # that was the other key, and letting go
    os.close(keyboard)
    assert key.wait(5.0) is None  # unplugged
    keyboard = os.open(device, os.O_RDWR)
    os.write(keyboard, key_event(28, 1))
    assert key.wait(5.0) is Wish.DRAW
    os.close(keyboard)


def test_a_key_asks_for_a_drawing_and_stops(
    plugins: Plugins, gallery: Gallery, tmp_path: Path
) -> None:
    for name, wish in (("red", "stop"), ("green", "draw")):
        os.mkfifo(tmp_path / name)
        options = {"device": str(tmp_path / name), "wish": wish}
        plugins.add(Group.TRIGGER, "key", name, options)
    green = os.open(tmp_path / "green", os.O_RDWR)
    os.write(green, key_event(28, 1) * 5)
    eventually(gallery.studio.jobs.latest)
    assert [job.source for job in gallery.studio.jobs.latest()] == ["trigger"]
    red = os.open(tmp_path / "red", os.O_RDWR)
    os.write(red, key_event(28, 1))
    eventually(lambda: gallery.studio.standstill.stopped)
    stopped = gallery.studio.standstill.stopped
    assert stopped is not None
    assert str(stopped.told) == "Stopped by the plug-in “red”."
    os.close(green)
    os.close(red)


def test_a_folder_is_drawn_by_turns_and_only_where_nobody_says_what(
    plugins: Plugins, gallery: Gallery, tmp_path: Path
) -> None:
    folder = tmp_path / "drawings"
    folder.mkdir()
    (folder / "a square.svg").write_text(SQUARE)
    (folder / "b broken.svg").write_text("<svg")
    (folder / "c.svg").write_text(SQUARE)
    plugins.add(Group.SOURCE, "folder", "house", {"folder": str(folder)})
    (source,) = plugins._sources()
    drawn = []
    for n in range(3):
        eventually(lambda: source._ready is not None)
        drawn.append(gallery.studio.jobs.request(Request("button", request_key=f"b{n}")))
    assert [job.class_name for job in drawn] == ["a square", "c", "a square"]
    again = gallery.studio.jobs.request(Request("button", request_key="b0"))
    assert again.id == drawn[0].id  # a drawing is not used up by being asked for again
    named = gallery.studio.jobs.request(Request("page", class_name="dog"))
    assert named.class_name == "dog"
    assert any("b broken" in each["text"] for each in gallery.studio.notices.recent())
    eventually(lambda: source._ready is not None)
    eventually(lambda: plugins._kept.uses[0].turn == 5)
    plugins.close()
    again_open = Plugins(gallery.studio, tmp_path, name="x", url=str)
    again_open.start()
    eventually(lambda: again_open._sources()[0]._ready is not None)
    assert gallery.studio.jobs.request(Request("schedule")).class_name == "c"
    again_open.close()
    assert gallery.studio.jobs.request(Request("button")).class_name == "cat"
