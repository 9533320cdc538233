"""A gallery that is killed again and again, and a check that nothing was lost.

``python -m tests.pi_service.studio.crash_gallery FOLDER --seed 1 --kills 1000`` runs the
studio in a process of its own on real files, kills it with SIGKILL at a random instant, starts
it again, and in the end draws what is left and compares what was promised, what is in the
database and what is on the paper. Then it cuts and overwrites ``--torn`` (400) write-ahead
logs at random places, and opens what is left.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from firmware_gcode.facts import fact
from firmware_gcode.grbl.events import LinkState, ProgramEnded, ProgramStarted, StrokeDrawn
from firmware_gcode.grbl.journal import Journal
from firmware_gcode.program.program import Program
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import StudioSettings
from pi_service.studio.jobs.book import program_hash
from pi_service.studio.jobs.job import ENDED, Job, JobState, Request
from pi_service.studio.jobs.store import Store
from tests.pi_service.studio.gallery import Gallery, HandMachine, eventually

GRID = (3, 3)


class Ledger:
    """What really happened, kept outside of the database: promises and ink."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(self, what: str, value: Any) -> None:
        """Append a line; it survives a SIGKILL that follows."""
        os.write(self._file, json.dumps([what, value]).encode() + b"\n")

    def read(self) -> list[tuple[str, Any]]:
        """All lines, the oldest first."""
        return [tuple(json.loads(line)) for line in self.path.read_bytes().splitlines()]


class QuickMachine(HandMachine):
    """Draws by itself within milliseconds, and keeps the link's journal as the link does."""

    def __init__(self, ledger: Ledger, journal: Path) -> None:
        super().__init__(LinkState.READY)
        self._ledger = ledger
        self._journal = Journal(journal)
        self._asked_to_stop = threading.Event()

    def draw(self, program: Program) -> None:
        self._do("draw")
        self._asked_to_stop.clear()
        self.become(LinkState.DRAWING)
        threading.Thread(target=self._ink, args=(program,), daemon=True).start()

    def _ink(self, program: Program) -> None:
        first, total = program.first_stroke, len(program.strokes)
        self._journal.record(ProgramStarted(program_hash(program.text), first, total))
        for stroke in range(first, total):
            if self._asked_to_stop.wait(0.001):
                self._ended(ProgramEnded("stopped", stroke))
                return
            self._ledger.note("ink", program.strokes[stroke].round(3).tolist())
            self._journal.record(StrokeDrawn(stroke))
            self.tell(StrokeDrawn(stroke))
        self._ended(ProgramEnded("done", total))

    def _ended(self, event: ProgramEnded) -> None:
        self._journal.record(event)
        self.tell(event)
        self.become(LinkState.READY)

    def stop(self, *, park: bool = True) -> None:
        self._do("stop")
        self._asked_to_stop.set()


