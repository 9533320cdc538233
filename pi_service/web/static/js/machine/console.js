// The console: one line to GRBL, its answer below it, earlier lines by the arrow keys.

import { ask, tell } from "../api.js";
import { element, reconcile, setText } from "../dom.js";
import { t, told } from "../i18n.js";
import { allow, answerPlace, cannotMove, card, sayIn } from "./room.js";

/** @typedef {{ entries: Map<number, Api.ConsoleEntry>, last: number }} Lines What is known of the console. */
/** @typedef {{ lines: string[], at: number | null }} Past Lines that were sent, and which of them is shown. */

const KEPT = "catplotter.console";
const MOST = 50;
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
  const known = { entries: new Map(), last: -1 };
  input.addEventListener("keydown", (event) => recall(event, input, past));
  const submit = async (/** @type {string} */ line) => {
    if (!line.trim() || send.getAttribute("aria-busy") === "true" || cannotMove(room.view) !== "") return;
    send.setAttribute("aria-busy", "true");
    sayIn(answer, "");
    try {
      const entry = await tell("/machine/console", { line });
      known.entries.set(entry.id, entry);
      remember(past, line);
      if (input.value === line) input.value = "";
    } catch (error) {
      sayIn(answer, error.message, "refused");
    }
    send.removeAttribute("aria-busy");
    showEntries(list, known);
    room.soon();
  };
  const typed = (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    submit(input.value);
  };
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
    if (view !== null && view.console !== known.last) fetchNews(list, known, view.console);
  };
  return { root, show };
}

/** @param {HTMLElement} list @param {Lines} known @param {number} last */
async function fetchNews(list, known, last) {
  if (last < known.last) known.entries.clear(); // the service has begun anew
  known.last = last;
  const open = [...known.entries.values()]
    .filter((entry) => entry.state === "sent")
    .map((entry) => entry.id - 1);
  const after = Math.max(
    0,
    Math.min(...open, ...(known.entries.size > 0 ? [Math.max(...known.entries.keys())] : [0])),
  );
  const found = await ask(`/machine/console?after=${after}`).catch(() => null);
  for (const entry of found?.entries ?? []) known.entries.set(entry.id, entry);
  showEntries(list, known);
}

/** @param {HTMLElement} list @param {Lines} known */
function showEntries(list, known) {
  const entries = [...known.entries.values()].sort((a, b) => a.id - b.id).slice(-MOST);
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
      setText(item.children[1], entry.answers.join("\n"));
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
