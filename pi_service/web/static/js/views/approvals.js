// Ask me first: visitors' drawings that wait for the staff's yes, and the rules about them.

import { limits } from "../approvals/limits.js";
import { card } from "../approvals/waiting.js";
import { at } from "../base.js";
import { element, reconcile, setText } from "../dom.js";
import { plural, t } from "../i18n.js";
import { newest } from "../newest.js";

/** Keys that answer for the drawing that has the focus, or else for the oldest. */
const KEYS = new Map([
  ["a", ".approve"],
  ["r", ".refuse"],
]);
/** How long is left is told anew so often. */
const AGAIN_MS = 15_000;

/**
 * Fill `root`.
 *
 * @param {HTMLElement} root
 * @param {App} app
 */
export async function mount(root, app) {
  const view = new ApprovalsView(app);
  await view.ready;
  root.append(view.root);
  return () => view.leave();
}

class ApprovalsView {
  /** @type {App} */
  #app;
  #timer = 0;
  #newest = newest();
  status = element("p", { class: "approvals-status", role: "status" });
  list = element("ol", { class: "approvals-list" });
  counts = element("p", { class: "quiet" });

  /** @param {App} app */
  constructor(app) {
    this.#app = app;
    this.limits = limits(app, (coming) => this.#take(coming));
    const keys = t("Keys: A draws it, R refuses it; Tab goes to the next drawing.");
    const kept = element("a", { href: at("/gallery?show=kept") }, t("What is kept"));
    this.root = element(
      "div",
      { class: "page approvals" },
      element("div", { class: "view-head" }, element("h1", { class: "view-title" }, t("Ask me first"))),
      this.limits.onOff,
      this.status,
      this.list,
      element("p", { class: "quiet approvals-hands" }, t("Red is the visitor’s hand, black the machine’s.")),
      element("p", { class: "quiet approvals-keys" }, keys),
      this.limits.root,
      element("p", { class: "quiet" }, this.counts, kept),
    );
    this.press = (/** @type {KeyboardEvent} */ event) => this.#key(event);
    document.addEventListener("keydown", this.press);
    this.unsubscribe = app.store.subscribe(({ kind }) => {
      if (kind === "approvals" || kind === "state") this.#load();
    });
    this.#timer = setInterval(() => this.#load(), AGAIN_MS);
    /** Fulfilled when there is something to see: nothing moves afterwards. */
    this.ready = this.#load();
  }

  leave() {
    clearInterval(this.#timer);
    document.removeEventListener("keydown", this.press);
    this.unsubscribe();
  }

  async #load() {
    try {
      await this.#take(this.#app.api.ask("/approvals"));
    } catch (error) {
      setText(this.status, error.message);
    }
  }

  /** @param {Promise<Api.Approvals>} coming */
  async #take(coming) {
    const found = await this.#newest(coming);
    if (found !== null) this.#show(found);
  }

  /** @param {Api.Approvals} found */
  #show(found) {
    const { waiting, rules } = found;
    this.limits.show(rules);
    const none = rules.on ? t("Nothing waits.") : t("What visitors draw goes to the pen at once.");
    setText(
      this.status,
      waiting.length === 0 ? none : plural(waiting.length, "{n} drawing waits.", "{n} drawings wait."),
    );
    this.root.dataset.waiting = String(waiting.length > 0);
    reconcile(this.list, waiting, {
      key: (each) => each.id,
      make: (each) => card(each, (path) => this.#answer(path)).root,
      update: (item, each) => card.update(item, each, this.#app.store.now),
    });
    const { approved, refused } = found;
    setText(this.counts, `${t("{approved} drawn so far, {refused} refused.", { approved, refused })} `);
  }

  /** @param {`/approvals/${number}/approve` | `/approvals/${number}/refuse`} path */
  async #answer(path) {
    try {
      await this.#app.api.tell(path);
      await this.#load();
    } catch (error) {
      await this.#load();
      setText(this.status, error.message);
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const { target, key } = event;
    const button = KEYS.get(key.toLowerCase());
    const writes =
      target instanceof Element && target.closest("input:not([type=checkbox]), textarea, select");
    if (button === undefined || writes || event.ctrlKey || event.metaKey || event.altKey || event.repeat)
      return;
    const focused = target instanceof Element ? target.closest(".approval") : null;
    const chosen = focused ?? this.list.firstElementChild;
    const found = /** @type {HTMLButtonElement | null | undefined} */ (chosen?.querySelector(button));
    if (!found?.isConnected || found.disabled) return;
    event.preventDefault();
    found.click();
  }
}
