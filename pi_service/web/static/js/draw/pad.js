// <drawing-pad>: the paper that a visitor draws on, with finger, pen or mouse.
//
// Places are in the unit of its room (millimetres on paper), y down. It says "begin" when a line
// is begun, "stroke" when the visitor's strokes have changed, and "full" when no more fit.

import { element } from "../dom.js";
import { t } from "../i18n.js";
import { Changes } from "./changes.js";
import { Glide, passed, WHERE_IT_WAS } from "./glide.js";
import { paint } from "./ink.js";
import { awayFrom, countOf, dense, distance, moved, tidied } from "./strokes.js";
import { partOf, Zoom } from "./zoom.js";

const STEP_MM = 0.1;
const GHOST_MS = 700;
const ERASER_PX = 12;
/** Before the first finger has drawn so far, a second one means to move the paper. */
const PINCH_MM = 4;
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
  room = { width: 140, height: 100 };
  #most = 4000;
  /** @type {Api.Proposal | null} */
  #added = null;
  #kept = false;
  #zoom = new Zoom();
  /** @type {Point} */
  #from = [0, 0];
  /** Whether a hand takes strokes away. */
  erases = false;
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

  /** Whether no point fits any more. */
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
    const scale = Math.min(room.width / this.room.width, room.height / this.room.height);
    const x = (room.width - this.room.width * scale) / 2;
    const place = { scale, x, y: (room.height - this.room.height * scale) / 2 };
    this.#strokes = moved(this.#strokes, place);
    if (this.#line) this.#line = moved([this.#line], place)[0];
    this.changes.forget();
    this.room = room;
    this.#most = most;
    this.style.setProperty("--pad-ratio", (room.width / room.height).toFixed(4));
    this.#soon();
  }

  /**
   * Put strokes on the paper as if they had been drawn.
   *
   * @param {Stroke[]} strokes
   */
  add(strokes) {
    this.#become([...this.#strokes, ...strokes.map(tidied)]);
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
    this.#zoom = new Zoom();
    this.#become([]);
  }

  /** @param {Stroke[]} strokes */
  #become(strokes) {
    this.changes.keep(this.#strokes);
    this.#strokes = strokes;
    this.#changed();
  }

  /**
   * Show both hands' strokes as they are plotted: the machine's as a ghost, or (`kept`) where the
   * whole will stand on paper.
   *
   * @param {Api.Proposal | null} added
   * @param {{ kept?: boolean }} given
   */
  show(added, { kept = false } = {}) {
    const other = this.#added !== added;
    this.#added = added;
    this.#kept = kept;
    if (other) this.#shownAt = performance.now();
    if (added === null) delete this.dataset.shown;
    this.#place.aim(kept && added ? added.place : WHERE_IT_WAS);
    this.#describe();
    this.#soon();
  }

  // Pointers. The first one draws or erases, two fingers at once move the paper; a palm that comes
  // down later does nothing.

  /** @param {PointerEvent} event */
  #down(event) {
    if (event.pointerType === "pen") this.#penAt = event.timeStamp;
    const palm = event.pointerType === "touch" && event.timeStamp - this.#penAt < PALM_MS;
    if (palm || this.#zoom.moves || event.button !== 0 || this.hasAttribute("aria-disabled")) return;
    if (this.#pointer !== null) return this.#pinch(event);
    event.preventDefault();
    if (this.isFull && !this.erases) return this.#say("full");
    this.#pointer = event.pointerId;
    this.#from = partOf(this.canvas, event);
    this.canvas.setPointerCapture(event.pointerId);
    this.#say("begin");
    this.#line = [this.#at(event)];
    this.#erase();
    this.#soon();
  }

  /** @param {PointerEvent} event */
  #pinch(event) {
    const [first, line] = [this.#pointer, this.#line];
    if (first === null || line === null || distance(line[0], line[line.length - 1]) > PINCH_MM) return;
    this.#cancel();
    this.#zoom.begin([
      [first, this.#from],
      [event.pointerId, partOf(this.canvas, event)],
    ]);
    this.canvas.setPointerCapture(event.pointerId);
  }

  /** @param {PointerEvent} event */
  #move(event) {
    this.#zoom.move(event.pointerId, partOf(this.canvas, event));
    if (this.#zoom.moves) this.#soon();
    if (event.pointerId !== this.#pointer) return;
    if (event.pointerType === "pen") this.#penAt = event.timeStamp;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const part of events.length > 0 ? events : [event]) this.#extend(this.#at(part));
    this.#erase();
    this.#soon();
  }

  /** @param {PointerEvent} event */
  #up(event) {
    this.#zoom.end(event.pointerId);
    if (event.pointerId !== this.#pointer) return;
    performance.mark("draw:lifted");
    this.#extend(this.#at(event));
    this.#pointer = null;
    const line = this.#line;
    this.#line = null;
    if (line !== null && !this.erases) return this.add([line]);
    this.#changed();
  }

  /** @param {PointerEvent} [event] */
  #cancel(event) {
    if (event !== undefined) this.#zoom.end(event.pointerId);
    if (event !== undefined && event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.#line = null;
    this.#changed();
  }

  /** Take away what the eraser has come to. */
  #erase() {
    if (!this.erases || this.#line === null) return;
    const near = (ERASER_PX * this.room.width) / (this.canvas.clientWidth * this.#zoom.scale);
    const left = dense(this.#line, near).reduce((strokes, at) => awayFrom(strokes, at, near), this.#strokes);
    if (left !== this.#strokes) this.changes.keep(this.#strokes);
    this.#strokes = left;
    this.#line = this.#line.slice(-1);
  }

  /** @param {MouseEvent} event */
  #at(event) {
    return this.#zoom.on(partOf(this.canvas, event), this.room);
  }

  /** @param {Point} point */
  #extend(point) {
    const line = this.#line;
    if (line === null) return;
    if (distance(line[line.length - 1], point) < STEP_MM) return;
    if (countOf(this.#strokes) + line.length < this.#most) line.push(point);
    else this.#say("full");
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
    const lines = { own: this.#strokes.length, other: this.#added?.strokes.length ?? 0 };
    const some = t("Your drawing: {own} lines of yours, {other} of the machine", lines);
    this.canvas.setAttribute("aria-label", lines.own === 0 ? t("Your drawing: nothing yet") : some);
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
    const grown = passed(this.#shownAt, GHOST_MS, now);
    paint(this.canvas, getComputedStyle(this), {
      room: this.room,
      zoom: this.#zoom,
      place: this.#place.at(now),
      added: this.#added,
      alpha: this.#kept ? 1 : 0.42,
      grown,
      strokes: this.#strokes,
      line: this.erases ? null : this.#line,
    });
    if (this.#added !== null && this.dataset.shown !== "true") {
      this.dataset.shown = "true";
      performance.mark("draw:shown");
    }
    return (this.#added !== null && grown < 1) || this.#place.moves(now);
  }
}

customElements.define("drawing-pad", DrawingPad);
