// Asks before what costs paper and cannot be taken back.

import { element } from "./dom.js";
import { plural, t } from "./i18n.js";
import { WORDS } from "./words.js";

/**
 * Whether new paper or a new pen is meant: asked only where the old one could go on.
 *
 * @param {"/sheets" | "/pens"} path
 * @param {State} given
 */
export async function meant(path, { sheet, pen }) {
  if (path === "/pens") {
    const old = t("Is a new pen in the holder? What the old one has drawn is counted no further.");
    return pen.low || sure(old, WORDS.newPen);
  }
  const free = sheet?.free ?? 0;
  const places = plural(
    free,
    "One place on the sheet is still free. Is new paper in all the same?",
    "{n} places on the sheet are still free. Is new paper in all the same?",
  );
  return free === 0 || sure(places, WORDS.newSheet);
}

/**
 * Ask in a dialog whether it is meant; fulfilled with the answer.
 *
 * @param {string} question
 * @param {string} yes what the button says that does it
 * @returns {Promise<boolean>}
 */
export function sure(question, yes) {
  const dialog = element(
    "dialog",
    { class: "sure" },
    element("p", {}, question),
    element(
      "form",
      { method: "dialog", class: "notice-actions" },
      element("button", { class: "button", value: "no" }, t("No")),
      element("button", { class: "button button-sure", value: "yes" }, yes),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((answered) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      answered(dialog.returnValue === "yes");
    });
  });
}
