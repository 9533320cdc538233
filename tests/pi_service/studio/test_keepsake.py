"""What is taken home: a film that any player understands, and a picture with its number."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_gcode.drawing.paper import Paper
from pi_service.studio.core.errors import StudioError
from pi_service.studio.jobs.job import Job, JobState
from pi_service.studio.jobs.store import KeptDrawing
from pi_service.studio.keepsake.darkroom import Darkroom, PicturesBusyError
from pi_service.studio.keepsake.film import INKS, PAPER, SHADES, drawing_itself
from pi_service.studio.keepsake.gif import BITS, CLEAR, Frame, compress, film
from pi_service.studio.keepsake.scene import MARGIN_MM, scene
from tests.pi_service.studio.gallery import Gallery


def decompress(packed: bytes) -> bytes:
    """GIF's LZW, undone by the book."""
    clear, end = 1 << BITS, (1 << BITS) + 1
    bits = int.from_bytes(packed, "little")
    at, width = 0, BITS + 1
    table: list[bytes] = []
    out, before = bytearray(), b""
    while True:
        code = bits >> at & ((1 << width) - 1)
        at += width
        if code == end:
            return bytes(out)
        if code == clear:
            table = [bytes([n]) for n in range(clear)] + [b"", b""]
            width, before = BITS + 1, b""
            continue
        entry = table[code] if code < len(table) else before + before[:1]
        out += entry
        if before and len(table) < 4096:
            table.append(before + entry[:1])
        before = entry
        if len(table) == 1 << width and width < 12:
            width += 1


@given(st.binary(min_size=1, max_size=3000).map(lambda raw: bytes(v & 15 for v in raw)))
def test_what_is_compressed_comes_back(indices: bytes) -> None:
    assert decompress(compress(indices)) == indices


@pytest.mark.parametrize("count", [1, 2, 31, 500, 60_000])
def test_long_and_even_pictures_come_back(count: int) -> None:
    rng = np.random.default_rng(count)
    for indices in (bytes(count), rng.integers(0, 16, count, dtype=np.uint8).tobytes()):
        assert decompress(compress(indices)) == indices


@dataclass
class Shown:
    """A picture of a film as a player shows it."""

    pixels: NDArray[np.uint8]
    hundredths: int


def play(gif: bytes) -> Iterator[Shown]:
    """A film's pictures, by the book (GIF89a)."""
    assert gif[:6] == b"GIF89a"
    width, height, flags = struct.unpack("<HHB", gif[6:11])
    at = 13 + 3 * (2 << (flags & 7))
    screen = np.zeros((height, width), dtype=np.uint8)
    hundredths = 0
    while gif[at] != 0x3B:
        if gif[at] == 0x21:
            if gif[at + 1] == 0xF9:
                hundredths = struct.unpack("<H", gif[at + 4 : at + 6])[0]
            at += 2
        else:
            left, top, wide, high = struct.unpack("<HHHH", gif[at + 1 : at + 9])
            at += 11
        packed = bytearray()
        drawn = gif[at - 1] == BITS and gif[at - 11] == 0x2C
        while gif[at]:
            packed += gif[at + 1 : at + 1 + gif[at]]
            at += 1 + gif[at]
        at += 1
        if drawn:
            part = np.frombuffer(decompress(bytes(packed)), np.uint8).reshape(high, wide)
            place = screen[top : top + high, left : left + wide]
            np.copyto(place, part, where=part != CLEAR)
            yield Shown(screen.copy(), hundredths)


def kept(human: int = 0) -> KeptDrawing:
    strokes = [
        [[50.0, 60.0], [90.0, 60.0], [90.0, 90.0]],
        [[60.0, 70.0]],
        [[55.0, 100.0], [95.0, 101.0]],
    ]
    settings = {"width": 148, "height": 210, "margin": 10, "human_strokes": human}
    return KeptDrawing(strokes, "", "simulated", settings)


JOB = Job(
    source="page",
    id=7,
    state=JobState.DONE,
    class_name="cat",
    seed=3,
    requested_at=0.0,
    strokes_total=3,
    strokes_drawn=3,
    edition=42,
)


@pytest.fixture(scope="module")
def shown() -> list[Shown]:
    """The film of a drawing by two hands."""
    return list(play(drawing_itself(scene(JOB, kept(human=1), 0.5))))


def test_the_film_begins_with_the_whole_and_draws_it_from_nothing(shown: list[Shown]) -> None:
    assert (shown[1].pixels == 0).all()
    inked = [int((each.pixels > 0).sum()) for each in shown[1:]]
    assert inked == sorted(inked)
    assert len(shown) > 50
    assert inked[-1] == pytest.approx(int((shown[0].pixels > 0).sum()), rel=0.02)
    assert shown[-1].hundredths > shown[5].hundredths
    assert 3.0 < sum(each.hundredths for each in shown) / 100 < 12.0


