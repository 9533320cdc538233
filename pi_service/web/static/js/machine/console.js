// The console: one line to GRBL, its answer below it, earlier lines by the arrow keys; a filter
// for what was said, by which settings are found by their names too.

import { ask } from "../api.js";
import { element, reconcile, setText } from "../dom.js";
import { number, t, told } from "../i18n.js";
import { newest } from "../newest.js";
import { allow, answerPlace, cannotMove, card, sayIn } from "./room.js";

/** @typedef {{ entries: Map<number, Api.ConsoleEntry>, last: number, newest: ReturnType<typeof newest> }} Lines What is known of the console. */
/** @typedef {{ lines: string[], at: number | null }} Past Lines that were sent, and which of them is shown. */

const KEPT = "catplotter.console";
const MOST = 50;
const MOST_NAMES = 6;
const QUICK = ["?", "$$", "$#", "$G", "$I"];

/** @param {MakersRoom} room @returns {Card} */
export function consoleCard(room) {
  const list = element("ol", { class: "console-list" });
  const log = element(
    "div",
    { class: "console-log", role: "log", tabindex: "0", "aria-label": t("Lines and answers") },
    list,
  );
  const input = element("input", {
    class: "field console-line",
    id: "console-line",
    type: "text",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    maxlength: "120",
    placeholder: "$$",
  });
  const answer = answerPlace();
  const send = element("button", { class: "button", type: "submit" }, t("Send"));
  const past = history();
  const filter = element("input", {
    class: "field",
    id: "console-filter",
    type: "search",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: t("such as: speed"),
    focus: () => names.read(),
    input: () => {
      showEntries(list, known, filter.value);
      names.show(filter.value);
    },
  });
  const names = settingNames(room, (line) => {
    input.value = line;
    input.focus();
  });
  const known = { entries: new Map(), last: -1, newest: newest() };
  input.addEventListener("keydown", (event) => recall(event, input, past));
  const submit = async (/** @type {string} */ line) => {
    if (!line.trim()) return;
    if (send.getAttribute("aria-busy") === "true")
      return sayIn(answer, t("The line before it still waits for its answer."), "refused");
    send.setAttribute("aria-busy", "true");
    sayIn(answer, "");
    try {
      const entry = await room.tell("/machine/console", { line });
      take(known, entry);
      remember(past, line);
      if (entry.state !== "refused" && input.value === line) input.value = "";
    } catch (error) {
      sayIn(answer, error.message, "refused");
    }
    send.removeAttribute("aria-busy");
    if (line.includes("=")) names.forget();
    showEntries(list, known, filter.value);
    room.soon();
  };
  const typed = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    submit(input.value);
  };
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // a form whose button is disabled is not sent, and nothing would be said
    submit(input.value);
  });
  const form = element(
    "form",
    { class: "console-form", submit: typed },
    element("label", { class: "console-label", for: "console-line" }, t("A line for GRBL")),
    element("div", { class: "console-entry" }, input, send),
  );
  const quick = QUICK.map((line) =>
    element("button", { class: "console-quick", type: "button", click: () => submit(line) }, line),
  );
  const root = card(
    "console",
    t("Console"),
    element(
      "div",
      { class: "labelled" },
      element("label", { for: "console-filter" }, t("Find lines, and settings by their names")),
      filter,
    ),
    names.root,
    log,
    form,
    element("div", { class: "console-quicks" }, ...quick),
    answer,
    element(
      "p",
      { class: "maker-hint" },
      t("Arrow up brings earlier lines back. Settings are written alone, read back, and backed up before."),
    ),
  );
  const show = (/** @type {MachineView | null} */ view) => {
    const blocked = cannotMove(view) !== "";
    for (const each of [send, ...quick]) allow(each, !blocked);
    if (view !== null && view.console !== known.last) fetchNews(list, known, view.console, filter);
  };
  return { root, show };
}

/**
 * The machine's settings whose key or name has some words; one that is chosen is ready to be set.
 *
 * @param {MakersRoom} room
 * @param {(line: string) => void} choose
 */
