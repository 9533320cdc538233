// What the maker's view knows: the machine as GET /machine tells it, asked for again and again.

import { ask, remove, tell } from "../api.js";
import { element, find, reconcile, setText } from "../dom.js";
import { everySentence, same, told } from "../i18n.js";
import { store } from "../store.js";
import { WORDS } from "../words.js";

const CALM_MS = 1000;
const MOVING_MS = 150;
const SOON_MS = 60;
/**
 * By what the service would refuse, for why it cannot be moved.
 *
 * @type {Record<string, string>}
 */
const REFUSALS = {
  drawing: "drawing-on-paper",
  homing: "homing-now",
  calibration: "calibration-open",
  busy: "machine-busy",
};
const NEWS = new Set(["state", "machine", "workshop", "job", "shown", "stopped", "link"]);

export class Room {
  /** @type {Set<(view: MachineView | null) => void>} */
  #listeners = new Set();
  #timer = 0;
  #closed = false;
  #asking = false;
  /** Whether something has happened of which the answer on its way may not know. */
  #again = false;
  #leave = () => {};

  /**
   * The view of GET /machine, or null before the first one.
   *
   * @type {MachineView | null}
   */
  view = null;
  /** Why there is none, a sentence; empty if there is one. */
  trouble = "";

  constructor() {
    everySentence(); // of what the page refuses by itself
    this.#leave = store.subscribe(({ kind }) => NEWS.has(kind) && this.soon());
    document.addEventListener("visibilitychange", this.soon);
    this.refresh();
  }

  /**
   * Call `listener(view)` after every look; once now if there is a view.
   *
   * @param {(view: MachineView | null) => void} listener
   */
  subscribe(listener) {
    this.#listeners.add(listener);
    if (this.view !== null) listener(this.view);
  }

  /**
   * Have the machine moved. What is asked for before a Stop of which the asker does not know
   * moves nothing after it.
   *
   * @template {Api.Post["path"]} Path
   * @param {Path} path
   * @param {Sent<Api.Post, Path>} body
   * @returns {Promise<Answer<Api.Post, Path>>}
   */
  tell(path, body = /** @type {any} */ ({})) {
    return tell(path, body, this.#seen);
  }

  /**
   * The same, where something is ended.
   *
   * @template {Api.Delete["path"]} Path
   * @param {Path} path
   */
  end(path) {
    return remove(path, this.#seen);
  }

  /** @returns {Record<string, string>} */
  get #seen() {
    return this.view === null ? {} : { "Stops-Seen": String(this.view.stops) };
  }

  /**
   * Take in where the pen is, told between two looks.
   *
   * @param {Point | null} work
   */
  place(work) {
    if (this.view === null || work === null) return;
    this.view = { ...this.view, position: [work[0], work[1]], details: { ...this.view.details, work } };
    for (const listener of this.#listeners) listener(this.view);
  }

  /** Look again at once, because something has just happened. */
  soon = () => this.#in(SOON_MS);

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.soon);
    this.#leave();
    this.#listeners.clear();
  }

