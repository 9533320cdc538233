// <from-stroke>: from which of its strokes a drawing is gone on with, or drawn again.

import { element, setText } from "./dom.js";
import { goOn } from "./help.js";
import { t } from "./i18n.js";

export class FromStroke extends HTMLElement {
  /** @type {Job | null} */
  #job = null;
  /** The stroke after those on the paper when it was last shown; what is typed stays. */
  #shown = 0;
  input = element("input", { class: "field from-number", type: "number", min: "1", inputmode: "numeric" });
  of = element("span");
  answer = element("p", { class: "wrong", role: "alert" });
  go = element("button", { class: "button", type: "button", click: () => this.#go() }, t("Draw from there"));
  summary = element("summary", {});
  box = element("details", { class: "from" });

  connectedCallback() {
    const label = element("label", { class: "from-label" }, t("From stroke"), this.input, this.of);
    const row = element("div", { class: "from-row" }, label, this.go);
    this.box.replaceChildren(this.summary, row, this.answer);
    this.append(this.box);
  }

  /** @param {Job} job */
  show(job) {
    const next = Math.min(job.strokes_drawn + 1, job.strokes_total);
    if (this.#job?.id !== job.id || this.#shown !== next) this.input.value = String(next);
    this.#job = job;
    const again = job.state === "done" ? t("Draw its strokes again …") : t("From another stroke …");
    setText(this.summary, again);
    this.#shown = next;
    this.input.max = String(job.strokes_total);
    setText(this.of, t("of {total}", { total: job.strokes_total }));
  }

  async #go() {
    if (this.#job === null) return;
    try {
      await goOn(`/jobs/${this.#job.id}/finish`, { from_stroke: this.input.valueAsNumber - 1 });
      setText(this.answer, "");
      this.box.open = false;
    } catch (error) {
      setText(this.answer, error.message);
    }
  }
}

customElements.define("from-stroke", FromStroke);
