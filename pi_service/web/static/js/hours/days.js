// The days of the week: as the service calls them, and as people do.

import { language } from "../i18n.js";
import { capital } from "../words.js";

/**
 * As the service calls them, Monday first.
 *
 * @type {("mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun")[]}
 */
export const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const MONDAY = Date.UTC(2026, 0, 5);

/**
 * "Monday" in the page's language.
 *
 * @param {string} day
 */
export function dayName(day) {
  const date = new Date(MONDAY + /** @type {string[]} */ (DAYS).indexOf(day) * 86400000);
  return capital(new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" }).format(date));
}
