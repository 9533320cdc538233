// A cat drawn once more, stroke by stroke, over its picture.

import { refusal } from "../api.js";

/** A drawing takes so long, however long it took the pen. */
const WHOLE_MS = 6000;
/** What the pen needs from one stroke to the next, as a length of ink, mm. */
const LIFT_MM = 4;

/**
 * @template {"svg" | "path"} Tag
 * @param {Tag} tag
 * @param {Record<string, string>} attributes
 */
function shape(tag, attributes) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/**
 * All values of an attribute in a picture of ours: its text is read, as no page may parse one.
 *
 * @param {string} text
 * @param {string} name
 */
function valuesOf(text, name) {
  return [...text.matchAll(new RegExp(`\\s${name}="([^"]*)"`, "g"))].map(([, value]) => value);
}

export class Replay {
  /** @type {Element | null} */
  #shown = null;
  #still = window.matchMedia("(prefers-reduced-motion: reduce)");

  /** @param {HTMLElement} picture what it is drawn over, with its picture inside */
  constructor(picture) {
    this.picture = picture;
  }

  /**
   * Draw what is at an address: an SVG with a path for each stroke, in the order of drawing.
   *
   * @param {string} address
   */
  async play(address) {
    const answer = await fetch(address);
    if (!answer.ok) throw await refusal(answer);
    const text = await answer.text();
    this.stop();
    const [viewBox] = valuesOf(text, "viewBox");
    const drawing = shape("svg", { class: "replay", "aria-hidden": "true", viewBox });
    const paths = valuesOf(text, "d").map((d) => shape("path", { d }));
    drawing.setAttribute("stroke-width", valuesOf(text, "stroke-width")[0]);
    drawing.append(...paths);
    this.picture.append(drawing);
    this.picture.dataset.replay = "true";
    this.picture.scrollIntoView({ block: "nearest" }); // on a phone it may be above what is seen
    this.#shown = drawing;
    await this.#begin(paths)?.finished.catch(() => {});
    if (this.#shown === drawing) this.stop();
  }

  /** Show the picture again. */
  stop() {
    this.#shown?.remove();
    this.#shown = null;
    delete this.picture.dataset.replay;
  }

  /**
   * Let the strokes begin, each after the one before; where motion is to be reduced, each at
   * once as a whole.
   *
   * @param {SVGPathElement[]} paths
   * @returns the last one's animation
   */
  #begin(paths) {
    const lengths = paths.map((path) => path.getTotalLength());
    const all = lengths.reduce((sum, length) => sum + length + LIFT_MM, 0);
    const easing = this.#still.matches ? "step-start" : "linear";
    let at = 0;
    const animations = paths.map((path, i) => {
      const length = lengths[i] + 0.01; // a dot has none
      const delay = (at / all) * WHOLE_MS;
      const duration = (lengths[i] / all) * WHOLE_MS;
      at += lengths[i] + LIFT_MM;
      path.setAttribute("stroke-dasharray", `${length} ${length + 20}`);
      const frames = [{ strokeDashoffset: length + 10 }, { strokeDashoffset: 0 }];
      return path.animate(frames, { delay, duration, easing, fill: "backwards" });
    });
    return animations.at(-1);
  }
}
