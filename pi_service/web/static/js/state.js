// What is shown of the studio: in one word, in a sentence for whoever reads it. Pure: takes what
// the store knows.

import { row, t, told } from "./i18n.js";
import { jobTitle, ordinal, shortfall, WORDS } from "./words.js";

/** For how long after its end a visitor's own drawing is offered, in seconds. */
const OFFERED_S = 3600;
/** Words for a studio in which a drawing that waits is drawn without anybody's help. */
const FLOWS = new Set(["ready", "working", "drawing"]);
/**
 * What a visitor reads where the service's sentence tells the staff what to do, by the state or
 * by the code of what it is told by.
 *
 * @type {Record<string, string>}
 */
const FOR_VISITORS = {
  paused: t("A short pause. The pen goes on soon."),
  stopped: t("The plotter was stopped. It goes on when the staff let it."),
  needs_paper: t("The sheet is full. The staff put in new paper."),
  "hold-paper-sheet": t("The next drawing takes a sheet of its own. The staff put in new paper."),
  needs_somebody: t("The plotter waits for the staff."),
  fault: t("Something is wrong with the plotter. The staff have to look at it."),
};

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
 * What is going on: for the staff with cause and remedy, for visitors without orders.
 *
 * @param {Known} given
 */
export function sentence({ state, link }, { staff = false } = {}) {
  if (link === "lost") return WORDS.lost;
  if (state === null) return WORDS.connecting;
  const { state: word, fact } = state.shown;
  if (staff) return told(fact);
  if (word === "working" && fact.code !== "thinking") return t("The plotter is getting ready.");
  return FOR_VISITORS[fact.code] ?? FOR_VISITORS[word] ?? told(fact);
}

/**
 * The last drawing of those that whoever looks asked for that the pen has left, whole or not,
 * for as long as it is offered.
 *
 * @param {State | null} state
 * @param {(job: Job) => boolean} isMine
 * @param {number} now seconds since 1970, by the service's clock
 */
export function ownEnded(state, isMine, now) {
  const over = (/** @type {Job} */ job) => job.state === "interrupted" || job.state === "done";
  const offered = (/** @type {Job} */ job) => now - (job.ended_at ?? now) < OFFERED_S;
  const jobs = state === null ? [] : [...state.interrupted, ...state.history];
  const mine = jobs.filter((job) => isMine(job) && over(job) && offered(job));
  return mine.sort((a, b) => b.id - a.id)[0] ?? null;
}

/**
 * The drawing that whoever looks asked for: on the paper, in the line, or ended not long ago.
 *
 * @param {State | null} state
 * @param {(job: Job) => boolean} isMine
 * @param {number} now seconds since 1970, by the service's clock
 */
export function ownJob(state, isMine, now) {
  if (state?.job && isMine(state.job)) return state.job;
  return state?.queue.find(isMine) ?? ownEnded(state, isMine, now);
}

/**
 * How it stands with one's own drawing.
 *
 * @param {State} state
 * @param {Job} own
 */
function ofOwn({ queue, job, shown, machine }, own) {
  if (own.state === "done") return t("Yours: {title}", { title: jobTitle(own) });
  if (own.state === "interrupted") return t("Yours {broke}.", { broke: shortfall(own) });
  if (own.id === job?.id) return shown.state === "drawing" ? WORDS.yours : t("Yours is on the paper.");
  const place = queue.indexOf(own) + (job === null ? 0 : 1);
  if (place > 1) return t("Yours is {place} in line.", { place: ordinal(place) });
  if (!FLOWS.has(shown.state)) return t("Yours waits.");
  return place === 0 && machine.state === "ready" ? WORDS.onItsWay : t("Yours is next.");
}

/**
 * What the strip says to this person: how the plotter is, how it stands with their own drawing,
 * or both where that is not the same.
 *
 * @param {Known} given
 * @param {{ staff: boolean, own: Job | null }} person
 */
export function personal(given, { staff, own }) {
  const general = sentence(given, { staff });
  if (own === null || given.state === null || given.link === "lost") return general;
  const mine = ofOwn(given.state, own);
  if (own.state === "done") return staff && !FLOWS.has(given.state.shown.state) ? general : mine;
  if (mine === WORDS.yours || mine === WORDS.onItsWay) return mine;
  return row([general, mine]);
}
