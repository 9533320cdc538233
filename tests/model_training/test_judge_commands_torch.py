"""`judge`, `evaluate` and `card`, as a researcher uses them."""

from __future__ import annotations

import dataclasses
import json
import math
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner, Result
from PIL import Image

from model_training.baselines.sketch_rnn import RnnConfig, SketchRnn
from model_training.cli.judge import card, evaluate, judge_commands
from model_training.data.dataset import DataError
from model_training.export import weights_of
from model_training.judge.card import BEGIN, END, contact_sheet, with_figures
from model_training.judge.generators import AS_DRAWN, AS_LEARNED, FIRST_TRIES, load_generator
from model_training.judge.measures import Drawn
from model_training.judge.report import plain
from model_training.model import SketchModel
from model_training.training.checkpoint import FORMAT, save_checkpoint
from pi_service.sketching.config import ModelConfig
from pi_service.sketching.model_file import ModelFile, write_model_file
from pi_service.sketching.stroke import EMPTY_SKETCH, from_polylines
from tests.model_training.test_published_torch import written

pytestmark = pytest.mark.training

CLASSES = ("box", "ring", "zigzag")
CONFIG = ModelConfig(
    classes=3, width=16, layers=1, heads=2, hidden=16, components=3, max_points=60
)


def _call(command: Any, *words: object) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words])


def _scribbler() -> SketchModel:
    """A model that learned nothing: wide steps, an end after ten points or so."""
    torch.manual_seed(2)
    model = SketchModel(CONFIG)
    with torch.no_grad():
        model.mixture_head.bias.zero_()
        model.mixture_head.bias[9:15] = math.log(1.2)
        model.pen_head.bias.copy_(torch.tensor([0.0, -1.5, -2.0]))
    return model


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    path = tmp_path / "scribbler.safetensors"
    file = ModelFile(
        config=CONFIG,
        classes=CLASSES,
        weights=weights_of(_scribbler()),
        about={"minutes_of_last_run": "3"},
    )
    write_model_file(path, file)
    return path


@pytest.fixture
def rnn_checkpoint(tmp_path: Path) -> Path:
    torch.manual_seed(1)
    model = SketchRnn(RnnConfig(classes=3, width=16, latent=4, components=3, max_points=60))
    (tmp_path / "rnn").mkdir()
    path = tmp_path / "rnn" / "best.pt"
    state = {
        "format": FORMAT,
        "kind": "sketch-rnn",
        "model_config": dataclasses.asdict(model.config),
        "classes": list(CLASSES),
        "averaged": model.state_dict(),
        "seconds": 90.0,
    }
    save_checkpoint(path, state)
    return path


@pytest.fixture
def judge_file(ndjson: Path, tmp_path: Path) -> Path:
    words = ("train", ndjson, ndjson, "--out", tmp_path / "j", "--epochs", 2, "--batch", 30)
    done = _call(judge_commands, *words)
    assert done.exit_code == 0, done.output
    assert "90 drawings of 3 classes, 6 steps" in done.output
    again = _call(judge_commands, *words)
    assert "going on from step 6" in again.output
    return tmp_path / "j" / "judge.safetensors"


def test_a_published_decoder_is_measured_on_its_class_alone(
    judge_file: Path, ndjson: Path, model_file: Path, tmp_path: Path
) -> None:
    path, report_file = tmp_path / "box.gen.json", tmp_path / "report.json"
    written(path, name="box")
    words = ["--test", ndjson, "--train", ndjson, "--judge", judge_file, "--class", "ring"]
    words += ["--classes", "box", "--samples", "25", "--class-samples", "4"]
    done = _call(evaluate, path, model_file, *words, "--json", report_file)
    assert done.exit_code == 0, done.output
    assert "box.gen.json: published, on the drawings of its class alone" in done.output
    report = json.loads(report_file.read_text())
    row = report["models"][0]
    assert row["everything"] is row["of_class"] is row["published"] is None
    names = [r["name"] for r in report["classes"] if r["class_name"] == "box"]
    assert names[1] == "box.gen.json, temperature 0.25, if ended"
    assert report["classes"][1]["per_sketch"]["value"] > 10
    assert not any("box.gen" in r["name"] for r in report["sketches"])
    words[words.index("ring")], words[words.index("25")] = "box", "70"
    done = _call(evaluate, path, *words, "--json", report_file)
    assert done.exit_code == 0, done.output
    row = json.loads(report_file.read_text())["models"][0]
    assert row["everything"] is None
    assert row["of_class"]["sketches"] == 30
    text = with_figures(f"{BEGIN}\n{END}\n", json.loads(report_file.read_text()))
    assert "box.gen.json" in text


def test_a_judge_is_trained_and_asked(judge_file: Path, ndjson: Path) -> None:
    done = _call(judge_commands, "test", ndjson, "--judge", judge_file)
    assert done.exit_code == 0, done.output
    assert "90 drawings: right" in done.output


