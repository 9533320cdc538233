"""A folder of backups, one a day, and copies that were set aside long ago."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from pi_service.__main__ import cli
from pi_service.studio.core.database import Database
from pi_service.studio.history.archive import DATABASE, BackupError
from pi_service.studio.history.backup import (
    ASIDE_DAYS,
    DAY_S,
    backups,
    let_go,
    restore,
    rotate,
    verify,
)

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
PLENTY = 10**12


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a service that has drawn a little."""
    folder = tmp_path / "data"
    Database(folder / DATABASE).close()
    return folder


def a_month(data: Path, folder: Path) -> None:
    for day in range(30):
        rotate(data, folder, kept=7, now=NOON + timedelta(days=day), free=lambda _: PLENTY)


def test_after_a_month_the_newest_week_is_there(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    a_month(data, folder)
    assert len(backups(folder)) == 7
    assert backups(folder)[-1].name == "catplotter-20261130-120000.tar.gz"
    assert sorted(folder.iterdir()) == backups(folder)
    restore(backups(folder)[0], tmp_path / "again")


def test_nobody_else_can_read_them(data: Path, tmp_path: Path) -> None:
    written = rotate(data, tmp_path / "backups")
    assert written.stat().st_mode & 0o777 == 0o600
    assert written.parent.stat().st_mode & 0o777 == 0o700


def test_one_that_cannot_be_read_back_does_not_take_the_place_of_good_ones(
    data: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    a_month(data, folder)
    before = backups(folder)
    database = data / DATABASE
    with database.open("r+b") as file:  # a card that has lost what was written
        file.seek(4096)
        file.write(b"\xff" * (database.stat().st_size - 4096))
    with pytest.raises(BackupError):
        rotate(data, folder, kept=7)
    assert backups(folder) == before


def test_a_full_card_keeps_the_newest_and_says_so(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    a_month(data, folder)
    newest = backups(folder)[-1]
    with pytest.raises(BackupError, match="no room"):
        rotate(data, folder, free=lambda _: 1000)
    assert backups(folder) == [newest]
    verify(newest)


def test_copies_set_aside_go_after_three_months(data: Path) -> None:
    old, young = data / "before-restore-20260101-120000", data / "catplotter.form-0004.db"
    old.mkdir()
    (old / DATABASE).touch()
    young.touch()
    age = young.stat().st_mtime - (ASIDE_DAYS + 1) * DAY_S
    os.utime(old, (age, age))
    assert let_go(data) == [old]
    assert young.exists()
    assert (data / DATABASE).exists()


def test_both_from_the_command_line(data: Path, tmp_path: Path) -> None:
    words = ["backup", "--rotate", "--data", str(data), str(tmp_path / "backups")]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    assert "read back" in done.output
    done = CliRunner().invoke(cli, ["tidy", "--data", str(data)])
    assert "nothing old enough" in done.output
    done = CliRunner().invoke(cli, ["backup", "--data", str(data), str(tmp_path)])
    assert done.exit_code == 2
    assert "--rotate" in done.output
