// From millimetres on the bed, y up, to pixels of its picture, and back.

const NEAREST = 60;
const FITS = 0.92;

/** What part of the bed is seen: its middle in mm, and CSS pixels for a millimetre. */
export class Camera {
  x = 0;
  y = 0;
  scale = 1;
  width = 1;
  height = 1;
  /** @type {number[]} */
  #all = [0, 0, 1, 1];

  /**
   * Show a rectangle [x0, y0, x1, y1] whole.
   *
   * @param {number[]} area
   */
  fit(area) {
    this.#all = area;
    this.scale = this.#least();
    this.x = (area[0] + area[2]) / 2;
    this.y = (area[1] + area[3]) / 2;
  }

  #least() {
    const [x0, y0, x1, y1] = this.#all;
    return FITS * Math.min(this.width / (x1 - x0), this.height / (y1 - y0));
  }

  /**
   * Zoom about a place in pixels.
   *
   * @param {Point} at
   * @param {number} factor
   */
  zoom(at, factor) {
    const [x, y] = this.place(at);
    this.scale = Math.min(Math.max(this.scale * factor, this.#least()), NEAREST);
    const [nowX, nowY] = this.place(at);
    this.pan((nowX - x) * this.scale, (y - nowY) * this.scale);
  }

  /**
   * Move the picture by pixels, so that some of the bed stays in sight.
   *
   * @param {number} dx
   * @param {number} dy
   */
  pan(dx, dy) {
    const [x0, y0, x1, y1] = this.#all;
    this.x = Math.min(Math.max(this.x - dx / this.scale, x0), x1);
    this.y = Math.min(Math.max(this.y + dy / this.scale, y0), y1);
  }

  /** The pixels of a place in mm. @param {Point} place @returns {Point} */
  pixel([x, y]) {
    return [(x - this.x) * this.scale + this.width / 2, this.height / 2 - (y - this.y) * this.scale];
  }

  /** The place in mm of a pixel. @param {Point} pixel @returns {Point} */
  place([px, py]) {
    return [(px - this.width / 2) / this.scale + this.x, (this.height / 2 - py) / this.scale + this.y];
  }

  /**
   * Have a brush draw in millimetres.
   *
   * @param {CanvasRenderingContext2D} brush
   * @param {number} ratio
   * @param {Point} shift in pixels
   */
  aim(brush, ratio, [dx, dy] = [0, 0]) {
    const scale = this.scale * ratio;
    const [x, y] = this.pixel([0, 0]);
    brush.setTransform(scale, 0, 0, -scale, (x + dx) * ratio, (y + dy) * ratio);
  }

  /** As it is now. */
  copy() {
    return Object.assign(new Camera(), { ...this });
  }
}
