// The service's own settings: what holds, what each decides, and where its value is from.

import { ask } from "../api.js";
import { element, setText } from "../dom.js";
import { explained, number, t } from "../i18n.js";
import { answerPlace, card } from "./room.js";

/** @typedef {Awaited<ReturnType<typeof listed>>[number]} Option */

/** @type {Record<string, string>} */
const SOURCES = {
  default: t("default"),
  file: t("configuration file"),
  "command line": t("command line"),
};
const EXACT = { maximumFractionDigits: 10, useGrouping: false };

/** @returns {Card} */
export function optionsCard() {
  const answer = answerPlace();
  const body = element("tbody", {});
  const heads = [t("Setting"), t("Value"), t("From")];
  const head = heads.map((text) => element("th", { scope: "col" }, text));
  const table = element(
    "table",
    { class: "options" },
    element("thead", {}, element("tr", {}, ...head)),
    body,
  );
  const how = t(
    "How the service was started; change it in /etc/catplotter.conf, or at the command line, and start it anew.",
  );
  const root = card(
    "options",
    t("Settings of the service"),
    element("p", { class: "maker-hint" }, how),
    table,
    answer,
  );
  listed().then(
    (options) => body.replaceChildren(...options.map(row)),
    (error) => setText(answer, error.message),
  );
  return { root, show: () => {} };
}

async function listed() {
  const { settings } = await ask("/settings");
  return settings;
}

/** @param {Option} option */
function row(option) {
  const bounds = boundsOf(option);
  return element(
    "tr",
    { class: option.source === "default" ? null : "is-chosen" },
    element(
      "th",
      { scope: "row" },
      element("code", {}, option.name),
      element("span", { class: "options-help" }, explained(option.help), bounds && ` ${bounds}`),
      element("code", { class: "options-variable" }, option.variable),
    ),
    element("td", { class: "options-value" }, ...cellOf(option)),
    element("td", { class: "options-source" }, SOURCES[option.source] ?? option.source),
  );
}

/** @param {Option} option */
function cellOf(option) {
  const now = inWords(option.value, option.unit);
  if (option.source === "default") return [now];
  const usual = t("default: {value}", { value: inWords(option.default, option.unit) });
  return [now, element("span", { class: "options-usual" }, usual)];
}

/** @param {Option} option */
function boundsOf({ minimum, maximum, choices, unit }) {
  if (choices.length > 0) return t("One of {choices}.", { choices: choices.join(", ") });
  const low = inWords(minimum, unit);
  if (minimum !== null && maximum !== null)
    return t("From {low} to {high}.", { low: inWords(minimum, ""), high: inWords(maximum, unit) });
  return minimum === null ? null : t("At least {low}.", { low });
}

/**
 * @param {unknown} value
 * @param {string} unit
 * @returns {string}
 */
function inWords(value, unit) {
  if (value === true) return t("yes");
  if (value === false) return t("no");
  if (typeof value === "number") return `${number(value, EXACT)}${unit && `\u00a0${unit}`}`;
  if (Array.isArray(value)) return value.map((each) => inWords(each, unit)).join(" ") || "–";
  return String(value ?? "") || "–";
}
