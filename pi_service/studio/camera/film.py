"""The film of a sheet: frames that were kept while it was drawn, as an animated picture."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pi_service.studio.camera.errors import CameraError

if TYPE_CHECKING:
    from PIL.Image import Image

FRAMES = 90
"""The most frames of a film; of more, every so-manieth."""
LONGER_PX = 640
SHOWN_MS, END_MS = 110, 2500
"""How long each frame and the last one are shown."""
QUALITY = 60


def picked(count: int, most: int = FRAMES) -> list[int]:
    """Which of so many frames are shown: the first, the last, and evenly between."""
    if count <= most:
        return list(range(count))
    return [round(i * (count - 1) / (most - 1)) for i in range(most)]


def webp(paths: Sequence[Path]) -> bytes:
    """An animated WebP of some JPEG files; one that cannot be read any more is left out.

    Raises:
        CameraError: Fewer than two can be read.
    """
    frames = _frames([paths[i] for i in picked(len(paths))])
    first, second = next(frames, None), next(frames, None)
    if first is None or second is None:
        raise CameraError("camera-no-film")
    durations = [SHOWN_MS] * (min(len(paths), FRAMES) - 1) + [END_MS]
    made = io.BytesIO()
    first.save(
        made,
        "WEBP",
        save_all=True,
        append_images=_after(second, frames),
        duration=durations,
        loop=0,
        quality=QUALITY,
        method=2,
    )
    return made.getvalue()


def _after(second: Image, others: Iterator[Image]) -> Iterator[Image]:
    yield second
    yield from others


def _frames(paths: Sequence[Path]) -> Iterator[Image]:
    """The frames one after the other, all of the first one's size."""
    from PIL import Image  # noqa: PLC0415 - for films alone

    size: tuple[int, int] | None = None
    for path in paths:
        try:
            with Image.open(path, formats=("JPEG",)) as opened:
                if size is None:
                    scale = min(1.0, LONGER_PX / max(opened.size))
                    width, height = (max(1, round(side * scale)) for side in opened.size)
                    size = width, height
                opened.draft("RGB", size)
                frame = opened.convert("RGB").resize(size)
        except (OSError, ValueError, SyntaxError):
            continue
        yield frame
