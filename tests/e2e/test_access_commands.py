"""Password, keys and the first token from the command line; and who sees a secret."""

from __future__ import annotations

import os
import re
import signal
import stat
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner, Result

from firmware_gcode.drawing.paper import Paper
from firmware_gcode.program.profile import Profile
from pi_service.__main__ import cli
from pi_service.cli.client import key_for
from pi_service.service import Service, ServiceConfig
from pi_service.studio.access.tokens import LocalKey
from pi_service.studio.history.backup import back_up

PHRASE = "seven sleepy cats"


def config(folder: Path, model: Path) -> ServiceConfig:
    return ServiceConfig(
        data=folder,
        profile=Profile.load("simulated"),
        paper=Paper.named("A5"),
        find_port=lambda: None,
        model=model,
        http_port=0,
        button_pin=None,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def service(folder: Path, plain_model: Path) -> Iterator[Service]:
    with Service(config(folder, plain_model)) as running:
        yield running


class Terminal:
    """Somebody who types commands on the service's machine, and may read some folder."""

    def __init__(self, service: Service, folder: Path, **environment: str) -> None:
        self.url = service.web.url
        self.folder = folder
        self.environment = {"CATPLOTTER_DATA": str(folder), **environment}

    def type(self, *words: str, typed: str | None = None) -> Result:
        runner = CliRunner(env=self.environment)
        return runner.invoke(cli, [*words, "--url", self.url], input=typed)

    def said(self, *words: str, typed: str | None = None) -> str:
        result = self.type(*words, typed=typed)
        assert result.exit_code == 0, result.output
        return result.stdout


@pytest.fixture
def owner(service: Service, folder: Path) -> Terminal:
    return Terminal(service, folder)


@pytest.fixture
def stranger(service: Service, tmp_path: Path) -> Terminal:
    """Another user of the machine: the service's folder is closed to them."""
    return Terminal(service, tmp_path / "elsewhere")


def token(folder: Path) -> Result:
    return CliRunner().invoke(cli, ["access", "token", "--data", str(folder)])


def test_the_token_is_shown_until_there_is_a_password(
    owner: Terminal, service: Service, folder: Path
) -> None:
    shown = token(folder).stdout.strip()
    assert service.access is not None
    assert shown == f"{service.web.url}login?token={service.access.setup_token}"
    owner.said("access", "password", typed=f"{PHRASE}\n")
    assert "set already" in token(folder).output
    assert service.access.log_in(PHRASE, "")


def test_a_password_that_will_not_do_is_refused(owner: Terminal) -> None:
    for typed in ("short\n", "password\n", "\n", ""):
        result = owner.type("access", "password", typed=typed)
        assert result.exit_code == 1
        assert "Error: " in result.output


def test_no_service_has_run_there(tmp_path: Path) -> None:
    result = token(tmp_path)
    assert result.exit_code == 1
    assert "No service has run" in result.output


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_who_may_not_read_the_token_is_told_so(service: Service, folder: Path) -> None:
    (folder / "setup.token").chmod(0)
    assert "use sudo" in token(folder).output


def test_strangers_look_ask_and_stop_and_are_told_who_may_do_more(stranger: Terminal) -> None:
    stranger.said("status")
    assert ": cat, seed" in stranger.said("request")
    assert "by visitor" in stranger.said("jobs")
    for words in (["pause"], ["paper", "new"], ["hours", "set", "mon", "closed"]):
        result = stranger.type(*words)
        assert result.exit_code == 1
        assert "Only the staff may do that" in result.output
        assert "sudo" in result.output
        assert "CATPLOTTER_API_KEY" in result.output


def test_a_key_is_made_shown_once_used_from_afar_and_revoked(
    owner: Terminal, service: Service, tmp_path: Path
) -> None:
    secret = owner.said("access", "keys", "add", "laptop").strip()
    assert secret.startswith("catplotter_")
    assert secret not in owner.said("access", "keys")
    laptop = Terminal(service, tmp_path / "none", CATPLOTTER_API_KEY=secret)
    assert "3 x 1 cells" in laptop.said("paper", "new", "--grid", "3x1")
    assert "may not do that" in laptop.type("access", "keys").output
    assert "laptop" in owner.said("access", "keys")
    assert "opens nothing any more" in owner.said("access", "keys", "revoke", "laptop")
    assert "opens nothing here" in laptop.type("paper", "new").output
    assert "no key called" in owner.type("access", "keys", "revoke", "laptop").output
    assert "There is no key" in owner.said("access", "keys")


def test_a_visitors_key(owner: Terminal, service: Service, tmp_path: Path) -> None:
    secret = owner.said("access", "keys", "add", "screen", "--role", "visitor").strip()
    screen = Terminal(service, tmp_path / "none", CATPLOTTER_API_KEY=secret)
    screen.said("status")
    assert "This key may not do that" in screen.type("pause").output


def test_everybody_is_logged_out(owner: Terminal, service: Service) -> None:
    assert service.access is not None
    service.access.reset_password(PHRASE)
    session = service.access.log_in(PHRASE, "")
    assert "log in again" in owner.said("access", "logout")
    assert not service.access.session_owner(session).is_staff


def test_the_machines_key_goes_to_no_other_service(
    folder: Path, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CATPLOTTER_DATA", str(folder))
    key = LocalKey.read(folder)
    assert key is not None
    assert key_for(f"http://localhost:{key.port}") == key.secret
    assert key_for(f"http://127.0.0.1:{key.port}/") == key.secret
    for elsewhere in (
        f"http://localhost:{key.port + 1}",
        f"http://evil.example:{key.port}",
        f"http://localhost.evil.example:{key.port}",
        f"http://localhost:{key.port}@evil.example/",
        "http://localhost:x",
        "http://[::1",
    ):
        assert key_for(elsewhere, {}) is None, elsewhere


def test_no_backup_holds_what_opens_the_door(
    owner: Terminal, folder: Path, tmp_path: Path
) -> None:
    owner.said("access", "password", typed=f"{PHRASE}\n")
    owner.said("access", "keys", "add", "laptop")
    target = tmp_path / "cats.tar.gz"
    back_up(folder, target)
    with tarfile.open(target) as archive:
        names = archive.getnames()
        whole = b"".join(
            file.read() for member in archive if (file := archive.extractfile(member))
        )
    assert not [name for name in names if "access" in name or "token" in name or "key" in name]
    assert b"scrypt" not in whole
    assert b"api_keys" not in whole


def test_where_passwords_cannot_be_read_the_rest_goes_on(
    folder: Path, plain_model: Path
) -> None:
    with Service(config(folder, plain_model)):
        pass
    (folder / "access.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    with Service(config(folder, plain_model)) as service:
        terminal = Terminal(service, folder)
        said = terminal.said("status")
        assert "access.db is damaged" in said
        assert ": cat, seed" in terminal.said("request")
        assert "Only the staff may do that" in terminal.type("paper", "new").output


# The service as a process of its own


class Serve:
    """`catplotter serve` on a folder; what it said until it was ready."""

    def __init__(self, folder: Path, model: Path) -> None:
        words = ("--simulate-missing", "--data", folder, "--listen", "127.0.0.1:0")
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "pi_service", "serve", *words, "--model", model],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def __enter__(self) -> Self:
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line)
            if "To stop" in line:
                break
        self.said = "".join(said)
        self.url = re.findall(r"http://\S+", self.said)[0]
        return self

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGKILL)
        with self.process:
            pass


