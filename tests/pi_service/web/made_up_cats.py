"""Cats in the manner of Quick, Draw! players, made up by arithmetic: no data needed."""

from __future__ import annotations

import itertools
import math
import random

Stroke = list[list[float]]


def made_up_cat(seed: int, width: float, height: float) -> list[Stroke]:
    """Strokes of a cat in mm on paper of the given size, y up; another cat for every seed."""
    hand = random.Random(seed)
    size = min(width, height) * hand.uniform(0.27, 0.33)
    middle = (width / 2 + hand.uniform(-6, 6), height / 2 + hand.uniform(-4, 4))
    face = _face(hand)
    return [
        [[round(middle[0] + x * size, 2), round(middle[1] + y * size, 2)] for x, y in stroke]
        for stroke in face
    ]


def _face(hand: random.Random) -> list[Stroke]:
    wide = hand.uniform(1.0, 1.25)
    eye = hand.uniform(0.07, 0.13)
    ear = hand.uniform(0.55, 0.8)
    strokes = [
        _arc(hand, (0, 0), (wide, 0.95), -0.1, math.tau * 1.01),
        _line(hand, [(-0.95 * wide, 0.35), (-0.85 * wide, 0.75 + ear), (-0.25 * wide, 0.93)]),
        _line(hand, [(0.25 * wide, 0.93), (0.8 * wide, 0.78 + ear), (0.95 * wide, 0.35)]),
        _arc(hand, (-0.4, 0.25), (eye, eye * 1.4), 1.0, math.tau * 1.05),
        _arc(hand, (0.4, 0.25), (eye, eye * 1.4), 0.6, math.tau * 1.05),
        _line(hand, [(-0.12, -0.1), (0.13, -0.1), (0.0, -0.24), (-0.12, -0.09)]),
        _arc(hand, (-0.19, -0.26), (0.19, 0.2), math.tau * 0.98, -math.pi * 0.9),
        _arc(hand, (0.19, -0.26), (0.19, 0.2), -math.pi, math.pi * 0.9),
    ]
    for side in (-1, 1):
        for tilt in (0.18, 0.0, -0.17):
            start = (side * hand.uniform(0.5, 0.6), -0.2 + tilt * 0.5)
            end = (side * wide * hand.uniform(1.35, 1.6), -0.15 + tilt * 1.9)
            strokes.append(_line(hand, [start, end]))
    return strokes


def _arc(
    hand: random.Random,
    centre: tuple[float, float],
    radii: tuple[float, float],
    start: float,
    sweep: float,
) -> Stroke:
    phase = hand.uniform(0, math.tau)
    points = []
    for i in range(33):
        angle = start + sweep * i / 32
        wobble = 1 + 0.035 * math.sin(2.3 * angle + phase)
        points.append(
            [
                centre[0] + radii[0] * wobble * math.cos(angle),
                centre[1] + radii[1] * wobble * math.sin(angle),
            ]
        )
    return points


def _line(hand: random.Random, corners: list[tuple[float, float]]) -> Stroke:
    points = []
    for a, b in itertools.pairwise(corners):
        bend = hand.uniform(-0.05, 0.05)
        for i in range(8):
            part = i / 8
            bow = bend * math.sin(math.pi * part)
            points.append([a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part + bow])
    points.append(list(corners[-1]))
    return points
