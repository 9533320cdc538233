// <wall-label>: what hangs beside the sheet: which cat this is, and on what paper.

import { element, setText } from "./dom.js";
import { t } from "./i18n.js";
import { setTitle } from "./router.js";
import { store } from "./store.js";
import { jobTitle, WORDS } from "./words.js";

class WallLabel extends HTMLElement {
  #leave = () => {};
  title_ = element("h2", { class: "label-title" });
  medium = element("p", { class: "label-medium" });

  connectedCallback() {
    this.append(element("div", { class: "label" }, this.title_, this.medium));
    this.#leave = store.subscribe(({ kind }) => kind !== "progress" && this.#render());
  }

  disconnectedCallback() {
    this.#leave();
    this.replaceChildren();
  }

  #render() {
    const { known } = store;
    const job = known.job ?? shownJob(known);
    setText(this.title_, job === null ? t("A blank sheet") : jobTitle(job));
    setText(this.medium, medium(known, job));
    setTitle(known.job === null ? "" : jobTitle(known.job));
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
  return job === null ? size : t("{size}. Seed {seed}.", { size, seed: job.seed });
}

customElements.define("wall-label", WallLabel);
