// The pen's heights (or a servo's values): changed, tried on the paper at once, then kept.

import { element, find, reconcile, setText } from "../dom.js";
import { number, t, told } from "../i18n.js";
import { allow, answerPlace, button, cannotMove, card, carryOut, sayIn } from "./room.js";

const MAIN = new Set(["up", "down", "paper_z"]);
/** @type {Record<string, number>} */
const NUDGE = { mm: 0.1, S: 5 };

/** @param {MakersRoom} room @returns {Card} */
export function penCard(room) {
  const answer = answerPlace();
  const main = element("div", { class: "pen-fields" });
  const rest = element("div", { class: "pen-fields" });
  const more = element(
    "details",
    { class: "maker-more" },
    element("summary", {}, t("Speeds and pauses")),
    rest,
  );
  const touched = new Set();
  const inputs = () => [...main.querySelectorAll("input"), ...rest.querySelectorAll("input")];
  const values = () =>
    Object.fromEntries(
      inputs()
        .filter((input) => touched.has(input.name))
        .map((input) => [input.name, Number(input.value)]),
    );
  const tryOut = async (/** @type {HTMLButtonElement} */ which, /** @type {Api.PenTrial["show"]} */ show) => {
    const found = await carryOut(which, answer, () =>
      room.tell("/machine/pen/try", { values: values(), show }),
    );
    if (found === null) return;
    touched.clear();
    room.soon();
  };
  /** @type {HTMLButtonElement[]} */
  const tries = [
    button(t("Lift and see"), () => tryOut(tries[0], "up")),
    button(t("Lower and see"), () => tryOut(tries[1], "down")),
    button(t("Make a dot"), () => tryOut(tries[2], "dot")),
  ];
  const keep = button(t("Keep in the profile"), () => store(), "button-main");
  const back = button(t("As it was"), () => putBack(), "button-quiet");
  const store = async () => {
    if (
      touched.size > 0 &&
      (await carryOut(keep, answer, () =>
        room.tell("/machine/pen/try", { values: values(), show: null }),
      )) === null
    )
      return;
    const done = await carryOut(keep, answer, () => room.tell("/machine/pen/keep"));
    if (done !== null) sayIn(answer, told(done.fact));
    touched.clear();
    room.soon();
  };
  const putBack = async () => {
    touched.clear();
    await carryOut(back, answer, () => room.end("/machine/pen/try"));
    room.soon();
  };
  const note = element("p", { class: "maker-hint" });
  const root = card(
    "pen",
    t("Pen heights"),
    note,
    main,
    element("div", { class: "maker-buttons" }, ...tries),
    more,
    element("div", { class: "maker-buttons" }, keep, back),
    answer,
  );
  const change = (/** @type {string} */ name) => {
    touched.add(name);
    enable(room.view);
  };
  const enable = (/** @type {MachineView | null} */ view) => {
    const why = cannotMove(view);
    for (const each of tries) allow(each, why === "" && view?.state !== "locked");
    for (const each of [keep, back])
      allow(each, why === "" && (view?.pen.pending === true || touched.size > 0));
  };
  const show = (/** @type {MachineView | null} */ view) => {
    if (view === null) return;
    const { kind, fields } = view.pen;
    setText(
      note,
      kind === "servo"
        ? t("Servo values between its ends. Try them; the next drawing goes by them once they are kept.")
        : t("Millimetres above the paper. Try them; the next drawing goes by them once they are kept."),
    );
    showFields(
      main,
      fields.filter(({ key }) => MAIN.has(key)),
      touched,
      change,
    );
    showFields(
      rest,
      fields.filter(({ key }) => !MAIN.has(key)),
      touched,
      change,
    );
    root.classList.toggle("is-pending", view.pen.pending);
    enable(view);
  };
  return { root, show };
}

/**
 * @param {HTMLElement} box
 * @param {Api.PenField[]} fields
 * @param {Set<string>} touched
 * @param {(key: string) => void} change
 */
function showFields(box, fields, touched, change) {
  reconcile(box, fields, {
    key: (field) => field.key,
    make: (field) => fieldOf(field, change),
    update: (row, field) => {
      const input = find(row, "input", HTMLInputElement);
      if (!touched.has(field.key) && document.activeElement !== input)
        input.value = String(field.value ?? "");
      row.classList.toggle("is-tried", field.value !== field.kept);
      const kept =
        field.value === field.kept
          ? ""
          : t("kept: {value}", { value: number(field.kept ?? 0, { maximumFractionDigits: 3 }) });
      setText(find(row, ".pen-kept"), kept);
    },
  });
}

/** @param {Api.PenField} field @param {(key: string) => void} change */
function fieldOf(field, change) {
  const id = `pen-${field.key}`;
  const step = NUDGE[field.unit] ?? (field.unit === "s" ? 0.05 : 50);
  const input = element("input", {
    class: "field pen-value",
    id,
    name: field.key,
    type: "number",
    inputmode: "decimal",
    step: field.whole ? 1 : "any",
    min: field.low,
    max: field.high,
    input: () => change(field.key),
  });
  const nudge = (/** @type {number} */ way) => {
    const value = Math.min(
      field.high,
      Math.max(field.low, Number(input.value) + way * (field.whole ? 1 : step)),
    );
    input.value = String(Math.round(value * 1000) / 1000);
    change(field.key);
  };
  const title = told(field.title_fact);
  const less = {
    class: "nudge",
    type: "button",
    "aria-label": t("{what}: less", { what: title }),
    click: () => nudge(-1),
  };
  const more = {
    class: "nudge",
    type: "button",
    "aria-label": t("{what}: more", { what: title }),
    click: () => nudge(1),
  };
  return element(
    "div",
    { class: "pen-field" },
    element("label", { for: id }, title, element("span", { class: "pen-unit" }, ` ${field.unit}`)),
    element("div", { class: "pen-row" }, element("button", less, "−"), input, element("button", more, "+")),
    element("span", { class: "pen-kept" }),
  );
}
