"""Drawings of models that verdicts were given on, kept: the models that made them are gone.

One array of points for all, as small as int16 makes them, beside the book of verdicts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from model_training.data.dataset import DataError
from model_training.verdicts.book import digest
from pi_service.sketching.stroke import Sketch

KEPT = Path(__file__).parent / "kept.npz"
"""Those of the maintainers' book."""


def read_kept(path: Path = KEPT) -> dict[str, Sketch]:
    """Sketches by their `digest`; none if there is no such file.

    Raises:
        DataError: It holds something else.
    """
    if not path.exists():
        return {}
    try:
        with np.load(path) as found:
            rows, lengths = found["rows"].astype(np.int32), found["lengths"]
    except (OSError, ValueError, KeyError) as error:
        raise DataError(f"{path} holds no kept drawings: {error}") from error
    sketches = np.split(rows, np.cumsum(lengths)[:-1])
    return {digest(sketch): sketch for sketch in sketches}
