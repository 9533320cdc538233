"""Preparing in several processes, killed and gone on with: the same bytes, always."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from functools import partial
from io import StringIO
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from model_training.data import pieces
from model_training.data.dataset import DataError
from model_training.data.pieces import cut, part_of
from model_training.data.prepare import WORK, prepare
from model_training.data.prepared import Writer
from model_training.data.progress import Progress, duration
from model_training.data.readers import SPLITS, read_rows, read_stretch
from model_training.data.refusals import Refusals

HOLD_OUT = 0.1


@pytest.fixture
def many(ndjson: Path, tmp_path: Path) -> list[Path]:
    """Two files of 2,490 named drawings; the first is a large one."""
    rows = [json.loads(line) for line in ndjson.read_text().splitlines()]
    plain = tmp_path / "many.ndjson"
    with plain.open("w") as file:
        for number in range(2400):
            row = {**rows[number % 90], "key_id": str(number)}
            file.write(json.dumps(row) + ("\r\n" if number % 7 == 0 else "\n"))
            if number % 100 == 0:
                file.write("\n")
    return [plain, ndjson]


def _bytes(folder: Path) -> dict[str, bytes]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def _by_one_writer(files: list[Path], folder: Path) -> dict[str, bytes]:
    """What one writer makes of all drawings in their order."""
    writers = {part: Writer(folder / part, 60) for part in SPLITS}
    for path in files:
        for row in read_rows(path, ""):
            writers[part_of(row, HOLD_OUT)].add(row.word, row.sketch)
    for writer in writers.values():
        writer.close({"sources": [p.name for p in files], "damaged": 0, "left_out": 0})
    return _bytes(folder)


@pytest.mark.parametrize(("processes", "piece_bytes"), [(1, 10**9), (1, 9973), (2, 50_000)])
def test_the_bytes_are_those_of_one_writer(
    many: list[Path], tmp_path: Path, processes: int, piece_bytes: int
) -> None:
    done = prepare(
        many,
        tmp_path / "out",
        max_points=60,
        hold_out=HOLD_OUT,
        processes=processes,
        piece_bytes=piece_bytes,
    )
    assert sum(done.drawings.values()) == 2490
    assert _bytes(tmp_path / "out") == _by_one_writer(many, tmp_path / "wanted")


SCRIPT = """
import sys
from pathlib import Path
from model_training.data.prepare import prepare

if __name__ == "__main__":
    folder, processes, *files = sys.argv[1:]
    done = prepare(
        [Path(name) for name in files],
        Path(folder),
        max_points=60,
        hold_out=0.1,
        processes=int(processes),
        piece_bytes=8_000,
        say=print,
    )
    print("resumed", done.resumed)
"""


def _started(tmp_path: Path, folder: Path, files: list[Path]) -> subprocess.Popen[str]:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        [sys.executable, str(script), str(folder), "2", *map(str, files)],
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def _pieces(folder: Path) -> list[Path]:
    return [p for p in folder.glob(f"{WORK}/piece-*") if p.suffix != ".partial"]


def _wait_for(folder: Path, count: int) -> None:
    end = time.monotonic() + 60
    while len(_pieces(folder)) < count:
        assert time.monotonic() < end
        time.sleep(0.005)


def _session(number: int) -> list[int]:
    """The processes of a session that are not zombies."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == number and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def test_killed_and_begun_again_the_bytes_are_the_same(
    many: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    killed = _started(tmp_path, out, many)
    _wait_for(out, 3)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    end = time.monotonic() + 30
    while _session(killed.pid):  # its workers go with it
        assert time.monotonic() < end
        time.sleep(0.01)
    assert not any((out / part).exists() for part in SPLITS)
    again = _started(tmp_path, out, many)
    said, _ = again.communicate(timeout=120)
    assert again.returncode == 0
    assert int(said.rpartition("resumed")[2]) >= 3
    assert "pieces were made before" in said
    assert _bytes(out) == _by_one_writer(many, tmp_path / "wanted")


