"""Who tries too often waits; nobody else does. The clock is made up."""

from __future__ import annotations

import pytest

from pi_service.studio.access.limiter import (
    FREE_TRIES,
    FREE_TRIES_OF_ALL,
    LONGEST_WAIT_OF_ALL_S,
    LONGEST_WAIT_S,
    REMEMBERED,
    Allowance,
    LoginLimiter,
    TooOftenError,
    network_of,
    spoken,
)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def wait_of(limiter: LoginLimiter, address: str) -> float:
    """What a try from there has to wait now; the try is made if it has not."""
    try:
        limiter.begin(address)
    except TooOftenError as error:
        return error.wait_s
    return 0.0


def test_mistyping_costs_nothing_and_guessing_more_and_more(clock: Clock) -> None:
    limiter = LoginLimiter(clock)
    assert [wait_of(limiter, "10.0.0.1") for _ in range(FREE_TRIES)] == [0.0] * FREE_TRIES
    waits = []
    for _ in range(14):
        waits.append(wait_of(limiter, "10.0.0.1"))
        clock.now += waits[-1]
        assert wait_of(limiter, "10.0.0.1") == 0.0
    assert waits[:4] == [1.0, 2.0, 4.0, 8.0]
    assert waits[-1] == LONGEST_WAIT_S


def test_waiting_does_not_count_as_trying(clock: Clock) -> None:
    limiter = LoginLimiter(clock)
    for _ in range(FREE_TRIES):
        limiter.begin("10.0.0.1")
    assert {wait_of(limiter, "10.0.0.1") for _ in range(50)} == {1.0}


def test_the_right_password_and_time_forgive(clock: Clock) -> None:
    limiter = LoginLimiter(clock)
    for _ in range(FREE_TRIES):
        limiter.begin("10.0.0.1")
    clock.now += 1
    limiter.begin("10.0.0.1")
    limiter.succeed("10.0.0.1")
    assert wait_of(limiter, "10.0.0.1") == 0.0
    for _ in range(FREE_TRIES):
        clock.now += 20
        limiter.begin("10.0.0.2")
    clock.now += 3601
    assert [wait_of(limiter, "10.0.0.2") for _ in range(FREE_TRIES)] == [0.0] * FREE_TRIES


def test_wrong_tries_from_many_addresses_slow_each_other_and_nobody_else(
    clock: Clock,
) -> None:
    limiter, crowd = LoginLimiter(clock), [f"10.0.{n >> 8}.{n & 255}" for n in range(500)]
    for number in range(FREE_TRIES_OF_ALL):
        wait_of(limiter, crowd[number])
    waits = []
    for _ in range(4):
        for address in crowd:
            waits.append(wait_of(limiter, address))
            clock.now += 0.01
            assert wait_of(limiter, f"10.9.{len(waits)}") == 0.0  # somebody new
    assert max(waits) > LONGEST_WAIT_OF_ALL_S - 1
    assert limiter._of_all.failed < 4 * len(waits)
    for _ in range(FREE_TRIES):
        limiter.begin("10.0.0.1 where the staff have been", known=True)


def test_it_remembers_only_so_many(clock: Clock) -> None:
    limiter = LoginLimiter(clock)
    for number in range(3 * REMEMBERED):
        clock.now += LONGEST_WAIT_OF_ALL_S
        limiter.begin(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(limiter._tries) == REMEMBERED


@pytest.mark.parametrize(
    ("address", "asker"),
    [
        ("192.168.1.20", "192.168.1.20"),
        ("::ffff:192.168.1.20", "192.168.1.20"),
        ("fd00:1:2:3:aaaa::1", "fd00:1:2:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("somewhere", "somewhere"),
        ("", ""),
    ],
)
def test_a_network_of_ipv6_is_one_asker(address: str, asker: str) -> None:
    assert network_of(address) == asker


def test_so_many_drawings_within_a_time(clock: Clock) -> None:
    allowance = Allowance(2, 600.0, clock)
    allowance.take("a")
    clock.now += 100
    allowance.take("a")
    allowance.take("b")
    with pytest.raises(TooOftenError) as caught:
        allowance.take("a")
    assert caught.value.wait_s == 500.0
    clock.now += 500
    allowance.take("a")
    with pytest.raises(TooOftenError):
        allowance.take("a")


def test_what_was_refused_is_given_back_and_asking_again_is_free(clock: Clock) -> None:
    allowance = Allowance(1, 600.0, clock)
    give_back = allowance.take("a", "one")
    give_back()
    give_back()
    allowance.take("a", "two")
    allowance.take("a", "two")()
    with pytest.raises(TooOftenError):
        allowance.take("a", "three")


def test_none_at_all(clock: Clock) -> None:
    with pytest.raises(TooOftenError):
        Allowance(0, 600.0, clock).take("a")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "1 second"), (1.2, "2 seconds"), (90, "90 seconds"), (601, "11 minutes")],
)
def test_waiting_in_words(seconds: float, words: str) -> None:
    assert str(spoken(seconds)) == words
