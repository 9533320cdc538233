// The page begins here: what stands around every view, the view itself, the live line.

import "./shell.js";
import { find } from "./dom.js";
import { said } from "./i18n.js";
import { listen } from "./live.js";
import { start } from "./router.js";

// The words that stand in the page itself.
for (const marked of document.querySelectorAll("[data-t]")) marked.textContent = said(marked.textContent);

listen();
start(find(document, "#view"));
