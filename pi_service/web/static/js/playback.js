// Turns reports of the pen (at most ten a second) into smooth motion that never runs ahead.
//
// The pen's way through all strokes is measured as one length of ink. Between two reports the
// shown pen travels from where it was shown to what was reported, in the time that passed
// between the last reports: it lags one report behind the machine and never leads.

const FIRST_INTERVAL_MS = 120;
const DOT_MM = 0.02;
const LONGEST_INTERVAL_MS = 1200;
/** @param {Point} a @param {Point} b */
const distance = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

/**
 * A dot is a line too, if a very short one: so it has a place along the ink.
 *
 * @param {Stroke} stroke
 * @returns {Stroke}
 */
function withLength(stroke) {
  const [x, y] = stroke[0];
  return stroke.every((point) => point[0] === x && point[1] === y)
    ? [
        [x, y],
        [x + DOT_MM, y],
      ]
    : stroke;
}

/** The strokes of a drawing with their lengths, in mm. */
export class InkPath {
  /** @param {Stroke[]} strokes */
  constructor(strokes) {
    this.strokes = strokes.map(withLength);
    /** @type {number[]} */
    this.starts = [];
    this.marks = strokes.map(() => /** @type {number[]} */ ([]));
    let total = 0;
    this.strokes.forEach((stroke, index) => {
      this.starts.push(total);
      let along = 0;
      stroke.forEach((point, i) => {
        if (i > 0) along += distance(stroke[i - 1], point);
        this.marks[index].push(along);
      });
      total += along;
    });
    this.length = total;
  }

  /**
   * Length of one stroke.
   *
   * @param {number} index
   */
  strokeLength(index) {
    return this.marks[index]?.at(-1) ?? 0;
  }

  /**
   * Length of ink before a place given as stroke and length within it.
   *
   * @param {number} stroke
   * @param {number} length
   */
  at(stroke, length) {
    if (stroke >= this.strokes.length) return this.length;
    return this.starts[stroke] + Math.min(Math.max(length, 0), this.strokeLength(stroke));
  }

  /**
   * The stroke that a length of ink falls into (the earlier one at a border, unless `later`).
   *
   * @param {number} ink
   * @param {boolean} later
   */
  strokeAt(ink, later = false) {
    let low = 0;
    let high = this.strokes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      const start = this.starts[middle];
      if (start < ink || (later && start <= ink)) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * The point [x, y] at a length of ink, in paper mm; null for an empty drawing.
   *
   * @param {number} ink
   * @param {boolean} later
   * @returns {Point | null}
   */
  point(ink, later = false) {
    if (this.strokes.length === 0) return null;
    const index = this.strokeAt(ink, later);
    const stroke = this.strokes[index];
    const marks = this.marks[index];
    const along = ink - this.starts[index];
    const next = marks.findIndex((mark) => mark >= along);
    if (next === 0 || stroke.length === 1) return stroke[0];
    if (next < 0) return stroke[stroke.length - 1];
    const part = (along - marks[next - 1]) / (marks[next] - marks[next - 1] || 1);
    const [a, b] = [stroke[next - 1], stroke[next]];
    return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
  }
}

/**
 * The way of the shown pen from one report to the next: to the ink, along it, and on.
 *
 * @typedef {{
 *   from: Point, start: Point, inkFrom: number, to: number, inkEnd: Point, end: Point,
 *   before: number, after: number, draws: boolean, down: boolean, at: number,
 * }} Leg
 */

/** Where the pen is shown, as reports come in and time passes. Times are in ms. */
export class Playback {
  /** @param {Stroke[]} strokes */
  constructor(strokes, firstStroke = 0) {
    this.path = new InkPath(strokes);
    this.ink = this.path.at(firstStroke, 0);
    this.pen = this.path.point(this.ink, true);
    this.down = false;
    /** @type {Leg | null} */
    this.leg = null;
    /** @type {number | null} */
    this.reportedAt = null;
    this.interval = FIRST_INTERVAL_MS;
  }

  /**
   * Take in a report; `at` is its time, `jump` shows it at once.
   *
   * @param {Api.Progress} given
   * @param {number} at
   */
  report({ stroke, length_mm: length, x, y, pen_down: down }, at, jump = false) {
    const ink = Math.max(this.path.at(stroke, length), this.leg?.to ?? this.ink);
    if (this.reportedAt !== null) {
      const passed = Math.min(at - this.reportedAt, LONGEST_INTERVAL_MS);
      this.interval = this.interval * 0.6 + passed * 0.4;
    }
    this.reportedAt = at;
    this.leg = this.#leg(ink, [x, y], down, at);
    this.move(jump ? Infinity : at);
  }

  /** @param {number} to @param {Point} end @param {boolean} down @param {number} at */
  #leg(to, end, down, at) {
    const inkStart = this.path.point(this.ink, true) ?? end;
    const inkEnd = this.path.point(to) ?? end;
    const from = this.pen ?? inkStart;
    const draws = to > this.ink + 1e-6;
    const before = draws ? distance(from, inkStart) : 0;
    const after = distance(draws ? inkEnd : from, end);
    return { from, start: inkStart, inkFrom: this.ink, to, inkEnd, end, before, after, draws, down, at };
  }

  /**
   * Move to where the pen is shown at the time `now`; returns whether it will move on.
   *
   * @param {number} now
   */
  move(now) {
    const leg = this.leg;
    if (leg === null) return false;
    const part = Math.min(Math.max((now - leg.at) / this.interval, 0), 1);
    if (part === 1) {
      this.#settle(leg);
      return false;
    }
    const inkLength = leg.to - leg.inkFrom;
    const gone = part * (leg.before + inkLength + leg.after);
    if (gone < leg.before) {
      this.#travel(leg.from, leg.start, gone / leg.before);
    } else if (leg.draws && gone <= leg.before + inkLength) {
      this.ink = leg.inkFrom + gone - leg.before;
      this.pen = this.path.point(this.ink);
      this.down = true;
    } else {
      this.ink = leg.to;
      const start = leg.draws ? leg.inkEnd : leg.from;
      this.#travel(start, leg.end, (gone - leg.before - inkLength) / (leg.after || 1));
    }
    return true;
  }

  /** @param {Point} from @param {Point} to @param {number} part */
  #travel(from, to, part) {
    this.pen = [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
    this.down = false;
  }

  /** @param {Leg} leg */
  #settle(leg) {
    this.ink = leg.to;
    this.pen = leg.end;
    this.down = leg.down;
    this.leg = null;
  }
}
