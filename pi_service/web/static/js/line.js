// <waiting-line>: who waits for the pen, in their order.

import { tell } from "./api.js";
import { element, reconcile, setText } from "./dom.js";
import { store } from "./store.js";
import { article, askedFor, capital } from "./words.js";

class WaitingLine extends HTMLElement {
  connectedCallback() {
    this.list = element("ol", { class: "line-list" });
    this.append(element("h2", { class: "line-title" }, "Waiting for the pen"), this.list);
    this.hidden = true;
    store.subscribe((kind) => kind !== "progress" && this.#render());
  }

  #render() {
    const queue = store.state?.queue ?? [];
    this.hidden = queue.length === 0;
    reconcile(this.list, queue, {
      key: (job) => job.id,
      make: (job) => this.#item(job),
      update: (item, job) => {
        const known = job.reason.includes(store.state.machine.sentence);
        const waits = job.reason && !known ? ` · ${job.reason}` : "";
        setText(item.querySelector(".line-place"), String(queue.indexOf(job) + 1));
        setText(item.querySelector(".line-who"), askedFor(job, store.isMine(job)) + waits);
      },
    });
  }

  #item(job) {
    const what = capital(article(job.class_name));
    const click = (event) => cancel(job, event.currentTarget);
    return element(
      "li",
      { class: "line-item" },
      element("span", { class: "line-place" }),
      element("span", {}, what, element("span", { class: "line-who" })),
      element(
        "button",
        { class: "button line-cancel", type: "button", "aria-label": `Take out ${what}, job ${job.id}`, click },
        "Take out",
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
