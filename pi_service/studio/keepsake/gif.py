"""Writes GIF films: the one moving picture that browsers, messengers and albums all play.

The format is CompuServe's GIF89a (1990). Each picture holds only what has changed since the
one before it, in sixteen colours, so that a cat of 2,048 pixels that draws itself takes some
fifty kilobytes; it needs no library, and a second of a processor.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Indices: TypeAlias = NDArray[np.uint8]
"""A picture's colours by their numbers, shape (height, width)."""
Colour: TypeAlias = tuple[int, int, int]

BITS = 4
"""Of a colour's number: sixteen colours."""
CLEAR = 15
"""The number that leaves a pixel as it was."""
_MOST_CODES = 4096
_BLOCK = 255


@dataclass(frozen=True, eq=False)
class Frame:
    """What changes in one picture of a film.

    Attributes:
        indices: The changed rectangle; `CLEAR` where nothing changes.
        left: Of the rectangle, pixels.
        top: Likewise.
        hundredths: How long it is shown, 1/100 s.
    """

    indices: Indices
    left: int
    top: int
    hundredths: int


def film(size: tuple[int, int], palette: Sequence[Colour], frames: Iterable[Frame]) -> bytes:
    """A film that is played for ever.

    Args:
        size: Width and height, pixels.
        palette: At most fifteen colours; the first is the background's.
        frames: At least one; the first covers all.
    """
    colours = [*palette, *[(0, 0, 0)] * (2**BITS - len(palette))]
    parts = [
        b"GIF89a",
        struct.pack("<HHBBB", *size, 0x80 | (BITS - 1) << 4 | (BITS - 1), 0, 0),
        bytes(value for colour in colours for value in colour),
        b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00",
    ]
    parts += [_picture(frame) for frame in frames]
    return b"".join([*parts, b"\x3b"])


def _picture(frame: Frame) -> bytes:
    height, width = frame.indices.shape
    keep_transparent = 1 << 2 | 1
    control = struct.pack(
        "<BBBBHBB", 0x21, 0xF9, 4, keep_transparent, frame.hundredths, CLEAR, 0
    )
    place = struct.pack("<BHHHHB", 0x2C, frame.left, frame.top, width, height, 0)
    packed = compress(frame.indices.tobytes())
    blocks = [packed[at : at + _BLOCK] for at in range(0, len(packed), _BLOCK)]
    body = b"".join(bytes([len(block)]) + block for block in blocks)
    return control + place + bytes([BITS]) + body + b"\x00"


def compress(indices: bytes) -> bytes:
    """Colours' numbers in GIF's form of Lempel, Ziv and Welch (1984)."""
    clear, end = 1 << BITS, (1 << BITS) + 1
    codes: dict[int, int] = {}
    free, width = end + 1, BITS + 1
    buffer, filled = clear, width
    out = bytearray()
    known = indices[0]
    for index in indices[1:]:
        key = known << 8 | index
        following = codes.get(key)
        if following is not None:
            known = following
            continue
        buffer |= known << filled
        filled += width
        while filled >= 8:
            out.append(buffer & 255)
            buffer >>= 8
            filled -= 8
        if free < _MOST_CODES:
            codes[key] = free
            if free == 1 << width:
                width += 1
            free += 1
        else:
            buffer |= clear << filled
            filled += width
            codes.clear()
            free, width = end + 1, BITS + 1
        known = index
    buffer |= known << filled
    filled += width
    if free == 1 << width and width < 12:
        width += 1
    buffer |= end << filled
    filled += width
    out += buffer.to_bytes((filled + 7) // 8, "little")
    return bytes(out)
