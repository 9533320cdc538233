// What is looked for: a number, a day, favourites. It stands in the address, so that one can
// come back to it.

import { dateAt } from "../clock.js";
import { element } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {{ number: string, day: string, favourite: boolean }} Wanted */

const WAIT_MS = 300;

/**
 * Whether a job is what is looked for: `{number, day, favourite}`, empty for anything.
 *
 * @param {Job} job
 * @param {Wanted} given
 */
export function isFor(job, { number, day, favourite }) {
  if (number !== "" && ![job.edition, job.seed, job.id].includes(Number(number))) return false;
  if (favourite && !job.favourite) return false;
  return day === "" || (job.started_at !== null && dateAt(job.started_at) === day);
}

/**
 * The form; `changed` is called when something else is looked for.
 *
 * @param {() => void} changed
 */
export function searchForm(changed) {
  const given = new URLSearchParams(location.search);
  const number = field("number", { type: "text", inputmode: "numeric", maxlength: "15", size: "7" });
  const day = field("day", { type: "date" });
  const favourite = element("input", { type: "checkbox", id: "find-favourite" });
  const clear = element("button", { class: "button button-quiet", type: "reset" }, t("Show all"));
  const root = element(
    "form",
    { class: "search", role: "search", submit: (event) => event.preventDefault() },
    labelled(t("Number or seed"), number),
    labelled(t("Day"), day),
    element("label", { class: "check", for: "find-favourite" }, favourite, t("Favourites only")),
    clear,
  );
  const wanted = () => ({
    number: number.value.replace(/\D/g, ""),
    day: day.value,
    favourite: favourite.checked,
  });
  const isEmpty = () => Object.values(wanted()).every((value) => !value);
  let timer = 0;
  let last = "";
  const look = () => {
    clear.hidden = isEmpty();
    const query = asQuery(wanted());
    if (query === last) return;
    last = query;
    const search = query.replace("&favourite=true", "&favourite").slice(1);
    history.replaceState(null, "", location.pathname + (search && `?${search}`));
    changed();
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  };
  root.addEventListener("input", soon);
  root.addEventListener("reset", () => setTimeout(look));
  restore(given, { number, day, favourite });
  clear.hidden = isEmpty();
  last = asQuery(wanted());
  return { root, wanted, isEmpty, query: () => asQuery(wanted()) };
}

/** @param {string} name @param {Attributes} attributes */
function field(name, attributes) {
  return element("input", { class: "field", id: `find-${name}`, name, autocomplete: "off", ...attributes });
}

/**
 * What the address says, as values (not as defaults, which “Show all” would go back to).
 *
 * @param {URLSearchParams} given
 * @param {{ number: HTMLInputElement, day: HTMLInputElement, favourite: HTMLInputElement }} given1
 */
function restore(given, { number, day, favourite }) {
  number.value = (given.get("number") ?? "").replace(/\D/g, "");
  day.value = given.get("day") ?? "";
  favourite.checked = given.has("favourite");
}

/** @param {string} text @param {HTMLElement} input */
function labelled(text, input) {
  return element("div", { class: "labelled" }, element("label", { for: input.id }, text), input);
}

/** @param {Wanted} given */
function asQuery({ number, day, favourite }) {
  const parts = [number && `&number=${number}`, day && `&day=${day}`, favourite && "&favourite=true"];
  return parts.filter(Boolean).join("");
}
