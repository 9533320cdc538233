// The live line to the service: keeps `store` true, through lost networks and restarts.
//
// Every connection begins with the whole state, so nothing has to be remembered across a gap.
// Where the stream has no place left, the page asks for the state every two seconds instead.

import { ask, history } from "./api.js";
import { at } from "./base.js";
import { sentencesOf } from "./i18n.js";
import { store } from "./store.js";

/** @type {(keyof Api.Events)[]} */
const KINDS = [
  "state",
  "job",
  "shown",
  "stopped",
  "drawing",
  "progress",
  "machine",
  "sheet",
  "problem",
  "notice",
  "pen",
  "approvals",
  "deleted",
  "camera",
  "workshop",
  "heartbeat",
];
const SILENCE_MS = 5000;
const ASK_EVERY_MS = 1500;
const SHEET_MS = 300;
const HIDDEN_MS = 15000;
const WAITS_MS = [250, 500, 1000, 1500];

/** @type {EventSource | null} */
let source = null;
/** The news that came before, until they are taken in. */
let before = Promise.resolve();
let failures = 0;
let retryTimer = 0;
let silenceTimer = 0;
let hiddenTimer = 0;
let sheetTimer = 0;

/** Start listening, for as long as the page lives. */
export function listen() {
  document.addEventListener("visibilitychange", visibilityChanged);
  window.addEventListener("offline", lost);
  window.addEventListener("online", connect);
  window.addEventListener("pagehide", hangUp);
  window.addEventListener("pageshow", (event) => event.persisted && connect());
  connect();
}

function connect() {
  hangUp();
  source = new EventSource(at("/api/v1/events"));
  for (const kind of KINDS) source.addEventListener(kind, (event) => heard(kind, event.data));
  source.addEventListener("error", streamFailed);
  expectSound();
}

function hangUp() {
  clearTimeout(retryTimer);
  clearTimeout(silenceTimer);
  source?.close();
  source = null;
}

function expectSound() {
  clearTimeout(silenceTimer);
  silenceTimer = setTimeout(lost, SILENCE_MS);
}

/**
 * News are facts: they are taken in in their order, each as soon as it can be told, unless another
 * connection has begun meanwhile, with the whole state.
 *
 * @param {keyof Api.Events} kind
 * @param {string} text
 */
function heard(kind, text) {
  const from = source;
  expectSound();
  failures = 0;
  before = Promise.all([sentencesOf(text), before.catch(() => {})]).then(() => {
    if (from !== source) return;
    take({ kind, data: JSON.parse(text) });
    store.setLink("live");
  });
}

/** @param {LiveEvent} event */
function take(event) {
  const { kind, data } = event;
  // A drawing that came or went has changed how much of the sheet is free.
  if (kind === "job" && data.sheet !== null) sheetSoon();
  if (kind === "state" && store.state !== null && store.state.page !== data.page) location.reload();
  store.receive(event);
  if (kind !== "state") return;
  const known = store.known.history;
  history().then(
    (page) => store.renewHistory(page, known),
    () => {},
  );
}

/** The state as a whole; null where nobody answers. */
function whole() {
  return ask("/state").catch(() => null);
}

function sheetSoon() {
  clearTimeout(sheetTimer);
  sheetTimer = setTimeout(async () => {
    const known = store.state?.sheet;
    const state = await whole();
    if (store.state?.sheet !== known)
      sheetSoon(); // what was told may be newer than the answer
    else if (state !== null) store.receive({ kind: "sheet", data: state.sheet });
  }, SHEET_MS);
}

async function streamFailed() {
  hangUp();
  const state = await whole();
  if (source !== null) return; // connected meanwhile: what it tells is newer
  if (state === null) return lost();
  take({ kind: "state", data: state });
  // The service lives but did not let us listen (or just came back): ask, and try again.
  store.setLink(failures === 0 ? "live" : "asking");
  failures += 1;
  connectIn(failures === 1 ? 50 : ASK_EVERY_MS);
}

function lost() {
  hangUp();
  store.setLink("lost");
  connectIn(WAITS_MS[Math.min(failures, WAITS_MS.length - 1)]);
  failures += 1;
}

/** @param {number} waitMs */
function connectIn(waitMs) {
  clearTimeout(retryTimer);
  retryTimer = setTimeout(connect, waitMs);
}

function visibilityChanged() {
  clearTimeout(hiddenTimer);
  // A browser has six connections to one host: a page that nobody sees gives its own back.
  if (document.hidden) hiddenTimer = setTimeout(hangUp, HIDDEN_MS);
  else if (source === null) connect();
}
