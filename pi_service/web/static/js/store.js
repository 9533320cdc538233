// What the page knows, in one place. Elements subscribe and draw themselves from it.

import { mergeHistory, reduce } from "./reduce.js";

const listeners = new Set();
const MINE = "catplotter.mine";

export const store = {
  /** The state as of /api/v1/state plus `history`, or null before the first answer. */
  state: null,
  /** "connecting", "live", "asking" (no place in the live stream) or "lost". */
  link: "connecting",
  /** Where the history goes on, null at its end, undefined before the first answer. */
  earlier: undefined,
  /** How much of the history is kept; what was fetched on somebody's wish comes on top. */
  keep: 100,

  /** Call `listener(kind, data)` after every change, and once now if there is a state. */
  subscribe(listener) {
    listeners.add(listener);
    if (this.state !== null) listener("state", this.state);
    return () => listeners.delete(listener);
  },

  /** Take in an event of the live stream. */
  receive(kind, data) {
    const next = reduce(this.state, kind, data);
    if (next === this.state) return;
    this.state = next;
    this.forget();
    announce(kind, data);
  },

  /** Let go what is more than is kept: a page may be open for weeks. */
  forget() {
    const { history } = this.state;
    if (history.length <= this.keep) return;
    const kept = history.slice(0, this.keep);
    this.state = { ...this.state, history: kept };
    this.earlier = kept.at(-1).id;
  },

  /** Take in a page of the history. */
  addHistory({ jobs, before }, { newest = false } = {}) {
    if (!newest || this.earlier === undefined) this.earlier = before;
    if (this.state === null) return;
    if (!newest) this.keep += jobs.length;
    this.state = { ...this.state, history: mergeHistory(this.state.history, jobs), fresh: false };
    announce("history");
  },

  /** Note how the page hears from the service. */
  setLink(link) {
    if (link === this.link) return;
    this.link = link;
    announce("link");
  },

  /** Remember that this browser asked for a job. */
  claim(id) {
    const ids = [...mine(), id].slice(-50);
    try {
      localStorage.setItem(MINE, JSON.stringify(ids));
    } catch {
      // Private windows may refuse; then nobody's cat is marked as theirs.
    }
    announce("claim");
  },

  /** Whether this browser asked for the job. */
  isMine(job) {
    return mine().includes(job.id);
  },
};

function mine() {
  try {
    return JSON.parse(localStorage.getItem(MINE) ?? "[]");
  } catch {
    return [];
  }
}

function announce(kind, data = null) {
  for (const listener of listeners) listener(kind, data);
}
