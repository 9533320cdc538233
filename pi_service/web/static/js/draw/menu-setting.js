// <menu-setting>: what visitors may ask for, for the staff to decide.

import { ask, put } from "../api.js";
import { element, setText } from "../dom.js";
import { className, t } from "../i18n.js";
import { newest } from "../newest.js";
import { session } from "../session.js";

class MenuSetting extends HTMLElement {
  #leave = () => {};
  #answers = newest();
  select = element("select", { class: "field", id: "menu-setting" });
  words = element("p", { class: "draw-kept", role: "status" });

  connectedCallback() {
    this.hidden = true;
    const label = element("label", { class: "picker-label", for: "menu-setting" }, t("Visitors may ask for"));
    this.append(label, this.select, this.words);
    this.select.addEventListener("change", () => this.#keep());
    this.#leave = session.subscribe(() => this.#load());
    this.#load();
  }

  disconnectedCallback() {
    this.#leave();
  }

  async #load() {
    this.hidden = !session.isStaff;
    const menu = this.hidden ? null : await this.#answers(ask("/classes")).catch(() => null);
    if (menu === null) return;
    const rules = [
      ["default", t("{name} only", { name: className(menu.default) })],
      ["animals", t("all animals")],
      ["all", t("everything that the machine knows")],
    ];
    if (Array.isArray(menu.rule)) rules.push(["", menu.rule.map(className).join(", ")]);
    const chosen = Array.isArray(menu.rule) ? "" : menu.rule;
    this.select.replaceChildren(
      ...rules.map(([value, words]) => element("option", { value, selected: value === chosen }, words)),
    );
  }

  async #keep() {
    if (this.select.value === "") return;
    try {
      await put("/classes", { rule: this.select.value });
      setText(this.words, t("Kept."));
    } catch (error) {
      setText(this.words, error.message);
    }
  }
}

customElements.define("menu-setting", MenuSetting);
