// A picture that is made once and then only moved: however much is on it, a frame costs the same.
//
// It is made anew, some milliseconds in every frame, where the camera has gone too far; until that
// is done the old one is shown where it belongs.

import { element } from "../dom.js";
import { brushOf } from "../pen.js";

/** @typedef {(brush: CanvasRenderingContext2D, camera: import("./camera.js").Camera) => Iterator<void>} Paint */

/** How much is on the picture beyond what is seen, on each side, as a part of it. */
const BEYOND = 0.25;
const BUDGET_MS = 5;

export class Bitmap {
  #shown = element("canvas");
  #next = element("canvas");
  /** @type {import("./camera.js").Camera | null} */
  #camera = null;
  /** @type {{ camera: import("./camera.js").Camera, steps: Iterator<void> } | null} */
  #work = null;
  #stale = true;
  #ratio = 1;

  /** @param {Paint} paint draws everything, in steps that are short */
  constructor(paint) {
    this.paint = paint;
  }

  /** What is on it has changed. */
  spoil() {
    this.#stale = true;
    this.#work = null;
  }

  /**
   * Draw more on what is shown, at its own place.
   *
   * @param {(brush: CanvasRenderingContext2D) => void} draw
   */
  add(draw) {
    if (this.#work !== null || this.#stale || this.#camera === null) return this.spoil();
    const brush = brushOf(this.#shown);
    this.#aim(brush, this.#camera);
    draw(brush);
  }

  /**
   * Show it as a camera sees it; returns whether another frame is needed for it to be whole.
   *
   * @param {CanvasRenderingContext2D} brush
   * @param {import("./camera.js").Camera} camera
   * @param {number} ratio
   */
  show(brush, camera, ratio) {
    if (ratio !== this.#ratio) this.spoil();
    this.#ratio = ratio;
    if (this.#work === null && (this.#stale || this.#isFar(camera))) this.#begin(camera);
    const more = this.#goOn();
    const from = this.#camera;
    if (from === null) return more;
    const zoom = camera.scale / from.scale;
    const [left, top] = beyond(from);
    const [x, y] = camera.pixel(from.place([-left, -top])).map((at) => Math.round(at * ratio));
    const { width, height } = this.#shown;
    brush.setTransform(1, 0, 0, 1, 0, 0);
    brush.drawImage(this.#shown, x, y, width * zoom, height * zoom);
    return more || this.#isFar(camera);
  }

  /** @param {import("./camera.js").Camera} camera */
  #isFar(camera) {
    const from = this.#camera;
    if (from === null || from.width !== camera.width || from.height !== camera.height) return true;
    const [x, y] = camera.pixel([from.x, from.y]);
    const away = Math.max(
      Math.abs(x - camera.width / 2) / camera.width,
      Math.abs(y - camera.height / 2) / camera.height,
    );
    return from.scale !== camera.scale || away > BEYOND / 2;
  }

  /** @param {import("./camera.js").Camera} given */
  #begin(given) {
    const camera = given.copy();
    const [left, top] = beyond(camera);
    this.#next.width = (camera.width + 2 * left) * this.#ratio;
    this.#next.height = (camera.height + 2 * top) * this.#ratio;
    const brush = brushOf(this.#next);
    this.#aim(brush, camera);
    this.#work = { camera, steps: this.paint(brush, camera) };
    this.#stale = false;
  }

  #goOn() {
    const until = performance.now() + BUDGET_MS;
    while (this.#work !== null && performance.now() < until) {
      if (!this.#work.steps.next().done) continue;
      [this.#shown, this.#next] = [this.#next, this.#shown];
      this.#camera = this.#work.camera;
      this.#work = null;
    }
    return this.#work !== null;
  }

  /** @param {CanvasRenderingContext2D} brush @param {import("./camera.js").Camera} camera */
  #aim(brush, camera) {
    camera.aim(brush, this.#ratio, beyond(camera));
  }
}

/**
 * Pixels beyond what a camera sees, to the left and to the right, above and below.
 *
 * @param {import("./camera.js").Camera} camera
 */
function beyond({ width, height }) {
  return [Math.ceil(width * BEYOND), Math.ceil(height * BEYOND)];
}
