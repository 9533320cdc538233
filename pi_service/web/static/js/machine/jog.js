// The jog pad: the pen moved by hand, by buttons or arrow keys, a step at a time or while held.

import { element, setText } from "../dom.js";
import { number, t } from "../i18n.js";
import { Hold } from "./hold.js";
import { allow, answerPlace, button, cannotMove, card, carryOut, sayIn, whyNot } from "./room.js";
import { coordinates } from "./state.js";

/** How far along x, y and z, in steps. @typedef {number[]} Way */
/**
 * What keys do: a step, or a move for as long as they are held.
 *
 * @typedef {{ held: () => boolean, step: (key: string) => unknown, begin: (key: string) => unknown, end: () => void }} Moves
 */

const STEPS = [0.1, 1, 10, 50];
const USUAL_STEP = 10;
/** A step of this length is none: the pen moves for as long as a key is held. */
const HELD = 0;
const SPEEDS = [
  { percent: 5, label: t("slow") },
  { percent: 30, label: t("medium") },
  { percent: 100, label: t("fast") },
];
/** @type {Record<string, Api.NewHold["toward"]>} */
const TOWARD = { ArrowLeft: "left", ArrowRight: "right", ArrowUp: "back", ArrowDown: "forward" };
const HIGHEST = 1;
const KEYS_MOVE = t("Arrow keys move while the pad has the focus; Page Up and Page Down lift and lower.");
const HOLD = t("The pen moves for as long as a button or an arrow key is held.");
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
  const [moved, answer] = [answerPlace(), answerPlace()];
  const state = { step: USUAL_STEP, percent: SPEEDS[1].percent, pending: null };
  const hold = new Hold(room, moved);
  let refusal = "";
  /** Whether the pad moves the pen now; if not, why is said for as long as it is so. */
  const may = () => {
    refusal = whyNot(room.view);
    if (refusal !== "") sayIn(moved, refusal, "refused");
    return refusal === "";
  };
  /** @type {Moves} */
  const moves = {
    held: () => state.step === HELD,
    step: (key) => may() && jog(room, moved, state, KEYS[key]),
    begin: (key) => may() && hold.begin(TOWARD[key], state.percent),
    end: hold.release,
  };
  const pad = padOf(moves);
  const speeds = choice(
    "jog-speed",
    t("Speed"),
    SPEEDS.map(({ percent, label }) => [percent, label]),
    state.percent,
    (percent) => {
      state.percent = percent;
    },
  );
  speeds.hidden = true;
  /** @type {[number, string][]} */
  const lengths = [
    [HELD, t("while held")],
    ...STEPS.map((step) => /** @type {[number, string]} */ ([step, number(step)])),
  ];
  const steps = choice("jog-step", t("Step in mm"), lengths, state.step, (step) => {
    state.step = step;
    speeds.hidden = step !== HELD;
    show(room.view);
  });
  const places = placeButtons(room, answer);
  const pen = penButtons(room, answer);
  const where = element("p", { class: "jog-where" });
  const hint = element("p", { class: "maker-hint", id: "jog-hint" }, KEYS_MOVE);
  const root = card(
    "jog",
    t("Move by hand"),
    element(
      "div",
      { class: "jog" },
      pad.root,
      element("div", { class: "jog-side" }, moved, where, steps, speeds, pen.root),
    ),
    places.root,
    answer,
    hint,
  );
  const show = (/** @type {MachineView | null} */ view) => {
    const why = cannotMove(view);
    const denied = whyNot(view);
    for (const each of pad.buttons) each.setAttribute("aria-disabled", String(denied !== ""));
    if (refusal !== "" && refusal !== denied) {
      refusal = denied;
      sayIn(moved, denied, "refused");
    }
    for (const each of pad.heights) each.hidden = view?.pen.kind === "servo" || moves.held();
    places.show(why === "" && view?.position != null);
    pen.show(denied === "");
    setText(hint, view?.state === "paused" ? ASIDE : moves.held() ? HOLD : KEYS_MOVE);
    setText(where, view?.details.work ? coordinates(view.details.work) : "");
  };
  return { root, show, close: () => hold.close() };
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
  if (state.pending !== null) return;
  state.pending = body;
  try {
    await room.tell("/machine/jog", body);
    sayIn(answer, "");
  } catch (error) {
    sayIn(answer, error.message, "refused");
  }
  state.pending = null;
  room.soon();
}

