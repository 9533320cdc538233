"""Verdicts on drawings: blind, kept before the key is opened, nothing lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from model_training.cli.label import label
from model_training.data.dataset import DataError
from model_training.judge.intervals import share_figure
from model_training.verdicts.book import (
    BOOK,
    MODEL,
    PEOPLE,
    Source,
    Verdict,
    added,
    digest,
    read_book,
    write_book,
)
from model_training.verdicts.candidates import (
    HOT_OPENING,
    SPREAD,
    Original,
    as_drawn,
    candidates,
    mirrored,
    peoples,
    remake,
    temperatures_of,
    tries,
    way_of,
)
from model_training.verdicts.rates import agreement, rates
from model_training.verdicts.round import CELL, Round, numbers_of, shuffled
from pi_service.sketching.manner import Temperature
from pi_service.sketching.model_file import ModelFile, read_model_file
from pi_service.sketching.sketcher import DEFAULT_MODEL, Sketcher
from pi_service.sketching.stroke import from_polylines

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
USUAL = Temperature(0.35, 0.2, least_weight=0.03, lift=-0.2, end=0.7)
CALM = way_of(USUAL)


@pytest.fixture(scope="module")
def model() -> ModelFile:
    return read_model_file(DEFAULT_MODEL)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Thirty cats with keys, and a dog."""
    rng = np.random.default_rng(0)
    rows = [
        {"word": "cat", "key_id": f"{k}", "drawing": [rng.integers(0, 256, (2, 9)).tolist()]}
        for k in range(30)
    ]
    rows.append({**rows[0], "word": "dog", "key_id": "x"})
    path = tmp_path / "people.ndjson"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _source(key: str, origin: str = PEOPLE) -> Source:
    best_of = 0 if origin == PEOPLE else 1
    return Source("cat", origin, key, "00", "" if origin == PEOPLE else "ab", "", best_of)


def _verdict(key: str, hang: bool, number: int = 1, origin: str = PEOPLE) -> Verdict:
    return Verdict(_source(key, origin), hang, "me", number, "a-001", "2026-11-29T12:00:00Z")


def _originals(count: int) -> list[Original]:
    square = np.array([[0, 0], [100, 0], [100, 100], [0, 100]])
    made = [from_polylines([square[: 2 + k % 3]]) for k in range(count)]
    return [
        Original(replace(_source(str(k)), sketch=digest(sketch)), sketch)
        for k, sketch in enumerate(made)
    ]


def test_numbers_are_typed_as_one_thinks_of_them() -> None:
    assert numbers_of("1 4 7-9, 12", 12) == [1, 4, 7, 8, 9, 12]
    assert numbers_of("3 3 2", 5) == [2, 3]
    assert numbers_of(" none ", 5) == []
    for wrong in ("", "0", "6", "4-2", "x", "2-"):
        with pytest.raises(DataError):
            numbers_of(wrong, 5)


def test_a_way_is_read_back_as_it_was_written() -> None:
    assert temperatures_of(CALM) == (
        Temperature(0.35, 0.2, least_weight=0.03, lift=-0.2, end=0.7),
    )
    assert len(temperatures_of(HOT_OPENING)) == 2
    assert sum(share for *_, share in SPREAD) == 100
    for wrong in ("hot", "0.5/x", "3", "0.5>0.4>0.3"):
        with pytest.raises(DataError):
            temperatures_of(wrong)


def test_a_first_try_is_the_sketchers_own(model: ModelFile) -> None:
    ours = tries(model, "cat", [(5, 0)], way_of(model.manner.opening, model.manner.details))[0]
    assert np.array_equal(ours.sketch, Sketcher(model).attempts("cat", [(5, 0)])[0].sketch)


def test_a_hot_opening_is_the_hot_first_stroke_drawn_on_from(model: ModelFile) -> None:
    hot = tries(model, "cat", [(5, 0)], HOT_OPENING.split(">")[0])[0].sketch
    both = tries(model, "cat", [(5, 0)], HOT_OPENING)[0].sketch
    stroke = int(np.argmax(hot[:, 2])) + 1
    assert np.array_equal(both[:stroke], hot[:stroke])
    assert not np.array_equal(both, hot)


def test_of_several_tries_the_critics_choice_is_kept_under_its_own_name(
    model: ModelFile,
) -> None:
    (chosen,) = candidates(model, "cat", [3], CALM, 4)
    made = tries(model, "cat", [(3, k) for k in range(4)], CALM)
    best = max(range(4), key=lambda k: (made[k].failure is None, made[k].score))
    assert chosen.source.key == f"3/{best}"
    assert chosen.source.best_of == 4
    assert np.array_equal(chosen.sketch, made[best].sketch)


