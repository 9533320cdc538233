// <wall-label>: what hangs beside the sheet: which cat this is, and what the machine is doing.

import { element, setText } from "./dom.js";
import { helpFor, isBusy, showActions } from "./help.js";
import { needsPaper } from "./reduce.js";
import { store } from "./store.js";
import { capital, jobTitle, timeLeft, WORDS } from "./words.js";

/** Millimetres of ink that a pen lift and the way to the next stroke take as long as. */
const LIFT_MM = 15;

const MOODS = {
  absent: "fault",
  connecting: "held",
  locked: "fault",
  unreferenced: "held",
  ready: "ready",
  drawing: "drawing",
  pausing: "held",
  paused: "held",
  stopping: "held",
  faulted: "fault",
};

/** The part of a job that is done, 0 to 1, and the stroke that the pen is at. */
export function partDone(job, progress) {
  const lengths = job.strokes.map((stroke) =>
    stroke.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - stroke[i][0], y - stroke[i][1]), 0),
  );
  const stroke = Math.min(progress?.stroke ?? job.strokes_drawn, lengths.length);
  const cost = (upTo) => lengths.slice(0, upTo).reduce((sum, mm) => sum + mm + LIFT_MM, 0);
  const done = cost(stroke) + Math.min(progress?.length_mm ?? 0, lengths[stroke] ?? 0);
  return { part: done / (cost(lengths.length) || 1), stroke };
}

class WallLabel extends HTMLElement {
  connectedCallback() {
    this.title_ = element("h2", { class: "label-title" });
    this.medium = element("p", { class: "label-medium" });
    this.status = element("p", { class: "label-status", role: "status" }, WORDS.connecting);
    this.help = element("div", { class: "notice-actions label-help" });
    this.bar = element("div");
    this.track = element("div", { class: "label-track", "aria-hidden": "true" }, this.bar);
    this.stroke = element("span");
    this.time = element("span");
    this.left = element("p", { class: "label-left" }, this.stroke, this.time);
    this.label = element("div", { class: "label" });
    this.label.append(this.title_, this.medium, this.status, this.help, this.track, this.left);
    this.append(this.label);
    store.subscribe(() => this.#render());
    this.#render();
  }

  #render() {
    const { state, link } = store;
    const lost = link === "lost";
    this.label.dataset.mood = lost ? "held" : mood(state);
    setText(this.status, lost ? WORDS.lost : sentence(state));
    if (state === null) return;
    showActions(this.help, lost ? [] : helpFor(state.machine), this.status);
    const job = state.job ?? shownJob(state);
    setText(this.title_, job === null ? "A blank sheet" : jobTitle(job));
    setText(this.medium, medium(state, job));
    this.#renderProgress(state);
    document.title = state.job === null ? "catplotter" : `${jobTitle(state.job)} · catplotter`;
  }

  #renderProgress({ job, progress }) {
    const drawing = job?.strokes != null;
    this.track.hidden = !drawing;
    this.left.hidden = !drawing;
    if (!drawing) return;
    const { part, stroke } = partDone(job, progress);
    const total = job.strokes.length;
    this.bar.style.setProperty("--done", part.toFixed(4));
    setText(this.stroke, `Stroke ${Math.min(stroke + 1, total)} of ${total}`);
    const seconds = job.seconds_estimated == null ? null : job.seconds_estimated * (1 - part);
    const counts = job.state === "drawing" && seconds !== null && store.link !== "lost";
    setText(this.time, counts ? capital(timeLeft(seconds)) : "");
  }
}

function mood(state) {
  if (state === null || waitsForPaper(state)) return "held";
  return isBusy(state.machine) ? "held" : (MOODS[state.machine.state] ?? "held");
}

function thinks({ job, queue }) {
  return job === null && ["requested", "composing"].includes(queue[0]?.state);
}

function waitsForPaper(state) {
  return state.machine.state === "ready" && needsPaper(state);
}

function sentence(state) {
  if (state === null) return WORDS.connecting;
  const { machine } = state;
  if (waitsForPaper(state)) return WORDS.waits;
  return machine.state === "ready" && thinks(state) ? WORDS.thinking : machine.sentence;
}

/** The newest drawing that is still on the sheet, or null for a blank one. */
function shownJob({ history, sheet }) {
  return history.find((job) => sheet !== null && job.sheet === sheet.id) ?? null;
}

function medium({ paper }, job) {
  const size = WORDS.medium(paper);
  return job === null ? size : `${size}. Seed ${job.seed}.`;
}

customElements.define("wall-label", WallLabel);
