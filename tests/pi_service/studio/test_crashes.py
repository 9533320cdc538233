"""`kill -9` at random instants, and write-ahead logs that a power cut tore."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.pi_service.studio.crash_gallery import tear

REPOSITORY = Path(__file__).resolve().parents[3]


def test_kill_9_at_random_instants_loses_and_repeats_nothing(tmp_path: Path) -> None:
    command = [
        *(sys.executable, "-m", "tests.pi_service.studio.crash_gallery", str(tmp_path)),
        *("--seed", "7", "--kills", "25", "--torn", "0"),
    ]
    done = subprocess.run(
        command, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "25 kills" in done.stdout


def test_a_torn_write_ahead_log_keeps_every_commit_before_the_damage(tmp_path: Path) -> None:
    assert tear(tmp_path / "torn", seed=3, times=40) > 0
