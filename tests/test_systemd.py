"""The systemd unit: understood without a word, and sandboxed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).resolve().parent.parent / "systemd" / "catplotter.service"
MOST_EXPOSURE = 15
"""systemd's own scale, times ten: 1.5 of 10."""


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a program that exists here; a skip without systemd's tools."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    path = tmp_path / UNIT.name
    text = UNIT.read_text()
    command = next(line for line in text.splitlines() if line.startswith("ExecStart="))
    path.write_text(text.replace(command, "ExecStart=/bin/true"))
    return path


def test_systemd_understands_every_line(unit: Path) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
    )
    assert done.stderr == ""  # it exits 0 on keys that it does not know
    assert done.returncode == 0


def test_the_service_is_hardly_exposed(unit: Path) -> None:
    words = ["security", "--offline=yes", f"--threshold={MOST_EXPOSURE}", unit]
    done = subprocess.run(
        ["systemd-analyze", *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
