"""`kill -9` at random instants, and write-ahead logs that a power cut tore."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
from pathlib import Path

from pi_service.studio.store import Store

REPOSITORY = Path(__file__).resolve().parents[3]


def test_kill_9_at_random_instants_loses_and_repeats_nothing(tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "tests.pi_service.studio.crash_gallery", str(tmp_path)),
        *("--seed", "7", "--kills", "25"),
    ]
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "25 kills" in done.stdout


def test_a_torn_write_ahead_log_keeps_every_commit_before_the_damage(tmp_path: Path) -> None:
    path = tmp_path / "whole" / "catplotter.sqlite3"
    store = Store.open(path)
    log = path.with_name(path.name + "-wal")
    sizes = []  # of the log after each job
    for seed in range(40):
        store.add_job(source="page", class_name="cat", seed=seed, requested_at=0.0)
        sizes.append(log.stat().st_size)
    rng = random.Random(3)
    for number in range(40):
        folder = tmp_path / f"torn{number}"
        folder.mkdir()
        torn = folder / path.name
        shutil.copy(path, torn)
        damaged_from = damage(log, torn.with_name(log.name), rng)
        kept = sum(size <= damaged_from for size in sizes)
        again = Store.open(torn)
        assert [job.seed for job in reversed(again.jobs(100))] == list(range(kept))
        again.add_job(source="page", class_name="cat", seed=99, requested_at=1.0)
        again.close()
    store.close()


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
