// <drawing-pad>: the paper that a visitor draws on, with finger, pen or mouse.
//
// Places are in the unit of its room (millimetres on paper), y down. It says "begin" when a line
// is begun, "stroke" when the visitor's strokes have changed, and "full" when no more fit.

import { element } from "../dom.js";
import { t } from "../i18n.js";
import { brushOf } from "../pen.js";
import { Changes } from "./changes.js";
import { Glide, passed, WHERE_IT_WAS } from "./glide.js";
import { countOf, distance, moved, round, thinned, trace } from "./strokes.js";

const STEP_MM = 0.1;
const THINNED_MM = 0.05;
const PEN_MM = 0.55;
const GHOST_MS = 700;
/** A palm that comes down beside a pen: touches count only so long after the pen was there. */
const PALM_MS = 1500;

export class DrawingPad extends HTMLElement {
  /** @type {Stroke[]} */
  #strokes = [];
  changes = new Changes();
  /** @type {Stroke | null} */
  #line = null;
  /** @type {number | null} */
  #pointer = null;
  #penAt = -Infinity;
  #room = { width: 140, height: 100 };
  #most = 4000;
  /** @type {Stroke[] | null} */
  #added = null;
  #kept = false;
  #place = new Glide();
  #shownAt = 0;
  #frame = 0;
  canvas = element("canvas", {
    class: "pad-canvas",
    role: "img",
    pointerdown: (event) => this.#down(event),
    pointermove: (event) => this.#move(event),
    pointerup: (event) => this.#up(event),
    pointercancel: (event) => this.#cancel(event),
    contextmenu: (event) => event.preventDefault(),
    touchstart: (event) => event.preventDefault(),
  });
  hint = element("p", { class: "pad-hint", "aria-hidden": "true" }, t("Draw the first lines here."));
  watch = new ResizeObserver(() => this.#resize());

  connectedCallback() {
    this.append(this.canvas, this.hint);
    this.watch.observe(this.canvas);
    this.#describe();
  }

  disconnectedCallback() {
    this.watch.disconnect();
    cancelAnimationFrame(this.#frame);
  }

  /** The visitor's strokes, as they are to be asked with. */
  get strokes() {
    return this.#strokes;
  }

  get isEmpty() {
    return this.#strokes.length === 0 && this.#line === null;
  }

  /** Whether not one more point fits. */
  get isFull() {
    return countOf(this.#strokes) >= this.#most;
  }

  /**
   * Set the room's size and how many points there may be; what was drawn is fitted into it.
   *
   * @param {Size} room
   * @param {number} most
   */
  setRoom(room, most) {
    const scale = Math.min(room.width / this.#room.width, room.height / this.#room.height);
    const x = (room.width - this.#room.width * scale) / 2;
    const y = (room.height - this.#room.height * scale) / 2;
    this.#strokes = moved(this.#strokes, { scale, x, y });
    if (this.#line) this.#line = moved([this.#line], { scale, x, y })[0];
    this.changes.forget();
    this.#room = room;
    this.#most = most;
    this.style.setProperty("--pad-ratio", (room.width / room.height).toFixed(4));
    this.#soon();
  }

  get room() {
    return this.#room;
  }

  /**
   * Put strokes on the paper as if they had been drawn.
   *
   * @param {Stroke[]} strokes
   */
  add(strokes) {
    this.#become([...this.#strokes, ...strokes.map((stroke) => this.#tidy(stroke))]);
  }

  undo() {
    this.#strokes = this.changes.undo(this.#strokes);
    this.#changed();
  }

  redo() {
    this.#strokes = this.changes.redo(this.#strokes);
    this.#changed();
  }

  clear() {
    this.#become([]);
  }

  /** @param {Stroke[]} strokes */
  #become(strokes) {
    this.changes.keep(this.#strokes);
    this.#strokes = strokes;
    this.#changed();
  }

  /**
   * Show the machine's strokes over the visitor's: as a ghost, or (`kept`) as they will stand on
   * paper, where `place` moves both hands.
   *
   * @param {Stroke[] | null} added
   * @param {{ kept?: boolean, place?: Move }} given
   */
  show(added, { kept = false, place = WHERE_IT_WAS } = {}) {
    const other = this.#added !== added;
    this.#added = added;
    this.#kept = kept;
    if (other) this.#shownAt = performance.now();
    if (added === null) delete this.dataset.shown;
    this.#place.aim(kept ? place : WHERE_IT_WAS);
    this.#describe();
    this.#soon();
  }

  // Pointers. The first one draws; a palm and further fingers do nothing.

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.pointerType === "pen") this.#penAt = event.timeStamp;
    const palm = event.pointerType === "touch" && event.timeStamp - this.#penAt < PALM_MS;
    if (this.#pointer !== null || palm || event.button !== 0 || this.hasAttribute("aria-disabled")) return;
    event.preventDefault();
    if (this.isFull) return this.#say("full");
    this.#pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.#say("begin");
    this.#line = [this.#at(event)];
    this.#soon();
  }

  /** @param {PointerEvent} event */
  #move(event) {
    if (event.pointerId !== this.#pointer) return;
    if (event.pointerType === "pen") this.#penAt = event.timeStamp;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const part of events.length > 0 ? events : [event]) this.#extend(this.#at(part));
    this.#soon();
  }

  /** @param {PointerEvent} event */
  #up(event) {
    if (event.pointerId !== this.#pointer) return;
    performance.mark("draw:lifted");
    this.#extend(this.#at(event));
    this.#pointer = null;
    const line = this.#line;
    this.#line = null;
    if (line === null) return;
    this.add([line]);
  }

  /** @param {PointerEvent} event */
  #cancel(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.#line = null;
    this.#changed();
  }

  /** @param {MouseEvent} given */
  #at({ clientX, clientY }) {
    const box = this.canvas.getBoundingClientRect();
    /** @param {number} value @param {number} low @param {number} size */
    const part = (value, low, size) => Math.min(Math.max((value - low) / size, 0), 1);
    return [
      part(clientX, box.left, box.width) * this.#room.width,
      part(clientY, box.top, box.height) * this.#room.height,
    ];
  }

  /** @param {Point} point */
  #extend(point) {
    const line = this.#line;
    if (line === null) return;
    if (distance(line[line.length - 1], point) < STEP_MM) return;
    if (countOf(this.#strokes) + line.length < this.#most) line.push(point);
    else this.#say("full");
  }

  /**
   * A stroke as it is asked with: no more points than it needs, no more digits.
   *
   * @param {Stroke} stroke
   */
  #tidy(stroke) {
    return thinned(stroke, THINNED_MM).map(([x, y]) => [round(x), round(y)]);
  }

  #changed() {
    this.show(null);
    this.hint.hidden = !this.isEmpty;
    this.#say("stroke");
  }

  /** @param {string} kind */
  #say(kind) {
    this.dispatchEvent(new CustomEvent(kind));
  }

  #describe() {
    const own = this.#strokes.length;
    const other = this.#added?.length ?? 0;
    const label =
      own === 0
        ? t("Your drawing: nothing yet")
        : t("Your drawing: {own} lines of yours, {other} of the machine", { own, other });
    this.canvas?.setAttribute("aria-label", label);
  }

  // Picture.

  #resize() {
    const ratio = window.devicePixelRatio || 1;
    const size = [Math.round(this.canvas.clientWidth * ratio), Math.round(this.canvas.clientHeight * ratio)];
    if (this.canvas.width === size[0] && this.canvas.height === size[1]) return;
    [this.canvas.width, this.canvas.height] = size;
    this.#draw(performance.now());
  }

