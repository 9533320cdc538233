// The first view: the sheet with the cat that is being drawn, and what can be done about it.

import "../care.js";
import "../controls.js";
import "../gallery.js";
import "../keepsake.js";
import "../label.js";
import "../line.js";
import "../notices.js";
import "../sheet.js";
import { element } from "../dom.js";
import { t } from "../i18n.js";
import { store } from "../store.js";

/**
 * Fill `root`. The parts listen to the store themselves, for as long as they are in the page.
 *
 * @param {HTMLElement} root
 */
export function mount(root) {
  root.append(
    element(
      "div",
      { class: "room" },
      element(
        "h1",
        { class: "room-words" },
        t("A pen plotter that draws cats nobody has drawn before. Press the button and watch."),
      ),
      element("section", { class: "wall", "aria-label": t("The sheet of paper") }, element("live-sheet")),
      panel(),
      wall(),
    ),
  );
  return store.subscribe(() => store.state?.camera && import("../live-camera.js").catch(() => {}));
}

function panel() {
  const controls = element("studio-controls", { id: "controls", tabindex: "-1" });
  const picker = element("class-picker", { choose: (event) => controls.choose(event.detail) });
  import("../class-picker.js").catch(() => {}); // nobody waits for it: there is always a cat
  return element(
    "section",
    { class: "panel", "aria-label": t("What is happening") },
    element("wall-label"),
    element("studio-notices"),
    element("my-cat"),
    picker,
    controls,
    element("waiting-line"),
    element("studio-care"),
    element("live-camera", { hidden: true }),
  );
}

function wall() {
  const about = t(
    "Each cat is drawn once, by a small neural network that learned from the drawings of the fifteen million people who played Quick, Draw! Its data is Google’s, under CC BY 4.0.",
  );
  return element(
    "section",
    { class: "gallery", "aria-labelledby": "gallery-title" },
    element("cat-gallery"),
    element("p", { class: "wall-text" }, about),
  );
}
