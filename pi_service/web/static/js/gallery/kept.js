// What is kept of visitors and their drawings, for how long, and what is not: for everybody.
// pi_service/docs/privacy.md says the same, and where in the code it is so.

import { element } from "../dom.js";
import { t } from "../i18n.js";
import { store } from "../store.js";

/** The page of what is kept. */
export function kept() {
  return element(
    "div",
    { class: "kept" },
    part(t("Kept"), [
      t(
        "Each drawing: its lines, its kind, its number, when it was asked for and drawn, and whether that was by the button, a page, a schedule or the staff. It stays in the gallery until the staff delete it, or the disk needs room.",
      ),
      t("Lines that you drew, if they came to paper: with the drawing, and for as long as it."),
      t(
        "Lines that wait for the staff’s yes: until they answer or the time is over, never in a backup. Of what is refused nothing is kept but how many there were.",
      ),
      ...(store.state?.camera
        ? [
            t(
              "Pictures of the camera beside the plotter, while the staff have it switched on: a photograph of each finished cat and a film of each sheet, black where the staff say so. You may be in them. The oldest go when there is no more room, and a cat’s with the cat.",
            ),
          ]
        : []),
      t("Figures by the day: how many, how much ink, how many hours. They are counted from the drawings."),
      t(
        "Backups: those of the last seven days, and for 90 days the copies from before an update, hold what was kept then, also what was deleted since.",
      ),
    ]),
    part(t("Only while it is needed"), [
      t(
        "The address of your phone in this network: in the computer’s memory, so that nobody asks for everything; who presses Stop is shown to the staff by it. It is on no disk, except where somebody tries a wrong password of the staff.",
      ),
      t(
        "Ideas that you did not pick: in memory, the last few of all visitors, and gone when the plotter is switched off.",
      ),
    ]),
    part(t("On your own phone"), [
      t(
        "The language, the numbers of your drawings, and for the staff the login. They are not sent anywhere else, and go with your browser’s data.",
      ),
    ]),
    part(t("Never"), [
      t(
        "Names, accounts and cookies of visitors. And nothing leaves this plotter unless its owner sends it on, to a hall of plotters for instance.",
      ),
    ]),
  );
}

/** @param {string} title @param {string[]} items */
function part(title, items) {
  return element(
    "section",
    { class: "card" },
    element("h2", { class: "card-title" }, title),
    element("ul", { class: "kept-list" }, ...items.map((item) => element("li", {}, item))),
  );
}
