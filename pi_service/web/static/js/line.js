// <waiting-line>: who waits for the pen, in their order.

import { tell } from "./api.js";
import { element, find, reconcile, setText } from "./dom.js";
import { article, same, t, told } from "./i18n.js";
import { session } from "./session.js";
import { store } from "./store.js";
import { askedFor, capital } from "./words.js";

class WaitingLine extends HTMLElement {
  /** @type {(() => unknown)[]} */
  #leave = [];
  list = element("ol", { class: "line-list" });

  connectedCallback() {
    this.hidden = true;
    this.append(element("h2", { class: "line-title" }, t("Waiting for the pen")), this.list);
    const heard = store.subscribe(({ kind }) => kind !== "progress" && this.#render());
    this.#leave = [heard, session.subscribe(() => this.#render())];
  }

  disconnectedCallback() {
    for (const leave of this.#leave) leave();
    this.replaceChildren();
  }

  #render() {
    const queue = store.state?.queue ?? [];
    this.hidden = queue.length === 0;
    reconcile(this.list, queue, {
      key: (job) => job.id,
      make: (job) => this.#item(job),
      update: (item, job) => {
        const why = job.reason_fact;
        const waits = why === null || isShown(why) ? "" : ` · ${told(why)}`;
        setText(find(item, ".line-place"), String(queue.indexOf(job) + 1));
        setText(find(item, ".line-who"), askedFor(job, store.isMine(job)) + waits);
        find(item, ".line-cancel").hidden = !session.isStaff;
      },
    });
  }

  /** @param {Job} job */
  #item(job) {
    const what = capital(article(job.class_name));
    const name = t("Take out {what}, job {id}", { what, id: job.id });
    const who = element("span", { class: "line-who" });
    const out = element(
      "button",
      { class: "button line-cancel", type: "button", "aria-label": name },
      t("Take out"),
    );
    out.addEventListener("click", () => cancel(job, out, who));
    return element(
      "li",
      { class: "line-item" },
      element("span", { class: "line-place" }),
      element("span", {}, what, who),
      out,
    );
  }
}

/**
 * Whether all of the page says it already: what is shown, or what the machine lacks.
 *
 * @param {Fact} why
 */
function isShown(why) {
  const { shown, machine } = store.known;
  return same(why, shown.fact) || same(/** @type {Fact} */ (why.params.why), machine.fact);
}

/** @param {Job} job @param {HTMLButtonElement} button @param {HTMLElement} who */
async function cancel(job, button, who) {
  button.disabled = true;
  try {
    await tell(`/jobs/${job.id}/cancel`);
  } catch (error) {
    button.disabled = false;
    setText(who, error.message);
  }
}

customElements.define("waiting-line", WaitingLine);