def test_every_drawing_can_be_made_again(model: ModelFile, people: Path) -> None:
    made = [
        *candidates(model, "cat", [1, 2], CALM, 1),
        *candidates(model, "cat", [3], HOT_OPENING, 2),
        *as_drawn(model, "cat", [4]),
        *peoples(people, "cat")[:3],
    ]
    assert len(made) == 7
    again = remake([one.source for one in made], [model], [people])
    assert all(np.array_equal(again[one.source], one.sketch) for one in made)
    assert len(remake([one.source for one in made], [], [people])) == 3
    otherwise = replace(made[0].source, sketch="0" * 12)
    assert remake([otherwise], [model], []) == {}


def test_a_mirrored_sketch_is_its_own_mirror(model: ModelFile) -> None:
    sketch = Sketcher(model).attempts("cat", [(1, 0)])[0].sketch
    assert np.array_equal(mirrored(mirrored(sketch)), sketch)
    assert np.array_equal(mirrored(sketch)[:, 0], -sketch[:, 0])


def test_a_book_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    book = [_verdict("1", True), _verdict("7/2", False, 2, MODEL)]
    write_book(tmp_path / "b.csv", book)
    assert read_book(tmp_path / "b.csv") == book
    assert read_book(tmp_path / "none.csv") == []
    (tmp_path / "b.csv").write_text("word,hang\ncat,1\n")
    with pytest.raises(DataError, match="no book of verdicts"):
        read_book(tmp_path / "b.csv")


def test_what_was_said_stays() -> None:
    book = [_verdict("1", True)]
    more = [_verdict("1", False), _verdict("1", False, 2), _verdict("2", False)]
    assert added(book, more) == [*book, *more[1:]]


def test_the_maintainers_book() -> None:
    first = [v for v in read_book(BOOK) if v.number == 1]
    origins = [v.source.origin for v in first if not v.sheet.startswith(("chosen", "own"))]
    assert len(origins) >= 2000
    assert len({v.source for v in first}) == len(first)
    assert abs(origins.count(MODEL) - origins.count(PEOPLE)) <= len(origins) / 20
    assert agreement(read_book(BOOK), 1, 2).drawings >= 300


def test_training_drawings_alone_are_in_the_maintainers_book(shared_data: Path) -> None:
    keys = {v.source.key for v in read_book(BOOK) if v.source.origin == PEOPLE}
    for name in ("valid", "test"):
        kept = peoples(shared_data / "quickdraw" / f"{name}.ndjson.gz", "cat")
        assert keys.isdisjoint(one.source.key for one in kept)


def test_a_sheet_is_numbered_and_does_not_say_whose_its_drawings_are(tmp_path: Path) -> None:
    some = shuffled(_originals(20), 3)
    made = Round.make(tmp_path / "r", some, per_sheet=16)
    assert made.sheets == {1: 16, 2: 4}
    with Image.open(made.picture(1)) as page:
        assert page.size == (8 * CELL, 2 * CELL)
    assert [o.source for o in some] != [o.source for o in _originals(20)]
    with pytest.raises(DataError, match="another folder"):
        Round.make(tmp_path / "r", some)


def test_the_key_stays_closed_until_all_is_judged(tmp_path: Path) -> None:
    made = Round.make(tmp_path / "r", _originals(20), per_sheet=16)
    assert made.take(1, "1 3", "me", lambda: NOON) == 2
    with pytest.raises(DataError, match="until these sheets are judged: 2"):
        made.verdicts()
    made.take(2, "none", "me", lambda: NOON)
    verdicts = made.verdicts()
    assert [v.source.key for v in verdicts if v.hang] == ["0", "2"]
    assert {v.sheet for v in verdicts} == {"r-001", "r-002"}
    assert verdicts[0].time == "2026-11-29T12:00:00Z"


def test_an_answer_that_a_kill_cut_short_is_asked_again(tmp_path: Path) -> None:
    made = Round.make(tmp_path / "r", _originals(20), per_sheet=16)
    made.take(1, "1 3", "me", lambda: NOON)
    with (tmp_path / "r" / "answers.csv").open("a") as file:
        file.write("2,me,2026-11-2")
    later = Round(tmp_path / "r")
    assert later.waiting() == [2]
    later.take(2, "4", "me", lambda: NOON)
    later.take(1, "1", "me", lambda: NOON)  # somebody thought again
    assert [v.source.key for v in later.verdicts() if v.hang] == ["0", "19"]


