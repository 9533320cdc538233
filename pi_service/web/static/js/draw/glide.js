// Motion on the pad: a place that follows another one smoothly, and how far something has come
// that takes its time. At once for whoever wants no motion.

const MOVE_MS = 450;
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

/** How a drawing stands that is not moved. */
export const WHERE_IT_WAS = { scale: 1, x: 0, y: 0 };

/**
 * The part of `ms` that has passed since, 0 to 1.
 *
 * @param {number} since
 * @param {number} ms
 * @param {number} now
 */
export function passed(since, ms, now) {
  return still.matches ? 1 : Math.min(Math.max((now - since) / ms, 0), 1);
}

/** A place on its way to another one. Times are those of `performance.now()`. */
export class Glide {
  /** @type {Move} */
  #from = WHERE_IT_WAS;
  /** @type {Move} */
  #to = WHERE_IT_WAS;
  #since = 0;

  /** @param {Move} place */
  aim(place) {
    if (place === this.#to) return;
    const now = performance.now();
    this.#from = this.at(now);
    this.#to = place;
    this.#since = now;
  }

  /** @param {number} now @returns {Move} */
  at(now) {
    const part = 1 - (1 - passed(this.#since, MOVE_MS, now)) ** 3;
    const between = (/** @type {keyof Move} */ name) =>
      this.#from[name] + (this.#to[name] - this.#from[name]) * part;
    return { scale: between("scale"), x: between("x"), y: between("y") };
  }

  /** @param {number} now */
  moves(now) {
    return passed(this.#since, MOVE_MS, now) < 1;
  }
}