def test_each_hand_has_its_ink(shown: list[Shown]) -> None:
    last = shown[-1].pixels
    human, machine = last > SHADES, (last > 0) & (last <= SHADES)
    assert human.sum() > machine[:, : last.shape[1]].sum() / 4 > 0
    assert set(INKS) == {"human", "machine"}


def test_a_film_is_small() -> None:
    rng = np.random.default_rng(1)
    strokes = [
        (np.cumsum(rng.normal(0, 1.5, (60, 2)), axis=0) + np.array([70, 100])).tolist()
        for _ in range(40)
    ]
    drawing = replace(kept(), strokes=strokes)
    assert len(drawing_itself(scene(JOB, drawing, 0.5))) < 250_000  # a scribble; a cat: 52 kB


def test_a_broken_off_drawing_shows_what_is_on_the_paper() -> None:
    job = replace(JOB, state=JobState.CANCELLED, strokes_drawn=1)
    shown = scene(job, kept(human=1), 0.5)
    assert shown.hands[0] == "human"
    assert "machine" not in shown.hands


def test_it_is_cut_out_with_its_number_under_it() -> None:
    shown = scene(JOB, kept(), 0.5)
    points = np.concatenate(shown.strokes)
    assert points.min() == pytest.approx(MARGIN_MM)
    assert shown.paper.width == pytest.approx(45 + 2 * MARGIN_MM)
    assert shown.hands.count("caption") >= 3
    assert isinstance(shown.paper, Paper)
    dated = scene(JOB, kept(), 0.5, datetime(2026, 9, 30, tzinfo=UTC))
    assert dated.hands.count("caption") > shown.hands.count("caption") + 8
    longest = scene(
        replace(JOB, edition=99999), kept(), 0.5, datetime(2026, 9, 30, tzinfo=UTC)
    )
    assert longest.hands.count("caption") > dated.hands.count("caption")
    unnumbered = scene(replace(JOB, edition=None), kept(), 0.5)
    assert "caption" not in unnumbered.hands


def test_a_single_picture_is_a_film_too() -> None:
    gif = film((4, 3), [PAPER], [Frame(np.zeros((3, 4), dtype=np.uint8), 0, 0, 10)])
    (shown,) = play(gif)
    assert shown.pixels.shape == (3, 4)


def test_the_studio_gives_them(gallery: Gallery) -> None:
    studio = gallery.open()
    job = gallery.draw_one()
    assert studio.history.gif(job.id).startswith(b"GIF89a")
    picture = studio.history.png(job.id)
    assert picture.startswith(b"\x89PNG")
    assert max(struct.unpack(">II", picture[16:24])) == 2048
    assert len(picture) < 300_000
    with pytest.raises(StudioError, match="There is no job 99"):
        studio.history.gif(99)


def test_a_picture_is_made_once() -> None:
    room, made = Darkroom(most=50), []

    def make() -> bytes:
        made.append(1)
        return b"0123456789"

    for _ in range(3):
        assert room.picture("one", make) == b"0123456789"
    assert len(made) == 1
    for number in range(5):
        room.picture(str(number), make)
    assert len(made) == 6
    room.picture("one", make)  # the oldest was let go
    assert len(made) == 7
    room.picture("4", make)
    assert len(made) == 7


def test_who_waits_too_long_for_others_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pi_service.studio.keepsake.darkroom.PATIENCE_S", 0.01)
    room = Darkroom()
    room.picture("kept", lambda: b"kept")

    def make() -> bytes:
        with ThreadPoolExecutor(1) as beside:
            other = beside.submit(room.picture, "other", lambda: b"other")
            with pytest.raises(PicturesBusyError, match="Try again in a moment"):
                other.result()
            assert beside.submit(room.picture, "kept", make).result() == b"kept"
        return b"one"

    assert room.picture("one", make) == b"one"


def test_the_stamp_of_a_jobs_files_changes_with_them_alone(gallery: Gallery) -> None:
    studio = gallery.open()
    job = gallery.draw_one()
    stamp = studio.history.stamp(job.id)
    studio.history.mark(job.id, favourite=True)
    assert studio.history.stamp(job.id) == stamp
    slower = replace(studio.machine.profile, draw_feed=123.0)
    studio.use_profile(slower)
    assert studio.history.stamp(job.id) != stamp
    with pytest.raises(StudioError, match="There is no job 99"):
        studio.history.stamp(99)
