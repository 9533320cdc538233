// The maker's view: the machine by hand, own drawings, its set-up, its settings, its computer.

import { at } from "../base.js";
import { element } from "../dom.js";
import { t } from "../i18n.js";
import { Room } from "../machine/room.js";
import { stateCard } from "../machine/state.js";

/** @typedef {{ name: string, label: string, cards: () => Promise<((room: MakersRoom) => Card)[]> }} Part */
/** @type {Part[]} */
const PARTS = [
  { name: "hand", label: t("By hand"), cards: () => import("../machine/hand.js").then((it) => it.CARDS) },
  {
    name: "drawing",
    label: t("Own drawing"),
    cards: () => import("../machine/artwork.js").then((it) => it.CARDS),
  },
  {
    name: "calibration",
    label: t("Set-up"),
    cards: () => import("../machine/calibration.js").then((it) => it.CARDS),
  },
  {
    name: "settings",
    label: t("Settings"),
    cards: () => import("../machine/keep.js").then((it) => it.CARDS),
  },
  {
    name: "messages",
    label: t("Messages"),
    cards: () => import("../machine/messages.js").then((it) => it.CARDS),
  },
  {
    name: "computer",
    label: t("Computer and log"),
    cards: () => import("../machine/computer.js").then((it) => it.CARDS),
  },
];

/**
 * Fill `root` with one part of it: ?show=drawing, calibration, settings, messages, computer, or by hand.
 *
 * @param {HTMLElement} root
 */
export async function mount(root) {
  const wanted = new URLSearchParams(location.search).get("show");
  const part = PARTS.find(({ name }) => name === wanted) ?? PARTS[0];
  const makers = await part.cards();
  const room = new Room();
  const cards = [stateCard, ...makers].map((make) => make(room));
  const head = element(
    "div",
    { class: "view-head" },
    element("h1", { class: "view-title" }, t("Machine")),
    tabs(part),
  );
  const [state, ...others] = cards.map((each) => each.root);
  root.append(
    element(
      "div",
      { class: `page maker maker-${part.name}` },
      head,
      state,
      element("div", { class: "maker-parts" }, ...others),
    ),
  );
  room.subscribe((view) => {
    for (const each of cards) each.show(view);
  });
  for (const each of cards) each.show(room.view);
  head.querySelector("[aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  return () => {
    room.close();
    for (const each of cards) each.close?.();
  };
}

/** @param {Part} shown */
function tabs(shown) {
  const tab = (/** @type {Part} */ { name, label }) => {
    const href = name === PARTS[0].name ? "/machine" : `/machine?show=${name}`;
    return element(
      "li",
      {},
      element("a", { class: "tab", href: at(href), "aria-current": name === shown.name && "page" }, label),
    );
  };
  const seen = (/** @type {FocusEvent} */ { target }) =>
    target instanceof Element && target.scrollIntoView({ inline: "nearest", block: "nearest" });
  return element("ul", { class: "tabs maker-tabs", focusin: seen }, ...PARTS.map(tab));
}
