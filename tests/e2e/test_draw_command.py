"""`catplotter draw` and `sheet`: same seed, same bytes; every mistake ends in a sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from pi_service.sketching.sketcher import DEFAULT_MODEL
from tests.shell import catplotter


@pytest.fixture(autouse=True)
def quickly_chosen(plain_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Choosing the best of many is tested where sketches are."""
    monkeypatch.setenv("CATPLOTTER_DRAW_BEST_OF", "2")
    monkeypatch.setenv("CATPLOTTER_SHEET_MODEL", str(plain_model))


def in_a_process(
    *words: str | Path, told: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "pi_service", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        stdin=subprocess.DEVNULL,
        env=os.environ | dict(told or {}),
    )


def test_the_same_seed_gives_the_same_bytes_and_another_seed_another_cat(
    tmp_path: Path,
) -> None:
    runs = (("a", "7", catplotter), ("b", "7", in_a_process), ("c", "8", catplotter))
    for name, seed, run in runs:
        done = run("draw", "--seed", seed, "--gcode", tmp_path / f"{name}.gcode")
        assert done.returncode == 0, done.stderr
    a, b, c = ((tmp_path / f"{name}.gcode").read_bytes() for name in "abc")
    assert a == b
    assert a != c


def test_another_processor_gives_the_same_bytes(tmp_path: Path) -> None:
    """OpenBLAS sums in another order on each kind; here it is told to be on an old one."""
    made, best = [], {"CATPLOTTER_DRAW_BEST_OF": "8"}
    for name, told in (("own", {}), ("old", {"OPENBLAS_CORETYPE": "Prescott"})):
        path = tmp_path / f"{name}.gcode"
        done = in_a_process(
            "draw", "--seed", "0", "--n", "4", "--gcode", path, told=told | best
        )
        assert done.returncode == 0, done.stderr
        made.append([(tmp_path / f"{name}-{n}.gcode").read_bytes() for n in range(4)])
    assert made[0] == made[1]


def test_several_drawings_are_those_of_the_seeds_that_follow(tmp_path: Path) -> None:
    many = catplotter("draw", "--seed", "3", "--n", "2", "--svg", tmp_path / "cat.svg")
    one = catplotter("draw", "--seed", "4", "--svg", tmp_path / "four.svg")
    assert many.returncode == one.returncode == 0
    assert (tmp_path / "cat-4.svg").read_text() == (tmp_path / "four.svg").read_text()
    assert (tmp_path / "cat-3.svg").read_text() != (tmp_path / "four.svg").read_text()


def test_ndjson_rows_are_in_quick_draws_simplified_form(tmp_path: Path) -> None:
    path = tmp_path / "cats.ndjson"
    assert catplotter("draw", "--seed", "1", "--n", "3", "--ndjson", path).returncode == 0
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(rows) == 3
    for row in rows:
        assert row["word"] == "cat"
        points = np.concatenate([np.array(stroke).T for stroke in row["drawing"]])
        assert points.min() == 0
        assert points.max() == 255
        assert all(len(xs) == len(ys) for xs, ys in row["drawing"])


def test_without_an_output_option_an_svg_is_left_in_the_present_folder(tmp_path: Path) -> None:
    done = catplotter("draw", "--seed", "5", "--class", "dog", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "dog-5.svg").read_text().startswith("<svg")


def test_png_pictures_have_the_shape_of_the_paper(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    assert (
        catplotter("draw", "--seed", "2", "--paper", "100x50", "--png", path).returncode == 0
    )
    header = path.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(header[16:20]) == 2 * int.from_bytes(header[20:24])


def test_a_contact_sheet_holds_every_sketch(tmp_path: Path) -> None:
    path = tmp_path / "sheet.svg"
    done = catplotter("sheet", "--n", "3", "-o", path)
    assert done.returncode == 0, done.stderr
    assert path.read_text().count("<path") >= 3


def damaged_model(folder: Path) -> Path:
    path = folder / "damaged.safetensors"
    path.write_bytes(DEFAULT_MODEL.read_bytes()[:5000])
    return path


def foreign_model(folder: Path) -> Path:
    path = folder / "foreign.safetensors"
    save_file({"weight": np.zeros(3, dtype=np.float32)}, path)
    return path


MISTAKES: dict[str, tuple[list[str | Callable[[Path], Path]], str]] = {
    "no model file": (["--model", "nowhere.safetensors"], "nowhere.safetensors"),
    "damaged model": (["--model", damaged_model], "damaged.safetensors"),
    "foreign model": (["--model", foreign_model], "foreign.safetensors"),
    "paper below its margins": (["--paper", "15x100"], "margin"),
    "unknown paper": (["--paper", "A99"], "A99"),
    "negative margin": (["--margin", "-1"], "margin"),
    "unknown class": (["--class", "katze"], "katze"),
    "negative seed": (["--seed", "-3"], "-3"),
    "seed that is no number": (["--seed", "seven"], "seven"),
    "seeds past the end": (["--seed", str(2**63 - 1), "--n", "2"], "seeds"),
    "no such folder": (["--svg", "nowhere/at/all/cat.svg"], "nowhere/at/all/cat.svg"),
    "unknown profile": (["--profile", "lathe"], "lathe"),
    "paper larger than the machine": (["--paper", "A2", "--gcode", "a.gcode"], "mm"),
    "port without profile": (["--port", "/dev/ttyUSB0"], "--profile"),
    "port that is not there": (
        ["--port", "/dev/nothing-here", "--profile", "z-pen", "--paper", "A6"],
        "/dev/nothing-here",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_ends_in_one_clear_sentence(mistake: str, tmp_path: Path) -> None:
    words, named = MISTAKES[mistake]
    made = [word(tmp_path) if callable(word) else word for word in words]
    done = catplotter("draw", *made, cwd=tmp_path)
    assert done.returncode != 0
    assert named in done.stderr
    assert "Traceback" not in done.stderr
    assert "Error: " in done.stderr
    assert not list(tmp_path.glob("*.gcode"))


def test_help_answers_at_once_and_names_every_command() -> None:
    done = in_a_process("--help")
    assert done.returncode == 0
    for command in ("serve", "draw", "sheet", "simulate", "status"):
        assert command in done.stdout
        assert catplotter(command, "--help").returncode == 0


def test_status_says_that_nothing_runs() -> None:
    done = catplotter("status", "--url", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert "No catplotter answers" in done.stderr
    assert "Traceback" not in done.stderr


def test_drawings_share_a_sheet_with_captions(tmp_path: Path) -> None:
    words = ("--n", "2", "--seed", "3", "--grid", "2x1", "--landscape", "--size", "60")
    plain = catplotter("draw", *words, "--svg", tmp_path / "a.svg")
    written = catplotter("draw", *words, "--caption", "{seed}", "--svg", tmp_path / "b.svg")
    assert plain.returncode == written.returncode == 0, written.stderr
    assert (tmp_path / "b-3.svg").stat().st_size > (tmp_path / "a-3.svg").stat().st_size
    too_many = catplotter("draw", "--n", "3", "--grid", "2x1", "--svg", tmp_path / "c.svg")
    assert too_many.returncode == 1
    assert "3 drawings do not fit into 2x1 cells" in too_many.stderr
