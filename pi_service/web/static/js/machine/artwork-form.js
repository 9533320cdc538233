// What is asked about a drawing of one's own: the file, its size, how it stands, which pens.

import { element } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {import("./artwork.js").Wishes} Wishes */

const DIGITS = 10;

/**
 * Where files are dropped, or chosen.
 *
 * @param {(files: File[]) => unknown} open
 */
export function dropZone(open) {
  /** @type {HTMLInputElement} */
  const input = element("input", {
    class: "artwork-file",
    id: "artwork-file",
    type: "file",
    accept: ".svg,.gcode,.nc,.ngc,.gc,image/svg+xml",
    multiple: true,
    change: () => input.files?.length && open([...input.files]),
  });
  const root = element(
    "label",
    { class: "artwork-drop", for: "artwork-file" },
    input,
    element(
      "span",
      {},
      t("Drop or choose an SVG or G-code file, or several SVG files of one drawing, one for each pen."),
    ),
  );
  const over = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    root.dataset.over = "true";
  };
  const out = () => delete root.dataset.over;
  const dropped = (/** @type {DragEvent} */ event) => {
    event.preventDefault();
    out();
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) open(files);
  };
  document.addEventListener("dragover", over);
  document.addEventListener("dragleave", out);
  document.addEventListener("drop", dropped);
  const close = () => {
    document.removeEventListener("dragover", over);
    document.removeEventListener("dragleave", out);
    document.removeEventListener("drop", dropped);
  };
  return { root, close };
}

/**
 * The form; `wish` is told of what a person has changed.
 *
 * @param {(wishes: Partial<Wishes>) => unknown} wish
 */
export function formOf(wish) {
  const size = numberField("size", t("Longer side, mm"), { min: 1, max: 2000 }, (size_mm) => {
    actual.checked = false;
    wish({ size_mm, actual_size: false });
  });
  /** @type {HTMLInputElement} */
  const actual = element("input", {
    type: "checkbox",
    change: () => wish({ actual_size: actual.checked, size_mm: null, x: null, y: null }),
  });
  const turn = numberField("turn", t("Turned, degrees"), { min: -360, max: 360, step: 5 }, (given) =>
    wish({ turn: given ?? 0 }),
  );
  const x = numberField("x", t("Middle from the left, mm"), { min: -2000, max: 2000 }, (given) =>
    wish({ x: given }),
  );
  const y = numberField("y", t("Middle from below, mm"), { min: -2000, max: 2000 }, (given) =>
    wish({ y: given }),
  );
  const hatch = numberField(
    "hatch",
    t("Fill areas with lines, mm apart"),
    { min: 0.05, max: 100, step: 0.1 },
    (given) => wish({ hatch: given }),
  );
  /** @type {HTMLSelectElement} */
  const place = element(
    "select",
    {
      class: "field",
      id: "artwork-place",
      change: () => wish({ whole_sheet: place.value === "sheet", x: null, y: null, size_mm: null }),
    },
    element("option", { value: "cell" }, t("in the next cell")),
    element("option", { value: "sheet" }, t("on a whole sheet")),
  );
  /** @type {HTMLSelectElement} */
  const passes = element(
    "select",
    {
      class: "field",
      id: "artwork-passes",
      change: () => wish({ passes: /** @type {Wishes["passes"]} */ (passes.value || null) }),
    },
    element("option", { value: "" }, t("one pen draws all")),
    element("option", { value: "layer" }, t("one for each layer")),
    element("option", { value: "colour" }, t("one for each colour")),
  );
  /** @type {HTMLInputElement} */
  const occlude = element("input", { type: "checkbox", change: () => wish({ occlude: occlude.checked }) });
  const svgOnly = element(
    "div",
    { class: "artwork-fields" },
    labelled("artwork-passes", t("Pens"), passes),
    hatch.root,
    element("label", { class: "check" }, occlude, t("Leave out what areas hide")),
    element("label", { class: "check" }, actual, t("Its own size, at its place on its page")),
  );
  const root = element(
    "form",
    { class: "artwork-form", submit: (event) => event.preventDefault() },
    element(
      "div",
      { class: "artwork-fields" },
      labelled("artwork-place", t("Place"), place),
      ...[size, turn, x, y].map((each) => each.root),
    ),
    svgOnly,
  );
  /** Begin anew, for a file of a kind. */
  const reset = (kind = "") => {
    for (const each of [size, turn, x, y]) each.set("");
    actual.checked = false;
    if (kind !== "") svgOnly.hidden = kind !== "svg";
  };
  const show = (/** @type {Api.Preview} */ { box, room }, /** @type {Wishes} */ wishes) => {
    const round = (/** @type {number} */ mm) => String(Math.round(mm * DIGITS) / DIGITS);
    const upright = (wishes.turn ?? 0) % 90 === 0;
    if (wishes.size_mm != null) size.set(round(wishes.size_mm));
    else size.set(upright ? round(Math.max(box[2] - box[0], box[3] - box[1])) : "");
    turn.set(String(wishes.turn ?? 0));
    x.set(round(wishes.x ?? (box[0] + box[2]) / 2 - room[0]));
    y.set(round(wishes.y ?? (box[1] + box[3]) / 2 - room[1]));
  };
  return { root, reset, show };
}

/**
 * @param {string} name
 * @param {string} label
 * @param {{ min: number, max: number, step?: number }} range
 * @param {(value: number | null) => unknown} changed
 */
function numberField(name, label, { min, max, step = 1 }, changed) {
  const id = `artwork-${name}`;
  /** @type {HTMLInputElement} */
  const input = element("input", {
    class: "field",
    id,
    type: "number",
    inputmode: "decimal",
    min,
    max,
    step: "any",
    input: () =>
      input.checkValidity() && changed(Number.isNaN(input.valueAsNumber) ? null : input.valueAsNumber),
  });
  const nudge = (/** @type {number} */ by) => {
    const value = Math.min(Math.max((input.valueAsNumber || 0) + by, min), max);
    input.value = String(Math.round(value * 100) / 100);
    changed(input.valueAsNumber);
  };
  const key = (/** @type {string} */ sign, /** @type {string} */ words, /** @type {number} */ by) =>
    element("button", { class: "nudge", type: "button", "aria-label": words, click: () => nudge(by) }, sign);
  const row = element(
    "div",
    { class: "pen-row" },
    key("−", t("{what}: less", { what: label }), -step),
    input,
    key("+", t("{what}: more", { what: label }), step),
  );
  const set = (/** @type {string} */ value) => {
    if (document.activeElement !== input) input.value = value;
  };
  return { root: labelled(id, label, row), set };
}

/** @param {string} id @param {string} label @param {HTMLElement} field */
function labelled(id, label, field) {
  return element("div", { class: "labelled" }, element("label", { for: id }, label), field);
}