  async refresh() {
    if (this.#asking) this.#again = true;
    if (this.#asking || this.#closed) return;
    this.#asking = true;
    this.#again = false;
    const told = store.state?.workshop;
    try {
      this.view = await ask("/machine");
      this.trouble = "";
    } catch (error) {
      this.trouble = error.message;
    }
    this.#asking = false;
    if (this.#closed) return;
    if (store.state?.workshop === told) this.#tellStop();
    for (const listener of this.#listeners) listener(this.view);
    const moving = this.view?.busy_fact || this.view?.details.moving;
    if (this.#again) this.soon();
    else if (!document.hidden) this.#in(moving ? MOVING_MS : CALM_MS);
  }

  /** The Stop button of every view goes by the live line, which may have begun after the event. */
  #tellStop() {
    const known = store.state?.workshop;
    if (this.trouble || store.state === null || this.view === null) return;
    const { busy, busy_fact, hands, console: last } = this.view;
    if (known && same(known.busy_fact, busy_fact) && known.hands.held === hands.held) return;
    store.receive({ kind: "workshop", data: { busy, busy_fact, hands, console: last } });
  }

  /** @param {number} ms */
  #in(ms) {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => this.refresh(), ms);
  }
}

/** A place for what came of a request: said politely, in red where it was refused. */
export function answerPlace() {
  return element("p", { class: "maker-answer", role: "status" });
}

/**
 * Do `work`, with its button busy meanwhile; a refusal is said in `place`.
 *
 * @template Given
 * @param {HTMLButtonElement | null} button
 * @param {HTMLElement} place
 * @param {() => Promise<Given>} work
 * @returns {Promise<Given | null>} what came of it, null if it was refused
 */
export async function carryOut(button, place, work) {
  if (refused(button)) return null;
  button?.setAttribute("aria-busy", "true");
  sayIn(place, "");
  try {
    return await work();
  } catch (error) {
    sayIn(place, error.message, "refused");
    return null;
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

/**
 * Whether a button can be pressed. One that has the focus keeps it: it is only said to be
 * disabled, or who works by keyboard would be thrown back to the top after every press.
 *
 * @param {HTMLButtonElement} target
 * @param {boolean} can
 */
export function allow(target, can) {
  target.disabled = !can && target !== document.activeElement;
  if (can) target.removeAttribute("aria-disabled");
  else target.setAttribute("aria-disabled", "true");
}

/** @param {HTMLElement | null} target */
const refused = (target) =>
  target?.getAttribute("aria-busy") === "true" || target?.getAttribute("aria-disabled") === "true";

/**
 * Say a sentence; `kind` is "done" or "refused".
 *
 * @param {HTMLElement} place
 * @param {string} text
 * @param {"done" | "refused"} kind
 */
export function sayIn(place, text, kind = "done") {
  place.dataset.kind = kind;
  setText(place, text);
}

/**
 * Facts in a list: the title of each, its text, and whether it is alarming.
 *
 * @param {HTMLElement} list
 * @param {[title: string, text: string, alarming?: boolean][]} rows
 */
export function showFacts(list, rows) {
  reconcile(list, rows, {
    key: ([title]) => title,
    make: ([title]) => element("div", { class: "fact" }, element("dt", {}, title), element("dd", {})),
    update: (row, [, text, alarming = false]) => {
      setText(find(row, "dd"), text);
      row.classList.toggle("is-alarming", alarming);
    },
  });
}

/**
 * A section of the maker's view with its title.
 *
 * @param {string} name
 * @param {string} title
 * @param {...(Node | string | null)} children
 */
export function card(name, title, ...children) {
  const id = `maker-${name}`;
  return element(
    "section",
    { class: `maker-card maker-${name}-card`, "aria-labelledby": id },
    element("h2", { class: "maker-title", id }, title),
    ...children,
  );
}

/**
 * A button; `kind` is added to its class.
 *
 * @param {string} label
 * @param {() => unknown} click
 * @param {string} kind
 */
export function button(label, click, kind = "") {
  return element("button", { class: `button ${kind}`.trim(), type: "button", click }, label);
}

/**
 * Why the machine cannot be moved by hand now, or "" if it can.
 *
 * @param {MachineView | null} view
 */
export function cannotMove(view) {
  if (view === null || store.link === "lost") return "lost";
  if (["drawing", "pausing", "stopping"].includes(view.state)) return "drawing";
  if (["absent", "connecting", "faulted"].includes(view.state)) return "absent";
  if (view.state === "homing") return "homing";
  if (view.calibration.open) return "calibration";
  return view.busy_fact ? "busy" : "";
}

/**
 * Why the pad cannot move the pen now, in a sentence, or "" if it can.
 *
 * @param {MachineView | null} view
 */
export function whyNot(view) {
  const why = cannotMove(view);
  if (view === null || why === "lost") return WORDS.lost;
  const code = REFUSALS[why];
  if (code !== undefined) return told({ code, params: { what: view.busy_fact } });
  return why === "absent" || view.state === "locked" ? told(view.fact) : "";
}
