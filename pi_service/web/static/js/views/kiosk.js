// For a screen beside the plotter: the sheet, which cat this is, "Press the button", the last
// cats. Made to be left alone for weeks. At /kiosk?draw it can be touched: draw, and stop.

import "../controls.js";
import "../sheet.js";
import { ask, closeupOf } from "../api.js";
import { element, find, reconcile, setSource, setText } from "../dom.js";
import { t } from "../i18n.js";
import { partDone } from "../progress.js";
import { sentence, shown } from "../state.js";
import { capital, jobTitle, timeLeft } from "../words.js";

const SVG = "http://www.w3.org/2000/svg";
/** Cats on the wall below; the store keeps few more, however many are drawn. */
const SHOWN = 6;
const KEPT = 24;
/** The picture wanders a little, so that nothing burns into the screen. */
const WANDER_MS = 90_000;
const PLACES = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
  [-1, 1],
  [-1, 0],
  [-1, -1],
  [0, -1],
  [1, -1],
];
/** After so long without a drawing, the screen shows one old cat after the other, dimly. */
const IDLE_MS = 15 * 60_000;

/**
 * Fill `root`; with ?draw there is something to press.
 *
 * @param {HTMLElement} root
 * @param {App} given
 */
export function mount(root, { store, setTitle }) {
  const touch = new URLSearchParams(location.search).has("draw");
  const parts = build(touch);
  root.append(parts.page);
  document.body.classList.toggle("kiosk-touch", touch);
  const kept = store.keep;
  store.keep = KEPT;
  let quietSince = Date.now();
  let step = 0;
  const render = (/** @type {{ kind: string }} */ { kind }) => {
    if (kind === "job" || kind === "drawing") quietSince = Date.now();
    show(parts, store, setTitle);
  };
  const wander = () => {
    step += 1;
    const [x, y] = PLACES[step % PLACES.length];
    parts.page.style.setProperty("--wander-x", `${x * 6}px`);
    parts.page.style.setProperty("--wander-y", `${y * 6}px`);
    const idle = store.state?.job === null && Date.now() - quietSince > IDLE_MS;
    parts.page.dataset.idle = String(idle);
    if (idle) parts.page.dataset.side = step % 2 === 0 ? "start" : "end";
  };
  const leave = store.subscribe(render);
  const timer = setInterval(wander, WANDER_MS);
  const release = stayAwake();
  render({ kind: "state" });
  return () => {
    leave();
    release();
    clearInterval(timer);
    store.keep = kept;
    document.body.classList.remove("kiosk-touch");
  };
}

/** @param {boolean} touch */
function build(touch) {
  const title = element("h1", { class: "kiosk-title" });
  const status = element("p", { class: "kiosk-status", role: "status" });
  const left = element("p", { class: "kiosk-left" });
  const bar = element("div");
  const track = element("div", { class: "track", "aria-hidden": "true" }, bar);
  const call = touch
    ? element("studio-controls", { id: "controls", tabindex: "-1" })
    : element("p", { class: "kiosk-call" }, t("Press the button. The next cat will be yours."));
  const wall = element("ul", { class: "kiosk-wall", "aria-label": t("The last cats") });
  const words = element("section", { class: "kiosk-words", "aria-label": t("What is happening") });
  const door = element("figure", { class: "kiosk-door", hidden: true });
  if (!touch)
    ask("/door").then(
      (found) => showDoor(door, found),
      () => {},
    );
  words.append(title, status, track, left, call, door);
  const sheet = element(
    "section",
    { class: "kiosk-sheet", "aria-label": t("The sheet of paper") },
    element("live-sheet", { follows: true }),
  );
  const page = element("div", { class: "kiosk" }, sheet, words, wall);
  return { page, title, status, left, bar, track, wall, call };
}

/** @param {ReturnType<typeof build>} given @param {App["store"]} store @param {App["setTitle"]} setTitle */
function show({ page, title, status, left, bar, track, wall, call }, store, setTitle) {
  const { state, link } = store;
  page.dataset.shown = shown(store);
  call.hidden = call.localName === "p" && !["ready", "working", "drawing"].includes(page.dataset.shown);
  setText(status, sentence(store));
  if (state === null) return;
  const { job, progress } = state;
  const past = [...state.history].sort((a, b) => Number(b.edition) - Number(a.edition)); // as the pen drew them
  const last = job ?? past[0] ?? null;
  setText(title, last === null ? t("A blank sheet") : jobTitle(last));
  setTitle(job === null ? "" : jobTitle(job));
  const strokes = job?.strokes ?? null;
  track.hidden = left.hidden = strokes === null;
  if (job !== null && strokes !== null) {
    const { part } = partDone(job, strokes, progress);
    bar.style.setProperty("--done", part.toFixed(4));
    const seconds = job.seconds_estimated == null ? null : job.seconds_estimated * (1 - part);
    const counts = job.state === "drawing" && seconds !== null && link !== "lost";
    setText(left, counts ? capital(timeLeft(seconds)) : "");
  }
  reconcile(wall, past.slice(0, SHOWN), {
    key: (cat) => cat.id,
    make: (cat) => element("li", { class: "kiosk-cat" }, picture(cat), element("span", {}, jobTitle(cat))),
    update: (item, cat) => setSource(find(item, "img"), closeupOf(cat)),
  });
}

/**
 * Where phones find the page.
 *
 * @param {HTMLElement} door
 * @param {Api.Door} given
 */
function showDoor(door, { url, side, path }) {
  if (url === null) return;
  const code = document.createElementNS(SVG, "svg");
  const dark = document.createElementNS(SVG, "path");
  code.setAttribute("viewBox", `-3 -3 ${side + 6} ${side + 6}`);
  code.setAttribute("aria-hidden", "true");
  dark.setAttribute("d", path);
  code.append(dark);
  const words = t("Draw with your phone: {address}", { address: url.replace(/^http:\/\/|\/$/g, "") });
  door.append(code, element("figcaption", {}, words));
  door.hidden = false;
}

/** @param {Job} job */
function picture(job) {
  return element(
    "span",
    { class: "cat-picture" },
    element("img", { alt: "", src: closeupOf(job), decoding: "async" }),
  );
}

/** Keep the screen on where the browser can; returns a function that lets it sleep again. */
function stayAwake() {
  /** @type {WakeLockSentinel | null} */
  let lock = null;
  let over = false;
  const hold = async () => {
    if (document.hidden || over) return;
    lock = (await navigator.wakeLock?.request("screen").catch(() => null)) ?? null;
  };
  document.addEventListener("visibilitychange", hold);
  hold();
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", hold);
    lock?.release();
  };
}
