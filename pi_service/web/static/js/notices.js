// <studio-notices>: what is wrong or waits for a person, and the buttons that help.

import "./from-stroke.js";
import { element, find, reconcile, setText } from "./dom.js";
import { showActions } from "./help.js";
import { same, t, told } from "./i18n.js";
import { session } from "./session.js";
import { store } from "./store.js";
import { jobTitle, shortfall, WORDS } from "./words.js";

/** How long a passing notice is shown. */
const SAID_MS = 30000;
/** @type {Action[]} */
const PEN = [
  [WORDS.newPen, "/pens"],
  [WORDS.keepPen, "/pens/keep"],
];
/**
 * What can be done about a problem, by its code.
 *
 * @type {Record<string, Action[]>}
 */
const ACTIONS = { "pen-low": PEN };

class StudioNotices extends HTMLElement {
  /** @type {Notice | null} */
  #said = null;
  #timer = 0;
  /** @type {(() => unknown)[]} */
  #leave = [];

  connectedCallback() {
    this.setAttribute("role", "region");
    this.setAttribute("aria-label", t("Needs attention"));
    this.setAttribute("aria-live", "polite");
    const heard = store.subscribe(({ kind, data }) => {
      if (kind === "notice") this.#say(told(data.fact));
      if (kind !== "progress") this.#render();
    });
    this.#leave = [heard, session.subscribe(() => this.#render())];
    this.hidden = store.state === null;
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
    for (const leave of this.#leave) leave();
    this.replaceChildren();
  }

  /**
   * A passing notice: a press that was refused, a job that failed and why.
   *
   * @param {string} text
   */
  #say(text) {
    clearTimeout(this.#timer);
    this.#said = { key: "said", text, actions: [] };
    this.#timer = setTimeout(() => {
      this.#said = null;
      this.#render();
    }, SAID_MS);
  }

  #render() {
    const { state } = store;
    if (state === null) return;
    const notices = [...problems(state), ...brokenOff(state)];
    if (this.#said !== null) notices.push(this.#said);
    reconcile(this, notices, {
      key: (notice) => notice.key,
      make: () => {
        const text = element("p", { class: "notice-text" });
        const from = element("from-stroke", { hidden: true });
        return element("div", { class: "notice" }, text, element("div", { class: "notice-actions" }), from);
      },
      update: (box, notice) => show(box, notice),
    });
    this.hidden = notices.length === 0;
  }
}

/**
 * What is wrong, except for what the strip says already.
 *
 * @param {State} state
 * @returns {Notice[]}
 */
function problems({ problem_facts, shown }) {
  const others = problem_facts.filter((fact) => !same(fact, shown.fact));
  return others.map((fact) => ({
    key: JSON.stringify(fact),
    text: told(fact),
    actions: ACTIONS[fact.code] ?? [],
  }));
}

/** @param {State} given @returns {Notice[]} */
function brokenOff({ interrupted = [] }) {
  return interrupted.map((job) => ({
    key: `job-${job.id}`,
    job,
    text: `${jobTitle(job)} ${shortfall(job)}. ${job.reason_fact ? told(job.reason_fact) : ""}`.trim(),
    actions: [
      [WORDS.finish, `/jobs/${job.id}/finish`],
      [WORDS.letGo, `/jobs/${job.id}/cancel`],
    ],
  }));
}

/** @param {HTMLElement} box @param {Notice} given */
function show(box, { text, actions, job }) {
  const words = find(box, ".notice-text");
  setText(words, text);
  showActions(find(box, ".notice-actions"), session.isStaff ? actions : [], words);
  const from = /** @type {import("./from-stroke.js").FromStroke} */ (find(box, "from-stroke"));
  from.hidden = job === undefined || !session.isStaff;
  if (job !== undefined) from.show(job);
}

customElements.define("studio-notices", StudioNotices);
