"""A database that is damaged, empty, gone or shut: the page says so, and nothing is drawn."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from firmware_gcode.facts import fact, sentence
from pi_service.service import Service
from pi_service.studio.core.errors import StudioError
from pi_service.studio.history.archive import DATABASE
from pi_service.studio.history.backup import back_up, begin_anew, restore
from pi_service.studio.jobs.job import Request
from pi_service.studio.machine.standstill import STAFF
from tests.e2e.test_service import config, get, wait_for

REPOSITORY = Path(__file__).resolve().parents[2]


NOT_HOMED = {"locked", "unreferenced"}


def machine_of(service: Service) -> str:
    return str(service.studio.machine.view()["state"])


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory, plain_model: Path) -> Path:
    """The folder of a service that has drawn one cat, keeps hours, and was backed up."""
    folder = tmp_path_factory.mktemp("drawn") / "data"
    with Service(config(folder, model=plain_model, speed=200.0)) as service:
        job = service.studio.jobs.request(Request("page", seed=1))
        wait_for(lambda: service.studio.jobs.get(job.id).state == "done")
        service.studio.calendar.set_hours({"mon": "10:00-18:00"})
    (folder / "backups").mkdir()
    back_up(folder, folder / "backups/catplotter-20260101-040000.tar.gz")
    return folder


@pytest.fixture
def data(drawn: Path, tmp_path: Path) -> Path:
    """A copy of it to be spoilt."""
    shutil.copytree(drawn, tmp_path / "data")
    return tmp_path / "data"


def empty(path: Path) -> None:
    path.write_bytes(b"")


def scrambled(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))


def gone(path: Path) -> None:
    path.unlink()


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 9999")


@pytest.mark.parametrize(
    ("spoil", "words", "backup"),
    [
        (empty, "has no content", True),
        (scrambled, "is damaged", True),
        (gone, "is gone, though other files of ours are there", True),
        (newer, "newer catplotter", False),
    ],
)
def test_the_page_comes_up_and_says_what_brings_the_gallery_back(
    data: Path, spoil: Callable[[Path], None], words: str, backup: bool
) -> None:
    spoil(data / DATABASE)
    with Service(config(data)) as service:
        wait_for(lambda: machine_of(service) in NOT_HOMED, 5.0)
        assert "ok" in get(service.web.url, "healthz")
        state = get(service.web.url, "api/v1/state")
        assert state["shown"]["state"] == "needs_somebody"
        told = state["problems"][0]
        assert words in told
        assert state["shown"]["sentence"] == told
        assert ("with 1 cat: sudo catplotter restore " in told) is backup
        assert sentence(fact("database-lost", facts=[])).strip() in told
        with pytest.raises(StudioError, match=words):
            service.studio.jobs.request(Request("button"))
        assert words in str(service.studio.proposals.problem)
        with pytest.raises(StudioError, match=words):
            service.studio.calendar.set_hours({})
        service.studio.machine.stop(STAFF)
        assert not service.mended()
    assert spoil is not gone or not (data / DATABASE).exists()


def test_a_service_that_lost_its_database_goes_on_with_the_restored_one(data: Path) -> None:
    empty(data / DATABASE)
    with Service(config(data)) as service:
        assert not service.mended()
        restore(data / "backups/catplotter-20260101-040000.tar.gz", data)
        assert service.mended()
    with Service(config(data)) as service:
        assert service.studio.history.totals()["drawn"] == 1
        assert service.studio.calendar.hours.as_settings()["mon"] == "10:00-18:00"


def test_a_lost_password_says_how_another_one_is_set(data: Path) -> None:
    (data / "access.db").write_bytes(b"")
    with Service(config(data)) as service:
        (told,) = service.studio.snapshot()["problems"]
        assert "sudo rm" in told
        assert service.access is None


def test_a_gallery_can_be_begun_anew_on_a_persons_word(data: Path) -> None:
    gone(data / DATABASE)
    begin_anew(data)
    with Service(config(data)) as service:
        assert service.studio.snapshot()["problems"] == []
        assert service.studio.history.totals()["asked"] == 0


SMALL = """
import sys
from pathlib import Path
from pi_service.service import Service
from tests.e2e.test_service import config
data = Path(sys.argv[1])
with Service(config(data)) as service:
    print(service.studio.snapshot()["problems"][0])
    print(service.mended())
    {mend}
    print(service.mended())
"""


@pytest.mark.parametrize(
    ("trouble", "mend", "words"),
    [
        ("mount -o remount,ro {data}", "mount -o remount,rw {data}", "takes nothing"),
        ("dd if=/dev/zero of={data}/fill bs=64k 2>/dev/null", "rm {data}/fill", "full"),
    ],
)
def test_a_card_that_is_full_or_read_only_at_the_start(
    data: Path, trouble: str, mend: str, words: str
) -> None:
    private = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if (
        shutil.which("unshare") is None
        or subprocess.run([*private, "true"], check=False).returncode
    ):
        pytest.skip("no private file system can be mounted here")
    disk = data.parent / "disk"
    disk.mkdir()
    code = SMALL.format(mend=f"__import__('os').system({mend.format(data=disk)!r})")
    script = (
        f"mount -t tmpfs -o size=2m none {disk} && cp -a {data}/. {disk}"
        f' && {{ {trouble.format(data=disk)}; {sys.executable} -c "$0" {disk}; }}'
    )
    done = subprocess.run(
        [*private, script, code], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    told, *mended = done.stdout.splitlines()
    assert words in told, done.stderr
    assert mended == ["False", "True"]
