// A small bar chart in SVG: one bar a day, few lines, its words beside it.

import { element } from "../dom.js";
import { number } from "../i18n.js";

/** @typedef {{ label: string, value: number, over: number, says: string }} Bar */
/** @typedef {{ label: string, value: number }} Row */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 440;
const HEIGHT = 170;
const LEFT = 36;
const BOTTOM = 22;
const TOP = 8;
/** Of a chart of kinds: the height of a row, and the room for their names. */
const ROW = 20;
const NAMES = 110;

/** @param {string} tag @param {Record<string, string | number>} attributes @param {...(Node | string)} children */
function shape(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/**
 * The smallest of 1, 2, 4, 6, 8, 10, 20, 40 … that is not below `value`.
 *
 * @param {number} value
 */
export function roundUp(value) {
  if (value <= 1) return 1;
  const ten = 10 ** Math.floor(Math.log10(value));
  return ten * ([1, 2, 4, 6, 8].find((step) => step * ten >= value) ?? 10);
}

/**
 * A chart with its title. Each of `bars` has `value`, `over` (stacked upon it), `label` for the
 * axis, and what it `says` in full. `kinds` name what the lower and the upper part of a bar are;
 * `whole` numbers only stand at the axis.
 *
 * @param {{ title: string, summary: string, bars: Bar[], kinds: string[], whole?: boolean }} given
 */
export function barChart({ title, summary, bars, kinds, whole = false }) {
  const top = roundUp(Math.max(...bars.map((bar) => bar.value + bar.over), whole ? 2 : 0));
  const step = (WIDTH - LEFT) / bars.length;
  const y = (/** @type {number} */ value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const svg = shape("svg", {
    class: "chart",
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    role: "img",
    "aria-label": `${title}: ${summary}`,
  });
  svg.append(...axis(top, y), ...columns(bars, step, y), ...names(bars, step));
  return box(title, summary, svg, element("p", { class: "chart-kinds" }, ...kinds.map(legend)));
}

/**
 * A chart of some kinds, the most frequent at the top: a row each, with its number.
 *
 * @param {{ title: string, summary: string, rows: Row[] }} given
 */
export function rankChart({ title, summary, rows }) {
  const top = Math.max(1, ...rows.map(({ value }) => value));
  const says = rows.map(({ label, value }) => `${label} ${number(value)}`).join(", ");
  const svg = shape("svg", {
    class: "chart",
    viewBox: `0 0 ${WIDTH} ${TOP + ROW * rows.length}`,
    role: "img",
    "aria-label": `${title}: ${says}`,
  });
  for (const [i, { label, value }] of rows.entries()) {
    const y = TOP + ROW * i;
    const width = Math.max(((WIDTH - NAMES - 44) * value) / top, 2);
    svg.append(
      shape("text", { class: "chart-text", x: NAMES - 8, y: y + 13, "text-anchor": "end" }, label),
      shape("rect", { class: "chart-bar", x: NAMES, y: y + 1, width, height: ROW - 6, rx: 2 }),
      shape("text", { class: "chart-text", x: NAMES + width + 6, y: y + 13 }, number(value)),
    );
  }
  return box(title, summary, svg);
}

/** @param {string} title @param {string} summary @param {...Node} parts */
function box(title, summary, ...parts) {
  return element(
    "figure",
    { class: "chart-box" },
    element(
      "figcaption",
      { class: "chart-title" },
      element("span", {}, title),
      element("span", { class: "chart-sum" }, summary),
    ),
    ...parts,
  );
}

/** @param {string} name @param {number} at */
function legend(name, at) {
  const box = element("span", {
    class: `chart-kind ${at > 0 ? "chart-kind-over" : ""}`,
    "aria-hidden": "true",
  });
  return element("span", {}, box, name);
}

/** @param {number} top @param {(value: number) => number} y */
function axis(top, y) {
  return [0, top / 2, top].flatMap((value) => [
    shape("line", { class: "chart-line", x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value) }),
    shape("text", { class: "chart-text", x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, number(value)),
  ]);
}

/** @param {Bar[]} bars @param {number} step @param {(value: number) => number} y */
function columns(bars, step, y) {
  const width = Math.min(Math.max(step * 0.7, 2), 40);
  return bars.map((bar, i) => {
    const x = LEFT + step * i + (step - width) / 2;
    const column = (/** @type {number} */ from, /** @type {number} */ to, /** @type {string} */ kind) =>
      shape("rect", {
        class: kind,
        x,
        width,
        y: y(to),
        height: Math.max(y(from) - y(to), 0),
        rx: Math.min(2, width / 4),
      });
    const wide = shape("rect", {
      class: "chart-day",
      x: LEFT + step * i,
      width: step,
      y: TOP,
      height: HEIGHT - BOTTOM - TOP,
    });
    const group = shape("g", {}, shape("title", {}, bar.says), wide, column(0, bar.value, "chart-bar"));
    if (bar.over > 0) group.append(column(bar.value, bar.value + bar.over, "chart-bar chart-over"));
    return group;
  });
}

/**
 * Names under some of the days: as many as fit.
 *
 * @param {Bar[]} bars
 * @param {number} step
 */
function names(bars, step) {
  const every = Math.ceil(72 / step);
  return bars
    .map((bar, i) => ({ bar, i }))
    .filter(({ i }) => (bars.length - 1 - i) % every === 0)
    .map(({ bar, i }) => {
      const end = i === bars.length - 1;
      const x = end ? WIDTH : LEFT + step * (i + 0.5);
      return shape(
        "text",
        { class: "chart-text", x, y: HEIGHT - 4, "text-anchor": end ? "end" : "middle" },
        bar.label,
      );
    });
}
