"""A release has everything in it, and its version is the same everywhere."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.release.check import (
    CHANGES,
    REPOSITORY,
    NotReadyError,
    build,
    check_source,
    check_tree,
    check_versions,
    check_wheel,
)


def test_the_version_is_the_same_everywhere() -> None:
    assert check_versions().count(".") == 2


def test_another_version_in_the_changes_is_noticed(tmp_path: Path) -> None:
    (tmp_path / CHANGES).parent.mkdir(parents=True)
    (tmp_path / CHANGES).write_text("# What has changed\n\n## 0.0.9 (2026-01-01)\n")
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    with pytest.raises(NotReadyError, match="does not begin with"):
        check_versions(tmp_path)


def test_what_is_not_committed_is_noticed(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    check_tree(tmp_path)
    (tmp_path / "new.py").touch()
    with pytest.raises(NotReadyError, match=r"new\.py"):
        check_tree(tmp_path)


def test_wheel_and_source_hold_everything(tmp_path: Path) -> None:
    wheel, source = build(tmp_path)
    check_wheel(wheel)
    check_source(source)
    with pytest.raises(NotReadyError, match="lacks"):
        check_wheel(_without_model(wheel, tmp_path))


def _without_model(wheel: Path, folder: Path) -> Path:
    """The same wheel, its model left out."""
    copy = folder / "copy.whl"
    with zipfile.ZipFile(wheel) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            if not name.endswith("quickdraw.safetensors"):
                new.writestr(name, old.read(name))
    return copy
