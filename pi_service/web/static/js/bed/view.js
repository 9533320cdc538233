// <bed-view>: the bed from above, with its paper, a drawing's plan, and the pen where it is.
//
// Everything that stands still is one picture (see bitmap.js); the pen and what is dragged are
// drawn over it in every frame in which something has moved.

import { ask } from "../api.js";
import { element } from "../dom.js";
import { t } from "../i18n.js";
import { newest } from "../newest.js";
import { brushOf } from "../pen.js";
import { store } from "../store.js";
import { Bitmap } from "./bitmap.js";
import { Camera } from "./camera.js";
import { hands, zoomBy } from "./hands.js";
import { drawAll, drawInked, line } from "./scene.js";

const ZOOM = 1.4;
/** @typedef {import("./scene.js").Plan} Plan */
/** @typedef {import("./scene.js").Colours} Colours */
/** @typedef {import("./scene.js").Ground} Ground */

/** @type {(keyof Colours)[]} */
const COLOURS = ["ink", "pencil", "act", "edge", "quiet", "paper", "wall", "stop", "focus"];

export class BedView extends HTMLElement {
  /** @type {Ground | null} */
  #ground = null;
  /** @type {Plan} */
  #plan = { strokes: [], pens: [], drawn: -1 };
  /** @type {{ at: Point, down: boolean, part: Stroke } | null} */
  #pen = null;
  /** @type {Point | null} */
  #target = null;
  #frame = 0;
  #answers = newest();
  #camera = new Camera();
  #leave = () => {};
  #dark = matchMedia("(prefers-color-scheme: dark)");
  /** @type {Colours} */
  #colours = /** @type {Colours} */ ({});
  #still = new Bitmap((brush, camera) => {
    const pen = store.state?.pen_width ?? 0.5;
    return drawAll(brush, camera, this.#ground, this.#plan, this.#colours, pen);
  });
  /** What is dragged: its lines, and by how much it is away from where it was planned.
   *
   * @type {{ strokes: Stroke[], place: (point: Point) => Point } | null}
   */
  loose = null;
  /** @type {Omit<import("./hands.js").Picture, "camera" | "moved">} */
  wishes = { meant: () => {} };
  canvas = element("canvas", { class: "bed-canvas", tabindex: "0", role: "img" });
  tools = element(
    "div",
    { class: "bed-tools" },
    tool("+", t("Nearer"), () => this.#zoom(ZOOM)),
    tool("−", t("Farther"), () => this.#zoom(1 / ZOOM)),
    tool("⤢", t("The whole bed"), () => this.whole()),
  );
  watch = new ResizeObserver(() => this.#resize());

  connectedCallback() {
    this.append(this.canvas, this.tools);
    this.describe(t("The bed"));
    hands(this.canvas, {
      camera: this.#camera,
      moved: () => this.soon(),
      meant: (place) => this.wishes.meant(place),
      grab: (place) => this.wishes.grab?.(place) ?? false,
      drag: (dx, dy) => this.wishes.drag?.(dx, dy),
      dropped: () => this.wishes.dropped?.(),
    });
    this.watch.observe(this.canvas);
    this.#dark.addEventListener("change", this.#recolour);
    this.#leave = store.subscribe(({ kind }) => ["state", "sheet"].includes(kind) && this.look());
    this.#recolour();
  }

  disconnectedCallback() {
    this.#leave();
    this.watch.disconnect();
    this.#dark.removeEventListener("change", this.#recolour);
    cancelAnimationFrame(this.#frame);
  }

  /** What the picture shows, for those who do not see it. @param {string} text */
  describe(text) {
    this.canvas.setAttribute("aria-label", text);
  }

  /** Where the pen can go, [x0, y0, x1, y1] in mm; null before it is known. */
  get reach() {
    return this.#ground?.reach ?? null;
  }

  /** Ask what lies where. */
  async look() {
    const found = await this.#answers(ask("/machine/bed")).catch(() => null);
    if (found === null || store.state === null) return;
    const first = this.#ground === null;
    this.#ground = { ...found, paper: store.state.paper };
    if (first) this.whole();
    this.#spoil();
  }

  /** Show the bed as a whole. */
  whole() {
    if (this.#ground !== null) this.#camera.fit(this.#ground.reach);
    this.soon();
  }

  /** Show a rectangle of the bed. @param {number[]} area */
  nearer(area) {
    const [x, y] = this.#camera.pixel([area[0], area[3]]);
    const [right, bottom] = this.#camera.pixel([area[2], area[1]]);
    const { width, height } = this.#camera;
    this.#camera.zoom([width / 2, height / 2], Math.min(width / (right - x), height / (bottom - y)) * 0.9);
    const to = this.#camera.pixel([(area[0] + area[2]) / 2, (area[1] + area[3]) / 2]);
    this.#camera.pan(width / 2 - to[0], height / 2 - to[1]);
    this.soon();
  }

  /**
   * Show a plan; of the same strokes only how many are drawn may change.
   *
   * @param {Plan} plan
   */
  show(plan) {
    const before = this.#plan;
    this.#plan = plan;
    if (
      plan.strokes !== before.strokes ||
      plan.drawn < before.drawn ||
      plan.pens.length !== before.pens.length
    )
      return this.#spoil();
    if (plan.drawn === before.drawn) return;
    const width = this.#penWidth();
    this.#still.add((brush) => drawInked(brush, plan, Math.max(before.drawn, 0), this.#colours.ink, width));
    this.soon();
  }

  /**
   * Show the pen at a place, with the part of its stroke that is drawn; null hides it.
   *
   * @param {{ at: Point, down: boolean, part?: Stroke } | null} pen
   */
  showPen(pen) {
    this.#pen = pen === null ? null : { part: [], ...pen };
    this.soon();
  }

  /** Mark the place that was meant, until the pen is there; null for none. @param {Point | null} place */
  mark(place) {
    this.#target = place;
    this.soon();
  }

  /** Draw what has moved, in the next frame. */
  soon() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #recolour = () => {
    const style = getComputedStyle(this);
    for (const name of COLOURS) this.#colours[name] = style.getPropertyValue(`--${name}`).trim();
    this.#spoil();
  };

  #spoil() {
    this.#still.spoil();
    this.soon();
  }

  /** @param {number} factor */
  #zoom(factor) {
    zoomBy(this.#camera, factor);
    this.soon();
  }

  #penWidth() {
    return Math.max(store.state?.pen_width ?? 0.5, 1.2 / this.#camera.scale);
  }

  #resize() {
    const { clientWidth, clientHeight } = this.canvas;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = clientWidth * ratio;
    this.canvas.height = clientHeight * ratio;
    Object.assign(this.#camera, { width: clientWidth || 1, height: clientHeight || 1 });
    this.whole();
  }

  #draw() {
    this.#frame = 0;
    const ratio = devicePixelRatio || 1;
    const brush = brushOf(this.canvas);
    brush.setTransform(1, 0, 0, 1, 0, 0);
    brush.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (this.#still.show(brush, this.#camera, ratio)) this.soon();
    this.#camera.aim(brush, ratio);
    const pixel = 1 / this.#camera.scale;
    if (this.loose !== null) this.#drawLoose(brush, this.loose, pixel);
    if (this.#target !== null) ring(brush, this.#target, 9 * pixel, this.#colours.focus, 2 * pixel);
    if (this.#pen !== null) this.#drawPen(brush, this.#pen, pixel);
    this.dispatchEvent(new Event("drawn"));
  }

  /** @param {CanvasRenderingContext2D} brush @param {NonNullable<BedView["loose"]>} loose @param {number} pixel */
  #drawLoose(brush, { strokes, place }, pixel) {
    brush.strokeStyle = this.#colours.act;
    brush.lineWidth = pixel;
    brush.beginPath();
    for (const stroke of strokes) line(brush, stroke.map(place));
    brush.stroke();
  }

  /** @param {CanvasRenderingContext2D} brush @param {{ at: Point, down: boolean, part: Stroke }} pen @param {number} pixel */
  #drawPen(brush, { at, down, part }, pixel) {
    if (part.length > 1) {
      brush.strokeStyle = this.#colours.ink;
      brush.lineWidth = this.#penWidth();
      brush.beginPath();
      line(brush, part);
      brush.stroke();
    }
    ring(brush, at, 7 * pixel, this.#colours.stop, 2 * pixel);
    brush.beginPath();
    brush.arc(at[0], at[1], (down ? 4 : 1.5) * pixel, 0, 2 * Math.PI);
    brush.fillStyle = this.#colours.stop;
    brush.fill();
  }
}

/** @param {CanvasRenderingContext2D} brush @param {Point} at @param {number} radius @param {string} colour @param {number} width */
function ring(brush, [x, y], radius, colour, width) {
  brush.beginPath();
  brush.arc(x, y, radius, 0, 2 * Math.PI);
  brush.strokeStyle = colour;
  brush.lineWidth = width;
  brush.stroke();
}

/** @param {string} sign @param {string} label @param {() => void} click */
function tool(sign, label, click) {
  return element("button", { class: "bed-tool", type: "button", "aria-label": label, click }, sign);
}

customElements.define("bed-view", BedView);
