// The next five runs of all rules together, in the gallery's own time.

import { element } from "../dom.js";
import { article, locale, t } from "../i18n.js";
import { capital } from "../words.js";

/** @typedef {{ at: string, entry: Api.Schedule }} Run */

const SHOWN = 5;

/**
 * Local time of the gallery from an ISO text with offset: "Mon, 23 Nov, 14:00".
 *
 * @param {string} text
 * @param {string} zone
 */
export function wallTime(text, zone) {
  /** @type {Intl.DateTimeFormatOptions} */
  const shape = {
    weekday: "short",
    day: "numeric",
    month: "short",
    hour: "numeric",
    minute: "2-digit",
    timeZone: zone,
  };
  return new Intl.DateTimeFormat(locale, shape).format(new Date(text));
}

/** A list with `show(entries, zone)`. */
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
  const show = (/** @type {Api.Schedule[]} */ entries, /** @type {string} */ zone) => {
    const runs = entries.flatMap((entry) => entry.next_runs.map((at) => ({ at, entry })));
    runs.sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
    list.replaceChildren(...runs.slice(0, SHOWN).map((run) => item(run, zone)));
    none.hidden = runs.length > 0;
    zoneName.textContent = t("Local time of {zone}.", { zone: zone.replaceAll("_", " ") });
  };
  return { root, show };
}

/** @param {Run} given @param {string} zone */
function item({ at, entry }, zone) {
  const what = capital(article(entry.class_name ?? "cat"));
  return element(
    "li",
    { class: "run" },
    element("time", { datetime: at, class: "run-time" }, wallTime(at, zone)),
    element("span", {}, what),
  );
}
