// <drawing-speed>: how fast what is drawn now is drawn. For the staff, while the pen is at it.

import { tell } from "./api.js";
import { element, setText } from "./dom.js";
import { number, t } from "./i18n.js";
import { session } from "./session.js";
import { store } from "./store.js";

const STEP = 10;
const SLOWEST = 10;
const FASTEST = 200;
const SHOWN = new Set(["drawing", "pausing", "paused"]);

class DrawingSpeed extends HTMLElement {
  /** @type {(() => unknown)[]} */
  #leave = [];
  /** What was asked for last, until the service says it. */
  #wanted = 100;
  /** How many wishes wait for their answer: until then the last of them is shown. */
  #waiting = 0;
  words = element("span", { class: "speed-words", role: "status" });
  slower = this.#button("−", t("Slower"), -STEP);
  faster = this.#button("+", t("Faster"), STEP);

  connectedCallback() {
    const group = element(
      "div",
      { class: "speed", role: "group", "aria-label": t("Speed") },
      this.slower,
      this.words,
      this.faster,
    );
    this.append(group);
    const heard = store.subscribe(({ kind }) => kind !== "progress" && this.#render());
    this.#leave = [heard, session.subscribe(() => this.#render())];
    this.hidden = store.state === null;
  }

  disconnectedCallback() {
    for (const leave of this.#leave) leave();
    this.replaceChildren();
  }

  #render() {
    const { state, link } = store;
    this.hidden = !session.isStaff || state === null || link === "lost" || !SHOWN.has(state.machine.state);
    if (state !== null && this.#waiting === 0) this.#show(state.machine.feed_percent);
  }

  /** @param {number} percent */
  #show(percent) {
    this.#wanted = percent;
    setText(this.words, t("Speed: {percent} %", { percent: number(percent) }));
    this.slower.disabled = percent <= SLOWEST;
    this.faster.disabled = percent >= FASTEST;
  }

  /** @param {string} sign @param {string} label @param {number} step */
  #button(sign, label, step) {
    const click = () => this.#ask(this.#wanted + step);
    return element("button", { class: "button speed-key", type: "button", "aria-label": label, click }, sign);
  }

  /** @param {number} wanted */
  async #ask(wanted) {
    const percent = Math.min(Math.max(wanted, SLOWEST), FASTEST);
    this.#show(percent);
    this.#waiting += 1;
    await tell("/machine/feed", { percent }).catch((error) => setText(this.words, error.message));
    this.#waiting -= 1;
  }
}

customElements.define("drawing-speed", DrawingSpeed);
