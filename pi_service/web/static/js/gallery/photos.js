// What the camera has kept of a cat, beside its drawing: its photograph, the film of its sheet.

import { ask, fileOf } from "../api.js";
import { at } from "../base.js";
import { element } from "../dom.js";
import { t } from "../i18n.js";
import { jobTitle } from "../words.js";

/**
 * Fill `place`, unless it shows that cat already.
 *
 * @param {HTMLElement} place
 * @param {Job} job
 */
export async function showPhotos(place, job) {
  const named = `${job.id} ${job.state}`;
  if (place.dataset.shows === named) return;
  place.dataset.shows = named;
  place.replaceChildren();
  const kept = await ask(`/jobs/${job.id}/photos`).catch(() => null);
  if (kept === null || place.dataset.shows !== named) return;
  if (kept.photo) place.append(photograph(job));
  if (kept.film) {
    const href = at(`/api/v1/sheets/${job.sheet}.webp`);
    place.append(element("a", { href, target: "_blank" }, t("Film of the sheet")));
  }
}

/** @param {Job} job */
function photograph(job) {
  const href = fileOf(job, "jpg");
  const alt = t("{title}, photographed on its paper", { title: jobTitle(job) });
  return element(
    "a",
    { href, target: "_blank" },
    element("img", { class: "details-photo", src: href, alt, loading: "lazy", decoding: "async" }),
  );
}
