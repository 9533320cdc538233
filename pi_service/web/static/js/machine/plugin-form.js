// The form by which another plug-in is set up: what is installed, and the options it has.

import { ask, tell } from "../api.js";
import { element, reconcile } from "../dom.js";
import { explained, t } from "../i18n.js";
import { carryOut, sayIn } from "./room.js";

/** @type {Record<string, string>} */
export const GROUPS = {
  notifiers: t("Notifier"),
  triggers: t("Trigger"),
  drawing_sources: t("Drawing source"),
};

/** A plug-in is loaded meanwhile, which takes its time on a small computer. */
const LOADS_MS = 40_000;

/**
 * @param {HTMLElement} answer
 * @param {() => unknown} done
 */
export function setUpForm(answer, done) {
  /** @type {Api.PluginKind[]} */
  let kinds = [];
  /** @type {Api.Option[]} */
  let options = [];
  const fields = element("div", { class: "plugin-form" });
  const kind = element("select", { class: "field", id: "plugin-kind", change: () => choose() });
  const name = element("input", { class: "field", id: "plugin-name", maxlength: 40, autocomplete: "off" });
  const save = element("button", { class: "button", type: "submit" }, t("Set up"));
  const chosen = () => kinds[Number(kind.value)];
  const choose = async () => {
    const { group, kind: called } = chosen();
    const query = /** @type {"/plugins/options"} */ (`/plugins/options?group=${group}&kind=${called}`);
    fields.replaceChildren();
    const found = await carryOut(null, answer, () => ask(query));
    if (chosen().group !== group || chosen().kind !== called) return;
    options = found?.options ?? [];
    reconcile(fields, options, { key: (option) => `${group}-${called}-${option.name}`, make: fieldOf });
  };
  const submit = async (/** @type {SubmitEvent} */ event) => {
    event.preventDefault();
    const { group, kind: called } = chosen();
    const typed = [...fields.querySelectorAll("input")].map((input) => [input.name, input.value.trim()]);
    const body = {
      name: name.value.trim(),
      group,
      kind: called,
      options: Object.fromEntries(typed.filter(([, value]) => value !== "")),
    };
    const patience = { signal: AbortSignal.timeout(LOADS_MS) };
    const made = await carryOut(save, answer, () => tell("/plugins", body, {}, patience));
    if (made === null) return;
    form.reset();
    more.open = false;
    sayIn(answer, t("{name} is set up.", { name: made.name }));
    await done();
  };
  const form = element(
    "form",
    { class: "plugin-form", novalidate: true, submit },
    labelled("plugin-kind", t("Which"), kind),
    labelled("plugin-name", t("Name"), name),
    fields,
    save,
  );
  const open = async () => {
    if (!more.open || kinds.length > 0) return;
    kinds = (await carryOut(null, answer, () => ask("/plugins/kinds")))?.kinds ?? [];
    kind.replaceChildren(...Object.keys(GROUPS).map((group) => groupOf(group, kinds)));
    if (kinds.length > 0) await choose();
  };
  const more = element(
    "details",
    { class: "maker-more", toggle: open },
    element("summary", {}, t("Set up another")),
    form,
  );
  return more;
}

/** @param {string} group @param {Api.PluginKind[]} kinds */
function groupOf(group, kinds) {
  const own = kinds.flatMap((each, i) => (each.group === group ? [{ each, i }] : []));
  const made = own.map(({ each, i }) => element("option", { value: i }, `${each.kind} (${each.package})`));
  return element("optgroup", { label: GROUPS[group] }, ...made);
}

/** @param {Api.Option} option */
function fieldOf({ name, about, secret, required }) {
  const id = `plugin-option-${name}`;
  const input = element("input", {
    class: "field",
    id,
    name,
    type: secret ? "password" : "text",
    autocomplete: secret ? "new-password" : "off",
    spellcheck: "false",
    autocapitalize: "none",
    required,
    "aria-describedby": `${id}-about`,
  });
  const label = required ? name : t("{name} (if wanted)", { name });
  const row = labelled(id, label, input);
  row.append(element("p", { class: "quiet", id: `${id}-about` }, explained(about)));
  return row;
}

/** @param {string} id @param {string} label @param {HTMLElement} input */
export function labelled(id, label, input) {
  return element("div", { class: "labelled" }, element("label", { for: id }, label), input);
}
