// Who is told when somebody is needed, and what others have added: plug-ins and their rules.

import { ask, put, remove, tell } from "../api.js";
import { element, reconcile, setText } from "../dom.js";
import { languages, t, told } from "../i18n.js";
import { Meanwhile } from "../meanwhile.js";
import { newest } from "../newest.js";
import { GROUPS, labelled, setUpForm } from "./plugin-form.js";
import { answerPlace, button, card, carryOut, sayIn } from "./room.js";

/** @typedef {Api.Plugin} Plugin */

const LOOK_MS = 5000;

/** @returns {Card} */
function pluginsCard() {
  const answer = answerPlace();
  const none = element("p", { class: "maker-hint", hidden: true }, t("Nobody is told anything yet."));
  const list = element("ul", { class: "plugins" });
  const answers = newest();
  const look = async () => {
    const found = await answers(ask("/plugins")).catch((error) => sayIn(answer, error.message, "refused"));
    if (!found) return;
    none.hidden = found.plugins.length > 0;
    reconcile(list, found.plugins, {
      key: ({ id }) => id,
      make: (plugin) => item(plugin, act),
      update: refresh,
    });
  };
  /** @param {HTMLButtonElement} which @param {() => Promise<Fact | null>} work */
  const act = async (which, work) => {
    const done = await carryOut(which, answer, async () => ({ fact: await work() }));
    if (done?.fact) sayIn(answer, told(done.fact));
    await look();
    if (list.querySelector(".is-alarming")) sayIn(answer, ""); // it stands there already
  };
  const hint = t(
    "Mail, chat or a web address is told when paper, pen or somebody is lacking, and when that is over. A large button or a folder of drawings is set up here too.",
  );
  const root = card(
    "plugins",
    t("Messages and plug-ins"),
    element("p", { class: "maker-hint" }, hint),
    none,
    list,
    answer,
    setUpForm(answer, look),
    element(
      "p",
      { class: "maker-hint" },
      t("An installed plotter reaches the Internet or a keyboard only after:"),
    ),
    element("code", { class: "plugin-command" }, "sudo catplotter plugins sandbox"),
  );
  look();
  const timer = setInterval(() => !document.hidden && look(), LOOK_MS);
  return { root, show: () => {}, close: () => clearInterval(timer) };
}

/**
 * @param {Plugin} plugin
 * @param {(which: HTMLButtonElement, work: () => Promise<Fact | null>) => unknown} act
 */
function item({ id, name, group, kind, enabled }, act) {
  const row = element("li", { class: "plugin" });
  const test = button(
    t("Send a test message"),
    () => act(test, async () => (await tell(`/plugins/${id}/test`)).fact),
    "button-small",
  );
  const turn = button("", () => act(turn, () => change(id, row)), "button-small plugin-turn");
  const gone = button(t("Remove"), () => doubt(), "button-small");
  const sure = button(
    t("Really remove?"),
    () => act(sure, () => remove(`/plugins/${id}`).then(() => null)),
    "button-small button-danger",
  );
  const doubt = () => {
    gone.hidden = true;
    sure.hidden = false;
    sure.focus();
  };
  sure.hidden = true;
  sure.addEventListener("blur", () => {
    sure.hidden = true;
    gone.hidden = false;
  });
  gone.setAttribute("aria-label", t("Remove {name}", { name }));
  test.hidden = group !== "notifiers";
  row.dataset.enabled = String(enabled);
  row.append(
    element("p", { class: "plugin-name" }, name),
    element("p", { class: "quiet" }, `${GROUPS[group]} · ${kind}`),
    element("p", { class: "plugin-state", role: "status" }),
    element("div", { class: "maker-buttons" }, test, turn, gone, sure),
  );
  return row;
}

/** @param {number} id @param {HTMLElement} row */
async function change(id, row) {
  const off = row.dataset.enabled === "true" && row.dataset.off === "false";
  await put(`/plugins/${id}`, { enabled: !off });
  return null;
}

/** @param {HTMLElement} row @param {Plugin} plugin */
function refresh(row, { enabled, off, fault_fact: wrong }) {
  row.dataset.enabled = String(enabled);
  row.dataset.off = String(off);
  const works = enabled ? t("at work") : t("switched off");
  const [state, turn] = [".plugin-state", ".plugin-turn"].map((each) => row.querySelector(each));
  if (state) setText(state, wrong === null ? works : told(wrong));
  state?.classList.toggle("is-alarming", wrong !== null);
  if (turn) setText(turn, enabled && !off ? t("Switch off") : t("Switch on"));
}

/** @returns {Card} */
function rulesCard() {
  const answer = answerPlace();
  const language = element(
    "select",
    { class: "field", id: "rule-language" },
    ...languages.map(([code, name]) => element("option", { value: code }, name)),
  );
  const quiet = field("quiet", { placeholder: "22:00-08:00", maxlength: 20 });
  const few = field("few", { type: "number", min: 0, max: 100 });
  const after = field("after", { type: "number", min: 0, max: 86400 });
  const waiting = field("waiting", { type: "number", min: 0, max: 1440 });
  const look = async () => (await ask("/plugins")).rules;
  const meanwhile = new Meanwhile(look);
  const show = (/** @type {Api.Rules} */ rules) => {
    meanwhile.take(rules);
    language.value = rules.language;
    quiet.value = rules.quiet;
    few.value = String(rules.few_cells);
    after.value = String(rules.after_s);
    waiting.value = String(rules.waiting_min);
  };
  const save = element("button", { class: "button button-main", type: "submit" }, t("Save"));
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const rules = {
      language: /** @type {Api.Rules["language"]} */ (language.value),
      quiet: quiet.value.trim(),
      few_cells: few.valueAsNumber,
      after_s: after.valueAsNumber,
      waiting_min: waiting.valueAsNumber,
    };
    const kept = await carryOut(save, answer, async () => {
      await meanwhile.check();
      return put("/plugins/rules", rules);
    });
    if (kept !== null) {
      show(kept);
      sayIn(answer, t("Saved."));
    }
  };
  const form = element(
    "form",
    { class: "plugin-form", novalidate: true, submit },
    labelled("rule-language", t("Language of the messages"), language),
    labelled("rule-quiet", t("Quiet, from – until; empty: never"), quiet),
    labelled("rule-few", t("Tell when so few places are left; 0: not"), few),
    labelled("rule-after", t("Tell what lasts longer than, seconds"), after),
    labelled("rule-waiting", t("Tell when a drawing waits longer than, minutes; 0: not"), waiting),
    save,
  );
  look().then(show, () => {});
  const root = card("notify", t("When people are told"), form, answer);
  return { root, show: () => {} };
}

/** @param {string} name @param {Attributes} attributes */
function field(name, attributes) {
  return element("input", { class: "field", id: `rule-${name}`, ...attributes });
}

export const CARDS = [pluginsCard, rulesCard];
