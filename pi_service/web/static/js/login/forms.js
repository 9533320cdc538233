// The forms in which passwords are typed.

import { put, tell } from "../api.js";
import { element, setText } from "../dom.js";
import { t } from "../i18n.js";

/** @typedef {{ root: HTMLElement, input: HTMLInputElement, readonly value: string }} Field */
/**
 * @typedef {{
 *   heading?: "h1" | "h2", title: string, about: string, fields: Field[], label: string,
 *   send: () => Promise<unknown>, done: () => unknown,
 * }} Form
 */

const SHORTEST = 8;
const LONGEST = 200;
let count = 0;

/**
 * Log in. `late` says that somebody came with the token of a first run that is over.
 *
 * @param {() => unknown} done
 * @param {boolean} late
 */
export function enter(done, late) {
  const password = field(t("Password"), {
    type: "password",
    autocomplete: "current-password",
    "data-first": true,
  });
  return form({
    title: t("Log in"),
    about: late
      ? t("A password is set already. Log in with it.")
      : t("For those who look after the plotter. Watching, drawing and stopping need no password."),
    fields: [password],
    label: t("Log in"),
    send: () => tell("/session", { password: password.value }),
    done,
  });
}

/**
 * Set the first password, with the token of the first run.
 *
 * @param {() => unknown} done
 * @param {string} token
 */
export function keepPassword(done, token) {
  const proof = field(t("Set-up token"), {
    autocomplete: "off",
    spellcheck: "false",
    autocapitalize: "none",
    "data-first": true,
  });
  const password = newPassword();
  proof.input.value = token;
  if (token !== "") {
    proof.root.hidden = true;
    password.input.setAttribute("data-first", "");
    proof.input.removeAttribute("data-first");
  }
  return form({
    title: t("Choose a password"),
    about:
      token === ""
        ? t(
            "This plotter has no password yet. Its log shows a link with a token; on its computer, “catplotter access token” shows it again.",
          )
        : t(
            "This plotter has no password yet. Whoever knows the one that you choose now may do everything with it.",
          ),
    fields: [proof, password],
    label: t("Set the password"),
    send: () => tell("/setup", { token: proof.value.trim(), password: password.value }),
    done,
  });
}

/**
 * Set another password.
 *
 * @param {() => unknown} done
 */
export function changePassword(done) {
  const current = field(t("Password until now"), { type: "password", autocomplete: "current-password" });
  const password = newPassword();
  return form({
    heading: "h2",
    title: t("Another password"),
    about: t("Everybody else who is logged in has to log in again."),
    fields: [current, password],
    label: t("Change the password"),
    send: () => put("/password", { current: current.value, password: password.value }),
    done,
  });
}

function newPassword() {
  return field(
    t("New password"),
    { type: "password", autocomplete: "new-password", minlength: SHORTEST, maxlength: LONGEST },
    t("At least {n} characters; a few words are good.", { n: SHORTEST }),
  );
}

/**
 * A labelled field with a line of advice.
 *
 * @param {string} label
 * @param {Attributes} attributes
 * @param {string} advice
 */
export function field(label, attributes, advice = "") {
  count += 1;
  const id = `door-${count}`;
  const input = element("input", {
    class: "field",
    id,
    required: true,
    "aria-describedby": advice === "" ? null : `${id}-advice`,
    ...attributes,
  });
  const root = element(
    "div",
    { class: "labelled" },
    element("label", { for: id }, label),
    input,
    advice === "" ? null : element("p", { class: "quiet", id: `${id}-advice` }, advice),
  );
  return {
    root,
    input,
    get value() {
      return input.value;
    },
  };
}

/**
 * A card with fields that is sent at once, and says what was wrong.
 *
 * @param {Form} given
 */
export function form({ heading = "h1", title, about, fields, label, send, done }) {
  const wrong = element("p", { class: "wrong", role: "alert" });
  const button = element("button", { class: "button button-main", type: "submit" }, label);
  const secret = fields.filter(({ input }) => input.type === "password");
  /** @param {SubmitEvent} event */
  async function submit(event) {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    setText(wrong, "");
    for (const { input } of fields) input.removeAttribute("aria-invalid");
    try {
      await send();
      made.reset();
      await done();
    } catch (error) {
      setText(wrong, error.message);
      const last = fields.findLast(({ root }) => !root.hidden);
      last?.input.setAttribute("aria-invalid", "true");
      last?.input.select();
    } finally {
      button.disabled = false;
    }
  }
  const made = element(
    "form",
    { class: "card door-form", submit },
    element(heading, { class: heading === "h1" ? "view-title" : "card-title" }, title),
    element("p", { class: "quiet" }, about),
    nameForKeepers(),
    ...fields.map(({ root }) => root),
    secret.length === 0 ? null : shown(secret),
    wrong,
    button,
  );
  return made;
}

/** Those who keep passwords for people want to know whose it is. */
function nameForKeepers() {
  const staff = { type: "text", name: "username", autocomplete: "username", value: "staff", readonly: true };
  return element("input", { ...staff, hidden: true });
}

/** @param {Field[]} fields */
function shown(fields) {
  const box = element("input", {
    type: "checkbox",
    change: () => {
      for (const { input } of fields) input.type = box.checked ? "text" : "password";
    },
  });
  return element("label", { class: "check" }, box, t("Show what I type"));
}
