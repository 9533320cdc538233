// Buttons that help where the machine cannot help itself.

import { tell } from "./api.js";
import { element, reconcile, setText } from "./dom.js";
import { WORDS } from "./words.js";

/** @type {Action} */
const GO_ON = [WORDS.resume, "/machine/resume"];
/** @type {Action} */
const HOME = [WORDS.home, "/machine/home"];
/** @type {Action} */
const UNLOCK = [WORDS.unlock, "/machine/unlock"];
/** @type {Action} */
const ZERO = [WORDS.zero, "/machine/zero"];
/** @type {Partial<Record<Machine["state"], Action[]>>} */
const HELP = { locked: [HOME, UNLOCK], unreferenced: [HOME, ZERO], faulted: [HOME] };

/**
 * What a person can have the machine do now: pairs of a label and a path of the API.
 *
 * @param {State} given
 * @returns {Action[]}
 */
export function helpFor({ machine, stopped }) {
  return [...(stopped === null ? [] : [GO_ON]), ...(HELP[machine.state] ?? [])];
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
      const click = () => tell(path).catch((error) => setText(words, error.message));
      return element("button", { class: "button", type: "button", click }, label);
    },
  });
}
