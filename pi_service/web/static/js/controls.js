// <studio-controls>: draw, pause. Always in sight, never more than one press. (Stop stands in
// the page's head, on every view.)

import { newKey, requestDrawing, tell } from "./api.js";
import { element, setText } from "./dom.js";
import { article, t, told } from "./i18n.js";
import { session } from "./session.js";
import "./speed.js";
import { store } from "./store.js";
import { WORDS } from "./words.js";

const ANSWER_MS = 8000;
/** A second press within this time is a double click, not a second cat. */
const SECOND_PRESS_MS = 600;

export class StudioControls extends HTMLElement {
  #key = newKey();
  #busy = false;
  #timer = 0;
  /** @type {(() => unknown)[]} */
  #leave = [];
  /** @type {string | null} */
  #class = null;
  answer = element("p", { class: "controls-answer", role: "status" });
  draw = button("draw", WORDS.draw, () => this.#draw());
  pause = button("pause", WORDS.pause, () => this.#pause());

  connectedCallback() {
    this.append(
      element("div", { class: "controls" }, this.draw, this.pause, this.answer),
      element("drawing-speed"),
    );
    const heard = store.subscribe((event) => event.kind !== "progress" && this.#render(event));
    this.#leave = [heard, session.subscribe(() => this.#render())];
  }

  /**
   * What is to be drawn; null for what is usual here.
   *
   * @param {string | null} name
   */
  choose(name) {
    this.#class = name;
    this.#render();
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    for (const leave of this.#leave) leave();
    this.replaceChildren();
  }

  /** @param {StoreEvent} [event] */
  #render(event) {
    const { state, link } = store;
    const reachable = state !== null && link !== "lost";
    const machine = state?.machine.state;
    if (state !== null) setText(this.draw, t("Draw {what}", { what: article(this.#what()) }));
    this.draw.disabled = !reachable;
    this.pause.disabled = !reachable || machine !== "drawing";
    this.pause.hidden = !session.isStaff;
    const job = event?.kind === "job" && store.isMine(event.data) ? event.data : null;
    if (job?.state === "failed")
      this.#say(job.reason_fact === null ? WORDS.failed : told(job.reason_fact), "refused");
  }

  async #draw() {
    if (this.#busy) return;
    this.#busy = true;
    this.draw.setAttribute("aria-busy", "true");
    try {
      // The key stays the same until an answer came: pressing again never makes two cats.
      const job = await requestDrawing(this.#key, this.#what());
      this.#key = newKey();
      store.claim(job);
      this.#say("");
      await new Promise((done) => setTimeout(done, SECOND_PRESS_MS));
    } catch (error) {
      this.#say(error.message, "refused");
    } finally {
      this.#busy = false;
      this.draw.removeAttribute("aria-busy");
    }
  }

  #what() {
    return this.#class ?? store.known.default_class;
  }

  async #pause() {
    try {
      await tell("/machine/pause");
      this.#say("");
    } catch (error) {
      this.#say(error.message, "refused");
    }
  }

  /** @param {string} text @param {string} kind */
  #say(text, kind = "") {
    clearTimeout(this.#timer);
    this.answer.dataset.kind = kind;
    setText(this.answer, text);
    this.#timer = setTimeout(() => setText(this.answer, ""), ANSWER_MS);
  }
}

/** @param {string} kind @param {string} label @param {() => unknown} click */
function button(kind, label, click) {
  return element("button", { class: `button button-${kind}`, type: "button", disabled: true, click }, label);
}

customElements.define("studio-controls", StudioControls);
