// Strokes as lists of [x, y]: measured, thinned, moved, drawn.

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
export function thinned(stroke, tolerance) {
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

/**
 * Draw strokes, or the first part of them.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke[]} strokes
 * @param {number} part
 */
export function trace(context, strokes, part = 1) {
  let left = part >= 1 ? Infinity : Math.max(1, Math.round(countOf(strokes) * part));
  for (const stroke of strokes) {
    if (left <= 0) return;
    context.beginPath();
    context.moveTo(stroke[0][0], stroke[0][1]);
    context.lineTo(stroke[0][0], stroke[0][1]);
    for (const [x, y] of stroke.slice(1, left)) context.lineTo(x, y);
    context.stroke();
    left -= stroke.length;
  }
}
