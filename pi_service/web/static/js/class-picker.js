// <class-picker>: what is to be drawn, chosen from what the staff offer. Searchable; hidden where
// there is nothing to choose. Says "choose" with `detail`: the name. `value` is the name.

import { ask } from "./api.js";
import { element } from "./dom.js";
import { className, t } from "./i18n.js";
import { newest } from "./newest.js";
import { session } from "./session.js";

const KEPT = "catplotter.class";
const STYLES = new URL("../css/picker.css", import.meta.url).href;
let pickers = 0;

export class ClassPicker extends HTMLElement {
  /** @type {string[]} */
  #names = [];
  #default = "cat";
  /** @type {string | null} */
  #value = null;
  /** @type {string[]} */
  #shown = [];
  #active = -1;
  #answers = newest();
  input = element("input", {
    class: "field picker-input",
    type: "text",
    role: "combobox",
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    "aria-expanded": "false",
    "aria-autocomplete": "list",
  });
  list = element("ul", {
    class: "picker-list",
    role: "listbox",
    "aria-label": t("What shall it become?"),
    hidden: true,
  });
  #leave = () => {};

  connectedCallback() {
    pickers += 1;
    this.list.id = `classes-${pickers}`;
    this.input.id = `${this.list.id}-input`;
    this.input.setAttribute("aria-controls", this.list.id);
    const label = element("label", { class: "picker-label", for: this.input.id }, t("What shall it become?"));
    this.append(label, element("div", { class: "picker-box" }, this.input, this.list));
    this.hidden = true;
    this.input.addEventListener("focus", () => this.input.select());
    this.input.addEventListener("click", () => this.#open(""));
    this.input.addEventListener("input", () => this.#open(this.input.value));
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => this.#close());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => this.#clicked(event));
    this.#leave = session.subscribe(() => this.load());
    this.load();
  }

  disconnectedCallback() {
    this.#leave();
  }

  get value() {
    return this.#value ?? this.#default;
  }

  /** Ask anew what is offered. */
  async load() {
    const menu = await this.#answers(ask("/classes")).catch(() => null);
    if (menu === null) return;
    this.#names = menu.offered;
    this.#default = menu.default;
    const kept = recall();
    if (this.#value === null && kept !== null && this.#names.includes(kept)) this.#value = kept;
    if (this.#value !== null && !this.#names.includes(this.#value)) this.#value = null;
    this.hidden = this.#names.length < 2;
    this.input.value = className(this.value);
    this.dispatchEvent(new CustomEvent("choose", { detail: this.value }));
  }

  /** @param {string} name */
  #choose(name) {
    this.#value = name;
    remember(name);
    this.#close();
    this.dispatchEvent(new CustomEvent("choose", { detail: name }));
  }

  /** @param {string} text */
  #open(text) {
    const wanted = plain(text);
    const found = this.#names.filter(
      (name) => plain(className(name)).includes(wanted) || name.includes(wanted),
    );
    const first = (/** @type {string} */ name) => (plain(className(name)).startsWith(wanted) ? 0 : 1);
    this.#shown = wanted === "" ? found : found.sort((a, b) => first(a) - first(b));
    this.list.replaceChildren(...this.#shown.map((name, i) => this.#option(name, i)));
    if (this.#shown.length === 0) {
      this.list.append(
        element(
          "li",
          { class: "picker-none", role: "option", "aria-disabled": "true" },
          t("Nobody here can draw that."),
        ),
      );
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.#activate(wanted === "" ? this.#shown.indexOf(this.value) : this.#shown.length > 0 ? 0 : -1);
  }

  /** @param {string} name @param {number} at */
  #option(name, at) {
    const chosen = String(name === this.value);
    return element(
      "li",
      {
        class: "picker-option",
        role: "option",
        id: `${this.list.id}-${at}`,
        "data-at": at,
        "aria-selected": chosen,
      },
      className(name),
    );
  }

  #close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
    this.input.value = className(this.value);
  }

  /** @param {number} at */
  #activate(at) {
    this.#active = at;
    [...this.list.children].forEach((option, i) => void option.classList.toggle("picker-active", i === at));
    const option = this.list.children[at];
    if (option === undefined) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const step = Number(event.key === "ArrowDown") - Number(event.key === "ArrowUp");
    if (step !== 0) {
      event.preventDefault();
      if (this.list.hidden) return this.#open("");
      const count = this.#shown.length;
      if (count > 0) this.#activate((this.#active + step + count) % count);
    } else if (event.key === "Enter" && !this.list.hidden) {
      event.preventDefault();
      if (this.#active >= 0) this.#choose(this.#shown[this.#active]);
    } else if (event.key === "Escape") {
      this.#close();
    }
  }

  /** @param {MouseEvent} event */
  #clicked(event) {
    const option = /** @type {Element} */ (event.target).closest("[data-at]");
    if (option instanceof HTMLElement) this.#choose(this.#shown[Number(option.dataset.at)]);
  }
}

/**
 * Letters to compare: small, without accents.
 *
 * @param {string} text
 */
function plain(text) {
  return text.trim().toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");
}

function recall() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/** @param {string} name */
function remember(name) {
  try {
    sessionStorage.setItem(KEPT, name);
  } catch {
    // Private windows may refuse; then the choice is for this view.
  }
}

document.head.append(element("link", { rel: "stylesheet", href: STYLES }));
customElements.define("class-picker", ClassPicker);
