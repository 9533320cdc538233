"""JPEG pictures: looked at without decoding them, and parts of them blacked out.

Pillow is needed to black out and to make films alone, and is imported for these.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TypeAlias

from pi_service.studio.camera.errors import CameraError

Mask: TypeAlias = tuple[float, float, float, float]
"""A rectangle that nobody is to see: left, top, width, height, as parts of the picture's."""

MOST_PIXELS = 16_000_000
QUALITY = 85
_FRAMES = frozenset({*range(0xC0, 0xD0)}) - {0xC4, 0xC8, 0xCC}
"""Markers of the segment that holds the size (ITU T.81, table B.1)."""
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
"""Markers without a length."""


def size(data: bytes) -> tuple[int, int]:
    """Width and height of a JPEG, pixels. Raises CameraError if it is none, or not whole."""
    if not data.startswith(b"\xff\xd8") or b"\xff\xd9" not in data[-64:]:
        raise CameraError("camera-garbage")
    at = 2
    while at + 9 < len(data):
        if data[at] != 0xFF:
            break
        marker = data[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in _FRAMES:
            height = int.from_bytes(data[at + 5 : at + 7], "big")
            width = int.from_bytes(data[at + 7 : at + 9], "big")
            return _sound(width, height)
        at += 2 if marker in _ALONE else 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    raise CameraError("camera-garbage")


def _sound(width: int, height: int) -> tuple[int, int]:
    if width == 0 or height == 0:
        raise CameraError("camera-garbage")
    if width * height > MOST_PIXELS:
        raise CameraError("camera-too-many-pixels", width=width, height=height)
    return width, height


def blacked_out(data: bytes, masks: Sequence[Mask]) -> bytes:
    """The picture with some rectangles black, and nothing of what else a JPEG may carry.

    Raises:
        CameraError: It cannot be decoded.
    """
    from PIL import Image  # noqa: PLC0415 - most have no masks

    try:
        opened = Image.open(io.BytesIO(data), formats=("JPEG",))
        opened.load()
        picture = opened if opened.mode == "RGB" else opened.convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise CameraError("camera-garbage") from error
    width, height = picture.size
    for left, top, wide, high in masks:
        box = (int(left * width), int(top * height))
        end = (-int(-(left + wide) * width // 1), -int(-(top + high) * height // 1))
        picture.paste((0, 0, 0), (*box, min(end[0], width), min(end[1], height)))
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=QUALITY)
    return made.getvalue()
