"""A gallery that is killed again and again, and a check that nothing was lost.

``python -m tests.pi_service.studio.crash_gallery FOLDER --seed 1 --kills 1000`` runs the
studio in a process of its own on real files, kills it with SIGKILL at a random instant, starts
it again, and in the end draws what is left and compares what was promised, what is in the
database and what is on the paper.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sqlite3
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from firmware_gcode.grbl.events import LinkState, ProgramEnded, ProgramStarted, StrokeDrawn
from firmware_gcode.grbl.journal import Journal
from firmware_gcode.program.program import Program
from pi_service.studio.errors import StudioError
from pi_service.studio.job import ENDED, JobState
from pi_service.studio.jobs import program_hash
from pi_service.studio.settings import StudioSettings
from pi_service.studio.store import Store
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
                self._ended(ProgramEnded("stopped", stroke, ""))
                return
            self._ledger.note("ink", program.strokes[stroke].round(3).tolist())
            self._journal.record(StrokeDrawn(stroke))
            self.tell(StrokeDrawn(stroke))
        self._ended(ProgramEnded("done", total, ""))

    def _ended(self, event: ProgramEnded) -> None:
        self._journal.record(event)
        self.tell(event)
        self.become(LinkState.READY)

    def stop(self) -> None:
        self._do("stop")
        self._asked_to_stop.set()


class CrashGallery(Gallery):
    """The gallery on the folder's files, with a ledger beside them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.ledger = Ledger(folder / "ledger.jsonl")
        self.machine = QuickMachine(self.ledger, self.journal)
        self.settings = StudioSettings(columns=GRID[0], rows=GRID[1], queue_limit=6)
        self.rng = random.SystemRandom()  # every life draws other cats
        self.now = time.time()

    def live(self, rng: random.Random, until: float) -> None:
        """People ask, pause, let go, have finished and change paper, until the time is up."""
        self.open()
        while time.monotonic() < until:
            self.now = time.time()
            self._somebody(rng)
            time.sleep(rng.uniform(0, 0.006))

    def _somebody(self, rng: random.Random) -> None:
        try:
            for broken in self.studio.snapshot()["interrupted"]:
                if rng.random() < 0.8:
                    self.studio.finish(broken["id"])
                else:
                    self.studio.cancel(broken["id"])
            if rng.random() < 0.6:
                key = f"{os.getpid()} {rng.randrange(10**9)}"
                source = rng.choice(["button", "page", "schedule"])
                job = self.studio.request(source, request_key=key)
                self.ledger.note("promised", job.id)
            elif rng.random() < 0.1:
                self.studio.cancel(rng.choice(self.studio.queue() or [job_on_paper(self)]).id)
            sheet = self.studio.snapshot()["sheet"]
            if sheet["free"] == 0:
                self.studio.new_sheet()
        except StudioError:
            pass

    def draw_the_rest(self) -> None:
        """A quiet day: everything that is left is finished."""
        self.open()

        def all_done() -> bool:
            for broken in self.studio.snapshot()["interrupted"]:
                self.studio.finish(broken["id"])
            if self.studio.snapshot()["sheet"]["free"] == 0:
                try:
                    self.studio.new_sheet()
                except StudioError:
                    return False
            return not self.studio.queue() and self.store.on_paper() is None

        eventually(all_done, timeout=60)
        self.close()


def job_on_paper(gallery: Gallery) -> Any:
    """The job on the paper, or the newest one."""
    return gallery.store.on_paper() or gallery.studio.jobs(1)[0]


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
    cells = [(job.sheet, job.cell) for job in jobs.values() if job.started_at is not None]
    assert len(set(cells)) == len(cells), "a cell was drawn over"
    ink = Counter(json.dumps(value) for what, value in lines if what == "ink")
    twice = 0
    for job in jobs.values():
        kept = store.drawing(job.id)
        for number, stroke in enumerate(kept.strokes if kept else []):
            times = ink.pop(json.dumps(stroke), 0)
            twice += times == 2
            assert times <= 2, f"stroke {number} of job {job.id} was drawn {times} times"
            if job.state is JobState.DONE:
                assert times, f"stroke {number} of job {job.id} is missing on the paper"
            if job.started_at is None:
                assert not times, f"job {job.id} was never begun and is on the paper"
    assert not ink, f"{len(ink)} strokes on the paper belong to no job"
    assert twice <= kills, f"{twice} strokes were drawn twice after {kills} kills"
    store.close()
    done = sum(job.state is JobState.DONE for job in jobs.values())
    return {"promised": len(promised), "done": done, "editions": len(editions), "twice": twice}


def run(folder: Path, *, seed: int, kills: int, longest_s: float = 0.4) -> dict[str, int]:
    """Kill a gallery `kills` times at random instants, finish its work, and check it."""
    rng = random.Random(seed)
    for number in range(kills):
        child = os.fork()
        if child == 0:
            _live_and_exit(folder, seed * 1_000_003 + number, longest_s)
        time.sleep(rng.uniform(0.0, longest_s))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), "the gallery ended by itself"
    CrashGallery(folder).draw_the_rest()
    return check(folder, kills)


def _live_and_exit(folder: Path, seed: int, longest_s: float) -> None:
    try:
        CrashGallery(folder).live(random.Random(seed), time.monotonic() + 40 * longest_s)
    finally:
        os._exit(1)


def main(arguments: list[str]) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kills", type=int, default=1000)
    wanted = parser.parse_args(arguments)
    wanted.folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    found = run(wanted.folder, seed=wanted.seed, kills=wanted.kills)
    print(f"{wanted.kills} kills in {time.monotonic() - started:.0f} s: {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
