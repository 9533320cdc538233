// The page of all plotters begins here. It knows no plotter of its own: what it shows comes from
// the broker, by way of whoever serves it.

import { element, find } from "../dom.js";
import { everySentence, more, t, translate } from "../i18n.js";
import { session } from "../session.js";

const root = find(document, "#view");
let takeDown = () => {};

await Promise.all([more("staff"), more("hall"), everySentence()]);
translate(document);
const [{ mount }, { enter, keepPassword }] = await Promise.all([
  import("./page.js"),
  import("../login/forms.js"),
]);

const asked = new URLSearchParams(location.search);
const token = asked.get("token") ?? "";
// A token in the address bar would stay in the history of a browser that others use, too.
if (token !== "") history.replaceState(null, "", location.pathname);

/** What fits who looks: the way in, or the hall. */
function show() {
  takeDown();
  takeDown = () => {};
  document.title = `${t("Hall")} · catplotter`;
  if (session.isStaff) {
    takeDown = mount(root, { wall: asked.has("wall") });
    return;
  }
  const done = () => session.refresh();
  const form = session.setUp ? enter(done, token !== "") : keepPassword(done, token);
  root.replaceChildren(element("div", { class: "door" }, form));
  form.querySelector(/** @type {"input"} */ ("[data-first]"))?.focus();
}

await session.ready;
session.subscribe(show);
show();