def test_a_killed_worker_is_named_and_what_is_made_is_kept(
    many: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    running = _started(tmp_path, out, many)
    _wait_for(out, 1)
    for pid in set(_session(running.pid)) - {running.pid}:
        os.kill(pid, signal.SIGKILL)
    running.communicate(timeout=60)
    assert running.returncode == 1
    assert _pieces(out)


def test_stopped_in_the_middle_what_was_made_is_not_made_again(
    many: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    real = pieces.make

    def deadly(
        piece: pieces.Piece, work: Path, options: pieces.Options, unwanted: frozenset[str]
    ) -> pieces.Made:
        if piece.number == 2:
            raise KeyboardInterrupt
        return real(piece, work, options, unwanted)

    monkeypatch.setattr(pieces, "make", deadly)
    asked = partial(prepare, many, out, max_points=60, hold_out=HOLD_OUT, piece_bytes=60_000)
    with pytest.raises(KeyboardInterrupt):
        asked()
    monkeypatch.setattr(pieces, "make", real)
    assert len(_pieces(out)) == 2
    assert asked().resumed == 2
    assert _bytes(out) == _by_one_writer(many, tmp_path / "wanted")


def test_another_question_begins_anew(many: list[Path], tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / WORK).mkdir(parents=True)
    (out / WORK / "plan.json").write_text("{}")
    (out / WORK / "piece-000000").mkdir()
    done = prepare(many, out, max_points=60, hold_out=HOLD_OUT)
    assert done.resumed == 0
    assert not (out / WORK).exists()


def test_every_line_is_read_once_wherever_the_file_is_cut(many: list[Path]) -> None:
    keys = [row.key for row in read_rows(many[0], "")]
    size = many[0].stat().st_size
    rng = np.random.default_rng(0)
    for _ in range(5):
        cuts = [0, *sorted(rng.integers(1, size, 9).tolist()), size]
        found = [
            row.key
            for begin, end in pairwise(cuts)
            for row in read_stretch(many[0], begin, end, Refusals())
        ]
        assert found == keys


def test_a_damaged_line_is_named_by_its_number_in_the_file(
    many: list[Path], tmp_path: Path
) -> None:
    lines = many[0].read_bytes().splitlines(keepends=True)
    lines[1321] = b"{\n"
    many[0].write_bytes(b"".join(lines))
    with pytest.raises(DataError, match=r"many\.ndjson, line 1322: "):
        prepare(many, tmp_path / "a", max_points=60, hold_out=0, piece_bytes=20_000)
    done = prepare(
        many, tmp_path / "b", max_points=60, hold_out=0, bearable=0.01, piece_bytes=20_000
    )
    assert done.refusals.refused == 1
    assert "line 1322: " in done.refusals.named[0]


def test_too_many_damaged_lines_are_too_many_wherever_they_stand(
    many: list[Path], tmp_path: Path
) -> None:
    many[0].write_text(many[0].read_text() + "{\n" * 100)
    prepare(many, tmp_path / "a", max_points=60, hold_out=0, bearable=0.05, piece_bytes=9000)
    with pytest.raises(DataError, match=r"100 of 2[0-9]+ rows are damaged"):
        prepare(
            many, tmp_path / "b", max_points=60, hold_out=0, bearable=0.03, piece_bytes=9000
        )
    assert not list((tmp_path / "b").iterdir())


def test_only_plain_ndjson_is_cut(many: list[Path], tmp_path: Path) -> None:
    other = tmp_path / "x.bin"
    other.write_bytes(b"x" * 1000)
    found = cut([other, many[0]], 100_000)
    assert [piece.number for piece in found] == list(range(len(found)))
    assert (found[0].begin, found[0].end) == (0, 1000)
    assert found[-1].end == many[0].stat().st_size
    assert len(found) > 3


def _peak(files: list[Path], out: Path) -> int:
    """Bytes that preparing takes at most."""
    tracemalloc.start()
    prepare(files, out, max_points=60, hold_out=HOLD_OUT, piece_bytes=25_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_four_times_the_drawings_take_no_more_memory(many: list[Path], tmp_path: Path) -> None:
    once, content = tmp_path / "once.ndjson", many[0].read_bytes()
    once.write_bytes(content[: content.find(b"\n", 100_000) + 1])
    four = tmp_path / "four.ndjson"
    four.write_bytes(4 * once.read_bytes())
    assert _peak([four], tmp_path / "b") < 1.3 * _peak([once], tmp_path / "a")


def test_progress_says_how_fast_and_how_long() -> None:
    now, said, shown = [0.0], list[str](), StringIO()
    quiet = Progress(1000, 200, say=said.append, clock=lambda: now[0])
    loud = Progress(1000, 200, say=said.append, terminal=shown, clock=lambda: now[0])
    for _ in range(4):
        now[0] += 20
        quiet.did(100, 5000)
        loud.did(100, 5000)
    loud.end()
    assert said == [
        " 40 %  250 drawings/s  2:00 min left",
        " 60 %  250 drawings/s  1:20 min left",
    ]
    assert " 60 %  250 drawings/s  1:20 min left" in shown.getvalue()
    assert duration(7260) == "2:01 h"
