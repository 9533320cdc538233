// The next five runs of all rules together, in the gallery's own time.

import { timeIn, zone } from "../clock.js";
import { element } from "../dom.js";
import { article, t } from "../i18n.js";
import { capital } from "../words.js";

/** @typedef {{ at: string, entry: Api.Schedule }} Run */

const SHOWN = 5;

/**
 * Local time of the gallery from an ISO text with offset: "Mon, 23 Nov, 14:00".
 *
 * @param {string} text
 */
export function wallTime(text) {
  return timeIn(Date.parse(text) / 1000, {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "numeric",
    minute: "2-digit",
  });
}

/** A list with `show(entries)`. */
export function nextRuns() {
  const list = element("ol", { class: "runs" });
  const zoneName = element("span", { class: "quiet" });
  const none = element(
    "p",
    { class: "quiet", hidden: true },
    t("Nothing is drawn by the clock. Add a rule below."),
  );
  const root = element(
    "section",
    { class: "card", "aria-labelledby": "runs-title" },
    element("h2", { class: "card-title", id: "runs-title" }, t("The next five runs")),
    none,
    list,
    zoneName,
  );
  const show = (/** @type {Api.Schedule[]} */ entries) => {
    const runs = entries.flatMap((entry) => entry.next_runs.map((at) => ({ at, entry })));
    runs.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    list.replaceChildren(...runs.slice(0, SHOWN).map(item));
    none.hidden = runs.length > 0;
    zoneName.textContent = t("Local time of {zone}.", { zone: zone().replaceAll("_", " ") });
  };
  return { root, show };
}

/** @param {Run} given */
function item({ at, entry }) {
  const what = capital(article(entry.class_name ?? "cat"));
  return element(
    "li",
    { class: "run" },
    element("time", { datetime: at, class: "run-time" }, wallTime(at)),
    element("span", {}, what),
  );
}
