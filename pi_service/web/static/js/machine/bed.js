// The bed as the pen sees it: where it is, what it draws, and a click that sends it somewhere.

import "../bed/view.js";
import "../speed.js";
import { tell } from "../api.js";
import { element, setText } from "../dom.js";
import { number, t } from "../i18n.js";
import { Playback } from "../playback.js";
import { store } from "../store.js";
import { WORDS } from "../words.js";
import { allow, answerPlace, button, card, carryOut, sayIn } from "./room.js";
import { coordinates } from "./state.js";

const HINT = t(
  "A click sends the lifted pen there. Drag to move the picture, turn the wheel or pinch to zoom.",
);
const NEAR_MM = 0.3;
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** @param {MakersRoom} room @returns {Card} */
export function bedCard(room) {
  const bed = element("bed-view");
  const where = element("p", { class: "jog-where" });
  const answer = answerPlace();
  const pause = button(WORDS.pause, () =>
    carryOut(pause, answer, () => tell("/machine/pause")).then(room.soon),
  );
  const root = card(
    "bed",
    t("The bed"),
    bed,
    element("div", { class: "bed-row" }, where, pause, element("drawing-speed")),
    answer,
    element("p", { class: "maker-hint" }, HINT),
  );
  const live = new Live(bed);
  /** @type {Point | null} */
  let target = null;
  const go = async (/** @type {Point} */ [x, y]) => {
    target = [Math.round(x * 10) / 10, Math.round(y * 10) / 10];
    bed.mark(target);
    const [toX, toY] = target;
    sayIn(answer, t("To x {x}, y {y} …", { x: number(toX), y: number(toY) }));
    const done = await carryOut(null, answer, () => room.tell("/machine/point", { x: toX, y: toY }));
    if (done === null) {
      target = null;
      bed.mark(null);
    }
    room.soon();
  };
  bed.wishes = { meant: go };
  const leave = store.subscribe(({ kind }) => {
    pause.hidden = store.state?.machine.state !== "drawing";
    live.heard(kind);
  });
  const show = (/** @type {MachineView | null} */ view) => {
    const work = view?.details.work ?? null;
    allow(pause, view !== null);
    setText(where, work && view?.position ? coordinates(work) : "");
    bed.describe(
      view?.position
        ? t("The bed; the pen is at {place}.", { place: where.textContent ?? "" })
        : t("The bed"),
    );
    live.stands(view?.position && work ? work : null, view);
    const there = target !== null && work !== null && Math.hypot(work[0] - target[0], work[1] - target[1]);
    if (target !== null && (view?.details.moving === false || (there !== false && there < NEAR_MM))) {
      target = null;
      bed.mark(null);
      sayIn(answer, "");
    }
  };
  const close = () => {
    leave();
    live.close();
  };
  return { root, show, close };
}

/** The drawing at work, as it comes along the live line. */
class Live {
  /** @type {Playback | null} */
  #playback = null;
  /** @type {Stroke[]} */
  #strokes = [];
  #frame = 0;

  /** @param {import("../bed/view.js").BedView} bed */
  constructor(bed) {
    this.bed = bed;
  }

  close() {
    cancelAnimationFrame(this.#frame);
  }

  /** @param {string} kind */
  heard(kind) {
    const { state } = store;
    if (state === null) return;
    const strokes = state.job?.strokes ?? [];
    if (kind !== "progress" && strokes !== this.#strokes) this.#take(strokes, state.job?.strokes_drawn ?? 0);
    if (this.#playback === null || state.progress === null) return;
    this.#playback.report(state.progress, performance.now(), still.matches);
    this.#soon();
  }

  /**
   * The pen as the machine tells it, where nothing is drawn.
   *
   * @param {Point | null} work
   * @param {MachineView | null} view
   */
  stands(work, view) {
    if (this.#playback !== null && store.state?.progress) return;
    this.bed.showPen(work && { at: [work[0], work[1]], down: view?.details.pen_may_be_down === true });
  }

  /** @param {Stroke[]} strokes @param {number} drawn */
  #take(strokes, drawn) {
    this.#strokes = strokes;
    this.#playback = strokes.length > 0 ? new Playback(strokes, drawn) : null;
    this.bed.show({ strokes, pens: [], drawn });
  }

  #soon() {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame((now) => {
      if (this.#playback === null) return;
      const more = this.#playback.move(now);
      this.#show(this.#playback);
      if (more) this.#soon();
    });
  }

  /** @param {Playback} given */
  #show({ path, ink, pen, down }) {
    const stroke = ink >= path.length ? path.strokes.length : path.strokeAt(ink, true);
    this.bed.show({ strokes: this.#strokes, pens: [], drawn: stroke });
    if (pen === null) return;
    const marks = path.marks[stroke] ?? [];
    const along = ink - (path.starts[stroke] ?? 0);
    const part = down ? [...this.#strokes[stroke].filter((_, i) => marks[i] <= along), pen] : [];
    this.bed.showPen({ at: pen, down, part });
  }
}
