// The days in numbers: cats, ink and hours, as charts and as a table.

import { at } from "../base.js";
import { timeIn } from "../clock.js";
import { element, setText } from "../dom.js";
import { className, locale, number, plural, t } from "../i18n.js";
import { newest } from "../newest.js";
import { cats } from "../words.js";
import { barChart, rankChart } from "./chart.js";

/** @typedef {(day: Api.Day) => number} Measure */

const SPANS = [7, 30, 90];
/** Kinds that have a bar of their own. */
const MOST_KINDS = 7;
const dayName = new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", timeZone: "UTC" });
const longDay = new Intl.DateTimeFormat(locale, {
  weekday: "short",
  day: "numeric",
  month: "long",
  timeZone: "UTC",
});

/**
 * The charts of the last days, with a choice of how many; shown when there is something to see.
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
  const save = (/** @type {string} */ label) => element("a", { class: "button", download: "" }, label);
  const [ofDays, ofKinds] = [save(t("Days as CSV")), save(t("Kinds as CSV"))];
  const answers = newest();
  const show = async (/** @type {number} */ days) => {
    ofDays.href = at(`/api/v1/statistics/days.csv?days=${days}`);
    ofKinds.href = at(`/api/v1/statistics/kinds.csv?days=${days}`);
    try {
      const found = await answers(api.ask(`/statistics?days=${days}`));
      if (found === null) return;
      setText(totals, inAll(found.totals));
      const inOrder = [...found.days].reverse();
      charts.replaceChildren(...chartsOf(inOrder), kindsChart(found.kinds));
      table.replaceChildren(asTable(found.days));
    } catch (error) {
      setText(totals, error.message);
    }
  };
  const root = element("div", { class: "numbers" });
  const parts = [
    totals,
    element(
      "p",
      { class: "quiet" },
      t("Counted is what hangs in the gallery, on the day it was begun. What was deleted counts no more."),
    ),
    choice(show),
    charts,
    element("details", { class: "numbers-table" }, element("summary", {}, t("The same as a table")), table),
    element("p", { class: "numbers-save" }, ofDays, ofKinds),
    element("p", {}, element("a", { href: at("/gallery?show=kept") }, t("What is kept, and what is not"))),
  ];
  show(30).then(() => root.append(...parts));
  return root;
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
  const [metres, all] = [ink, hours].map((each) => number(each, { maximumFractionDigits: 1 }));
  const work = { ink: metres, hours: all };
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
  const oneDecimal = { maximumFractionDigits: 1 };
  return [
    barChart({
      title: t("Cats a day"),
      summary: cats(
        sum((day) => day.drawn),
        sum((day) => day.broken),
      ),
      bars: bars(
        (day) => day.drawn,
        (day) => cats(day.drawn, day.broken),
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
      title: t("Hours open and at work a day"),
      summary: atWork(
        sum((day) => day.hours),
        sum((day) => day.open_hours),
      ),
      bars: bars(
        (day) => day.hours,
        (day) => atWork(day.hours, day.open_hours),
        (day) => Math.max(0, day.open_hours - day.hours),
      ),
      kinds: [t("at work"), t("open")],
    }),
    barChart({
      title: t("Asked for by visitors"),
      summary: ofVisitors(
        sum((day) => day.visitors),
        sum((day) => day.drawn),
      ),
      bars: bars(
        (day) => day.visitors,
        (day) => ofVisitors(day.visitors, day.drawn),
        (day) => day.drawn - day.visitors,
      ),
      kinds: [t("by visitors"), t("by the staff and the clock")],
      whole: true,
    }),
  ];
}

/** @param {number} work @param {number} open in hours */
function atWork(work, open) {
  const [hours, all] = [work, open].map((each) => number(each, { maximumFractionDigits: 1 }));
  return t("{hours} of {all} h", { hours, all });
}

/** @param {number} theirs @param {number} all */
function ofVisitors(theirs, all) {
  const share = number(all === 0 ? 0 : theirs / all, { style: "percent" });
  return t("{n} of {all}, {share}", { n: number(theirs), all: number(all), share });
}

/** @param {Api.Kind[]} kinds the most frequent first */
function kindsChart(kinds) {
  const shown = kinds.slice(0, MOST_KINDS);
  const rest = kinds.slice(MOST_KINDS).reduce((all, each) => all + each.drawn, 0);
  const rows = shown.map(({ class_name, drawn }) => ({ label: className(class_name), value: drawn }));
  if (rest > 0) rows.push({ label: t("others"), value: rest });
  return rankChart({
    title: t("What was drawn"),
    summary: plural(kinds.length, "{n} kind", "{n} kinds"),
    rows,
  });
}

/** @param {Api.Day[]} days */
function asTable(days) {
  const names = [
    t("Day"),
    t("Asked for"),
    t("Drawn"),
    t("by visitors"),
    t("Broken off"),
    t("Metres"),
    t("Minutes"),
    t("Hours open"),
  ];
  const head = element("tr", {}, ...names.map((name) => element("th", { scope: "col" }, name)));
  const rows = days.map((day) => {
    const minutes = Math.round(day.hours * 60);
    const values = [day.asked, day.drawn, day.visitors, day.broken, day.ink_m, minutes, day.open_hours];
    const cells = values.map((value) => element("td", {}, number(value)));
    return element("tr", {}, element("th", { scope: "row" }, longDay.format(dayOf(day))), ...cells);
  });
  return element("table", { class: "table" }, element("thead", {}, head), element("tbody", {}, ...rows));
}
