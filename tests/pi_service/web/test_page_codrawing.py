"""Drawing with the machine in a real browser, with the real model, down to the ink."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from pi_service.service import Service
from pi_service.studio.jobs.picked import stand
from pi_service.web.server import WebServer
from tests.pi_service.web.co_drawing import (
    WAIT,
    Fingers,
    by_mouse,
    cell_of,
    farthest_apart,
    finished,
    head,
    on_screen,
    picked_by,
    picked_of,
    service,
    smile,
    wait_for_proposals,
)
from tests.pi_service.web.looks import SCREENS, assert_axe_finds_nothing, assert_it_fits

pytestmark = pytest.mark.browser

OFFLINE = ("Failed to load resource", "net::ERR_")
OVERTAKEN = "409 (CONFLICT)"
"""What a slow server answers for lines that newer ones have overtaken: the page goes on."""


@pytest.fixture(scope="module")
def gallery(tmp_path_factory: pytest.TempPathFactory, plain_model: Path) -> Iterator[Service]:
    """One gallery for all tests: each draws something of its own."""
    folder: Path = tmp_path_factory.mktemp("gallery")
    with service(folder / "data", plain_model) as running:
        running.studio.menu.decide("animals")
        yield running


@pytest.fixture
def server(gallery: Service) -> WebServer:
    """The gallery's own server, in place of the made-up one."""
    return gallery.web


Open = Callable[..., Page]


@pytest.fixture
def open_page(visit: Callable[..., Any], server: WebServer) -> Open:
    """Open the page for drawing."""

    def opened(**options: Any) -> Page:
        page: Page = visit(url=server.url + "draw", **options).page
        page.set_default_timeout(WAIT)
        expect(page.get_by_text("Draw a line, or choose")).to_be_visible(timeout=WAIT)
        return page

    return opened


def choose(page: Page, number: int) -> None:
    page.locator(".choice").nth(number).click()
    expect(page.get_by_text("So it will stand on the paper")).to_be_visible(timeout=WAIT)


def test_by_mouse_and_what_was_picked_is_on_the_paper(
    open_page: Open, gallery: Service
) -> None:
    page = open_page()
    assert gallery.simulated is not None
    before = len(gallery.simulated.ink)
    shares = [head(), smile()]
    lines = [on_screen(page, shares[0])]
    by_mouse(page, lines[0])
    box = page.locator("drawing-pad canvas").bounding_box()
    assert box is not None
    lines.append(
        [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in shares[1]]
    )
    by_mouse(page, lines[1])
    wait_for_proposals(page)
    expect(page.locator(".choice")).to_have_count(6)
    choose(page, 2)
    wish, number = picked_by(page, page.get_by_role("button", name="Draw this").click)
    expect(page).to_have_url(gallery.web.url, timeout=WAIT)
    job = finished(gallery, number)
    assert (job.source, job.proposal) == ("visitor drawing", wish["proposal"])
    picked = picked_of(gallery, job)
    room = np.array(picked.room)
    hand = [np.array(line) * room for line in shares]
    assert len(picked.given) == 2
    assert farthest_apart(hand, picked.given) < 0.1
    assert farthest_apart(picked.given, hand) < 0.1
    given, added = stand(picked, cell_of(gallery, job))
    ink = [np.array(stroke)[:, :2] for stroke in gallery.simulated.ink[before:]]
    for drawn, wanted in zip(ink, given, strict=False):
        assert farthest_apart([wanted], [drawn]) < 0.3
        assert farthest_apart([drawn], [wanted]) < 0.3
    assert farthest_apart(added, ink[2:]) < 0.3
    assert farthest_apart(ink[2:], added) < 0.3


def test_by_touch_and_a_palm_does_not_draw(open_page: Open, gallery: Service) -> None:
    page = open_page(viewport=SCREENS["phone"], has_touch=True, is_mobile=True)
    line = on_screen(page, head(40))
    Fingers(page).draw(line, palm=(line[0][0] + 60, line[0][1] + 90))
    wait_for_proposals(page)
    choose(page, 0)
    wish, number = picked_by(page, page.get_by_role("button", name="Draw this").tap)
    assert len(wish["strokes"]) == 1  # type: ignore[arg-type] # a list
    picked = picked_of(gallery, finished(gallery, number))
    hand = np.array(head(40)) * np.array(picked.room)
    assert farthest_apart([hand], picked.given) < 0.3  # a pixel of this phone is 0.17 mm


