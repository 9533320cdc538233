// The switch, and what is not even asked about: kinds, ink, how many wait, how long.

import { ask, put } from "../api.js";
import { element, setText } from "../dom.js";
import { className, t } from "../i18n.js";
import { Meanwhile } from "../meanwhile.js";

/** @typedef {"minutes" | "most" | "most_mm" | "most_seconds" | "most_strokes"} Figure */

/**
 * @param {App} app
 * @param {(coming: Promise<Api.Approvals>) => Promise<void>} changed
 */
export function limits({ session }, changed) {
  const words = element("p", { class: "approvals-said", role: "status" });
  const limitsOf = (/** @type {Api.ApprovalRules} */ { on: _, ...rules }) => rules;
  const meanwhile = new Meanwhile(async () => limitsOf((await ask("/approvals")).rules));
  const keep = async (/** @type {Api.NewApprovalRules} */ rules) => {
    try {
      if (!("on" in rules)) await meanwhile.check();
      await changed(put("/approvals", rules));
      setText(words, t("Kept."));
    } catch (error) {
      setText(words, error.message);
    }
  };
  const on = element("input", { type: "checkbox", id: "ask-first" });
  on.addEventListener("change", () => keep({ on: on.checked }));
  const onOff = element(
    "label",
    { class: "check approvals-switch", for: "ask-first" },
    on,
    t("Ask the staff before anything of a visitor’s hand is drawn"),
  );
  const figures = /** @type {[Figure, string][]} */ ([
    ["minutes", t("Minutes that one waits")],
    ["most", t("Drawings that wait at a time")],
    ["most_mm", t("Millimetres of line at most")],
    ["most_seconds", t("Seconds of pen down at most")],
    ["most_strokes", t("Lines at most")],
  ]).map(([name, label]) => ({ name, ...figure(name, label) }));
  const barred = kinds("barred", t("Never these kinds"));
  const allowed = kinds("allowed", t("Only these kinds"));
  const submit = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const rules = Object.fromEntries(figures.map(({ name, input }) => [name, figureOf(name, input)]));
    keep({ ...rules, allowed: listed(allowed.input), barred: listed(barred.input) });
  };
  const form = element(
    "form",
    { class: "approvals-limits", novalidate: true, submit },
    ...figures.map(({ root }) => root),
    allowed.root,
    barred.root,
    element("button", { class: "button", type: "submit" }, t("Keep the limits")),
    words,
  );
  const root = element("details", { class: "card" }, element("summary", {}, t("Limits")), form);
  const all = [...figures.map(({ input }) => input), allowed.input, barred.input];
  const show = (/** @type {Api.ApprovalRules} */ rules) => {
    on.checked = rules.on;
    if (!session.isStaff || all.some((input) => input === document.activeElement)) return;
    meanwhile.take(limitsOf(rules));
    for (const { name, input } of figures) input.value = String(rules[name] ?? "");
    allowed.input.value = rules.allowed.join(", ");
    barred.input.value = rules.barred.join(", ");
    barred.input.title = rules.barred.map(className).join(", ");
  };
  return { onOff, root, show };
}

/** @param {string} name @param {string} label */
function figure(name, label) {
  const input = element("input", { class: "field", id: `limit-${name}`, inputmode: "decimal" });
  return { input, root: labelled(input, label) };
}

/** @param {string} name @param {string} label */
function kinds(name, label) {
  const input = element("input", { class: "field", id: `limit-${name}`, placeholder: "cat, dog" });
  return { input, root: labelled(input, label) };
}

/** @param {HTMLInputElement} input @param {string} label */
function labelled(input, label) {
  return element("div", { class: "labelled" }, element("label", { for: input.id }, label), input);
}

/** @param {Figure} name @param {HTMLInputElement} input */
function figureOf(name, input) {
  const text = input.value.trim().replace(",", ".");
  if (text === "") return name === "minutes" || name === "most" ? undefined : null;
  return Number.isNaN(Number(text)) ? text : Number(text);
}

/** @param {HTMLInputElement} input */
function listed(input) {
  return input.value
    .split(",")
    .map((kind) => kind.trim())
    .filter(Boolean);
}