def test_one_table_of_humans_and_models(
    judge_file: Path, ndjson: Path, model_file: Path, rnn_checkpoint: Path, tmp_path: Path
) -> None:
    report_file = tmp_path / "report.json"
    words = ["--test", ndjson, "--train", ndjson, "--judge", judge_file, "--class", "ring"]
    words += ["--classes", "box, zigzag", "--samples", "25", "--class-samples", "4"]
    done = _call(evaluate, model_file, rnn_checkpoint, *words, "--json", report_file)
    assert done.exit_code == 0, done.output
    for name in ("humans, test", "scribbler, as catplotter draws", "rnn, temperature 1"):
        assert name in done.output
    report = json.loads(report_file.read_text())
    assert [row["name"] for row in report["models"]] == ["scribbler", "rnn"]
    assert report["models"][0]["parameters"] == sum(
        p.numel() for p in _scribbler().parameters()
    )
    assert [row["minutes"] for row in report["models"]] == [3, 1.5]
    assert report["models"][0]["of_class"]["sketches"] == 30
    names = [row["name"] for row in report["sketches"]]
    assert names[:2] == ["humans, test", "humans, train"]
    assert len(names) == 2 + 3 + 1
    assert all(row["apart"]["compared"] == 25 for row in report["sketches"][2:])
    known = report["sketches"][0]["nearest"]
    assert known["ink"]["value"] == pytest.approx(0, abs=1e-4)  # here they learned from them
    assert [row["class_name"] for row in report["classes"]] == ["box"] * 3 + ["zigzag"] * 3
    again = tmp_path / "again.json"
    _call(evaluate, model_file, rnn_checkpoint, *words, "--json", again)
    assert again.read_text() == report_file.read_text()
    _card_from(report_file, model_file, rnn_checkpoint, tmp_path)


def _card_from(report: Path, model: Path, other: Path, folder: Path) -> None:
    text, sheet = folder / "CARD.md", folder / "sheet.png"
    text.write_text(f"# Mine\n\n{BEGIN}\noutdated\n{END}\n\nthe end\n")
    words = ["--card", text, "--sheet", sheet, "--class", "ring", "--n", "21"]
    for _ in range(2):
        done = _call(card, report, model, *words)
        assert done.exit_code == 0, done.output
    made = text.read_text()
    assert made.startswith(f"# Mine\n\n{BEGIN}\n")
    assert made.endswith(f"{END}\n\nthe end\n")
    assert "outdated" not in made
    assert "| scribbler, as catplotter draws | 25 |" in made
    with Image.open(sheet) as page:
        assert page.size == (20 * 96, 2 * 96)
    refused = _call(card, report, other, *words)
    assert "says nothing of the model" in refused.output or refused.exit_code == 0


def test_every_kind_of_model_draws_behind_one_face(
    model_file: Path, rnn_checkpoint: Path
) -> None:
    ours, rnn = load_generator(model_file), load_generator(rnn_checkpoint)
    assert (ours.name, ours.kind, ours.ways) == (
        "scribbler",
        "catplotter",
        (AS_LEARNED, FIRST_TRIES, AS_DRAWN),
    )
    assert (rnn.name, rnn.kind, rnn.ways, rnn.hash) == ("rnn", "sketch-rnn", (AS_LEARNED,), "")
    for way in ours.ways:
        drawn = ours.draw("ring", 6, 3, way)
        later = ours.draw("ring", 2, 5, way)
        assert len(drawn) == 6
        assert np.array_equal(drawn[2].sketch, later[0].sketch)  # by its seed alone
    with pytest.raises(DataError, match="does not know the class 'newt'"):
        rnn.draw("newt", 1, 0, AS_LEARNED)


def _refused(result: Result, words: str) -> None:
    assert result.exit_code != 0
    assert "Traceback" not in result.output
    assert words in " ".join(result.output.split())


def test_what_cannot_be_judged_is_said_in_one_sentence(
    judge_file: Path, ndjson: Path, model_file: Path, tmp_path: Path
) -> None:
    files = ["--test", ndjson, "--train", ndjson, "--judge", judge_file]
    _refused(_call(evaluate, model_file, *files, "--class", "newt"), "no drawing of the class")
    _refused(_call(evaluate, model_file, *files), "no drawing of the class 'cat'")
    few = [*files, "--class", "ring", "--samples", "5"]
    _refused(_call(evaluate, model_file, *few), "too few to compare")
    _refused(_call(evaluate, ndjson, *files), "no checkpoint")
    wrong = ["--test", ndjson, "--train", ndjson, "--judge", model_file]
    _refused(_call(evaluate, model_file, *wrong), "no judge of this version")
    _refused(_call(evaluate, *files), "Missing argument 'MODEL...'")
    text, report = tmp_path / "CARD.md", tmp_path / "r.json"
    text.write_text("no marks")
    report.write_text("{}")
    words = [report, model_file, "--card", text, "--sheet", tmp_path / "s.png"]
    _refused(_call(card, *words), "the card lacks the marks")
    text.write_text(f"{BEGIN}{END}")
    _refused(_call(card, *words), "the report lacks 'judge'")
    report.write_text("{")
    _refused(_call(card, *words), "cannot be made from")


def test_a_sheet_shows_every_drawing_in_its_place() -> None:
    box = from_polylines([np.array([[0, 0], [255, 0], [255, 255], [0, 255], [0, 0]])])
    dot = from_polylines([np.array([[5, 5]])])
    content = contact_sheet([Drawn(box), Drawn(EMPTY_SKETCH), Drawn(dot)])
    page = np.array(Image.open(BytesIO(content)).convert("L"))
    assert page.shape == (96, 1920)
    assert (page[:, :96] < 128).sum() > 4 * 80
    assert page[:, 96:192].min() > 250
    assert 0 < (page[:, 192:288] < 128).sum() < 10
    assert page[:, 288:].min() > 250


def test_what_is_no_number_becomes_null() -> None:
    assert plain({"a": float("nan"), "b": (1, [float("inf"), 2.5])}) == {
        "a": None,
        "b": [1, [None, 2.5]],
    }


def test_a_card_without_both_marks_is_refused() -> None:
    for text in ("", BEGIN, f"{END}{BEGIN}"):
        with pytest.raises(DataError, match="lacks the marks"):
            with_figures(text, {})
