"""Password, sessions and keys: what opens, what does not, and what survives."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from pi_service.studio.access.access import (
    IDLE_S,
    LONGEST_S,
    Access,
    AccessError,
    SetUpError,
)
from pi_service.studio.access.caller import ANYBODY, Role, Via
from pi_service.studio.access.known import Known
from pi_service.studio.access.limiter import FREE_TRIES, TooOftenError
from pi_service.studio.access.passwords import PasswordError
from pi_service.studio.access.store import MOST_SESSIONS, KeyNameError
from pi_service.studio.access.tokens import LocalKey, setup_token, write_secret
from pi_service.studio.core.database import StoreError
from tests.pi_service.people import PHRASE, Clock, QuickHasher

HERE = "192.168.1.20"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(tmp_path: Path, clock: Clock) -> Iterator[Callable[[], Access]]:
    """Opens the access to the same folder, as each start of the service does."""
    made: list[Access] = []

    def start() -> Access:
        for earlier in made:
            earlier.close()
        made.append(Access(tmp_path, clock=clock, monotonic=clock, hasher=QuickHasher()))
        return made[-1]

    yield start
    for each in made:
        each.close()


@pytest.fixture
def access(opened: Callable[[], Access]) -> Access:
    """One with a password."""
    access = opened()
    access.set_first_password(str(access.setup_token), PHRASE, HERE)
    return access


# The first run


def test_the_first_password_needs_the_token_once(opened: Callable[[], Access]) -> None:
    access = opened()
    token = access.setup_token
    assert token is not None
    assert len(token) >= 40
    with pytest.raises(SetUpError, match="access token"):
        access.log_in(PHRASE, HERE)
    with pytest.raises(AccessError, match="not the set-up token"):
        access.set_first_password("guessed", PHRASE, HERE)
    session = access.set_first_password(token, PHRASE, HERE)
    assert access.session_owner(session).is_staff
    assert access.set_up
    assert access.setup_token is None
    with pytest.raises(SetUpError, match="set already"):
        access.set_first_password(token, "another password", HERE)
    assert opened().setup_token is None


def test_the_token_is_the_same_until_it_is_used_and_for_its_owners_eyes(
    opened: Callable[[], Access], tmp_path: Path
) -> None:
    token = opened().setup_token
    assert opened().setup_token == token == setup_token(tmp_path)
    assert stat.S_IMODE((tmp_path / "setup.token").stat().st_mode) == 0o600


@pytest.mark.parametrize("planted", ["short", "x" * 43 + "y", "", "ä" * 43])
def test_a_token_that_is_none_of_ours_is_not_believed(
    planted: str, opened: Callable[[], Access], tmp_path: Path
) -> None:
    write_secret(tmp_path / "setup.token", planted)
    assert setup_token(tmp_path) is None
    token = opened().setup_token
    assert token is not None
    assert token != planted


def test_nor_is_one_that_others_could_have_written(
    opened: Callable[[], Access], tmp_path: Path
) -> None:
    for mode in (0o644, 0o620):
        (tmp_path / "setup.token").write_text("t" * 43)
        (tmp_path / "setup.token").chmod(mode)
        assert setup_token(tmp_path) is None
    (tmp_path / "setup.token").unlink()
    write_secret(tmp_path / "elsewhere", "t" * 43)
    (tmp_path / "setup.token").symlink_to("elsewhere")
    assert opened().setup_token != "t" * 43
    assert (tmp_path / "elsewhere").read_text() == "t" * 43


def test_a_refused_password_leaves_the_token(tmp_path: Path) -> None:
    access = Access(tmp_path)
    with pytest.raises(PasswordError, match="8 to 200"):
        access.set_first_password(str(access.setup_token), "short", HERE)
    assert access.setup_token is not None
    access.close()


def test_the_token_cannot_be_guessed_either(opened: Callable[[], Access]) -> None:
    access = opened()
    for _ in range(FREE_TRIES):
        with pytest.raises(AccessError):
            access.set_first_password("guessed", PHRASE, HERE)
    with pytest.raises(TooOftenError):
        access.set_first_password(str(access.setup_token), PHRASE, HERE)


def test_two_at_the_same_time_set_one_password(opened: Callable[[], Access]) -> None:
    access = opened()
    token, together = str(access.setup_token), threading.Barrier(2)
    outcomes: list[str] = []

    def try_it(password: str) -> None:
        together.wait()
        try:
            access.set_first_password(token, password, HERE)
        except (AccessError, SetUpError):
            outcomes.append("refused")
        else:
            outcomes.append(password)

    threads = [threading.Thread(target=try_it, args=(f"password {n}",)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes)[-1] == "refused"
    assert access.log_in(min(outcomes), HERE)


# Who tries from outside


def wrong(access: Access, address: str, shown: str = "") -> None:
    with suppress(AccessError, TooOftenError):
        access.log_in("seven sleepy dogs", address, shown)


def test_wrong_tries_from_500_addresses_keep_no_staff_out(access: Access) -> None:
    for _ in range(3):
        for number in range(500):
            wrong(access, f"10.0.{number >> 8}.{number & 255}")
    assert access.log_in(PHRASE, "192.168.7.7")


def test_a_browser_that_was_let_in_is_known_in_the_midst_of_those_who_try(
    access: Access, opened: Callable[[], Access], tmp_path: Path
) -> None:
    access.log_in(PHRASE, HERE)
    shown = access.introduce()
    assert access.introduce(shown) == shown
    assert access.introduce("made up") != "made up"
    again = opened()  # a restart
    for _ in range(30):
        wrong(again, HERE)
    with pytest.raises(TooOftenError):
        again.log_in(PHRASE, HERE)
    assert again.log_in(PHRASE, HERE, shown)
    assert shown not in (tmp_path / "known.json").read_text()


@pytest.mark.parametrize("damage", ["", "[", "[1]", '{"a": "b"}', "[" * 100_000])
def test_a_damaged_list_of_who_is_known_is_none(damage: str, tmp_path: Path) -> None:
    (tmp_path / "known.json").write_text(damage)
    known = Known(tmp_path, lambda: 0.0)
    assert HERE not in known
    known.add(HERE)
    assert HERE in Known(tmp_path, lambda: 0.0)


def test_only_so_many_are_known(tmp_path: Path) -> None:
    now = iter(range(10**6, 10**9, 10**5))
    known = Known(tmp_path, lambda: float(next(now)))
    for number in range(120):
        known.add(str(number))
    assert [number for number in range(120) if str(number) in known] == list(range(20, 120))


# Sessions


def test_a_session_is_the_staff_until_it_is_left(access: Access) -> None:
    token = access.log_in(PHRASE, HERE)
    owner = access.session_owner(token)
    assert (owner.role, owner.via) == (Role.STAFF, Via.SESSION)
    access.log_out(token)
    access.log_out(token)
    assert access.session_owner(token) is ANYBODY


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, "\ud800", "é" * 43, "' OR 1=1 --"])
def test_garbage_is_anybody(access: Access, token: str) -> None:
    assert access.session_owner(token) is ANYBODY
    assert access.keys.owner(token) is None


def test_a_wrong_password_opens_nothing_and_costs_time(access: Access) -> None:
    for _ in range(FREE_TRIES):
        with pytest.raises(AccessError, match="not the password"):
            access.log_in("seven sleepy dogs", HERE)
    with pytest.raises(TooOftenError, match="Try again in 1 second"):
        access.log_in(PHRASE, HERE)
    assert access.log_in(PHRASE, "192.168.1.21")


def test_a_session_that_nobody_uses_ends(access: Access, clock: Clock) -> None:
    token = access.log_in(PHRASE, HERE)
    for _ in range(3):
        clock.now += IDLE_S - 1000
        assert access.session_owner(token).is_staff
    clock.now += IDLE_S + 1
    assert access.session_owner(token) is ANYBODY


def test_no_session_lasts_for_ever(access: Access, clock: Clock) -> None:
    token, begun = access.log_in(PHRASE, HERE), clock.now
    while access.session_owner(token).is_staff:
        clock.now += IDLE_S / 2
    assert clock.now - begun == LONGEST_S
    clock.now = begun - 2 * LONGEST_S  # a clock that had been wrong
    assert access.session_owner(token) is ANYBODY


def test_sessions_survive_a_restart_and_do_not_pile_up(
    access: Access, opened: Callable[[], Access], tmp_path: Path
) -> None:
    tokens = [access.log_in(PHRASE, HERE) for _ in range(MOST_SESSIONS + 5)]
    again = opened()
    assert again.session_owner(tokens[-1]).is_staff
    again.close()
    rows = rows_of(tmp_path / "access.db", "SELECT count(*) FROM sessions")
    assert rows == [(MOST_SESSIONS,)]


def test_leaving_everywhere(access: Access) -> None:
    tokens = [access.log_in(PHRASE, HERE) for _ in range(3)]
    access.log_out_everywhere()
    assert {access.session_owner(token) for token in tokens} == {ANYBODY}


def test_another_password_ends_all_other_sessions(access: Access) -> None:
    before = access.log_in(PHRASE, HERE)
    with pytest.raises(AccessError):
        access.change_password("eight sleepy cats", current="guessed", address=HERE)
    assert access.session_owner(before).is_staff
    now = access.change_password("eight sleepy cats", current=PHRASE, address=HERE)
    assert access.session_owner(before) is ANYBODY
    assert access.session_owner(now).is_staff
    with pytest.raises(AccessError):
        access.log_in(PHRASE, HERE)
    assert access.log_in("eight sleepy cats", HERE)


def test_who_logs_in_while_the_password_is_changed_is_not_in(
    tmp_path: Path, clock: Clock
) -> None:
    class Slow(QuickHasher):
        meanwhile: Callable[[], object] | None = None

        def matches(self, kept: str, password: str, *, known: bool = False) -> bool:
            if self.meanwhile is not None:
                todo, self.meanwhile = self.meanwhile, None
                todo()
            return super().matches(kept, password, known=known)

    hasher = Slow()
    access = Access(tmp_path, clock=clock, monotonic=clock, hasher=hasher)
    access.set_first_password(str(access.setup_token), PHRASE, HERE)
    hasher.meanwhile = lambda: access.reset_password("other one")
    with pytest.raises(AccessError, match="changed at this moment"):
        access.log_in(PHRASE, HERE)
    access.close()


def test_the_owner_of_the_machine_may_have_forgotten_the_password(access: Access) -> None:
    access.reset_password("a new beginning")
    assert access.log_in("a new beginning", HERE)


# Keys


def test_a_key_opens_what_its_role_may(access: Access, opened: Callable[[], Access]) -> None:
    key, secret = access.keys.add("Home Assistant", Role.STAFF)
    poor, other = access.keys.add("prometheus", Role.VISITOR)
    assert [each.name for each in access.keys.all()] == ["Home Assistant", "prometheus"]
    owner = access.keys.owner(secret)
    assert owner is not None
    assert (owner.role, owner.via, owner.name) == (Role.STAFF, Via.API_KEY, key.name)
    visitor = access.keys.owner(other)
    assert visitor is not None
    assert not visitor.is_staff
    again = opened()
    assert again.keys.owner(secret) == owner
    again.keys.revoke(key.id)
    assert again.keys.owner(secret) is None
    with pytest.raises(KeyNameError, match="no key"):
        again.keys.revoke(key.id)
    assert [each.id for each in again.keys.all()] == [poor.id]


@pytest.mark.parametrize("name", ["", " ", "x" * 41, "a\nb", "<b>", "-"])
def test_a_key_has_a_name(access: Access, name: str) -> None:
    with pytest.raises(KeyNameError):
        access.keys.add(name, Role.STAFF)


def test_two_keys_have_two_names_and_there_are_not_too_many(access: Access) -> None:
    for number in range(50):
        access.keys.add(f"key {number}", Role.VISITOR)
    with pytest.raises(KeyNameError, match="50 keys already"):
        access.keys.add("one more", Role.VISITOR)
    access.keys.revoke(access.keys.all()[0].id)
    with pytest.raises(KeyNameError, match="called “key 7” already"):
        access.keys.add("key 7", Role.STAFF)


def test_when_a_key_was_used_is_known(access: Access, clock: Clock) -> None:
    _, secret = access.keys.add("robot", Role.STAFF)
    assert access.keys.all()[0].used_at is None
    clock.now += 60
    access.keys.owner(secret)
    assert access.keys.all()[0].used_at == clock.now


def test_the_command_lines_key_is_its_owners_and_ends_with_the_service(
    opened: Callable[[], Access], tmp_path: Path
) -> None:
    access = opened()
    access.keys.serve_local(8080)
    key = LocalKey.read(tmp_path)
    assert key is not None
    assert key.port == 8080
    assert stat.S_IMODE((tmp_path / "local.key").stat().st_mode) == 0o600
    owner = access.keys.owner(key.secret)
    assert owner is not None
    assert (owner.role, owner.via) == (Role.STAFF, Via.LOCAL_KEY)
    again = opened()
    assert LocalKey.read(tmp_path) is None
    assert again.keys.owner(key.secret) is None


def test_a_damaged_key_file_is_none(tmp_path: Path) -> None:
    for text in ("", "{}", "[]", '{"port": "x", "secret": 1}', "null"):
        (tmp_path / "local.key").write_text(text)
        assert LocalKey.read(tmp_path) is None


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be written"):
        Access(tmp_path / "file" / "folder")


# What is kept


def rows_of(path: Path, question: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def test_no_secret_is_kept_or_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    access = Access(tmp_path)
    token = str(access.setup_token)
    session = access.set_first_password(token, PHRASE, HERE)
    with pytest.raises(AccessError):
        access.log_in("my bank's password", HERE)
    _, key = access.keys.add("robot", Role.STAFF)
    access.keys.serve_local(1)
    local = LocalKey.read(tmp_path)
    assert local is not None
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir() if "access" in path.name)
    for secret in (token, session, PHRASE, "my bank's password", key, local.secret):
        assert secret.encode() not in kept
        assert secret not in caplog.text
    assert b"scrypt:32768:8:1$" in kept
    access.close()


def test_no_copy_of_the_hashes_is_made(access: Access, tmp_path: Path) -> None:
    names = {
        path.name.removesuffix("-wal").removesuffix("-shm") for path in tmp_path.iterdir()
    }
    assert names <= {"access.db", "access.db.lock", "known.json"}


KILLED = """
import os, signal, sys
from pathlib import Path
from pi_service.studio.access.access import Access
access = Access(Path(sys.argv[1]))
if not access.set_up:
    access.set_first_password(access.setup_token, "the first password", "")
access.reset_password(sys.argv[2])
print(access.log_in(sys.argv[2], ""), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_changed_password_survives_kill_9(tmp_path: Path) -> None:
    for number in range(2):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(tmp_path), f"password {number}"],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONPATH": str(Path.cwd())},
        )
        assert done.returncode == -signal.SIGKILL, done.stderr
        access = Access(tmp_path)
        assert access.setup_token is None
        assert access.session_owner(done.stdout.strip()).is_staff
        assert access.log_in(f"password {number}", HERE)
        access.close()
