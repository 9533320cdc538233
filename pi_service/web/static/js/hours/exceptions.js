// Days that are different from the week's, and quiet times: lists to which one adds.

import { dateAt } from "../clock.js";
import { element, find, setText } from "../dom.js";
import { t } from "../i18n.js";
import { DAYS, dayName } from "./days.js";
import { spanOf, timeField } from "./spans.js";

/** @typedef {{ date: string, span: string }} Different A date and when it is open; an empty span: closed. */

/**
 * @template Value
 * @typedef {{
 *   id: string, title: string, hint: string, add: string,
 *   row: (value: Value) => HTMLElement,
 *   read: (row: Element) => Value,
 *   usual: () => Value,
 *   changed: () => void,
 * }} Lists
 */

/**
 * A card with a list of rows, each made by `row(value)` and read back by `read(row)`.
 *
 * @template Value
 * @param {Lists<Value>} given
 */
function card({ id, title, hint, add, row, read, usual, changed }) {
  const list = element("ul", { class: "exceptions" });
  const wrong = element("p", { class: "wrong", role: "alert" });
  const put = (/** @type {Value} */ value) => {
    const remove = () => {
      item.remove();
      changed();
      more.focus();
    };
    const button = element(
      "button",
      { class: "button-icon", type: "button", "aria-label": t("Take this out"), click: remove },
      "×",
    );
    const item = element("li", { class: "exception" }, row(value), button);
    list.append(item);
    return item;
  };
  const click = () => {
    find(put(usual()), "input, select").focus();
    changed();
  };
  const more = element("button", { class: "button button-quiet button-small", type: "button", click }, add);
  const root = element(
    "section",
    { class: "card", "aria-labelledby": id },
    element("h2", { class: "card-title", id }, title),
    element("p", { class: "quiet" }, hint),
    list,
    wrong,
    more,
  );
  return {
    root,
    complain: (/** @type {string} */ text) => setText(wrong, text),
    values: () => [...list.children].map((item) => read(item.children[0])),
    fill: (/** @type {Value[]} */ values) => {
      list.replaceChildren();
      setText(wrong, "");
      for (const value of values) put(value);
    },
  };
}

/** @param {string} value @param {() => void} changed */
function dateField(value, changed) {
  const field = element("input", {
    class: "field",
    type: "date",
    required: true,
    "aria-label": t("Date"),
    input: changed,
  });
  field.value = value;
  return field;
}

/** @param {string[][]} options @param {string} chosen @param {string} label @param {() => void} change */
function choice(options, chosen, label, change) {
  const made = options.map(([value, text]) => element("option", { value, selected: value === chosen }, text));
  return element("select", { class: "field", "aria-label": label, change }, ...made);
}

/** @param {string} span @param {string} label @param {() => void} changed */
function times(span, label, changed) {
  const [from, until] = span.split("-");
  return element(
    "span",
    { class: "span" },
    timeField(from, t("{what}, from", { what: label }), changed),
    element("span", { "aria-hidden": "true" }, "–"),
    timeField(until, t("{what}, until", { what: label }), changed),
  );
}

/**
 * Dates on which it is closed, or open at other times: `{closed: [date], dates: {date: span}}`.
 *
 * @param {() => void} changed
 */
export function differentDays(changed) {
  const row = (/** @type {Different} */ { date, span }) => {
    const kinds = [
      ["closed", t("closed")],
      ["open", t("open")],
    ];
    const hours = times(span || "10:00-14:00", t("Open"), changed);
    const kind = choice(kinds, span === "" ? "closed" : "open", t("That day"), () => {
      hours.hidden = kind.value === "closed";
      changed();
    });
    hours.hidden = span === "";
    return element("span", { class: "exception-fields" }, dateField(date, changed), kind, hours);
  };
  const read = (/** @type {Element} */ fields) => {
    const [date, from, until] = fields.querySelectorAll("input");
    const closed = find(fields, "select", HTMLSelectElement).value === "closed";
    return { date: date.value, span: closed ? "" : spanOf(from, until) };
  };
  const made = card({
    id: "different-title",
    title: t("Days that are different"),
    hint: t("Holidays, openings: what is written here counts instead of the week’s hours."),
    add: t("Add a day"),
    usual: () => ({ date: dateAt(), span: "" }),
    row,
    read,
    changed,
  });
  return {
    root: made.root,
    complain: made.complain,
    get value() {
      const days = made.values();
      const closed = days.filter(({ span }) => span === "").map(({ date }) => date);
      /** @type {Record<string, string>} */
      const dates = {};
      for (const { date, span } of days.filter((day) => day.span !== "")) {
        dates[date] = date in dates ? `${dates[date]}, ${span}` : span;
      }
      return { closed, dates };
    },
    set value(/** @type {{ closed: string[], dates: Record<string, string> }} */ { closed, dates }) {
      const open = Object.entries(dates).flatMap(([date, text]) =>
        text.split(/,\s*/).map((span) => ({ date, span })),
      );
      const all = [...closed.map((date) => ({ date, span: "" })), ...open];
      made.fill(all.sort((a, b) => a.date.localeCompare(b.date)));
    },
  };
}

/**
 * Times in which nothing is drawn though it is open: a list of "sun 10:00-11:00".
 *
 * @param {() => void} changed
 */
export function quietTimes(changed) {
  const days = [["", t("every day")], ...DAYS.map((day) => [day, dayName(day)]), ["date", t("on a date")]];
  const row = (/** @type {string} */ text) => {
    const [, day, span] = /^(?:(\S+) )?(\S+)$/.exec(text) ?? [];
    const dated = /^\d/.test(day ?? "");
    const date = dateField(dated ? day : dateAt(), changed);
    date.hidden = !dated;
    const kind = choice(days, dated ? "date" : (day ?? ""), t("Quiet on"), () => {
      date.hidden = kind.value !== "date";
      changed();
    });
    return element("span", { class: "exception-fields" }, kind, date, times(span, t("Quiet"), changed));
  };
  const read = (/** @type {Element} */ fields) => {
    const [date, from, until] = fields.querySelectorAll("input");
    const kind = find(fields, "select", HTMLSelectElement).value;
    return `${kind === "date" ? date.value : kind} ${spanOf(from, until)}`.trim();
  };
  const made = card({
    id: "quiet-title",
    title: t("Quiet times"),
    hint: t("Talks, concerts: the gallery is open, and nothing is drawn."),
    add: t("Add a quiet time"),
    usual: () => "13:00-14:00",
    row,
    read,
    changed,
  });
  return {
    root: made.root,
    complain: made.complain,
    get value() {
      return made.values();
    },
    set value(/** @type {string[]} */ texts) {
      made.fill(texts);
    },
  };
}
