// The camera for the staff: its switch, what nobody is to see, what is kept of it.

import "../live-camera.js";
import { ask, put, remove } from "../api.js";
import { element, setText } from "../dom.js";
import { number, t, told } from "../i18n.js";
import { Meanwhile } from "../meanwhile.js";
import { newest } from "../newest.js";
import { store } from "../store.js";
import { sure } from "../sure.js";
import { answerPlace, button, card, carryOut, sayIn, showFacts } from "./room.js";

/** @typedef {number[]} Mask Left, top, width, height, as parts of the picture's. */

const LEAST = 0.01;
const NEW = [0.35, 0.35, 0.3, 0.3];
const LOOK_MS = 5000;

/** @returns {Card} */
export function cameraCard() {
  const answer = answerPlace();
  const facts = element("dl", { class: "maker-facts" });
  /** @type {Mask[] | null} */
  let masks = null;
  let on = false;
  const answers = newest();
  const meanwhile = new Meanwhile(async () => (await ask("/camera")).masks);
  const editor = maskEditor(() => masks ?? []);
  const flip = button("", async () =>
    take(await carryOut(flip, answer, () => answers(put("/camera", { on: !on })))),
  );
  const add = button(t("Add a mask"), () => editor.show([...(masks ?? []), [...NEW]]), "button-quiet");
  const save = button(t("Keep the masks"), async () => {
    const kept = await carryOut(save, answer, async () => {
      await meanwhile.check();
      return answers(put("/camera", { masks: editor.read() }));
    });
    if (kept === null) return;
    masks = null;
    take(kept);
    sayIn(answer, t("Kept: nobody sees what is masked from now on."));
  });
  const forget = button(
    t("Delete all pictures …"),
    async () => {
      const question = t("All photographs and films of the camera will be gone for good. The drawings stay.");
      if (!(await sure(question, t("Delete them")))) return;
      take(await carryOut(forget, answer, () => answers(remove("/camera/pictures"))));
    },
    "button-quiet",
  );
  const take = (/** @type {Api.Camera | null} */ found) => {
    if (found === null) return;
    on = found.on;
    setText(flip, on ? t("Switch the camera off") : t("Switch the camera on"));
    flip.classList.toggle("button-main", !on);
    showFacts(facts, rowsOf(found));
    if (masks === null) {
      masks = found.masks;
      meanwhile.take(masks);
      editor.show(masks);
    }
  };
  editor.changed = (now) => {
    masks = now;
  };
  const root = card(
    "camera",
    t("Camera"),
    element(
      "p",
      { class: "maker-hint" },
      t(
        "Visitors may be in the picture: tell them, and mask what is none of anybody’s business. Draw a mask over the picture with a finger or the mouse.",
      ),
    ),
    element("div", { class: "maker-buttons" }, flip, forget),
    element("div", { class: "masked" }, element("live-camera"), editor.area),
    editor.list,
    element("div", { class: "maker-buttons" }, add, save),
    facts,
    answer,
  );
  const look = () => answers(ask("/camera")).then(take, () => {});
  const there = store.state?.camera != null;
  root.hidden = !there;
  if (there) look();
  const timer = there ? setInterval(() => !document.hidden && look(), LOOK_MS) : 0;
  return { root, show: () => {}, close: () => clearInterval(timer) };
}

/** @param {Api.Camera} found @returns {[string, string, boolean?][]} */
function rowsOf(found) {
  const trouble = found.fact === null ? "" : told(found.fact);
  const state = found.connected
    ? t("connected, {n} watching", { n: number(found.viewers) })
    : t("not connected");
  return [
    [t("It is"), found.on ? state : t("off: nothing is connected, shown or kept")],
    [
      t("Kept pictures"),
      t("{photos} photographs, {frames} frames: {used} of {limit} MB", {
        photos: number(found.photos),
        frames: number(found.frames),
        used: number(found.used_mb),
        limit: number(found.limit_mb),
      }),
    ],
    [t("Trouble"), trouble || t("none"), trouble !== ""],
  ];
}

/** @param {() => Mask[]} known */
function maskEditor(known) {
  const area = element("div", { class: "mask-area", "aria-hidden": "true" });
  const list = element("ol", { class: "masks", "aria-label": t("Masks") });
  const editor = { area, list, show, read, changed: (/** @type {Mask[]} */ _) => {} };
  /** @type {[number, number] | null} */
  let from = null;

  /** @param {Mask[]} masks */
  function show(masks) {
    area.replaceChildren(...masks.map(box));
    list.replaceChildren(...masks.map((mask, i) => row(mask, i)));
    editor.changed(masks);
  }

  /** @param {Mask} mask @param {number} i */
  function row(mask, i) {
    const names = [t("Left %"), t("Top %"), t("Width %"), t("Height %")];
    const fields = mask.map((value, k) => {
      const input = element("input", {
        class: "field",
        type: "number",
        min: 0,
        max: 100,
        step: "any",
        value: Math.round(value * 1000) / 10,
        change: () => redraw(),
      });
      return element("label", {}, names[k], input);
    });
    const away = () => show(known().filter((_, k) => k !== i));
    return element("li", { class: "mask" }, ...fields, button(t("Remove"), away, "button-small"));
  }

  function read() {
    return [...list.children].map((each) =>
      [...each.querySelectorAll("input")].map((input) => (input.valueAsNumber || 0) / 100),
    );
  }

  function redraw() {
    const masks = read();
    area.replaceChildren(...masks.map(box));
    editor.changed(masks);
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  function place(event) {
    const { left, top, width, height } = area.getBoundingClientRect();
    const inside = (/** @type {number} */ value) => Math.min(1, Math.max(0, value));
    return [inside((event.clientX - left) / width), inside((event.clientY - top) / height)];
  }

  area.addEventListener("pointerdown", (event) => {
    from = place(event);
    area.setPointerCapture(event.pointerId);
  });
  area.addEventListener("pointermove", (event) => {
    if (from !== null) area.replaceChildren(...known().map(box), box(between(from, place(event))));
  });
  area.addEventListener("pointerup", (event) => {
    if (from === null) return;
    const mask = between(from, place(event));
    from = null;
    show(mask[2] > LEAST && mask[3] > LEAST ? [...known(), mask] : known());
  });
  area.addEventListener("pointercancel", () => {
    from = null;
    show(known());
  });
  return editor;
}

/** @param {[number, number]} a @param {[number, number]} b @returns {Mask} */
function between(a, b) {
  const round = (/** @type {number} */ value) => Math.round(value * 1000) / 1000;
  const left = Math.min(a[0], b[0]);
  const top = Math.min(a[1], b[1]);
  return [left, top, Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])].map(round);
}

/** @param {Mask} mask */
function box([left, top, width, height]) {
  const made = element("div", { class: "mask-box" });
  const sides = { left, top, width, height };
  for (const [name, value] of Object.entries(sides)) made.style.setProperty(name, `${value * 100}%`);
  return made;
}
