// Rules by which is drawn by the clock: listed, added by choices, paused, removed.

import { remove, tell } from "../api.js";
import { element, find, reconcile, setText } from "../dom.js";
import { article, className, language, t, told } from "../i18n.js";
import { newest } from "../newest.js";
import { capital } from "../words.js";
import { wallTime } from "./next.js";
import { ruleEditor } from "./rule.js";

const RUNS_SHOWN = 6;

export class Timetable {
  /** @type {App} */
  #app;
  /** @type {(entries: Api.Schedule[]) => void} */
  #shown;
  #newest = newest();
  rule = ruleEditor();
  kind = element("select", { class: "field", id: "new-kind" });
  wrong = element("p", { class: "wrong", id: "rule-wrong", role: "alert" });

  /**
   * `shown(entries)` is called with what is listed.
   *
   * @param {App} app
   * @param {(entries: Api.Schedule[]) => void} shown
   */
  constructor(app, shown) {
    this.#app = app;
    this.#shown = shown;
    this.list = element("ul", { class: "rules" });
    this.none = element("p", { class: "quiet", hidden: true }, t("There is no rule yet."));
    this.problem = element("p", { class: "wrong", role: "alert" });
    this.past = element("ul", { class: "past" });
    this.pastBox = element(
      "details",
      { class: "past-box", hidden: true },
      element("summary", {}, t("What came of the last runs")),
      this.past,
    );
    this.root = element(
      "section",
      { class: "card", "aria-labelledby": "rules-title" },
      element("h2", { class: "card-title", id: "rules-title" }, t("Drawn by the clock")),
      this.none,
      this.list,
      this.problem,
      this.#form(),
      this.pastBox,
    );
  }

  async refresh() {
    try {
      const found = await this.#newest(
        Promise.all([
          this.#app.api.ask("/schedules"),
          this.#app.api.ask(`/schedules/runs?limit=${RUNS_SHOWN}`),
        ]),
      );
      if (found === null) return;
      const [{ schedules }, { runs }] = found;
      setText(this.problem, "");
      this.#render(schedules);
      this.#renderPast(runs);
      this.#shown(schedules);
    } catch (error) {
      setText(this.problem, error.message);
    }
  }

  #form() {
    const add = element("button", { class: "button", type: "submit" }, t("Add"));
    const submit = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      this.#add();
    };
    return element(
      "form",
      { class: "rule-form", submit },
      this.rule.root,
      element("div", { class: "rule-line" }, labelled(t("What to draw"), this.kind), add),
      this.wrong,
    );
  }

  async #add() {
    const { state } = this.#app.store;
    const kind = this.kind.value === state?.default_class ? {} : { class: this.kind.value };
    try {
      await tell("/schedules", { rule: this.rule.rule(), ...kind });
      setText(this.wrong, "");
      await this.refresh();
    } catch (error) {
      setText(this.wrong, error.message);
    }
  }

  /** @param {Api.Schedule[]} entries */
  #render(entries) {
    this.#fillKinds();
    this.none.hidden = entries.length > 0;
    reconcile(this.list, entries, {
      key: (entry) => entry.id,
      make: (entry) => this.#item(entry),
      update: (item, entry) => this.#fill(item, entry),
    });
  }

  #fillKinds() {
    const { classes = [], default_class: usual } = this.#app.store.state ?? {};
    if (this.kind.children.length > 0 || classes.length === 0) return;
    const sorted = [...classes].sort((a, b) => className(a).localeCompare(className(b), language));
    this.kind.append(
      ...sorted.map((value) => element("option", { value, selected: value === usual }, article(value))),
    );
  }

  /** @param {Api.Schedule} entry */
  #item(entry) {
    const pause = button("", () =>
      this.#do(item, () =>
        tell(`/schedules/${entry.id}/${item.dataset.on === "true" ? "disable" : "enable"}`),
      ),
    );
    const out = button(t("Remove"), () => this.#remove(item, entry), "button-quiet");
    const words = element(
      "div",
      { class: "rule-words" },
      element("p", { class: "rule-text" }),
      element("p", { class: "quiet rule-next" }),
      element("p", { class: "wrong", role: "alert" }),
    );
    const item = element(
      "li",
      { class: "rule" },
      words,
      element("div", { class: "rule-actions" }, pause, out),
    );
    return item;
  }

  /** @param {HTMLElement} item @param {Api.Schedule} entry */
  #fill(item, entry) {
    item.dataset.on = String(entry.enabled);
    const text = told(entry.rule_fact);
    const what = entry.class_name === null ? "" : ` · ${article(entry.class_name)}`;
    setText(find(item, ".rule-text"), capital(text) + what);
    const [next] = entry.next_runs;
    const words = !entry.enabled
      ? t("Paused.")
      : next === undefined
        ? t("Never in the next 60 days.")
        : t("Next: {time}", { time: wallTime(next) });
    setText(find(item, ".rule-next"), words);
    const [pause, out] = item.querySelectorAll("button");
    setText(pause, entry.enabled ? t("Pause") : t("Go on"));
    pause.setAttribute("aria-label", `${pause.textContent}: ${text}`);
    if (out.dataset.sure !== "true") setText(out, t("Remove"));
    out.setAttribute("aria-label", `${out.textContent}: ${text}`);
  }

  /**
   * The first press asks, the second one does it.
   *
   * @param {HTMLElement} item
   * @param {Api.Schedule} entry
   */
  #remove(item, entry) {
    const out = item.querySelectorAll("button")[1];
    if (out.dataset.sure !== "true") {
      out.dataset.sure = "true";
      setText(out, t("Really remove?"));
      out.setAttribute("aria-label", `${out.textContent} ${told(entry.rule_fact)}`);
      out.addEventListener("blur", () => this.#forget(out), { once: true });
      return;
    }
    this.#do(item, () => remove(`/schedules/${entry.id}`));
  }

  /** @param {HTMLButtonElement} out */
  #forget(out) {
    out.dataset.sure = "false";
    setText(out, t("Remove"));
  }

  /** @param {HTMLElement} item @param {() => Promise<unknown>} work */
  async #do(item, work) {
    try {
      await work();
      await this.refresh();
    } catch (error) {
      setText(find(item, ".wrong"), error.message);
    }
  }

  /** @param {Api.Run[]} runs */
  #renderPast(runs) {
    this.pastBox.hidden = runs.length === 0;
    const items = runs.map((run) => {
      const why = run.outcome_fact;
      const outcome = why === null ? t("asked for, job {id}", { id: run.job }) : told(why);
      return element(
        "li",
        {},
        element("span", { class: "run-time" }, wallTime(run.scheduled_for)),
        element("span", {}, outcome),
      );
    });
    this.past.replaceChildren(...items);
  }
}

/** @param {string} label @param {() => unknown} click */
function button(label, click, kind = "") {
  return element("button", { class: `button ${kind}`, type: "button", click }, label);
}

/** @param {string} text @param {HTMLElement} input */
function labelled(text, input, kind = "") {
  return element("div", { class: `labelled ${kind}` }, element("label", { for: input.id }, text), input);
}
