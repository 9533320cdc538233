// What the service takes the machine for: facts of the profile, and what may be changed live.

import { put } from "../api.js";
import { element, reconcile, setText } from "../dom.js";
import { explained, number, t, told } from "../i18n.js";
import { allow, answerPlace, cannotMove, card, carryOut, sayIn, showFacts } from "./room.js";

/** @param {MakersRoom} room @returns {Card} */
export function profileCard(room) {
  const answer = answerPlace();
  const facts = element("dl", { class: "maker-facts" });
  const words = element("p", { class: "maker-hint" });
  const fields = element("div", { class: "profile-fields" });
  const touched = new Set();
  const save = element("button", { class: "button button-main", type: "submit", disabled: true }, t("Save"));
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    /** @type {Record<string, number | number[]>} */
    const values = {};
    for (const name of touched) values[name] = typedIn(fields, name);
    const done = await carryOut(save, answer, () => put("/machine/profile", values));
    if (done === null) return;
    touched.clear();
    sayIn(answer, told(done.fact));
    room.soon();
  };
  const form = element(
    "form",
    { class: "profile-form", novalidate: true, submit },
    fields,
    element("div", { class: "maker-buttons" }, save),
  );
  const root = card("profile", t("Profile"), facts, words, form, answer);
  const enable = (/** @type {MachineView | null} */ view) => {
    const why = cannotMove(view);
    allow(save, touched.size > 0 && ["", "absent"].includes(why));
  };
  const change = (/** @type {string} */ key) => {
    touched.add(key);
    enable(room.view);
  };
  const show = (/** @type {MachineView | null} */ view) => {
    if (view === null) return;
    showFacts(facts, rowsOf(view));
    setText(words, fileWords(view.profile));
    reconcile(fields, view.profile.choices, {
      key: (choice) => choice.key,
      make: (choice) => fieldOf(choice, change),
      update: (row, choice) => update(row, choice, touched),
    });
    enable(view);
  };
  return { root, show };
}

/** @param {MachineView} given @returns {[string, string][]} */
function rowsOf({ profile, paper }) {
  const size = (/** @type {number} */ width, /** @type {number} */ height) =>
    `${number(width)} × ${number(height)} mm`;
  return [
    [t("Name"), profile.name],
    [t("For"), explained(profile.description)],
    [t("Travel"), size(profile.width, profile.height)],
    [t("Paper"), `${size(paper.width, paper.height)}, ${t("margin {n} mm", { n: number(paper.margin) })}`],
    [t("Homing"), profile.homing ? t("finds its place by itself") : t("is taken to the corner by hand")],
    [t("File"), profile.file],
  ];
}

/** @param {Api.OwnProfile} given */
function fileWords({ copied, said_fact: fact }) {
  const copy = t(
    "The service goes by a copy of its own, because the profile itself may not be written here. If you change the original, that counts.",
  );
  if (fact !== null) return told(fact);
  return copied ? copy : "";
}

/** @param {Api.Choice} choice @param {(key: string) => void} change */
function fieldOf(choice, change) {
  const place = Array.isArray(choice.value);
  const title = told(choice.title_fact);
  const input = (/** @type {number} */ part, /** @type {string | null} */ label) =>
    element("input", {
      class: "field",
      id: `profile-${choice.key}-${part}`,
      name: choice.key,
      type: "number",
      step: "any",
      inputmode: "decimal",
      "aria-label": label,
      input: () => change(choice.key),
    });
  const inputs = place ? [input(0, `${title}: x`), input(1, `${title}: y`)] : [input(0, null)];
  return element(
    "div",
    { class: "profile-field" },
    element(
      "label",
      { for: `profile-${choice.key}-0` },
      title,
      element("span", { class: "pen-unit" }, ` ${choice.unit}`),
    ),
    element("div", { class: "pen-row" }, ...inputs),
  );
}

/** @param {HTMLElement} row @param {Api.Choice} choice @param {Set<string>} touched */
function update(row, choice, touched) {
  if (touched.has(choice.key)) return;
  [choice.value].flat().forEach((value, i) => {
    const input = row.querySelectorAll("input")[i];
    if (document.activeElement !== input) input.value = String(value);
  });
}

/** @param {HTMLElement} fields @param {string} name */
function typedIn(fields, name) {
  const values = [...fields.querySelectorAll("input")]
    .filter((input) => input.name === name)
    .map((input) => Number(input.value));
  return values.length > 1 ? values : values[0];
}
