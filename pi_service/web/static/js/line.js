// <waiting-line>: who waits for the pen, in their order.

import { tell } from "./api.js";
import { element, reconcile, setText } from "./dom.js";
import { said, t } from "./i18n.js";
import { session } from "./session.js";
import { store } from "./store.js";
import { article, askedFor, capital } from "./words.js";

class WaitingLine extends HTMLElement {
  #leave = [];

  connectedCallback() {
    this.list = element("ol", { class: "line-list" });
    this.append(element("h2", { class: "line-title" }, t("Waiting for the pen")), this.list);
    this.hidden = true;
    const heard = store.subscribe((kind) => kind !== "progress" && this.#render());
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
        const known = job.reason.includes(store.state.machine.sentence);
        const waits = job.reason && !known ? ` · ${said(job.reason)}` : "";
        setText(item.querySelector(".line-place"), String(queue.indexOf(job) + 1));
        setText(item.querySelector(".line-who"), askedFor(job, store.isMine(job)) + waits);
        item.querySelector(".line-cancel").hidden = !session.isStaff;
      },
    });
  }

  #item(job) {
    const what = capital(article(job.class_name));
    const name = t("Take out {what}, job {id}", { what, id: job.id });
    const click = (event) => cancel(job, event.currentTarget);
    return element(
      "li",
      { class: "line-item" },
      element("span", { class: "line-place" }),
      element("span", {}, what, element("span", { class: "line-who" })),
      element(
        "button",
        { class: "button line-cancel", type: "button", "aria-label": name, click },
        t("Take out"),
      ),
    );
  }
}

async function cancel(job, button) {
  button.disabled = true;
  try {
    await tell(`/jobs/${job.id}/cancel`);
  } catch (error) {
    button.disabled = false;
    setText(button.closest("li").querySelector(".line-who"), error.message);
  }
}

customElements.define("waiting-line", WaitingLine);