def test_a_round_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no round of judging"):
        Round(tmp_path)
    made = Round.make(tmp_path / "r", _originals(3))
    with pytest.raises(DataError, match="no sheet 9"):
        made.take(9, "1", "me")


def test_wilsons_interval() -> None:
    some = share_figure(8, 10)
    assert (some.low, some.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert share_figure(0, 10).high == pytest.approx(0.2775, abs=1e-4)
    assert np.isnan(share_figure(0, 0).value)


def test_rates_are_told_by_origin_and_way() -> None:
    book = [_verdict(str(k), k < 4) for k in range(5)]
    book += [_verdict(f"{k}/0", k < 1, origin=MODEL) for k in range(4)]
    lines = list(rates(book))
    assert lines[2].startswith("| people, all | 5 | 80.0 [")
    assert lines[3].startswith("| model, all | 4 | 25.0 [")
    assert lines[4].startswith("| ab, as drawn, first tries | 4 |")


def test_agreement_beyond_chance() -> None:
    pairs = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10
    pairs += [(False, False)] * 15
    book = [_verdict(str(k), p[n - 1], n) for k, p in enumerate(pairs) for n in (1, 2)]
    found = agreement(book, 1, 2)
    assert (found.both, found.first, found.second, found.neither) == (20, 5, 10, 15)
    assert found.raw == pytest.approx(0.7)
    assert found.kappa == pytest.approx(0.4)  # Cohen's own example
    with pytest.raises(DataError):
        agreement(book, 1, 3)


def _call(*words: object) -> Result:
    return CliRunner().invoke(label, [str(word) for word in words])


@pytest.fixture
def judged(people: Path, tmp_path: Path) -> Path:
    """A book after one round of eight drawings."""
    book, folder = tmp_path / "book.csv", tmp_path / "one"
    made = _call("new", folder, people, "--n", 4, "--per-sheet", 5, "--spread", "--book", book)
    assert made.exit_code == 0, made.output
    assert "8 drawings on 2 sheets" in made.output
    assert _call("open", folder, "--book", book).exit_code == 1
    assert _call("take", folder, "--rater", "me", "--sheet", 1, "--hang", "1-3").exit_code == 0
    answers = tmp_path / "answers.txt"
    answers.write_text("2: none\n")
    taken = _call("take", folder, "--rater", "me", "--file", answers)
    assert "0 of 2 sheets wait" in taken.output
    opened = _call("open", folder, "--book", book)
    assert opened.exit_code == 0, opened.output
    assert "| people, all | 4 |" in opened.output
    return book


def test_from_sheets_to_a_book_and_a_second_pass(
    judged: Path, people: Path, tmp_path: Path
) -> None:
    assert len(read_book(judged)) == 8
    assert _call("agree", "--book", judged).exit_code == 1
    folder = tmp_path / "two"
    made = _call("again", folder, "--n", 6, "--book", judged, "--people", people)
    assert "6 drawings on 1 sheets" in made.output, made.output
    asked = CliRunner().invoke(label, ["take", str(folder), "--rater", "me"], input="2 5\n")
    assert "sheet 1: 2 of 6 to hang" in asked.output
    assert _call("open", folder, "--book", judged).exit_code == 0
    assert "passes 1 and 2: 6 drawings" in _call("agree", "--book", judged).output
    checked = _call("check", "--book", judged, "--people", people)
    assert "8 of 8 drawings are the same again" in checked.output
    assert _call("check", "--book", judged).exit_code == 1


def test_a_model_is_judged_without_adding_to_the_book(
    judged: Path, people: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "blind"
    made = _call("new", folder, people, "--n", 2, "--seed", 9, "--book", judged)
    assert made.exit_code == 0, made.output
    assert _call("take", folder, "--rater", "me", "--sheet", 1, "--hang", "2").exit_code == 0
    opened = _call("open", folder, "--only-rates", "--book", judged)
    assert "as drawn, best of 48 | 2 |" in opened.output
    assert len(read_book(judged)) == 8


def test_what_cannot_be_is_said_in_a_sentence(people: Path, tmp_path: Path) -> None:
    few = _call("new", tmp_path / "r", people, "--n", 99, "--book", tmp_path / "b.csv")
    assert few.exit_code == 1
    assert "30 drawings left to judge, not 99" in few.output
    none = _call("take", tmp_path, "--rater", "me", "--sheet", 1, "--hang", "1")
    assert "no round of judging" in none.output
    half = _call("take", tmp_path, "--rater", "me", "--sheet", 1)
    assert half.exit_code == 1