/** @param {Moves} moves */
function padOf(moves) {
  const key = (
    /** @type {string} */ name,
    /** @type {string} */ sign,
    /** @type {string} */ label,
    /** @type {string} */ way,
  ) => {
    const begin = (/** @type {Event} */ event) => {
      if (!moves.held()) return;
      event.preventDefault();
      made.focus();
      moves.begin(way);
    };
    /** @type {HTMLButtonElement} */
    const made = element(
      "button",
      {
        class: `jog-key jog-${name}`,
        type: "button",
        "aria-label": label,
        click: () => !moves.held() && moves.step(way),
        pointerdown: (event) => {
          made.setPointerCapture(event.pointerId);
          begin(event);
        },
        pointerup: moves.end,
        lostpointercapture: moves.end,
        contextmenu: (event) => event.preventDefault(),
        keydown: (event) => [" ", "Enter"].includes(event.key) && begin(event),
        keyup: (event) => [" ", "Enter"].includes(event.key) && moves.end(),
      },
      sign,
    );
    return made;
  };
  const plane = [
    key("up", "↑", t("Back, away from you"), "ArrowUp"),
    key("left", "←", t("Left"), "ArrowLeft"),
    key("right", "→", t("Right"), "ArrowRight"),
    key("down", "↓", t("Forward, towards you"), "ArrowDown"),
  ];
  const heights = [
    key("higher", "⤒", t("Pen axis up"), "PageUp"),
    key("lower", "⤓", t("Pen axis down"), "PageDown"),
  ];
  const root = element(
    "div",
    {
      class: "jog-pad",
      role: "group",
      tabindex: "0",
      "aria-label": t("Jog pad"),
      "aria-describedby": "jog-hint",
      keydown: (event) => pressed(event, moves),
      keyup: (event) => KEYS[event.key] && moves.end(),
      focusout: moves.end,
    },
    element("span", { class: "jog-middle", "aria-hidden": "true" }, "xy"),
    ...plane,
    ...heights,
  );
  return { root, buttons: [...plane, ...heights], heights };
}

/** @param {KeyboardEvent} event @param {Moves} moves */
function pressed(event, moves) {
  if (KEYS[event.key] === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (!moves.held()) moves.step(event.key);
  else if (TOWARD[event.key] !== undefined && !event.repeat) moves.begin(event.key);
}

/**
 * One of some numbers, each with its words.
 *
 * @param {string} name
 * @param {string} title
 * @param {[number, string][]} values
 * @param {number} usual
 * @param {(value: number) => void} choose
 */
function choice(name, title, values, usual, choose) {
  const pick = (/** @type {[number, string]} */ [value, words]) => {
    const attributes = { type: "radio", name, value, checked: value === usual, change: () => choose(value) };
    return element("label", { class: "jog-step" }, element("input", attributes), element("span", {}, words));
  };
  return element("fieldset", { class: "jog-steps" }, element("legend", {}, title), ...values.map(pick));
}

/** @param {MakersRoom} room @param {HTMLElement} answer */
function penButtons(room, answer) {
  const make = (/** @type {string} */ label, /** @type {boolean} */ down) => {
    /** @type {HTMLButtonElement} */
    const made = button(label, () =>
      carryOut(made, answer, () => room.tell("/machine/pen", { down })).then(room.soon),
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
      () => carryOut(made, answer, () => room.tell("/machine/go", { place })).then(room.soon),
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
