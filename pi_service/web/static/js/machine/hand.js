// What the machine is moved by, and spoken to.

import { bedCard } from "./bed.js";
import { consoleCard } from "./console.js";
import { jogCard } from "./jog.js";
import { penCard } from "./pen.js";

export const CARDS = [bedCard, jogCard, penCard, consoleCard];
