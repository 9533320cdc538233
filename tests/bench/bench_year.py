"""A year of three galleries, each in its time zone: every run, every hour, every sheet.

Run with ``python -m tests.bench year``: some minutes.
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from tests.pi_service.studio.year_gallery import year

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe")


def main() -> None:
    """Live through each year, and print what it came to."""
    total = sum(_live(zone) for zone in ZONES)
    print(f"{'in all':<22}{total:6} jobs, at most {_peak_mb():.0f} MB of memory")


def _live(zone: str) -> int:
    started, before = time.monotonic(), _memory_mb()
    with tempfile.TemporaryDirectory(dir=_fast_folder()) as folder:
        report = year(Path(folder), zone)
    print(
        f"{zone:<22}{report.jobs:6} jobs, {report.drawn} drawn on {report.sheets} sheets "
        f"with {report.pens} pens, {report.firings} runs, all when they were due\n"
        f"{'':<22}{report.bytes_on_disk / 1e6:6.0f} MB of files, memory "
        f"{before:.0f} to {_memory_mb():.0f} MB, {time.monotonic() - started:.0f} s"
    )
    return report.jobs


def _fast_folder() -> str | None:
    """Memory instead of a disk, where there is: what is looked at here is not the disk."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 (a private folder in it)


def _memory_mb() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmRSS:")[1].split()[0]) / 1e3


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
