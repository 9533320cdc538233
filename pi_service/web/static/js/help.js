// Buttons that help where the machine cannot help itself.

import { tell } from "./api.js";
import { element, reconcile, setText } from "./dom.js";
import { store } from "./store.js";
import { WORDS } from "./words.js";

/** @type {Action} */
const GO_ON = [WORDS.resume, "/machine/resume"];
/** @type {Action} */
const HOME = [WORDS.home, "/machine/home"];
/** @type {Action} */
const UNLOCK = [WORDS.unlock, "/machine/unlock"];
/** @type {Action} */
const ZERO = [WORDS.zero, "/machine/zero"];
/** @type {Action} */
const PAPER = [WORDS.newSheet, "/sheets"];
/** @type {Partial<Record<Machine["state"], Action[]>>} */
const HELP = { locked: [HOME, UNLOCK], unreferenced: [HOME, ZERO], faulted: [HOME] };

/**
 * What the staff can do now for drawing to go on: pairs of a label and a path of the API; with
 * the machine's own buttons at hand, only what is not among them.
 *
 * @param {State} given
 * @returns {Action[]}
 */
export function helpFor({ machine, stopped, shown }, { hands = false } = {}) {
  const goOn = stopped !== null || machine.state === "paused" ? [GO_ON] : [];
  if (hands) return goOn;
  return [...goOn, ...(HELP[machine.state] ?? []), ...(shown.state === "needs_paper" ? [PAPER] : [])];
}

/**
 * Have things move again, unless somebody has pressed Stop of whom this page does not know yet.
 *
 * @template {Api.Post["path"]} Path
 * @param {Path} path
 * @param {Sent<Api.Post, Path>} body
 * @returns {Promise<Answer<Api.Post, Path>>}
 */
export function goOn(path, body = /** @type {any} */ ({})) {
  return tell(path, body, { "Stopped-At": String(store.state?.stopped?.at ?? 0) });
}

/**
 * Show buttons for such pairs in `box`; a refusal is said in `words`.
 *
 * @param {HTMLElement} box
 * @param {Action[]} actions
 * @param {Element} words
 */
export function showActions(box, actions, words) {
  box.hidden = actions.length === 0;
  reconcile(box, actions, {
    key: ([, path]) => path,
    make: ([label, path]) => {
      const click = () => goOn(path).catch((error) => setText(words, error.message));
      return element("button", { class: "button", type: "button", click }, label);
    },
  });
}
