// Strokes as lists of [x, y]: measured, thinned, moved, drawn.

const THINNED_MM = 0.05;

/**
 * How far two points are apart.
 *
 * @param {Point} a
 * @param {Point} b
 */
export const distance = (a, b) => Math.hypot(b[0] - a[0], b[1] - a[1]);

/**
 * How many points some strokes have.
 *
 * @param {Stroke[]} strokes
 */
export function countOf(strokes) {
  return strokes.reduce((sum, stroke) => sum + stroke.length, 0);
}

/**
 * A stroke without the points that a straight line says as well, to within `tolerance`.
 *
 * @param {Stroke} stroke
 * @param {number} tolerance
 */
function thinned(stroke, tolerance) {
  const kept = new Set([0, stroke.length - 1]);
  const parts = [[0, stroke.length - 1]];
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const [first, last] = part;
    let farthest = 0;
    let at = -1;
    for (let i = first + 1; i < last; i += 1) {
      const away = fromLine(stroke[i], stroke[first], stroke[last]);
      if (away > farthest) [farthest, at] = [away, i];
    }
    if (farthest <= tolerance) continue;
    kept.add(at);
    parts.push([first, at], [at, last]);
  }
  return stroke.filter((_, i) => kept.has(i));
}

/**
 * A stroke as it is asked with: no more points than it needs, no more digits.
 *
 * @param {Stroke} stroke
 * @returns {Stroke}
 */
export function tidied(stroke) {
  return thinned(stroke, THINNED_MM).map(([x, y]) => [round(x), round(y)]);
}

/**
 * A line with points between its own, so that none is farther than `step` from the next.
 *
 * @param {Stroke} line
 * @param {number} step
 * @returns {Stroke}
 */
export function dense(line, step) {
  return line.flatMap((to, at) => {
    const from = line[Math.max(at - 1, 0)];
    const count = Math.max(1, Math.ceil(distance(from, to) / step));
    const part = (/** @type {number} */ i, axis = 0) => from[axis] + ((to[axis] - from[axis]) * i) / count;
    return Array.from({ length: count }, (_, i) => [part(i + 1), part(i + 1, 1)]);
  });
}

/**
 * The strokes that do not come near a place.
 *
 * @param {Stroke[]} strokes
 * @param {Point} at
 * @param {number} near
 */
export function awayFrom(strokes, at, near) {
  const far = (/** @type {Stroke} */ stroke) =>
    stroke.every((point, i) => fromLine(at, stroke[Math.max(i - 1, 0)], point) > near);
  return strokes.every(far) ? strokes : strokes.filter(far);
}

/** @param {Point} point @param {Point} begin @param {Point} end */
function fromLine(point, begin, end) {
  const [dx, dy] = [end[0] - begin[0], end[1] - begin[1]];
  const square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : ((point[0] - begin[0]) * dx + (point[1] - begin[1]) * dy) / square;
  const part = Math.min(Math.max(along, 0), 1);
  return distance(point, [begin[0] + part * dx, begin[1] + part * dy]);
}

/**
 * Strokes with every point multiplied and moved.
 *
 * @param {Stroke[]} strokes
 * @param {Move} given
 */
export function moved(strokes, { scale, x, y }) {
  return strokes.map((stroke) => stroke.map(([px, py]) => [px * scale + x, py * scale + y]));
}

/**
 * The smallest box around some strokes: {x, y, width, height}.
 *
 * @param {Stroke[]} strokes
 */
export function boxOf(strokes) {
  const points = strokes.flat();
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/**
 * The path of a stroke in an SVG; a dot is a line of no length, which round ends show.
 *
 * @param {Stroke} stroke
 */
export function pathOf(stroke) {
  const [first, ...rest] = stroke.map(([x, y]) => `${round(x)} ${round(y)}`);
  return rest.length === 0 ? `M${first}h0` : `M${first}L${rest.join("L")}`;
}

/**
 * A number with as many digits as a drawing needs.
 *
 * @param {number} value
 */
export function round(value) {
  return Math.round(value * 100) / 100;
}
