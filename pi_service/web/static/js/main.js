// The page begins here: its parts define themselves, then the live line is opened.

import "./controls.js";
import "./gallery.js";
import "./label.js";
import "./line.js";
import "./notices.js";
import "./sheet.js";
import { listen } from "./live.js";

listen();
