// What lies on the bed, drawn in millimetres: the travel, the paper, its cells, a drawing's lines.

/** Segments that are drawn before others have their turn. */
const STEP = 1500;

/**
 * A drawing as it is planned.
 *
 * @typedef {{ strokes: Stroke[], pens: { first: number, name: string }[], drawn: number }} Plan
 * @typedef {{ ink: string, pencil: string, act: string, edge: string, quiet: string, paper: string,
 *   wall: string, stop: string, focus: string }} Colours
 * @typedef {{ reach: number[], park: Point, cells: number[][], paper: Api.Paper }} Ground
 */

/**
 * Everything that stands still, in short steps.
 *
 * @param {CanvasRenderingContext2D} brush
 * @param {import("./camera.js").Camera} camera
 * @param {Ground | null} ground
 * @param {Plan} plan
 * @param {Colours} colours
 * @param {number} pen its width in mm
 * @returns {Generator<void>}
 */
export function* drawAll(brush, camera, ground, plan, colours, pen) {
  if (ground === null) return;
  const pixel = 1 / camera.scale;
  drawGround(brush, ground, colours, pixel);
  yield;
  const [x0, y1] = camera.place([-camera.width, -camera.height]);
  const [x1, y0] = camera.place([2 * camera.width, 2 * camera.height]);
  yield* drawPlan(brush, plan, colours, { pixel, pen, park: ground.park, seen: [x0, y0, x1, y1] });
}

/**
 * The bed, its paper and the cells.
 *
 * @param {CanvasRenderingContext2D} brush
 * @param {Ground} ground
 * @param {Colours} colours
 * @param {number} pixel how many mm one is
 */
function drawGround(brush, { reach, park, cells, paper }, colours, pixel) {
  const box = (/** @type {number[]} */ [x0, y0, x1, y1]) => brush.rect(x0, y0, x1 - x0, y1 - y0);
  const outline = (/** @type {number[][]} */ areas, /** @type {string} */ colour, dash = [0]) => {
    brush.beginPath();
    for (const area of areas) box(area);
    brush.setLineDash(dash.map((part) => part * pixel));
    brush.strokeStyle = colour;
    brush.lineWidth = pixel;
    brush.stroke();
    brush.setLineDash([]);
  };
  const fill = (/** @type {number[]} */ area, /** @type {string} */ colour) => {
    brush.beginPath();
    box(area);
    brush.fillStyle = colour;
    brush.fill();
  };
  fill(reach, colours.wall);
  fill([0, 0, paper.width, paper.height], colours.paper);
  outline([[0, 0, paper.width, paper.height]], colours.edge);
  outline(cells, colours.pencil, [4, 4]);
  outline([reach], colours.stop, [10, 5]);
  brush.beginPath();
  brush.moveTo(park[0] - 4 * pixel, park[1]);
  brush.lineTo(park[0] + 4 * pixel, park[1]);
  brush.moveTo(park[0], park[1] - 4 * pixel);
  brush.lineTo(park[0], park[1] + 4 * pixel);
  brush.strokeStyle = colours.quiet;
  brush.stroke();
}

/**
 * The ways of the lifted pen, then the lines, in short steps.
 *
 * @param {CanvasRenderingContext2D} brush
 * @param {Plan} plan
 * @param {Colours} colours
 * @param {{ pixel: number, pen: number, park: Point, seen: number[] }} given `seen`: the rectangle in mm
 * @returns {Generator<void>}
 */
function* drawPlan(brush, plan, colours, { pixel, pen, park, seen }) {
  brush.lineCap = brush.lineJoin = "round";
  const { strokes } = plan;
  yield* inSteps(
    strokes.length,
    () => 1,
    (from, to) => {
      brush.beginPath();
      for (let i = from; i < to; i += 1) {
        const [x, y] = i === 0 ? park : (strokes[i - 1].at(-1) ?? park);
        brush.moveTo(x, y);
        brush.lineTo(strokes[i][0][0], strokes[i][0][1]);
      }
      brush.lineWidth = pixel;
      brush.strokeStyle = colours.focus;
      brush.globalAlpha = 0.5;
      brush.stroke();
      brush.globalAlpha = 1;
    },
  );
  const width = Math.max(pen, 1.2 * pixel);
  for (const [first, last, colour] of runs(plan, colours)) {
    brush.strokeStyle = colour;
    brush.lineWidth = width;
    yield* inSteps(
      last - first,
      (i) => strokes[first + i].length,
      (from, to) => {
        brush.beginPath();
        for (let i = first + from; i < first + to; i += 1)
          if (touches(strokes[i], seen)) line(brush, strokes[i]);
        brush.stroke();
      },
    );
  }
}

/**
 * Strokes that are drawn by now, over the plan.
 *
 * @param {CanvasRenderingContext2D} brush
 * @param {Plan} plan
 * @param {number} from
 * @param {string} ink
 * @param {number} width
 */
export function drawInked(brush, { strokes, drawn }, from, ink, width) {
  brush.lineCap = brush.lineJoin = "round";
  brush.strokeStyle = ink;
  brush.lineWidth = width;
  brush.beginPath();
  for (let i = from; i < drawn; i += 1) line(brush, strokes[i]);
  brush.stroke();
}

/**
 * Neighbouring strokes of one colour: first, behind the last, colour.
 *
 * @param {Plan} plan
 * @param {Colours} colours
 * @returns {[number, number, string][]}
 */
function runs({ strokes, pens, drawn }, colours) {
  const begins = pens.length > 0 ? pens : [{ first: 0, name: "" }];
  return begins.flatMap(({ first, name }, i) => {
    const last = begins[i + 1]?.first ?? strokes.length;
    const coloured = CSS.supports("color", name) ? name : null;
    const middle = Math.min(Math.max(drawn, first), last);
    return /** @type {[number, number, string][]} */ ([
      [first, middle, coloured ?? colours.ink],
      [middle, last, coloured ?? (drawn < 0 ? colours.ink : colours.pencil)],
    ]);
  });
}

/**
 * Call `draw(from, to)` for pieces of a list that are not too large.
 *
 * @param {number} count
 * @param {(index: number) => number} size
 * @param {(from: number, to: number) => void} draw
 * @returns {Generator<void>}
 */
function* inSteps(count, size, draw) {
  let from = 0;
  let much = 0;
  for (let i = 0; i < count; i += 1) {
    much += size(i);
    if (much < STEP && i + 1 < count) continue;
    draw(from, i + 1);
    from = i + 1;
    much = 0;
    yield;
  }
}

/** @param {CanvasRenderingContext2D} brush @param {Stroke} stroke */
export function line(brush, stroke) {
  const [x, y] = stroke[0];
  brush.moveTo(x, y);
  if (stroke.length === 1) brush.lineTo(x + 0.01, y);
  for (let i = 1; i < stroke.length; i += 1) brush.lineTo(stroke[i][0], stroke[i][1]);
}

/** @type {WeakMap<Stroke, number[]>} */
const boxes = new WeakMap();

/** @param {Stroke} stroke */
function boxOf(stroke) {
  let box = boxes.get(stroke);
  if (box === undefined) {
    box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [x, y] of stroke) {
      box = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x), Math.max(box[3], y)];
    }
    boxes.set(stroke, box);
  }
  return box;
}

/** @param {Stroke} stroke @param {number[]} seen */
function touches(stroke, seen) {
  const box = boxOf(stroke);
  return box[0] <= seen[2] && box[2] >= seen[0] && box[1] <= seen[3] && box[3] >= seen[1];
}
