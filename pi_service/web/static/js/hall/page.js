// All plotters of a broker: who needs somebody first, each with its last cat, and what one or
// all of them can be told. At /hall?wall for a screen: nothing to press, as large as it fits.

import { tell as post, remove } from "../api.js";
import { at } from "../base.js";
import { element, reconcile, setText } from "../dom.js";
import { choose, language, languages, number, plural, t } from "../i18n.js";
import { sure } from "../sure.js";
import { card, fill, look, names, tell } from "./card.js";
import { HallLine } from "./live.js";

/** @typedef {Api.HallPlotter} Plotter */
/** @typedef {Api.HallCommand["command"]} Command */

const SHOWN_MS = 200;
/** Cards that are made at once; more of them on wish. */
const MOST = 120;
/** @type {Command[]} */
const FOR_ALL = ["draw", "pause", "resume", "stop"];
/** @type {Record<string, (plotter: Plotter) => boolean>} */
const KINDS = {
  all: () => true,
  needs: ({ needs }) => needs,
  silent: ({ online }) => !online,
};

/**
 * Fill `root` with the hall; returns a function that takes it down.
 *
 * @param {HTMLElement} root
 * @param {{ wall: boolean }} how
 */
export function mount(root, { wall }) {
  const parts = build(wall);
  root.replaceChildren(parts.page);
  document.body.classList.toggle("hall-wall", wall);
  let kind = "all";
  let most = wall ? Number.POSITIVE_INFINITY : MOST;
  let timer = 0;

  const show = () => {
    timer = 0;
    const known = sorted([...line.plotters.values()], wall);
    showHead(parts, line, known, kind);
    const wanted = known.filter(KINDS[kind]);
    const cards = wanted.slice(0, most);
    reconcile(parts.list, cards, {
      key: ({ name }) => name,
      make: (plotter) => card(plotter, { tell: told, forget }),
      update: (item, plotter) => {
        const text = JSON.stringify(plotter);
        if (item.dataset.told === text) return;
        item.dataset.told = text;
        fill(item, plotter);
      },
    });
    if (wall) spread(parts.list, cards.length);
    parts.rest.hidden = cards.length === wanted.length;
    setText(parts.rest, t("Show all {n}", { n: number(wanted.length) }));
  };
  const soon = () => {
    if (timer === 0) timer = setTimeout(show, SHOWN_MS);
  };
  const line = new HallLine(soon);

  /** @param {Command} command @param {string | null} name null: all of them */
  async function told(command, name) {
    const meant = name !== null || command === "stop" || command === "pause" || (await ask(command));
    if (!meant) return;
    try {
      await post("/hall/commands", { command, to: name === null ? null : [name] });
      setText(parts.refused, "");
    } catch (error) {
      setText(parts.refused, error.message);
    }
  }

  /** @param {Command} command */
  function ask(command) {
    const there = [...line.plotters.values()].filter(({ online }) => online).length;
    const many = { n: number(there) };
    return command === "draw"
      ? sure(t("Shall all {n} plotters that are there draw a cat?", many), names().draw)
      : sure(t("Shall all {n} plotters that are there go on?", many), names().resume);
  }

  /** @param {string} name */
  async function forget(name) {
    if (!(await sure(t("Take {name} off the list? It comes back by itself.", { name }), t("Take it off"))))
      return;
    try {
      await remove(`/hall/plotters/${encodeURIComponent(name)}`);
    } catch (error) {
      setText(parts.refused, error.message);
    }
  }

  for (const [name, button] of Object.entries(parts.tabs))
    button.addEventListener("click", () => {
      kind = name;
      most = MOST;
      show();
    });
  for (const button of parts.all)
    button.addEventListener("click", () => told(/** @type {Command} */ (button.dataset.command), null));
  parts.rest.addEventListener("click", () => {
    most = Number.POSITIVE_INFINITY;
    show();
  });
  show();
  return () => {
    line.close();
    clearTimeout(timer);
    document.body.classList.remove("hall-wall");
  };
}

/**
 * As many columns as make the cards of a screen about square.
 *
 * @param {HTMLElement} list
 * @param {number} count
 */
function spread(list, count) {
  const { clientWidth: width } = list;
  const height = Math.max(200, window.innerHeight - list.offsetTop);
  const columns = Math.max(1, Math.ceil(Math.sqrt((count * width) / height)));
  list.style.setProperty("--columns", String(columns));
}

/**
 * Who needs somebody first, then the silent, then the others; each by name. On a screen all of
 * them by name: there everyone keeps their place.
 *
 * @param {Plotter[]} known
 * @param {boolean} wall
 */
function sorted(known, wall) {
  const rank = (/** @type {Plotter} */ { needs, online }) => (wall ? 0 : needs ? 0 : online ? 2 : 1);
  return known.sort(
    (a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name, undefined, { numeric: true }),
  );
}

