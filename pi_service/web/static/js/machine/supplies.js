// Paper and pen: how the next sheet is divided, how far the new pen goes.

import { tell } from "../api.js";
import { element, setText } from "../dom.js";
import { number, t } from "../i18n.js";
import { store } from "../store.js";
import { meant } from "../sure.js";
import { WORDS } from "../words.js";
import { answerPlace, card, carryOut, sayIn } from "./room.js";

const MOST_CELLS = 20;

/** @returns {Card} */
export function suppliesCard() {
  const answer = answerPlace();
  const sheet = sheetForm(answer);
  const pen = penForm(answer);
  const root = card("supplies", t("Paper and pen"), sheet.root, pen.root, answer);
  const show = () => {
    sheet.show();
    pen.show();
  };
  return { root, show };
}

/** @param {string} name @param {string} label */
function counter(name, label) {
  const input = element("input", {
    class: "field",
    id: `sheet-${name}`,
    type: "number",
    min: 1,
    max: MOST_CELLS,
    step: 1,
    inputmode: "numeric",
  });
  const root = element(
    "div",
    { class: "labelled" },
    element("label", { for: `sheet-${name}` }, label),
    input,
  );
  return { root, input };
}

/** @param {HTMLElement} answer */
function sheetForm(answer) {
  const columns = counter("columns", t("Columns"));
  const rows = counter("rows", t("Rows"));
  const caption = element("input", { type: "checkbox" });
  const save = element("button", { class: "button", type: "submit" }, WORDS.newSheet);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (!(await meant("/sheets", store.known))) return;
    const body = {
      columns: columns.input.valueAsNumber,
      rows: rows.input.valueAsNumber,
      caption: caption.checked,
    };
    const done = await carryOut(save, answer, () => tell("/sheets", body));
    if (done !== null)
      sayIn(
        answer,
        t("Sheet {n} is on the bed, with {cells} cells.", {
          n: number(done.id),
          cells: number(done.columns * done.rows),
        }),
      );
  };
  const root = element(
    "form",
    { class: "supplies-form", novalidate: true, submit },
    columns.root,
    rows.root,
    element("label", { class: "check" }, caption, t("Number and date under drawings")),
    save,
  );
  let known = -1;
  const show = () => {
    const { sheet } = store.state ?? {};
    if (!sheet || sheet.id === known) return;
    known = sheet.id;
    columns.input.value = String(sheet.columns);
    rows.input.value = String(sheet.rows);
    caption.checked = sheet.caption;
  };
  return { root, show };
}

/** @param {HTMLElement} answer */
function penForm(answer) {
  const input = element("input", {
    class: "field",
    id: "pen-metres",
    type: "number",
    min: 1,
    step: "any",
    inputmode: "decimal",
  });
  const words = element("p", { class: "maker-hint" });
  const save = element("button", { class: "button", type: "submit" }, WORDS.newPen);
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    if (!(await meant("/pens", store.known))) return;
    const metres = Number.isNaN(input.valueAsNumber) ? null : input.valueAsNumber;
    const done = await carryOut(save, answer, () => tell("/pens", { metres }));
    if (done !== null) sayIn(answer, t("Pen {n} is in the holder.", { n: number(done.id) }));
  };
  const root = element(
    "form",
    { class: "supplies-form", novalidate: true, submit },
    element(
      "div",
      { class: "labelled" },
      element("label", { for: "pen-metres" }, t("Its ink, metres of line")),
      input,
    ),
    save,
    words,
  );
  const show = () => {
    const { pen } = store.state ?? {};
    if (!pen) return;
    const limit = pen.limit_m === null ? t("nobody knows how many") : number(pen.limit_m);
    setText(
      words,
      t("The pen in the holder has drawn {used} of {limit} metres.", {
        used: number(pen.used_m, { maximumFractionDigits: 1 }),
        limit,
      }),
    );
    if (input.placeholder === "" && pen.limit_m !== null) input.placeholder = String(pen.limit_m);
  };
  return { root, show };
}
