// What the machine is doing, in a sentence and in a mood. Pure: takes what the store knows.

import { isBusy } from "./help.js";
import { needsPaper } from "./reduce.js";
import { WORDS } from "./words.js";

const MOVES = new Set(["drawing", "pausing", "paused", "stopping"]);
/** @type {Record<Machine["state"], string>} */
const MOODS = {
  absent: "fault",
  connecting: "held",
  locked: "fault",
  unreferenced: "held",
  ready: "ready",
  drawing: "drawing",
  pausing: "held",
  paused: "held",
  stopping: "held",
  faulted: "fault",
  homing: "held",
};

/**
 * Whether there is anything to stop, and a way to say so.
 *
 * @param {Known} given
 */
export function canStop({ state, link }) {
  if (state === null || link === "lost") return false;
  const byHand = Boolean(state.workshop?.hands.held || state.workshop?.busy);
  return MOVES.has(state.machine.state) || state.job !== null || byHand;
}

/**
 * "ready", "drawing", "held" (waits for something) or "fault".
 *
 * @param {Known} given
 */
export function mood({ state, link }) {
  if (link === "lost" || state === null || waitsForPaper(state)) return "held";
  return isBusy(state.machine) ? "held" : MOODS[state.machine.state];
}

/**
 * What is going on, in the service's words or the page's.
 *
 * @param {Known} given
 */
export function sentence({ state, link }) {
  if (link === "lost") return WORDS.lost;
  if (state === null) return WORDS.connecting;
  const { machine } = state;
  if (waitsForPaper(state)) return WORDS.waits;
  return machine.state === "ready" && thinks(state) ? WORDS.thinking : machine.sentence;
}

/** @param {State} given */
function thinks({ job, queue }) {
  return job === null && ["requested", "composing"].includes(queue[0]?.state);
}

/** @param {State} state */
function waitsForPaper(state) {
  return state.machine.state === "ready" && needsPaper(state);
}
