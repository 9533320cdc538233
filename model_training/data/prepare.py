"""Preparing drawings, however many: in several processes, in flat memory, resumable.

The files are cut into pieces (see `pieces`), which so many processes make, each by itself, in
a folder below that of the drawings; then they are put together, in order. What comes out is
the same, byte for byte, whatever the number of processes, and however often the work was
killed and begun again with the same command: pieces that were made are not made again.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Set
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from model_training.data import pieces
from model_training.data.dataset import DataError
from model_training.data.pieces import Made, Options, Piece, check_hold_out, names_of
from model_training.data.prepared import check_longest, merge
from model_training.data.progress import Progress
from model_training.data.readers import SPLITS, read_rows
from model_training.data.refusals import Refusals

WORK = "pieces.partial"
"""The folder, beside train, valid and test, in which pieces are made."""
PLAN = "plan.json"


@dataclass(frozen=True)
class Prepared:
    """What `prepare` did."""

    drawings: dict[str, int]
    """How many, by part."""
    too_long: int
    left_out: int
    """For standing in the drawings that were to be kept out."""
    refusals: Refusals
    resumed: int = 0
    """Pieces that an earlier try had made."""


def prepare(
    files: Iterable[Path],
    folder: Path,
    *,
    max_points: int,
    hold_out: float,
    without: Iterable[Path] = (),
    bearable: float = 0.0,
    processes: int = 1,
    piece_bytes: int = pieces.PIECE_BYTES,
    say: Callable[[str], None] = lambda _: None,
) -> Prepared:
    """Writes the folders train, valid and test with the drawings of some files.

    An ``.npz`` says itself which drawing belongs where. For others a hash of a drawing's name
    decides, so that it always comes to stand in the same part, whatever else is there.

    Args:
        max_points: Longer drawings are left out and counted.
        hold_out: Share of the drawings in valid, and the same in test.
        without: Files whose drawings are to be left out, by name and by content.
        bearable: Share of damaged rows up to which the others are used.
        piece_bytes: Bytes of an ``.ndjson`` in a piece.

    Raises:
        DataError: Something cannot be read or written, or there is no drawing to train on.
    """
    check_hold_out(hold_out)
    check_longest(max_points)
    options = Options(max_points, hold_out, bearable)
    work = _Work(tuple(files), tuple(without), folder, options, piece_bytes)
    if not work.begun():
        work.begin()
    try:
        return _put_together(work, _make_all(work, processes, say), say)
    except DataError:
        shutil.rmtree(work.pieces, ignore_errors=True)
        raise


@dataclass(frozen=True)
class _Work:
    """What is to be done."""

    files: tuple[Path, ...]
    without: tuple[Path, ...]
    folder: Path
    options: Options
    piece_bytes: int

    @property
    def pieces(self) -> Path:
        """The folder in which pieces are made."""
        return self.folder / WORK

    def begun(self) -> bool:
        """Whether the same was begun before, with the same files."""
        path = self.pieces / PLAN
        return path.is_file() and path.read_text(encoding="utf-8") == self._plan()

    def begin(self) -> None:
        """Makes the folder for pieces; what another try left there is removed."""
        for part in SPLITS:
            if (self.folder / part).exists():
                raise DataError(
                    f"{self.folder / part} is there already: name another folder, or remove it"
                )
        shutil.rmtree(self.pieces, ignore_errors=True)
        try:
            self.pieces.mkdir(parents=True)
            (self.pieces / PLAN).write_text(self._plan(), encoding="utf-8")
        except OSError as error:
            raise DataError(f"the folder {self.folder} cannot be made: {error}") from error

    def _plan(self) -> str:
        known = []
        for path in (*self.files, *self.without):
            stat = path.stat()
            known.append([str(path.resolve()), stat.st_size, stat.st_mtime_ns])
        return json.dumps({"files": known, "cut": self.piece_bytes, **asdict(self.options)})


@dataclass(frozen=True)
class _AllMade:
    """All pieces, and what became of them, in order."""

    notes: list[Made]
    folders: list[Path]
    resumed: int


def _make_all(work: _Work, processes: int, say: Callable[[str], None]) -> _AllMade:
    """Makes the pieces that are not there yet."""
    for stale in work.pieces.glob("*.partial"):
        shutil.rmtree(stale, ignore_errors=True)
    every = pieces.cut(work.files, work.piece_bytes)
    notes = {piece.number: pieces.note_of(piece, work.pieces) for piece in every}
    missing = [piece for piece in every if notes[piece.number] is None]
    resumed = len(every) - len(missing)
    if resumed:
        say(f"going on: {resumed} of {len(every)} pieces were made before")
    total = sum(piece.end - piece.begin for piece in every)
    left = sum(piece.end - piece.begin for piece in missing)
    progress = Progress(total, total - left, say=say)
    unwanted = frozenset(name for path in work.without for name in _all_names(path))
    refusals = Refusals(work.options.bearable)
    for piece, made in _each(missing, (work.pieces, work.options, unwanted), processes):
        notes[piece.number] = made
        _add(refusals, made)
        refusals.check_soon()
        progress.did(piece.end - piece.begin, made.rows)
    progress.end()
    done = [note for note in notes.values() if note is not None]
    return _AllMade(done, [work.pieces / piece.name for piece in every], resumed)


_Common: TypeAlias = tuple[Path, Options, Set[str]]
"""What all pieces need: where they go, the options, the names that are left out."""


def _each(
    missing: list[Piece], common: _Common, processes: int
) -> Iterator[tuple[Piece, Made]]:
    """Makes pieces, in any order."""
    if processes <= 1 or len(missing) <= 1:
        for piece in missing:
            yield piece, pieces.make(piece, *common)
        return
    pool = ProcessPoolExecutor(
        min(processes, len(missing)),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_start_worker,
        initargs=common,
    )
    try:
        jobs = {pool.submit(_work_on, piece): piece for piece in missing}
        for job in as_completed(jobs):
            yield jobs[job], job.result()
    except BrokenProcessPool as error:
        raise WorkerLostError(
            "a process that prepared drawings was killed; is there too little memory? The "
            "same command goes on where it stopped, with fewer --processes perhaps"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


class WorkerLostError(RuntimeError):
    """A process was killed; what was made is kept."""


_common: _Common


def _start_worker(*common: Any) -> None:
    """What a process is told once.

    It ends with the one that began it, even if that is killed; Ctrl-C is that one's to act on.
    """
    global _common  # noqa: PLW0603 - a pool's process has no other place for it
    _common = common
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _work_on(piece: Piece) -> Made:
    return pieces.make(piece, *_common)


def _put_together(work: _Work, made: _AllMade, say: Callable[[str], None]) -> Prepared:
    """Makes the three folders of the pieces'; those that are there from before are kept."""
    folder, refusals = work.folder, Refusals(work.options.bearable)
    for note in made.notes:
        _add(refusals, note)
    refusals.check()
    left_out = sum(note.left_out for note in made.notes)
    sources = [path.name for path in work.files]
    about = {"sources": sources, "damaged": refusals.refused, "left_out": left_out}
    counts = {part: sum(note.drawings[part] for note in made.notes) for part in SPLITS}
    too_long = {part: sum(note.too_long[part] for note in made.notes) for part in SPLITS}
    if not counts["train"]:
        raise DataError("there is no drawing to prepare")
    for part in SPLITS:
        if counts[part] and not (folder / part).exists():
            say(f"putting {counts[part]} drawings together: {part}")
            parts = [path / part for path in made.folders if (path / part).is_dir()]
            merge(parts, folder / part, too_long[part], about)
    shutil.rmtree(work.pieces, ignore_errors=True)
    return Prepared(counts, sum(too_long.values()), left_out, refusals, made.resumed)


def _add(refusals: Refusals, made: Made) -> None:
    refusals.add(made.rows, made.refused, made.named)


def _all_names(path: Path) -> Iterable[str]:
    for part in SPLITS if path.suffix == ".npz" else ("",):
        for row in read_rows(path, part):
            yield from names_of(row)
