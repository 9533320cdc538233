// The profile against the machine's own settings: what differs, written one by one or all at once.

import { ask, tell } from "../api.js";
import { element, reconcile, setText } from "../dom.js";
import { number, plural, t, told } from "../i18n.js";
import { allow, answerPlace, button, cannotMove, card, carryOut, sayIn } from "./room.js";

/** @typedef {(button: HTMLButtonElement, keys: string[] | null) => Promise<void>} Act */
/** @typedef {(setting: Api.Setting) => HTMLElement} Buttons */

const EXACT = { maximumFractionDigits: 6, useGrouping: false };
/** @param {number | null} value */
const shown = (value) => (value === null ? t("none") : number(value, EXACT));

/** @param {MakersRoom} room @returns {Card} */
export function settingsCard(room) {
  const answer = answerPlace();
  const summary = element("p", { class: "settings-summary", role: "status" });
  const warnings = element("ul", { class: "settings-warnings" });
  const differing = tableOf(t("What differs"), true);
  const all = tableOf(t("All settings"), false);
  const rest = element(
    "details",
    { class: "maker-more", hidden: true },
    element("summary", {}, t("All settings")),
    all.root,
  );
  /** @type {Api.Checkup | null} */
  let found = null;
  /** @type {string | null} */
  let awaited = null;

  const look = async (/** @type {HTMLButtonElement | null} */ which = null) => {
    const checked = await carryOut(which, answer, () => ask("/machine/settings"));
    if (checked !== null) present(checked);
    room.soon();
  };
  /** @type {Act} */
  const write = async (which, keys) => {
    const before = JSON.stringify(room.view?.written ?? null);
    const done = await carryOut(which, answer, () => tell("/machine/settings/write", { keys }));
    if (done !== null) await report(done);
    else awaited = before; // it may go on: what comes of it is told by the next looks
  };
  const report = async (/** @type {Api.Written} */ done) => {
    await look();
    sayIn(answer, done.facts.map(told).join("\n"), done.complete ? "done" : "refused");
  };
  /** @type {Act} */
  const keep = async (which, keys) => {
    const done = await carryOut(which, answer, () => tell("/machine/settings/keep", { keys }));
    if (done === null) return;
    await look();
    sayIn(answer, told(done.fact));
  };
  const compare = button(t("Compare"), () => look(compare), "button-main");
  const writeAll = button(t("Write all into the machine"), () => write(writeAll, null));
  const keepAll = button(t("Keep all in the profile"), () => keep(keepAll, null), "button-quiet");
  const present = (/** @type {Api.Checkup} */ checked) => {
    found = checked;
    const different = checked.settings.filter((setting) => setting.differs);
    const same = t("The machine is as the profile says.");
    setText(
      summary,
      different.length === 0
        ? same
        : plural(different.length, "{n} setting differs.", "{n} settings differ."),
    );
    reconcile(warnings, checked.warning_facts, {
      key: (fact) => JSON.stringify(fact),
      make: (fact) => element("li", {}, told(fact)),
    });
    fill(differing, different, (setting) => rowButtons(setting, write, keep));
    fill(all, checked.settings, null);
    rest.hidden = false;
    enable(room.view);
  };
  const root = card(
    "settings",
    t("Profile and machine"),
    element(
      "p",
      { class: "maker-hint" },
      t(
        "The profile says what the machine should be; $$ is what it has stored. Before anything is written a backup is made, and every value is read back.",
      ),
    ),
    element("div", { class: "maker-buttons" }, compare, writeAll, keepAll),
    answer,
    summary,
    warnings,
    differing.root,
    rest,
  );
  const show = (/** @type {MachineView | null} */ view) => {
    enable(view);
    const written = JSON.stringify(view?.written ?? null);
    if (awaited === null || view === null || view.busy_fact || written === awaited) return;
    awaited = null;
    if (view.written !== null) report(view.written);
  };
  const enable = (/** @type {MachineView | null} */ view) => {
    const blocked = cannotMove(view) !== "";
    const any = found?.settings.some((setting) => setting.differs) ?? false;
    allow(compare, !blocked);
    writeAll.hidden = keepAll.hidden = !any;
    for (const each of [writeAll, keepAll, ...differing.root.querySelectorAll("button")])
      allow(each, !blocked);
  };
  return { root, show };
}

/** @param {string} caption @param {boolean} withButtons */
function tableOf(caption, withButtons) {
  const body = element("tbody", {});
  const head = [t("Setting"), t("What it is"), t("Machine"), t("Profile")];
  const cells = head.map((text, i) =>
    element("th", { scope: "col", class: i > 1 ? "is-number" : null }, text),
  );
  if (withButtons) cells.push(element("td", {}));
  const table = element(
    "table",
    { class: "settings" },
    element("caption", { class: "unseen" }, caption),
    element("thead", {}, element("tr", {}, ...cells)),
    body,
  );
  const root = element(
    "div",
    { class: "settings-scroll", tabindex: "0", role: "region", "aria-label": caption, hidden: true },
    table,
  );
  return { root, body };
}

/** @param {ReturnType<typeof tableOf>} given @param {Api.Setting[]} settings @param {Buttons | null} buttonsFor */
function fill({ root, body }, settings, buttonsFor) {
  root.hidden = settings.length === 0;
  body.replaceChildren(...settings.map((setting) => row(setting, buttonsFor)));
}

/** @param {Api.Setting} setting @param {Buttons | null} buttonsFor */
function row(setting, buttonsFor) {
  const unit = setting.unit ? ` ${setting.unit}` : "";
  const cells = [
    element("th", { scope: "row" }, element("code", {}, setting.key)),
    element("td", {}, told(setting.meaning_fact), element("span", { class: "settings-unit" }, unit)),
    element("td", { class: "is-number" }, shown(setting.machine)),
    element("td", { class: "is-number" }, setting.profile === null ? "–" : shown(setting.profile)),
  ];
  if (buttonsFor !== null) cells.push(element("td", {}, buttonsFor(setting)));
  return element("tr", { class: setting.differs ? "is-different" : null }, ...cells);
}

/** @param {Api.Setting} setting @param {Act} write @param {Act} keep */
function rowButtons(setting, write, keep) {
  const act = (/** @type {string} */ label, /** @type {Act} */ work, /** @type {string} */ text) => {
    /** @type {HTMLButtonElement} */
    const made = button(label, () => work(made, [setting.key]), "button-small");
    made.setAttribute("aria-label", text);
    return made;
  };
  const to = act(t("Write"), write, t("Write {key} into the machine", { key: setting.key }));
  const from = act(t("Keep"), keep, t("Keep {key} of the machine in the profile", { key: setting.key }));
  if (setting.machine === null) from.hidden = true;
  return element("div", { class: "settings-buttons" }, to, from);
}
