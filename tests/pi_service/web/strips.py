"""Pictures of every state of the strip, for visitors and staff, in every language.

Run with ``python -m tests.pi_service.web.strips FOLDER``: it takes them as wide as a phone, on
the view that ``--view /draw`` names, and writes ``strips.md`` with a row for each: state, who
reads it, language, sentence, picture. An owner is a visitor whose own drawing is next.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from firmware_gcode.facts import LANGUAGES, Fact, fact
from pi_service.studio.jobs.display import Shown
from pi_service.studio.jobs.job import Request
from pi_service.web.server import WebServer
from tests.conftest import chromium_path
from tests.pi_service.web.fake_studio import FakeStudio, fake_app
from tests.pi_service.web.looks import SCREENS

STAFF = fact("by-staff")
STATES: list[tuple[Shown, Fact]] = [
    (Shown.READY, fact("ready")),
    (Shown.WORKING, fact("thinking")),
    (Shown.WORKING, fact("begins")),
    (Shown.WORKING, fact("machine-homing")),
    (Shown.WORKING, fact("machine-connecting")),
    (Shown.WORKING, fact("hold-lease")),
    (Shown.DRAWING, fact("machine-drawing")),
    (Shown.PAUSED, fact("machine-pausing")),
    (Shown.PAUSED, fact("machine-paused")),
    (Shown.STOPPED, fact("shown-stopped", who=STAFF, waiting=2)),
    (Shown.STOPPED, fact("shown-stopped-none", who=STAFF)),
    (Shown.NEEDS_PAPER, fact("hold-paper")),
    (Shown.NEEDS_PAPER, fact("hold-paper-sheet", name="poster")),
    (Shown.NEEDS_SOMEBODY, fact("machine-unreferenced")),
    (Shown.NEEDS_SOMEBODY, fact("hold-interrupted")),
    (Shown.NEEDS_SOMEBODY, fact("hold-pen", used=812, limit=800)),
    (Shown.NEEDS_SOMEBODY, fact("hold-disk", mb=12)),
    (Shown.NEEDS_SOMEBODY, fact("change-pen")),
    (Shown.NEEDS_SOMEBODY, fact("pen-usual")),
    (Shown.NEEDS_SOMEBODY, fact("pen-wanted", name="#d03020")),  # of a file in two colours
    (Shown.CLOSED, fact("hold-closed")),
    (Shown.CLOSED, fact("hold-quiet", until="15:00")),
    (Shown.CLOSED, fact("hold-closes-soon", at="18:00")),
    (Shown.FAULT, fact("machine-absent")),
    (Shown.FAULT, fact("machine-faulted")),
    (Shown.FAULT, fact("machine-locked")),
]
"""What may be shown, each with a fact that it is told by; the page adds a lost connection."""
PATIENCE_MS = 300_000
"""For a page on a machine that has much else to do: nothing here is timed."""
SHOW = """async ([state, told, role]) => {
  const main = document.querySelector("script[src$='main.js']").src;
  const from = (name) => import(main.replace("main.js", name));
  const [{ store }, { session }] = [await from("store.js"), await from("session.js")];
  await (await from("i18n.js")).everySentence();
  session.know({ role: role === "owner" ? "visitor" : role, set_up: true });
  store.isMine = () => role === "owner";
  window.setLink ??= store.setLink.bind(store);
  store.setLink = () => {};  // the live line has no word in this
  window.setLink(state === "lost" ? "lost" : "live");
  const data = { state, sentence: "", fact: told };
  if (state !== "lost") store.receive({ kind: "shown", data });
  const strip = document.querySelector("state-strip");
  const parts = [strip, ...strip.querySelectorAll("*")];
  const cutOff = parts.some((each) => each.scrollWidth > innerWidth);
  return [strip.querySelector(".strip-text").textContent, cutOff];
}"""


def main() -> None:
    """Take them, and write the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--view", default="/")
    given = parser.parse_args()
    folder: Path = given.folder
    folder.mkdir(parents=True, exist_ok=True)
    studio = FakeStudio()
    studio.jobs.request(Request("page"))
    rows = ["| state | who | language | sentence | picture |", "|---|---|---|---|---|"]
    with (
        WebServer(fake_app(studio), "127.0.0.1", 0) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=["--no-sandbox", "--disable-gpu"]
        )
        for language in LANGUAGES:
            rows += pictures(browser, server.url + given.view[1:], language, folder)
        browser.close()
    studio.close()
    (folder / "strips.md").write_text("\n".join(rows) + "\n")
    print(folder / "strips.md")


def pictures(browser: Browser, url: str, language: str, folder: Path) -> list[str]:
    """Take those of one language; the rows of the table."""
    rows = []
    wanted: list[tuple[str, Any]] = [(str(shown), told.as_dict()) for shown, told in STATES]
    with browser.new_context(locale=language, viewport=SCREENS["short phone"]) as context:
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.goto(url)
        page.wait_for_selector(".strip-text:not(:empty)")
        page.route("**/api/**", lambda route: route.abort())
        for role in ("visitor", "owner", "staff"):
            for state, told in [*wanted, ("lost", {"code": "connection"})]:
                text, cut_off = page.evaluate(SHOW, [state, told, role])
                name = f"{language}-{role}-{state}-{told['code']}.png"
                page.locator(".mast").screenshot(path=folder / name)
                sentence = f"{text} **(cut off)**" if cut_off else text
                rows.append(f"| {state} | {role} | {language} | {sentence} | {name} |")
    return rows


if __name__ == "__main__":
    main()
