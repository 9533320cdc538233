"""The staff's password is hashed slowly, one at a time, and is not the first to be tried."""

from __future__ import annotations

import threading
import time

import pytest

from pi_service.studio.access.passwords import BusyError, Hasher, PasswordError


def test_the_real_hasher_tells_right_from_wrong() -> None:
    hasher = Hasher()
    kept = hasher.hash("caf\u00e9 at noon")
    assert kept.startswith("scrypt:32768:8:1$")
    assert hasher.matches(kept, "cafe\u0301 at noon"), "typed on another keyboard"
    assert not hasher.matches(kept, "cafe at noon")
    assert not hasher.matches(kept, "\ud800")
    long = "nine lives " * 18
    assert not hasher.matches(hasher.hash(long), long + "x" * 500)


@pytest.mark.parametrize(
    "password", ["", "seven77", "x" * 201, "password", "PassWord", "11111111", "abababab"]
)
def test_what_everybody_would_try_is_refused(password: str) -> None:
    with pytest.raises(PasswordError):
        Hasher().hash(password)


def test_one_password_is_tried_at_a_time() -> None:
    hasher = Hasher(wait_s=0.0)
    kept = hasher.hash("seven sleepy cats")
    with hasher._one_at_a_time(), pytest.raises(BusyError):
        hasher.matches(kept, "seven sleepy cats")
    assert hasher.matches(kept, "seven sleepy cats")


KNOWN = {"known": True}


def test_few_wait_and_the_others_are_told_at_once() -> None:
    hasher = Hasher(wait_s=30.0)
    kept = "nothing that any password fits"
    outcomes: list[str] = []

    def try_one() -> None:
        try:
            hasher.matches(kept, "seven sleepy cats")
        except BusyError:
            outcomes.append("busy")
        else:
            outcomes.append("tried")

    threads = [threading.Thread(target=try_one) for _ in range(10)]
    with hasher._one_at_a_time():
        for thread in threads:
            thread.start()
        end = time.monotonic() + 20
        while len(outcomes) < 7 and time.monotonic() < end:
            time.sleep(0.01)
        assert outcomes == ["busy"] * 7, "three wait behind the one whose turn it is"
        known = threading.Thread(target=hasher.matches, args=(kept, "x"), kwargs=KNOWN)
        known.start()  # takes none of their places
    for thread in (*threads, known):
        thread.join()
    assert outcomes[7:] == ["tried"] * 3
