// Rules by which is drawn by the clock: listed, added in plain words, paused, removed.

import { remove, tell } from "../api.js";
import { element, find, reconcile, setText } from "../dom.js";
import { article, className, language, t, told } from "../i18n.js";
import { capital } from "../words.js";
import { wallTime } from "./next.js";

/** Rules to begin with, and what each of them means. */
const EXAMPLES = [
  ["daily at 14:00", t("every day at 14:00, if it is open then")],
  ["every 20 minutes", t("every 20 minutes while it is open")],
  ["on sat, sun at 11:00", t("on Saturdays and Sundays at 11:00")],
  ["on 2026-12-24 at 15:00", t("on this date at 15:00, open or not")],
];
const RUNS_SHOWN = 6;

export class Timetable {
  /** @type {App} */
  #app;
  /** @type {(entries: Api.Schedule[], zone: string) => void} */
  #shown;
  /** @type {() => string} */
  #zone;
  rule = element("input", {
    class: "field rule-field",
    id: "new-rule",
    required: true,
    maxlength: "200",
    autocomplete: "off",
    spellcheck: "false",
    lang: "en",
    placeholder: "daily at 14:00",
    "aria-describedby": "rule-wrong rule-meaning",
  });
  kind = element("select", { class: "field", id: "new-kind" });
  wrong = element("p", { class: "wrong", id: "rule-wrong", role: "alert" });

  /**
   * `shown(entries, zone)` is called with what is listed, `zone()` names the gallery's zone.
   *
   * @param {App} app
   * @param {(entries: Api.Schedule[], zone: string) => void} shown
   * @param {() => string} zone
   */
  constructor(app, shown, zone) {
    this.#app = app;
    this.#shown = shown;
    this.#zone = zone;
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
      const [{ schedules }, { runs }] = await Promise.all([
        this.#app.api.ask("/schedules"),
        this.#app.api.ask(`/schedules/runs?limit=${RUNS_SHOWN}`),
      ]);
      setText(this.problem, "");
      this.#render(schedules);
      this.#renderPast(runs);
      this.#shown(schedules, this.#zone());
    } catch (error) {
      setText(this.problem, error.message);
    }
  }

  #form() {
    const meaning = element("p", { class: "quiet", id: "rule-meaning" }, t("For example:"));
    const examples = EXAMPLES.map(([rule, means]) => this.#example(rule, means));
    const add = element("button", { class: "button", type: "submit" }, t("Add"));
    const submit = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      this.#add();
    };
    return element(
      "form",
      { class: "rule-form", submit, novalidate: true },
      element(
        "div",
        { class: "rule-line" },
        labelled(t("A new rule"), this.rule, "rule-wide"),
        labelled(t("What to draw"), this.kind),
        add,
      ),
      this.wrong,
      meaning,
      element("ul", { class: "examples" }, ...examples),
    );
  }

  /** @param {string} rule @param {string} means */
  #example(rule, means) {
    const click = () => {
      this.rule.value = rule;
      this.rule.focus();
    };
    const button = element("button", { class: "example", type: "button", lang: "en", click }, rule);
    return element("li", {}, button, element("span", { class: "quiet" }, means));
  }

  async #add() {
    const { state } = this.#app.store;
    const kind = this.kind.value === state?.default_class ? {} : { class: this.kind.value };
    try {
      await tell("/schedules", { rule: this.rule.value.trim(), ...kind });
      this.rule.value = "";
      this.#complain("");
      await this.refresh();
    } catch (error) {
      this.#complain(error.message);
      this.rule.focus();
    }
  }

  /** @param {string} text */
  #complain(text) {
    setText(this.wrong, text);
    this.rule.setAttribute("aria-invalid", String(text !== ""));
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
    const zone = this.#zone();
    const words = !entry.enabled
      ? t("Paused.")
      : next === undefined
        ? t("Never in the next 60 days.")
        : t("Next: {time}", { time: wallTime(next, zone) });
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
    const zone = this.#zone();
    const items = runs.map((run) => {
      const why = run.outcome_fact;
      const outcome = why === null ? t("asked for, job {id}", { id: run.job }) : told(why);
      return element(
        "li",
        {},
        element("span", { class: "run-time" }, wallTime(run.scheduled_for, zone)),
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
