// Updates: what is new, asked for here, put in place by the computer's own updater.

import { ask, tell } from "../api.js";
import { element, setText } from "../dom.js";
import { t } from "../i18n.js";
import { newest } from "../newest.js";
import { sure } from "../sure.js";
import { when } from "../words.js";
import { answerPlace, button, card, carryOut } from "./room.js";

const LOOK_MS = 5000;

/** @returns {Card} */
export function updatingCard() {
  const answer = answerPlace();
  const state = element("p", { role: "status" });
  const list = element("div", { class: "updates" });
  const back = button(t("Go back to the version before"), () => want(back, null), "button-small");
  const root = card(
    "updating",
    t("Update"),
    state,
    list,
    element("div", { class: "maker-buttons" }, back),
    answer,
  );
  const answers = newest();
  let told = "";
  /** @param {HTMLButtonElement} which @param {string | null} name */
  async function want(which, name) {
    const question =
      name === null
        ? t("Go back to the version before? It is put in place once nothing is drawn.")
        : t("Install it? It is built while drawings go on, and put in place once nothing is drawn.");
    if (!(await sure(question, name === null ? t("Go back") : t("Install")))) return;
    const done = await carryOut(which, answer, () => answers(tell("/update", { name })));
    if (done !== null) show(done);
  }
  /** @param {Api.Updates} found */
  function show(found) {
    const text = JSON.stringify(found);
    if (text === told) return;
    told = text;
    setText(state, says(found));
    const goesOn = found.phase !== null && !["done", "failed"].includes(found.phase);
    back.hidden = !found.possible;
    back.disabled = goesOn;
    list.replaceChildren(...(found.possible ? found.offered : []).map((each) => release(each, goesOn, want)));
  }
  const look = () =>
    answers(ask("/update")).then(
      (found) => found !== null && show(found),
      () => {
        told = ""; // it may be the update itself that keeps it from answering
      },
    );
  look();
  const timer = setInterval(() => !document.hidden && look(), LOOK_MS);
  return { root, show: () => {}, close: () => clearInterval(timer) };
}

/**
 * @param {Api.Offered} offered
 * @param {boolean} goesOn
 * @param {(button: HTMLButtonElement, name: string) => unknown} want
 */
function release({ name, version, changes }, goesOn, want) {
  const install = button(t("Install {version}", { version }), () => want(install, name), "button-main");
  install.disabled = goesOn;
  return element(
    "details",
    { class: "update", open: true },
    element("summary", {}, t("New in {version}", { version })),
    element("ul", { lang: "en" }, ...changes.map((line) => element("li", {}, line.replaceAll(/[`*]/g, "")))),
    install,
  );
}

/** @param {Api.Updates} found */
function says({ version, possible, folder, offered, phase, last, why }) {
  const now = t("catplotter {version} runs.", { version });
  const to = { version: last?.version ?? "" };
  /** @type {Record<string, string>} */
  const phases = {
    asked: t("The update was asked for."),
    building: t("The new version is being built; this takes some minutes."),
    waiting: t("It is ready, and waits until nothing is drawn."),
    switching: t("It is being put in place; the page comes back by itself."),
    done: last === null ? "" : t("The last update, {time}, went well.", { time: when(last.at) }),
    failed: t("The last update to {version} failed, and this version goes on: {why}", { ...to, why }),
  };
  const news = !possible
    ? t("Only an installed service is updated from here.")
    : offered.length > 0
      ? ""
      : t("Nothing newer lies in {folder}.", { folder });
  return [now, phase === null ? "" : phases[phase], news].filter((text) => text !== "").join(" ");
}