def test_two_fingers_move_the_paper_and_the_eraser_takes_lines_away(open_page: Open) -> None:
    page = open_page(viewport=SCREENS["phone"], has_touch=True)
    pad = "document.querySelector('drawing-pad').strokes"
    (left, right), fingers = on_screen(page, [(0.4, 0.5), (0.6, 0.5)]), Fingers(page)
    far, middle = (
        (right[0] + (right[0] - left[0]), right[1]),
        (0.5 * (left[0] + right[0]), left[1]),
    )
    fingers.touch("touchStart", left)
    fingers.touch("touchStart", left, right)
    fingers.touch("touchMove", left, far)
    fingers.touch("touchEnd")
    assert page.evaluate(pad) == []
    fingers.draw([left, middle, right])
    ((begin, *_, end),) = page.evaluate(pad)
    room = page.evaluate("document.querySelector('drawing-pad').room.width")
    assert end[0] - begin[0] == pytest.approx(0.2 / 2 * room, rel=0.02)  # twice as near
    page.get_by_role("button", name="Eraser").click()
    fingers.draw([(middle[0], middle[1] - 40), (middle[0], middle[1] + 40)])
    assert page.evaluate(pad) == []
    expect(page.get_by_role("button", name="Eraser")).to_be_disabled()
    page.get_by_role("button", name="Undo").click()
    assert len(page.evaluate(pad)) == 1


def test_a_pen_draws_and_the_hand_beside_it_does_not(open_page: Open) -> None:
    page = open_page(has_touch=True)
    line = on_screen(page, head(20))
    devtools = page.context.new_cdp_session(page)

    def pen(kind: str, place: tuple[float, float]) -> None:
        event = {"type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1}
        devtools.send("Input.dispatchMouseEvent", {**event, "pointerType": "pen"})

    pen("mousePressed", line[0])
    for place in line[1:]:
        pen("mouseMoved", place)
    pen("mouseReleased", line[-1])
    Fingers(page).draw([(x + 20, y + 20) for x, y in line[:5]])
    wait_for_proposals(page)
    expect(page.get_by_role("img", name="Your drawing: 1 lines of yours")).to_be_visible()


def test_by_keyboard_alone(open_page: Open, gallery: Service) -> None:
    page = open_page()
    page.get_by_role("button", name="A round head").focus()
    page.keyboard.press("Enter")
    wait_for_proposals(page)
    page.get_by_role("radio", name="Proposal 1,").focus()
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("radio", name="Proposal 2,")).to_be_checked()
    draw = page.get_by_role("button", name="Draw this")
    expect(draw).to_be_enabled()
    draw.focus()
    _, number = picked_by(page, lambda: page.keyboard.press("Enter"))
    finished(gallery, number)


def test_undo_redo_and_clear(open_page: Open) -> None:
    page = open_page(expected=(OVERTAKEN,))
    for name in ("A round head", "Two ears", "Whiskers"):
        page.get_by_role("button", name=name).click()
    drawing = page.get_by_role("img", name="Your drawing")
    expect(drawing).to_have_attribute(
        "aria-label", "Your drawing: 7 lines of yours, 0 of the machine"
    )
    page.keyboard.press("Control+z")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("img", name="Your drawing: 1 lines")).to_be_visible()
    page.get_by_role("button", name="Redo").click()
    page.keyboard.press("Control+y")
    expect(page.get_by_role("img", name="Your drawing: 7 lines")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("img", name="Your drawing: nothing yet")).to_be_visible()
    expect(page.locator(".choice")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("img", name="Your drawing: 7 lines")).to_be_visible()


def test_a_drawing_is_kept_while_one_looks_at_the_gallery(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="Two ears").click()
    page.get_by_role("link", name="Gallery", exact=True).click()
    page.get_by_role("link", name="Draw with it", exact=True).click()
    expect(page.get_by_role("img", name="Your drawing: 2 lines")).to_be_visible()


def test_the_first_idea_is_chosen_on_a_phones_first_screen(open_page: Open) -> None:
    """Paper, ideas and the button are seen together, and the button does something."""
    page = open_page(viewport={"width": 390, "height": 600})
    page.get_by_role("button", name="A round head").click()
    wait_for_proposals(page)
    page.evaluate("scrollTo(0, 0)")
    expect(page.get_by_role("radio", name="Proposal 1,")).to_be_checked()
    draw = page.get_by_role("button", name="Draw this")
    expect(draw).to_be_enabled()
    bar, ideas = draw.bounding_box(), page.locator(".choices-list").bounding_box()
    assert bar is not None
    assert ideas is not None
    assert ideas["y"] + ideas["height"] - 8 <= bar["y"]
    assert bar["y"] + bar["height"] <= 600


def test_who_draws_on_gets_proposals_for_all_of_it(open_page: Open) -> None:
    page = open_page()
    line = on_screen(page, head())
    by_mouse(page, line)
    by_mouse(page, [(x, y + 15) for x, y in line[10:20]])
    wait_for_proposals(page)
    expect(page.locator(".choice")).to_have_count(6)
    own = page.locator(".choice-own").evaluate_all(
        "paths => paths.map((p) => p.getAttribute('d').split('M').length - 1)"
    )
    assert own == [2] * 6


def test_what_is_pointed_at_is_seen_as_a_ghost(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="A round head").click()
    wait_for_proposals(page)
    for number in (1, 4):
        choice = page.locator(".choice").nth(number)
        choice.hover()
        lines = choice.locator("input").get_attribute("aria-label") or ""
        count = int(lines.split(", ")[1].split()[0])
        name = f"Your drawing: 1 lines of yours, {count} of the machine"
        expect(page.get_by_role("img", name=name)).to_be_visible()


