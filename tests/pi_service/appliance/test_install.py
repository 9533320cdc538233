"""Releases come and go; whatever fails, what ran before still runs."""

from __future__ import annotations

import shutil
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pi_service.appliance.data import form
from pi_service.appliance.host import ApplianceError
from pi_service.appliance.install import install, rollback, uninstall, update
from pi_service.appliance.release import current, releases
from pi_service.studio.access.tokens import new_token, write_secret
from pi_service.studio.core.database import MIGRATIONS
from tests.pi_service.appliance.fake_box import REPOSITORY, FakeBox


@pytest.fixture
def fake(tmp_path: Path) -> FakeBox:
    return FakeBox(tmp_path)


def running(fake: FakeBox) -> str | None:
    """The version of the current release."""
    release = current(fake.places)
    return release.version if release else None


def test_it_puts_everything_in_place_and_starts_it(fake: FakeBox) -> None:
    install(fake.box, fake.source("1.0"))
    places = fake.places
    assert running(fake) == "1.0"
    assert places.command.readlink() == places.current / "venv/bin/catplotter"
    assert (
        "ExecStart=/opt/catplotter/current"
        in (places.units / "catplotter.service").read_text()
    )
    assert "dialout" in places.udev_rules.read_text()
    assert "catplotter" in places.sysusers.read_text()
    assert "systemctl restart --no-block catplotter.service" in fake.ran
    assert f"http://{socket.gethostname()}.local:8080" in fake.said[-1]


def test_the_timers_run_and_what_they_start_waits_for_them(fake: FakeBox) -> None:
    install(fake.box, fake.source("1.0"))
    for timer in ("catplotter-backup", "catplotter-tidy"):
        assert (fake.places.units / f"{timer}.service").exists()
        assert f"systemctl enable --quiet {timer}.timer" in fake.ran
        assert not any(f"{timer}.service" in line for line in fake.ran)


def test_a_release_takes_along_the_units_that_it_has_not(fake: FakeBox) -> None:
    source = fake.source("1.0")
    (source / "systemd").unlink()
    (source / "systemd").mkdir()
    for name in ("catplotter.service", "99-grbl.rules", "catplotter.sysusers"):
        shutil.copy(REPOSITORY / "systemd" / name, source / "systemd" / name)
    install(fake.box, source)
    install(fake.box, fake.source("2.0"))
    assert (fake.places.units / "catplotter-backup.timer").exists()
    rollback(fake.box)
    assert [p.name for p in fake.places.installed_units()] == ["catplotter.service"]
    assert "systemctl disable --now --quiet catplotter-backup.timer" in fake.ran


def test_libraries_come_from_the_hashes_as_wheels_only(fake: FakeBox) -> None:
    install(fake.box, fake.source("1.0"), wheels=fake.places.root)
    pip = next(line for line in fake.ran if "--require-hashes" in line)
    assert "--only-binary :all:" in pip
    assert f"--no-index --find-links {fake.places.root}" in pip


def test_what_only_developers_need_is_taken_out(fake: FakeBox) -> None:
    release = install(fake.box, fake.source("1.0"))
    left = [p.name for p in release.folder.rglob("site-packages/numpy/*")]
    assert left == ["core.py"]


def test_the_owners_options_are_never_overwritten(fake: FakeBox) -> None:
    fake.places.options.parent.mkdir(parents=True)
    fake.places.options.write_text("CATPLOTTER_SERVE_LISTEN='0.0.0.0:81'\n")
    install(fake.box, fake.source("1.0"))
    assert fake.places.options.read_text() == "CATPLOTTER_SERVE_LISTEN='0.0.0.0:81'\n"
    assert any("Waiting until http://127.0.0.1:81 " in words for words in fake.said)
    assert f"http://{socket.gethostname()}.local:81" in fake.said[-1]


def test_the_first_time_it_says_where_the_password_is_set(fake: FakeBox) -> None:
    fake.places.state.mkdir(parents=True)
    token = new_token()
    write_secret(fake.places.state / "setup.token", f"{token}\n")  # the service's doing
    install(fake.box, fake.source("1.0"))
    assert fake.said[-1].endswith(f".local:8080/login?token={token}")
    (fake.places.state / "setup.token").unlink()  # somebody has set it
    install(fake.box, fake.source("2.0"))
    assert "token" not in fake.said[-1]


@pytest.mark.parametrize(
    "step",
    ["-m venv", "--require-hashes", "--no-deps", "compileall", "--version", "draw --seed"],
)
def test_a_build_that_fails_leaves_nothing_behind(fake: FakeBox, step: str) -> None:
    install(fake.box, fake.source("1.0"))
    fake.broken = step
    with pytest.raises(ApplianceError, match="failed"):
        update(fake.box, fake.source("2.0"))
    assert running(fake) == "1.0"
    assert [folder.name for folder in fake.places.releases.iterdir()] == ["0001-1.0"]


