"""What the machines under test are given: the repository's last commit."""

from __future__ import annotations

import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def unpack(target: Path) -> None:
    """Put the last commit's files into a folder, which is made."""
    target.mkdir(parents=True)
    tracked = subprocess.run(
        ["git", "archive", "HEAD"], cwd=REPOSITORY, capture_output=True, check=True
    )
    subprocess.run(["tar", "-x", "-C", target], input=tracked.stdout, check=True)
