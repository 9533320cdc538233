// The live line of the hall: the whole of it first, then what changes.

import { ask } from "../api.js";
import { at } from "../base.js";

const SILENCE_MS = 6000;
const WAITS_MS = [300, 1000, 2000, 4000];

/** @typedef {Omit<Api.Hall, "event"> & { gone: string[] }} Change */

export class HallLine {
  /** @type {Map<string, Api.HallPlotter>} */
  plotters = new Map();
  /** @type {Omit<Change, "plotters" | "gone"> | null} */
  rest = null;
  /** Whether whoever serves this page talks to us. */
  live = false;
  /** @type {EventSource | null} */
  #source = null;
  #failures = 0;
  #closed = false;
  #retry = 0;
  #silence = 0;
  #changed;

  /** @param {(names: Set<string> | null) => void} changed what has changed; null: everything */
  constructor(changed) {
    this.#changed = changed;
    document.addEventListener("visibilitychange", this.#seen);
    this.#connect();
  }

  close() {
    this.#closed = true;
    document.removeEventListener("visibilitychange", this.#seen);
    this.#hangUp();
  }

  #seen = () => {
    if (document.hidden) this.#hangUp();
    else if (this.#source === null) this.#connect();
  };

  #connect() {
    this.#hangUp();
    const source = new EventSource(at("/api/v1/hall/events"));
    this.#source = source;
    source.addEventListener("state", ({ data }) => this.#whole(JSON.parse(data)));
    source.addEventListener("hall", ({ data }) => this.#part(JSON.parse(data)));
    source.addEventListener("heartbeat", () => this.#sound());
    source.addEventListener("error", () => this.#failed());
    this.#expect();
  }

  #hangUp() {
    clearTimeout(this.#retry);
    clearTimeout(this.#silence);
    this.#source?.close();
    this.#source = null;
  }

  #expect() {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#failed(), SILENCE_MS);
  }

  #sound() {
    this.#expect();
    this.#failures = 0;
    if (this.live) return;
    this.live = true;
    this.#changed(new Set());
  }

  /** Asking tells whether we are still logged in; then the line is tried again. */
  async #failed() {
    this.#hangUp();
    const wait = WAITS_MS[Math.min(this.#failures, WAITS_MS.length - 1)];
    this.#failures += 1;
    const hall = await ask("/hall").catch(() => null);
    if (this.#source !== null || this.#closed) return; // what the line tells is newer
    if (hall !== null) {
      this.#whole(hall);
      clearTimeout(this.#silence);
    } else {
      this.live = false;
      this.#changed(new Set());
    }
    this.#retry = setTimeout(() => this.#connect(), wait);
  }

  /** @param {Api.Hall} hall */
  #whole({ plotters, ...rest }) {
    this.plotters = new Map(plotters.map((plotter) => [plotter.name, plotter]));
    this.rest = rest;
    this.#take(null);
  }

  /** @param {Change} change */
  #part({ plotters, gone, ...rest }) {
    for (const plotter of plotters) this.plotters.set(plotter.name, plotter);
    for (const name of gone) this.plotters.delete(name);
    this.rest = rest;
    this.#take(new Set([...gone, ...plotters.map(({ name }) => name)]));
  }

  /** @param {Set<string> | null} names */
  #take(names) {
    this.#expect();
    this.#failures = 0;
    this.live = true;
    this.#changed(names);
  }
}
