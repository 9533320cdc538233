"""Ask me first: nothing of a visitor's hand is a job before the staff say yes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_gcode.drawing.layout import grid
from firmware_gcode.grbl.events import LinkState
from pi_service.studio.core.errors import StudioError
from pi_service.studio.history.archive import read
from pi_service.studio.history.backup import rotate
from pi_service.studio.jobs.job import Job, JobState
from pi_service.studio.jobs.picked import Picked, look_up
from pi_service.studio.machine.control import Act
from pi_service.studio.machine.standstill import STAFF
from pi_service.studio.proposals.approvals import Answer, Approvals, Asked
from tests.pi_service.studio.gallery import Gallery
from tests.pi_service.studio.proposals.drawing_artist import DrawingArtist
from tests.pi_service.studio.proposals.test_proposals import (
    WISH,
    assert_both_hands,
    offered,
)


@pytest.fixture
def careful(gallery: Gallery) -> Gallery:
    """A gallery whose staff are asked first."""
    gallery.artist = DrawingArtist()
    gallery.settings = replace(gallery.settings, ask_first=True)
    gallery.open()
    return gallery


def desk(gallery: Gallery) -> Approvals:
    return gallery.studio.approvals


def show(
    gallery: Gallery, picked: Picked, *, key: str | None = None, address: str = ""
) -> Asked:
    """What a visitor is told who wants that drawn."""
    asked = gallery.studio.proposals.pick(
        WISH, seed=picked.seed, proposal=picked.id, request_key=key, address=address
    )
    assert isinstance(asked, Asked)
    return asked


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(StudioError) as caught:
        act()
    return caught.value.fact.code


def holds(folder: Path, secret: bytes) -> list[str]:
    """The files below a folder in which some bytes stand."""
    return [f.name for f in folder.rglob("*") if f.is_file() and secret in f.read_bytes()]


def content(gallery: Gallery) -> bytes:
    """Bytes of the middle of what waits, as it stands on the disk."""
    with gallery.store.database.read() as connection:
        blob = bytes(connection.execute("SELECT content FROM approvals").fetchone()[0])
    return blob[len(blob) // 2 :][:24]


def test_what_is_approved_is_drawn_as_it_was_shown(careful: Gallery) -> None:
    (picked,) = offered(careful, count=1)
    asked = show(careful, picked)
    assert (asked.state, careful.studio.snapshot()["approvals"]) == (Answer.WAITS, 1)
    assert careful.studio.jobs.latest() == []
    assert look_up(careful.store.database, picked.id) is None
    (waiting,) = desk(careful).waiting()
    assert waiting.strokes == len(picked.strokes)
    assert desk(careful).drawing(waiting.id).text == picked.text
    job = desk(careful).approve()
    found = desk(careful).asked(asked.ticket)
    assert (found.state, found.job and found.job.id) == (Answer.APPROVED, job.id)
    drawn = careful.wait_for(job, JobState.DRAWING)
    assert_both_hands(careful, drawn, picked)
    assert drawn.ink_mm == pytest.approx(waiting.ink_mm, rel=0.1)
    assert desk(careful).waiting() == []
    assert desk(careful).counts() == {"approved": 1, "refused": 0}


def test_the_staffs_own_and_all_while_it_is_off_are_drawn_at_once(careful: Gallery) -> None:
    first, second = offered(careful, count=2)
    propose = careful.studio.proposals.pick
    careful.machine.become(LinkState.ABSENT)
    own = propose(WISH, seed=first.seed, proposal=first.id, staff=True)
    desk(careful).hold_back()
    assert [job.id for job in careful.studio.jobs.queue()] == [1]
    desk(careful).decide(on=False, barred=["cat"], most_strokes=1)
    theirs = propose(WISH, seed=second.seed, proposal=second.id)
    assert isinstance(own, Job)
    assert isinstance(theirs, Job)


def test_nothing_of_what_was_refused_is_kept(careful: Gallery) -> None:
    (picked,) = offered(careful, count=1)
    asked = show(careful, picked)
    folder, secret = careful.path.parent, content(careful)
    assert holds(folder, secret) != []
    careful.store.database.back_up()
    desk(careful).refuse()
    assert holds(folder, secret) == []
    assert desk(careful).asked(asked.ticket).told.code == "approval-refused"
    assert picked.id not in careful.studio.proposals._shown
    assert desk(careful).counts()["refused"] == 1
    assert "approval" not in str(careful.studio.history.log.entries())
    assert refusal(lambda: desk(careful).approve()) == "approval-none"
    assert refusal(lambda: desk(careful).refuse(1)) == "approval-gone"


def test_no_backup_holds_what_waits(careful: Gallery, tmp_path: Path) -> None:
    (picked,) = offered(careful, count=1)
    show(careful, picked)
    secret, data = content(careful), tmp_path / "service"
    data.mkdir()
    for file in careful.path.parent.iterdir():
        if file.name.startswith(careful.path.name) and not file.name.endswith(".lock"):
            (data / file.name.replace(careful.path.name, "catplotter.db")).write_bytes(
                file.read_bytes()
            )
    archive = rotate(data, tmp_path / "backups", now=datetime.now(UTC), free=lambda _: 10**12)
    (tmp_path / "unpacked").mkdir()
    read(archive, tmp_path / "unpacked")
    assert holds(tmp_path / "unpacked", secret) == []
    assert holds(data, secret) != []


def test_a_reader_that_is_at_it_only_delays_the_end_of_what_was_refused(
    careful: Gallery,
) -> None:
    (picked,) = offered(careful, count=1)
    show(careful, picked)
    secret = content(careful)
    with careful.store.database.at_once():
        desk(careful).refuse()
        assert holds(careful.path.parent, secret) != []
    desk(careful).tend()
    assert holds(careful.path.parent, secret) == []


def test_what_waits_survives_a_power_cut_and_so_does_a_yes(
    careful: Gallery, tmp_path: Path
) -> None:
    careful.machine.become(LinkState.ABSENT)
    (picked,) = offered(careful, count=1)
    asked = show(careful, picked, key="mine")
    other = careful.after_power_cut(tmp_path / "asked")
    other.artist = DrawingArtist()
    other.machine.become(LinkState.ABSENT)
    other.open()
    assert other.studio.snapshot()["approvals"] == 1
    job = desk(other).approve()
    third = other.after_power_cut(tmp_path / "approved")
    other.close()
    third.artist = DrawingArtist()
    studio = third.open()
    assert studio.approvals.waiting() == []
    found = studio.approvals.asked(asked.ticket).job
    assert found is not None
    assert (found.id, found.proposal) == (job.id, picked.id)
    third.wait_for(found, JobState.DRAWING)
    third.close()


def test_time_refuses_by_itself(careful: Gallery) -> None:
    desk(careful).decide(minutes=5)
    (picked,) = offered(careful, count=1)
    asked = show(careful, picked)
    careful.now += 299
    assert desk(careful).asked(asked.ticket).state is Answer.WAITS
    careful.now += 1
    desk(careful).tend()
    assert desk(careful).count == 0
    found = desk(careful).asked(asked.ticket)
    assert (found.state, found.told.code) == (Answer.REFUSED, "approval-late")
    assert desk(careful).counts()["refused"] == 1


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ({"barred": ["cat"]}, "approval-class"),
        ({"allowed": ["dog"]}, "approval-class"),
        ({"most_mm": 50}, "approval-ink"),
        ({"most_seconds": 1}, "approval-seconds"),
        ({"most_strokes": 4}, "approval-strokes"),
    ],
)
def test_what_the_staff_do_not_want_is_not_even_asked_about(
    careful: Gallery, rule: dict[str, object], code: str
) -> None:
    (picked,) = offered(careful, count=1)
    desk(careful).decide(**rule)
    assert refusal(lambda: show(careful, picked)) == code
    if code == "approval-class":  # said before anybody has drawn a line
        assert refusal(lambda: offered(careful, count=1)) == code
    assert desk(careful).count == 0


def test_only_so_many_wait_and_nobody_takes_all_places(careful: Gallery) -> None:
    desk(careful).decide(most=4)
    found = offered(careful, count=6)
    show(careful, found[0], address="one")
    show(careful, found[1], address="one")
    assert refusal(lambda: show(careful, found[2], address="one")) == "approval-yours-first"
    show(careful, found[3], address="two")
    show(careful, found[4], address="three")
    assert refusal(lambda: show(careful, found[5], address="four")) == "approval-full"


def test_asking_again_and_saying_yes_twice_do_nothing_twice(careful: Gallery) -> None:
    careful.machine.become(LinkState.ABSENT)
    (picked,) = offered(careful, count=1)
    asked = [show(careful, picked, key="k") for _ in range(2)]
    assert asked[0].ticket == asked[1].ticket
    (waiting,) = desk(careful).waiting()

    def yes(_: int) -> str:
        try:
            desk(careful).approve(waiting.id)
        except StudioError as error:
            return error.fact.code
        return "yes"

    with ThreadPoolExecutor(4) as staff:
        answers = sorted(staff.map(yes, range(4)))
    assert "yes" in answers
    assert set(answers) <= {"yes", "approval-gone"}
    assert len(careful.studio.jobs.latest()) == 1
    assert show(careful, picked, key="k").state is Answer.APPROVED


def test_where_it_is_switched_on_the_queue_waits_as_well(gallery: Gallery) -> None:
    gallery.artist = DrawingArtist()
    gallery.machine.become(LinkState.ABSENT)
    gallery.open()
    first, second = offered(gallery, count=2)
    for picked in (first, second):
        gallery.studio.proposals.pick(WISH, seed=picked.seed, proposal=picked.id)
    desk(gallery).decide(on=True)
    assert gallery.studio.jobs.queue() == []
    assert [each.strokes for each in desk(gallery).waiting()] == [5, 5]
    job = desk(gallery).approve()
    desk(gallery).decide(on=True)
    assert [each.id for each in gallery.studio.jobs.queue()] == [job.id]
    assert job.proposal == first.id


def test_a_full_queue_lets_it_wait_on(gallery: Gallery) -> None:
    gallery.artist = DrawingArtist()
    gallery.settings = replace(gallery.settings, ask_first=True, queue_limit=1)
    gallery.machine.become(LinkState.ABSENT)
    gallery.open()
    first, second = offered(gallery, count=2)
    for picked in (first, second):
        show(gallery, picked)
    desk(gallery).approve()
    assert refusal(lambda: desk(gallery).approve()) == "queue-full"
    assert desk(gallery).count == 1


def test_stop_and_other_paper_go_together_with_it(careful: Gallery) -> None:
    (picked,) = offered(careful, count=1)
    show(careful, picked)
    careful.studio.machine.stop(STAFF)
    careful.studio.sheets.new_sheet(columns=1, rows=3)
    job = desk(careful).approve()
    careful.studio.machine.act(Act.RESUME, STAFF)
    drawn = careful.wait_for(job, JobState.DRAWING)
    assert drawn.cell is not None
    cell = grid(careful.paper.drawable, 1, 3, gap=0.0)[drawn.cell]
    for line in careful.machine.programs[-1].strokes:
        assert (line >= [cell.x0 - 0.1, cell.y0 - 0.1]).all()
        assert (line <= [cell.x1 + 0.1, cell.y1 + 0.1]).all()
