// The days in numbers: cats, ink and hours, as charts and as a table.

import { timeIn } from "../clock.js";
import { element, setText } from "../dom.js";
import { locale, number, plural, t } from "../i18n.js";
import { barChart } from "./chart.js";

/** @typedef {(day: Api.Day) => number} Measure */

const SPANS = [7, 30, 90];
const dayName = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
const longDay = new Intl.DateTimeFormat(locale, {
  weekday: "short",
  day: "numeric",
  month: "long",
  timeZone: "UTC",
});

/**
 * The charts of the last days, with a choice of how many.
 *
 * @param {App} given
 */
export function statistics({ api }) {
  const totals = element("p", { class: "totals" });
  const charts = element("div", { class: "charts" });
  const table = element("div", {
    class: "table-box",
    tabindex: "0",
    role: "region",
    "aria-label": t("All days as a table"),
  });
  const show = async (/** @type {number} */ days) => {
    try {
      const found = await api.ask(`/statistics?days=${days}`);
      setText(totals, inAll(found.totals));
      const inOrder = [...found.days].reverse();
      charts.replaceChildren(...chartsOf(inOrder));
      table.replaceChildren(asTable(found.days));
    } catch (error) {
      setText(totals, error.message);
    }
  };
  show(30);
  return element(
    "div",
    { class: "numbers" },
    totals,
    element(
      "p",
      { class: "quiet" },
      t("Counted is what hangs in the gallery, on the day it was begun. What was deleted counts no more."),
    ),
    choice(show),
    charts,
    element("details", { class: "numbers-table" }, element("summary", {}, t("The same as a table")), table),
  );
}

/** @param {(days: number) => void} show */
function choice(show) {
  const options = SPANS.map((days) => {
    const input = element("input", {
      type: "radio",
      name: "span",
      id: `span-${days}`,
      checked: days === 30,
      change: () => show(days),
    });
    return element("label", { class: "pick", for: input.id }, input, plural(days, "{n} day", "{n} days"));
  });
  return element(
    "fieldset",
    { class: "picks" },
    element("legend", { class: "unseen" }, t("How many days")),
    ...options,
  );
}

/** @param {Api.Totals} given */
function inAll({ drawn, broken, ink_m: ink, hours, first_at: first }) {
  if (first === null) return t("No cat has been drawn yet.");
  const since = timeIn(first, { dateStyle: "long" });
  const cats = plural(drawn, "One cat since {since}", "{n} cats since {since}", { since });
  const work = {
    ink: number(ink, { maximumFractionDigits: 0 }),
    hours: number(hours, { maximumFractionDigits: 1 }),
  };
  const off = broken > 0 ? `, ${t("{n} broken off", { n: broken })}` : "";
  return `${cats}${off}. ${t("{ink} metres of line, {hours} hours at work.", work)}`;
}

/** @param {Api.Day} day */
const dayOf = (day) => new Date(`${day.date}T00:00:00Z`);

/** @param {Api.Day[]} days */
function chartsOf(days) {
  const bars = (
    /** @type {Measure} */ value,
    /** @type {(day: Api.Day) => string} */ say,
    over = /** @type {Measure} */ (() => 0),
  ) =>
    days.map((day) => ({
      label: dayName.format(dayOf(day)),
      value: value(day),
      over: over(day),
      says: `${longDay.format(dayOf(day))}: ${say(day)}`,
    }));
  const sum = (/** @type {Measure} */ value) => days.reduce((all, day) => all + value(day), 0);
  const cats = (/** @type {Api.Day} */ day) => plural(day.drawn, "{n} cat", "{n} cats");
  const broken = (/** @type {Api.Day} */ day) =>
    day.broken > 0 ? `, ${t("{n} broken off", { n: day.broken })}` : "";
  const oneDecimal = { maximumFractionDigits: 1 };
  return [
    barChart({
      title: t("Cats a day"),
      summary: plural(
        sum((day) => day.drawn),
        "{n} cat",
        "{n} cats",
      ),
      bars: bars(
        (day) => day.drawn,
        (day) => cats(day) + broken(day),
        (day) => day.broken,
      ),
      kinds: [t("whole"), t("broken off")],
      whole: true,
    }),
    barChart({
      title: t("Metres of line a day"),
      summary: t("{m} m", {
        m: number(
          sum((day) => day.ink_m),
          oneDecimal,
        ),
      }),
      bars: bars(
        (day) => day.ink_m,
        (day) => t("{m} m", { m: number(day.ink_m, oneDecimal) }),
      ),
      kinds: [t("whole and broken off")],
    }),
    barChart({
      title: t("Minutes at work a day"),
      summary: t("{min} min", { min: number(Math.round(sum((day) => day.hours) * 60)) }),
      bars: bars(
        (day) => day.hours * 60,
        (day) => t("{min} min", { min: number(Math.round(day.hours * 60)) }),
      ),
      kinds: [t("whole and broken off")],
    }),
  ];
}

/** @param {Api.Day[]} days */
function asTable(days) {
  const names = [t("Day"), t("Asked for"), t("Drawn"), t("Broken off"), t("Metres"), t("Minutes")];
  const head = element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name)));
  const rows = days.map((day) => {
    const values = [day.asked, day.drawn, day.broken, day.ink_m, Math.round(day.hours * 60)];
    const cells = values.map((value) => element("td", {}, number(value)));
    return element("tr", {}, element("th", { scope: "row" }, longDay.format(dayOf(day))), ...cells);
  });
  return element("table", { class: "table" }, element("thead", {}, head), element("tbody", {}, ...rows));
}
