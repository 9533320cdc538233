"""A ring of strokes: exchanged, turned and taken back, it stays a ring."""

from __future__ import annotations

import random
import tracemalloc

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.toolpath.ordering.cost import Millimetres, Seconds
from firmware_gcode.toolpath.ordering.ring import Ring, table


def ring_of(count: int, generator: random.Random) -> Ring:
    """Random strokes in a random order."""
    places = [complex(generator.random(), generator.random()) for _ in range(2 * count)]
    rows = table(np.array(places), np.zeros(2 * count), Millimetres())
    entries = [2 * stroke + generator.randrange(2) for stroke in range(count)]
    generator.shuffle(entries)
    return Ring(entries, rows)


def check(ring: Ring) -> None:
    """Places, mates and gaps say the same as the order."""
    assert sorted(node >> 1 for node in ring.entries) == list(range(len(ring.entries)))
    before = ring.entries[-1]
    for place, node in enumerate(ring.entries):
        assert ring.place[node >> 1] == place
        assert ring.mate[node] == before ^ 1
        assert ring.mate[before ^ 1] == node
        assert ring.gap[node] == ring.gap[before ^ 1] == ring.rows[node][before ^ 1]
        before = node


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.integers(5, 16), st.integers(0, 1 << 30))
def test_whatever_is_done_can_be_undone(count: int, seed: int) -> None:
    generator = random.Random(seed)
    ring = ring_of(count, generator)
    ring.mark()
    before = list(ring.entries), list(ring.mate)
    for _ in range(12):
        travels = generator.sample(range(count), generator.randrange(2, 5))
        ends: list[int] = []
        for travel in travels:
            pair = [ring.entries[travel], ring.entries[travel - 1] ^ 1]
            generator.shuffle(pair)
            ends += pair
        one_ring = ring.segments(tuple(ends)) is not None
        assert ring.exchange(tuple(ends)) == one_ring
        check(ring)
        if one_ring:
            for index in range(1, len(ends), 2):
                assert ring.mate[ends[index]] == ends[index + 1 - len(ends)]
        length = generator.randrange(3, count)
        one, two = sorted(generator.sample(range(1, length), 2))
        ring.turn(generator.randrange(count), one, two, length)
        check(ring)
    ring.undo()
    check(ring)
    assert set(ring.mate) == set(before[1])
    assert ring.mate == before[1]


def test_the_table_takes_no_more_memory_while_it_is_made() -> None:
    points = np.random.default_rng(1).uniform(0.0, 100.0, (400, 2)) @ np.array([1.0, 1.0j])
    tracemalloc.start()
    try:
        made = table(
            points, np.zeros(len(points)), Seconds(50.0, (80.0, 80.0), (300.0, 300.0))
        )
        kept, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(made) == len(points)
    assert most < 1.1 * kept
