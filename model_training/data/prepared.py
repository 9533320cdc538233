"""Prepared drawings: arrays on disk that training maps into memory, whatever their number.

A folder holds `points.npy`, `starts.npy`, `labels.npy` (see `SketchSet`) and `about.json`.
Sketches stand sorted by length bucket, so that a batch reads from one stretch of the file.
"""

from __future__ import annotations

import json
import shutil
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

from model_training.data.dataset import FARTHEST, LENGTHS, DataError, SketchSet
from pi_service.sketching.stroke import Sketch

FORMAT = "catplotter drawings 1"


class Writer:
    """Writes a folder of prepared drawings, one at a time, in little memory.

    Nothing stands under the folder's name until everything is there.

    Args:
        folder: Made anew; it must not be there.
        max_points: Longer sketches are left out and counted.

    Raises:
        DataError: The folder is there already or cannot be written, or so long sketches
            are not known.
    """

    def __init__(self, folder: Path, max_points: int) -> None:
        check_longest(max_points)
        if folder.exists():
            raise DataError(f"{folder} is there already: name another folder, or remove it")
        self._folder = folder
        self._partial = folder.with_name(folder.name + ".partial")
        self._max_points = max_points
        self._files: dict[int, IO[bytes]] = {}
        self._lengths = {k: array("l") for k in range(len(LENGTHS))}
        self._words = {k: array("l") for k in range(len(LENGTHS))}
        self._numbers: dict[str, int] = {}
        self.too_long = 0
        shutil.rmtree(self._partial, ignore_errors=True)
        try:
            self._partial.mkdir(parents=True)
        except OSError as error:
            raise DataError(f"the folder {folder} cannot be made: {error}") from error

    def add(self, word: str, sketch: Sketch) -> None:
        """Takes one more drawing. Raises DataError if it is too large, or the disk is full."""
        if not 1 <= len(sketch) <= self._max_points:
            self.too_long += 1
            return
        rows = sketch.copy()
        rows[:, :2] = np.cumsum(sketch[:, :2], axis=0)
        if np.abs(rows[:, :2]).max() > FARTHEST:
            raise DataError(
                f"a drawing of {word!r} has points over {FARTHEST} pixels away: it is not in "
                "Quick, Draw!'s simplified form, of 256 pixels"
            )
        bucket = int(np.searchsorted(LENGTHS, len(rows)))
        try:
            if bucket not in self._files:
                path = self._partial / f"bucket-{bucket}"
                self._files[bucket] = path.open("wb")
            self._files[bucket].write(rows.astype("<i2").tobytes())
        except OSError as error:
            self.give_up()
            raise DataError(f"{self._folder} cannot be written: {error}") from error
        self._lengths[bucket].append(len(rows))
        self._words[bucket].append(self._numbers.setdefault(word, len(self._numbers)))

    def __len__(self) -> int:
        return sum(map(len, self._lengths.values()))

    def close(self, about: Mapping[str, Any]) -> None:
        """Puts everything under the folder's name.

        Raises:
            DataError: There was no drawing, or the disk is full.
        """
        if not len(self):
            self.give_up()
            raise DataError("there is no drawing to prepare")
        try:
            self._finish(about)
            self._partial.rename(self._folder)
        except OSError as error:
            self.give_up()
            raise DataError(f"{self._folder} cannot be written: {error}") from error

    def give_up(self) -> None:
        """Removes what was written."""
        for file in self._files.values():
            try:
                file.close()
            except OSError:  # what it still held did not fit on the disk
                continue
        shutil.rmtree(self._partial, ignore_errors=True)

    def _finish(self, about: Mapping[str, Any]) -> None:
        classes = sorted(self._numbers)
        order = np.array([classes.index(word) for word in self._numbers], dtype=np.int16)
        lengths = np.concatenate([np.array(x, dtype=np.int64) for x in self._lengths.values()])
        words = np.concatenate([np.array(x, dtype=np.int64) for x in self._words.values()])
        starts = np.concatenate([[0], np.cumsum(lengths)])
        np.save(self._partial / "starts.npy", starts)
        np.save(self._partial / "labels.npy", order[words])
        shape = (int(starts[-1]), 3)
        points = open_memmap(self._partial / "points.npy", "w+", np.int16, shape)
        points.flush()
        with (self._partial / "points.npy").open("r+b") as whole:
            whole.seek(-6 * shape[0], 2)
            for bucket in sorted(self._files):
                self._files[bucket].close()
                path = self._partial / f"bucket-{bucket}"
                with path.open("rb") as part:
                    shutil.copyfileobj(part, whole, 1 << 20)
                path.unlink()
        counts = np.bincount(order[words], minlength=len(classes))
        _note(self._partial, classes, counts, self.too_long, about)


