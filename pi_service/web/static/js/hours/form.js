// Opening hours of the week, days that are different, and quiet times. Saved together.

import { element, setText } from "../dom.js";
import { t } from "../i18n.js";
import { Meanwhile } from "../meanwhile.js";
import { DAYS, dayName } from "./days.js";
import { differentDays, quietTimes } from "./exceptions.js";
import { SpanList } from "./spans.js";

const ALL_DAY = "00:00-24:00";

/** @typedef {{ complain: (text: string) => void }} Part Where something is written. */

export class HoursForm {
  /** @type {App} */
  #app;
  /** @type {() => void} */
  #saved;
  /**
   * Where each field of the API is written.
   *
   * @type {Map<string, Part>}
   */
  #parts;
  #meanwhile = new Meanwhile(async () => (await this.#app.api.ask("/hours")).hours);
  always = element("input", { type: "checkbox", change: () => this.#switchAlways() });
  days = element("div");

  /**
   * `saved()` is called when other hours hold.
   *
   * @param {App} app
   * @param {() => void} saved
   */
  constructor(app, saved) {
    this.#app = app;
    this.#saved = saved;
    const changed = () => this.#changed();
    this.week = new Map(DAYS.map((day) => [day, new SpanList(dayName(day), changed)]));
    this.different = differentDays(changed);
    this.quiet = quietTimes(changed);
    this.#parts = new Map(
      /** @type {[string, Part][]} */ ([
        ...this.week,
        ["closed", this.different],
        ["dates", this.different],
        ["quiet", this.quiet],
      ]),
    );
    this.answer = element("p", { class: "hours-answer", role: "status" });
    this.save = element(
      "button",
      { class: "button button-main", type: "submit", disabled: true },
      t("Save hours"),
    );
    this.foot = element("div", { class: "hours-foot" }, this.answer, this.save);
    this.clock = element(
      "section",
      { class: "card", hidden: true },
      element("p", {}, t("Nobody knows yet whether the clock is right: no time server has set it.")),
      element(
        "button",
        { class: "button", type: "button", click: () => this.#vouch() },
        t("The time is right"),
      ),
    );
    const submit = (/** @type {SubmitEvent} */ event) => {
      event.preventDefault();
      this.#put();
    };
    this.root = element(
      "form",
      { class: "hours-form", submit, novalidate: true },
      this.clock,
      this.#weekCard(),
      this.different.root,
      this.quiet.root,
      this.foot,
    );
  }

  async refresh() {
    try {
      this.#take(await this.#app.api.ask("/hours"));
    } catch (error) {
      this.#say(error.message, "refused");
    }
  }

  async #vouch() {
    try {
      const { clock_trusted: trusted } = await this.#app.api.tell("/clock");
      this.clock.hidden = trusted;
      this.#saved();
    } catch (error) {
      this.#say(error.message, "refused");
    }
  }

  #weekCard() {
    const copy = element(
      "button",
      { class: "button button-quiet", type: "button", click: () => this.#copyMonday() },
      t("Monday’s hours on all weekdays"),
    );
    this.days.append(...[...this.week.values()].map((spans) => spans.root), copy);
    return element(
      "section",
      { class: "card", "aria-labelledby": "week-title" },
      element("h2", { class: "card-title", id: "week-title" }, t("Opening hours")),
      element("label", { class: "check" }, this.always, t("Always open")),
      this.days,
    );
  }

  /** The seven days stand in one line while it is always open, and begin with all day. */
  #switchAlways() {
    this.days.hidden = this.always.checked;
    if (this.always.checked) for (const day of this.week.values()) day.text = ALL_DAY;
    this.#changed();
  }

  #copyMonday() {
    const [monday, ...others] = [...this.week.values()].slice(0, 5);
    for (const day of others) day.text = monday.text;
    this.#changed();
  }

  /** @param {Api.Hours} given */
  #take({ hours, clock_trusted: trusted }) {
    this.#meanwhile.take(hours);
    this.clock.hidden = trusted;
    for (const [day, spans] of this.week) spans.text = hours[day] ?? "";
    this.always.checked = [...this.week.values()].every(({ text }) => text === ALL_DAY);
    this.days.hidden = this.always.checked;
    this.different.value = { closed: hours.closed ?? [], dates: hours.dates ?? {} };
    this.quiet.value = hours.quiet ?? [];
    this.#unsaved(false);
  }

  /** Whether something is written here that is not saved. */
  get unsaved() {
    return !this.save.disabled;
  }

  /** @param {boolean} yes */
  #unsaved(yes) {
    this.save.disabled = !yes;
    this.foot.dataset.unsaved = String(yes);
  }

  #changed() {
    this.#unsaved(true);
    this.#say(t("Not saved yet."), "asked");
  }

  #settings() {
    const week = [...this.week].map(([day, spans]) => [day, spans.text]).filter(([, text]) => text !== "");
    return { ...Object.fromEntries(week), ...this.different.value, quiet: this.quiet.value };
  }

  async #put() {
    for (const part of this.#parts.values()) part.complain("");
    try {
      await this.#meanwhile.check();
      this.#take(await this.#app.api.put("/hours", this.#settings()));
      this.#say(t("Saved. These hours hold from now on."), "said");
      this.#saved();
    } catch (error) {
      this.#complain(error);
    }
  }

  /**
   * Say what was refused where it was written.
   *
   * @param {Error & { fact?: Fact | null }} error
   */
  #complain({ message, fact }) {
    const part = this.#parts.get(String(fact?.params.field).split(".")[0]);
    part?.complain(message);
    this.#say(part === undefined ? message : t("Not saved: see above."), "refused");
  }

  /** @param {string} text @param {string} kind */
  #say(text, kind) {
    this.answer.dataset.kind = kind;
    setText(this.answer, text);
  }
}
