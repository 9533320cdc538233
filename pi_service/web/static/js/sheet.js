// <live-sheet>: the sheet of paper. Ink is only ever added to its canvas, as a pen does. With the
// attribute `follows`, and on a phone, what is being drawn is seen near, and then the whole sheet.

import { pictureOf } from "./api.js";
import { element, reconcile, setSource } from "./dom.js";
import { t } from "./i18n.js";
import { brushOf, drawInk, PenPicture, THINNEST_PX, View } from "./pen.js";
import { Playback } from "./playback.js";
import { store } from "./store.js";
import { jobTitle, WORDS } from "./words.js";

/** How near the camera goes at most, and for what part of the picture a drawing is to be. */
const NEAREST = 3;
const FILLED = 0.82;
const phone = window.matchMedia("(max-width: 36rem)");
const SVG = "http://www.w3.org/2000/svg";
const CAT =
  "M50 43c3-5 3-10 2-16-1-4-1-11-1-18-4 2-9 5-12 8-5-1-10-1-15 0-3-3-8-6-12-8 0 7 0 13-1 18" +
  "-3 15 6 26 21 26 7 0 14-3 18-10M24 30v3M40 30v3M30 38q2 2 4 0M32 40v3q-2 3-6 1M32 43q2 3 6 1" +
  "M3 33l9 2M4 42l8-2M60 33l-8 2M59 42l-8-2";

class LiveSheet extends HTMLElement {
  /** @type {ActiveJob | null} */
  #job = null;
  /** @type {number | null} */
  #sheet = null;
  /** @type {Playback | null} */
  #playback = null;
  #inked = 0;
  #frame = 0;
  #jump = false;
  #leave = () => {};
  #observer = new ResizeObserver(() => this.#resize());
  #still = window.matchMedia("(prefers-reduced-motion: reduce)");
  earlier = element("div", { class: "sheet-earlier" });
  ink = element("canvas", { class: "sheet-ink", role: "img", "aria-label": WORDS.empty });
  pen = new PenPicture(element("canvas", { class: "sheet-pen", "aria-hidden": "true", hidden: true }));
  empty = element("p", { class: "sheet-empty" }, catOutline(), WORDS.empty);
  seen = element("div", { class: "sheet-seen" }, this.earlier, this.ink, this.pen.canvas);
  paper = element("div", { class: "sheet-paper" });

  connectedCallback() {
    this.empty.hidden = true;
    this.paper.append(this.seen, this.empty);
    this.append(this.paper);
    this.#observer.observe(this.paper);
    this.#leave = store.subscribe(({ kind }) => this.#changed(kind));
  }

  disconnectedCallback() {
    this.#leave();
    this.#observer.disconnect();
    this.#playback = null;
    this.replaceChildren();
  }

  /** How many mm of the drawing's ink are shown, in the order in which they are drawn. */
  get shownInk() {
    return this.#inked;
  }