/** @param {boolean} wall */
function build(wall) {
  const summary = element("p", { class: "hall-summary", role: "status" });
  const trouble = element("p", { class: "notice", role: "alert", hidden: true });
  const refused = element("p", { class: "wrong", role: "alert" });
  const errand = element("p", { class: "hall-errand", role: "status" });
  const words = names();
  const all = FOR_ALL.map((command) =>
    element(
      "button",
      {
        class: `button ${command === "stop" ? "button-stop" : ""}`,
        type: "button",
        "data-command": command,
        "aria-label": command === "stop" ? null : t("All: {command}", { command: words[command] }),
      },
      command === "stop" ? t("Stop all") : words[command],
    ),
  );
  /** @type {Record<string, HTMLButtonElement>} */
  const tabs = Object.fromEntries(
    Object.keys(KINDS).map((name) => [name, element("button", { class: "hall-tab", type: "button" })]),
  );
  const list = element("ul", { class: "hall-list" });
  const rest = element("button", { class: "button", type: "button", hidden: true });
  const head = element(
    "header",
    { class: "hall-head" },
    element("h1", { class: "view-title" }, t("Hall")),
    wall ? null : element("a", { class: "mast-small", href: at("/hall?wall") }, t("For a screen")),
    wall ? null : languageList(),
    summary,
  );
  const orders = element(
    "section",
    { class: "hall-orders", "aria-label": t("All plotters"), hidden: wall },
    element("p", { class: "quiet" }, t("All plotters")),
    ...all,
  );
  const kinds = element("nav", { class: "hall-tabs", hidden: wall }, ...Object.values(tabs));
  const page = element("div", { class: "hall" }, head, trouble, orders, refused, errand, kinds, list, rest);
  return { page, summary, trouble, refused, errand, all, tabs, list, rest };
}

function languageList() {
  const list = element(
    "select",
    { class: "mast-small", "aria-label": t("Language") },
    ...languages.map(([value, name]) =>
      element("option", { value, lang: value, selected: value === language }, name),
    ),
  );
  list.addEventListener("change", () => choose(list.value));
  return list;
}

/**
 * What is said of all of them.
 *
 * @param {ReturnType<typeof build>} parts
 * @param {HallLine} line
 * @param {Plotter[]} known
 * @param {string} kind
 */
function showHead(parts, line, known, kind) {
  const counts = Object.fromEntries(
    Object.entries(KINDS).map(([name, which]) => [name, known.filter(which).length]),
  );
  const drawing = known.filter((plotter) => look(plotter) === "drawing").length;
  const said = [
    plural(counts.all, "one plotter", "{n} plotters"),
    drawing > 0 ? plural(drawing, "one draws", "{n} draw") : null,
    counts.needs > 0 ? plural(counts.needs, "one needs somebody", "{n} need somebody") : null,
    counts.silent > 0 ? plural(counts.silent, "one is silent", "{n} are silent") : null,
    line.rest?.turned_away
      ? t("{n} other names say nothing of use", { n: number(line.rest.turned_away) })
      : null,
  ].filter((each) => each !== null);
  setText(parts.summary, line.rest === null ? t("Listening …") : said.join(" · "));
  const broker = line.rest?.broker ?? null;
  const gone = broker?.fact ?? null;
  const words = line.live
    ? gone === null
      ? ""
      : tell(gone)
    : t("No connection to whoever serves this page.");
  parts.trouble.hidden = words === "" || line.rest === null;
  setText(parts.trouble, words);
  parts.list.classList.toggle("hall-old", gone !== null || !line.live);
  for (const button of parts.all) button.disabled = !line.live || !broker?.connected || counts.all === 0;
  const labels = {
    all: t("All {n}", { n: number(counts.all) }),
    needs: t("Needs somebody {n}", { n: number(counts.needs) }),
    silent: t("Silent {n}", { n: number(counts.silent) }),
  };
  for (const [name, label] of Object.entries(labels)) {
    setText(parts.tabs[name], label);
    parts.tabs[name].ariaPressed = String(name === kind);
  }
  const newest = line.rest?.errands[0];
  setText(parts.errand, newest === undefined ? "" : outcome(newest));
}

/** What became of a command. @param {Api.HallErrand} errand */
function outcome({ command, asked, done, waiting, refused, silent }) {
  return [
    t("{command}: {done} of {asked} follow it.", {
      command: names()[command],
      done: number(done),
      asked: number(asked),
    }),
    waiting > 0 ? plural(waiting, "One has not answered yet.", "{n} have not answered yet.") : null,
    ...refused.slice(0, 3).map(({ name, fact }) => `${name}: ${tell(fact)}`),
    refused.length > 3 ? plural(refused.length - 3, "And one more refuses.", "And {n} more refuse.") : null,
    silent.length > 0 ? t("No answer from {names}.", { names: silent.slice(0, 5).join(", ") }) : null,
  ]
    .filter((each) => each !== null)
    .join(" ");
}
