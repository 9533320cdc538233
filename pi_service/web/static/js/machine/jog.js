// The jog pad: the pen moved by hand, a step at a time, by buttons or arrow keys.

import { tell } from "../api.js";
import { element, setText } from "../dom.js";
import { number, t } from "../i18n.js";
import { allow, answerPlace, button, cannotMove, card, carryOut, sayIn } from "./room.js";
import { coordinates } from "./state.js";

/** How far along x, y and z, in steps. @typedef {number[]} Way */

const STEPS = [0.1, 1, 10, 50];
const USUAL_STEP = 10;
const HIGHEST = 1;
const KEYS_MOVE = t("Arrow keys move while the pad has the focus; Page Up and Page Down lift and lower.");
const ASIDE = t("The first move sets the paused drawing aside: finish it afterwards, on the first page.");
/** @type {Record<string, Way>} */
const KEYS = {
  ArrowLeft: [-1, 0, 0],
  ArrowRight: [1, 0, 0],
  ArrowUp: [0, 1, 0],
  ArrowDown: [0, -1, 0],
  PageUp: [0, 0, 1],
  PageDown: [0, 0, -1],
};

/** @param {MakersRoom} room @returns {Card} */
export function jogCard(room) {
  const answer = answerPlace();
  const state = { step: USUAL_STEP, pending: null };
  const move = (/** @type {Way} */ way) => jog(room, answer, state, way);
  const pad = padOf(move);
  const steps = stepChoice((step) => {
    state.step = step;
  });
  const places = placeButtons(room, answer);
  const pen = penButtons(room, answer);
  const where = element("p", { class: "jog-where" });
  const hint = element("p", { class: "maker-hint", id: "jog-hint" }, KEYS_MOVE);
  const root = card(
    "jog",
    t("Move by hand"),
    element("div", { class: "jog" }, pad.root, element("div", { class: "jog-side" }, where, steps, pen.root)),
    places.root,
    answer,
    hint,
  );
  const show = (/** @type {MachineView | null} */ view) => {
    const why = cannotMove(view);
    for (const each of pad.buttons) allow(each, why === "" && view?.state !== "locked");
    for (const each of pad.heights) each.hidden = view?.pen.kind === "servo";
    places.show(why === "" && view?.position != null);
    pen.show(why === "" && view?.state !== "locked");
    setText(hint, view?.state === "paused" ? ASIDE : KEYS_MOVE);
    setText(where, view?.details.work ? coordinates(view.details.work) : "");
  };
  return { root, show };
}

/**
 * One move at a time: what is asked for while another is on its way is the next one.
 *
 * @param {MakersRoom} room
 * @param {HTMLElement} answer
 * @param {{ step: number, pending: object | null }} state
 * @param {Way} given
 */
async function jog(room, answer, state, [x, y, z]) {
  const body = { dx: x * state.step, dy: y * state.step, dz: z * Math.min(state.step, HIGHEST) };
  if (state.pending !== null || cannotMove(room.view) !== "") return;
  state.pending = body;
  try {
    await tell("/machine/jog", body);
    sayIn(answer, "");
  } catch (error) {
    sayIn(answer, error.message, "refused");
  }
  state.pending = null;
  room.soon();
}

/** @param {(way: Way) => void} move */
function padOf(move) {
  const key = (
    /** @type {string} */ name,
    /** @type {string} */ sign,
    /** @type {string} */ label,
    /** @type {Way} */ way,
  ) =>
    element(
      "button",
      { class: `jog-key jog-${name}`, type: "button", "aria-label": label, click: () => move(way) },
      sign,
    );
  const plane = [
    key("up", "↑", t("Back, away from you"), KEYS.ArrowUp),
    key("left", "←", t("Left"), KEYS.ArrowLeft),
    key("right", "→", t("Right"), KEYS.ArrowRight),
    key("down", "↓", t("Forward, towards you"), KEYS.ArrowDown),
  ];
  const heights = [
    key("higher", "⤒", t("Pen axis up"), KEYS.PageUp),
    key("lower", "⤓", t("Pen axis down"), KEYS.PageDown),
  ];
  const root = element(
    "div",
    {
      class: "jog-pad",
      role: "group",
      tabindex: "0",
      "aria-label": t("Jog pad"),
      "aria-describedby": "jog-hint",
      keydown: (event) => pressed(event, plane, move),
    },
    element("span", { class: "jog-middle", "aria-hidden": "true" }, "xy"),
    ...plane,
    ...heights,
  );
  return { root, buttons: [...plane, ...heights], heights };
}

/** @param {KeyboardEvent} event @param {HTMLElement[]} given @param {(way: Way) => void} move */
function pressed(event, [first], move) {
  const way = KEYS[event.key];
  if (way === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (first.getAttribute("aria-disabled") !== "true") move(way);
}

/** @param {(step: number) => void} choose */
function stepChoice(choose) {
  const pick = (/** @type {number} */ step) =>
    element(
      "label",
      { class: "jog-step" },
      element("input", {
        type: "radio",
        name: "jog-step",
        value: String(step),
        checked: step === USUAL_STEP,
        change: () => choose(step),
      }),
      element("span", {}, number(step)),
    );
  return element(
    "fieldset",
    { class: "jog-steps" },
    element("legend", {}, t("Step in mm")),
    ...STEPS.map(pick),
  );
}

/** @param {MakersRoom} room @param {HTMLElement} answer */
function penButtons(room, answer) {
  const make = (/** @type {string} */ label, /** @type {boolean} */ down) => {
    /** @type {HTMLButtonElement} */
    const made = button(label, () =>
      carryOut(made, answer, () => tell("/machine/pen", { down })).then(room.soon),
    );
    return made;
  };
  const buttons = [make(t("Lift pen"), false), make(t("Lower pen"), true)];
  const root = element("div", { class: "maker-buttons" }, ...buttons);
  const show = (/** @type {boolean} */ can) => {
    for (const each of buttons) allow(each, can);
  };
  return { root, show };
}

/** @param {MakersRoom} room @param {HTMLElement} answer */
function placeButtons(room, answer) {
  const make = (/** @type {string} */ label, /** @type {Api.Go["place"]} */ place) => {
    /** @type {HTMLButtonElement} */
    const made = button(
      label,
      () => carryOut(made, answer, () => tell("/machine/go", { place })).then(room.soon),
      "button-quiet",
    );
    return made;
  };
  const buttons = [
    make(t("To the corner"), "corner"),
    make(t("To the middle"), "centre"),
    make(t("To its place"), "park"),
  ];
  const root = element("div", { class: "maker-buttons jog-places" }, ...buttons);
  const show = (/** @type {boolean} */ can) => {
    for (const each of buttons) allow(each, can);
  };
  return { root, show };
}
