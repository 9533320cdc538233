// The plotter's computer: how warm, how full, which version; backup, update, and what was logged.

import { ask } from "../api.js";
import { at } from "../base.js";
import { timeIn } from "../clock.js";
import { element, reconcile, setText } from "../dom.js";
import { number, plural, t, told } from "../i18n.js";
import { keepingCard } from "./keeping.js";
import { answerPlace, card, showFacts } from "./room.js";
import { updatingCard } from "./updating.js";

/** @typedef {{ id: number, at: number, level: string, words: string }} Entry A line of the log. */

const LOOK_MS = 5000;
const MEGA = 1e6;
const WARM_C = 70;
/** @type {Intl.DateTimeFormatOptions} */
const STAMP = { dateStyle: "short", timeStyle: "medium" };

/** @type {Promise<Api.Computer> | null} */
let coming = null;

/** The plotter's computer, asked for once for all cards that want it at the same time. */
function computer() {
  coming ??= ask("/computer").finally(() => {
    coming = null;
  });
  return coming;
}

/** @returns {Card} */
function computerCard() {
  const facts = element("dl", { class: "maker-facts" });
  const answer = answerPlace();
  const root = card("computer", t("Computer"), facts, answer);
  const timer = repeat(async () => {
    const found = await computer().catch((error) => setText(answer, error.message));
    if (!found) return;
    setText(answer, "");
    showFacts(facts, rowsOf(found));
  });
  return { root, show: () => {}, close: timer };
}

/**
 * Do something now and every few seconds while the page is seen; returns a function that ends it.
 *
 * @param {() => unknown} work
 */
function repeat(work) {
  work();
  const timer = setInterval(() => !document.hidden && work(), LOOK_MS);
  return () => clearInterval(timer);
}

/** @param {Api.Computer} found @returns {[string, string, boolean?][]} */
function rowsOf(found) {
  return [
    [
      t("Temperature"),
      found.temperature_c === null ? unknown() : `${number(found.temperature_c)} °C`,
      (found.temperature_c ?? 0) > WARM_C,
    ],
    [t("Power and cooling"), trouble(found), Boolean(found.trouble?.length)],
    [
      t("Memory free"),
      found.memory ? t("{free} of {total} MB", mega(found.memory.available, found.memory.total)) : unknown(),
    ],
    [
      t("The service takes"),
      found.service_memory === null ? unknown() : t("{n} MB", { n: megabytes(found.service_memory) }),
    ],
    [
      t("Disk free"),
      found.disk ? t("{free} of {total} MB", mega(found.disk.free, found.disk.total)) : unknown(),
    ],
    [t("Load"), found.load === null ? unknown() : number(found.load)],
    [t("Switched on"), found.up_s === null ? unknown() : since(found.up_s)],
    [t("Version"), `catplotter ${found.version} · Python ${found.python}`],
    [t("System"), [found.model, found.system].filter(Boolean).join(" · ")],
  ];
}

const unknown = () => t("this computer does not tell");
/** @param {number} bytes */
const megabytes = (bytes) => number(Math.round(bytes / MEGA));
/** @param {number} free @param {number} total */
const mega = (free, total) => ({ free: megabytes(free), total: megabytes(total) });

/** @param {Api.Computer} given */
function trouble({ trouble_facts: now, trouble_before_facts: before }) {
  if (now === null) return unknown();
  if (now.length > 0) return now.map(told).join(", ");
  const past = (before ?? []).map(told).join(", ");
  return past ? t("well now; since the start: {what}", { what: past }) : t("well");
}

/** @param {number} seconds */
function since(seconds) {
  const hours = Math.floor(seconds / 3600);
  if (hours >= 48) return plural(Math.floor(hours / 24), "{n} day ago", "{n} days ago");
  if (hours >= 1) return plural(hours, "{n} hour ago", "{n} hours ago");
  return plural(Math.max(1, Math.round(seconds / 60)), "{n} minute ago", "{n} minutes ago");
}

/** @returns {Card} */
function careCard() {
  const commands = element("dl", { class: "commands" });
  const root = card(
    "care",
    t("Backup and update"),
    element("p", {}, t("All jobs, drawings, sheets and schedules in one file:")),
    element(
      "div",
      { class: "maker-buttons" },
      element(
        "a",
        { class: "button button-link", href: at("/api/v1/backup"), download: "" },
        t("Download a backup"),
      ),
    ),
    element("p", {}, t("What needs the owner’s rights is done at the computer itself, in a terminal:")),
    commands,
  );
  /** @type {Record<string, string>} */
  const titles = {
    update: t("Update"),
    rollback: t("Go back to the version before"),
    backup: t("Backup into a file"),
    log: t("The system’s own log"),
  };
  computer().then(
    (found) => {
      for (const [name, command] of Object.entries(found.commands)) {
        commands.append(
          element("dt", {}, titles[name] ?? name),
          element("dd", {}, element("code", {}, command)),
        );
      }
    },
    () => {},
  );
  return { root, show: () => {} };
}

/** What the log can show: the names of its entries, where they come from. */
const LOGS = [
  { name: "entries", label: t("What happened"), entries: happened },
  {
    name: "messages",
    label: t("The service’s messages"),
    entries: messages,
  },
];

/** @returns {Promise<Entry[]>} */
async function happened() {
  const { entries } = await ask("/log?limit=100");
  return entries.map(({ id, at, kind, fact }) => {
    return { id, at, level: fact.code === "over" ? "over" : kind, words: told(fact) };
  });
}

/** @returns {Promise<Entry[]>} */
async function messages() {
  const found = await ask("/messages");
  return found.messages.map(({ id, at, level, text }) => ({ id, at, level, words: text }));
}

/** @returns {Card} */
function logCard() {
  const list = element("ol", { class: "log" });
  const box = element(
    "div",
    { class: "log-box", tabindex: "0", role: "region", "aria-label": t("Entries of the log") },
    list,
  );
  let shown = LOGS[0];
  const tabs = LOGS.map((log) => {
    const click = () => {
      shown = log;
      tabs.forEach((tab, i) => void tab.setAttribute("aria-pressed", String(LOGS[i] === log)));
      look();
    };
    /** @type {HTMLButtonElement} */
    return element(
      "button",
      { class: "tab", type: "button", "aria-pressed": String(log === shown), click },
      log.label,
    );
  });
  const answer = answerPlace();
  const root = card("log", t("Log"), element("div", { class: "tabs" }, ...tabs), box, answer);
  const look = async () => {
    const log = shown;
    const entries = await log.entries().catch((error) => setText(answer, error.message));
    if (!entries || log !== shown) return;
    setText(answer, entries.length === 0 ? t("Nothing yet.") : "");
    box.hidden = entries.length === 0;
    reconcile(list, entries, { key: (entry) => `${log.name}-${entry.id}`, make: logItem });
  };
  const close = repeat(look);
  return { root, show: () => {}, close };
}

/** @param {Entry} entry */
function logItem(entry) {
  return element(
    "li",
    { class: "log-item", "data-level": entry.level },
    element(
      "time",
      { class: "log-time", datetime: new Date(entry.at * 1000).toISOString() },
      timeIn(entry.at, STAMP),
    ),
    element("span", { class: "log-text" }, entry.words),
  );
}

export const CARDS = [computerCard, keepingCard, updatingCard, careCard, logCard];
