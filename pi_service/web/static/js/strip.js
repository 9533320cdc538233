// <state-strip>: how the plotter is, on every view: in a colour, in a sentence for whoever looks,
// with what helps, and with how far the drawing is.

import { at } from "./base.js";
import { element, setText } from "./dom.js";
import { helpFor, showActions } from "./help.js";
import { t } from "./i18n.js";
import { partDone } from "./progress.js";
import { currentRoute, onRoute } from "./router.js";
import { session } from "./session.js";
import { ownJob, personal, shown } from "./state.js";
import { store } from "./store.js";
import { timeLeft } from "./words.js";

class StateStrip extends HTMLElement {
  text = element("span", { class: "strip-text", role: "status" });
  left = element("span", { class: "strip-left" });
  actions = element("span");
  keep = element("a", { class: "button", hidden: true });
  help = element("span", { class: "strip-help" }, this.actions, this.keep);
  bar = element("div");
  track = element("div", { class: "track", "aria-hidden": "true", hidden: true }, this.bar);

  connectedCallback() {
    this.append(this.text, this.left, this.help, this.track);
    const again = () => this.#render();
    store.subscribe(again);
    session.subscribe(again);
    onRoute(again);
    this.#render();
  }

  #render() {
    const { state, link } = store;
    const { isStaff: staff } = session;
    const own = ownJob(state, store.isMine, store.now);
    this.dataset.shown = shown(store);
    const lost = link === "lost" || state === null;
    setText(this.text, (lost ? null : store.word) ?? personal(store, { staff, own }));
    const hands = currentRoute()?.name === "machine"; // it has the machine's own buttons
    showActions(this.actions, lost || !staff ? [] : helpFor(state, { hands }), this.text);
    const asks = staff && !lost && state.approvals > 0 && currentRoute()?.name !== "approvals";
    this.keep.hidden = !asks && (lost || own?.state !== "done" || this.actions.childElementCount > 0);
    if (asks || own !== null)
      this.keep.setAttribute("href", at(asks ? "/approvals" : `/gallery?cat=${own?.id}`));
    setText(this.keep, asks ? t("Look at drawings") : t("Keep it"));
    this.#renderProgress(state?.job ?? null);
  }

  /** @param {ActiveJob | null} job */
  #renderProgress(job) {
    const strokes = job?.strokes ?? null;
    this.track.hidden = strokes === null;
    if (job === null || strokes === null) return setText(this.left, "");
    const { part, stroke } = partDone(job, strokes, store.known.progress);
    const total = strokes.length;
    this.bar.style.setProperty("--done", part.toFixed(4));
    const at = t("Stroke {n} of {total}", { n: Math.min(stroke + 1, total), total });
    const seconds = job.seconds_estimated == null ? null : job.seconds_estimated * (1 - part);
    const counts = job.state === "drawing" && seconds !== null && store.link !== "lost";
    setText(this.left, counts ? `${at} · ${timeLeft(seconds)}` : at);
  }
}

customElements.define("state-strip", StateStrip);
