// The plotter's clock: every time on the page is told as the clock on the gallery's wall has it.

import { locale, t } from "./i18n.js";
import { store } from "./store.js";

/** The gallery's time zone; the browser's own before the first answer, or if it knows no such. */
export function zone() {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const name = store.state?.zone ?? own;
  try {
    return Intl.DateTimeFormat(locale, { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return own;
  }
}

/**
 * A time (seconds since 1970) in words of the visitor's language.
 *
 * @param {number} seconds
 * @param {Intl.DateTimeFormatOptions} shape
 */
export function timeIn(seconds, shape) {
  return new Intl.DateTimeFormat(locale, { ...shape, timeZone: zone() }).format(seconds * 1000);
}

/**
 * The gallery's date at a time, by default now: "2026-11-29".
 *
 * @param {number} seconds
 */
export function dateAt(seconds = store.now) {
  return new Date(seconds * 1000).toLocaleDateString("sv", { timeZone: zone() });
}

/** Whose times these are, where the visitor's own clock shows another one now; else empty. */
export function whoseTime() {
  /** @type {Intl.DateTimeFormatOptions} */
  const shape = { day: "numeric", hour: "numeric", minute: "numeric" };
  const now = store.now * 1000;
  const here = new Intl.DateTimeFormat(locale, shape).format(now);
  if (here === timeIn(store.now, shape)) return "";
  return t("Times are those of the plotter: {zone}.", { zone: zone().replaceAll("_", " ") });
}
