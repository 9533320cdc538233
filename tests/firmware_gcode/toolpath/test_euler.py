"""A walk along every edge, with the least of it walked twice."""

from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_gcode.toolpath.euler import Edge, trail


def cactus(generator: random.Random, size: int) -> tuple[list[Edge], int]:
    """A random tree of edges and loops."""
    edges: list[Edge] = []
    nodes = 1
    while len(edges) < size:
        node = generator.randrange(nodes)
        if generator.random() < 0.6:
            edges.append(Edge((node, nodes), float(generator.randrange(1, 9))))
            nodes += 1
            continue
        count = generator.randrange(1, 4)
        ring = [node, *range(nodes, nodes + count - 1), node]
        nodes += count - 1
        loop = len(edges)
        edges += [
            Edge(ends, float(generator.randrange(1, 9)), loop)
            for ends in itertools.pairwise(ring)
        ]
    return edges, nodes


def least(edges: list[Edge], nodes: int) -> float:
    """The least length walked twice, by trying every choice of edges."""
    best = float("inf")
    for doubled in itertools.product((0, 1), repeat=len(edges)):
        odd = [0] * nodes
        for edge, twice in zip(edges, doubled, strict=True):
            for end in edge.ends:
                odd[end] += 1 + twice
        if sum(count % 2 for count in odd) <= 2:
            again = sum(e.length for e, twice in zip(edges, doubled, strict=True) if twice)
            best = min(best, again)
    return best


@settings(max_examples=120, derandomize=True, deadline=None)
@given(st.integers(1, 8), st.integers(0, 1 << 30))
def test_it_walks_everything_and_hardly_more_than_it_must(size: int, seed: int) -> None:
    edges, nodes = cactus(random.Random(seed), size)
    walk = trail(edges, nodes)
    assert {number for number, _ in walk} == set(range(len(edges)))
    here: int | None = None
    for number, back in walk:
        begin, end = edges[number].ends[:: -1 if back else 1]
        assert here in (None, begin)
        here = end
    again = sum(edges[number].length for number, _ in walk) - sum(e.length for e in edges)
    assert again <= sum(e.length for e in edges)
    shortest = least(edges, nodes)
    if all(edge.loop < 0 for edge in edges):
        assert again == pytest.approx(shortest)
    assert again <= 2.0 * shortest + 4.0


def test_a_loop_alone_is_walked_once() -> None:
    edges = [Edge((0, 1), 3.0, 0), Edge((1, 0), 4.0, 0)]
    assert len(trail(edges, 2)) == 2


def test_nothing_to_walk() -> None:
    assert trail([], 1) == []
