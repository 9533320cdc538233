// The jog pad: the pen moved by hand, a step at a time, by buttons or arrow keys.

import { tell } from "../api.js";
import { element, setText } from "../dom.js";
import { number, t } from "../i18n.js";
import { allow, answerPlace, button, cannotMove, card, carryOut, sayIn } from "./room.js";
import { coordinates } from "./state.js";

const STEPS = [0.1, 1, 10, 50];
const USUAL_STEP = 10;
const HIGHEST = 1;
const KEYS = {
  ArrowLeft: [-1, 0, 0],
  ArrowRight: [1, 0, 0],
  ArrowUp: [0, 1, 0],
  ArrowDown: [0, -1, 0],
  PageUp: [0, 0, 1],
  PageDown: [0, 0, -1],
};

export function jogCard(room) {
  const answer = answerPlace();
  const state = { step: USUAL_STEP, pending: null };
  const move = (way) => jog(room, answer, state, way);
  const pad = padOf(move);
  const steps = stepChoice((step) => (state.step = step));
  const places = placeButtons(room, answer);
  const pen = penButtons(room, answer);
  const where = element("p", { class: "jog-where" });
  const hint = element(
    "p",
    { class: "maker-hint", id: "jog-hint" },
    t("Arrow keys move while the pad has the focus; Page Up and Page Down lift and lower."),
  );
  const root = card(
    "jog",
    t("Move by hand"),
    element("div", { class: "jog" }, pad.root, element("div", { class: "jog-side" }, where, steps, pen.root)),
    places.root,
    answer,
    hint,
  );
  const show = (view) => {
    const why = cannotMove(view);
    for (const each of pad.buttons) allow(each, why === "" && view.state !== "locked");
    for (const each of pad.heights) each.hidden = view?.pen.kind === "servo";
    places.show(why === "" && view.position !== null);
    pen.show(why === "" && view.state !== "locked");
    setText(where, view?.details.work ? coordinates(view.details.work) : "");
  };
  return { root, show };
}

/** One move at a time: what is asked for while another is on its way is the next one. */
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

function padOf(move) {
  const key = (name, sign, label, way) =>
    element("button", { class: `jog-key jog-${name}`, type: "button", "aria-label": label, click: () => move(way) }, sign);
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

function pressed(event, [first], move) {
  const way = KEYS[event.key];
  if (way === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (first.getAttribute("aria-disabled") !== "true") move(way);
}

function stepChoice(choose) {
  const pick = (step) =>
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

function penButtons(room, answer) {
  const make = (label, down) => {
    const made = button(label, () => carryOut(made, answer, () => tell("/machine/pen", { down })).then(room.soon));
    return made;
  };
  const buttons = [make(t("Lift pen"), false), make(t("Lower pen"), true)];
  const root = element("div", { class: "maker-buttons" }, ...buttons);
  return { root, show: (can) => buttons.forEach((each) => allow(each, can)) };
}

function placeButtons(room, answer) {
  const make = (label, place) => {
    const made = button(label, () => carryOut(made, answer, () => tell("/machine/go", { place })).then(room.soon), "button-quiet");
    return made;
  };
  const buttons = [make(t("To the corner"), "corner"), make(t("To the middle"), "centre"), make(t("To its place"), "park")];
  const root = element("div", { class: "maker-buttons jog-places" }, ...buttons);
  return { root, show: (can) => buttons.forEach((each) => allow(each, can)) };
}