def test_too_much_is_said_in_a_sentence(open_page: Open) -> None:
    page = open_page(expected=("400",))
    page.evaluate("""() => {
      const pad = document.querySelector("drawing-pad");
      const {width, height} = pad.room;
      pad.add(Array.from({length: 61}, (_, i) => [[1, 1 + i / 8], [width - 1, 2 + i / 8]]));
    }""")
    expect(page.get_by_text("These are 61 strokes")).to_be_visible(timeout=WAIT)
    page.get_by_role("button", name="Clear").click()
    page.evaluate("""() => {
      const pad = document.querySelector("drawing-pad");
      const {width, height} = pad.room;
      const at = (i) => [Math.sin(i * 2.1), Math.cos(i * 1.3)];
      const line = Array.from({length: 200}, (_, i) => at(i)).map(([x, y]) => [
        width / 2 + width * 0.2 * x, height / 2 + height * 0.2 * y]);
      pad.add([line]);
    }""")
    expect(page.get_by_text("Take some back.")).to_be_visible(timeout=WAIT)
    expect(page.get_by_role("button", name="Draw this")).to_be_disabled()


def test_a_paper_full_of_points_takes_no_more(open_page: Open) -> None:
    page = open_page()
    page.evaluate(
        "() => document.querySelector('drawing-pad').setRoom({width: 60, height: 40}, 20)"
    )
    page.get_by_role("button", name="A round head").click()
    by_mouse(page, [(x, y) for x, y in on_screen_now(page, smile())])
    expect(page.get_by_role("button", name="Other ideas")).to_be_visible()  # all have come
    expect(page.get_by_text("That is as much as the machine can take in.")).to_be_visible()
    expect(page.get_by_role("img", name="Your drawing: 1 lines of yours")).to_be_visible()


def on_screen_now(page: Page, line: list[tuple[float, float]]) -> list[tuple[float, float]]:
    box = page.locator("drawing-pad canvas").bounding_box()
    assert box is not None
    return [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in line]


def test_two_browsers_at_once_each_have_their_own(open_page: Open, gallery: Service) -> None:
    one, two = open_page(), open_page()
    one.get_by_role("button", name="A round head").click()
    two.get_by_role("button", name="A long body").click()
    for page in (one, two):
        wait_for_proposals(page)
        choose(page, 1)
    numbers = [
        picked_by(page, page.get_by_role("button", name="Draw this").click)[1]
        for page in (one, two)
    ]
    jobs = [finished(gallery, number) for number in numbers]
    assert len({job.proposal for job in jobs}) == 2
    assert len({job.cell for job in jobs}) == 2


def test_the_network_is_cut_while_proposals_are_asked(
    visit: Callable[..., Any], server: WebServer
) -> None:
    visitor = visit(url=server.url + "draw", expected=OFFLINE)
    page = visitor.page
    page.set_default_timeout(WAIT)
    expect(page.get_by_text("Draw a line, or choose")).to_be_visible(timeout=WAIT)
    page.context.set_offline(True)
    page.get_by_role("button", name="A round head").click()
    expect(page.locator(".draw-status")).to_have_text(
        "The plotter's computer does not answer. Try again in a moment.", timeout=WAIT
    )
    expect(page.get_by_role("button", name="Draw this")).to_be_disabled()
    page.context.set_offline(False)
    wait_for_proposals(page)
    expect(page.get_by_role("img", name="Your drawing: 1 lines of yours")).to_be_visible()


def test_another_animal_is_found_by_typing(open_page: Open, gallery: Service) -> None:
    page = open_page()
    picker = page.get_by_role("combobox", name="What shall it become?")
    picker.click()
    assert page.get_by_role("listbox").get_by_role("option").count() > 40
    picker.press_sequentially("ow")
    expect(page.get_by_role("listbox").get_by_role("option").first).to_have_text("owl")
    picker.press("Enter")
    expect(picker).to_have_value("owl")
    page.get_by_role("button", name="A round head").click()
    wait_for_proposals(page)
    choose(page, 0)
    wish, number = picked_by(page, page.get_by_role("button", name="Draw this").click)
    assert wish["class"] == "owl"
    assert finished(gallery, number).class_name == "owl"


@pytest.mark.parametrize("scene", ["empty", "picked"])
def test_axe_finds_nothing(open_page: Open, scene: str) -> None:
    page = open_page(reduced_motion="reduce")
    if scene == "picked":
        page.get_by_role("button", name="A round head").click()
        wait_for_proposals(page)
        choose(page, 0)
    assert_axe_finds_nothing(page)


def test_it_fits_every_screen(open_page: Open) -> None:
    page = open_page()
    page.get_by_role("button", name="A round head").click()
    wait_for_proposals(page)
    assert_it_fits(page)
    for size in SCREENS.values():
        page.set_viewport_size(size)
        for name in ("Undo", "Clear", "Draw this"):
            box = page.get_by_role("button", name=name).bounding_box()
            assert box is not None
            assert box["height"] >= 44
