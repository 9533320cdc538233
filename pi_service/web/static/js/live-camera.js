// <live-camera>: what the camera beside the plotter sees, a picture a second while it is seen.

import { at } from "./base.js";
import { element, setText } from "./dom.js";
import { t, told } from "./i18n.js";
import { store } from "./store.js";

const STYLES = new URL("../css/camera.css", import.meta.url).href;
const EVERY_MS = 1000;
const OPENING_MS = 600;
const TROUBLE_MS = 5000;
/** Which of the pages at one address this is. */
const VIEWER = Math.random().toString(36).slice(2, 12);

class LiveCamera extends HTMLElement {
  #timer = 0;
  #near = false;
  #asking = false;
  #leave = () => {};
  #observer = new IntersectionObserver((seen) => {
    this.#near = seen.at(-1)?.isIntersecting ?? false;
    this.#soon(0);
  });
  picture = element("div", { class: "camera-picture" });
  words = element("figcaption", { class: "camera-words", role: "status" });

  connectedCallback() {
    this.append(element("figure", { class: "camera" }, this.picture, this.words));
    this.#leave = store.subscribe(({ kind }) => kind !== "progress" && this.#changed());
    this.#observer.observe(this);
    document.addEventListener("visibilitychange", this.#seen);
  }

  disconnectedCallback() {
    this.#leave();
    this.#observer.disconnect();
    document.removeEventListener("visibilitychange", this.#seen);
    clearTimeout(this.#timer);
    this.replaceChildren();
  }

  #seen = () => this.#soon(0);

  #changed() {
    const on = store.state?.camera?.on ?? false;
    if (this.hidden === !on) return;
    this.hidden = !on;
    if (!on) this.picture.replaceChildren();
    this.#soon(0);
  }

  /** @param {number} ms */
  #soon(ms) {
    clearTimeout(this.#timer);
    const wanted = this.isConnected && !this.hidden && this.#near && !document.hidden;
    if (wanted && !this.#asking) this.#timer = setTimeout(() => this.#look(), ms);
  }

  async #look() {
    this.#asking = true;
    const next = element("img", { class: "camera-image", alt: t("The plotter, seen by its camera") });
    next.src = at(`/api/v1/camera.jpg?viewer=${VIEWER}&t=${Date.now()}`);
    const wait = await next.decode().then(
      () => this.#show(next),
      () => this.#whyNot(),
    );
    this.#asking = false;
    this.#soon(wait);
  }

  /** @param {HTMLImageElement} image */
  #show(image) {
    this.picture.replaceChildren(image);
    setText(this.words, "");
    return EVERY_MS;
  }

  /** No picture came: it is not there yet, or the service says why there is none. */
  async #whyNot() {
    const answer = await fetch(at(`/api/v1/camera.jpg?viewer=${VIEWER}`)).catch(() => null);
    if (answer?.status === 204 || answer?.ok) {
      if (this.picture.childElementCount === 0) setText(this.words, t("The camera is being opened …"));
      return OPENING_MS;
    }
    const problem = await answer?.json().catch(() => null);
    this.picture.replaceChildren();
    setText(this.words, problem?.code ? told(problem) : t("The camera gives no picture now."));
    return TROUBLE_MS;
  }
}

document.head.append(element("link", { rel: "stylesheet", href: STYLES }));
customElements.define("live-camera", LiveCamera);
