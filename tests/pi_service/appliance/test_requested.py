"""An update that the page asks for: what root believes, when it switches, what is told."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pi_service.appliance.host import ApplianceError
from pi_service.appliance.install import Box, install
from pi_service.appliance.release import current
from pi_service.appliance.requested import follow
from pi_service.studio.core.errors import StudioError
from pi_service.studio.workshop import update_files as files
from pi_service.studio.workshop.updates import Updates
from tests.pi_service.appliance.fake_box import REPOSITORY, FakeBox

CHANGES = """# What has changed

## 2.0 (2026-12-24)

- Cats with `hats`,
  and without.
- Dogs.

## 1.0 (2026-11-01)

- Cats.
"""


@pytest.fixture
def fake(tmp_path: Path) -> FakeBox:
    """A machine with version 1.0 on it."""
    made = FakeBox(tmp_path / "root")
    install(made.box, made.source("1.0"))
    return made


@pytest.fixture
def box(fake: FakeBox) -> Box:
    """The same, unpacking real archives."""

    def run(command: Sequence[str]) -> str:
        if command[0] != "tar":
            return fake.box.run(command)
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    return replace(fake.box, run=run)


def archive(folder: Path, version: str) -> Path:
    """A release as `make release` packs it."""
    path = folder / f"catplotter-{version}.tar.gz"
    texts = {
        "pyproject.toml": f'[project]\nname = "catplotter"\nversion = "{version}"\n',
        "requirements.txt": "",
        "pi_service/CHANGELOG.md": CHANGES,
    }
    with tarfile.open(path, "w:gz") as packed:
        for name, text in texts.items():
            member = tarfile.TarInfo(f"catplotter-{version}/{name}")
            member.size = len(text.encode())
            packed.addfile(member, io.BytesIO(text.encode()))
        packed.add(REPOSITORY / "systemd", f"catplotter-{version}/systemd")
    path.chmod(0o644)
    return path


@pytest.fixture
def updates(fake: FakeBox, tmp_path: Path) -> Updates:
    """The page's side, with version 2.0 and what is none in the folder."""
    incoming = fake.places.incoming
    archive(incoming, "2.0")
    archive(incoming, "1.0")
    (incoming / "catplotter-3.0.tar.gz").write_bytes(b"no archive")
    outcome = fake.places.home / "update.json"
    return Updates(incoming, tmp_path / "request", outcome, ours="1.0")


def ends(fake: FakeBox, box: Box, request: Path, states: list[Any]) -> None:
    """Do what was asked for; `states` is what the service tells, one after the other."""
    owner = os.geteuid()
    follow(box, request, owner=owner, state=lambda _: states.pop(0), sleep=lambda _: None)


def test_what_is_new_is_shown_installed_and_told(
    fake: FakeBox, box: Box, updates: Updates, tmp_path: Path
) -> None:
    view = updates.view()
    assert [each["version"] for each in view["offered"]] == ["2.0"]
    assert view["offered"][0]["changes"] == ["Cats with `hats`, and without.", "Dogs."]
    with pytest.raises(StudioError, match="no newer release"):
        updates.ask("catplotter-1.0.tar.gz")
    updates.ask("catplotter-2.0.tar.gz")
    assert updates.view()["phase"] == "asked"
    with pytest.raises(StudioError, match="goes on already"):
        updates.ask(None)
    held: list[object] = []
    seen: list[dict[str, Any]] = [{"job": {"id": 1}}, {"job": {"id": 1}}, {"job": None}]

    def state(_: str) -> dict[str, Any]:
        held.append(updates.held_back())
        at = current(fake.places)
        assert at is not None
        assert at.version == "1.0", "never during a drawing"
        return seen.pop(0)

    follow(box, tmp_path / "request", owner=os.geteuid(), state=state, sleep=lambda _: None)
    assert len(held) == 3
    assert None not in held, "and none begins meanwhile"
    now = current(fake.places)
    assert now is not None
    assert now.version == "2.0"
    assert updates.view()["phase"] == "done"
    assert updates.held_back() is None
    updates.ask(None)
    ends(fake, box, tmp_path / "request", [None])
    now = current(fake.places)
    assert now is not None
    assert now.version == "1.0"


def test_one_that_does_not_run_goes_back_and_says_so(
    fake: FakeBox, box: Box, updates: Updates, tmp_path: Path
) -> None:
    fake.well.remove("2.0")
    updates.ask("catplotter-2.0.tar.gz")
    with pytest.raises(ApplianceError, match=r"went back to 1\.0"):
        ends(fake, box, tmp_path / "request", [None])
    assert updates.view()["phase"] == "failed"
    assert "went back to 1.0" in updates.view()["why"]
    now = current(fake.places)
    assert now is not None
    assert now.version == "1.0"


def test_a_drawing_that_does_not_end_keeps_the_version_that_runs(
    fake: FakeBox, box: Box, updates: Updates, tmp_path: Path
) -> None:
    updates.ask("catplotter-2.0.tar.gz")
    now = iter(range(0, 100_000, 1000))
    with pytest.raises(ApplianceError, match="on the paper all the time"):
        follow(
            box,
            tmp_path / "request",
            owner=os.geteuid(),
            state=lambda _: {"job": {}},
            clock=lambda: next(now),
            sleep=lambda _: None,
        )
    assert len(list(fake.places.releases.iterdir())) == 1


def test_nobody_but_root_chooses_what_is_installed(
    fake: FakeBox, box: Box, updates: Updates, tmp_path: Path
) -> None:
    request, good = tmp_path / "request", fake.places.incoming / "catplotter-2.0.tar.gz"

    def refused() -> str:
        with pytest.raises(ApplianceError) as told:
            ends(fake, box, request, [None])
        assert not request.exists()
        return str(told.value)

    for text in ("", "[]", "[" * 4000, '{"name": "../../etc/x.tar.gz", "sha256": ""}'):
        request.write_text(text)
        refused()
    request.symlink_to(good)
    with pytest.raises(ApplianceError, match="no request"):
        ends(fake, box, request, [None])
    request.unlink()
    updates.ask(good.name)
    good.chmod(0o666)
    assert "nobody else may write" in refused()
    good.chmod(0o644)
    updates.ask(good.name)
    archive(fake.places.incoming, "2.0")
    good.write_bytes(good.read_bytes() + b"x")
    assert "not the release that was asked for" in refused()
    files.ask(request, good.name, files.offered(fake.places.incoming, "1.0")[0].sha256)
    with pytest.raises(ApplianceError, match="must be root"):
        follow(box, request, owner=os.geteuid() + 1, state=lambda _: None)