  #soon() {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame((now) => {
      this.#frame = 0;
      if (this.#draw(now)) this.#soon();
    });
  }

  /**
   * Draw everything; says whether something still moves.
   *
   * @param {number} now
   */
  #draw(now) {
    const context = brushOf(this.canvas);
    const style = getComputedStyle(this);
    const { scale, x, y } = this.#place.at(now);
    const unit = this.canvas.width / this.#room.width;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(unit * scale, 0, 0, unit * scale, unit * x, unit * y);
    context.lineCap = context.lineJoin = "round";
    context.lineWidth = Math.max(PEN_MM, (1.6 * (window.devicePixelRatio || 1)) / unit) / scale;
    const grown = passed(this.#shownAt, GHOST_MS, now);
    if (this.#added !== null) {
      context.globalAlpha = this.#kept ? 1 : 0.42;
      context.strokeStyle = style.getPropertyValue("--machine-line");
      trace(context, this.#added, grown);
      context.globalAlpha = 1;
    }
    context.strokeStyle = style.getPropertyValue("--own-line");
    trace(context, this.#line === null ? this.#strokes : [...this.#strokes, this.#line]);
    if (this.#added !== null && this.dataset.shown !== "true") {
      this.dataset.shown = "true";
      performance.mark("draw:shown");
    }
    return (this.#added !== null && grown < 1) || this.#place.moves(now);
  }
}

customElements.define("drawing-pad", DrawingPad);
