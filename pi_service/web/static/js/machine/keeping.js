// The gallery's own backups: made, taken away, looked into, and brought back after that look.

import { ask, tell } from "../api.js";
import { at } from "../base.js";
import { element, reconcile, setText } from "../dom.js";
import { number, plural, t, told } from "../i18n.js";
import { newest } from "../newest.js";
import { sure } from "../sure.js";
import { jobTitle, when } from "../words.js";
import { answerPlace, button, card, carryOut, sayIn } from "./room.js";

/** Unpacking and copying take longer than a page is patient otherwise. */
const PATIENCE_MS = 300_000;
const slowly = () => ({ signal: AbortSignal.timeout(PATIENCE_MS) });

/** @returns {Card} */
export function keepingCard() {
  const answer = answerPlace();
  const place = element("p", { class: "maker-hint" });
  const list = element("ul", { class: "backups" });
  const make = button(t("Make a backup now"), async () => {
    const done = await carryOut(make, answer, () => tell("/backups", {}, {}, slowly()));
    if (done !== null) sayIn(answer, t("Made, and read back."));
    look();
  });
  const root = card(
    "keeping",
    t("Backups of the gallery"),
    element(
      "p",
      { class: "maker-hint" },
      t("Cats, sheets, hours and rules of the clock, without passwords; one a day by itself."),
    ),
    place,
    element("div", { class: "maker-buttons" }, make),
    answer,
    list,
  );
  const answers = newest();
  const look = async () => {
    const found = await answers(ask("/backups")).catch((error) => sayIn(answer, error.message, "refused"));
    if (!found) return;
    setText(place, second(found.elsewhere));
    reconcile(list, found.backups, {
      key: ({ place, name }) => `${place}/${name}`,
      make: (backup) => item(backup, answer),
    });
  };
  look();
  return { root, show: () => {} };
}

/** How the second folder is. @param {Api.BackupPlace | null} given */
function second(given) {
  if (given === null)
    return t("None go to a second place: name a folder on a stick as {option}.", {
      option: "CATPLOTTER_SERVE_BACKUP_TO",
    });
  if (given.fact !== null) return told(given.fact);
  const free = number(Math.round((given.free ?? 0) / 1e6));
  return t("Copies go to {folder}, where {free} MB are free.", { folder: given.folder, free });
}

/**
 * One backup: what it is, and a look inside before anything else.
 *
 * @param {Api.Backup} backup
 * @param {HTMLElement} answer
 */
function item(backup, answer) {
  const { place, name, made, cats } = backup;
  const path = /** @type {const} */ (`/backups/${place}/${name}`);
  const inside = element("div", { class: "backup-inside", hidden: true });
  const open = button(t("Look inside"), async () => {
    const contents = await carryOut(open, answer, () => ask(/** @type {any} */ (`${path}/contents`)));
    if (contents === null) return;
    showInside(inside, contents);
    inside.append(restore);
    inside.hidden = false;
  });
  const restore = button(
    t("Put this one back"),
    async () => {
      const question = t(
        "What is not in this backup leaves the gallery. It is kept, and can be put back likewise.",
      );
      if (!(await sure(question, t("Put this one back")))) return;
      const done = await carryOut(restore, answer, () =>
        tell(/** @type {any} */ (`${path}/restore`), {}, {}, slowly()),
      );
      if (done !== null) sayIn(answer, t("The service begins anew with it. This takes some seconds."));
    },
    "button-danger",
  );
  open.classList.add("button-small");
  const title = made === null ? name : when(made);
  open.setAttribute("aria-label", t("Look inside: {time}", { time: title }));
  const link = place === "here" ? { href: at(`/api/v1${path}`), download: name } : {};
  const about = [
    cats === null ? null : plural(cats, "{n} cat", "{n} cats"),
    backup.bytes === null
      ? null
      : t("{n} MB", { n: number(Math.max(0.1, backup.bytes / 1e6), { maximumFractionDigits: 1 }) }),
    place === "elsewhere" ? t("in the second place") : null,
    place === "aside" ? t("as it was before another one was put back") : null,
  ].filter((each) => each !== null);
  return element(
    "li",
    { class: "backup" },
    element("a", link, title),
    element("span", { class: "backup-size" }, about.join(" · ")),
    open,
    inside,
  );
}

/** @param {HTMLElement} root @param {Api.BackupContents} found */
function showInside(root, found) {
  const { cats, sheets, rules, first_at: first, last_at: last, lost } = found;
  const has = [
    plural(cats, "{n} cat", "{n} cats"),
    plural(sheets, "{n} sheet", "{n} sheets"),
    plural(rules, "{n} rule of the clock", "{n} rules of the clock"),
    first === null || last === null
      ? null
      : t("from {first} to {last}", { first: when(first), last: when(last) }),
  ].filter((each) => each !== null);
  const lines = [t("In it: {what}.", { what: has.join(", ") })];
  if (lost === null) lines.push(t("The gallery as it is now cannot be read."));
  else {
    const names = lost.latest
      .map((cat) => jobTitle(/** @type {Job} */ (/** @type {unknown} */ (cat))))
      .join(", ");
    lines.push(
      lost.cats === 0
        ? t("No cat would leave the gallery.")
        : plural(
            lost.cats,
            "{n} cat would leave the gallery: {names}.",
            "{n} cats would leave the gallery: {names}.",
            {
              names: lost.cats > lost.latest.length ? `${names} …` : names,
            },
          ),
    );
    if (lost.settings) lines.push(t("Hours or settings would be as they were then."));
    if (lost.rules) lines.push(t("The rules of the clock would be as they were then."));
  }
  root.replaceChildren(...lines.map((line) => element("p", {}, line)));
}
