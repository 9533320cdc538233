"""The studio's camera: shared, switched, masked, kept within limits, and never in the way."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from firmware_gcode.facts import Fact
from pi_service.studio.camera import camera as part
from pi_service.studio.camera import jpeg as jpegs
from pi_service.studio.camera.album import Album
from pi_service.studio.camera.camera import Camera
from pi_service.studio.camera.errors import CameraError
from pi_service.studio.camera.feed import Feed
from pi_service.studio.camera.viewers import MOST, MOST_OF_ONE, Viewers
from pi_service.studio.core.errors import StudioError
from pi_service.studio.paper.supplies import DISK_LOW
from tests.pi_service.studio.camera.conftest import House
from tests.pi_service.studio.camera.streamer import WHITE, Streamer, answer, jpeg, stream
from tests.pi_service.studio.gallery import eventually

Serve = Callable[[Callable[[], Iterator[bytes]]], Streamer]
PICTURE = jpeg(WHITE)


def live() -> Iterator[bytes]:
    return stream(paced(PICTURE))


def paced(*pictures: bytes) -> Iterator[bytes]:
    for picture in itertools.cycle(pictures):
        time.sleep(0.02)
        yield picture


def seen(camera: Camera, who: str = "10.0.0.1") -> bytes | None:
    shot = camera.look(who, "a", after=0, staff=False)
    return None if shot is None else shot.data


def await_picture(camera: Camera) -> bytes:
    found: list[bytes] = []

    def look() -> bool:
        data = seen(camera)
        found.extend([] if data is None else [data])
        return data is not None

    eventually(look)
    return found[-1]


def job(house: House, number: int, state: str, sheet: int = 1) -> None:
    data: dict[str, Any] = {"id": number, "state": state, "sheet": sheet, "edition": number}
    house.events.publish("job", data)


def test_off_is_off_and_the_switch_is_remembered(house: House, serve: Serve) -> None:
    streamer, before = serve(live), house.events.last_id
    camera = house.camera(streamer)
    with pytest.raises(CameraError):
        seen(camera)
    assert camera.feed.take(0.0, 1.0) is None
    camera.decide(on=True)
    assert await_picture(camera) == PICTURE
    camera.decide(on=False)
    eventually(lambda: streamer.open == 0)
    asked = len(streamer.asked)
    with pytest.raises(CameraError):
        seen(camera)
    assert len(streamer.asked) == asked
    camera.decide(on=True)
    assert house.camera(streamer).on
    kinds = [event.kind for event in house.events.read(before)]
    assert kinds.count("camera") == 3


def test_all_viewers_share_one_connection(house: House, serve: Serve) -> None:
    streamer = serve(live)
    camera = house.camera(streamer)
    camera.decide(on=True)
    await_picture(camera)
    for n in range(8):
        camera.look(f"10.0.1.{n}", "a", after=0, staff=False)
    assert streamer.open == len(streamer.asked) == 1


def test_viewers_are_bounded() -> None:
    now = [0.0]
    viewers = Viewers(lambda: now[0])
    for n in range(MOST_OF_ONE):
        assert viewers.enter("one", str(n), staff=False)
    with pytest.raises(CameraError):
        viewers.enter("one", "more", staff=False)
    assert not viewers.enter("one", "0", staff=False)  # too fast
    for n in range(MOST - MOST_OF_ONE):
        viewers.enter(f"other {n}", "", staff=False)
    with pytest.raises(CameraError):
        viewers.enter("late", "", staff=False)
    assert viewers.enter("late", "", staff=True)
    now[0] = 60.0
    assert viewers.enter("late", "", staff=False)
    assert len(viewers) == 1


def test_a_dead_camera_is_told_and_comes_back(house: House, serve: Serve) -> None:
    streamer = serve(lambda: answer(b"<html>", "text/html"))
    camera = house.camera(streamer)
    camera.decide(on=True)
    eventually(lambda: house.told() == ["camera-no-picture"])
    with pytest.raises(CameraError) as refused:
        seen(camera)
    assert refused.value.fact.code == "camera-no-picture"
    streamer.say = live
    eventually(lambda: house.told() == [])
    camera.decide(on=False)
    assert camera.as_dict()["fact"] is None


def _refused() -> Iterator[bytes]:
    raise ConnectionRefusedError(111, "Connection refused")


def test_it_backs_off() -> None:
    now, tried = [0.0], [0]

    def broken(_: object) -> Iterator[bytes]:
        tried[0] += 1
        yield from _refused()

    told: list[Fact | None] = []
    feed = Feed(broken, told.append, timer=lambda: now[0])  # type: ignore[arg-type]
    feed.start()
    feed.switch(on=True)
    waits = []
    for _ in range(9):
        eventually(lambda: feed._try_at > now[0])
        waits.append(feed._try_at - now[0])
        with feed._changed:
            now[0] = feed._try_at
            feed._check_at = now[0]
            feed._changed.notify_all()
    feed.close()
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert [each.code for each in told if each] == ["camera-unreached"]


def test_broken_pictures_in_a_stream_are_left_out(house: House, serve: Serve) -> None:
    broken = [PICTURE[:-2], b"<html>", PICTURE[:40]]
    camera = house.camera(serve(lambda: stream(paced(PICTURE, *broken))))
    camera.decide(on=True)
    assert await_picture(camera) == PICTURE
    assert house.told() == []


def test_masks_are_black_in_all_that_is_shown_and_kept(house: House, serve: Serve) -> None:
    camera = house.camera(serve(live))
    camera.decide(on=True, masks=[(0.0, 0.0, 1.0, 1.0)])
    job(house, 7, "done")
    for data in (await_picture(camera), _photo(camera, 7)):
        assert Image.open(BytesIO(data)).convert("L").getextrema()[1] < 8  # type: ignore[operator]


def _photo(camera: Camera, number: int) -> bytes:
    eventually(lambda: camera.photo(number) is not None)
    data = camera.photo(number)
    assert data is not None
    return data


@pytest.mark.parametrize("mask", [(0.5, 0.0, 0.6, 1.0), (0.0, 0.0, 0.0, 1.0), (-0.1, 0, 1, 1)])
def test_a_mask_lies_in_the_picture(house: House, serve: Serve, mask: Any) -> None:
    camera = house.camera(serve(live))
    with pytest.raises(StudioError):
        camera.decide(masks=[mask])
    with pytest.raises(StudioError):
        camera.decide(masks=[(0.0, 0.0, 0.1, 0.1)] * 9)


def test_cats_are_photographed_and_sheets_filmed(
    house: House, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(part, "FRAME_EVERY_S", 0.05)
    monkeypatch.setattr(part, "SETTLE_S", 0.0)
    pictures = [jpeg((shade, shade, shade)) for shade in range(0, 250, 10)]
    camera = house.camera(serve(lambda: stream(paced(*pictures))))
    camera.decide(on=True)
    with pytest.raises(CameraError):
        camera.film(3)
    job(house, 5, "drawing", sheet=3)
    eventually(lambda: len(camera.album.frames(3)) >= 3)
    job(house, 5, "done", sheet=3)
    assert _photo(camera, 5) in pictures
    film = Image.open(BytesIO(camera.film(3)))
    assert film.format == "WEBP"
    assert getattr(film, "n_frames", 1) >= 2
    house.events.publish("deleted", {"job": 5})
    eventually(lambda: camera.photo(5) is None)
    camera.forget_all()
    assert camera.as_dict()["used_mb"] == 0.0


def test_a_full_disk_keeps_nothing_and_says_so(house: House, serve: Serve) -> None:
    camera = house.camera(serve(live))
    camera.decide(on=True)
    house.free = 0
    job(house, 1, "done")
    eventually(lambda: house.told() == ["camera-no-room"])
    house.free = 10**12
    job(house, 2, "done")
    _photo(camera, 2)
    eventually(lambda: house.told() == [])


# The album


def test_many_pictures_stay_within_the_limit(tmp_path: Path) -> None:
    album = Album(tmp_path / "a", 40_000, lambda: 10**12)
    album.start()
    for n in range(500):
        album.keep_frame(n // 100, n * 10.0, b"\xff\xd8" + b"f" * 98)
        album.keep_photo(n, b"\xff\xd8" + b"p" * 98)
    photos, frames = album.counts
    assert (photos, frames) == (400, 0)  # frames went first, then the oldest photographs
    assert album.used == 40_000 == sum(p.stat().st_size for p in (tmp_path / "a").iterdir())
    assert album.photo(99) is None
    assert album.photo(100) is not None
    again = Album(tmp_path / "a", 20_000, lambda: 10**12)
    again.start(deleted={499})
    assert again.counts == (200, 0)
    assert not again.has_photo(499)


def test_pictures_give_way_where_the_disk_fills_up(tmp_path: Path) -> None:
    free = [DISK_LOW + 1000]
    album = Album(tmp_path / "a", 1e9, lambda: free[0] - album.used)
    album.start()
    for n in range(30):
        album.keep_photo(n, b"\xff\xd8" + b"p" * 98)
    assert album.used == 1000
    assert album.has_photo(29)
    free[0] = 0
    with pytest.raises(CameraError):
        album.keep_photo(30, b"\xff\xd8")


def test_a_picture_that_was_being_written_is_not_there(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    (folder / "cat-1.part").write_bytes(b"\xff\xd8half")
    (folder / "cat-2.jpg").write_bytes(b"")
    (folder / "cat-3.jpg").write_bytes(PICTURE)
    (folder / "notes.txt").write_text("not ours")
    album = Album(folder, 1e6)
    album.start()
    assert sorted(path.name for path in folder.iterdir()) == ["cat-3.jpg", "notes.txt"]
    assert album.counts == (1, 0)


def test_a_masked_picture_is_made_once_for_all_who_look(
    house: House, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[bytes] = []

    def black(data: bytes, masks: object) -> bytes:
        made.append(data)
        return b"masked"

    monkeypatch.setattr(jpegs, "blacked_out", black)
    monkeypatch.setattr(part, "FRESH_S", 3600.0)
    camera = house.camera(serve(live))
    camera.decide(on=True, masks=[(0.0, 0.0, 0.5, 0.5)])
    assert await_picture(camera) == b"masked"
    number = camera.feed.look()
    eventually(lambda: camera.feed.look() != number)
    assert seen(camera, "10.0.0.2") == b"masked"
    assert len(made) == 1
    camera.decide(masks=[(0.0, 0.0, 0.6, 0.5)])
    seen(camera, "10.0.0.3")
    assert len(made) == 2
