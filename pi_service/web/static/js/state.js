// What is shown of the studio: in one word, in a sentence. Pure: takes what the store knows.

import { told } from "./i18n.js";
import { WORDS } from "./words.js";

const MOVES = new Set(["drawing", "pausing", "paused", "stopping", "homing"]);
/**
 * Whether there is anything to stop, or to keep from beginning; without news, there may be.
 *
 * @param {Known} given
 */
export function canStop({ state, link }) {
  if (link === "lost") return true; // the news do not come, and a word may get through all the same
  if (state === null) return false;
  const byHand = Boolean(state.workshop?.hands.held || state.workshop?.busy_fact);
  if (MOVES.has(state.machine.state) || state.job !== null || byHand) return true;
  return state.stopped === null && state.queue.length > 0;
}

/**
 * The studio in one word, as everybody shows it; "lost" without a way to it.
 *
 * @param {Known} given
 */
export function shown({ state, link }) {
  return link === "lost" || state === null ? "lost" : state.shown.state;
}

/**
 * What is going on, in the service's words or the page's.
 *
 * @param {Known} given
 */
export function sentence({ state, link }) {
  if (link === "lost") return WORDS.lost;
  return state === null ? WORDS.connecting : told(state.shown.fact);
}
