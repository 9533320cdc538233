"""The journal is on the disk at every stroke, whatever cuts it off."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_gcode.facts import fact
from firmware_gcode.grbl.events import (
    LinkEvent,
    Notice,
    PenRisk,
    ProgramEnded,
    ProgramStarted,
    StrokeDrawn,
)
from firmware_gcode.grbl.journal import (
    Journal,
    JournalError,
    Record,
    cut_off,
    raised_by,
    read_journal,
)

EVENTS: list[LinkEvent] = [
    ProgramStarted("abc", 0, 3),
    StrokeDrawn(0),
    StrokeDrawn(1),
    StrokeDrawn(2),
    ProgramEnded("done", 3),
]


def test_it_knows_how_far_a_program_came(tmp_path: Path) -> None:
    path = tmp_path / "data" / "journal"
    journal = Journal(path)
    states = []
    for event in EVENTS:
        journal.record(event)
        journal.record(Notice(fact("text", text="not about the program")))
        states.append(read_journal(path))
    assert states == [
        Record("abc", 3, 0, None),
        Record("abc", 3, 1, None),
        Record("abc", 3, 2, None),
        Record("abc", 3, 3, None),
        Record("abc", 3, 3, "done"),
    ]


def test_a_new_program_replaces_the_old_one_and_may_begin_later(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    for event in EVENTS:
        journal.record(event)
    journal.record(ProgramStarted("def", 5, 9))
    assert read_journal(path) == Record("def", 9, 5, None)
    journal.close()


@pytest.mark.parametrize("events", range(1, len(EVENTS) + 1))
def test_a_power_cut_at_any_byte_leaves_it_readable_and_never_ahead(
    tmp_path: Path, events: int
) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    for event in EVENTS[:events]:
        journal.record(event)
    journal.close()
    whole = path.read_bytes()
    drawn = max(0, min(events - 1, 3))
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        record = read_journal(path)
        if record is not None:
            assert record.drawn <= drawn
    path.write_bytes(whole + b"\x00\x00\xff{")
    assert read_journal(path) is not None


def test_without_a_file_or_with_rubbish_in_it_nothing_is_known(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "none") is None
    (tmp_path / "rubbish").write_bytes(b"\xff\xfe\n[1]\n")
    assert read_journal(tmp_path / "rubbish") is None


def test_the_pen_is_remembered_over_a_kill_that_tore_a_record(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    Journal(path).record(PenRisk(may_be_down=True, raised=1.0))
    assert not path.exists()
    Journal(path).record(ProgramStarted("abc", 0, 3))
    assert cut_off(path)
    with path.open("ab") as file:
        file.write(b'{"drawn":0,')
    Journal(path).record(PenRisk(may_be_down=False, raised=2.5))
    assert (cut_off(path), raised_by(path)) == (False, 2.5)
    assert read_journal(path) == Record("abc", 3, 0, None, pen_down=False, raised=2.5)


@contextmanager
def small_files() -> Iterator[None]:
    """Files may not grow beyond 120 bytes: the nearest to a full disk that needs no rights."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (120, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def draw_on(journal: Journal) -> None:
    for stroke in range(99):
        journal.record(StrokeDrawn(stroke))


def test_a_full_disk_is_told_in_a_sentence_and_what_was_there_stays(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    journal = Journal(path)
    journal.record(ProgramStarted("abc", 0, 99))
    whole = r"cannot be recorded in .*journal .*Make room"
    with small_files(), pytest.raises(JournalError, match=whole):
        draw_on(journal)
    record = read_journal(path)
    assert record is not None
    assert 0 < record.drawn < 10
    journal.close()


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="Make room"):
        Journal(tmp_path / "file" / "journal").record(ProgramStarted("abc", 0, 3))
