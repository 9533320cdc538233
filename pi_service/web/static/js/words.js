// What the page says: sentences, numbers and times, in one place.

import { dateAt, timeIn } from "./clock.js";
import { article, className, language, plural, t } from "./i18n.js";

/** @type {Intl.DateTimeFormatOptions} */
const CLOCK = { hour: "numeric", minute: "2-digit" };
/** @type {Intl.DateTimeFormatOptions} */
const DAY = { day: "numeric", month: "short", ...CLOCK };
const ORDINALS = new Intl.PluralRules(language, { type: "ordinal" });
/** @type {Record<string, Partial<Record<Intl.LDMLPluralRule, string>>>} */
const ENDINGS = {
  en: { one: "st", two: "nd", few: "rd", other: "th" },
  de: { other: "." },
  es: { other: ".º" },
  fr: { one: "re", other: "e" },
  ja: { other: "" },
};

/**
 * "1st", "2nd", "3rd" …; in French of a place: "1re", "2e".
 *
 * @param {number} number
 */
export function ordinal(number) {
  return `${number}${ENDINGS[language][ORDINALS.select(number)]}`;
}

/**
 * A word with its first letter large.
 *
 * @param {string} text
 */
export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * "Cat № 12", or "A cat" before the pen has started and given it a number.
 *
 * @param {Job} job
 */
export function jobTitle(job) {
  const { class_name: noun, edition } = job;
  return edition == null ? capital(article(noun)) : `${capital(className(noun))} № ${edition}`;
}

/**
 * "14:02", with the day if it was not today.
 *
 * @param {number} seconds
 */
export function when(seconds) {
  return timeIn(seconds, dateAt(seconds) === dateAt() ? CLOCK : DAY);
}

/**
 * "about 40 seconds left".
 *
 * @param {number} seconds
 */
export function timeLeft(seconds) {
  if (seconds < 4) return t("almost done");
  if (seconds < 12) return t("a few seconds left");
  if (seconds < 55) return t("about {n} seconds left", { n: Math.ceil(seconds / 10) * 10 });
  if (seconds < 90) return t("about a minute left");
  return t("about {n} minutes left", { n: Math.round(seconds / 60) });
}

/** @type {Record<string, (time: string) => string>} */
const SOURCES = {
  visitor: (time) => t("from a visitor, {time}", { time }),
  "visitor drawing": (time) => t("drawn with a visitor, {time}", { time }),
  page: (time) => t("from a page, {time}", { time }),
  button: (time) => t("from the button, {time}", { time }),
  schedule: (time) => t("from the timetable, {time}", { time }),
  cli: (time) => t("from the command line, {time}", { time }),
  trigger: (time) => t("from a button, {time}", { time }),
};

/**
 * Who asked for a job and when: "from the button, 14:02".
 *
 * @param {Job} job
 * @param {boolean} mine
 */
export function askedFor(job, mine) {
  const time = when(job.requested_at);
  if (mine) return t("from you, {time}", { time });
  return SOURCES[job.source]?.(time) ?? t("from {source}, {time}", { source: job.source, time });
}

/**
 * What became of a job that did not become whole; empty for one that did.
 *
 * @param {Job} job
 */
export function shortfall(job) {
  const strokes = { drawn: job.strokes_drawn, total: job.strokes_total };
  if (job.state === "cancelled") return t("stopped after {drawn} of {total} strokes", strokes);
  if (job.state === "interrupted" && job.reason_fact?.code === "stopped-by")
    return t("stopped after {drawn} of {total} strokes", strokes);
  if (job.state === "interrupted") return t("broke off after {drawn} of {total} strokes", strokes);
  return "";
}

/**
 * Cats that are whole, and how many more broke off.
 *
 * @param {number} whole @param {number} broken
 */
export function cats(whole, broken) {
  const all = plural(whole, "{n} cat", "{n} cats");
  return broken === 0 ? all : `${all}, ${t("{n} broken off", { n: broken })}`;
}

export const WORDS = {
  connecting: t("Looking for the plotter …"),
  lost: t("No connection to the plotter. This page goes on by itself as soon as it is back."),
  draw: t("Draw a cat"),
  pause: t("Pause"),
  resume: t("Go on"),
  unlock: t("Unlock"),
  home: t("Home"),
  newSheet: t("New paper is in"),
  zero: t("Set zero"),
  newPen: t("A new pen is in"),
  keepPen: t("It still writes"),
  finish: t("Finish it"),
  letGo: t("Let it go"),
  empty: t("The next cat appears here."),
  yours: t("Yours is being drawn now."),
  onItsWay: t("Yours is next: the pen is on its way."),
  failed: t("That cat did not work out. Ask for another one."),
  noCats: t("Every cat that is drawn will hang here."),
  medium: (/** @type {Size} */ { width, height }) =>
    t("Pen on paper, {width} × {height} mm", { width, height }),
};
