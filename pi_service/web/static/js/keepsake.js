// <my-cat>: the finished drawing of whoever asked for it from this browser, to be taken home.

import { closeupOf, fileOf } from "./api.js";
import { at } from "./base.js";
import { element, setSource, setText } from "./dom.js";
import { t } from "./i18n.js";
import { ownEnded } from "./state.js";
import { store } from "./store.js";
import { jobTitle } from "./words.js";

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
    const job = ownEnded(store.state, store.isMine, store.now);
    this.hidden = job?.state !== "done";
    if (job === null || this.hidden || job.id === this.#shown) return;
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

customElements.define("my-cat", MyCat);
