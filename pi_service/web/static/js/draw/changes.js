// What was done to a drawing, one change after the other: taken back, and done again.

export class Changes {
  /** @type {Stroke[][]} */
  #past = [];
  /** @type {Stroke[][]} */
  #undone = [];

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#undone.length > 0;
  }

  /**
   * Remember what the strokes were before they are changed.
   *
   * @param {Stroke[]} strokes
   */
  keep(strokes) {
    this.#past.push(strokes);
    this.#undone = [];
  }

  /**
   * What the strokes were before the last change; `now` if there was none.
   *
   * @param {Stroke[]} now
   */
  undo(now) {
    return step(this.#past, this.#undone, now);
  }

  /**
   * What they were before that was taken back.
   *
   * @param {Stroke[]} now
   */
  redo(now) {
    return step(this.#undone, this.#past, now);
  }

  forget() {
    this.#past = [];
    this.#undone = [];
  }
}

/** @param {Stroke[][]} from @param {Stroke[][]} to @param {Stroke[]} now */
function step(from, to, now) {
  const strokes = from.pop();
  if (strokes === undefined) return now;
  to.push(now);
  return strokes;
}
