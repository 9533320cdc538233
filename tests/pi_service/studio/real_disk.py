"""A disk of a few megabytes that really fills up: a file system in memory, mounted privately.

``python -m tests.pi_service.studio.real_disk FOLDER`` is run in a mount namespace of its own;
it fills the disk and makes it read-only, and looks at what the studio says and keeps. An
AssertionError names what went wrong.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from firmware_gcode.grbl.events import LinkState
from pi_service.studio.core.database import StoreError
from pi_service.studio.core.errors import StudioError
from pi_service.studio.core.settings import Patience, StudioSettings
from pi_service.studio.jobs.job import JobState, Request
from tests.pi_service.studio.gallery import Gallery, eventually

SIZE_MB = 6


class SmallDisk(Gallery):
    """A gallery whose data are on a small disk of their own."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.disk = self.path.parent
        self.patience = Patience(look_again=0.02, tend=0.0)
        self.settings = StudioSettings(
            columns=4, rows=4, queue_limit=10**6, sources={}, caption=False
        )
        self.ballast = self.disk / "ballast"

    def mount(self, *options: str) -> None:
        """Mount the disk, or mount it anew with other options."""
        self.disk.mkdir(parents=True, exist_ok=True)
        words = ["mount", "-t", "tmpfs", "-o", ",".join((f"size={SIZE_MB}m", *options))]
        subprocess.run([*words, "none", str(self.disk)], check=True)

    def fill(self) -> None:
        """Write until nothing goes on the disk any more."""
        with self.ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError:
                return

    def problems(self) -> str:
        return " ".join(self.studio.snapshot()["problems"])


def full(place: SmallDisk) -> None:
    """The disk fills up while a drawing is on the paper, and is emptied again."""
    studio = place.studio
    job = studio.jobs.request(Request("page"))
    place.wait_for(job, JobState.DRAWING)
    place.fill()
    accepted, refusal = fill_with_requests(place)
    assert "is full" in refusal, refusal
    place.machine.finish()  # the ink is on the paper, whatever the disk says
    eventually(lambda: "is full" in place.problems())
    assert len(studio.jobs.latest(10**6)) == accepted + 1, "what was accepted is there"
    place.ballast.unlink()
    assert place.wait_for(job, JobState.DONE).strokes_drawn == 4
    eventually(lambda: place.problems() == "")
    assert studio.jobs.request(Request("page")).id == accepted + 2


def fill_with_requests(place: SmallDisk) -> tuple[int, str]:
    """Ask until the disk takes no more; gives how many were accepted, and the refusal."""
    for accepted in range(10**5):
        try:
            place.studio.jobs.request(Request("page", request_key=f"{accepted:0500}"))
        except StudioError as error:
            return accepted, str(error)
    raise AssertionError("the disk never filled up")


def read_only(place: SmallDisk) -> None:
    """A worn SD card goes read-only: the service that is started again there says so."""
    before = len(place.studio.jobs.latest(10**6))
    place.close()
    subprocess.run(["mount", "-o", "remount,ro", str(place.disk)], check=True)
    with pytest.raises(StoreError, match="takes nothing any more"):
        place.open()
    subprocess.run(["mount", "-o", "remount,rw", str(place.disk)], check=True)
    studio = place.open()
    assert len(studio.jobs.latest(10**6)) == before
    studio.jobs.request(Request("page"))


def main(folder: Path) -> int:
    """Run it all."""
    place = SmallDisk(folder)
    place.mount()
    place.machine.become(LinkState.READY)
    place.open()
    full(place)
    read_only(place)
    place.close()
    print("The studio said so, kept what it had, and went on.")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
