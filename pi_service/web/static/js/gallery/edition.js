// A finished cat again: on another size, or as the next print of a signed edition. For the staff.

import { newKey, tell } from "../api.js";
import { element, setText } from "../dom.js";
import { number, t } from "../i18n.js";
import { store } from "../store.js";

const MOST_PRINTS = 999;

/**
 * Fill `place` with the form, unless it is that cat's already.
 *
 * @param {HTMLElement} place
 * @param {Job} job
 */
export function showEdition(place, job) {
  if (place.dataset.shows === String(job.id)) return;
  place.dataset.shows = String(job.id);
  const size = field({ min: 1, max: 2000, step: "any", inputmode: "decimal" });
  const prints = field({ min: 1, max: MOST_PRINTS, step: 1, inputmode: "numeric" });
  const answer = element("p", { class: "details-answer", role: "status" });
  let key = newKey();
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const body = { size_mm: size.valueAsNumber || null, prints: prints.valueAsNumber || null };
    try {
      const asked = await tell(`/jobs/${job.id}/again`, body, { "Idempotency-Key": key });
      key = newKey();
      store.claim(asked);
      const { print_number: n, print_total: total } = asked;
      const print = t("Print {n} of {total} is asked for.", { n: number(n ?? 0), total: number(total ?? 0) });
      setText(answer, total ? print : t("It is asked for; it will be drawn as soon as it is its turn."));
    } catch (error) {
      setText(answer, error.message);
    }
  };
  const form = element(
    "form",
    { class: "print-form", submit },
    element("label", {}, t("Longer side, mm"), size),
    element("label", {}, t("Edition of so many prints"), prints),
    element("button", { class: "button", type: "submit" }, t("Draw it again")),
    answer,
  );
  const hint = t("Leave a field empty to fill the cell, or for a drawing without a number of a print.");
  const summary = element("summary", {}, t("Another size, signed prints …"));
  place.replaceChildren(element("details", { class: "from" }, summary, element("p", {}, hint), form));
}

/** @param {Record<string, unknown>} about */
function field(about) {
  return element("input", { class: "field", type: "number", .../** @type {Attributes} */ (about) });
}
