// The set-up as a list: what was done, when, and where it is done.

import { ask } from "../api.js";
import { at } from "../base.js";
import { element, find, reconcile, setText } from "../dom.js";
import { t } from "../i18n.js";
import { newest } from "../newest.js";
import { when } from "../words.js";
import { card } from "./room.js";

/** @typedef {{ name: keyof Api.MachineSetUp, title: string, missing: string, link: string }} Row */
/** @type {Row[]} */
const ROWS = [
  { name: "paper", title: t("Paper is on the bed"), missing: t("not yet"), link: "/machine?show=settings" },
  { name: "pen", title: t("A pen is in the holder"), missing: t("not yet"), link: "/machine?show=settings" },
  { name: "place", title: t("It is known where the pen is"), missing: t("not known now"), link: "/machine" },
  {
    name: "profile",
    title: t("The machine’s profile was changed, calibrated perhaps"),
    missing: t("never: it is as it came"),
    link: "/machine?show=calibration",
  },
  {
    name: "settings",
    title: t("Settings were written into the machine"),
    missing: t("never from here"),
    link: "/machine?show=settings",
  },
  {
    name: "backup",
    title: t("The machine was backed up"),
    missing: t("never"),
    link: "/machine?show=settings",
  },
];

/** @returns {Card} */
export function setUpCard() {
  const list = element("ul", { class: "setup" });
  const root = card("setup", t("Set-up"), list);
  let known = "";
  const answers = newest();
  const look = async () => {
    const found = await answers(ask("/machine/setup")).catch(() => null);
    if (found === null) return;
    reconcile(list, ROWS, {
      key: ({ name }) => name,
      make: ({ title, link }) =>
        element(
          "li",
          { class: "setup-item" },
          element("a", { href: at(link) }, title),
          element("span", { class: "setup-at" }),
        ),
      update: (item, { name, missing }) => {
        const time = found[name];
        item.dataset.done = String(time !== null);
        setText(find(item, ".setup-at"), time === null ? missing : when(time));
      },
    });
  };
  const show = (/** @type {MachineView | null} */ view) => {
    const now = JSON.stringify([
      view?.state,
      view?.written,
      view?.calibration.open,
      view?.busy_fact,
      view?.profile,
    ]);
    if (now !== known) look();
    known = now;
  };
  return { root, show };
}
