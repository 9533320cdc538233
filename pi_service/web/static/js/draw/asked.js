// What became of a drawing that the staff were asked about: the strip says it, on every view and
// also after the page was loaded anew. Fetched only by who has asked.

import { ask } from "../api.js";
import { told } from "../i18n.js";
import { store } from "../store.js";

const KEPT = "catplotter.asked";
/** Without the live line it is asked again so often; and a refusal is read for so long. */
const AGAIN_MS = 5000;
const READ_MS = 90_000;
let ticket = kept();
let timer = 0;

/**
 * Follow what becomes of it.
 *
 * @param {Api.Asked} asked
 */
export function follow(asked) {
  ticket = asked.ticket;
  keep(ticket);
  tell(asked);
}

/** @param {Api.Asked} asked */
function tell({ state, fact, job }) {
  clearTimeout(timer);
  store.say(state === "approved" ? null : told(fact));
  if (state === "waits") {
    timer = setTimeout(look, AGAIN_MS);
    return;
  }
  if (job !== null) store.claim(job);
  else timer = setTimeout(() => store.say(null), READ_MS);
  ticket = null;
  keep(null);
}

async function look() {
  const mine = ticket;
  if (mine === null) return;
  try {
    const found = await ask(`/proposals/asked/${mine}`);
    if (mine === ticket) tell(found);
  } catch {
    clearTimeout(timer);
    timer = setTimeout(look, AGAIN_MS);
  }
}

/** @returns {string | null} */
function kept() {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

/** @param {string | null} value */
function keep(value) {
  try {
    if (value === null) sessionStorage.removeItem(KEPT);
    else sessionStorage.setItem(KEPT, value);
  } catch {
    // Private windows may refuse; then it is followed until the page is loaded anew.
  }
}

store.subscribe(({ kind }) => kind === "approvals" && look());
look();
