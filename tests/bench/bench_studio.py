"""From the press to the database, and every query of the page on a gallery's years of history.

Run with ``python -m tests.bench studio``.
"""

from __future__ import annotations

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from gpiozero.pins.mock import MockFactory, MockPin

from firmware_gcode.grbl.events import LinkState
from firmware_gcode.program.program import Program
from pi_service.sketching.sketcher import Sketcher
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.history.history import Wanted
from pi_service.studio.jobs.job import JobState, Request
from pi_service.studio.jobs.store import KeptDrawing, Store
from pi_service.triggers.button import Button
from tests.pi_service.studio.gallery import Gallery, HandMachine, eventually

DONE, QUEUED, PRESSES, CATS = 100_000, 10_000, 200, 600


def main() -> None:
    """Print all tables."""
    with tempfile.TemporaryDirectory() as folder:
        _presses(Path(folder) / "presses")
        _growth(Path(folder) / "growth")
        _queries(Path(folder) / "history")


def _presses(folder: Path) -> None:
    """How long a person waits: until the machine has the job, until the job is on the disk."""
    gallery = Gallery(folder)
    gallery.artist = Sketcher.load()
    gallery.settings = StudioSettings(
        queue_limit=10 * PRESSES, columns=2, rows=3, sources={}, caption=False
    )
    studio = gallery.open()
    _row("request, until the machine has the program", [_drawn(gallery) for _ in range(6)])
    gallery.machine.become(LinkState.ABSENT)
    requests = [_timed(lambda: studio.jobs.request(Request("page"))) for _ in range(PRESSES)]
    _row("request, until it is stored", requests)
    factory, ticks = MockFactory(), iter(range(10**6))
    button = Button(studio, 17, pin_factory=factory, clock=lambda: float(next(ticks)))
    pin = factory.pin(17)
    _row(
        "press of a pin, until it is stored", [_pressed(gallery, pin) for _ in range(PRESSES)]
    )
    button.close()
    gallery.close()


def _drawn(gallery: Gallery) -> float:
    """Seconds from a request to the program at the machine; the job is drawn afterwards."""
    count = len(gallery.machine.programs)
    started = time.perf_counter()
    job = gallery.studio.jobs.request(Request("page"))
    eventually(lambda: len(gallery.machine.programs) > count)
    seconds = time.perf_counter() - started
    gallery.machine.finish()
    gallery.wait_for(job, JobState.DONE)
    return seconds


def _pressed(gallery: Gallery, pin: MockPin) -> float:
    """Seconds from the edge at the pin to the job in the database."""
    before = gallery.studio.jobs.latest(1)[0].id
    started = time.perf_counter()
    pin.drive_low()
    eventually(lambda: gallery.studio.jobs.latest(1)[0].id > before)
    seconds = time.perf_counter() - started
    pin.drive_high()
    return seconds


class _InstantMachine(HandMachine):
    """Draws in no time, so that only the studio's own work is measured."""

    def draw(self, program: Program) -> None:
        super().draw(program)
        self.programs.clear()
        self.draw_strokes(len(program.strokes))
        self.end("done", len(program.strokes))


def _growth(folder: Path) -> None:
    """What every cat costs: time of the studio, bytes on the disk, memory that stays."""
    gallery = Gallery(folder)
    gallery.artist, gallery.machine = Sketcher.load(), _InstantMachine()
    gallery.settings = StudioSettings(columns=2, rows=3, caption=False)
    studio = gallery.open()
    for number in range(CATS):
        if number % 6 == 0:
            studio.sheets.new_sheet()
        job = studio.jobs.request(Request("page"))
        gallery.wait_for(job, JobState.DONE)
        if number == CATS // 2:
            size, memory, cpu = _size(gallery), _memory_kb(), time.process_time()
    count = CATS - CATS // 2 - 1
    print(f"{'database, for each cat':<50}{(_size(gallery) - size) / count / 1e3:9.2f} kB")
    print(f"{'memory that stays, for each cat':<50}{(_memory_kb() - memory) / count:9.2f} kB")
    cpu = (time.process_time() - cpu) / count
    print(f"{'processor time, for each cat':<50}{1e3 * cpu:9.1f} ms")
    gallery.close()


def _size(gallery: Gallery) -> int:
    """Bytes of the database file once everything is in it."""
    with gallery.store.transaction() as connection:
        pages = int(connection.execute("PRAGMA page_count").fetchone()[0])
        return pages * int(connection.execute("PRAGMA page_size").fetchone()[0])


def _memory_kb() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0])


