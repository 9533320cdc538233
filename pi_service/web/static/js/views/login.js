// The staff's way in: the first password, logging in, and what somebody who is in may change.

import { element } from "../dom.js";
import { t } from "../i18n.js";
import { account } from "../login/account.js";
import { enter, keepPassword } from "../login/forms.js";

/**
 * Fill `root` with what fits who looks at it, anew whenever that changes.
 *
 * @param {HTMLElement} root
 * @param {App} app
 */
export async function mount(root, app) {
  const { session, navigate } = app;
  const asked = new URLSearchParams(location.search);
  const token = asked.get("token") ?? "";
  const next = inside(asked.get("next"));
  // A token in the address bar would stay in the history of a browser that others use, too.
  if (token !== "") history.replaceState(history.state, "", location.pathname);

  async function done() {
    leave();
    await session.refresh();
    navigate(next, { replace: true });
  }

  function show() {
    if (session.isStaff) return root.replaceChildren(account(app));
    const form = session.setUp ? enter(done, token !== "") : keepPassword(done, token);
    root.replaceChildren(element("div", { class: "door" }, form));
    form.querySelector(/** @type {"input"} */ ("[data-first]"))?.focus();
  }

  const leave = session.subscribe(show);
  await session.ready;
  root.setAttribute("aria-label", t("Log in"));
  show();
  return () => {
    leave();
    root.removeAttribute("aria-label");
  };
}

/**
 * An address of this page, whatever a link said; the first view if it was none.
 *
 * @param {string | null} address
 */
function inside(address) {
  const target = URL.parse?.(address ?? "/", location.origin) ?? new URL("/", location.origin);
  const here = target.origin === location.origin && target.pathname !== "/login";
  return here ? target.pathname + target.search : "/";
}