def check_longest(max_points: int) -> None:
    """Refuses sketches of a length for which there is no bucket."""
    if not 1 <= max_points <= LENGTHS[-1]:
        raise DataError(f"sketches of 1 to {LENGTHS[-1]} points are known, not {max_points}")


def _note(
    folder: Path,
    classes: Sequence[str],
    counts: NDArray[np.int64],
    too_long: int,
    about: Mapping[str, Any],
) -> None:
    """Writes what a folder holds."""
    found = {
        "format": FORMAT,
        "classes": classes,
        "drawings": dict(zip(classes, counts.tolist(), strict=True)),
        "too_long": too_long,
        **about,
    }
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    (folder / "about.json").write_text(text, encoding="utf-8")


def merge(
    parts: Sequence[Path], folder: Path, too_long: int, about: Mapping[str, Any]
) -> None:
    """Puts prepared folders together into one, as if one writer had taken all drawings.

    Nothing stands under the folder's name until everything is there; memory stays flat.

    Args:
        parts: The folders, in order; at least one.
        too_long: How many drawings were left out of all of them.

    Raises:
        DataError: A folder is damaged, or the disk is full.
    """
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        _merge(parts, partial, too_long, about)
        partial.rename(folder)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise DataError(f"{folder} cannot be written: {error}") from error


def _merge(
    parts: Sequence[Path], partial: Path, too_long: int, about: Mapping[str, Any]
) -> None:
    """Bucket by bucket, and in each of them folder by folder."""
    own = [json.loads((part / "about.json").read_text(encoding="utf-8")) for part in parts]
    classes = sorted({name for found in own for name in found["classes"]})
    drawings, total = (
        sum(len(np.load(part / name, mmap_mode="r")) for part in parts)
        for name in ("labels.npy", "points.npy")
    )
    labels = open_memmap(partial / "labels.npy", "w+", np.int16, (drawings,))
    starts = open_memmap(partial / "starts.npy", "w+", np.int64, (drawings + 1,))
    points = open_memmap(partial / "points.npy", "w+", np.int16, (total, 3))
    points.flush()
    counts = np.zeros(len(classes), dtype=np.int64)
    at, end = 0, 0
    with (partial / "points.npy").open("r+b") as whole:
        whole.seek(-6 * total, 2)
        for bucket in range(len(LENGTHS)):
            for part, found in zip(parts, own, strict=True):
                numbers = np.array([classes.index(name) for name in found["classes"]])
                mine, lengths = _bucket(part, bucket, whole)
                here = slice(at, at + len(mine))
                labels[here] = numbers[mine]
                starts[at + 1 : at + len(mine) + 1] = end + np.cumsum(lengths)
                counts += np.bincount(numbers[mine], minlength=len(classes))
                at += len(mine)
                end += int(lengths.sum())
    labels.flush()
    starts.flush()
    _note(partial, classes, counts, too_long, about)


def _bucket(
    part: Path, bucket: int, whole: IO[bytes]
) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Copies a bucket's points of a folder into `whole`; gives its labels and lengths."""
    starts = np.load(part / "starts.npy")
    buckets = np.searchsorted(LENGTHS, np.diff(starts))
    first, last = np.searchsorted(buckets, [bucket, bucket + 1])
    labels = np.load(part / "labels.npy", mmap_mode="r")[first:last]
    if first < last:
        points = np.load(part / "points.npy", mmap_mode="r")
        whole.write(np.ascontiguousarray(points[starts[first] : starts[last]]).data)
    return np.asarray(labels), np.diff(starts[first : last + 1])


def is_prepared(path: Path) -> bool:
    """Whether this is a folder that `Writer` made."""
    return (path / "about.json").is_file()


def load_prepared(folder: Path, classes: tuple[str, ...] | None = None) -> SketchSet:
    """A folder's drawings, mapped into memory and not read.

    Args:
        classes: The known classes; None takes those of the folder.

    Raises:
        DataError: It is damaged, or holds a class that is not among `classes`.
    """
    try:
        about = json.loads((folder / "about.json").read_text(encoding="utf-8"))
        labels = np.load(folder / "labels.npy").astype(np.int64)
        starts = np.load(folder / "starts.npy").astype(np.int64)
        points = np.load(folder / "points.npy", mmap_mode="r")
        own = tuple(about["classes"])
        whole = starts[-1] == len(points) and len(starts) == len(labels) + 1
        whole &= about["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError(f"the prepared folder {folder} cannot be used: {error}") from error
    if not whole:
        raise DataError(f"the prepared folder {folder} is damaged or old: prepare it again")
    names = classes or own
    unknown = sorted(set(own) - set(names))
    if unknown:
        raise DataError(f"the model was not made for the class {unknown[0]!r} in {folder}")
    numbers = np.array([names.index(name) for name in own], dtype=np.int64)
    return SketchSet(names, numbers[labels], points, starts, int(about["too_long"]))
