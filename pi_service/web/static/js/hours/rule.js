// A new rule, put together of choices: nobody has to know how a rule is written.

import { dateAt } from "../clock.js";
import { element } from "../dom.js";
import { t } from "../i18n.js";
import { DAYS, dayName } from "./days.js";
import { timeField } from "./spans.js";

const USUAL_DAYS = ["sat", "sun"];

/** The fields of a rule: `root` holds them, `rule()` is the rule as the service reads it. */
export function ruleEditor() {
  const kinds = [
    ["daily", t("every day, if it is open then")],
    ["every", t("every so many minutes while it is open")],
    ["days", t("on days of the week, if it is open then")],
    ["date", t("on a date, open or not")],
  ];
  const options = kinds.map(([value, text]) => element("option", { value }, text));
  const kind = element("select", { class: "field", id: "new-rule", change: () => show() }, ...options);
  const time = timeField("14:00", t("At"), () => {});
  const minutes = element("input", { class: "field rule-minutes", type: "number", min: "1", max: "1440" });
  minutes.required = true;
  minutes.value = "20";
  const date = element("input", { class: "field", type: "date", required: true, value: dateAt() });
  const boxes = DAYS.map((day) =>
    element("input", {
      type: "checkbox",
      value: day,
      checked: USUAL_DAYS.includes(day),
      change: () => check(),
    }),
  );
  const days = element(
    "fieldset",
    { class: "rule-days" },
    element("legend", { class: "unseen" }, t("Days of the week")),
    ...boxes.map((box) => element("label", { class: "check" }, box, dayName(box.value))),
  );
  const rows = {
    daily: labelled(t("At"), time, "rule-time"),
    every: labelled(t("Minutes"), minutes, "rule-minutes"),
    date: labelled(t("Date"), date, "rule-date"),
  };
  const chosen = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const check = () => {
    const none = kind.value === "days" && chosen().length === 0;
    boxes[0].setCustomValidity(none ? t("Choose a day.") : "");
  };
  const show = () => {
    const on = kind.value;
    days.hidden = on !== "days";
    rows.every.hidden = minutes.disabled = on !== "every";
    rows.date.hidden = date.disabled = on !== "date";
    rows.daily.hidden = time.disabled = on === "every";
    check();
  };
  show();
  const root = element(
    "div",
    { class: "rule-line" },
    labelled(t("A new rule"), kind, "new-rule"),
    rows.every,
    days,
    rows.date,
    rows.daily,
  );
  const rule = () => {
    if (kind.value === "every") return `every ${minutes.value} minutes`;
    if (kind.value === "daily") return `daily at ${time.value}`;
    return `on ${kind.value === "date" ? date.value : chosen().join(", ")} at ${time.value}`;
  };
  return { root, rule };
}

/** @param {string} text @param {HTMLElement} input @param {string} id */
function labelled(text, input, id) {
  input.id = id;
  return element("div", { class: "labelled" }, element("label", { for: id }, text), input);
}
