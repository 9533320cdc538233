// The page begins here: what stands around every view, the view itself, the live line.

import "./shell.js";
import { find } from "./dom.js";
import { translate } from "./i18n.js";
import { listen } from "./live.js";
import { start } from "./router.js";

translate(document);
listen();
start(find(document, "#view"));
