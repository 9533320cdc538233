// Fingers, mouse and keys on a picture of the bed: it is moved and zoomed, and a place is meant.

const CLICK_PX = 6;
const CLICK_MS = 600;
const WHEEL = 0.0016;
const KEY_PX = 40;
const KEY_ZOOM = 1.25;
/** @type {Record<string, Point>} */
const WAYS = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * What a picture does when hands are on it. `grab(place)` says whether what is there is taken
 * along, in mm by `drag`; else the picture itself is moved.
 *
 * @typedef {{
 *   camera: import("./camera.js").Camera,
 *   moved: () => void,
 *   meant: (place: Point) => void,
 *   grab?: (place: Point) => boolean,
 *   drag?: (dx: number, dy: number) => void,
 *   dropped?: () => void,
 * }} Picture
 */

/**
 * Lay hands on a canvas.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {Picture} picture
 */
export function hands(canvas, picture) {
  /** @type {Map<number, Point>} */
  const fingers = new Map();
  let begun = { at: [0, 0], time: 0, single: false, grabbed: false };
  const at = (/** @type {MouseEvent} */ { clientX, clientY }) => {
    const { left, top } = canvas.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    const place = at(event);
    fingers.set(event.pointerId, place);
    const single = fingers.size === 1;
    const grabbed = single && picture.grab?.(picture.camera.place(place)) === true;
    begun = { at: place, time: event.timeStamp, single, grabbed };
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (before === undefined) return;
    const now = at(event);
    const others = [...fingers].filter(([id]) => id !== event.pointerId);
    fingers.set(event.pointerId, now);
    if (others.length > 0) return pinch(picture, others[0][1], before, now);
    if (begun.single && distance(begun.at, now) < CLICK_PX && event.timeStamp - begun.time < CLICK_MS) return;
    const [dx, dy] = [now[0] - before[0], now[1] - before[1]];
    if (begun.grabbed) picture.drag?.(dx / picture.camera.scale, -dy / picture.camera.scale);
    else picture.camera.pan(dx, dy);
    picture.moved();
  });
  const end = (/** @type {PointerEvent} */ event) => {
    if (!fingers.delete(event.pointerId)) return;
    const short = event.timeStamp - begun.time < CLICK_MS && distance(begun.at, at(event)) < CLICK_PX;
    if (begun.grabbed) picture.dropped?.();
    else if (event.type === "pointerup" && begun.single && short)
      picture.meant(picture.camera.place(begun.at));
    begun.grabbed = begun.single = false;
  };
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      picture.camera.zoom(at(event), Math.exp(-event.deltaY * WHEEL));
      picture.moved();
    },
    { passive: false },
  );
  canvas.addEventListener("keydown", (event) => pressed(event, picture));
}

/** @param {KeyboardEvent} event @param {Picture} picture */
function pressed(event, { camera, moved }) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const way = WAYS[event.key];
  if (way !== undefined) camera.pan(way[0] * KEY_PX, way[1] * KEY_PX);
  else if (event.key === "+" || event.key === "-")
    zoomBy(camera, event.key === "+" ? KEY_ZOOM : 1 / KEY_ZOOM);
  else return;
  event.preventDefault();
  moved();
}

/** @param {import("./camera.js").Camera} camera @param {number} factor */
export function zoomBy(camera, factor) {
  camera.zoom([camera.width / 2, camera.height / 2], factor);
}

/** @param {Picture} picture @param {Point} other @param {Point} before @param {Point} now */
function pinch({ camera, moved }, other, before, now) {
  const middle = (/** @type {Point} */ [x, y]) => [(x + other[0]) / 2, (y + other[1]) / 2];
  const [from, to] = [middle(before), middle(now)];
  camera.pan(to[0] - from[0], to[1] - from[1]);
  camera.zoom(to, distance(now, other) / (distance(before, other) || 1));
  moved();
}

/** @param {Point} a @param {Point} b */
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