function settingNames(room, choose) {
  const root = element("ul", { class: "console-names", "aria-label": t("Settings") });
  /** @type {Api.Setting[] | null} */
  let known = null;
  let words = "";
  const show = (/** @type {string} */ wanted) => {
    words = wanted.trim().toLowerCase();
    const fits = (/** @type {Api.Setting} */ { key, meaning_fact }) =>
      words !== "" && `${key} ${told(meaning_fact)}`.toLowerCase().includes(words);
    reconcile(root, (known ?? []).filter(fits).slice(0, MOST_NAMES), {
      key: ({ key, machine }) => `${key}=${machine}`,
      make: (setting) => nameOf(setting, choose),
    });
  };
  const read = async () => {
    if (known !== null || cannotMove(room.view) !== "") return;
    known = [];
    known = await ask("/machine/settings").then(
      ({ settings }) => settings,
      () => null,
    );
    show(words);
  };
  const forget = () => {
    known = null;
  };
  return { root, show, read, forget };
}

/** @param {Api.Setting} setting @param {(line: string) => void} choose */
function nameOf({ key, meaning_fact: meaning, machine, unit }, choose) {
  const value = machine === null ? "–" : number(machine, { maximumFractionDigits: 3, useGrouping: false });
  const press = () => choose(`${key}=${machine ?? ""}`);
  return element(
    "li",
    {},
    element(
      "button",
      { class: "console-name", type: "button", click: press },
      element("code", {}, key),
      ` ${told(meaning)}: ${value} ${unit}`,
    ),
  );
}

/** @param {HTMLElement} list @param {Lines} known @param {number} last @param {HTMLInputElement} filter */
async function fetchNews(list, known, last, filter) {
  if (last < known.last) known.entries.clear(); // the service has begun anew
  known.last = last;
  const open = [...known.entries.values()]
    .filter((entry) => entry.state === "sent")
    .map((entry) => entry.id - 1);
  const after = Math.max(
    0,
    Math.min(...open, ...(known.entries.size > 0 ? [Math.max(...known.entries.keys())] : [0])),
  );
  const found = await known.newest(ask(`/machine/console?after=${after}`)).catch(() => null);
  for (const entry of found?.entries ?? []) take(known, entry);
  showEntries(list, known, filter.value);
}

/** Take in a line, unless it was answered already. @param {Lines} known @param {Api.ConsoleEntry} entry */
function take({ entries }, entry) {
  if (entry.state !== "sent" || !entries.has(entry.id)) entries.set(entry.id, entry);
}

/**
 * What was said last; of what fits some words the lines that do.
 *
 * @param {HTMLElement} list
 * @param {Lines} known
 * @param {string} filter
 */
function showEntries(list, known, filter) {
  const words = filter.trim().toLowerCase();
  const fits = (/** @type {string} */ text) => text.toLowerCase().includes(words);
  const entries = [...known.entries.values()]
    .filter(({ line, answers }) => fits(line) || answers.some(fits))
    .sort((a, b) => a.id - b.id)
    .slice(-MOST);
  const log = list.parentElement ?? list;
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  reconcile(list, entries, {
    key: (entry) => entry.id,
    make: (entry) =>
      element(
        "li",
        { class: "console-item" },
        element("code", { class: "console-sent" }, entry.line),
        element("pre", { class: "console-answers" }),
        element("p", { class: "console-note" }),
      ),
    update: (item, entry) => {
      item.dataset.state = entry.state;
      const answers = fits(entry.line) ? entry.answers : entry.answers.filter(fits);
      setText(item.children[1], answers.join("\n"));
      const note = entry.note_fact === null ? "" : told(entry.note_fact);
      setText(item.children[2], entry.state === "sent" ? t("waits for its answer …") : note);
    },
  });
  if (atEnd) log.scrollTop = log.scrollHeight;
}

/** @returns {Past} */
function history() {
  try {
    const lines = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
    return { lines: Array.isArray(lines) ? lines.map(String) : [], at: null };
  } catch {
    return { lines: [], at: null };
  }
}

/** @param {Past} past @param {string} line */
function remember(past, line) {
  past.lines = [...past.lines.filter((other) => other !== line), line].slice(-MOST);
  past.at = null;
  try {
    localStorage.setItem(KEPT, JSON.stringify(past.lines));
  } catch {
    // Private windows may refuse; then they are known until the page is closed.
  }
}

/** @param {KeyboardEvent} event @param {HTMLInputElement} input @param {Past} past */
function recall(event, input, past) {
  if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
  const last = past.lines.length;
  const at = (past.at ?? last) + (event.key === "ArrowUp" ? -1 : 1);
  if (at < 0 || at > last) return;
  event.preventDefault();
  past.at = at === last ? null : at;
  input.value = past.lines[at] ?? "";
}
