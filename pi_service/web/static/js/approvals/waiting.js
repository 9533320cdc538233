// One drawing that waits: its picture, what it takes, how long is left, yes and no.

import { at } from "../base.js";
import { element, find, setText } from "../dom.js";
import { article, number, plural, t } from "../i18n.js";
import { capital } from "../words.js";

/**
 * @param {Api.Waiting} waiting
 * @param {(path: `/approvals/${number}/approve` | `/approvals/${number}/refuse`) => Promise<void>} answer
 */
export function card(waiting, answer) {
  const { id, class_name: name } = waiting;
  const what = capital(article(name));
  const buttons = element("div", { class: "approval-buttons" });
  const button = (
    /** @type {"approve" | "refuse"} */ act,
    /** @type {string} */ label,
    /** @type {string} */ kind,
  ) => {
    const click = async () => {
      for (const each of buttons.querySelectorAll("button")) each.disabled = true;
      await answer(`/approvals/${id}/${act}`);
      for (const each of buttons.querySelectorAll("button")) each.disabled = false;
    };
    return element("button", { class: `button ${kind} ${act}`, type: "button", click }, label);
  };
  buttons.append(
    button("approve", t("Draw it"), "button-main"),
    button("refuse", t("Rather not"), "button-danger"),
  );
  const picture = element("img", {
    class: "approval-picture",
    src: at(`/api/v1/approvals/${id}.svg`),
    alt: t("{what}, drawn by a visitor and the machine", { what }),
  });
  const root = element(
    "li",
    { class: "approval card", tabindex: "0", "aria-label": `${what}, ${id}` },
    picture,
    element("h2", { class: "card-title" }, what),
    element("p", { class: "quiet approval-takes" }),
    buttons,
  );
  return { root };
}

/** @param {HTMLElement} item @param {Api.Waiting} waiting @param {number} now seconds since 1970 */
card.update = (item, waiting, now) => {
  const metres = number(waiting.ink_mm / 1000, { maximumFractionDigits: 2 });
  const lines = plural(waiting.strokes, "{n} line", "{n} lines");
  const minutes = Math.max(1, Math.ceil((waiting.until - now) / 60));
  const left = plural(minutes, "{n} minute left", "{n} minutes left");
  const pen = waiting.pen_change ? ` · ${t("two pens")}` : "";
  setText(find(item, ".approval-takes"), `${lines} · ${t("{m} m", { m: metres })}${pen} · ${left}`);
};
