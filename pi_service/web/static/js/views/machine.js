// The maker's view: the machine by hand, its calibration, its settings, its computer.

import { at } from "../base.js";
import { element } from "../dom.js";
import { t } from "../i18n.js";
import { backupsCard } from "../machine/backups.js";
import { calibrationCard } from "../machine/calibration.js";
import { careCard, computerCard, logCard } from "../machine/computer.js";
import { consoleCard } from "../machine/console.js";
import { jogCard } from "../machine/jog.js";
import { optionsCard } from "../machine/options.js";
import { penCard } from "../machine/pen.js";
import { profileCard } from "../machine/profile.js";
import { Room } from "../machine/room.js";
import { settingsCard } from "../machine/settings.js";
import { stateCard } from "../machine/state.js";
import { suppliesCard } from "../machine/supplies.js";

/** @type {Part[]} */
/** @typedef {{ name: string, label: string, cards: ((room: MakersRoom) => Card)[] }} Part */
const PARTS = [
  { name: "hand", label: t("By hand"), cards: [jogCard, penCard, consoleCard] },
  { name: "calibration", label: t("Calibration"), cards: [calibrationCard] },
  {
    name: "settings",
    label: t("Settings"),
    cards: [settingsCard, profileCard, suppliesCard, backupsCard, optionsCard],
  },
  { name: "computer", label: t("Computer and log"), cards: [computerCard, careCard, logCard] },
];

/**
 * Fill `root` with one part of it: ?show=calibration, settings, computer, or by hand.
 *
 * @param {HTMLElement} root
 */
export function mount(root) {
  const wanted = new URLSearchParams(location.search).get("show");
  const part = PARTS.find(({ name }) => name === wanted) ?? PARTS[0];
  const room = new Room();
  const cards = [stateCard, ...part.cards].map((make) => make(room));
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
  return element("ul", { class: "tabs maker-tabs" }, ...PARTS.map(tab));
}
