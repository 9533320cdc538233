// <my-cat>: the finished drawing of whoever asked for it from this browser, to be taken home.

import { closeupOf, fileOf } from "./api.js";
import { at } from "./base.js";
import { element, setSource, setText } from "./dom.js";
import { t } from "./i18n.js";
import { store } from "./store.js";
import { jobTitle } from "./words.js";

/** For how long after its end it is offered, in seconds. */
const OFFERED_S = 3600;

class MyCat extends HTMLElement {
  /** @type {number | null} */
  #shown = null;
  #leave = () => {};
  image = element("img", { alt: "" });
  text = element("p", { class: "keepsake-text" });
  links = element("p", { class: "cat-links" });

  connectedCallback() {
    this.hidden = true;
    this.#shown = null;
    const words = element("div", {}, this.text, this.links);
    this.append(
      element(
        "div",
        { class: "keepsake", role: "status" },
        element("span", { class: "cat-picture" }, this.image),
        words,
      ),
    );
    this.#leave = store.subscribe(({ kind }) => kind !== "progress" && this.#render());
  }

  disconnectedCallback() {
    this.#leave();
    this.replaceChildren();
  }

  #render() {
    const job = newest(store);
    this.hidden = job === null;
    if (job === null || job.id === this.#shown) return;
    this.#shown = job.id;
    const title = jobTitle(job);
    setText(this.text, t("Yours is finished: {title}.", { title }));
    setSource(this.image, closeupOf(job));
    const link = (/** @type {string} */ suffix, /** @type {string} */ label) =>
      element(
        "a",
        { href: fileOf(job, suffix, suffix === "svg"), download: true, "aria-label": `${label}: ${title}` },
        label,
      );
    this.links.replaceChildren(
      link("png", t("Keep the picture")),
      link("gif", t("Keep the film")),
      link("svg", t("Keep the lines")),
      element("a", { href: at(`/gallery?cat=${job.id}`) }, t("See it in the gallery")),
    );
  }
}

/** @param {typeof store} given */
function newest({ state, isMine }) {
  if (state === null) return null;
  const now = state.now ?? Date.now() / 1000;
  return (
    state.history.find(
      (job) => job.state === "done" && isMine(job) && now - (job.ended_at ?? now) < OFFERED_S,
    ) ?? null
  );
}

customElements.define("my-cat", MyCat);
