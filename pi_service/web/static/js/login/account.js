// What somebody who is logged in may change: the password, who is logged in, keys for programs.

import { remove } from "../api.js";
import { element, setText } from "../dom.js";
import { t } from "../i18n.js";
import { changePassword } from "./forms.js";
import { keys } from "./keys.js";

/**
 * All of it.
 *
 * @param {App} given
 */
export function account({ session, navigate }) {
  const said = element("p", { class: "quiet", role: "status" });

  /** @param {"/session" | "/sessions"} path */
  async function leave(path) {
    try {
      await remove(path);
      navigate("/", { replace: true });
      await session.refresh();
    } catch (error) {
      setText(said, error.message);
    }
  }

  const here = element(
    "button",
    { class: "button", type: "button", click: () => leave("/session") },
    t("Log out"),
  );
  const everywhere = element(
    "button",
    { class: "button button-danger", type: "button", click: () => leave("/sessions") },
    t("Log out everywhere"),
  );
  const changed = async () => setText(said, t("The password is changed."));
  return element(
    "div",
    { class: "page door-account" },
    element(
      "div",
      { class: "view-head" },
      element("h1", { class: "view-title" }, t("You are logged in")),
      element("div", { class: "door-ways" }, here, everywhere),
    ),
    said,
    element("div", { class: "door-columns" }, changePassword(changed), keys()),
  );
}
