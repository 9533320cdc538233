// Backups of what the machine has stored: made, taken away, brought back.

import { ask, tell } from "../api.js";
import { at } from "../base.js";
import { element, reconcile, setText } from "../dom.js";
import { number, t, told } from "../i18n.js";
import { newest } from "../newest.js";
import { when } from "../words.js";
import { allow, answerPlace, button, cannotMove, card, carryOut, sayIn } from "./room.js";

/** @param {MakersRoom} room @returns {Card} */
export function backupsCard(room) {
  const answer = answerPlace();
  const list = element("ul", { class: "backups" });
  const none = element("p", { class: "maker-hint", hidden: true }, t("No backup was made yet."));
  const make = button(t("Make a backup"), async () => {
    if ((await carryOut(make, answer, () => tell("/machine/backups"))) !== null) await look();
    room.soon();
  });
  const restore = async (
    /** @type {HTMLButtonElement} */ which,
    /** @type {string} */ name,
    /** @type {boolean} */ again,
  ) => {
    const done = await carryOut(which, answer, () =>
      tell(`/machine/backups/${name}/restore`, { from_another: again }),
    );
    if (done !== null)
      sayIn(
        answer,
        [...done.facts, ...(done.left_facts ?? [])].map(told).join(" "),
        done.complete ? "done" : "refused",
      );
    await look();
    room.soon();
  };
  const root = card(
    "backups",
    t("Backups of the machine"),
    element(
      "p",
      { class: "maker-hint" },
      t("Settings, stored positions and start-up lines, as the machine has them."),
    ),
    element("div", { class: "maker-buttons" }, make),
    answer,
    none,
    list,
  );
  const answers = newest();
  const look = async () => {
    const found = await answers(ask("/machine/backups")).catch(() => null);
    if (found === null) return;
    none.hidden = found.backups.length > 0;
    reconcile(list, found.backups, { key: (backup) => backup.name, make: (backup) => item(backup, restore) });
    enable(room.view);
  };
  const enable = (/** @type {MachineView | null} */ view) => {
    const blocked = cannotMove(view) !== "";
    for (const each of root.querySelectorAll("button")) allow(each, !blocked);
  };
  let written = "";
  look();
  const show = (/** @type {MachineView | null} */ view) => {
    enable(view);
    const now = JSON.stringify(view?.written ?? null);
    if (written !== "" && now !== written) look();
    written = now;
  };
  return { root, show };
}

/**
 * Bringing back asks once more, in its own place: it overwrites what the machine has.
 *
 * @param {Api.MachineBackup} backup
 * @param {(button: HTMLButtonElement, name: string, again: boolean) => unknown} restore
 */
function item(backup, restore) {
  const time = when(backup.at);
  const sure = button(
    t("Really bring it back"),
    () => restore(sure, backup.name, false),
    "button-small button-danger",
  );
  sure.hidden = true;
  const first = button(
    t("Bring back"),
    () => {
      first.hidden = true;
      sure.hidden = false;
      sure.focus();
    },
    "button-small",
  );
  first.setAttribute("aria-label", t("Bring back the backup of {time}", { time }));
  sure.addEventListener("blur", () => {
    sure.hidden = true;
    first.hidden = false;
  });
  const link = element(
    "a",
    { href: at(`/api/v1/machine/backups/${backup.name}`), download: backup.name },
    time,
  );
  const size = element("span", { class: "backup-size" });
  setText(size, t("{n} kB", { n: number(backup.bytes / 1000, { maximumFractionDigits: 1 }) }));
  return element("li", { class: "backup" }, link, size, first, sure);
}
