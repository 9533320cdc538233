// Undo, redo, the eraser and clear, as buttons and as keys.

import { element } from "../dom.js";
import { t } from "../i18n.js";

/**
 * The buttons for a pad; `show()` after every change of its strokes.
 *
 * @param {import("./pad.js").DrawingPad} pad
 */
export function editing(pad) {
  const undo = button(t("Undo"), () => pad.undo());
  const redo = button(t("Redo"), () => pad.redo());
  const clear = button(t("Clear"), () => pad.clear());
  const eraser = button(t("Eraser"), () => erase(!pad.erases));
  const erase = (/** @type {boolean} */ yes) => {
    pad.erases = yes;
    eraser.ariaPressed = String(yes);
  };
  erase(false);
  const root = element(
    "div",
    { class: "draw-edit", role: "group", "aria-label": t("Change your drawing") },
    undo,
    redo,
    eraser,
    clear,
  );
  const keys = (/** @type {KeyboardEvent} */ event) => pressed(event, pad);
  addEventListener("keydown", keys);
  return {
    root,
    show: () => {
      undo.disabled = !pad.changes.canUndo;
      redo.disabled = !pad.changes.canRedo;
      clear.disabled = eraser.disabled = pad.isEmpty;
      if (pad.isEmpty) erase(false);
    },
    leave: () => removeEventListener("keydown", keys),
  };
}

/** @param {KeyboardEvent} event @param {import("./pad.js").DrawingPad} pad */
function pressed(event, pad) {
  const typing =
    event.target instanceof Element && event.target.closest("input[type=text], select, textarea");
  const key = event.key.toLowerCase();
  if (typing || !(event.ctrlKey || event.metaKey) || !["y", "z"].includes(key)) return;
  event.preventDefault();
  if (event.shiftKey || key === "y") pad.redo();
  else pad.undo();
}

/** @param {string} label @param {() => unknown} click */
function button(label, click) {
  return element("button", { class: "button", type: "button", click }, label);
}
