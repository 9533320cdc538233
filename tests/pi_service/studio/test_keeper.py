"""Backups on the page: looked into, put back with a way back, and copied to a second place."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.__main__ import cli
from pi_service.service import Service, ServiceConfig
from pi_service.studio.core.database import Database
from pi_service.studio.core.errors import StudioError
from pi_service.studio.history.archive import DATABASE, BackupError
from pi_service.studio.history.backup import back_up, backups, cats_in, rotate, verify
from pi_service.studio.history.elsewhere import Elsewhere, why_not
from pi_service.studio.history.inside import look_inside
from pi_service.studio.jobs.job import Request


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The folder of a service that has drawn two cats."""
    folder = tmp_path / "data"
    Database(folder / DATABASE).close()
    draw(folder, 2)
    return folder


def draw(data: Path, cats: int) -> None:
    with closing(sqlite3.connect(data / DATABASE)) as connection, connection:
        columns = {row[1]: row for row in connection.execute("PRAGMA table_info(jobs)")}
        for _ in range(cats):
            row: dict[str, Any] = {
                name: 0 if kind != "TEXT" else ""
                for name, (_, _, kind, needed, default, key) in columns.items()
                if needed and default is None and not key
            }
            row |= {"state": "done", "source": "page", "class_name": "cat", "ended_at": 1.8e9}
            names = ", ".join(row)
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO jobs ({names}) VALUES ({marks})", [*row.values()])  # noqa: S608


def test_a_look_inside_says_what_would_be_lost(data: Path, tmp_path: Path) -> None:
    archive = tmp_path / "cats.tar.gz"
    back_up(data, archive)
    draw(data, 3)
    with closing(sqlite3.connect(data / DATABASE)) as connection, connection:
        connection.execute("INSERT INTO settings VALUES ('hours', '{}')")
    found = look_inside(archive, data)
    assert (found["cats"], found["jobs"], found["profile"]) == (2, 2, False)
    lost = found["lost"]
    assert (lost["cats"], lost["settings"], lost["rules"]) == (3, True, False)
    assert [cat["id"] for cat in lost["latest"]] == [5, 4, 3]
    assert list(data.glob(".look-*")) == []
    words = ["restore", "--look", "--data", str(data), str(archive)]
    told = CliRunner().invoke(cli, words).output
    assert "2 cats of 2 jobs" in told
    assert "lose 3 cats" in told
    assert "Changed since: settings." in told
    assert cats_in(data / DATABASE) == 5


# The second place


@pytest.fixture
def stick() -> Iterator[Path]:
    """A disk of its own, of three megabytes where we may mount one."""
    folder = Path(f"/dev/shm/catplotter-{os.getpid()}")  # noqa: S108
    folder.mkdir()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def made(data: Path, day: int) -> Path:
    at = datetime(2026, 11, day, tzinfo=UTC)
    return rotate(data, data / "backups", now=at, free=lambda _: 10**12)


def test_a_copy_is_read_back_and_the_oldest_go_first(data: Path, stick: Path) -> None:
    if stick.stat().st_dev == data.stat().st_dev:
        pytest.skip("there is one disk only")
    elsewhere = Elsewhere(stick, data, kept=2)
    (stick / ".catplotter-20260101-000000.tar.gz.part").touch()
    for day in (1, 2, 3):
        verify(elsewhere.copy(made(data, day)))
    assert [path.name for path in sorted(stick.iterdir())] == [
        "catplotter-20261102-000000.tar.gz",
        "catplotter-20261103-000000.tar.gz",
    ]
    assert elsewhere.view()["fact"] is None
    backup = ["backup", "--rotate", "--data", str(data), "--copy-to", str(stick)]
    done = CliRunner().invoke(cli, [*backup, str(data / "backups")])
    assert "a copy, read back" in done.output


def test_a_place_that_is_missing_or_on_the_same_card_is_told(
    data: Path, tmp_path: Path
) -> None:
    archive = made(data, 1)
    for folder, code in (
        (tmp_path / "nowhere", "backup-place-missing"),
        (data, "backup-place-not-mounted"),
    ):
        before = sorted(tmp_path.rglob("*"))
        with pytest.raises(BackupError) as told:
            Elsewhere(folder, data).copy(archive)
        assert told.value.fact.code == code
        assert sorted(tmp_path.rglob("*")) == before
    assert why_not(data, OSError(30, "Read-only file system")).code == "backup-place-read-only"


