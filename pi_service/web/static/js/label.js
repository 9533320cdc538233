// <wall-label>: what hangs beside the sheet: which cat this is, and what the machine is doing.

import { element, setText } from "./dom.js";
import { helpFor, showActions } from "./help.js";
import { t } from "./i18n.js";
import { partDone } from "./progress.js";
import { setTitle } from "./router.js";
import { session } from "./session.js";
import { sentence, shown } from "./state.js";
import { store } from "./store.js";
import { capital, jobTitle, timeLeft, WORDS } from "./words.js";

class WallLabel extends HTMLElement {
  /** @type {(() => unknown)[]} */
  #leave = [];
  title_ = element("h2", { class: "label-title" });
  medium = element("p", { class: "label-medium" });
  status = element("p", { class: "label-status", role: "status" }, WORDS.connecting);
  help = element("div", { class: "notice-actions label-help" });
  bar = element("div");
  track = element("div", { class: "label-track", "aria-hidden": "true" }, this.bar);
  stroke = element("span");
  time = element("span");
  left = element("p", { class: "label-left" }, this.stroke, this.time);
  label = element("div", { class: "label" });

  connectedCallback() {
    this.label.append(this.title_, this.medium, this.status, this.help, this.track, this.left);
    this.append(this.label);
    const again = () => this.#render();
    this.#leave = [store.subscribe(again), session.subscribe(again)];
    this.#render();
  }

  disconnectedCallback() {
    for (const leave of this.#leave) leave();
    this.replaceChildren();
  }

  #render() {
    const { state, link } = store;
    const lost = link === "lost";
    this.label.dataset.shown = shown(store);
    setText(this.status, sentence(store));
    if (state === null) return;
    showActions(this.help, lost || !session.isStaff ? [] : helpFor(state), this.status);
    const job = state.job ?? shownJob(state);
    setText(this.title_, job === null ? t("A blank sheet") : jobTitle(job));
    setText(this.medium, medium(state, job));
    this.#renderProgress(state);
    setTitle(state.job === null ? "" : jobTitle(state.job));
  }

  /** @param {State} given */
  #renderProgress({ job, progress }) {
    const strokes = job?.strokes ?? null;
    this.track.hidden = this.left.hidden = strokes === null;
    if (job === null || strokes === null) return;
    const { part, stroke } = partDone(job, strokes, progress);
    const total = strokes.length;
    this.bar.style.setProperty("--done", part.toFixed(4));
    setText(this.stroke, t("Stroke {n} of {total}", { n: Math.min(stroke + 1, total), total }));
    const seconds = job.seconds_estimated == null ? null : job.seconds_estimated * (1 - part);
    const counts = job.state === "drawing" && seconds !== null && store.link !== "lost";
    setText(this.time, counts ? capital(timeLeft(seconds)) : "");
  }
}

/**
 * The newest drawing that is still on the sheet, or null for a blank one.
 *
 * @param {State} given
 */
function shownJob({ history, sheet }) {
  return history.find((job) => sheet !== null && job.sheet === sheet.id) ?? null;
}

/** @param {State} given @param {Job | null} job */
function medium({ paper }, job) {
  const size = WORDS.medium(paper);
  return job === null ? size : `${size}. ${t("Seed {seed}.", { seed: job.seed })}`;
}

customElements.define("wall-label", WallLabel);
