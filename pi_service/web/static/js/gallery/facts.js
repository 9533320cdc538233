// What is told of a cat in its window, and its files to keep.

import { fileOf } from "../api.js";
import { timeIn } from "../clock.js";
import { element } from "../dom.js";
import { className, number, t, told } from "../i18n.js";
import { askedFor, capital, shortfall } from "../words.js";

/** @type {Intl.DateTimeFormatOptions} */
const FULL = { dateStyle: "full", timeStyle: "short" };

/** @param {Job} job @param {App["store"]} store */
export function facts(job, store) {
  const rows = [
    [t("What"), capital(className(job.class_name))],
    [t("Begun"), job.started_at && timeIn(job.started_at, FULL)],
    [t("Asked for"), askedFor(job, store.isMine(job))],
    [t("Drawing time"), job.seconds_drawn > 0 && duration(job.seconds_drawn)],
    [t("Ink"), job.ink_drawn_mm > 0 && metres(job.ink_drawn_mm)],
    [t("Strokes"), job.strokes_total > 0 && number(job.strokes_total)],
    [t("Seed"), String(job.seed)],
    [t("Print"), job.print_total && `${job.print_number}/${job.print_total}`],
    [t("Sheet"), job.sheet],
    [t("Note"), [shortfall(job), job.reason_fact && told(job.reason_fact)].filter(Boolean).join(". ")],
  ];
  return rows
    .filter(([, value]) => value)
    .flatMap(([name, value]) => [element("dt", {}, String(name)), element("dd", {}, String(value))]);
}

/** @param {Job} job @param {string} title */
export function links(job, title) {
  const files = [
    ["png", t("Picture")],
    ["gif", t("Film")],
    ["svg", "SVG"],
    ["gcode", "G-code"],
  ];
  return files.map(([suffix, label]) =>
    element(
      "a",
      {
        href: fileOf(job, suffix, asked(suffix)),
        download: true,
        "aria-label": t("{title} as {format}", { title, format: label }),
      },
      label,
    ),
  );
}

/**
 * Whether a file comes as one to be kept only where that is asked for.
 *
 * @param {string} suffix
 */
function asked(suffix) {
  return suffix === "svg";
}

/**
 * "1 min 20 s".
 *
 * @param {number} seconds
 */
function duration(seconds) {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes === 0 ? t("{s} s", { s: whole }) : t("{min} min {s} s", { min: minutes, s: whole % 60 });
}

/** @param {number} mm */
function metres(mm) {
  return t("{m} m", { m: number(mm / 1000, { maximumFractionDigits: 2 }) });
}
