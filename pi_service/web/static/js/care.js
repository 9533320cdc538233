// <studio-care>: paper, pen, and what keeps the machine from drawing. For the staff.

import { ask, tell } from "./api.js";
import { element, setText } from "./dom.js";
import { number, plural, t, told } from "./i18n.js";
import { session } from "./session.js";
import { store } from "./store.js";
import { meant } from "./sure.js";
import { WORDS } from "./words.js";

class StudioCare extends HTMLElement {
  /** @type {(() => unknown)[]} */
  #leave = [];
  sheet = element("p");
  pen = element("p");
  answer = element("p", { class: "wrong", role: "alert" });
  checks = element("ul", { class: "checks" });
  box = element("details", { class: "care", toggle: () => this.#look() });

  connectedCallback() {
    const button = (/** @type {string} */ label, /** @type {"/sheets" | "/pens"} */ path) =>
      element("button", { class: "button", type: "button", click: () => this.#do(path) }, label);
    const rows = element(
      "div",
      { class: "care-rows" },
      element("div", { class: "care-row" }, this.sheet, button(WORDS.newSheet, "/sheets")),
      element("div", { class: "care-row" }, this.pen, button(WORDS.newPen, "/pens")),
      this.answer,
      element("p", { class: "care-title" }, t("What must be so before it draws")),
      this.checks,
    );
    this.box.replaceChildren(element("summary", {}, t("Paper, pen, checks")), rows);
    this.append(this.box);
    const heard = store.subscribe(({ kind }) => kind !== "progress" && this.#render(kind));
    this.#leave = [heard, session.subscribe(() => this.#render("session"))];
    this.#render("state");
  }

  disconnectedCallback() {
    for (const leave of this.#leave) leave();
    this.replaceChildren();
  }

  /** @param {string} kind */
  #render(kind) {
    const { state } = store;
    this.hidden = !session.isStaff || state === null;
    if (state === null || this.hidden) return;
    setText(this.sheet, onSheet(state.sheet));
    setText(this.pen, inPen(state.pen));
    if (["state", "machine", "shown", "sheet", "pen", "problem"].includes(kind)) this.#look();
  }

  async #look() {
    if (!this.box.open || this.hidden) return;
    const { checks } = await ask("/preflight").catch((error) => ({
      checks: [{ name: "", ok: false, fact: { code: "text", params: { text: error.message } } }],
    }));
    this.checks.replaceChildren(...checks.map(item));
  }

  /** @param {"/sheets" | "/pens"} path */
  async #do(path) {
    if (!(await meant(path, store.known))) return;
    try {
      await tell(path);
      setText(this.answer, "");
    } catch (error) {
      setText(this.answer, error.message);
    }
    this.#look();
  }
}

/** @param {Api.Sheet | null} sheet */
function onSheet(sheet) {
  if (sheet === null) return t("There is no sheet yet.");
  const free = plural(sheet.free, "one place is free", "{n} places are free");
  return sheet.free === 0
    ? t("Sheet {id} is full.", { id: sheet.id })
    : t("Sheet {id}: {free}.", { id: sheet.id, free });
}

/** @param {Api.Pen} pen */
function inPen(pen) {
  const metres = { m: number(pen.left_m ?? pen.used_m, { maximumFractionDigits: 0 }) };
  return pen.left_m === null
    ? t("The pen has drawn {m} metres.", metres)
    : t("The pen has ink for {m} metres.", metres);
}

/** @param {Pick<Api.Check, "name" | "ok" | "fact">} given */
function item({ name, ok, fact }) {
  /** @type {Record<string, string>} */
  const names = {
    model: t("Model"),
    machine: t("Plotter"),
    paper: t("Paper"),
    stopped: t("Stop"),
    interrupted: t("Broken-off drawing"),
    hours: t("Opening hours"),
    disk: t("Disk"),
    hands: t("By hand"),
    update: t("Update"),
    clock: t("Clock"),
    pen: t("Pen"),
  };
  const mark = element("span", { class: "check-mark", "aria-hidden": "true" }, ok ? "✓" : "!");
  const words = ok ? t("all is well") : told(fact);
  return element(
    "li",
    { "data-ok": String(ok) },
    mark,
    element("span", {}, t("{what}: {how}", { what: names[name] ?? name, how: words })),
  );
}

customElements.define("studio-care", StudioCare);
