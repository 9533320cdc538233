// What the maker's view knows: the machine as GET /machine tells it, asked for again and again.

import { ask } from "../api.js";
import { element, setText } from "../dom.js";
import { said } from "../i18n.js";
import { store } from "../store.js";

const CALM_MS = 1000;
const MOVING_MS = 300;
const SOON_MS = 60;
const NEWS = new Set(["state", "machine", "workshop", "job", "link"]);

export class Room {
  #listeners = new Set();
  #timer = 0;
  #closed = false;
  #asking = false;
  #leave = () => {};

  /** The view of GET /machine, or null before the first one. */
  view = null;
  /** Why there is none, a sentence; empty if there is one. */
  trouble = "";

  constructor() {
    this.#leave = store.subscribe((kind) => NEWS.has(kind) && this.soon());
    document.addEventListener("visibilitychange", this.soon);
    this.refresh();
  }

  /** Call `listener(view)` after every look; once now if there is a view. */
  subscribe(listener) {
    this.#listeners.add(listener);
    if (this.view !== null) listener(this.view);
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
    if (this.#asking || this.#closed) return;
    this.#asking = true;
    try {
      this.view = await ask("/machine");
      this.trouble = "";
    } catch (error) {
      this.trouble = error.message;
    }
    this.#asking = false;
    if (this.#closed) return;
    this.#tellStop();
    for (const listener of this.#listeners) listener(this.view);
    const moving = this.view?.busy || this.view?.details.moving;
    if (!document.hidden) this.#in(moving ? MOVING_MS : CALM_MS);
  }

  /** The Stop button of every view goes by the live line, which may have begun after the event. */
  #tellStop() {
    const known = store.state?.workshop;
    const { busy, hands, console: last } = this.view ?? {};
    if (this.trouble || store.state === null || this.view === null) return;
    if (known?.busy === busy && known?.hands.held === hands.held) return;
    store.receive("workshop", { busy, hands, console: last });
  }

  #in(ms) {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => this.refresh(), ms);
  }
}

/** Ask for something other than GET and POST. */
export function request(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  return ask(path, options);
}

/** A place for what came of a request: said politely, in red where it was refused. */
export function answerPlace() {
  return element("p", { class: "maker-answer", role: "status" });
}

/** Do `work`, with its button busy meanwhile; a refusal is said in `place`. Gives the outcome or null. */
export async function carryOut(button, place, work) {
  if (refused(button)) return null;
  button?.setAttribute("aria-busy", "true");
  sayIn(place, "");
  try {
    return (await work()) ?? {};
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
 */
export function allow(target, can) {
  target.disabled = !can && target !== document.activeElement;
  if (can) target.removeAttribute("aria-disabled");
  else target.setAttribute("aria-disabled", "true");
}

const refused = (target) => target?.getAttribute("aria-busy") === "true" || target?.getAttribute("aria-disabled") === "true";

/** Say a sentence; `kind` is "done" or "refused". */
export function sayIn(place, text, kind = "done") {
  place.dataset.kind = kind;
  setText(place, said(text));
}

/** A section of the maker's view with its title. */
export function card(name, title, ...children) {
  const id = `maker-${name}`;
  return element(
    "section",
    { class: `maker-card maker-${name}-card`, "aria-labelledby": id },
    element("h2", { class: "maker-title", id }, title),
    ...children,
  );
}

/** A button; `kind` is added to its class. */
export function button(label, click, kind = "") {
  return element("button", { class: `button ${kind}`.trim(), type: "button", click }, label);
}

/** Why the machine cannot be moved by hand now, or "" if it can. */
export function cannotMove(view) {
  if (view === null || store.link === "lost") return "lost";
  if (["drawing", "pausing", "paused", "stopping"].includes(view.state)) return "drawing";
  if (["absent", "connecting", "faulted"].includes(view.state)) return "absent";
  if (view.state === "homing") return "homing";
  if (view.calibration.open) return "calibration";
  return view.busy ? "busy" : "";
}