def test_a_place_that_hangs_holds_nobody_up(
    data: Path, stick: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hangs = threading.Event()
    monkeypatch.setattr(Elsewhere, "_check", lambda _: hangs.wait())
    slow = Elsewhere(stick, data, patience_s=0.05)
    for _ in range(3):  # the second look does not wait behind the first
        assert slow.view()["fact"].code == "backup-place-slow"
    assert sum(thread.name == "elsewhere" for thread in threading.enumerate()) == 1
    hangs.set()


FULL = """
import sys
from pathlib import Path
from pi_service.studio.history.archive import BackupError
from pi_service.studio.history.backup import backups
from pi_service.studio.history.elsewhere import Elsewhere
stick, data, archive = map(Path, sys.argv[1:])
ballast = (stick / "ballast").open("wb")
ballast.write(bytes(5_000_000)), ballast.flush()
(stick / "catplotter-20250101-000000.tar.gz").write_bytes(bytes(500_000))
(stick / "catplotter-20250102-000000.tar.gz").write_bytes(bytes(500_000))
try:
    Elsewhere(stick, data).copy(archive)
except BackupError as error:
    print(error.fact.code, sorted(path.name for path in stick.iterdir()))
"""


def test_a_full_stick_keeps_its_newest_and_nothing_half(data: Path, tmp_path: Path) -> None:
    stick = tmp_path / "small"
    stick.mkdir()
    mount = f'mount -t tmpfs -o size=6m none {stick} && exec "$@"'
    words = ["unshare", "-m", "sh", "-c", mount, "sh", sys.executable, "-c", FULL]
    words += [str(stick), str(data), str(made(data, 1))]
    done = subprocess.run(words, check=False, capture_output=True, text=True)
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("nothing may be mounted here")
    assert done.stdout.split()[0] == "data-backup-no-room", done.stderr
    assert "catplotter-20250102" in done.stdout
    assert "catplotter-20250101" not in done.stdout
    assert "part" not in done.stdout


# Put back, by the service


def config(data: Path, model: Path) -> ServiceConfig:
    return ServiceConfig(
        data=data,
        profile=Profile.load("simulated"),
        paper=Paper.named("A5"),
        find_port=lambda: None,
        model=model,
        http_port=0,
        button_pin=None,
    )


def anew(service: Service) -> None:
    """What `catplotter serve` does between a service and the next."""
    assert service.anew is not None
    service.anew()


def test_a_backup_is_put_back_and_so_is_what_was_there_before(
    tmp_path: Path, plain_model: Path
) -> None:
    data = tmp_path / "data"
    with Service(config(data, plain_model)) as service:
        assert service.workshop is not None
        keeper, studio = service.workshop.keeper, service.studio
        name = keeper.make()["name"]
        studio.jobs.request(Request("page"))
        studio.machine.lease.drawing = True
        with pytest.raises(StudioError, match="drawing is on the paper"):
            keeper.restore("here", name)
        studio.machine.lease.drawing = False
        for place, wrong in (("here", "../catplotter.db"), ("aside", name), ("x", name)):
            with pytest.raises(StudioError, match="There is no backup"):
                keeper.inside(place, wrong)
        assert keeper.inside("here", name)["jobs"] == 0
        keeper.restore("here", name)
    anew(service)
    with Service(config(data, plain_model)) as service:
        assert service.workshop is not None
        keeper = service.workshop.keeper
        assert service.studio.jobs.latest(10) == []
        (aside,) = [each for each in keeper.view()["backups"] if each["place"] == "aside"]
        keeper.restore("aside", aside["name"])
    anew(service)
    with Service(config(data, plain_model)) as service:
        assert len(service.studio.jobs.latest(10)) == 1
    assert list(data.glob(".restore-*")) == []
    assert len(backups(data / "backups")) == 1
