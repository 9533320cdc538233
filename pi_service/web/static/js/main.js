// The page begins here: what stands around every view, the view itself, the live line. The state
// came with the page, so that nothing moves when it is shown.

import "./shell.js";
import { find } from "./dom.js";
import { translate } from "./i18n.js";
import { listen } from "./live.js";
import { start } from "./router.js";
import { store } from "./store.js";

translate(document);
const state = JSON.parse(find(document, "#state").textContent);
if (state !== null) store.receive({ kind: "state", data: state });
listen();
start(find(document, "#view"));
