"""Character counting: the machine's buffer is never over, and special lines go alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_gcode.grbl.channel import Channel
from firmware_gcode.grbl.commands import LineError, RealTime
from firmware_gcode.grbl.protocol import Error, Ok


@given(st.lists(st.integers(1, 60), min_size=1), st.integers(64, 256), st.data())
def test_the_buffer_is_never_over_and_always_as_full_as_it_can_be(
    lengths: list[int], size: int, data: st.DataObject
) -> None:
    channel = Channel(size)
    waiting: list[int] = []
    for length in lengths:
        text = "X" * length
        while not channel.fits(text):
            assert sum(waiting) + length + 1 > size
            channel.answered(Ok())
            waiting.pop(0)
        channel.send(text)
        waiting.append(length + 1)
        assert channel.in_flight == sum(waiting) <= size
        if data.draw(st.booleans()):
            channel.answered(Ok())
            waiting.pop(0)
    assert channel.fullest <= size


def test_answers_belong_to_lines_in_order() -> None:
    channel = Channel()
    first, second = channel.send("G1X1", 1), channel.send("G1X2", 2)
    assert channel.oldest is first
    assert channel.answered(Error(2)) is first
    assert channel.answered(Ok()) is second
    assert first.answer == Error(2)
    assert channel.answered(Ok()) is None
    assert channel.outstanding == 0


def test_a_line_that_writes_the_eeprom_goes_alone() -> None:
    channel = Channel()
    channel.send("G1X1")
    assert not channel.fits("$110=500")
    channel.answered(Ok())
    assert channel.fits("$110=500")
    channel.send("$110=500")
    may_send = [channel.listening, channel.fits("G1X1")]
    channel.answered(Ok())
    may_send += [channel.listening, channel.fits("G1X1")]
    assert may_send == [False, False, True, True]


def test_what_does_not_fit_or_is_unsafe_is_not_sent() -> None:
    channel = Channel(8)
    channel.send("G1X10")
    with pytest.raises(BufferError):
        channel.send("G1X20")
    with pytest.raises(LineError):
        channel.send("(!)")
    assert channel.take() == b"G1X10\n"


def test_real_time_bytes_are_not_counted_and_a_reset_forgets_everything() -> None:
    channel = Channel()
    channel.send("G1X1")
    channel.realtime(RealTime.STATUS)
    channel.raw(b"\x91")
    assert channel.in_flight == 5
    channel.forget()
    channel.realtime(RealTime.RESET)
    assert channel.in_flight == 0
    assert channel.take() == b"\x18"
    assert channel.take() == b""
