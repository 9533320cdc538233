// <cat-gallery>: every cat that was drawn, with its files to keep.

import { closeupOf, fileOf, history } from "./api.js";
import { at } from "./base.js";
import { whoseTime } from "./clock.js";
import { element, find, reconcile, setSource, setText } from "./dom.js";
import { t } from "./i18n.js";
import { store } from "./store.js";
import { jobTitle, shortfall, WORDS, when } from "./words.js";

class CatGallery extends HTMLElement {
  #leave = () => {};
  grid = element("ul", { class: "gallery-grid" });
  none = element("p", { class: "gallery-empty" }, WORDS.noCats);
  whose = element("p", { class: "quiet" });
  more = element(
    "button",
    { class: "button gallery-more", type: "button", hidden: true, click: () => this.#earlier() },
    t("Show earlier cats"),
  );

  connectedCallback() {
    const title = element("h2", { class: "gallery-title", id: "gallery-title" }, t("Drawn here"));
    const all = element("a", { class: "gallery-all", href: at("/gallery") }, t("All in the gallery"));
    const head = element("div", { class: "gallery-head" }, title, all);
    this.append(head, this.none, this.whose, this.grid, this.more);
    this.#leave = store.subscribe(({ kind }) => kind !== "progress" && this.#render());
  }

  disconnectedCallback() {
    this.#leave();
    this.replaceChildren();
  }

  #render() {
    const { state, earlier } = store;
    if (state === null) return;
    reconcile(this.grid, state.history, {
      key: (job) => job.id,
      make: card,
      update: (item, job) => {
        setText(find(item, ".cat-facts"), facts(job));
        setSource(find(item, "img"), closeupOf(job));
      },
    });
    setText(this.whose, state.history.length > 0 ? whoseTime() : "");
    this.none.hidden = state.history.length > 0;
    this.more.hidden = earlier == null;
  }

  async #earlier() {
    this.more.disabled = true;
    try {
      const known = store.known.history;
      store.addHistory(await history(store.earlier), known);
    } catch (error) {
      setText(this.none, error.message);
      this.none.hidden = false;
    } finally {
      this.more.disabled = false;
    }
  }
}

/** @param {Job} job */
function facts(job) {
  const parts = [
    when(job.started_at ?? job.requested_at),
    t("seed {seed}", { seed: job.seed }),
    shortfall(job),
  ];
  return parts.filter(Boolean).join(" · ");
}

/** @param {Job} job */
function card(job) {
  const title = jobTitle(job);
  const image = element("img", { alt: "", loading: "lazy", decoding: "async" });
  const link = (/** @type {string} */ suffix, /** @type {string} */ label) =>
    element(
      "a",
      {
        href: fileOf(job, suffix, true),
        download: true,
        "aria-label": t("{title} as {format}", { title, format: label }),
      },
      label,
    );
  return element(
    "li",
    { class: "cat" },
    element(
      "a",
      { class: "cat-picture", href: fileOf(job, "svg"), "aria-label": t("Look at {title}", { title }) },
      image,
    ),
    element("h3", { class: "cat-name" }, title),
    element("p", { class: "cat-facts" }),
    element("p", { class: "cat-links" }, link("svg", "SVG"), link("gcode", "G-code")),
  );
}

customElements.define("cat-gallery", CatGallery);