  /** @param {string} kind */
  #changed(kind) {
    const { state } = store;
    if (state === null || kind === "link" || kind === "claim") return;
    if (kind !== "progress") {
      this.#setPaper(state);
      this.#takeJob(state);
      this.#hangEarlier(state);
      this.#aim(state);
    }
    if (state.job !== null && state.progress !== null) this.#report(state.progress);
    if (kind !== "progress") this.#frameSoon();
  }

  /** @param {State} given */
  #setPaper({ paper, sheet }) {
    const ratio = (paper.width / paper.height).toFixed(4);
    document.documentElement.style.setProperty("--ratio", ratio);
    this.style.setProperty("--ratio", ratio);
    if (this.#sheet !== null && sheet !== null && this.#sheet !== sheet.id) this.#clear();
    this.#sheet = sheet?.id ?? null;
  }

  /** @param {State} given */
  #takeJob({ job, fresh }) {
    const strokes = job?.strokes ?? null;
    if (job === null || strokes === null) {
      if (fresh || (job !== null && job.id !== this.#job?.id)) this.#clear();
      else if (this.#playback !== null && this.#job !== null && job === null)
        this.#finish(this.#job, this.#playback);
      return;
    }
    if (this.#playback !== null && this.#job !== null && sameDrawing(this.#job, job)) return;
    this.#clear();
    this.#job = job;
    this.#jump = fresh || this.#jump;
    this.#playback = new Playback(strokes, job.strokes_drawn);
    this.ink.setAttribute("aria-label", t("{title} is being drawn.", { title: jobTitle(job) }));
  }

  /**
   * The pen has left: what it reported last is on the paper, what it drew stays.
   *
   * @param {ActiveJob} job
   * @param {Playback} playback
   */
  #finish(job, playback) {
    const last = store.known.history.find((past) => past.id === job.id);
    if (last?.state === "done") playback.ink = playback.path.length;
    else playback.move(Infinity);
    this.#addInk(playback);
    this.#playback = null;
    this.pen.hide();
    this.ink.setAttribute("aria-label", t("{title}, drawn.", { title: jobTitle(last ?? job) }));
  }

  #clear() {
    this.#job = null;
    this.#playback = null;
    this.#inked = 0;
    brushOf(this.ink).clearRect(0, 0, this.ink.width, this.ink.height);
    this.ink.setAttribute("aria-label", WORDS.empty);
    this.pen.hide();
  }

  /**
   * Pictures of what was drawn on this sheet before, except for what the canvas shows.
   *
   * @param {State} given
   */
  #hangEarlier({ history, sheet, job }) {
    const shown = this.#job?.id;
    const jobs = history.filter((past) => past.sheet === sheet?.id && past.id !== shown);
    reconcile(this.earlier, sheet === null ? [] : jobs, {
      key: (past) => past.id,
      make: (past) => element("img", { alt: jobTitle(past) }),
      update: (image, past) => setSource(image, pictureOf(past, this.#isSmall())),
    });
    this.empty.hidden = jobs.length > 0 || this.#job !== null || job !== null;
  }

  get #follows() {
    return phone.matches || this.hasAttribute("follows");
  }

  /**
   * Turn the camera to the drawing that is on the paper, or to all of it.
   *
   * @param {State} given
   */
  #aim({ paper, job }) {
    const points = this.#follows ? (job?.strokes ?? []).flat() : [];
    const x = points.map((point) => point[0] / paper.width);
    const y = points.map((point) => 1 - point[1] / paper.height);
    const [left, right, top, bottom] = [Math.min(...x), Math.max(...x), Math.min(...y), Math.max(...y)];
    const fits = points.length === 0 ? 1 : FILLED / Math.max(right - left, bottom - top, 0.01);
    const near = Math.min(Math.max(fits, 1), NEAREST);
    const at = (/** @type {number} */ low, /** @type {number} */ high) =>
      near === 1 ? 0 : Math.min(Math.max(50 - 50 * (low + high) * near, 100 - 100 * near), 0);
    this.seen.style.setProperty("--near", near.toFixed(4));
    this.seen.style.translate = `${at(left, right).toFixed(2)}% ${at(top, bottom).toFixed(2)}%`;
  }

  /** Pixels of the canvas for one of CSS: more where it is seen from near. */
  get #ratio() {
    return (window.devicePixelRatio || 1) * (this.#follows ? 2 : 1);
  }

  /** @param {Api.Progress} progress */
  #report(progress) {
    if (this.#playback === null) return;
    this.#playback.report(progress, performance.now(), this.#jump || this.#still.matches);
    this.#jump = false;
    this.#frameSoon();
  }

  #frameSoon() {
    if (this.#frame !== 0 || this.#playback === null) return;
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = 0;
      if (this.#playback === null) return;
      const more = this.#playback.move(now);
      this.#addInk(this.#playback);
      this.#showPen(this.#playback);
      if (more) this.#frameSoon();
    });
  }

  #view() {
    return new View(store.known.paper, this.ink.width / this.#ratio, this.#ratio);
  }

  /** Whether the pen's line would be thinner than the screen can show well. */
  #isSmall() {
    const { pen_width: pen = 0.5, paper } = store.known;
    return (this.paper.clientWidth / paper.width) * pen < THINNEST_PX;
  }

  #style() {
    const style = getComputedStyle(this);
    return { colour: style.getPropertyValue("--ink"), width: store.known.pen_width ?? 0.5 };
  }

  /** @param {Playback} given */
  #addInk({ path, ink }) {
    const context = brushOf(this.ink);
    drawInk(context, this.#view(), path, this.#inked, ink, this.#style());
    this.#inked = Math.max(ink, this.#inked);
  }

  /** @param {Playback} given */
  #showPen({ pen, down }) {
    if (pen !== null) this.pen.show(this.#view(), pen, down, this.#style().colour);
  }

  #resize() {
    const { width, height } = this.paper.getBoundingClientRect();
    const size = [Math.round(width * this.#ratio), Math.round(height * this.#ratio)];
    if (this.ink.width === size[0] && this.ink.height === size[1]) return;
    [this.ink.width, this.ink.height] = size;
    this.#redraw();
  }

  #redraw() {
    if (this.#playback === null) {
      this.#job = null; // What the canvas showed is a picture from now on.
      if (store.state !== null) this.#hangEarlier(store.state);
      return;
    }
    this.#inked = 0;
    this.#addInk(this.#playback);
    this.#showPen(this.#playback);
  }
}

/** @param {ActiveJob} a @param {ActiveJob} b */
function sameDrawing(a, b) {
  return a.id === b.id && a.seed === b.seed && a.strokes?.length === b.strokes?.length;
}

function catOutline() {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 4 64 52");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", CAT);
  svg.append(path);
  return svg;
}

customElements.define("live-sheet", LiveSheet);