class CrashGallery(Gallery):
    """The gallery on the folder's files, with a ledger beside them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.ledger = Ledger(folder / "ledger.jsonl")
        self.machine = QuickMachine(self.ledger, self.journal)
        self.settings = StudioSettings(
            columns=GRID[0], rows=GRID[1], queue_limit=6, pen_m=20.0, caption=False
        )
        self.rng = random.SystemRandom()  # every life draws other cats
        self.now = time.time()

    def live(self, rng: random.Random, until: float, says: int) -> None:
        """People ask, pause, let go, have finished and change paper, until the time is up.

        Writes a byte to the pipe `says` once the gallery is open.
        """
        self.open()
        with suppress(BrokenPipeError):
            os.write(says, b".")
        while time.monotonic() < until:
            self.now = time.time()
            self._somebody(rng)
            time.sleep(rng.uniform(0, 0.006))

    def _see_to_the_pen(self) -> None:
        if not self.studio.supplies.pen().lasts_for(3000.0):
            self.studio.supplies.new_pen()

    def _somebody(self, rng: random.Random) -> None:
        try:
            self._see_to_the_pen()
            for broken in self.studio.snapshot()["interrupted"]:
                if rng.random() < 0.8:
                    self.studio.jobs.finish(broken["id"])
                else:
                    self.studio.jobs.cancel(broken["id"])
            if rng.random() < 0.6:
                key = f"{os.getpid()} {rng.randrange(10**9)}"
                source = rng.choice(["button", "page", "schedule"])
                whole = rng.random() < 0.1
                wish = Request(source, request_key=key, whole_sheet=whole)
                job = self.studio.jobs.request(wish)
                self.ledger.note("promised", job.id)
            elif rng.random() < 0.1:
                self.studio.jobs.cancel(
                    rng.choice(self.studio.jobs.queue() or [job_on_paper(self)]).id
                )
            if self.studio.preflight.paper_fault() is not None:
                self.studio.sheets.new_sheet(caption=rng.random() < 0.3)
        except StudioError:
            pass

    def draw_the_rest(self) -> None:
        """A quiet day: everything that is left is finished."""
        self.open()

        def all_done() -> bool:
            self._see_to_the_pen()
            for broken in self.studio.snapshot()["interrupted"]:
                self.studio.jobs.finish(broken["id"])
            if self.studio.preflight.paper_fault() is not None:
                try:
                    self.studio.sheets.new_sheet()
                except StudioError:
                    return False
            return not self.studio.jobs.queue() and self.store.active() is None

        eventually(all_done, timeout=60)
        self.close()


def job_on_paper(gallery: Gallery) -> Any:
    """The job on the paper, or the newest one."""
    return gallery.store.active() or gallery.studio.jobs.latest(1)[0]


def check(folder: Path, kills: int) -> dict[str, int]:
    """Compare promises, database and paper; AssertionError names the first difference."""
    gallery = CrashGallery(folder)
    with sqlite3.connect(gallery.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
    store = Store.open(gallery.path)
    jobs = {job.id: job for job in store.jobs(10**6)}
    lines = gallery.ledger.read()
    promised = [value for what, value in lines if what == "promised"]
    assert len(set(promised)) == len(promised), "one number was given to two requests"
    for job_id in promised:
        assert job_id in jobs, f"job {job_id} was accepted and is lost"
        assert jobs[job_id].state in ENDED, f"job {job_id} is {jobs[job_id].state}"
    editions = [job.edition for job in jobs.values() if job.edition is not None]
    assert len(set(editions)) == len(editions), "an edition number was used twice"
    for job in jobs.values():
        if job.edition is not None and job.caption:
            assert job.caption.startswith(f"No. {job.edition}, "), (
                f"job {job.id}: {job.caption}"
            )
    begun = [job for job in jobs.values() if job.started_at is not None]
    cells = [(job.sheet, job.cell) for job in begun]
    assert len(set(cells)) == len(cells), "a cell was drawn over"
    on_sheet = Counter(job.sheet for job in begun)
    for job in begun:
        assert not job.whole_sheet or on_sheet[job.sheet] == 1, f"job {job.id} shares a sheet"
    twice = check_ink(store, jobs, [value for what, value in lines if what == "ink"])
    assert twice <= kills, f"{twice} strokes were drawn twice after {kills} kills"
    check_pens(store)
    store.close()
    done = sum(job.state is JobState.DONE for job in jobs.values())
    return {"promised": len(promised), "done": done, "editions": len(editions), "twice": twice}


def check_ink(store: Store, jobs: dict[int, Job], inked: list[Any]) -> int:
    """Compare the paper with what is kept; gives how many strokes were drawn twice.

    Letters of captions may be the same strokes on several sheets, so they are counted.
    """
    ink = Counter(json.dumps(value) for value in inked)
    owners: dict[str, list[Job]] = {}
    for job in jobs.values():
        kept = store.drawing(job.id)
        for points in kept.strokes if kept else []:
            owners.setdefault(json.dumps(points), []).append(job)
    twice = 0
    for stroke, drawn_by in owners.items():
        times = ink.pop(stroke, 0)
        begun = [job.id for job in drawn_by if job.started_at is not None]
        whole = [job.id for job in drawn_by if job.state is JobState.DONE]
        assert times >= len(whole), f"a stroke of jobs {whole} is missing on the paper"
        assert times <= 2 * len(begun), f"a stroke of jobs {begun} was drawn {times} times"
        twice += max(0, times - len(begun))
    assert not ink, f"{len(ink)} strokes on the paper belong to no job"
    return twice


def check_pens(store: Store) -> None:
    """The pens have given as much ink as the jobs have got."""
    with store.database.read() as connection:
        pens = connection.execute("SELECT sum(used_mm) FROM pens").fetchone()[0]
        jobs = connection.execute("SELECT sum(ink_drawn_mm) FROM jobs").fetchone()[0]
    assert abs(pens - jobs) < 1.0, f"the pens gave {pens} mm, the jobs got {jobs} mm"


def run(folder: Path, *, seed: int, kills: int, longest_s: float = 0.4) -> dict[str, int]:
    """Kill a gallery `kills` times at random instants, finish its work, and check it.

    One in five is killed while it starts; the others at work, however busy this machine is.
    """
    rng = random.Random(seed)
    for number in range(kills):
        hears, says = os.pipe()
        child = os.fork()
        if child == 0:
            _live_and_exit(folder, seed * 1_000_003 + number, longest_s, says)
        os.close(says)
        if rng.random() < 0.8:
            os.read(hears, 1)
        os.close(hears)
        time.sleep(rng.uniform(0.0, longest_s))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "the gallery ended by itself"
    CrashGallery(folder).draw_the_rest()
    return check(folder, kills)


def tear(folder: Path, *, seed: int, times: int) -> int:
    """Damage a gallery's write-ahead log at random places; gives the commits that had to stay.

    Each time the studio itself takes the folder up: the database must be sound, every job
    that was committed before the damage must be there, and drawing must go on.
    """
    rng = random.Random(seed)
    folder.mkdir()
    path = folder / "whole" / "catplotter.sqlite3"
    store = Store.open(path)
    log = path.with_name(path.name + "-wal")
    sizes = []  # of the log after each job
    for number in range(60):
        job = store.add(Request("page", class_name="cat", seed=number), 1.0, 0)
        sizes.append(log.stat().st_size)
        if number % 3 == 0:
            store.next_edition()
            store.note(job.id, reason=fact("hold-paper"))
    total = 0
    for number in range(times):
        torn = folder / str(number) / "data" / path.name
        torn.parent.mkdir(parents=True)
        shutil.copy(path, torn)
        damaged_from = damage(log, torn.with_name(log.name), rng)
        kept = sum(size <= damaged_from for size in sizes)
        total += kept
        _open_torn(folder / str(number), kept)
        shutil.rmtree(folder / str(number))
    store.close()
    return total


def _open_torn(folder: Path, kept: int) -> None:
    gallery = Gallery(folder)
    gallery.settings = StudioSettings(queue_limit=1000, caption=False)
    studio = gallery.open(start=False)
    with gallery.store.database.read() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    seeds = [job.seed for job in reversed(studio.jobs.latest(100))]
    assert seeds == list(range(kept)), f"{kept} jobs were committed, {len(seeds)} are there"
    studio.jobs.request(Request("page", seed=1))
    gallery.close()


def damage(log: Path, copy: Path, rng: random.Random) -> int:
    """Copy a log with its end cut off or overwritten; gives where the damage begins.

    The damage starts behind the tables: a new database has nothing in its file before its
    first checkpoint but what the log holds.
    """
    content = bytearray(log.read_bytes())
    at = rng.randrange(len(content) // 2, len(content))
    if rng.random() < 0.5:
        del content[at:]
    else:
        content[at:] = rng.randbytes(len(content) - at)
    copy.write_bytes(content)
    return at


def _live_and_exit(folder: Path, seed: int, longest_s: float, says: int) -> None:
    try:
        until = time.monotonic() + 100 * longest_s
        CrashGallery(folder).live(random.Random(seed), until, says)
    finally:
        os._exit(1)


def main(arguments: list[str]) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--torn", type=int, default=400)
    parser.add_argument("--longest", type=float, default=0.4, help="seconds of a life")
    wanted = parser.parse_args(arguments)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    found = run(wanted.folder, seed=wanted.seed, kills=wanted.kills, longest_s=wanted.longest)
    print(f"{wanted.kills} kills in {time.monotonic() - started:.0f} s: {found}")
    if wanted.torn:
        started = time.monotonic()
        kept = tear(wanted.folder / "torn", seed=wanted.seed, times=wanted.torn)
        seconds = time.monotonic() - started
        print(f"{wanted.torn} torn logs in {seconds:.0f} s: {kept} commits before the damage")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