def _queries(folder: Path) -> None:
    gallery = Gallery(folder)
    gallery.machine = HandMachine(LinkState.ABSENT)
    gallery.open(start=False)
    _fill(gallery.store)
    gallery.now = 1.8e9 + 300 * (DONE + QUEUED)
    size = sum(file.stat().st_size for file in gallery.path.parent.iterdir()) / 1e6
    print(f"{DONE:,} done and {QUEUED:,} waiting, {size:.0f} MB")
    started = time.perf_counter()
    studio = gallery.studio
    studio.start()
    print(f"{'start of the studio':<50}{1e3 * (time.perf_counter() - started):9.1f} ms")
    middle = DONE // 2
    for what, query in (
        ("snapshot", studio.snapshot),
        ("newest 50 jobs", lambda: studio.jobs.latest(50)),
        (
            "50 jobs in the middle of the history",
            lambda: studio.jobs.latest(50, before=middle),
        ),
        ("next 200 of the queue", studio.jobs.queue),
        ("one job", lambda: studio.jobs.get(middle)),
        ("one picture", lambda: studio.history.svg(middle)),
        ("statistics of 30 days", studio.history.days),
        ("statistics of all days", studio.history.totals),
        ("everything that must be so", studio.preflight.checks),
        ("the log", studio.history.log.entries),
        *_searches(gallery),
    ):
        cpu = time.thread_time()
        found = [_timed(query) for _ in range(30)]
        _row(what, found, (time.thread_time() - cpu) / 30)
    gallery.close()


def _searches(gallery: Gallery) -> list[tuple[str, Callable[[], object]]]:
    """Each way to look through the history, the unkindest ones too."""
    search, day = gallery.studio.history.search, 1.8e9 + 300 * DONE / 2
    wanted = {
        "drawn": Wanted(drawn=True),
        "favourites": Wanted(favourite=True),
        "a number": Wanted(number=777),
        "a number that is none": Wanted(number=10**15),
        "a day": Wanted(since=day, until=day + 86400),
        "a rare class": Wanted(class_name="owl"),
        "a class nobody drew": Wanted(class_name="platypus"),
        "failed ones": Wanted(state=JobState.FAILED),
        "cats by a source that is rare": Wanted(class_name="cat", source="cli"),
        "favourites that are not there": Wanted(favourite=True, class_name="platypus"),
        "drawn ones of nobody": Wanted(drawn=True, source="nobody"),
        "failed ones of a common source": Wanted(state=JobState.FAILED, source="page"),
        "owls from the page": Wanted(class_name="owl", source="page", state=JobState.DONE),
        "drawn ones of a rare source": Wanted(state=JobState.DONE, source="cli"),
    }
    return [(f"search: {name}", partial(search, what)) for name, what in wanted.items()]


def _fill(store: Store) -> None:
    """Years of drawings, as their rows; one in two hundred with a picture."""
    rng = random.Random(1)
    columns = "state, source, class_name, seed, priority, requested_at, strokes_total"
    sources = ("page", "button", "schedule")
    with store.transaction() as connection:
        for number in range(DONE + QUEUED):
            state = "done" if number < DONE else "requested"
            connection.execute(
                f"INSERT INTO jobs ({columns})"  # noqa: S608 (our own columns)
                " VALUES (?, ?, ?, ?, ?, ?, 12)",
                (
                    state,
                    "cli" if number % 9973 == 0 else sources[number % 3],
                    "owl" if number % 997 == 0 else "cat",
                    rng.randrange(10**12),
                    rng.randrange(3),
                    1.8e9 + number * 300,
                ),
            )
        connection.execute(
            "UPDATE jobs SET strokes_drawn = 12, edition = id, ended_at = requested_at + 60,"
            " started_at = requested_at, ink_drawn_mm = 700, seconds_drawn = 60,"
            " favourite = (id % 500 = 0), reason = '' WHERE state = 'done'"
        )
    strokes = [[[float(x), float(x * 7 % 90)] for x in range(30)] for _ in range(12)]
    paper = {"width": 148.0, "height": 210.0, "margin": 10.0}
    kept = KeptDrawing(strokes, "G21\n" * 200, "simulated", paper)
    for number in range(200, DONE, 200):
        store.keep_drawing(number, kept)


def _timed(action: Callable[[], object]) -> float:
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def _row(what: str, seconds: list[float], cpu: float | None = None) -> None:
    middle, worst = statistics.median(seconds) * 1e3, max(seconds) * 1e3
    busy = "" if cpu is None else f", {cpu * 1e3:.1f} ms of processor each"
    print(f"{what:<50}{middle:9.2f} ms median{worst:9.1f} ms worst of {len(seconds)}{busy}")
