// Both hands' ink on the pad's canvas.

import { brushOf } from "../pen.js";
import { countOf } from "./strokes.js";

const PEN_MM = 0.55;

/**
 * Draw everything: what the machine proposes with the visitor's strokes as they are plotted, or
 * these as they were drawn, and the line that is being drawn.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {CSSStyleDeclaration} style
 * @param {{
 *   room: Size, zoom: import("./zoom.js").Zoom, place: Move, added: Api.Proposal | null,
 *   alpha: number, grown: number, strokes: Stroke[], line: Stroke | null,
 * }} given
 */
export function paint(canvas, style, { room, zoom, place, added, alpha, grown, strokes, line }) {
  const context = brushOf(canvas);
  const unit = (canvas.width / room.width) * zoom.scale;
  const [x, y] = [place.x - zoom.x * room.width, place.y - zoom.y * room.height];
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.setTransform(unit * place.scale, 0, 0, unit * place.scale, unit * x, unit * y);
  context.lineCap = context.lineJoin = "round";
  context.lineWidth = Math.max(PEN_MM, (1.6 * (window.devicePixelRatio || 1)) / unit) / place.scale;
  if (added !== null) {
    context.globalAlpha = alpha;
    context.strokeStyle = style.getPropertyValue("--machine-line");
    trace(context, added.strokes, grown);
    context.globalAlpha = 1;
  }
  context.strokeStyle = style.getPropertyValue("--own-line");
  if (added === null) traceByHand(context, strokes);
  else trace(context, added.own);
  if (line !== null) traceByHand(context, [line]);
}

/**
 * Draw strokes as smooth as the hand was: through the middles between their points.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke[]} strokes
 */
function traceByHand(context, strokes) {
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(stroke[0][0], stroke[0][1]);
    stroke.forEach(([x, y], i) => {
      const [nextX, nextY] = stroke[i + 1] ?? [x, y];
      context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    });
    context.stroke();
  }
}

/**
 * Draw strokes, or the first part of them.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {Stroke[]} strokes
 * @param {number} part
 */
function trace(context, strokes, part = 1) {
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
