"""What a run says of itself."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from model_training.training.journal import Journal
from model_training.training.settings import TrainingError

LINE: dict[str, Any] = {
    "step": 20,
    "minutes": 1.5,
    "lr": 0.004,
    "train": 7.7,
    "valid": {"all": 7.6, "cat": 7.5},
}


class _Board:
    def __init__(self) -> None:
        self.seen: dict[str, float] = {}

    def add_scalar(self, tag: str, value: float, step: int) -> None:
        assert step == 20
        self.seen[tag] = value


def test_an_evaluation_is_said_logged_and_shown_on_the_board(tmp_path: Path) -> None:
    said: list[str] = []
    board = _Board()
    journal = Journal(tmp_path / "log.jsonl", say=said.append, board=board)
    journal.evaluated(LINE, 0.25, best=True)
    assert said == ["step     20   25 %    1.5 min  train 7.7000  all 7.6000  cat 7.5000 *"]
    assert json.loads((tmp_path / "log.jsonl").read_text()) == LINE
    assert board.seen == {"valid/all": 7.6, "valid/cat": 7.5, "train": 7.7, "lr": 0.004}


def test_progress_shows_loss_speed_and_time_left(tmp_path: Path) -> None:
    terminal = io.StringIO()
    journal = Journal(tmp_path / "log.jsonl", say=print, terminal=terminal)
    journal.stepped(0.5, 7.51234, 8421.7, 125.9)
    shown = terminal.getvalue()
    assert shown.startswith("\r[============            ]  50 %")
    assert "loss 7.5123  8,422 points/s  2:05 left" in shown


def test_without_a_terminal_there_is_no_bar(tmp_path: Path) -> None:
    Journal(tmp_path / "log.jsonl", say=print).stepped(0.5, 7.5, 8000.0, 60.0)


def test_what_a_killed_run_wrote_after_its_checkpoint_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    lines = [json.dumps({"step": step}) + "\n" for step in (10, 20, 30)]
    path.write_text("".join(lines) + '{"step": 4')
    journal = Journal(path, say=print)
    journal.forget_after(20)
    assert path.read_text() == "".join(lines[:2])
    journal.forget_after(20)
    Journal(tmp_path / "none.jsonl", say=print).forget_after(3)


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "no" / "log.jsonl", say=print)
    with pytest.raises(TrainingError, match=r"log\.jsonl cannot be written"):
        journal.evaluated(LINE, 0.25, best=False)