def test_a_build_that_was_cut_off_is_swept_away(fake: FakeBox) -> None:
    (fake.places.releases / "0001-1.0").mkdir(parents=True)
    install(fake.box, fake.source("2.0"))
    assert [r.version for r in releases(fake.places)] == ["2.0"]


def test_an_unhealthy_update_goes_back_by_itself(fake: FakeBox) -> None:
    install(fake.box, fake.source("1.0"))
    with pytest.raises(ApplianceError, match=r"9\.9 .* went back to 1\.0 .* runs again"):
        update(fake.box, fake.source("9.9"))
    assert running(fake) == "1.0"
    assert len(releases(fake.places)) == 1


def test_a_first_install_that_is_unhealthy_says_where_to_look(fake: FakeBox) -> None:
    with pytest.raises(ApplianceError, match="journalctl"):
        install(fake.box, fake.source("9.9"))


def test_rolling_back_by_hand(fake: FakeBox) -> None:
    for version in ("1.0", "2.0", "3.0"):
        install(fake.box, fake.source(version))
    rollback(fake.box)
    assert running(fake) == "2.0"
    rollback(fake.box)
    assert running(fake) == "1.0"
    with pytest.raises(ApplianceError, match="no earlier release"):
        rollback(fake.box)


def test_only_the_newest_releases_stay_and_always_the_current_one(fake: FakeBox) -> None:
    for version in ("1.0", "2.0", "3.0"):
        install(fake.box, fake.source(version))
    shutil.rmtree(fake.places.root / "source-1.0")
    install(fake.box, fake.source("1.0"))
    assert [r.number for r in releases(fake.places)] == [2, 3, 4]
    assert current(fake.places) == releases(fake.places)[-1]


def migrate(fake: FakeBox, version: str, form: int) -> None:
    """What a release of that version does that brings the data to a newer form."""
    release = next(r for r in releases(fake.places) if r.version == version)
    site = release.folder / "venv/lib/python3.11/site-packages"
    migrations = site / MIGRATIONS.relative_to(REPOSITORY)
    migrations.mkdir(parents=True)
    (migrations / f"{form:04d}_tables.sql").touch()
    database = fake.places.state / "catplotter.db"
    database.parent.mkdir(parents=True, exist_ok=True)
    if database.exists():
        shutil.copy(database, database.with_name(f"catplotter.before-{form:04d}.db"))
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(f"PRAGMA user_version = {form}")


def test_going_back_makes_the_data_readable_again(fake: FakeBox) -> None:
    for number, version in enumerate(("1.0", "2.0"), start=1):
        install(fake.box, fake.source(version))
        migrate(fake, version, number)
    rollback(fake.box)
    database = fake.places.state / "catplotter.db"
    assert form(database) == 1
    assert form(database.with_name("catplotter.form-0002.db")) == 2
    assert "catplotter.form-0002.db" in fake.said[-2]


def test_data_that_only_the_newer_release_can_read_keeps_it(fake: FakeBox) -> None:
    for number, version in enumerate(("1.0", "2.0"), start=1):
        install(fake.box, fake.source(version))
        migrate(fake, version, number)
    (fake.places.state / "catplotter.before-0002.db").unlink()
    with pytest.raises(ApplianceError, match=r"too new for 1\.0"):
        rollback(fake.box)
    assert running(fake) == "2.0"
    assert "systemctl restart" in fake.ran[-1]


def test_an_update_needs_something_to_update(fake: FakeBox) -> None:
    with pytest.raises(ApplianceError, match="make install"):
        update(fake.box, fake.source("1.0"))


@pytest.mark.parametrize("project", ["", "[project]\nname = 'other'\nversion = '1'\n"])
def test_what_is_not_our_source_is_refused(fake: FakeBox, project: str) -> None:
    folder = fake.places.root / "other"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(project)
    with pytest.raises(ApplianceError, match="not catplotter's source"):
        install(fake.box, folder)
    assert not fake.places.home.exists()


def test_an_archive_of_something_else_is_refused(fake: FakeBox) -> None:
    with pytest.raises(ApplianceError, match="not catplotter's source"):
        install(fake.box, fake.places.root / "archive.tar.gz")


def test_removal_keeps_the_drawings_unless_everything_goes(fake: FakeBox) -> None:
    places = fake.places
    places.state.mkdir(parents=True)
    install(fake.box, fake.source("1.0"))
    uninstall(fake.box)
    assert places.state.exists()
    assert places.options.exists()
    for path in (places.home, places.command, places.units / "catplotter.service"):
        assert not path.exists()
    uninstall(fake.box, everything=True)
    assert not places.state.exists()
    assert not places.options.exists()
