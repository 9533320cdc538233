// How far a drawing is. Pure.

/** Millimetres of ink that a pen lift and the way to the next stroke take as long as. */
const LIFT_MM = 15;

/**
 * The part of a job that is done, 0 to 1, and the stroke that the pen is at.
 *
 * @param {Job} job
 * @param {Stroke[]} strokes
 * @param {Api.Progress | null} progress
 */
export function partDone(job, strokes, progress) {
  const lengths = strokes.map((stroke) =>
    stroke.slice(1).reduce((sum, [x, y], i) => sum + Math.hypot(x - stroke[i][0], y - stroke[i][1]), 0),
  );
  const stroke = Math.min(progress?.stroke ?? job.strokes_drawn, lengths.length);
  const cost = (/** @type {number} */ upTo) =>
    lengths.slice(0, upTo).reduce((sum, mm) => sum + mm + LIFT_MM, 0);
  const done = cost(stroke) + Math.min(progress?.length_mm ?? 0, lengths[stroke] ?? 0);
  return { part: done / (cost(lengths.length) || 1), stroke };
}
