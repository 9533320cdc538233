// One plotter of the hall: its last cat, how it is, what can be done about it.

import { at } from "../base.js";
import { element, find, setSource, setText } from "../dom.js";
import { locale, plural, t, told } from "../i18n.js";
import { jobTitle } from "../words.js";

/** @typedef {Api.HallPlotter} Plotter */
/** @typedef {(command: Api.HallCommand["command"], name: string) => unknown} Tell */

/** What helps, by what a plotter shows. @type {Record<string, Api.HallCommand["command"][]>} */
const HELPS = {
  ready: ["draw", "stop"],
  working: ["stop"],
  drawing: ["pause", "stop"],
  paused: ["resume", "stop"],
  stopped: ["resume"],
  needs_paper: ["new_sheet", "stop"],
  needs_somebody: ["stop"],
  closed: ["draw", "stop"],
  fault: [],
};

/** What each command is called. @returns {Record<Api.HallCommand["command"], string>} */
export function names() {
  return {
    draw: t("Draw a cat"),
    pause: t("Pause"),
    resume: t("Go on"),
    stop: t("Stop"),
    new_sheet: t("New paper is in"),
  };
}

/**
 * The colour of a plotter, as a word: what it shows, or that it says nothing.
 *
 * @param {Plotter} plotter
 */
export function look(plotter) {
  return plotter.online ? plotter.shown || "working" : "silent";
}

/**
 * An empty card, to be filled by `fill`.
 *
 * @param {Plotter} plotter
 * @param {{ tell: Tell, forget: (name: string) => unknown }} does
 */
export function card({ name }, { tell, forget }) {
  const picture = element("img", { class: "hall-picture", alt: "", loading: "lazy", decoding: "async" });
  const link = element("a", { class: "hall-name" }, name);
  const words = names();
  const buttons = Object.entries(words).map(([command, label]) =>
    element(
      "button",
      {
        class: `button button-small ${command === "stop" ? "button-danger" : ""}`,
        type: "button",
        "data-command": command,
        "aria-label": `${label}: ${name}`,
        click: () => tell(/** @type {Api.HallCommand["command"]} */ (command), name),
      },
      label,
    ),
  );
  const away = element(
    "button",
    { class: "button button-small", type: "button", "data-command": "forget", click: () => forget(name) },
    t("Take it off the list"),
  );
  return element(
    "li",
    { class: "hall-card" },
    picture,
    element(
      "div",
      { class: "hall-words" },
      element("h2", {}, link),
      element("p", { class: "hall-says" }),
      element("ul", { class: "hall-why" }),
      element("p", { class: "hall-facts" }),
    ),
    element("div", { class: "hall-buttons" }, ...buttons, away),
  );
}

/**
 * Show how a plotter is.
 *
 * @param {HTMLElement} root
 * @param {Plotter} plotter
 */
export function fill(root, plotter) {
  root.dataset.look = look(plotter);
  root.dataset.needs = String(plotter.needs);
  const picture = find(root, "img", HTMLImageElement);
  picture.hidden = plotter.picture === null;
  if (plotter.picture !== null)
    setSource(
      picture,
      at(`/api/v1/hall/plotters/${encodeURIComponent(plotter.name)}/picture.svg?${plotter.picture}`),
    );
  const link = find(root, "a");
  if (plotter.url === null) link.removeAttribute("href");
  else link.setAttribute("href", plotter.url);
  setText(find(root, ".hall-says"), says(plotter));
  const why = plotter.online ? plotter.problems.map(tell) : [];
  find(root, ".hall-why").replaceChildren(...why.map((text) => element("li", {}, text)));
  setText(find(root, ".hall-facts"), facts(plotter).join(" · "));
  const helps = plotter.online ? (HELPS[plotter.shown] ?? ["stop"]) : ["forget"];
  for (const button of root.querySelectorAll("button"))
    button.hidden = !helps.some((command) => command === button.dataset.command);
}

/** A time by the clock of whoever looks: plotters of a hall may be anywhere. @param {number} seconds */
function when(seconds) {
  const at = new Date(seconds * 1000);
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(locale, { timeStyle: "short", ...(today ? {} : { dateStyle: "medium" }) });
}

/** @param {Plotter} plotter */
function says(plotter) {
  if (!plotter.online) {
    if (plotter.silent_at === null) return t("It says nothing: is it switched on?");
    return t("Silent since {time}: is it switched on?", { time: when(plotter.silent_at) });
  }
  if (plotter.fact === null) return t("It is there, and has not said yet how it is.");
  return tell(plotter.fact);
}

/** What a plotter of another version tells may have no sentence here. @param {Api.Fact} fact */
export function tell(fact) {
  try {
    return told(/** @type {Fact} */ (fact));
  } catch {
    return fact.code;
  }
}

/** @param {Plotter} plotter */
function facts(plotter) {
  const { job, last, places_left: places, queue, nonsense, broken_off: broken } = plotter;
  const title = (/** @type {Api.HallCat} */ cat) => jobTitle(/** @type {Job} */ (cat));
  return [
    job !== null ? t("on the paper: {title}", { title: title(job) }) : null,
    job === null && last !== null ? t("last: {title}", { title: title(last) }) : null,
    places === null ? null : plural(places, "one place left", "{n} places left"),
    queue > 0 ? plural(queue, "one waits", "{n} wait") : null,
    broken > 0 ? plural(broken, "one broken off", "{n} broken off") : null,
    plotter.pen_low ? t("the pen runs low") : null,
    nonsense ? t("the last it said could not be understood") : null,
  ].filter((each) => each !== null);
}
