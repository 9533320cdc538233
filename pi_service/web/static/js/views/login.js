// The staff's way in: the first password, logging in, and what somebody who is in may change.

import { at } from "../base.js";
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

  /** The first password is set: say what comes next. */
  async function begun() {
    leave();
    await session.refresh();
    root.replaceChildren(element("div", { class: "door" }, await whatNext(app, next)));
    root.querySelector("h1")?.focus();
  }

  function show() {
    if (session.isStaff) return root.replaceChildren(account(app));
    const form = session.setUp ? enter(done, token !== "") : keepPassword(begun, token);
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
 * What follows the first password: the plotter's name, which is its profile's.
 *
 * @param {App} app
 * @param {string} after
 */
async function whatNext({ api }, after) {
  const name = await api.ask("/machine").then(
    ({ profile }) => profile.name,
    () => "simulated",
  );
  const words =
    name === "simulated"
      ? t(
          "This one is simulated, and draws on no paper. For a real one, start the service again with its profile: {command}",
          { command: 'make run ARGS="--profile z-pen"' },
        )
      : t("It goes by the profile “{name}”. Set it up before the first drawing.", { name });
  return element(
    "section",
    { class: "card door-form" },
    element("h1", { class: "view-title", tabindex: "-1" }, t("Next: name your plotter")),
    element("p", { class: "quiet" }, t("The password is set.")),
    element("p", {}, words),
    element(
      "div",
      { class: "notice-actions" },
      element("a", { class: "button", href: at("/machine") }, t("Set the plotter up")),
      element("a", { class: "button button-main", href: at(after) }, t("To the page")),
    ),
  );
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
