"""What a streamer sends, over a real socket, and what is made of nonsense."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from PIL import Image

from pi_service.studio.camera import source
from pi_service.studio.camera.errors import CameraError
from pi_service.studio.camera.jpeg import blacked_out, size
from pi_service.studio.camera.source import MOST_BYTES, Address, pictures
from tests.pi_service.studio.camera.streamer import WHITE, Streamer, answer, jpeg, stream

Serve = Callable[[Callable[[], Iterator[bytes]]], Streamer]
PICTURE = jpeg()
HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=x\r\n\r\n"


def first(streamer: Streamer, count: int = 1) -> list[bytes]:
    return list(itertools.islice(pictures(Address.parse(streamer.url)), count))


@pytest.mark.parametrize("lengths", [True, False])
def test_a_stream_gives_its_pictures(serve: Serve, lengths: bool) -> None:
    streamer = serve(lambda: stream(itertools.repeat(PICTURE), lengths=lengths))
    assert first(streamer, 3) == [PICTURE] * 3
    assert streamer.asked[0].startswith("GET /stream HTTP/1.0\r\nHost: 127.0.0.1:")


def test_a_snapshot_gives_one_picture(serve: Serve) -> None:
    assert first(serve(lambda: answer(PICTURE)), 5) == [PICTURE]


def endless(piece: bytes) -> Callable[[], Iterator[bytes]]:
    return lambda: itertools.chain([HEAD], itertools.repeat(piece))


@pytest.mark.parametrize(
    ("say", "code"),
    [
        (lambda: answer(b"<html>hello</html>", "text/html"), "camera-no-picture"),
        (lambda: answer(b"", status="302 Found"), "camera-status"),
        (lambda: answer(b"", status="401 Unauthorized"), "camera-login"),
        (lambda: iter([b"SSH-2.0-OpenSSH_9.2\r\n"]), "camera-no-picture"),
        (lambda: iter([b""]), "camera-ended"),
        (lambda: stream(iter([PICTURE[:-2]])), None),
        (endless(b"no boundary"), "camera-too-large"),
        (endless(b"\r\n"), "camera-no-picture"),
        (endless(b"--x\r\n\r\n" + b"\0" * 100_000), "camera-too-large"),
        (lambda: answer(b"\0" * (MOST_BYTES + 1)), "camera-too-large"),
        (
            lambda: itertools.chain([b"HTTP/1.0 200 OK\r\n"], itertools.repeat(b"a: b\r\n")),
            "camera-no-picture",
        ),
    ],
)
def test_nonsense_is_told(
    serve: Serve, say: Callable[[], Iterator[bytes]], code: str | None
) -> None:
    if code is None:
        assert first(serve(say)) == [PICTURE[:-2]]  # whether it is a picture is seen later
        return
    with pytest.raises(CameraError) as refused:
        first(serve(say))
    assert refused.value.fact.code == code


def test_a_camera_that_drips_is_too_slow(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "PICTURE_S", 0.3)

    def drip() -> Iterator[bytes]:
        yield HEAD
        for _ in range(200):
            time.sleep(0.02)
            yield b"-"

    with pytest.raises(CameraError) as refused:
        first(serve(drip))
    assert refused.value.fact.code == "camera-slow"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "camera",
        "ftp://a/b",
        "http://",
        "http://a:99999/",
        "http://me:pw@a/",
        "http://a/\r\n",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    if text.endswith("\r\n"):
        assert "\r\n\r\n" not in Address.parse(text).request.decode()[:-4]
        return
    with pytest.raises(CameraError):
        Address.parse(text)


def test_the_size_is_read_and_garbage_refused() -> None:
    assert size(jpeg(size=(640, 360))) == (640, 360)
    for data in (
        b"",
        b"\xff\xd8",
        PICTURE[:-2],
        b"GIF89a",
        b"\xff\xd8" + b"\0" * 99 + b"\xff\xd9",
    ):
        with pytest.raises(CameraError):
            size(data)
    huge = bytearray(PICTURE)
    at = huge.index(b"\xff\xc0") + 5
    huge[at : at + 4] = b"\xff\xff\xff\xff"
    with pytest.raises(CameraError, match="65535"):
        size(bytes(huge))


def test_what_is_masked_is_black() -> None:
    data = blacked_out(jpeg(WHITE, (100, 50)), [(0.0, 0.0, 0.5, 1.0), (0.9, 0.9, 0.1, 0.1)])
    picture = Image.open(BytesIO(data)).convert("L")
    places = [(20, 25), (49, 0), (60, 25), (99, 49)]
    assert [int(picture.getpixel(place)) // 128 for place in places] == [0, 0, 1, 0]  # type: ignore[arg-type]
