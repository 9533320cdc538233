// Keys for programs: listed, made, revoked.

import { ask, remove, tell } from "../api.js";
import { element, reconcile, setText } from "../dom.js";
import { t } from "../i18n.js";
import { newest } from "../newest.js";
import { when } from "../words.js";
import { field, form } from "./forms.js";

/** The card with all keys, and the form for another one. */
export function keys() {
  const list = element("ul", { class: "key-list" });
  const none = element("p", { class: "quiet" });
  const fresh = element("div", { class: "key-new", role: "status" });

  const answers = newest();

  async function refresh() {
    try {
      const found = await answers(ask("/keys"));
      if (found !== null) show(found.keys);
    } catch (error) {
      setText(none, error.message);
    }
  }

  /** @param {Api.Key[]} found */
  function show(found) {
    setText(none, found.length === 0 ? t("There is none yet.") : "");
    reconcile(list, found, { key: (key) => key.id, make: (key) => row(key, revoke) });
  }

  /** @param {Api.Key} key */
  async function revoke(key) {
    fresh.replaceChildren();
    await remove(`/keys/${key.id}`).catch((error) => setText(none, error.message));
    await refresh();
  }

  const name = field(t("Name"), { maxlength: 40, autocomplete: "off" });
  const role = choice();
  const made = form({
    heading: "h2",
    title: t("Keys for programs"),
    about: t("A program shows its key instead of a password. It can be seen only once, when it is made."),
    fields: [name],
    label: t("Make a key"),
    send: async () => {
      const key = await tell("/keys", { name: name.value.trim(), role: role.value });
      fresh.replaceChildren(secretOf(key));
    },
    done: refresh,
  });
  name.root.after(role.root);
  made.append(fresh, list, none);
  refresh();
  return made;
}

/** @param {Api.Key} key @param {(key: Api.Key) => void} revoke */
function row(key, revoke) {
  const what = key.role === "staff" ? t("may do everything") : t("may do what visitors may");
  const used = key.used_at === null ? t("never used") : t("last used {when}", { when: when(key.used_at) });
  return element(
    "li",
    { class: "key" },
    element(
      "div",
      {},
      element("p", { class: "key-name" }, key.name),
      element("p", { class: "quiet" }, `${what}, ${used}`),
    ),
    element(
      "button",
      {
        class: "button button-danger",
        type: "button",
        "aria-label": t("Revoke {name}", { name: key.name }),
        click: () => revoke(key),
      },
      t("Revoke"),
    ),
  );
}

function choice() {
  const select = element(
    "select",
    { class: "field", id: "key-role" },
    element("option", { value: "staff" }, t("Staff: everything")),
    element("option", { value: "visitor" }, t("Visitor: look, draw, stop")),
  );
  const root = element(
    "div",
    { class: "labelled" },
    element("label", { for: "key-role" }, t("It may do")),
    select,
  );
  return {
    root,
    get value() {
      return select.value === "staff" ? "staff" : "visitor";
    },
  };
}

/** @param {Api.MadeKey} key */
function secretOf(key) {
  const copied = element("span", { class: "quiet" });
  async function copy() {
    try {
      await navigator.clipboard.writeText(key.secret);
      setText(copied, t("Copied."));
    } catch {
      // Plain HTTP has no clipboard in some browsers; the text can be marked and copied.
      getSelection()?.selectAllChildren(shown);
    }
  }
  const shown = element("code", { class: "key-secret" }, key.secret);
  return element(
    "div",
    { class: "notice" },
    element("p", {}, t("The key “{name}”. Keep it now, it cannot be shown again:", { name: key.name })),
    shown,
    element(
      "div",
      { class: "door-ways" },
      element("button", { class: "button", type: "button", click: copy }, t("Copy")),
      copied,
    ),
  );
}