def status(url: str, secret: str) -> int:
    request = Request(f"{url}api/v1/preflight", headers={"Authorization": f"Bearer {secret}"})
    try:
        with urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_the_first_start_says_how_to_begin_and_no_later_one(
    folder: Path, plain_model: Path
) -> None:
    with Serve(folder, plain_model) as first:
        found = re.search(r"set a password at (http://\S+/login\?token=\S+)", first.said)
        assert found is not None
        assert found[1] == token(folder).stdout.strip()
        with urlopen(found[1], timeout=10) as answer:
            assert answer.status == 200
        before = LocalKey.read(folder)
        environment = {**os.environ, "CATPLOTTER_DATA": str(folder)}
        done = subprocess.run(
            [sys.executable, "-m", "pi_service", "access", "password", "--url", first.url],
            input=f"{PHRASE}\n",
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    with Serve(folder, plain_model) as second:  # after a kill -9 right behind the answer
        assert "login?token" not in second.said
        assert "set already" in token(folder).output
        now = LocalKey.read(folder)
        assert before is not None
        assert now is not None
        assert (status(second.url, before.secret), status(second.url, now.secret)) == (
            401,
            200,
        )


def test_what_the_service_keeps_is_its_owners_and_no_secret_is_in_the_process_list(
    folder: Path, plain_model: Path
) -> None:
    with Serve(folder, plain_model) as serve:
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode)
            for path in [folder, *folder.iterdir()]
            if not path.is_symlink()
        }
        assert {name for name, mode in modes.items() if mode & 0o077} == set()
        assert {"catplotter.db", "access.db", "setup.token", "local.key"} <= modes.keys()
        key = LocalKey.read(folder)
        assert key is not None
        secrets = [key.secret, (folder / "setup.token").read_text().strip()]
        proc = Path(f"/proc/{serve.process.pid}")
        seen = (proc / "cmdline").read_bytes() + (proc / "environ").read_bytes()
        assert not [secret for secret in secrets if secret.encode() in seen]
