// The page begins here: what stands around every view, the view itself, the live line.

import "./shell.js";
import { cameWith } from "./api.js";
import { find } from "./dom.js";
import { translate } from "./i18n.js";
import { listen } from "./live.js";
import { start } from "./router.js";
import { store } from "./store.js";

translate(document);
const [state, history] = [cameWith("/state"), cameWith("/jobs?limit=20")];
if (state !== null) store.receive({ kind: "state", data: state });
if (history !== null) store.renewHistory(history, store.state?.history ?? []);
try {
  if (sessionStorage.getItem("catplotter.asked")) import("./draw/asked.js");
} catch {
  // Private windows may refuse.
}
listen();
start(find(document, "#view"));
