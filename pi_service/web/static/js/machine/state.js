// What the machine is and does, whose hands it is in, and what can be done about it.

import { element, setText } from "../dom.js";
import { goOn } from "../help.js";
import { number, plural, t, told } from "../i18n.js";
import { shown } from "../state.js";
import { store } from "../store.js";
import { WORDS } from "../words.js";
import { allow, answerPlace, button, cannotMove, card, carryOut } from "./room.js";

/** @type {Record<string, string>} */
const STATES = {
  absent: t("not connected"),
  connecting: t("connecting"),
  locked: t("locked"),
  unreferenced: t("position unknown"),
  ready: t("ready"),
  drawing: t("drawing"),
  pausing: t("pausing"),
  paused: t("paused"),
  stopping: t("stopping"),
  stopped: t("stopped"),
  faulted: t("fault"),
  homing: t("homing"),
};

/**
 * The card at the top of every part of the view.
 *
 * @param {MakersRoom} room
 * @returns {Card}
 */
export function stateCard(room) {
  const word = element("span", { class: "state-word" });
  const sentence = element("p", { class: "state-sentence" });
  const facts = element("dl", { class: "maker-facts" });
  const rows = {
    place: fact(facts, t("Position")),
    counted: fact(facts, t("Machine coordinates")),
    port: fact(facts, t("Port")),
    firmware: fact(facts, t("Firmware")),
    pins: fact(facts, t("Switches")),
  };
  const answer = answerPlace();
  const hands = handsBox(room, answer);
  const actions = actionButtons(room, answer);
  const root = card(
    "state",
    t("State"),
    word,
    element("div", { class: "state-main" }, sentence, hands.root, actions.root, answer),
    facts,
  );

  const show = (/** @type {MachineView | null} */ view) => {
    const lost = store.link === "lost" || view === null;
    root.dataset.shown = lost ? "lost" : shown(store);
    const ready = view?.state === "ready" ? store.state : null;
    const state = ready?.stopped ? "stopped" : (view?.state ?? "");
    setText(
      word,
      store.link === "lost" ? t("no connection") : lost ? t("unknown") : (STATES[state] ?? state),
    );
    setText(
      sentence,
      lost
        ? room.trouble ||
            t("No connection to the plotter. This page goes on by itself as soon as it is back.")
        : told(ready?.shown.fact ?? view.fact),
    );
    hands.show(lost ? null : view);
    actions.show(lost ? null : view);
    facts.hidden = lost || ["absent", "connecting"].includes(view.state);
    if (view !== null && !facts.hidden) showFacts(rows, view);
  };
  return { root, show };
}

/** @param {HTMLElement} list @param {string} title */
function fact(list, title) {
  const value = element("dd", {});
  list.append(element("dt", {}, title), value);
  return value;
}

/** @param {Record<string, HTMLElement>} rows @param {MachineView} given */
function showFacts(rows, { details, position }) {
  const { work, machine } = details;
  const known = position === null ? t("unknown") : work && coordinates(work);
  setText(rows.place, known ?? t("unknown"));
  setText(rows.counted, machine ? `${coordinates(machine)} · ${details.grbl}` : t("unknown"));
  setText(rows.port, details.port || t("unknown"));
  setText(rows.firmware, details.version ? `GRBL ${details.version} ${details.label}`.trim() : t("unknown"));
  setText(
    rows.pins,
    details.pins ? t("active: {pins}", { pins: [...details.pins].join(" ") }) : t("none active"),
  );
}

/**
 * "x 12.3  y 4.0  z 3.0 mm".
 *
 * @param {Point} place
 */
export function coordinates(place) {
  const format = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return `${["x", "y", "z"].map((axis, i) => `${axis}\u00a0${number(place[i] ?? 0, format)}`).join("  ")}\u00a0mm`;
}

/** @param {MakersRoom} room @param {HTMLElement} answer */
function handsBox(room, answer) {
  const words = element("p", { class: "hands-words" });
  const give = button(t("Let it draw"), () =>
    carryOut(give, answer, () => room.tell("/machine/hand/done")).then(room.soon),
  );
  const root = element("div", { class: "hands", hidden: true }, words, give);
  const show = (/** @type {MachineView | null} */ view) => {
    root.hidden = view === null || !(view.hands.held || view.busy_fact);
    if (view === null || root.hidden) return;
    const left = plural(view.hands.left_s, "{n} second", "{n} seconds");
    const waits = t("You have the machine: the queue waits. It goes on in {time} if nothing is touched.", {
      time: left,
    });
    const guided = t("The calibration has the machine: the queue waits until it is ended.");
    const what = view.busy_fact;
    const busy = what && t("The machine is busy: {what}.", { what: told(what) });
    setText(words, busy ?? (view.calibration.open ? guided : waits));
    give.hidden = Boolean(what) || view.calibration.open;
  };
  return { root, show };
}

/** @param {MakersRoom} room @param {HTMLElement} answer */
function actionButtons(room, answer) {
  const make = (
    /** @type {string} */ label,
    /** @type {Api.Post["path"]} */ path,
    ask = room.tell.bind(room),
  ) => {
    /** @type {HTMLButtonElement} */
    const made = button(label, () => carryOut(made, answer, () => ask(path)).then(room.soon));
    return made;
  };
  const buttons = {
    resume: make(WORDS.resume, "/machine/resume", goOn),
    home: make(t("Home"), "/machine/hand/home"),
    unlock: make(t("Unlock"), "/machine/hand/unlock"),
    zero: make(t("Set zero"), "/machine/hand/zero"),
    forget: make(t("Forget the zero"), "/machine/hand/forget"),
  };
  const root = element("div", { class: "maker-buttons" }, ...Object.values(buttons));
  const show = (/** @type {MachineView | null} */ view) => {
    const blocked = cannotMove(view) !== "";
    const { homing = false } = view?.profile ?? {};
    const known = view?.position != null;
    buttons.resume.hidden = view?.state !== "paused" && (store.state?.stopped ?? null) === null;
    allow(buttons.resume, view !== null);
    buttons.home.hidden = !homing;
    allow(buttons.home, !blocked);
    buttons.unlock.hidden = view?.state !== "locked";
    allow(buttons.unlock, !blocked);
    buttons.zero.hidden = homing && known;
    allow(buttons.zero, !blocked && view?.state !== "locked");
    buttons.forget.hidden = homing || !known;
    allow(buttons.forget, !blocked);
  };
  return { root, show };
}
