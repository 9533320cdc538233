// Times from … until … of one day, as many as there are: written "10:00-12:00, 14:00-18:00".

import { element, find, setText } from "../dom.js";
import { t } from "../i18n.js";

const USUAL = { from: "10:00", until: "18:00" };
const SPAN = /(\d{1,2}:\d{2})\s*[-–]\s*(\d{1,2}:\d{2})/g;
const padded = (/** @type {string} */ time) => time.padStart(5, "0");

/**
 * A time field; `value` "24:00" is shown as midnight.
 *
 * @param {string} value
 * @param {string} label
 * @param {() => void} changed
 */
export function timeField(value, label, changed) {
  const shown = padded(value) === "24:00" ? "00:00" : padded(value);
  const field = element("input", {
    class: "field time-field",
    type: "time",
    required: true,
    "aria-label": label,
    input: changed,
  });
  field.value = shown;
  return field;
}

/**
 * The text of a span between two such fields: an end at midnight is the day's end.
 *
 * @param {HTMLInputElement} from
 * @param {HTMLInputElement} until
 */
export function spanOf(from, until) {
  return `${from.value}-${until.value === "00:00" ? "24:00" : until.value}`;
}

export class SpanList {
  /** @type {string} */
  #name;
  /** @type {() => void} */
  #changed;

  /**
   * `name` is the day's, `changed()` is called when somebody changes something.
   *
   * @param {string} name
   * @param {() => void} changed
   */
  constructor(name, changed) {
    this.#name = name;
    this.#changed = () => {
      this.#render();
      changed();
    };
    this.list = element("div", { class: "spans" });
    this.closed = element("span", { class: "quiet" }, t("closed"));
    this.allDay = element("span", { class: "quiet", hidden: true }, t("all day"));
    this.wrong = element("p", { class: "wrong", role: "alert" });
    this.add = element("button", {
      class: "button button-quiet button-small",
      type: "button",
      click: () => this.#more(),
    });
    this.root = element(
      "fieldset",
      { class: "day" },
      element("legend", { class: "day-name" }, name),
      element("div", { class: "day-hours" }, this.closed, this.list, this.allDay, this.add),
      this.wrong,
    );
    this.#render();
  }

  /** "10:00-12:00, 14:00-18:00"; empty for a day on which it is closed. */
  get text() {
    const spans = [...this.list.children].map((row) => {
      const [from, until] = row.querySelectorAll("input");
      return spanOf(from, until);
    });
    return spans.join(", ");
  }

  set text(text) {
    this.list.replaceChildren(...[...text.matchAll(SPAN)].map(([, from, until]) => this.#row(from, until)));
    this.complain("");
    this.#render();
  }

  /** @param {string} text */
  complain(text) {
    setText(this.wrong, text);
    for (const field of this.list.querySelectorAll("input"))
      field.setAttribute("aria-invalid", String(text !== ""));
  }

  /** @param {string} from @param {string} until */
  #row(from, until) {
    const remove = () => {
      row.remove();
      this.#render();
      this.add.focus();
      this.#changed();
    };
    const name = this.#name;
    const row = element(
      "div",
      { class: "span" },
      timeField(from, t("{day}, open from", { day: name }), this.#changed),
      element("span", { "aria-hidden": "true" }, "–"),
      timeField(until, t("{day}, open until", { day: name }), this.#changed),
      element(
        "button",
        {
          class: "button-icon",
          type: "button",
          "aria-label": t("{day}: take this time out", { day: name }),
          click: remove,
        },
        "×",
      ),
    );
    return row;
  }

  #more() {
    const row = this.#row(USUAL.from, USUAL.until);
    this.list.append(row);
    this.#render();
    find(row, "input").focus();
    this.#changed();
  }

  #render() {
    const none = this.list.children.length === 0;
    this.closed.hidden = !none;
    this.allDay.hidden = this.text !== "00:00-24:00";
    this.add.hidden = !this.allDay.hidden;
    setText(this.add, none ? t("Open") : t("Another time"));
    this.add.setAttribute(
      "aria-label",
      none ? t("{day}: open", { day: this.#name }) : t("{day}: another time", { day: this.#name }),
    );
  }
}
