// Beginnings to choose from, for who does not draw by hand: named lines in a square of 100.

import { element } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {{ name: string, label: string, strokes: Stroke[] }} Beginning */

/**
 * A round line as a hand draws it: begun at `from`, its ends do not quite meet.
 *
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function round(x, y, width, height, from = -1.9, turn = 6.2) {
  return Array.from({ length: 49 }, (_, i) => {
    const angle = from + (turn * i) / 48;
    const wobble = 1 + 0.012 * Math.sin(angle * 3);
    return [x + (width / 2) * wobble * Math.cos(angle), y + (height / 2) * wobble * Math.sin(angle)];
  });
}

/**
 * The beginnings: a name, what it is called, its strokes.
 *
 * @type {Beginning[]}
 */
const BEGINNINGS = [
  { name: "head", label: t("A round head"), strokes: [round(50, 50, 62, 54)] },
  {
    name: "ears",
    label: t("Two ears"),
    strokes: [
      [
        [22, 44],
        [24, 16],
        [42, 30],
      ],
      [
        [60, 30],
        [77, 15],
        [80, 44],
      ],
    ],
  },
  { name: "eyes", label: t("Two eyes"), strokes: [round(36, 46, 9, 11), round(64, 46, 9, 11)] },
  { name: "body", label: t("A long body"), strokes: [round(48, 56, 76, 34)] },
  { name: "tail", label: t("A curled tail"), strokes: [spiral()] },
  {
    name: "whiskers",
    label: t("Whiskers"),
    strokes: [
      [
        [40, 52],
        [12, 45],
      ],
      [
        [40, 57],
        [11, 58],
      ],
      [
        [60, 52],
        [88, 45],
      ],
      [
        [60, 57],
        [89, 58],
      ],
    ],
  },
];

function spiral() {
  return Array.from({ length: 40 }, (_, i) => {
    const part = i / 39;
    const angle = 2.6 - part * 6.4;
    const reach = 34 * (1 - part * 0.72);
    return [48 + reach * Math.cos(angle), 54 + reach * 0.8 * Math.sin(angle)];
  });
}

/**
 * A beginning in the middle of a room of some size, with paper left around it.
 *
 * @param {Beginning} given
 * @param {Size} given1
 * @returns {Stroke[]}
 */
function inRoom({ strokes }, { width, height }) {
  const scale = (0.8 * Math.min(width, height)) / 100;
  const [x, y] = [width / 2 - 50 * scale, height / 2 - 50 * scale];
  return strokes.map((stroke) => stroke.map(([px, py]) => [x + px * scale, y + py * scale]));
}

/**
 * The beginnings to choose from, for keyboards and for whoever does not know how to begin.
 *
 * @param {(strokes: Stroke[]) => void} add
 * @param {() => Size} room
 */
export function beginnings(add, room) {
  const begin = element("div", {
    class: "draw-begin",
    role: "group",
    "aria-label": t("Beginnings to choose"),
  });
  for (const beginning of BEGINNINGS) {
    const click = () => add(inRoom(beginning, room()));
    begin.append(
      element("button", { class: "button draw-beginning", type: "button", click }, beginning.label),
    );
  }
  return begin;
}
