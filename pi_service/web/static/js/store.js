// What the page knows, in one place. Elements subscribe and draw themselves from it.

import { reduce, withHistory } from "./reduce.js";

/** @type {Set<StoreListener>} */
const listeners = new Set();
const MINE = "catplotter.mine";

export const store = {
  /**
   * What is known, or null before the first answer.
   *
   * @type {State | null}
   */
  state: null,
  /**
   * How the page hears from the service.
   *
   * @type {Link}
   */
  link: "connecting",
  /**
   * Where the history goes on, null at its end, undefined before the first answer.
   *
   * @type {number | null | undefined}
   */
  earlier: undefined,
  /** How much of the history is kept; what was fetched on somebody's wish comes on top. */
  keep: 100,

  /**
   * What the strip says to this visitor alone, in place of how the plotter is.
   *
   * @type {string | null}
   */
  word: null,
  /** How far this browser's clock, counted from its start, is behind the service's, seconds. */
  offset: 0,

  /** Seconds since 1970, by the service's clock. */
  get now() {
    return this.offset + performance.now() / 1000;
  },

  /** The state, for what can only be done after the first answer. */
  get known() {
    if (this.state === null) throw new Error("Nothing is known of the plotter yet.");
    return this.state;
  },

  /**
   * Call `listener({ kind, data })` after every change, and once now if there is a state.
   *
   * @param {StoreListener} listener
   */
  subscribe(listener) {
    listeners.add(listener);
    if (this.state !== null) listener({ kind: "state", data: this.state });
    return () => listeners.delete(listener);
  },

  /**
   * Take in an event of the live stream.
   *
   * @param {LiveEvent} event
   */
  receive(event) {
    if (event.kind === "state") this.offset = event.data.now - performance.now() / 1000;
    const next = reduce(this.state, event);
    if (next === null || next === this.state) return;
    this.state = next;
    this.forget();
    announce(event);
  },

  /** Let go what is more than is kept: a page may be open for weeks. */
  forget() {
    const { history } = this.known;
    if (history.length <= this.keep) return;
    const kept = history.slice(0, this.keep);
    this.state = { ...this.known, history: kept };
    this.earlier = kept[kept.length - 1].id;
  },

  /**
   * Take in an earlier page of the history.
   *
   * @param {Api.JobPage} page
   * @param {Job[]} known What was known of the history when the page was asked for.
   */
  addHistory(page, known) {
    this.earlier = page.before;
    this.keep += page.jobs.length;
    this.state = withHistory(this.known, page, known);
    announce({ kind: "history", data: null });
  },

  /**
   * Take in the newest page of the history.
   *
   * @param {Api.JobPage} page
   * @param {Job[]} known What was known of the history when the page was asked for.
   */
  renewHistory(page, known) {
    if (this.earlier === undefined) this.earlier = page.before;
    if (this.state === null) return;
    this.state = withHistory(this.state, page, known, true);
    announce({ kind: "history", data: null });
  },

  /**
   * Have the strip say something to this visitor; null for what it says else.
   *
   * @param {string | null} word
   */
  say(word) {
    this.word = word;
    announce({ kind: "link", data: null });
  },

  /**
   * Note how the page hears from the service.
   *
   * @param {Link} link
   */
  setLink(link) {
    if (link === this.link) return;
    this.link = link;
    announce({ kind: "link", data: null });
  },

  /**
   * Remember that this browser asked for a job. What becomes of it the live line tells, which may
   * have told its end already.
   *
   * @param {Job} job
   */
  claim(job) {
    const ids = [...mine(), job.id].slice(-50);
    try {
      localStorage.setItem(MINE, JSON.stringify(ids));
    } catch {
      // Private windows may refuse; then nobody's cat is marked as theirs.
    }
    announce({ kind: "claim", data: null });
  },

  /**
   * Whether this browser asked for the job.
   *
   * @param {Job} job
   */
  isMine(job) {
    return mine().includes(job.id);
  },
};

/** @returns {number[]} */
function mine() {
  try {
    return JSON.parse(localStorage.getItem(MINE) ?? "[]");
  } catch {
    return [];
  }
}

/** @param {StoreEvent} event */
function announce(event) {
  for (const listener of listeners) listener(event);
}
