// Drawing on canvas: the ink that is on the paper, and the pen above it.

/** Lines are shown at least as wide as this, in CSS pixels. */
export const THINNEST_PX = 1.3;

/**
 * What draws on a canvas.
 *
 * @param {HTMLCanvasElement} canvas
 */
export function brushOf(canvas) {
  const context = canvas.getContext("2d");
  if (context === null) throw new TypeError("This browser draws on no canvas.");
  return context;
}

/** A view of the paper: millimetres, y up, to the pixels of a canvas. */
export class View {
  /** @param {Size} paper @param {number} width @param {number} ratio */
  constructor(paper, width, ratio) {
    this.paper = paper;
    this.ratio = ratio;
    this.scale = (width * ratio) / paper.width;
  }

  /** @param {number} mm */
  x(mm) {
    return mm * this.scale;
  }

  /** @param {number} mm */
  y(mm) {
    return (this.paper.height - mm) * this.scale;
  }
}

/**
 * Draw the ink between two lengths of a path; strokes are joined seamlessly.
 *
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {import("./playback.js").InkPath} path
 * @param {number} from
 * @param {number} to
 * @param {{ colour: string, width: number }} given
 */
export function drawInk(context, view, path, from, to, { colour, width }) {
  context.strokeStyle = colour;
  context.lineWidth = Math.max(width * view.scale, THINNEST_PX * view.ratio);
  context.lineCap = "round";
  context.lineJoin = "round";
  if (to <= from) return;
  const last = path.strokeAt(to);
  for (let index = path.strokeAt(from, true); index <= last; index += 1) {
    const start = Math.max(from - path.starts[index], 0);
    const end = Math.min(to - path.starts[index], path.strokeLength(index));
    strokePart(context, view, path, index, start, end);
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {View} view
 * @param {import("./playback.js").InkPath} path
 * @param {number} index
 * @param {number} start
 * @param {number} end
 */
function strokePart(context, view, path, index, start, end) {
  const marks = path.marks[index];
  const stroke = path.strokes[index];
  const first = path.point(path.starts[index] + start, true) ?? stroke[0];
  context.beginPath();
  context.moveTo(view.x(first[0]), view.y(first[1]));
  for (let i = 0; i < stroke.length && marks[i] < end; i += 1) {
    if (marks[i] > start) context.lineTo(view.x(stroke[i][0]), view.y(stroke[i][1]));
  }
  const final = end >= path.strokeLength(index) ? stroke.at(-1) : path.point(path.starts[index] + end);
  if (final != null) context.lineTo(view.x(final[0]), view.y(final[1]));
  context.stroke();
}

const PEN_BOX = 96;
const TIP = [16, 84];

/**
 * A picture of the pen that is moved over the paper, not drawn anew: its place costs nothing to
 * change, and a frame repaints no more than what it covers.
 */
export class PenPicture {
  /** @type {string | null} */
  #shown = null;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
  }

  /**
   * Show the pen with its tip over [x, y] mm: on the paper, or lifted above its shadow.
   *
   * @param {View} view
   * @param {Point} given
   * @param {boolean} down
   * @param {string} colour
   */
  show(view, [x, y], down, colour) {
    const unit = Math.min(1.15, Math.max(0.8, view.scale / view.ratio / 4));
    const look = `${unit} ${view.ratio} ${down} ${colour}`;
    if (look !== this.#shown) this.#draw(view.ratio, unit, down, colour);
    this.#shown = look;
    const [left, top] = [view.x(x) / view.ratio - TIP[0], view.y(y) / view.ratio - TIP[1]];
    this.canvas.style.transform = `translate(${left.toFixed(2)}px, ${top.toFixed(2)}px) scale(calc(1 / var(--near, 1)))`;
    this.canvas.hidden = false;
  }

  hide() {
    this.canvas.hidden = true;
  }

  /** @param {number} ratio @param {number} unit @param {boolean} down @param {string} colour */
  #draw(ratio, unit, down, colour) {
    this.canvas.width = this.canvas.height = PEN_BOX * ratio;
    const context = brushOf(this.canvas);
    context.scale(ratio, ratio);
    drawPen(context, unit, down, colour);
  }
}

/** @param {CanvasRenderingContext2D} context @param {number} unit @param {boolean} down @param {string} colour */
function drawPen(context, unit, down, colour) {
  const lift = down ? 0 : 7 * unit;
  context.save();
  context.translate(TIP[0] + lift * 0.9, TIP[1] + lift * 0.5);
  context.rotate(Math.PI / 4.6);
  context.globalAlpha = down ? 0.16 : 0.1;
  context.fillStyle = "#000";
  penShape(context, unit, 62);
  context.fill();
  context.restore();

  context.save();
  context.translate(TIP[0], TIP[1] - lift);
  context.rotate(Math.PI / 5.6);
  penShape(context, unit, 74);
  context.fillStyle = colour;
  context.fill();
  context.fillStyle = "#c9a25e";
  context.fillRect(-5 * unit, -26 * unit, 10 * unit, 3.2 * unit);
  context.fillStyle = "rgb(255 255 255 / 22%)";
  context.fillRect(-2.6 * unit, -72 * unit, 1.6 * unit, 44 * unit);
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {number} unit @param {number} length */
function penShape(context, unit, length) {
  context.beginPath();
  context.moveTo(0, 0);
  context.lineTo(-1.1 * unit, -3 * unit);
  context.lineTo(-5 * unit, -22 * unit);
  context.lineTo(-5 * unit, -length * unit);
  context.quadraticCurveTo(0, -(length + 4) * unit, 5 * unit, -length * unit);
  context.lineTo(5 * unit, -22 * unit);
  context.lineTo(1.1 * unit, -3 * unit);
  context.closePath();
}
