// Who looks at the page: a visitor, or somebody of the staff.

import { ask, cameWith, remove } from "./api.js";

/** @type {Set<() => unknown>} */
const listeners = new Set();
/** One question at a time: answers may overtake each other. @type {Promise<void>} */
let asked = Promise.resolve();

export const session = {
  /**
   * What whoever looks at the page may do; null before the service has said.
   *
   * @type {Api.Session["role"] | null}
   */
  role: null,
  /** Whether a password has been set on this plotter. */
  setUp: true,
  /** Fulfilled as soon as the role is known. */
  ready: Promise.resolve(),

  /** Whether everything is open to whoever looks at the page. */
  get isStaff() {
    return this.role === "staff";
  },

  /**
   * Call `listener()` after every change. Returns a function that ends this.
   *
   * @param {() => unknown} listener
   */
  subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  /** Ask the service who we are; to be called after logging in or out. */
  refresh() {
    const unheard = { role: this.role ?? "visitor", set_up: this.setUp };
    asked = asked
      .then(() => ask("/session"))
      .then(
        (found) => this.know(found),
        () => this.know(unheard),
      );
    return asked;
  },

  /**
   * Take in what the service says of whoever looks.
   *
   * @param {Api.Session} given
   */
  know({ role, set_up: setUp }) {
    if (role === this.role && setUp === this.setUp) return;
    Object.assign(this, { role, setUp });
    for (const listener of listeners) listener();
  },

  /** Leave the staff's side. */
  async logOut() {
    await remove("/session");
    await this.refresh();
  },
};

window.addEventListener("catplotter:refused", () => session.refresh());
const known = cameWith("/session");
if (known === null) session.ready = session.refresh();
else session.know(known);
