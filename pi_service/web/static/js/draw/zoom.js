// Two fingers on the pad: they move the paper under them, nearer and farther, and never draw.

const NEAREST = 6;

/**
 * Where something happens within an element, 0 to 1.
 *
 * @param {Element} element
 * @param {MouseEvent} given
 * @returns {Point}
 */
export function partOf(element, { clientX, clientY }) {
  const box = element.getBoundingClientRect();
  const part = (/** @type {number} */ value) => Math.min(Math.max(value, 0), 1);
  return [part((clientX - box.left) / box.width), part((clientY - box.top) / box.height)];
}

export class Zoom {
  /** What of the paper is seen: a part of `1 / scale` of it, from `x`, `y` (0 to 1). */
  scale = 1;
  x = 0;
  y = 0;
  /** @type {Map<number, Point>} */
  #fingers = new Map();

  /** Whether fingers move the paper, until the last one has left. */
  get moves() {
    return this.#fingers.size > 0;
  }

  /**
   * The place on the paper of a place within the pad.
   *
   * @param {Point} part
   * @param {Size} room
   * @returns {Point}
   */
  on([x, y], { width, height }) {
    return [(this.x + x / this.scale) * width, (this.y + y / this.scale) * height];
  }

  /**
   * Two fingers have come down, each at its place within the pad (0 to 1).
   *
   * @param {[id: number, at: Point][]} fingers
   */
  begin(fingers) {
    this.#fingers = new Map(fingers);
  }

  /** @param {number} id @param {Point} at */
  move(id, at) {
    if (!this.#fingers.has(id)) return;
    const before = grip(this.#fingers);
    this.#fingers.set(id, at);
    const now = grip(this.#fingers);
    const scale = Math.min(Math.max(this.scale * (now.apart / before.apart), 1), NEAREST);
    const seen = (/** @type {number} */ from, /** @type {number} */ was, /** @type {number} */ is) =>
      Math.min(Math.max(from + was / this.scale - is / scale, 0), 1 - 1 / scale);
    this.x = seen(this.x, before.x, now.x);
    this.y = seen(this.y, before.y, now.y);
    this.scale = scale;
  }

  /** @param {number} id */
  end(id) {
    this.#fingers.delete(id);
  }
}

/** @param {Map<number, Point>} fingers */
function grip(fingers) {
  const [a, b = a] = fingers.values();
  const apart = a === b ? 1 : Math.max(Math.hypot(b[0] - a[0], b[1] - a[1]), 0.02);
  return { x: (a[0] + b[0]) / 2, y: (a[1] + b[1]) / 2, apart };
}
